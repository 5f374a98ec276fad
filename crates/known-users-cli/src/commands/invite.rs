//! `known-users invite`: one-time codes with which people show at sign-up who they are, for the policy `claim`.
//!
//! The table keeps a code's SHA-256 alone. The code itself is written down once, in the file that goes to whoever writes
//! to the people; after that nobody knows it but them.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime},
};

use aws_failure::Failure;
use clap::Args;
use known_user::{Claim, KnownUser};
use serde_json::json;

use crate::{
    aws::{clients::Aws, stack_outputs},
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome},
    table::{
        known_users::{KnownUsers, has_come},
        patience::Patience,
    },
    terminal::{
        interrupt::Interrupt,
        output::{self, Show},
    },
};

const BEFORE: &str = "\
The codes are written as CSV: email, user_name, claim_code, expires (RFC 3339). Send each person theirs, and have the app
hand it on as claimCode in ClientMetadata or ValidationData when they sign up. The stack's SignUpPolicy has to be claim.
A code written down is a code in force; a new one takes an old one's place.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "everybody who was asked for has a code"),
            (ExitCode::Failed, "it failed; the file has the codes that are in force"),
            (ExitCode::Usage, "the command line is wrong, or the file is there already; nothing was written"),
            (ExitCode::Found, "somebody who was asked for got none: they are not known, suspended, or have an account"),
            (ExitCode::Interrupted, "interrupted; the file has the codes that are in force"),
        ],
    )
}

/// How long a table that is busy is asked again.
const PATIENCE: Duration = Duration::from_secs(120);

/// `invite`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Invite {
    /// Whom: emails or user names
    #[arg(value_name = "EMAIL|USERNAME", required_unless_present = "all", conflicts_with = "all")]
    who: Vec<String>,
    /// Everybody who has no account yet, is not suspended and has no code in force
    #[arg(long)]
    all: bool,
    /// How long a code counts
    #[arg(long, value_name = "TIME", default_value = "30days", value_parser = humantime::parse_duration)]
    expires_in: Duration,
    /// A new file for the codes; - for standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// Why somebody gets no code.
enum No {
    Suspended,
    HasAnAccount,
    HasACode,
}

/// What is told at the end.
#[derive(Default)]
struct Told {
    invited: u64,
    left_out: u64,
    facts: Facts,
}

/// Invites; the exit code that `--help` documents.
pub(crate) async fn run(global: &Global, options: &Invite) -> process::ExitCode {
    // Standard output has the codes, or the JSON result.
    let show = Show::new(true);
    let interrupt = Interrupt::listen();
    let mut told = Told::default();
    let outcome = told.invite(global, options, &show, &interrupt).await;
    let Told { invited, left_out, mut facts } = told;
    facts.insert("invited".to_owned(), json!(invited));
    facts.insert("left_out".to_owned(), json!(left_out));
    if outcome.is_ok() {
        show.note(format!("{invited} invited, {left_out} left out"));
    }
    let outcome = match outcome {
        Ok(()) if left_out > 0 && !options.all => Outcome::done("invited", facts).with_code(ExitCode::Found),
        Ok(()) => Outcome::done("invited", facts),
        Err(failure) => Outcome::failed(failure, facts),
    };
    outcome.end(&Show::new(global.json))
}

impl Told {
    /// Makes codes and writes them down; tells of those that are in force, also where it fails.
    async fn invite(
        &mut self,
        global: &Global,
        options: &Invite,
        show: &Show,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        if options.output.as_os_str() == "-" && global.json {
            let why = "with --json, standard output has the result";
            return Err(Failure::usage(
                "write the codes to standard output",
                why,
                "give --output, or leave --json out",
            ));
        }
        let now = SystemTime::now();
        let expires = now.checked_add(options.expires_in).ok_or_else(|| {
            Failure::usage("make codes that count so long", "there is no such date", "give a shorter --expires-in")
        })?;
        let aws = interrupt.or(Aws::connect(global)).await?;
        let known = KnownUsers::new(aws.dynamodb.clone(), interrupt.or(stack_outputs::table(&aws, global)).await?);
        let caller = interrupt.or(async { Ok(aws.caller().await) }).await?;
        show.step(format!("Codes for people of the table `{}` ({caller})", known.table));
        caller.tell(&mut self.facts);
        let mut codes = Codes::new(&options.output, expires)?;
        if options.all {
            let patience = Patience { limit: PATIENCE, interrupt: interrupt.clone() };
            let mut from = None;
            loop {
                let (items, next) = interrupt.or(known.page(from, &patience)).await?;
                // A malformed record is the import's and the status' to tell of.
                for user in items.iter().filter_map(|item| KnownUser::from_item(item).ok()) {
                    match reason_against(&user, now) {
                        None => self.invited += u64::from(codes.give(&known, &user, interrupt).await?),
                        Some(_) => self.left_out += 1,
                    }
                }
                from = next;
                if from.is_none() {
                    return Ok(());
                }
            }
        }
        for who in &options.who {
            let user = interrupt.or(known.find(who)).await?.map(|known| known.user);
            let why = match user.as_ref().map(|user| reason_against(user, now)) {
                None => "nobody is known by that email or user name",
                Some(Some(No::Suspended)) => "suspended",
                Some(Some(No::HasAnAccount)) => "has an account in a user pool already",
                // Who is asked for by name gets a new one.
                Some(None | Some(No::HasACode)) => "",
            };
            match user {
                Some(user) if why.is_empty() && codes.give(&known, &user, interrupt).await? => self.invited += 1,
                _ => {
                    let why = if why.is_empty() { "not known any more" } else { why };
                    output::error(&format!("left out: {who}: {why}"));
                    self.left_out += 1;
                }
            }
        }
        Ok(())
    }
}

