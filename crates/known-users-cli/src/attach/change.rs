//! Carrying a plan out, so that either all of it is done and proved, or nothing is.
//!
//! The permissions come first, so that the pool never calls a function that it may not call; they go last. No call that
//! changes something is cut off: after Ctrl-C it is waited for, and then everything is put back.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    clean_up::Report,
    failure::Failure,
    functions::{
        Functions,
        policy::{Caller, Policy},
    },
    interrupt::Interrupt,
    pool::{
        configuration::{Configuration, Seen},
        settings::Settings,
    },
    show::Show,
};

/// The permission that attach gives is known by this statement id, which is how detach finds it again.
pub(super) fn statement_id(user_pool_id: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    format!("known-users-{}", user_pool_id.chars().map(safe).collect::<String>())
}

/// What becomes of the permission to call a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// The pool gets it.
    Add { function: String },
    /// The pool has it, and nobody else by the same statement.
    Narrow { function: String },
    /// Others have it as well, by a statement that is too wide, which is left.
    Wide { function: String, statement: Option<String> },
    /// What attach gave is taken away.
    Remove { function: String },
}

impl Permission {
    /// What `caller` needs to call `function`, which has this policy. Where the pool may call it only together with
    /// others, it gets a permission of its own: the wide one can then be taken away without a gap.
    pub(super) fn to_call(function: &str, policy: &Policy, caller: &Caller) -> Vec<Self> {
        let function = || function.to_owned();
        let grants = policy.grants(caller);
        let is_narrow = grants.iter().any(|grant| grant.is_narrow);
        let first = if is_narrow { Self::Narrow { function: function() } } else { Self::Add { function: function() } };
        let wide = grants.iter().filter(|grant| !grant.is_narrow);
        let wide = wide.map(|grant| Self::Wide { function: function(), statement: grant.id.clone() });
        std::iter::once(first).chain(wide).collect()
    }

    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Add { function } => ("add", function),
            Self::Narrow { function } => ("there", function),
            Self::Wide { function, .. } => ("too-wide", function),
            Self::Remove { function } => ("remove", function),
        }
    }

    /// As the JSON result has it.
    pub(super) fn to_json(&self) -> Value {
        let (what, function) = self.parts();
        json!({"function": function, "what": what})
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { function } => write!(f, "+ this pool of this account may call `{function}`"),
            Self::Narrow { function } => write!(f, "  this pool of this account may call `{function}`"),
            Self::Wide { function, statement } => {
                let statement = statement.as_deref().unwrap_or("without an id");
                write!(f, "! others than this pool may call `{function}`: its statement `{statement}` is too wide")
            }
            Self::Remove { function } => write!(f, "- this pool may call `{function}`"),
        }
    }
}

/// What is to be done.
pub(super) struct Change<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) functions: &'a Functions,
    pub(super) caller: &'a Caller,
    /// What the pool was when the plan was made.
    pub(super) seen: &'a Seen,
    /// What its settings shall be.
    pub(super) wanted: Settings,
    pub(super) permissions: Vec<Permission>,
    /// The id of a statement that is added or removed.
    pub(super) id: String,
}

/// Where a change is told and stopped, and what it may send.
pub(super) struct Place<'a> {
    pub(super) show: &'a Show,
    pub(super) interrupt: &'a Interrupt,
    pub(super) allowed: &'a [String],
    pub(super) backup: String,
}

