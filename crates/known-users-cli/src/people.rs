//! One person's record: `get`, `put`, `remove`, `suspend`, `resume`.
//!
//! Every write is conditional and safe to repeat: what is so already is left as it is, and said.

use std::{fs, io, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use known_user::UserEmail;
use known_users_file::Person;
use legacy_password::PasswordHash;
use serde_json::{Map, Value, json};

use crate::{
    accounts::{self, Deed},
    aws::{Aws, Caller},
    cli::Global,
    export,
    failure::Failure,
    interrupt::Interrupt,
    known_users::{Done, Known, KnownUsers, Patience},
    place,
    prompt::Ask,
    show::{self, Show},
};

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or so already
  1    it failed
  2    the command line or an input is wrong; nothing was written
  3    nobody is known by that email or user name
  130  interrupted";

const SUSPEND_HELP: &str = "\
The mark on the record refuses sign-in and migration, as CHECK_SUSPENDED says. It ends no session: whoever is signed in
stays so, and their tokens are renewed, unless --sign-out. With both options, an access token that is out already still
counts until it expires (an hour, unless the app client says otherwise) wherever nobody asks Cognito about it. In an email
pool a changed email sheds the mark: there --disable is what holds.

Exit codes:
  0    done, or so already
  1    it failed; run it again, it does nothing twice
  2    the command line or an input is wrong; nothing was written
  3    nobody is known by that email or user name
  130  interrupted";

const PUT_HELP: &str = "\
A field that no option names stays as it is. Somebody new is verified and not suspended unless an option says otherwise.

Exit codes:
  0    done, or so already
  1    it failed
  2    the command line or an input is wrong; nothing was written
  3    the user name is somebody else's, or the person has arrived in a user pool
       and gets no password hash any more; nothing was written
  130  interrupted";

const REMOVE_HELP: &str = "\
The person's account in the user pool, if any, is not touched.

Exit codes:
  0    done, or nobody was known by that email or user name
  1    it failed
  2    nobody is there to say yes, and --yes is not given
  130  interrupted; nobody was removed";

/// `get`.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Get {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
}

/// `put`.
#[derive(Args)]
#[command(after_help = PUT_HELP)]
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

/// `remove`.
#[derive(Args)]
#[command(after_help = REMOVE_HELP)]
pub(crate) struct Remove {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
}

/// `suspend`.
#[derive(Args)]
#[command(after_help = SUSPEND_HELP)]
pub(crate) struct Suspend {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
    /// Disable their account in the pool, so that no sign-in succeeds there, whatever the triggers do
    #[arg(long)]
    disable: bool,
    /// End their sessions: the pool renews no token of theirs any more
    #[arg(long)]
    sign_out: bool,
}

/// `resume`.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Resume {
    /// An email or a user name
    #[arg(value_name = "EMAIL|USERNAME")]
    who: String,
    /// Enable their account in the pool, which suspend --disable disabled
    #[arg(long)]
    enable: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is not NAME=VALUE; an attribute is taken away with --remove-attribute".to_owned()),
    }
}

/// What came of a command: the word for it, and facts for the JSON result.
type Outcome = Result<(&'static str, Map<String, Value>), Failure>;

/// Shows somebody's record.
pub(crate) async fn get(global: &Global, options: &Get) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = interrupt
        .or(async {
            let known = table(global).await?;
            let Known { user, item } = known.find(&options.who).await?.ok_or_else(|| nobody(&options.who))?;
            let mut record = export::line(&item, false)
                .map_err(|why| Failure::found(format!("show `{}`", options.who), why, "correct the record"))?;
            if let Some(hash) = &user.password_hash {
                let hash = PasswordHash::parse(hash);
                let format = hash.map_or_else(|error| error.to_string(), |hash| hash.format().to_string());
                record.insert("password_hash_format".to_owned(), json!(format));
            }
            for (name, value) in &record {
                show.note(format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
            }
            Ok(("found", Map::from_iter([("user".to_owned(), Value::Object(record))])))
        })
        .await;
    end(&show, outcome)
}

/// Adds somebody, or changes fields of their record.
pub(crate) async fn put(global: &Global, options: &Put) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = put_person(global, options, &show, &interrupt).await;
    end(&show, outcome)
}

async fn put_person(global: &Global, options: &Put, show: &Show, interrupt: &Interrupt) -> Outcome {
    let file = options.password_hash_file.clone();
    // In a thread of its own: standard input may keep it waiting.
    let hash = tokio::task::spawn_blocking(move || file.map(|file| password_hash(&file)).transpose());
    let hash = interrupt
        .or(async { hash.await.map_err(|error| Failure::new("read the password hash", error, "run it again"))? })
        .await?;
    let person = person(options, hash.as_deref())?;
    let email = person.email.as_str().to_owned();
    let (known, caller) = interrupt.or(table_to_change(global)).await?;
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
    let arrived =
        |item: &_| crate::known_users::Change::to(item, &person, &[]).is_ok_and(|change| change.hash_withheld);
    if item.as_ref().is_some_and(arrived) {
        return Err(refused());
    }
    interrupt.check()?;
    let (done, withheld) = known.say(&person, &options.remove_attribute, item, &patience(interrupt)).await?;
    if withheld {
        return Err(refused());
    }
    let word = match done {
        Done::Added => "added",
        Done::Updated => "updated",
        Done::Unchanged => "unchanged",
    };
    show.note(format!("{word}: `{email}` in the table `{}`", known.table));
    let mut facts = Map::from_iter([("email".to_owned(), json!(email))]);
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

/// Removes somebody.
pub(crate) async fn remove(global: &Global, options: &Remove) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = remove_person(global, &options.who, &show, &interrupt).await;
    end(&show, outcome)
}

