//! The floor of the job: the decision of pre sign-up with one `GetItem`, and no more code than that takes.
//!
//! The runtime is the triggers' own. HTTP, Signature Version 4 and the way to the record are written by hand, on one
//! connection that is opened before the first event; nothing is tried again but a connection that has ended.

mod dynamodb;
mod signature;

use std::{cell::RefCell, env};

use dynamodb::DynamoDb;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

fn main() -> Result<(), Error> {
    let dynamodb = RefCell::new(DynamoDb::connect()?);
    let table = env::var("KNOWN_USERS_TABLE")?;
    let handler = service_fn(async |event: LambdaEvent<Value>| pre_sign_up(&mut dynamodb.borrow_mut(), &table, event));
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(Runtime::new(handler).run())
}

fn pre_sign_up(dynamodb: &mut DynamoDb, table: &str, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let mut event = event.payload;
    let Some(email) = event.pointer("/request/userAttributes/email").and_then(Value::as_str) else {
        return Ok(event);
    };
    if event["triggerSource"] != "PreSignUp_SignUp" {
        return Ok(event);
    }
    let key = json!({ "UserEmail": { "S": normalise(email) } });
    let answer = dynamodb.get_item(&json!({ "TableName": table, "Key": key, "ConsistentRead": true }))?;
    let Some(known) = answer.get("Item") else { return Ok(event) };
    let flag = |name: &str| known[name]["BOOL"].as_bool();
    let is_named = match (known["UserNameKey"]["S"].as_str(), event["userName"].as_str()) {
        (Some(key), Some(name)) => key == normalise(name),
        _ => false,
    };
    if is_named && !flag("Suspended").unwrap_or(false) && flag("EmailVerified").unwrap_or(true) {
        event["response"]["autoConfirmUser"] = json!(true);
        event["response"]["autoVerifyEmail"] = json!(true);
    }
    Ok(event)
}

fn normalise(text: &str) -> String {
    text.trim().nfc().collect::<String>().to_lowercase()
}
