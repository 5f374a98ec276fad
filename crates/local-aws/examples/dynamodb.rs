//! The embedded DynamoDB alone, with the two tables of the template, in memory, until it is killed: for measurements.

#![expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]

use std::future::pending;

use local_aws::{Error, dynamodb::DynamoDb, listener, template::Template};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let dynamodb = DynamoDb::start(listener::listen(0).await?, None, &Template::workspace()?).await?;
    println!("{}", dynamodb.url());
    pending().await
}
