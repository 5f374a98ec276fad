//! `known-users readmit`: somebody may come once more who had arrived, because their account is gone, or because the list
//! is to serve another pool.

use std::{
    process,
    time::{Duration, Instant, SystemTime},
};

use aws_failure::Failure;
use clap::Args;
use futures_util::future::join_all;
use known_user::{Item, KnownUser, UserEmail};
use serde_json::json;
use user_pool::{
    accounts::{Account, Tie, Users},
    configuration::Configuration,
};

use crate::{
    aws::{
        clients::{Aws, Caller},
        stack_outputs,
    },
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome, facts},
    table::{
        known_users::{Known, KnownUsers},
        patience::Patience,
        person,
        readmit::Readmitted,
    },
    terminal::{
        interrupt::Interrupt,
        output::{Show, printable},
        prompt::Ask,
    },
};

const BEFORE: &str = "\
Whoever has arrived comes no second time, so that a deleted account stays deleted. This takes the note of it off the
record, with the claim code that is spent; last_login and the password hash, if there still is one, stay. It is refused
while the pool has an account in the person's place: by user name, by email, or by the sub that signed in.
One table serves one pool: --all --user-pool-id ID makes the list ready for another one.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, or they have yet to come"),
            (ExitCode::Failed, "it failed; run it again, it does nothing twice"),
            (ExitCode::Usage, "the command line is wrong, or nobody is there to say yes; nothing was written"),
            (
                ExitCode::Found,
                "somebody was left as they are: not known, or the pool has an account of theirs, or they signed in meanwhile",
            ),
            (ExitCode::Interrupted, "interrupted; run it again"),
        ],
    )
}

/// How long a table that is busy is asked again.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many records are written at the same time.
const AT_ONCE: usize = 16;

/// How far apart the lines are that say how far it is.
const PAUSE: Duration = Duration::from_secs(5);

/// `readmit`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Readmit {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME", required_unless_present = "all", conflicts_with = "all")]
    who: Option<String>,
    /// Everybody who has come and has no account in the pool: to make the list ready for another pool
    #[arg(long)]
    all: bool,
}

/// What was done, for the JSON result.
#[derive(Default)]
struct Counts {
    readmitted: u64,
    yet_to_come: u64,
    /// They have an account in the pool.
    in_the_pool: u64,
    /// They signed in meanwhile, or are not known any more.
    meanwhile: u64,
    /// Their records are none.
    malformed: u64,
}

impl Counts {
    fn add(&mut self, readmitted: Readmitted) {
        *match readmitted {
            Readmitted::Now => &mut self.readmitted,
            Readmitted::YetToCome => &mut self.yet_to_come,
            Readmitted::CameMeanwhile | Readmitted::NotKnown => &mut self.meanwhile,
        } += 1;
    }

    fn all(&self) -> u64 {
        self.readmitted + self.yet_to_come + self.in_the_pool + self.meanwhile + self.malformed
    }

    fn leaves_somebody(&self) -> bool {
        self.in_the_pool + self.meanwhile + self.malformed > 0
    }

    fn told(&self) -> String {
        format!(
            "{} readmitted, {} have yet to come, {} have an account in the pool, {} came meanwhile, {} unreadable",
            self.readmitted, self.yet_to_come, self.in_the_pool, self.meanwhile, self.malformed
        )
    }

    fn facts(&self) -> Facts {
        let facts = [
            ("readmitted", self.readmitted),
            ("yetToCome", self.yet_to_come),
            ("inThePool", self.in_the_pool),
            ("cameMeanwhile", self.meanwhile),
            ("malformed", self.malformed),
        ];
        facts.into_iter().map(|(name, count)| (name.to_owned(), json!(count))).collect()
    }
}

/// The table and the pool to work on.
struct Pair {
    known: KnownUsers,
    users: Users,
    caller: Caller,
    /// Whether the email is the user name.
    email_signs_in: bool,
}

impl Pair {
    async fn find(global: &Global) -> Result<Self, Failure> {
        let aws = Aws::connect(global).await?;
        let (table, pool) = stack_outputs::table_and_pool(&aws, global).await?;
        let settings = Configuration::new(aws.cognito.clone(), pool.clone()).describe().await?;
        Ok(Self {
            caller: aws.caller().await,
            known: KnownUsers::new(aws.dynamodb, table),
            users: Users::new(aws.cognito, pool),
            email_signs_in: settings.email_is_user_name(),
        })
    }