fn reason_against(user: &KnownUser, now: SystemTime) -> Option<No> {
    let in_force =
        |claim: &Claim| SystemTime::UNIX_EPOCH + Duration::from_secs(claim.expires.min(u32::MAX.into())) > now;
    if user.suspended {
        Some(No::Suspended)
    } else if has_come(user) {
        Some(No::HasAnAccount)
    } else if user.claim.as_ref().is_some_and(in_force) {
        Some(No::HasACode)
    } else {
        None
    }
}

/// Where codes are written down.
struct Codes {
    csv: csv::Writer<Box<dyn Write>>,
    path: PathBuf,
    expires: SystemTime,
}

impl Codes {
    fn new(path: &Path, expires: SystemTime) -> Result<Self, Failure> {
        let output: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(io::stdout())
        } else {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            // Who reads a code can sign up as its person.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(|error| {
                Failure::usage(format!("make `{}`", path.display()), error, "give another --output")
            })?;
            Box::new(file)
        };
        let mut codes = Self { csv: csv::Writer::from_writer(output), path: path.to_owned(), expires };
        codes.write(["email", "user_name", "claim_code", "expires"])?;
        Ok(codes)
    }

    /// Gives somebody a code; whether they are known still.
    async fn give(&mut self, known: &KnownUsers, user: &KnownUser, interrupt: &Interrupt) -> Result<bool, Failure> {
        interrupt.check()?;
        let code = code()?;
        let expires = self.expires.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let claim = Claim::new(Claim::hash_of(&code), expires);
        // In force first, written down second: a code in the file counts. Where it cannot be written, the error says whose.
        if !known.set_claim(&user.email, &claim).await? {
            return Ok(false);
        }
        let email = user.email.as_str();
        let expires = humantime::format_rfc3339_seconds(self.expires).to_string();
        self.write([email, user.user_name.as_deref().unwrap_or_default(), &code, &expires]).map_err(|failure| {
            failure.or(format!("invite {email} again: the code in force could not be written down"))
        })?;
        Ok(true)
    }

    fn write(&mut self, row: [&str; 4]) -> Result<(), Failure> {
        let written = self.csv.write_record(row).map_err(io::Error::from).and_then(|()| self.csv.flush());
        written.map_err(|error| {
            Failure::new(format!("write `{}`", self.path.display()), error, "make room, and run the command again")
        })
    }
}

/// 128 bits by chance, in hexadecimal digits, in groups that can be read.
fn code() -> Result<String, Failure> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        Failure::new("make a code", format!("the system has no randomness: {error}"), "run it again")
    })?;
    let digits: Vec<String> =
        bits.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    Ok(digits.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_128_bits_in_eight_groups_and_never_the_same() {
        let (one, other) = (code().unwrap(), code().unwrap());
        assert_eq!(one.len(), 39);
        assert!(one.split('-').all(|group| group.len() == 4 && group.bytes().all(|c| c.is_ascii_hexdigit())), "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn who_has_an_account_a_code_or_no_right_to_one_is_left_out() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let user = |change: fn(&mut KnownUser)| {
            let mut user = KnownUser::new("a@example.com", None).unwrap();
            change(&mut user);
            reason_against(&user, now)
        };
        let claim = |expires| Some(Claim::new(String::new(), expires));
        assert!(user(|_| ()).is_none());
        assert!(matches!(user(|user| user.suspended = true), Some(No::Suspended)));
        assert!(matches!(user(|user| user.user_sub = Some(String::new())), Some(No::HasAnAccount)));
        let mut invited = KnownUser::new("a@example.com", None).unwrap();
        invited.claim = claim(1_800_000_001);
        assert!(matches!(reason_against(&invited, now), Some(No::HasACode)));
        invited.claim = claim(1_800_000_000);
        assert!(reason_against(&invited, now).is_none());
        invited.claim = claim(u64::MAX);
        assert!(matches!(reason_against(&invited, now), Some(No::HasACode)));
    }
}
