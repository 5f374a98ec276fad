//! What a million invocations cost: measured amounts, times the prices in `prices.toml`.

use std::fmt::Write;

use local_aws::Error;
use serde::Deserialize;

use crate::report::Report;
use crate::speed::Speed;
use crate::work::Work;

/// The prices, and what else has to be assumed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prices {
    lambda_million_requests: f64,
    lambda_gb_second: f64,
    dynamodb_million_read_units: f64,
    dynamodb_million_write_units: f64,
    logs_gb: f64,
    ses_thousand_mails: f64,
    dynamodb_ms: f64,
    memory_mb: f64,
    cold_starts: f64,
}

/// What a million invocations of one trigger cost, in US$.
struct Cost {
    lambda: f64,
    dynamodb: f64,
    logs: f64,
    mails: f64,
}

impl Cost {
    fn of(prices: &Prices, speed: &Speed, work: &Work) -> Self {
        let to_aws = work.requests.len() as f64 * prices.dynamodb_ms;
        // Billed by the millisecond, rounded up.
        let warm_ms = (to_aws + speed.warm_cpu_us.median / 1000.0).ceil();
        let cold_ms = (to_aws + speed.init_ms.median + prices.dynamodb_ms + speed.first_ms.median).ceil();
        let billed_ms = prices.cold_starts * cold_ms + (1.0 - prices.cold_starts) * warm_ms;
        let gb_seconds = billed_ms * 1000.0 * prices.memory_mb / 1024.0;
        let count = |names: &[&str]| work.requests.iter().filter(|name| names.contains(&name.as_str())).count() as f64;
        // A record is up to 1 KB, so one unit is one write or one strongly consistent read; a query of the index is
        // eventually consistent, and costs half of one.
        let reads = count(&["GetItem"]) + count(&["Query"]) / 2.0;
        let writes = count(&["PutItem", "UpdateItem", "DeleteItem"]);
        Self {
            lambda: prices.lambda_million_requests + gb_seconds * prices.lambda_gb_second,
            dynamodb: reads * prices.dynamodb_million_read_units + writes * prices.dynamodb_million_write_units,
            // A million bytes for each byte of an invocation, a thousand of which are a GB. Lambda's own lines are none of
            // them: the template asks for those from WARN on, and a start, a report and a runtimeDone of a success are at
            // INFO or DEBUG ("System log level event mapping" in
            // <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
            logs: work.log_bytes as f64 / 1000.0 * prices.logs_gb,
            mails: count(&["SendEmail"]) * 1000.0 * prices.ses_thousand_mails,
        }
    }

    fn total(&self) -> f64 {
        self.lambda + self.dynamodb + self.logs + self.mails
    }
}

/// A table by trigger; empty where its amounts were not measured.
pub(crate) fn markdown(report: &Report) -> Result<String, Error> {
    let prices: Prices = toml::from_str(include_str!("../prices.toml"))
        .map_err(|error| Error::new(format!("crates/bench/prices.toml cannot be used: {error}")))?;
    let mut rows = String::new();
    for (name, work) in &report.work {
        let trigger = name.split(' ').next().unwrap_or_default();
        if let Some(speed) = report.speed_of(trigger) {
            let cost = Cost::of(&prices, speed, work);
            let Cost { lambda, dynamodb, logs, mails } = cost;
            // Writing to a string has no failing path.
            writeln!(rows, "| {name} | {lambda:.2} | {dynamodb:.2} | {logs:.2} | {mails:.2} | {:.2} |", cost.total())
                .ok();
        }
    }
    if rows.is_empty() {
        return Ok(rows);
    }
    Ok(format!(
        "\n### Cost\n\nA million invocations in US$, by the prices and assumptions in `crates/bench/prices.toml`; a sign-in is \
         one pre authentication and one post authentication.\n\n\
         | | Lambda | DynamoDB | logs | mail | together |\n|---|---:|---:|---:|---:|---:|\n{rows}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_own_lines_about_a_success_are_left_out() {
        assert!(include_str!("../../../template.yaml").contains("      SystemLogLevel: WARN "));
    }

    #[test]
    fn a_bill_is_amounts_times_prices() {
        let prices = Prices {
            lambda_million_requests: 0.2,
            lambda_gb_second: 0.00001,
            dynamodb_million_read_units: 0.125,
            dynamodb_million_write_units: 0.625,
            logs_gb: 0.5,
            ses_thousand_mails: 0.1,
            dynamodb_ms: 4.0,
            memory_mb: 1024.0,
            cold_starts: 0.0,
        };
        let mut speed = Speed::example("post-confirmation");
        speed.warm_cpu_us.median = 300.0;
        let requests = ["GetItem", "Query", "UpdateItem", "SendEmail"].map(str::to_owned).to_vec();
        let cost = Cost::of(&prices, &speed, &Work { requests, log_bytes: 300 });
        // 17 ms of one GB; 1.5 reads and a write; 300 MB; a million mails.
        let expected = [0.2 + 0.17, 0.1875 + 0.625, 0.15, 100.0];
        for (amount, expected) in [cost.lambda, cost.dynamodb, cost.logs, cost.mails].into_iter().zip(expected) {
            assert!((amount - expected).abs() < 1e-9, "{amount} is not {expected}");
        }
    }
}