    /// For a terminal.
    fn told(&self) -> String {
        format!("The table `{}` and the user pool `{}` ({})", self.known.table, self.users.pool, self.caller)
    }

    fn facts(&self, counts: &Counts) -> Facts {
        let mut facts = counts.facts();
        self.caller.tell(&mut facts);
        facts
    }
}

/// Readmits; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Readmit) -> process::ExitCode {
    let (show, interrupt) = (Show::new(global.json), Interrupt::listen());
    match &options.who {
        Some(who) => Outcome::from(one(global, who, &show, &interrupt).await).end(&show),
        None => {
            let mut counts = Counts::default();
            let outcome = match counts.readmit_everybody(global, &show, &interrupt).await {
                Ok((word, facts)) if counts.leaves_somebody() => Outcome::done(word, facts).with_code(ExitCode::Found),
                Ok((word, facts)) => Outcome::done(word, facts),
                Err(failure) => Outcome::failed(failure, counts.facts()),
            };
            outcome.end(&show)
        }
    }
}

async fn one(global: &Global, who: &str, show: &Show, interrupt: &Interrupt) -> Result<(&'static str, Facts), Failure> {
    let (pair, Known { user, item }, accounts) = interrupt
        .or(async {
            let pair = Pair::find(global).await?;
            let known = pair.known.find(who).await?.ok_or_else(|| person::nobody(who))?;
            let accounts = pair.users.of(&known.user, pair.email_signs_in).await?;
            Ok((pair, known, accounts))
        })
        .await?;
    let email = user.email.as_str();
    show.step(pair.told());
    if let Some((account, tie)) = accounts.iter().find(|(_, tie)| tie.takes_the_place()) {
        return Err(refusal(email, account, *tie, &pair.users.pool));
    }
    interrupt.check()?;
    let patience = Patience { limit: PATIENCE, interrupt: interrupt.clone() };
    let word = match pair.known.readmit(&user.email, &item, SystemTime::now(), &patience).await? {
        Readmitted::Now => "readmitted",
        Readmitted::YetToCome => "unchanged",
        Readmitted::NotKnown => return Err(person::nobody(who)),
        Readmitted::CameMeanwhile => {
            return Err(Failure::found(
                format!("readmit `{email}`"),
                "they came or signed in at this very moment",
                "run it again, if it is still to be",
            ));
        }
    };
    show.note(match word {
        "readmitted" => format!("readmitted: `{email}` may come once more"),
        _ => format!("unchanged: `{email}` has yet to come"),
    });
    for note in notes(&user) {
        show.note(note);
    }
    let mut facts = facts([("email", json!(email))]);
    pair.caller.tell(&mut facts);
    Ok((word, facts))
}

/// What else keeps the person out, and how they come.
fn notes(user: &KnownUser) -> Vec<String> {
    let email = user.email.as_str();
    let mut notes = Vec::new();
    if user.suspended {
        notes.push(format!("they are suspended, and stay out until `known-users resume {email}`"));
    }
    if user.password_hash.is_some() {
        notes.push("they sign in with the password that they had".to_owned());
    } else if user.email_verified {
        notes.push("they have no password hash: they choose a new password with a code from their mailbox".to_owned());
    } else {
        notes.push(format!(
            "they have no password hash, and nobody vouches for their email, so that no code is sent: `known-users put \
             --email {email} --email-verified true`, if it is theirs"
        ));
    }
    notes
}

fn refusal(email: &str, account: &Account, tie: Tie, pool: &str) -> Failure {
    let by = match tie {
        Tie::Sub => "has signed in as them",
        Tie::Name => "has their user name",
        _ => "has their email",
    };
    let todo = if account.is_confirmed() {
        format!(
            "let them sign in with it, or reset its password; only if it is to go: aws cognito-idp admin-delete-user \
             --user-pool-id {pool} --username '{}'",
            account.user_name
        )
    } else {
        format!("known-users release {email}")
    };
    let account = account.described();
    Failure::found(format!("readmit `{email}`"), format!("the user pool `{pool}` has {account}, which {by}"), todo)
}