impl Change<'_> {
    fn changes_the_pool(&self) -> bool {
        !self.seen.settings.differences(&self.wanted).is_empty()
    }

    fn to_add(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().filter_map(|permission| match permission {
            Permission::Add { function } => Some(function.as_str()),
            _ => None,
        })
    }

    fn to_remove(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().filter_map(|permission| match permission {
            Permission::Remove { function } => Some(function.as_str()),
            _ => None,
        })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        !self.changes_the_pool() && self.to_add().next().is_none() && self.to_remove().next().is_none()
    }

    /// Does it; where that fails, or is interrupted, puts everything back and says in the report what could not be.
    pub(super) async fn carry_out(&self, place: &Place<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut added = Vec::new();
        let mut is_touched = false;
        let outcome = self.try_out(place, &mut added, &mut is_touched).await;
        if outcome.is_err() && (is_touched || !added.is_empty()) {
            place.show.step("That did not work: everything is put back");
            self.put_back(place, &added, is_touched, report).await;
            return outcome;
        }
        outcome?;
        // The pool calls none of these any more, so that there is nothing to put back.
        for function in self.to_remove() {
            if let Err(failure) = self.functions.forbid(function, &self.id).await {
                let todo =
                    format!("aws lambda remove-permission --function-name {function} --statement-id {}", self.id);
                report.failed(format!("the pool's permission to call `{function}`"), &failure, todo);
            }
        }
        Ok(())
    }

    async fn try_out(&self, place: &Place<'_>, added: &mut Vec<String>, is_touched: &mut bool) -> Result<(), Failure> {
        for function in self.to_add() {
            place.interrupt.check()?;
            added.push(function.to_owned());
            self.functions.allow(function, self.caller, &self.id).await?;
            place.show.step(format!("The pool may call `{function}`"));
        }
        place.interrupt.check()?;
        if !self.changes_the_pool() {
            return Ok(());
        }
        *is_touched = true;
        let differences = self.configuration.set(&self.wanted, &self.seen.mfa, place.allowed).await?;
        if !differences.is_empty() {
            return Err(Failure::new(
                "change what the pool calls and nothing else",
                format!("read back, these settings are not as they should be: {}", differences.join(", ")),
                "change it in the console, under Extensions, and report what happened",
            ));
        }
        place.interrupt.check()
    }

    /// Puts everything back, unless the operator asks once more to stop: what is then left is said. The call that is under
    /// way is waited for here too.
    async fn put_back(&self, place: &Place<'_>, added: &[String], is_touched: bool, report: &mut Report) {
        let interruptions = place.interrupt.times();
        if is_touched {
            let what = format!("the settings of the user pool `{}`", self.configuration.id);
            match self.configuration.restore(self.seen, place.allowed).await {
                Ok(differences) if differences.is_empty() => {
                    place.show.note("the pool is as it was, which was read back");
                    report.removed("what the pool called in between: it is as it was");
                }
                Ok(differences) => {
                    report.has_failed = true;
                    let what = format!("{what}, of which these are not as they were: {}", differences.join(", "));
                    report.left(what, by_hand(place));
                }
                Err(failure) => report.failed(what, &failure, by_hand(place)),
            }
        }
        for function in added {
            let what = format!("the pool's permission to call `{function}`");
            if place.interrupt.times() > interruptions {
                report.has_failed = true;
                report.left(what, self.removal(function));
                continue;
            }
            match self.functions.forbid(function, &self.id).await {
                Ok(()) => report.removed(what),
                Err(failure) => report.failed(what, &failure, self.removal(function)),
            }
        }
        if !report.has_failed {
            place.show.note("the functions may be called by whom they were before");
        }
    }

    fn removal(&self, function: &str) -> String {
        format!("aws lambda remove-permission --function-name {function} --statement-id {}", self.id)
    }
}

fn by_hand(place: &Place<'_>) -> String {
    format!("compare the pool with the backup `{}`, and set in the console what differs", place.backup)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_X";

    fn permissions(statements: Value) -> Vec<Permission> {
        let policy = Policy::parse(&json!({"Statement": statements}).to_string()).unwrap();
        Permission::to_call("f", &policy, &Caller::new(POOL).unwrap())
    }

    #[test]
    fn what_is_there_already_is_not_added_again() {
        let function = || "f".to_owned();
        let allow = |condition: Value| {
            json!([{"Sid": "s", "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
                "Action": "lambda:InvokeFunction", "Condition": condition}])
        };
        let narrow = allow(json!({"StringEquals": {"AWS:SourceAccount": "123456789012"},
            "ArnLike": {"AWS:SourceArn": POOL}}));
        let add = || Permission::Add { function: function() };
        let wide = Permission::Wide { function: function(), statement: Some("s".to_owned()) };
        assert_eq!(permissions(narrow), [Permission::Narrow { function: function() }]);
        assert_eq!(permissions(allow(json!({}))), [add(), wide]);
        let others = allow(json!({"ArnLike": {"AWS:SourceArn": format!("{POOL}Y")}}));
        assert_eq!(permissions(others), [add()]);
        assert_eq!(permissions(json!([])), [add()]);
    }

    #[test]
    fn a_statement_is_named_after_the_pool_in_what_lambda_takes() {
        assert_eq!(statement_id("eu-west-1_AbC"), "known-users-eu-west-1_AbC");
        assert_eq!(statement_id("local/ü"), "known-users-local--");
    }
}
