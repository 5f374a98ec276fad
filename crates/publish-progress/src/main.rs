//! Counts the known users, and how many have arrived, once a day: a schedule calls it, and CloudWatch makes metrics of the
//! line that it logs.
//!
//! It reads what `known-users status` reads: of each record what says how far its person is, and not who that is.

mod metrics;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::{Client, config::Builder};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use common::{
    function::{self, Diagnostic},
    known_users::error_code,
};
use migration_status::tally::{PROJECTION, Tally};
use serde::de::IgnoredAny;

/// How long one request for a page, of a megabyte at most, may take.
const ATTEMPT: Duration = Duration::from_secs(20);

/// How often a page is asked for where the table is busy; between two attempts lie 20 seconds at most.
const ATTEMPTS: u32 = 20;

fn main() -> ExitCode {
    function::run(async |function| {
        let times = TimeoutConfig::builder().connect_timeout(ATTEMPT).operation_attempt_timeout(ATTEMPT).build();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let dynamodb = Builder::from(function.sdk()).timeout_config(times).retry_config(retries).build();
        let dynamodb = Client::from_conf(dynamodb);
        let table = function.required("KNOWN_USERS_TABLE")?;
        let namespace = function.required("METRICS_NAMESPACE")?;
        function
            .work(async |_: IgnoredAny| {
                let now = SystemTime::now();
                let tally = count(&dynamodb, &table, now).await?;
                writeln!(io::stdout(), "{}", metrics::line(&tally, &namespace, now)).map_err(|error| Diagnostic {
                    error_type: "LogUnavailable".to_owned(),
                    error_message: error.to_string(),
                })
            })
            .await
    })
}

/// Counts the whole table, page after page.
async fn count(dynamodb: &Client, table: &str, now: SystemTime) -> Result<Tally, Diagnostic> {
    let mut scan = dynamodb.scan().table_name(table);
    let mut names = Vec::with_capacity(PROJECTION.len());
    for (at, name) in PROJECTION.into_iter().enumerate() {
        let placeholder = format!("#a{at}");
        scan = scan.expression_attribute_names(&placeholder, name);
        names.push(placeholder);
    }
    let mut pages = scan.projection_expression(names.join(", ")).into_paginator().send();
    let mut tally = Tally::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Diagnostic {
            error_type: "KnownUsersUnavailable".to_owned(),
            error_message: error_code(&error).0,
        })?;
        for item in page.items.unwrap_or_default() {
            tally.add(item, now);
        }
    }
    Ok(tally)
}
