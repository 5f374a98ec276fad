//! A scenario in play: where it plays, what it has made, what came out, and how all is put back.

use aws_failure::{Failure, Kind};
use known_user::Trigger;
use serde_json::{Value, json};
use user_pool::{pool::Pool, report::Report, secret::Secret};

use crate::{
    aws::clients::{Aws, Caller},
    commands::scenario::{
        clean_up::{CleanUp, Ledger, Receipts},
        options::{Scenario, Stage},
        site::{self, Site},
    },
    options::Global,
    outcome::{Facts, facts},
    table::known_users::KnownUsers,
    terminal::{interrupt::Interrupt, output::Show, prompt::Ask},
};

/// A scenario in play: where it plays, what it has made, what came out.
pub(crate) struct Run<'a> {
    /// As the command line has it.
    pub(crate) name: &'static str,
    pub(crate) stage: &'a Stage,
    pub(crate) yes: bool,
    pub(crate) trigger: Trigger,
    pub(crate) aws: Aws,
    pub(crate) caller: Caller,
    pub(crate) site: Site,
    pub(crate) pool: Pool,
    pub(crate) known: KnownUsers,
    /// As the options or the environment give it.
    pub(crate) password: Option<Secret>,
    pub(crate) show: &'a Show,
    pub(crate) ask: Ask,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) ledger: Ledger,
    /// For the JSON result.
    pub(crate) facts: Facts,
}

impl<'a> Run<'a> {
    /// Everything that can be found out without making anything.
    pub(crate) async fn open(
        global: &'a Global,
        scenario: &'a Scenario,
        ask: Ask,
        password: Option<Secret>,
        show: &'a Show,
        interrupt: &'a Interrupt,
    ) -> Result<Self, Failure> {
        let (stage, trigger) = (scenario.stage(), scenario.trigger());
        let (aws, site, pool, caller) = interrupt
            .or(async {
                let aws = Aws::connect(global).await?;
                let site = site::find(&aws, global, stage, trigger).await?;
                let pool = Pool::open(aws.cognito.clone(), &site.user_pool_id, &site.client_id, &stage.client_metadata)
                    .await?;
                let caller = aws.caller().await;
                Ok((aws, site, pool, caller))
            })
            .await?;
        show.step(format!("The user pool `{}`, app client `{}` ({caller})", site.user_pool_id, site.client_id));
        show.note(format!("known users: the table `{}`", site.table));
        let known = KnownUsers::new(aws.dynamodb.clone(), site.table.clone());
        let mut facts = facts([("userPoolId", json!(site.user_pool_id))]);
        caller.tell(&mut facts);
        Ok(Self {
            name: scenario.name(),
            stage,
            yes: global.yes,
            trigger,
            aws,
            caller,
            site,
            pool,
            known,
            show,
            ask,
            interrupt,
            password,
            ledger: Ledger::default(),
            facts,
        })
    }

    /// A fact of the JSON result.
    pub(crate) fn fact(&mut self, name: &str, fact: Value) {
        self.facts.insert(name.to_owned(), fact);
    }

    /// Undoes what was made: at once after an interruption, else if the operator agrees.
    pub(crate) async fn clean_up(&mut self, outcome: &Result<(), Failure>) -> Report {
        let mut report = Report::default();
        if self.ledger.is_empty() {
            return report;
        }
        self.show.step(format!("Clean up ({})", self.caller));
        let is_interrupted = outcome.as_ref().is_err_and(|failure| failure.kind == Kind::Interrupted);
        let agreed = is_interrupted || self.yes || {
            // Whoever does not answer, because they interrupt or the terminal has gone, leaves nothing behind.
            let question = "Delete what this made, and put everything else back as it was?";
            self.ask.yes(question, "--yes").await.unwrap_or(true)
        };
        let clean_up = CleanUp {
            pool: &self.pool,
            known: &self.known,
            dynamodb: &self.aws.dynamodb,
            // Only a confirmed sign-up is congratulated.
            receipts: match &self.site.ephemera {
                _ if self.trigger != Trigger::PreSignUp => Receipts::NotWritten,
                Some(table) => Receipts::In(table),
                None => Receipts::Somewhere,
            },
        };
        if agreed {
            let interruptions = self.interrupt.times();
            tokio::select! {
                biased;
                () = clean_up.undo(&mut self.ledger, &mut report) => {}
                () = self.interrupt.more_than(interruptions) => report.has_failed = true,
            }
        }
        clean_up.leave(&self.ledger, &mut report);
        for removed in &report.removed {
            self.show.note(format!("removed: {removed}"));
        }
        for left in &report.left {
            self.show.note(format!("left: {}", left.what));
            self.show.note(format!("      what to do: {}", left.todo));
        }
        if let Some(group) = &self.site.log_group {
            self.show.note(format!("left: the log in `{group}`, which goes when its retention says"));
        }
        report
    }
}
