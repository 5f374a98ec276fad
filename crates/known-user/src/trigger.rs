//! The triggers, by every name that they have.

use std::str::FromStr;

/// A trigger. It is named as its crate, its binary and its test file are: `pre-sign-up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "their names say which they are")]
pub enum Trigger {
    PreSignUp,
    MigrateUser,
    PreAuthentication,
    PostAuthentication,
    PostConfirmation,
}

impl Trigger {
    /// All of them, in the order in which a person meets them.
    pub const ALL: [Self; 5] =
        [Self::PreSignUp, Self::MigrateUser, Self::PreAuthentication, Self::PostAuthentication, Self::PostConfirmation];

    /// Its name in this workspace and on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre-sign-up",
            Self::MigrateUser => "migrate-user",
            Self::PreAuthentication => "pre-authentication",
            Self::PostAuthentication => "post-authentication",
            Self::PostConfirmation => "post-confirmation",
        }
    }

    /// In a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::PreSignUp => "pre sign-up",
            Self::MigrateUser => "migrate user",
            Self::PreAuthentication => "pre authentication",
            Self::PostAuthentication => "post authentication",
            Self::PostConfirmation => "post confirmation",
        }
    }

    /// In the template: the function's logical id, with which its outputs and its log group begin.
    pub fn logical_id(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::MigrateUser => "MigrateUser",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::PostConfirmation => "PostConfirmation",
        }
    }

    /// In a pool's `LambdaConfig`, and at the beginning of the trigger's sources, before the `_`.
    pub fn cognito_name(self) -> &'static str {
        match self {
            Self::MigrateUser => "UserMigration", // Cognito's own name for it.
            other => other.logical_id(),
        }
    }
}

impl Trigger {
    /// The trigger that Cognito gives an event with this trigger source.
    pub fn of_source(trigger_source: &str) -> Option<Self> {
        let (begin, _) = trigger_source.split_once('_')?;
        Self::ALL.into_iter().find(|trigger| trigger.cognito_name() == begin)
    }
}

/// A text is the name of no trigger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no trigger `{0}`; the five are {names}", names = Trigger::ALL.map(Trigger::name).join(", "))]
pub struct UnknownTrigger(String);

impl FromStr for Trigger {
    type Err = UnknownTrigger;

    /// By its name or its logical id.
    fn from_str(text: &str) -> Result<Self, UnknownTrigger> {
        let is_named = |trigger: &Self| trigger.name() == text || trigger.logical_id() == text;
        Self::ALL.into_iter().find(is_named).ok_or_else(|| UnknownTrigger(text.to_owned()))
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
                format!("\n        {cognito}: !If [UserPoolCallsAliases, !Ref {id}.Alias, !GetAtt {id}.Arn]\n"),
                format!("\n      BuildProperties: {{Binary: {}}}\n", trigger.name()),
            ] {
                assert!(template.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn a_trigger_is_found_by_its_names_and_sources() {
        for trigger in Trigger::ALL {
            assert_eq!(trigger.name().parse(), Ok(trigger));
            assert_eq!(trigger.logical_id().parse(), Ok(trigger));
            assert_eq!(Trigger::of_source(&format!("{}_X", trigger.cognito_name())), Some(trigger));
        }
        assert_eq!(Trigger::of_source("UserMigration_ForgotPassword"), Some(Trigger::MigrateUser));
        assert_eq!(Trigger::of_source("TokenGeneration_Authentication"), None);
    }

    #[test]
    fn an_unknown_name_lists_the_five() {
        assert_eq!(
            "post-sign-up".parse::<Trigger>().unwrap_err().to_string(),
            "there is no trigger `post-sign-up`; the five are pre-sign-up, migrate-user, pre-authentication, \
             post-authentication, post-confirmation"
        );
    }
}
