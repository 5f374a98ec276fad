//! Where functions are measured: DynamoDB and a mailbox behind TLS, and people whom the table knows.

use std::path::Path;
use std::sync::Arc;

use local_aws::dynamodb::{EPHEMERA, KNOWN_USERS};
use local_aws::function::{Configuration, Invocation, RunningFunction};
use local_aws::stack::{Stack, read_people, sample_people};
use local_aws::{Error, known_users_file::dynamodb_json};
use serde_json::Value;

use crate::certificates::Certificates;
use crate::endpoint::Endpoint;
use crate::subject::Subject;

/// What stands around a function while it is measured.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    pub(crate) dynamodb: Endpoint,
    mailbox: Endpoint,
    pub(crate) certificates: Certificates,
    people: Vec<Value>,
}

impl Site {
    /// A site with the sample known users; its certificates are kept in this folder.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Error> {
        let certificates = Certificates::prepare(&folder.join("certificates")).await?;
        let config = Arc::new(certificates.server()?);
        let stack = Stack::start().await?;
        // Past the proxies that inject faults: they count, which the timings have no use for.
        let dynamodb = Endpoint::start(Arc::clone(&config), &stack.dynamodb.url()).await?;
        let mailbox = Endpoint::start(config, &stack.mailbox.url()).await?;
        let people = read_people(&sample_people())?.into_iter().map(dynamodb_json).collect();
        Ok(Self { stack, dynamodb, mailbox, certificates, people })
    }

    /// How a subject is started here.
    pub(crate) fn configuration(&self, subject: &Subject) -> Configuration {
        let (dynamodb, mailbox) = (self.dynamodb.url(), self.mailbox.url());
        let mut settings = vec![("AWS_ENDPOINT_URL_DYNAMODB", dynamodb), ("AWS_ENDPOINT_URL_SESV2", mailbox)];
        settings.extend(subject.environment.iter().cloned());
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut configuration = self.stack.configuration(&subject.command, &settings);
        configuration.name = subject.name.to_owned();
        configuration.arguments.clone_from(&subject.arguments);
        configuration
    }

    /// Gives the function the subject's event, as if for the first time: what an earlier invocation noted is undone.
    ///
    /// # Errors
    /// Where the function fails: a failure is no measurement.
    pub(crate) async fn invoke(&self, subject: &Subject, function: &RunningFunction) -> Result<Invocation, Error> {
        let invocation = self.invoke_in_time(subject, function).await?;
        invocation.ok_or_else(|| Error::new(format!("`{}` has run out of its time", subject.name)))
    }

    /// The same; nothing where the function has run out of its time, which under Valgrind it does on a busy machine.
    ///
    /// # Errors
    /// Where the function fails in any other way.
    pub(crate) async fn invoke_in_time(
        &self,
        subject: &Subject,
        function: &RunningFunction,
    ) -> Result<Option<Invocation>, Error> {
        self.reset()?;
        let invocation = function.invoke(&subject.event).await;
        if invocation.function_error {
            let answer = invocation.json();
            // The function's own word for it, and its sandbox's.
            let error_type = answer.get("errorType").and_then(serde_json::Value::as_str);
            if matches!(error_type, Some("TimedOut" | "Sandbox.Timedout")) {
                return Ok(None);
            }
            let answer = String::from_utf8_lossy(&invocation.payload);
            return Err(Error::new(format!("`{}` answers {answer}; it wrote:\n{}", subject.name, invocation.log)));
        }
        Ok(Some(invocation))
    }

    fn reset(&self) -> Result<(), Error> {
        self.stack.dynamodb.clear(EPHEMERA)?;
        self.people.iter().try_for_each(|person| self.stack.dynamodb.put(KNOWN_USERS, person.clone()))
    }
}
