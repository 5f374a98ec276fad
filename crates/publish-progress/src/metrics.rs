//! The counts as CloudWatch takes them from a log: pure.
//!
//! See ["Embedded metric format"](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
//! The names are an interface: docs/operate.md has them.

use std::time::SystemTime;

use migration_status::tally::Tally;
use serde_json::{Map, Value, json};

/// The line of the log that makes metrics of these counts, in `namespace` and without dimensions.
pub(crate) fn line(tally: &Tally, namespace: &str, now: SystemTime) -> String {
    let counts = [
        ("KnownUsers", tally.known),
        ("Arrived", tally.arrived()),
        ("NotYetArrived", tally.not_yet()),
        ("UsablePasswordHashes", tally.usable_hashes()),
        ("UnusablePasswordHashes", tally.unusable.total()),
        ("MalformedRecords", tally.malformed_records()),
        ("Suspended", tally.suspended),
        ("SignedInWithin7Days", tally.signed_in.within_7_days()),
        ("SignedInWithin30Days", tally.signed_in.within_30_days()),
    ];
    let metrics: Vec<Value> = counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let milliseconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
    let mut line: Map<String, Value> =
        counts.map(|(name, count)| (name.to_owned(), json!(count))).into_iter().collect();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{"Namespace": namespace, "Dimensions": [[]], "Metrics": metrics}],
        }),
    );
    Value::Object(line).to_string()
}
