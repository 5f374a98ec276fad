//! The triggers that scenarios show, by every name that they have.

/// A trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    PreSignUp,
    MigrateUser,
    PostAuthentication,
}

impl Trigger {
    /// In a sentence.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre sign-up",
            Self::MigrateUser => "migrate user",
            Self::PostAuthentication => "post authentication",
        }
    }

    /// In the template: the function's logical id, with which its outputs and its log group begin.
    pub(crate) fn logical_id(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::MigrateUser => "MigrateUser",
            Self::PostAuthentication => "PostAuthentication",
        }
    }

    /// In a pool's `LambdaConfig`, and at the beginning of the trigger's sources.
    pub(crate) fn cognito_name(self) -> &'static str {
        match self {
            Self::MigrateUser => "UserMigration", // Cognito's own name for it.
            other => other.logical_id(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_knows_every_name() {
        let template = include_str!("../../../template.yaml");
        for trigger in [Trigger::PreSignUp, Trigger::MigrateUser, Trigger::PostAuthentication] {
            let (id, cognito) = (trigger.logical_id(), trigger.cognito_name());
            for line in [
                format!("\n  {id}Function:\n"),
                format!("\n  {id}FunctionArn:\n"),
                format!("\n  {id}Logs:\n    Type: AWS::Logs::LogGroup\n"),
                format!("\n        {cognito}: !GetAtt {id}.Arn"),
            ] {
                assert!(template.contains(&line), "{line}");
            }
        }
    }
}
