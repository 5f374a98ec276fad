//! What a scenario has made, and how it is undone.
//!
//! An entry is made *before* the call that makes the thing, so that nothing is forgotten however the call ends. Undoing
//! goes backwards, goes on where a step fails, and touches nothing but what this run made: a pool user by their `sub`, a
//! known user by the mark of the run, a note by the `sub` that it is about, a trigger by the function.

use aws_sdk_dynamodb::Client as DynamoDb;
use known_user::{Item, Trigger, UserEmail};
use serde_json::json;
use user_pool::{pool::Pool, report::Report};

use crate::table::known_users::{self, KnownUsers, PutBack, Removed};

/// Something that was made, or may have been.
#[derive(Clone)]
pub(crate) enum Made {
    /// The pool calls another function, or one instead of none.
    Trigger { trigger: Trigger, arn: String, before: Option<String> },
    /// Somebody was added to the known users.
    KnownUser { email: UserEmail, run: String },
    /// The triggers note something on a known user's record.
    Notes { email: UserEmail, before: Item },
    /// Somebody is in the pool. The `sub` is known once the call has come back.
    PoolUser { name: String, email: UserEmail, sub: Option<String> },
}

/// What was made, in this order.
#[derive(Default)]
pub(crate) struct Ledger(Vec<Made>);

impl Ledger {
    /// Something is about to be made.
    pub(crate) fn about_to(&mut self, make: Made) {
        self.0.push(make);
    }

    /// The pool user who was about to be made is this one.
    pub(crate) fn pool_user_is(&mut self, known: Option<String>) {
        for made in &mut self.0 {
            if let Made::PoolUser { sub, .. } = made {
                sub.clone_from(&known);
            }
        }
    }

    /// It is certain that the last thing was not made.
    pub(crate) fn nothing_came_of_it(&mut self) {
        self.0.pop();
    }

    /// Whether this person is known for the time of the run alone.
    pub(crate) fn adds(&self, who: &UserEmail) -> bool {
        self.0.iter().any(|made| matches!(made, Made::KnownUser { email, .. } if email == who))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where things are undone.
pub(crate) struct CleanUp<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) known: &'a KnownUsers,
    pub(crate) dynamodb: &'a DynamoDb,
    pub(crate) receipts: Receipts<'a>,
}

/// Where the receipts of welcome mails are.
#[derive(Clone, Copy)]
pub(crate) enum Receipts<'a> {
    /// Nobody is congratulated in this scenario.
    NotWritten,
    /// In this table.
    In(&'a str),
    /// In a table that neither an option nor the stack names.
    Somewhere,
}