impl Counts {
    /// Readmits everybody who has come and has no account in the pool; counts on, also where it fails.
    async fn readmit_everybody(
        &mut self,
        global: &Global,
        show: &Show,
        interrupt: &Interrupt,
    ) -> Result<(&'static str, Facts), Failure> {
        let ask = Ask::new(interrupt.clone(), false);
        ask.require("whether to readmit everybody", global.yes, "--yes")?;
        let pair = interrupt.or(Pair::find(global)).await?;
        show.step(pair.told());
        let (table, pool) = (&pair.known.table, &pair.users.pool);
        // Once, instead of some questions for every person.
        let waiting = show.waiting(&format!("reading who is in the user pool `{pool}`"));
        let there = interrupt.or(pair.users.everybody()).await;
        drop(waiting);
        let there = there?;
        show.note(match there.count() {
            0 => format!("nobody is in the user pool `{pool}`"),
            some => {
                format!("the user pool `{pool}` has {some} users: whoever of the list is among them stays as they are")
            }
        });
        let whose = &pair.caller;
        let question =
            format!("Let everybody in the table `{table}` come once more, into the user pool `{pool}` ({whose})?");
        if !global.yes && !ask.confirm(&printable(&question), "--yes").await? {
            show.note("nobody was readmitted");
            return Ok(("unchanged", pair.facts(self)));
        }
        let patience = Patience { limit: PATIENCE, interrupt: interrupt.clone() };
        let at = SystemTime::now();
        let waiting = show.waiting("readmitting");
        let mut said = Instant::now();
        let mut from = None;
        loop {
            let (items, next) = interrupt.or(pair.known.page(from, &patience)).await?;
            let mut to_readmit: Vec<(UserEmail, Item)> = Vec::new();
            for item in items {
                match KnownUser::from_item(&item) {
                    Ok(user) if there.in_place_of(&user, pair.email_signs_in).is_some() => self.in_the_pool += 1,
                    Ok(user) => to_readmit.push((user.email, item)),
                    Err(_) => self.malformed += 1,
                }
            }
            for some in to_readmit.chunks(AT_ONCE) {
                interrupt.check()?;
                let done = some.iter().map(|(email, item)| pair.known.readmit(email, item, at, &patience));
                for readmitted in join_all(done).await {
                    self.add(readmitted?);
                }
                waiting.say(&self.told());
                if said.elapsed() >= PAUSE {
                    said = Instant::now();
                    waiting.note(show, &format!("{} looked at, {} readmitted", self.all(), self.readmitted));
                }
            }
            from = next;
            if from.is_none() {
                drop(waiting);
                show.note(self.told());
                return Ok(("readmitted", pair.facts(self)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_in_their_place_is_named_with_what_can_be_done() {
        let account = |status: &str| Account {
            user_name: "ann".to_owned(),
            status: status.to_owned(),
            is_enabled: true,
            ..Account::default()
        };
        let failure = refusal("ann@example.com", &account("UNCONFIRMED"), Tie::Name, "eu-west-1_X");
        assert_eq!(failure.todo, "known-users release ann@example.com");
        let why =
            "the user pool `eu-west-1_X` has `ann` <no email>, not verified, UNCONFIRMED, which has their user name";
        assert_eq!(failure.said, why);
        let failure = refusal("ann@example.com", &account("CONFIRMED"), Tie::Sub, "eu-west-1_X");
        assert!(failure.todo.ends_with("--user-pool-id eu-west-1_X --username 'ann'"), "{failure}");
    }

    #[test]
    fn whoever_may_come_is_told_how_and_whoever_cannot_why() {
        let notes = |change: fn(&mut KnownUser)| {
            let mut ann = KnownUser::new("ann@example.com", Some("Ann")).unwrap();
            change(&mut ann);
            notes(&ann).join("; ")
        };
        assert!(notes(|_| ()).ends_with("a code from their mailbox"));
        assert!(notes(|ann| ann.password_hash = Some(String::new())).ends_with("the password that they had"));
        assert!(notes(|ann| ann.email_verified = false).contains("--email-verified true"));
        assert!(notes(|ann| ann.suspended = true).starts_with("they are suspended"));
    }
}
