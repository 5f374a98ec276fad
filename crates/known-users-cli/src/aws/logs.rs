//! The function's newest log stream, once there is something in it.
//!
//! Lambda's lines arrive seconds after the fact, so the log is polled, up to a limit. `FilterLogEvents` and not
//! `DescribeLogStreams`: what that knows of a stream's last event may be an hour old.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_failure::Failure;
use aws_sdk_cloudwatchlogs::Client;
use known_user::Trigger;
use serde_json::{Value, json};

/// How far this machine's clock may be ahead of Lambda's.
const CLOCKS: Duration = Duration::from_secs(2);

/// How long to wait between two looks: longer each time.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(3)];

/// How many pages one look reads at most.
const PAGES: u32 = 10;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    stream: String,
    /// Milliseconds since 1970.
    time: i64,
    pub(crate) text: String,
}

/// The newest stream, as far as it was written since the action.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) group: String,
    pub(crate) stream: String,
    pub(crate) lines: Vec<Line>,
}

impl Log {
    /// As the JSON result has it.
    pub(crate) fn to_json(&self) -> Value {
        let lines: Vec<Value> =
            self.lines.iter().map(|line| json!({"timestamp": line.time, "message": line.text})).collect();
        json!({"group": self.group, "stream": self.stream, "events": lines})
    }
}

/// Waits until `trigger` has logged something since `since`; at most for `limit`, after which what there is, is the log.
pub(crate) async fn newest(
    client: &Client,
    group: &str,
    trigger: Trigger,
    since: SystemTime,
    limit: Duration,
) -> Result<Option<Log>, Failure> {
    let since = since.checked_sub(CLOCKS).unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let begun = Instant::now();
    let mut pauses = PAUSES.iter();
    let mut pause = Duration::ZERO;
    loop {
        let lines = newest_stream(lines(client, group, since).await?);
        let left = limit.saturating_sub(begun.elapsed());
        if left.is_zero() || lines.iter().any(|line| is_about(line, trigger)) {
            let stream = lines.last().map(|line| line.stream.clone());
            return Ok(stream.map(|stream| Log { group: group.to_owned(), stream, lines }));
        }
        pause = pauses.next().copied().unwrap_or(pause);
        tokio::time::sleep(pause.min(left)).await;
    }
}

/// The lines since `since`, of every stream of the group; none where there is no group yet.
async fn lines(client: &Client, group: &str, since: i64) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    let mut token = None;
    for _ in 0..PAGES {
        let call = client.filter_log_events().log_group_name(group).start_time(since).set_next_token(token);
        let page = match call.send().await {
            Ok(page) => page,
            Err(error) => {
                return match Failure::aws(format!("read the log group `{group}`"), "logs:FilterLogEvents", &error) {
                    failure if failure.is("ResourceNotFoundException") => Ok(Vec::new()),
                    failure => Err(failure),
                };
            }
        };
        lines.extend(page.events().iter().filter_map(|event| {
            Some(Line {
                stream: event.log_stream_name()?.to_owned(),
                time: event.timestamp()?,
                text: event.message()?.trim_end().to_owned(),
            })
        }));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    Ok(lines)
}

/// The lines of the stream that has the newest one, oldest first.
fn newest_stream(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| line.time);
    if let Some(newest) = lines.last().map(|line| line.stream.clone()) {
        lines.retain(|line| line.stream == newest);
    }
    lines
}

/// Whether a line is of one of the trigger's decisions, and not Lambda's own.
fn is_about(line: &Line, trigger: Trigger) -> bool {
    line.text.contains(&format!("{}_", trigger.cognito_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stream: &str, time: i64, text: &str) -> Line {
        Line { stream: stream.to_owned(), time, text: text.to_owned() }
    }

    #[test]
    fn the_newest_stream_is_the_one_with_the_newest_line() {
        let (a1, b2, a3) = (line("a", 1, "x"), line("b", 2, "y"), line("a", 3, "z"));
        for (lines, newest) in [
            (vec![], vec![]),
            (vec![a1.clone()], vec![a1.clone()]),
            (vec![a3.clone(), b2.clone(), a1.clone()], vec![a1.clone(), a3]),
            (vec![a1, b2.clone()], vec![b2]),
        ] {
            assert_eq!(newest_stream(lines), newest);
        }
    }

    #[test]
    fn a_decision_is_told_from_lambdas_own_lines() {
        let decision = line("a", 1, r#"{"message":"confirmed","trigger":"PreSignUp_SignUp"}"#);
        assert!(is_about(&decision, Trigger::PreSignUp) && !is_about(&decision, Trigger::MigrateUser));
        assert!(!is_about(&line("a", 1, "INIT_START Runtime Version: provided:al2023.v1"), Trigger::PreSignUp));
        assert!(is_about(&line("a", 1, "UserMigration_Authentication"), Trigger::MigrateUser));
    }
}
