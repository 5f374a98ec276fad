//! What an invocation asks of AWS and writes to its log when all goes well.

use std::collections::BTreeMap;

use local_aws::{Error, stack};
use serde::Serialize;

use crate::site::Site;
use crate::subject::{self, Subject};

/// Settings under which a trigger makes other requests than under its defaults.
struct Otherwise {
    trigger: &'static str,
    /// What its work is called in the report.
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
}

const OTHERWISE: [Otherwise; 4] = [
    Otherwise {
        trigger: "pre-sign-up",
        name: "pre-sign-up (email pool)",
        settings: &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", "verify")],
    },
    Otherwise { trigger: "pre-authentication", name: subject::EMAIL_POOL, settings: &[("SIGN_IN_WITH", "email")] },
    Otherwise {
        trigger: "pre-authentication",
        name: "pre-authentication (without `before`)",
        settings: &[("CHECK_SUSPENDED", "after")],
    },
    Otherwise {
        trigger: "post-confirmation",
        name: "post-confirmation (with mail)",
        settings: &[("WELCOME_EMAIL_FROM", stack::WELCOME_EMAIL_FROM)],
    },
];

/// One invocation, looked at from the other side.
#[derive(Serialize)]
pub(crate) struct Work {
    pub(crate) requests: Vec<String>,
    pub(crate) log_bytes: usize,
}

/// The work of each trigger by its name, and by the name of its settings where others make a difference.
pub(crate) async fn measure(site: &Site, triggers: &[Subject]) -> Result<BTreeMap<String, Work>, Error> {
    let mut works = BTreeMap::new();
    for trigger in triggers {
        works.insert(trigger.name.to_owned(), work(site, trigger, &[]).await?);
        for otherwise in OTHERWISE.iter().filter(|otherwise| otherwise.trigger == trigger.name) {
            works.insert(otherwise.name.to_owned(), work(site, trigger, otherwise.settings).await?);
        }
    }
    Ok(works)
}

async fn work(site: &Site, trigger: &Subject, settings: &[(&str, &str)]) -> Result<Work, Error> {
    let function = site.stack.function(&trigger.command, settings).await?;
    function.ready().await?;
    site.stack.dynamodb_faults.forget();
    site.stack.mailbox_faults.forget();
    let invocation = site.invoke(trigger, &function).await?;
    function.stop().await;
    let mut requests = site.stack.dynamodb_faults.operations();
    requests.extend(site.stack.mailbox_faults.operations().into_iter().map(|_| "SendEmail".to_owned()));
    Ok(Work { requests, log_bytes: invocation.log.len() })
}
