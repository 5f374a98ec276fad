//! The triggers, by every name that they have.

use clap::ValueEnum;

/// A trigger. On the command line it is named as its folder and its binary are: `pre-sign-up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Trigger {
    PreSignUp,
    MigrateUser,
    PreAuthentication,
    PostAuthentication,
    PostConfirmation,
}

impl Trigger {
    /// All of them, in the order in which a person meets them.
    pub(crate) const ALL: [Self; 5] =
        [Self::PreSignUp, Self::MigrateUser, Self::PreAuthentication, Self::PostAuthentication, Self::PostConfirmation];

    /// On the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre-sign-up",
            Self::MigrateUser => "migrate-user",
            Self::PreAuthentication => "pre-authentication",
            Self::PostAuthentication => "post-authentication",
            Self::PostConfirmation => "post-confirmation",
        }
    }

    /// In a sentence.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre sign-up",
            Self::MigrateUser => "migrate user",
            Self::PreAuthentication => "pre authentication",
            Self::PostAuthentication => "post authentication",
            Self::PostConfirmation => "post confirmation",
        }
    }

    /// In the template: the function's logical id, with which its outputs and its log group begin.
    pub(crate) fn logical_id(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::MigrateUser => "MigrateUser",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::PostConfirmation => "PostConfirmation",
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
        for trigger in Trigger::ALL {
            let (id, cognito) = (trigger.logical_id(), trigger.cognito_name());
            for line in [
                format!("\n  {id}Function:\n"),
                format!("\n  {id}FunctionArn:\n"),
                format!("\n  {id}Logs:\n    Type: AWS::Logs::LogGroup\n"),
                format!("\n        {cognito}: !GetAtt {id}.Arn"),
                format!("\n      BuildProperties: {{Binary: {}}}\n", trigger.name()),
            ] {
                assert!(template.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn the_command_line_names_them_as_their_folders() {
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::from_str(trigger.name(), false), Ok(trigger));
        }
    }
}
