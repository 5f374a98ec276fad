//! What becomes of an invocation when the list of known users grows; and of the `Scan` that AWS's example makes.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use known_user::KnownUser;
use local_aws::dynamodb::KNOWN_USERS;
use local_aws::stack::{Addresses, Stack};
use local_aws::{Error, known_users_file::dynamodb_json, listener};
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::Http;
use crate::statistics::Spread;
use crate::subject::Subject;

/// How many people the table knows.
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];

/// How many people are loaded in one go.
const CHUNK: usize = 20_000;

/// How many invocations a trigger gets at each size, each about somebody else.
const INVOCATIONS: usize = 300;

/// How long a scan is watched before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured at one size.
#[derive(Serialize)]
pub(crate) struct Growth {
    pub(crate) known_users: usize,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) scan: Scan,
}

/// One trigger at one size.
#[derive(Serialize)]
pub(crate) struct Trigger {
    pub(crate) name: &'static str,
    pub(crate) milliseconds: Spread,
    pub(crate) requests: f64,
}

/// Looking somebody up by a `Scan` with a filter on the user name.
#[derive(Serialize)]
pub(crate) struct Scan {
    pub(crate) milliseconds: f64,
    pub(crate) requests: usize,
    /// Whether it came to the end of the table before patience did.
    pub(crate) ended: bool,
    /// What DynamoDB would bill, as far as it came: half a unit for each 4 KB read.
    pub(crate) read_units: f64,
}

/// Measures the triggers at each size of one table that grows, in a folder that is gone afterwards.
pub(crate) async fn measure(folder: &Path, subjects: &[Subject], on_size: impl Fn(&str)) -> Result<Vec<Growth>, Error> {
    let data = tempfile::tempdir_in(folder)
        .map_err(|error| Error::new(format!("cannot make a folder in `{}`: {error}", folder.display())))?;
    let addresses = Addresses {
        dynamodb: listener::listen(0).await?,
        mailbox: listener::listen(0).await?,
        data: Some(data.path().to_owned()),
    };
    let stack = Stack::start_at(addresses).await?;
    let mut growths = Vec::new();
    let mut loaded = 0;
    for known_users in SIZES {
        let (started, before) = (Instant::now(), loaded);
        while loaded < known_users {
            let next = (loaded + CHUNK).min(known_users);
            let people = (loaded..next).map(person).collect::<Result<Vec<_>, Error>>()?;
            stack.dynamodb.load(KNOWN_USERS, people.into_iter().map(dynamodb_json))?;
            loaded = next;
        }
        on_size(&format!("{known_users} known users, loaded in {:.1} s", started.elapsed().as_secs_f64()));
        let mut triggers = Vec::new();
        for subject in subjects {
            triggers.push(trigger(&stack, subject, before..known_users).await?);
        }
        let scan = scan(&stack.dynamodb.url()).await?;
        growths.push(Growth { known_users, triggers, scan });
    }
    stack.stop().await;
    Ok(growths)
}

fn person(number: usize) -> Result<KnownUser, Error> {
    let (email, user_name) = (email(number), user_name(number));
    let mut person = KnownUser::new(&email, Some(&user_name)).ok_or_else(|| Error::new("a person without a key"))?;
    person.attributes.insert("name".to_owned(), format!("Known User {number}"));
    person.attributes.insert("custom:legacy_id".to_owned(), number.to_string());
    Ok(person)
}

fn email(number: usize) -> String {
    format!("known-user-{number}@example.com")
}

fn user_name(number: usize) -> String {
    format!("Known.User.{number}")
}

async fn trigger(stack: &Stack, subject: &Subject, newcomers: Range<usize>) -> Result<Trigger, Error> {
    let function = stack.function(&subject.command, &[]).await?;
    function.ready().await?;
    let event: Value = serde_json::from_str(&subject.event)
        .map_err(|error| Error::new(format!("the event of `{}` is no JSON: {error}", subject.name)))?;
    let mut milliseconds = Vec::with_capacity(INVOCATIONS);
    stack.dynamodb_faults.forget();
    for turn in 0..INVOCATIONS {
        // All over those who were loaded last: nobody else has been asked about them.
        let number = newcomers.start + turn * newcomers.len() / INVOCATIONS;
        let mut event = event.clone();
        if let Some(name) = event.pointer_mut("/userName") {
            *name = json!(user_name(number));
        }
        if let Some(address) = event.pointer_mut("/request/userAttributes/email") {
            *address = json!(email(number));
        }
        let invocation = function.invoke(event.to_string()).await;
        if invocation.function_error {
            return Err(Error::new(format!("`{}` fails: {}", subject.name, invocation.json())));
        }
        milliseconds.push(invocation.elapsed.as_secs_f64() * 1000.0);
    }
    let requests = stack.dynamodb_faults.requests() as f64 / INVOCATIONS as f64;
    function.stop().await;
    let milliseconds = Spread::of(milliseconds).ok_or_else(|| Error::new("nothing was measured"))?;
    Ok(Trigger { name: subject.name, milliseconds, requests })
}

/// Looks for a user name that nobody has, as anybody can type one: to the end of the table, page by page.
async fn scan(url: &str) -> Result<Scan, Error> {
    let http = Http::new();
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "DynamoDB_20120810.Scan"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        ),
        ("x-amz-date", "20260101T000000Z"),
    ];
    let mut request = json!({
        "TableName": KNOWN_USERS,
        "FilterExpression": "UserName = :name",
        "ExpressionAttributeValues": { ":name": { "S": "nobody" } },
        "ReturnConsumedCapacity": "TOTAL",
    });
    let started = Instant::now();
    let (mut requests, mut read_units, mut ended) = (0, 0.0, false);
    while !ended && started.elapsed() < PATIENCE {
        let answer = http.post(url, &headers, request.to_string()).await?;
        let page: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if !answer.status().is_success() {
            return Err(Error::new(format!("the scan fails: {page}")));
        }
        requests += 1;
        read_units += page.pointer("/ConsumedCapacity/CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
        match (page.get("LastEvaluatedKey"), request.as_object_mut()) {
            (Some(key), Some(request)) => {
                request.insert("ExclusiveStartKey".to_owned(), key.clone());
            }
            _ => ended = true,
        }
    }
    Ok(Scan { milliseconds: started.elapsed().as_secs_f64() * 1000.0, requests, ended, read_units })
}