async fn remove_person(global: &Global, who: &str, show: &Show, interrupt: &Interrupt) -> Outcome {
    let ask = Ask::new(interrupt.clone(), false);
    ask.require("whether to remove somebody", global.yes, "--yes")?;
    let (known, caller) = interrupt.or(table_to_change(global)).await?;
    show.step(format!("The table `{}` ({caller})", known.table));
    let mut facts = Map::new();
    caller.tell(&mut facts);
    let Some(email) = interrupt.or(email_of(&known, who)).await? else {
        show.note(format!("nobody is known as `{who}`"));
        return Ok(("unchanged", facts));
    };
    let question = format!("Remove `{}` from the table `{}`?", email.as_str(), known.table);
    if !global.yes && !ask.confirm(&question, "--yes").await? {
        show.note("nobody was removed");
        return Ok(("unchanged", facts));
    }
    interrupt.check()?;
    let word = if known.remove_known(&email).await? { "removed" } else { "unchanged" };
    show.note(format!("{word}: `{}` in the table `{}`", email.as_str(), known.table));
    facts.insert("email".to_owned(), json!(email.as_str()));
    Ok((word, facts))
}

/// Refuses somebody's sign-in.
pub(crate) async fn suspend(global: &Global, options: &Suspend) -> ExitCode {
    // Disabled first: whoever is signed out could sign in again.
    let deeds = [(options.disable, Deed::Disable), (options.sign_out, Deed::SignOut)];
    let deeds: Vec<Deed> = deeds.into_iter().filter_map(|(is_asked, deed)| is_asked.then_some(deed)).collect();
    set_suspended(global, &options.who, true, &deeds).await
}

/// Allows somebody's sign-in.
pub(crate) async fn resume(global: &Global, options: &Resume) -> ExitCode {
    let deeds = if options.enable { &[Deed::Enable][..] } else { &[] };
    set_suspended(global, &options.who, false, deeds).await
}

async fn set_suspended(global: &Global, who: &str, suspended: bool, deeds: &[Deed]) -> ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = async {
        let (known, caller) = interrupt.or(table_to_change(global)).await?;
        show.step(format!("The table `{}` ({caller})", known.table));
        let email = interrupt.or(email_of(&known, who)).await?.ok_or_else(|| nobody(who))?;
        interrupt.check()?;
        let is = if suspended { "suspended" } else { "not suspended" };
        let word = match known.set_suspended(&email, suspended).await? {
            None => return Err(nobody(who)),
            Some(true) => "updated",
            Some(false) => "unchanged",
        };
        show.note(format!("{word}: `{}` is {is}", email.as_str()));
        let facts = [("email".to_owned(), json!(email.as_str())), ("suspended".to_owned(), json!(suspended))];
        let mut facts = Map::from_iter(facts);
        caller.tell(&mut facts);
        if !deeds.is_empty() {
            let accounts = accounts::act(global, &known, &email, deeds, &show, &interrupt).await?;
            facts.insert("accounts".to_owned(), accounts);
        }
        show.note(match (suspended, deeds) {
            (true, deeds) if deeds.contains(&Deed::SignOut) => {
                "an access token that is out already counts until it expires, where nobody asks Cognito about it"
            }
            (true, _) => "whoever is signed in stays so: --sign-out ends their sessions, --disable their account",
            (false, []) => "an account that was disabled in the pool stays so: --enable enables it",
            (false, _) => "they may sign in again",
        });
        Ok((word, facts))
    };
    let outcome = outcome.await;
    end(&show, outcome)
}

async fn table(global: &Global) -> Result<KnownUsers, Failure> {
    let aws = Aws::connect(global).await?;
    let table = place::table(&aws, global).await?;
    Ok(KnownUsers::new(aws.dynamodb, table))
}

/// The table for a command that changes it, and whose it is.
async fn table_to_change(global: &Global) -> Result<(KnownUsers, Caller), Failure> {
    let aws = Aws::connect(global).await?;
    let table = place::table(&aws, global).await?;
    let caller = aws.caller().await;
    Ok((KnownUsers::new(aws.dynamodb, table), caller))
}

/// The key of somebody in the table. A record that cannot be read can be removed, suspended and mended nevertheless.
async fn email_of(known: &KnownUsers, who: &str) -> Result<Option<UserEmail>, Failure> {
    if who.contains('@') {
        let Some(email) = UserEmail::new(who) else { return Ok(None) };
        return Ok(known.record(&email).await?.map(|_| email));
    }
    Ok(known.find(who).await?.map(|known| known.user.email))
}

fn patience(interrupt: &Interrupt) -> Patience {
    Patience { limit: Duration::from_secs(10), interrupt: interrupt.clone() }
}

pub(crate) fn nobody(who: &str) -> Failure {
    let todo = "check the spelling (letter case does not matter), --table and --region";
    Failure::found(format!("find `{who}`"), "nobody is known by that email or user name", todo)
}

fn end(show: &Show, outcome: Outcome) -> ExitCode {
    let (word, mut facts, code) = match outcome {
        Ok((word, facts)) => (word, facts, ExitCode::SUCCESS),
        Err(failure) => {
            show::error(&failure.to_string());
            let facts = Map::from_iter([("error".to_owned(), failure.to_json())]);
            (failure.kind.name(), facts, failure.kind.exit_code())
        }
    };
    facts.insert("outcome".to_owned(), json!(word));
    show.result(&Value::Object(facts));
    code
}
