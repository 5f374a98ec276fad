//! Everything together: DynamoDB and a mailbox, a proxy for faults before each, and functions that know them.

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use known_user::KnownUser;
use known_users_file::{Fault, Reader, dynamodb_json};
use tokio::net::TcpListener;

use crate::dynamodb::{DynamoDb, EPHEMERA, KNOWN_USERS};
use crate::faults::Faults;
use crate::function::{Configuration, RunningFunction};
use crate::mailbox::Mailbox;
use crate::template::Template;
use crate::{Error, listener};

/// The settings of the triggers that the local stack takes from the environment of whoever starts it, and their log
/// level. The tables' names are not among them: here they are always the local ones.
pub const SETTINGS: [&str; 9] = [
    "SIGN_IN_WITH",
    "USER_NAMES_CASE_SENSITIVE",
    "SIGN_UP_POLICY",
    "DUMMY_HASH",
    "BLOCKED_APP_CLIENTS",
    "REQUIRED_VALIDATION_DATA",
    "CHECK_SUSPENDED",
    "WELCOME_EMAIL_FROM",
    "AWS_LAMBDA_LOG_LEVEL",
];

/// Who sends the welcome mail where nothing else is set: SES is a mailbox here, so any address will do.
pub const WELCOME_EMAIL_FROM: &str = "welcome@example.com";

/// The sample known users of this workspace.
pub fn sample_people() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/known-users.csv")).to_owned()
}

/// Reads the people in this file, which is as [`known_users_file`] says.
///
/// # Errors
/// Where it cannot be read, or a row is not as it should be: the text has the file, the line, the column, the reason.
pub fn read_people(path: &Path) -> Result<Vec<KnownUser>, Error> {
    let file = File::open(path)
        .map_err(|error| Error::new(format!("cannot read the known users in `{}`: {error}", path.display())))?;
    people(file).map_err(|problem| Error::new(format!("`{}`, {problem}", path.display())))
}

fn people(file: impl Read + Seek) -> Result<Vec<KnownUser>, Fault> {
    let mut reader = Reader::new(file, None)?;
    let (mut people, mut lines) = (Vec::new(), BTreeMap::new());
    while let Some(row) = reader.row()? {
        let person = row.person?;
        if let Some(earlier) = lines.insert(person.email.clone(), row.line) {
            return Err(Fault::of_cell(row.line, "email", format!("is the same person as in line {earlier}")));
        }
        people.push(person.into_known_user());
    }
    Ok(people)
}

/// The [`SETTINGS`] as the environment of this process has them, with [`WELCOME_EMAIL_FROM`] where it has none.
pub fn settings_from_environment() -> Vec<(&'static str, String)> {
    let setting = |name| env::var(name).ok().map(|value| (name, value));
    let mut settings: Vec<_> = SETTINGS.into_iter().filter_map(setting).collect();
    if !settings.iter().any(|(name, _)| *name == "WELCOME_EMAIL_FROM") {
        settings.push(("WELCOME_EMAIL_FROM", WELCOME_EMAIL_FROM.to_owned()));
    }
    settings
}

/// Where a stack listens and keeps its data.
pub struct Addresses {
    /// For DynamoDB.
    pub dynamodb: TcpListener,
    /// For the mailbox.
    pub mailbox: TcpListener,
    /// The folder for DynamoDB's data; in memory where there is none.
    pub data: Option<PathBuf>,
}

/// What a trigger needs around it, running.
pub struct Stack {
    /// The two tables.
    pub dynamodb: DynamoDb,
    /// What stands between the functions and DynamoDB.
    pub dynamodb_faults: Faults,
    /// What was sent.
    pub mailbox: Mailbox,
    /// What stands between the functions and the mailbox.
    pub mailbox_faults: Faults,
}

impl Stack {
    /// A stack of its own: in memory, on free ports, with empty tables.
    ///
    /// # Errors
    /// Where there is no port, or `template.yaml` cannot be used.
    pub async fn start() -> Result<Self, Error> {
        let addresses =
            Addresses { dynamodb: listener::listen(0).await?, mailbox: listener::listen(0).await?, data: None };
        Self::start_at(addresses).await
    }

    /// A stack at these addresses. People reach DynamoDB and the mailbox there directly; functions go through the proxies.
    ///
    /// # Errors
    /// Where the data or `template.yaml` cannot be used.
    pub async fn start_at(addresses: Addresses) -> Result<Self, Error> {
        let template = Template::workspace()?;
        let dynamodb = DynamoDb::start(addresses.dynamodb, addresses.data.as_deref(), &template).await?;
        let dynamodb_faults = Faults::start(listener::listen(0).await?, dynamodb.url())?;
        let mailbox = Mailbox::start(addresses.mailbox)?;
        let mailbox_faults = Faults::start(listener::listen(0).await?, mailbox.url())?;
        Ok(Self { dynamodb, dynamodb_faults, mailbox, mailbox_faults })
    }

    /// How a function with this binary is started here: named after the binary, knowing the tables and where DynamoDB
    /// and SES are. The settings are added, and win.
    pub fn configuration(&self, binary: impl Into<PathBuf>, settings: &[(&str, &str)]) -> Configuration {
        let binary = binary.into();
        let name = binary.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut configuration = Configuration::new(name, binary);
        configuration.environment.extend([
            ("KNOWN_USERS_TABLE".to_owned(), KNOWN_USERS.to_owned()),
            ("EPHEMERA_TABLE".to_owned(), EPHEMERA.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), self.dynamodb_faults.url()),
            ("AWS_ENDPOINT_URL_SESV2".to_owned(), self.mailbox_faults.url()),
        ]);
        configuration
            .environment
            .extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        configuration
    }

    /// Starts a function here. It is not waited for: [`RunningFunction::ready`] does that, and then
    /// [`Faults::forget`] forgets what it asked of DynamoDB while it woke up.
    ///
    /// # Errors
    /// Where the binary cannot be started.
    pub async fn function(
        &self,
        binary: impl Into<PathBuf>,
        settings: &[(&str, &str)],
    ) -> Result<RunningFunction, Error> {
        RunningFunction::start(self.configuration(binary, settings)).await
    }

    /// Puts the people in this file into the table of known users, and says how many there are.
    ///
    /// # Errors
    /// Where the file cannot be read or is not as [`known_users_file`] says.
    pub fn load_people(&self, path: &Path) -> Result<usize, Error> {
        self.dynamodb.load(KNOWN_USERS, read_people(path)?.into_iter().map(dynamodb_json))
    }

    /// Ends the servers; what is kept in a file is on the disk when this returns. Functions are their holder's to stop.
    pub async fn stop(self) {
        // First who asks, then who answers: no request is on its way when the database ends.
        drop((self.dynamodb_faults, self.mailbox_faults));
        self.dynamodb.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_sample_people_can_be_read_and_what_cannot_is_named_with_its_place() {
        assert_eq!(read_people(&sample_people()).unwrap().len(), 15);
        let twice = people(Cursor::new("email\nli@example.com\nLI@example.com\n")).err().unwrap();
        assert_eq!(twice.to_string(), "line 3: column `email`: is the same person as in line 2");
        let error = read_people(Path::new("no such file.csv")).err().unwrap().to_string();
        assert!(error.starts_with("cannot read the known users in `no such file.csv`"), "{error}");
    }
}
