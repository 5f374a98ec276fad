//! What is written down, and what never is.
//!
//! One line a decision, in the level and format that Lambda's `LoggingConfig` asks for (`AWS_LAMBDA_LOG_LEVEL`,
//! `AWS_LAMBDA_LOG_FORMAT`). A line with an `errorType` is written at every level: it is what the stack's metrics count. Only this workspace's own lines are written, whatever the level: the SDK and the runtime
//! print whole requests and events at their verbose levels, and those hold emails, names and passwords.
//!
//! **Never logged**: an email, a user name, a password or its hash, an attribute's value, a token, an event, a message of
//! an AWS error. Operators correlate by [`digest`].

use std::{env, fmt, io, panic, str::FromStr, time::SystemTime};

use known_user::{digest_of, time::rfc3339};
use tracing::{Level, error};
use tracing_subscriber::{
    filter,
    fmt::{format::Writer, layer, time::FormatTime},
    layer::{Layer, SubscriberExt},
    registry,
};

use crate::event::Event;

/// The crates whose lines are written. The layout test holds it against the workspace.
const OURS: [&str; 8] = [
    "common",
    "pre_sign_up",
    "migrate_user",
    "pre_authentication",
    "post_authentication",
    "post_confirmation",
    "verify_version",
    "publish_progress",
];

/// Starts logging to standard output, which Lambda reads, and makes panics tell their place alone.
pub fn start() {
    let setting = |name| env::var(name).unwrap_or_default();
    let level = match setting("AWS_LAMBDA_LOG_LEVEL").as_str() {
        "FATAL" => Level::ERROR,
        level => Level::from_str(level).unwrap_or(Level::INFO),
    };
    let ours = filter::filter_fn(move |line| {
        let target = line.target().split("::").next().unwrap_or_default();
        let is_counted = *line.level() <= Level::INFO && line.fields().field("errorType").is_some();
        (*line.level() <= level || is_counted) && OURS.contains(&target)
    })
    .with_max_level_hint(level.max(Level::INFO));
    let lines = layer().with_writer(io::stdout).with_timer(Milliseconds).with_target(false);
    let lines = match setting("AWS_LAMBDA_LOG_FORMAT").to_ascii_uppercase().as_str() {
        "JSON" => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).with_filter(ours).boxed()
        }
        _ => lines.with_ansi(false).with_filter(ours).boxed(),
    };
    // It fails only where a subscriber is set already, and then that one logs.
    let _ = tracing::subscriber::set_global_default(registry().with(lines));
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "panicked");
    }));
}

/// A stand-in for the user of an event by which operators can tell two lines of one person: the first 12 hexadecimal
/// digits of the SHA-256 of the user pool's id and the user's `sub` (`userName` where there is none).
pub fn digest(event: &Event) -> String {
    digest_of(&event.user_pool_id, event.sub().unwrap_or(&event.user_name))
}

/// A name of Cognito's (a trigger source, a pool, an app client), or nothing if it could be anything else: what a log
/// repeats is never somebody's free text.
pub fn name(text: &str) -> &str {
    let is_name = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(&byte));
    if is_name { text } else { "" }
}

struct Milliseconds;

impl FormatTime for Milliseconds {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{}", rfc3339(SystemTime::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn digest_of(json: &str) -> String {
        digest(&Event::new(RawValue::from_string(json.to_owned()).unwrap()).unwrap())
    }

    #[test]
    fn a_digest_tells_people_and_pools_apart_and_nothing_else() {
        let ann = digest_of(r#"{"userPoolId":"p","userName":"ann","request":{"userAttributes":{"sub":"1"}}}"#);
        assert_eq!(ann.len(), 12);
        assert_eq!(ann, digest_of(r#"{"userPoolId":"p","userName":"Ann","request":{"userAttributes":{"sub":"1"}}}"#));
        assert_ne!(ann, digest_of(r#"{"userPoolId":"q","userName":"ann","request":{"userAttributes":{"sub":"1"}}}"#));
        assert_ne!(ann, digest_of(r#"{"userPoolId":"p","userName":"ann","request":{"userAttributes":{"sub":"2"}}}"#));
        assert_ne!(digest_of(r#"{"userName":"ann"}"#), digest_of(r#"{"userName":"bob"}"#));
    }

    #[test]
    fn only_names_of_cognitos_making_are_repeated() {
        for text in ["PreSignUp_SignUp", "eu-west-1_EXAMPLE", "1example23456789", ""] {
            assert_eq!(name(text), text);
        }
        for text in ["alice@example.com", "Alice Liddell", "a\nb", "José", &"a".repeat(129)] {
            assert_eq!(name(text), "");
        }
    }
}
