//! Pre sign-up as the guides show it: the SDK's defaults, the runtime's defaults, cargo's defaults.

use std::env;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_from_env().await;
    let client = Client::new(&config);
    let table = env::var("KNOWN_USERS_TABLE")?;
    run(service_fn(|event: LambdaEvent<Value>| pre_sign_up(&client, &table, event))).await
}

async fn pre_sign_up(client: &Client, table: &str, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let mut event = event.payload;
    let Some(email) = event.pointer("/request/userAttributes/email").and_then(Value::as_str) else {
        return Ok(event);
    };
    if event["triggerSource"] != "PreSignUp_SignUp" {
        return Ok(event);
    }
    let found = client
        .get_item()
        .table_name(table)
        .key("UserEmail", AttributeValue::S(normalise(email)))
        .consistent_read(true)
        .send()
        .await?;
    let Some(known) = found.item else { return Ok(event) };
    let flag = |name: &str| known.get(name).and_then(|value| value.as_bool().ok()).copied();
    let is_named = match (known.get("UserNameKey").and_then(|key| key.as_s().ok()), event["userName"].as_str()) {
        (Some(key), Some(name)) => *key == normalise(name),
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
