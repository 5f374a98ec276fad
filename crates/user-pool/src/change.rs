//! Carrying a plan out, so that either all of it is done and proved, or nothing is.
//!
//! The permissions come first, so that the pool never calls a function that it may not call; they go last. No call that
//! changes something is cut off: after Ctrl-C it is waited for, and then everything is put back.

use std::fmt;

use aws_failure::Failure;
use serde_json::{Value, json};

use crate::{
    configuration::{Configuration, Seen},
    functions::Functions,
    policy::{Caller, Policy},
    report::Report,
    settings::Settings,
};

/// The permission that attach gives is known by this statement id, which is how detach finds it again.
pub fn statement_id(user_pool_id: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    format!("known-users-{}", user_pool_id.chars().map(safe).collect::<String>())
}

/// What becomes of the permission to call a function, which is named by its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Permission {
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
    pub fn to_call(function: &str, policy: &Policy, caller: &Caller) -> Vec<Self> {
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
    pub fn to_json(&self) -> Value {
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
pub struct Change<'a> {
    /// Where the pool's settings are changed.
    pub configuration: &'a Configuration,
    /// Where the functions' policies are.
    pub functions: &'a Functions,
    /// The pool, as its functions see it.
    pub caller: &'a Caller,
    /// What the pool was when the plan was made.
    pub seen: &'a Seen,
    /// What its settings shall be.
    pub wanted: Settings,
    /// What becomes of who may call the functions.
    pub permissions: Vec<Permission>,
    /// The id of a statement that is added or removed.
    pub id: String,
}

/// What is said while a change is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A step.
    Step(String),
    /// What came of it.
    Note(String),
}

/// Whom a change answers to, and what it may send.
pub struct Operator<'a> {
    /// Hears what is done.
    pub tell: &'a dyn Fn(Told),
    /// How often the operator has asked to stop.
    pub times_stopped: &'a dyn Fn() -> u32,
    /// The names of settings that are sent although they are new here.
    pub allowed: &'a [String],
    /// The file that has the pool as it was.
    pub backup: String,
}

impl Operator<'_> {
    fn step(&self, what: impl Into<String>) {
        (self.tell)(Told::Step(what.into()));
    }

    fn note(&self, what: impl Into<String>) {
        (self.tell)(Told::Note(what.into()));
    }

    /// Whether to go on.
    fn check(&self) -> Result<(), Failure> {
        if (self.times_stopped)() > 0 { Err(Failure::interrupted()) } else { Ok(()) }
    }
}

/// How far a change came.
struct Attempt {
    /// The functions that the pool may call since, or may.
    added: Vec<String>,
    /// Whether the pool was, or may have been, changed.
    is_touched: bool,
    outcome: Result<(), Failure>,
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
    pub fn is_empty(&self) -> bool {
        !self.changes_the_pool() && self.to_add().next().is_none() && self.to_remove().next().is_none()
    }

    /// Does it; where that fails, or is interrupted, puts everything back. The report says what was put back, and what could
    /// not be.
    pub async fn carry_out(&self, operator: &Operator<'_>) -> (Report, Result<(), Failure>) {
        let Attempt { added, is_touched, outcome } = self.attempt(operator).await;
        if outcome.is_err() {
            if !is_touched && added.is_empty() {
                return (Report::default(), outcome);
            }
            operator.step("That did not work: everything is put back");
            return (self.put_back(operator, &added, is_touched).await, outcome);
        }
        // The pool calls none of these any more, so that there is nothing to put back.
        let mut report = Report::default();
        for function in self.to_remove() {
            if let Err(failure) = self.functions.forbid(function, &self.id).await {
                report.failed(format!("the pool's permission to call `{function}`"), &failure, self.removal(function));
            }
        }
        (report, outcome)
    }

    async fn attempt(&self, operator: &Operator<'_>) -> Attempt {
        let mut added = Vec::new();
        for function in self.to_add() {
            if let Err(failure) = operator.check() {
                return Attempt { added, is_touched: false, outcome: Err(failure) };
            }
            // It may have been added however the call ends.
            added.push(function.to_owned());
            if let Err(failure) = self.functions.allow(function, self.caller, &self.id).await {
                return Attempt { added, is_touched: false, outcome: Err(failure) };
            }
            operator.step(format!("The pool may call `{function}`"));
        }
        let stopped = operator.check();
        if stopped.is_err() || !self.changes_the_pool() {
            return Attempt { added, is_touched: false, outcome: stopped };
        }
        Attempt { added, is_touched: true, outcome: self.change_the_pool(operator).await }
    }

    async fn change_the_pool(&self, operator: &Operator<'_>) -> Result<(), Failure> {
        let differences = self.configuration.set(&self.wanted, &self.seen.mfa, operator.allowed).await?;
        if !differences.is_empty() {
            return Err(Failure::new(
                "change what the pool calls and nothing else",
                format!("read back, these settings are not as they should be: {}", differences.join(", ")),
                "change it in the console, under Extensions, and report what happened",
            ));
        }
        operator.check()
    }

    /// Puts everything back, unless the operator asks once more to stop: what is then left is said. The call that is under
    /// way is waited for here too.
    async fn put_back(&self, operator: &Operator<'_>, added: &[String], is_touched: bool) -> Report {
        let mut report = Report::default();
        let interruptions = (operator.times_stopped)();
        if is_touched {
            let what = format!("the settings of the user pool `{}`", self.configuration.id);
            match self.configuration.restore(self.seen, operator.allowed).await {
                Ok(differences) if differences.is_empty() => {
                    operator.note("the pool is as it was, which was read back");
                    report.removed("what the pool called in between: it is as it was");
                }
                Ok(differences) => {
                    report.has_failed = true;
                    let what = format!("{what}, of which these are not as they were: {}", differences.join(", "));
                    report.left(what, by_hand(operator));
                }
                Err(failure) => report.failed(what, &failure, by_hand(operator)),
            }
        }
        for function in added {
            let what = format!("the pool's permission to call `{function}`");
            if (operator.times_stopped)() > interruptions {
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
            operator.note("the functions may be called by whom they were before");
        }
        report
    }

    fn removal(&self, function: &str) -> String {
        format!("aws lambda remove-permission --function-name {function} --statement-id {}", self.id)
    }
}

fn by_hand(operator: &Operator<'_>) -> String {
    format!("compare the pool with the backup `{}`, and set in the console what differs", operator.backup)
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
