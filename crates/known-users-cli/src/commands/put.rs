//! `known-users put`: somebody is added, or fields of their record are changed.
//!
//! A write of one record carries a condition and is safe to repeat: what is so already is left as it is, and said.

use std::{fs, io, path::PathBuf, process};

use aws_failure::Failure;
use clap::Args;
use known_users_file::Person;
use legacy_password::PasswordHash;
use serde_json::json;

use crate::{
    exit_code::{self, ExitCode},
    options::Global,
    outcome::{Facts, Outcome, facts},
    table::{
        batch::{Done, Upserted},
        change::Change,
        person,
    },
    terminal::{interrupt::Interrupt, output::Show},
};

const BEFORE: &str = "\
A field that no option names stays as it is. Somebody new is verified and not suspended unless an option says otherwise.";

fn after_help() -> String {
    exit_code::help_after(
        BEFORE,
        &[
            (ExitCode::Done, "done, or so already"),
            (ExitCode::Failed, "it failed"),
            (ExitCode::Usage, "the command line or an input is wrong; nothing was written"),
            (
                ExitCode::Found,
                "the user name is somebody else's, or the person has arrived in a user pool and gets no password hash any more; nothing was written",
            ),
            (ExitCode::Interrupted, "interrupted"),
        ],
    )
}

/// `put`.
#[derive(Args)]
#[command(after_help = after_help())]
pub(crate) struct Put {
    /// Who it is
    #[arg(long)]
    email: String,
    /// The user name, as you spell it
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Whether you vouch for the address
    #[arg(long, value_name = "true|false")]
    email_verified: Option<bool>,
    /// Whether sign-in is refused
    #[arg(long, value_name = "true|false")]
    suspended: Option<bool>,
    /// What Cognito is handed at migration, by Cognito's name (name, custom:legacy_id …); may be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    attribute: Vec<(String, String)>,
    /// An attribute that Cognito is no longer handed; may be given more than once
    #[arg(long, value_name = "NAME")]
    remove_attribute: Vec<String>,
    /// A file whose first line is the password hash of another system; - for standard input
    #[arg(long, value_name = "FILE")]
    password_hash_file: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is not NAME=VALUE; an attribute is taken away with --remove-attribute".to_owned()),
    }
}

/// Adds somebody, or changes fields of their record.
pub(crate) async fn run(global: &Global, options: &Put) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = add_or_change(global, options, &show, &interrupt).await;
    Outcome::from(outcome).end(&show)
}

async fn add_or_change(
    global: &Global,
    options: &Put,
    show: &Show,
    interrupt: &Interrupt,
) -> Result<(&'static str, Facts), Failure> {
    let file = options.password_hash_file.clone();
    // In a thread of its own: standard input may keep it waiting.
    let hash = tokio::task::spawn_blocking(move || file.map(|file| password_hash(&file)).transpose());
    let hash = interrupt
        .or(async { hash.await.map_err(|error| Failure::new("read the password hash", error, "run it again"))? })
        .await?;
    let person = person(options, hash.as_deref())?;
    let email = person.email.as_str().to_owned();
    let (known, caller) = interrupt.or(person::table_to_change(global)).await?;
    show.step(format!("The table `{}` ({caller})", known.table));
    let (item, owners) = interrupt
        .or(async {
            let owners = match &person.user_name {
                Some(name) => known.named(name).await?,
                None => Vec::new(),
            };
            Ok((known.record(&person.email).await?, owners))
        })
        .await?;
    if owners.iter().any(|owner| *owner != person.email) {
        return Err(Failure::found(
            format!("give `{email}` that user name"),
            "it is somebody else's in the table, and the triggers would take it for nobody's",
            "give another --user-name, or change the other person's first",
        ));
    }
    let refused = || {
        Failure::found(
            format!("give `{email}` a password hash"),
            "the person has arrived in a user pool, where they have a password",
            "leave --password-hash-file out",
        )
    };
    let arrived = |item: &_| Change::to(item, &person, &[]).is_ok_and(|change| change.hash_withheld);
    if item.as_ref().is_some_and(arrived) {
        return Err(refused());
    }
    interrupt.check()?;
    let Upserted { done, hash_withheld } =
        known.upsert(&person, &options.remove_attribute, item, &person::patience(interrupt)).await?;
    if hash_withheld {
        return Err(refused());
    }
    let word = match done {
        Done::Added => "added",
        Done::Updated => "updated",
        Done::Unchanged => "unchanged",
    };
    show.note(format!("{word}: `{email}` in the table `{}`", known.table));
    let mut facts = facts([("email", json!(email))]);
    caller.tell(&mut facts);
    Ok((word, facts))
}

fn person(options: &Put, hash: Option<&str>) -> Result<Person, Failure> {
    let (verified, suspended) = (options.email_verified.map(text), options.suspended.map(text));
    let fields = [
        ("email", Some(options.email.as_str())),
        ("user_name", options.user_name.as_deref()),
        ("email_verified", verified),
        ("suspended", suspended),
        ("password_hash", hash),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    if let Some((name, _)) = options.attribute.iter().find(|(name, _)| !known_users_file::is_attribute(name)) {
        let why = format!("`{name}` is no attribute that Cognito takes from us");
        return Err(Failure::usage(
            "read --attribute",
            why,
            "give a standard attribute, or one of your own as custom:…",
        ));
    }
    let attributes = options.attribute.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let person = Person::from_values(fields.chain(attributes)).map_err(|fault| {
        let column = fault.column.unwrap_or_default();
        Failure::usage(format!("use what is given as `{column}`"), format!("it {}", fault.reason), "correct it")
    })?;
    if let Some(hash) = hash {
        PasswordHash::parse(hash).map_err(|error| {
            Failure::usage("use the password hash", error, "give one in a format that docs/passwords.md lists")
        })?;
    }
    Ok(person)
}

fn text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn password_hash(path: &PathBuf) -> Result<String, Failure> {
    let text = if path.as_os_str() == "-" {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    } else {
        fs::read_to_string(path)
    };
    let line = text.map(|text| text.lines().next().unwrap_or_default().trim().to_owned());
    match line {
        Ok(line) if !line.is_empty() => Ok(line),
        Ok(_) => Err("its first line is empty".to_owned()),
        Err(error) => Err(error.to_string()),
    }
    .map_err(|why| {
        let tried = format!("read the password hash from `{}`", path.display());
        Failure::usage(
            tried,
            why,
            "give --password-hash-file a file whose first line is the hash, or - for standard input",
        )
    })
}