impl CleanUp<'_> {
    /// Undoes everything, newest first; an entry leaves the ledger when it is dealt with.
    pub(crate) async fn undo(&self, ledger: &mut Ledger, report: &mut Report) {
        let mut our_sub = None;
        while let Some(made) = ledger.0.last().cloned() {
            match &made {
                Made::PoolUser { name, email, sub } => {
                    our_sub = self.pool_user(name, email, sub.as_deref(), report).await;
                }
                Made::KnownUser { email, run } => self.known_user(email, run, report).await,
                Made::Notes { email, before } => self.notes(email, before, our_sub.as_deref(), report).await,
                Made::Trigger { trigger, arn, before } => {
                    self.trigger(*trigger, arn, before.as_deref(), report).await;
                }
            }
            ledger.0.pop();
        }
    }

    /// Leaves everything, because the operator said so or gave up.
    pub(crate) fn leave(&self, ledger: &Ledger, report: &mut Report) {
        for made in ledger.0.iter().rev() {
            let (what, todo) = match made {
                Made::PoolUser { name, .. } => (self.pool_user_text(name), self.pool_user_todo(name)),
                Made::KnownUser { email, .. } => (self.known_user_text(email), self.known_user_todo(email)),
                Made::Notes { email, .. } => (
                    format!("what the triggers noted on the record of `{}`", email.as_str()),
                    "nothing: it is what happened".to_owned(),
                ),
                Made::Trigger { trigger, arn, before } => {
                    (self.trigger_text(*trigger, arn), trigger_todo(*trigger, before.as_deref()))
                }
            };
            report.left(what, todo);
        }
    }

    // ---- A pool user ----

    fn pool_user_text(&self, name: &str) -> String {
        format!("`{name}` in the user pool `{}`", self.pool.id)
    }

    fn pool_user_todo(&self, name: &str) -> String {
        format!("aws cognito-idp admin-delete-user --user-pool-id {} --username {}", self.pool.id, shell_word(name))
    }

    /// Deletes the user; the `sub` that they had.
    async fn pool_user(&self, name: &str, email: &UserEmail, sub: Option<&str>, report: &mut Report) -> Option<String> {
        let what = self.pool_user_text(name);
        let user = match self.pool.user(name).await {
            Ok(Some(user)) => user,
            Ok(None) => return sub.map(str::to_owned),
            Err(failure) => {
                report.failed(what, &failure, self.pool_user_todo(name));
                return sub.map(str::to_owned);
            }
        };
        let is_ours = match sub {
            Some(sub) => user.sub.as_deref() == Some(sub),
            // The call did not come back. Nobody had this name when the scenario began.
            None => user
                .email
                .as_deref()
                .is_some_and(|theirs| UserEmail::new(theirs).is_some_and(|theirs| theirs == *email)),
        };
        if !is_ours {
            report.has_failed = true;
            report.left(format!("{what}, who is not the one that this run made"), "look at who it is");
            return sub.map(str::to_owned);
        }
        match self.pool.delete(name).await {
            Ok(_) => report.removed(&what),
            Err(failure) => report.failed(what, &failure, self.pool_user_todo(name)),
        }
        self.receipt(user.sub.as_deref(), report).await;
        user.sub
    }

    /// Deletes the receipt of the welcome mail, which expires anyhow.
    async fn receipt(&self, sub: Option<&str>, report: &mut Report) {
        let (what, todo) = ("the receipt of a welcome mail, if one was sent", "nothing: it expires after seven days");
        match (self.receipts, sub) {
            (Receipts::NotWritten, _) => {}
            (Receipts::In(table), Some(sub)) => {
                match known_users::delete_receipt(self.dynamodb, table, &self.pool.id, sub).await {
                    Ok(true) => report.removed("the receipt of the welcome mail"),
                    Ok(false) => {}
                    Err(failure) => report.failed(what, &failure, todo),
                }
            }
            (Receipts::In(_), None) | (Receipts::Somewhere, _) => report.left(what, todo),
        }
    }

    // ---- A known user ----

    fn known_user_text(&self, email: &UserEmail) -> String {
        format!("`{}` in the table `{}`", email.as_str(), self.known.table)
    }

    fn known_user_todo(&self, email: &UserEmail) -> String {
        let key = json!({"UserEmail": {"S": email.as_str()}}).to_string();
        format!("aws dynamodb delete-item --table-name {} --key {}", self.known.table, shell_word(&key))
    }

    async fn known_user(&self, email: &UserEmail, run: &str, report: &mut Report) {
        let what = self.known_user_text(email);
        match self.known.remove(email, run).await {
            Ok(Removed::Now) => report.removed(what),
            Ok(Removed::Before) => {}
            Ok(Removed::NotOurs) => {
                report.has_failed = true;
                report.left(format!("{what}, who is not the one that this run added"), "look at who it is");
            }
            Err(failure) => report.failed(what, &failure, self.known_user_todo(email)),
        }
    }

    async fn notes(&self, email: &UserEmail, before: &Item, sub: Option<&str>, report: &mut Report) {
        let on = |names: &[&str]| format!("{} on the record of `{}`", names.join(", "), email.as_str());
        match self.known.put_back(email, before, sub).await {
            Ok(PutBack { restored, not_ours }) => {
                if !restored.is_empty() {
                    report.removed(format!("{}, which is as it was", on(&restored)));
                }
                if !not_ours.is_empty() {
                    let what = format!("{}, which somebody else changed meanwhile", on(&not_ours));
                    report.left(what, "nothing: it is what happened");
                }
            }
            Err(failure) => {
                let names = ["ConfirmedAt", "LastLogin", "UserSub"];
                report.failed(format!("what the triggers noted: {}", on(&names)), &failure, "remove what is of today");
            }
        }
    }

    // ---- A trigger ----

    fn trigger_text(&self, trigger: Trigger, arn: &str) -> String {
        format!("the {} trigger of the user pool `{}`, which calls `{arn}`", trigger.title(), self.pool.id)
    }

    async fn trigger(&self, trigger: Trigger, arn: &str, before: Option<&str>, report: &mut Report) {
        let what = self.trigger_text(trigger, arn);
        let todo = trigger_todo(trigger, before);
        let now = match self.pool.describe().await {
            Ok(now) => now,
            Err(failure) => return report.failed(what, &failure, todo),
        };
        if now.called_at(trigger) == before {
            return;
        }
        if now.called_at(trigger) != Some(arn) {
            let what =
                format!("the {} trigger of the user pool, which somebody else changed meanwhile", trigger.title());
            report.has_failed = true;
            return report.left(what, todo);
        }
        match self.pool.call_at(trigger, before, &now).await {
            Ok(differences) if differences.is_empty() => report.removed(what),
            Ok(differences) => {
                report.has_failed = true;
                report.left(
                    format!("the pool's settings {}, which are not as they were", differences.join(", ")),
                    "compare the pool with its template, or with another pool, in the console",
                );
            }
            Err(failure) => report.failed(what, &failure, todo),
        }
    }
}

fn trigger_todo(trigger: Trigger, before: Option<&str>) -> String {
    match before {
        None => format!("remove the {} trigger in the console, under Extensions", trigger.title()),
        Some(arn) => format!("choose `{arn}` for {} in the console, under Extensions", trigger.title()),
    }
}

/// As a shell takes it for one word.
fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_can_be_pasted_into_a_shell() {
        assert_eq!(shell_word("O'Neill; rm"), r"'O'\''Neill; rm'");
    }
}
