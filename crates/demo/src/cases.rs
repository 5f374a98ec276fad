//! The events of the demo, and what is expected of each: `events/SOURCE.json`, and the cases of
//! `events/expected/SOURCE.json`. The first case is the event as it is; others change one thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use local_aws::Error;
use local_aws::effects::{Answer, Effects};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::expected::matches;
use crate::view::answer_lines;

/// The trigger sources, in the order in which a pool sees them.
const SOURCES: [&str; 9] = [
    "PreSignUp_SignUp",
    "PreSignUp_AdminCreateUser",
    "PreSignUp_ExternalProvider",
    "UserMigration_Authentication",
    "UserMigration_ForgotPassword",
    "PreAuthentication_Authentication",
    "PostAuthentication_Authentication",
    "PostConfirmation_ConfirmSignUp",
    "PostConfirmation_ConfirmForgotPassword",
];

/// An event and what should come of it.
pub(crate) struct Case {
    pub(crate) source: &'static str,
    pub(crate) event: Value,
    pub(crate) expected: Expectation,
}

/// What is expected, as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectation {
    /// What happens, in plain words.
    pub(crate) words: String,
    /// What is changed in the event beforehand: JSON pointers, and what to put there.
    #[serde(default)]
    change: BTreeMap<String, Value>,
    /// The settings of the trigger, where they are not the defaults.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    #[serde(default)]
    answer: ExpectedAnswer,
    /// By table and key, the attributes that change.
    #[serde(default)]
    changes: BTreeMap<String, Value>,
    /// The mails that are sent.
    #[serde(default)]
    mails: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum ExpectedAnswer {
    /// The event as it came.
    #[default]
    Unchanged,
    /// The event with this response.
    Response(Value),
    /// No event, but this error.
    Error {
        #[serde(rename = "type")]
        kind: String,
        text: String,
    },
}

/// The sample events, one for each trigger source; and the same events with one thing changed.
pub(crate) fn cases() -> Result<(Vec<Case>, Vec<Case>), Error> {
    let (mut samples, mut variations) = (Vec::new(), Vec::new());
    for source in SOURCES {
        let event: Value = read(&format!("{source}.json"))?;
        for (number, expected) in read::<Vec<Expectation>>(&format!("expected/{source}.json"))?.into_iter().enumerate()
        {
            let cases = if number == 0 { &mut samples } else { &mut variations };
            cases.push(Case { source, event: changed(&event, &expected.change)?, expected });
        }
    }
    Ok((samples, variations))
}

fn read<T: DeserializeOwned>(name: &str) -> Result<T, Error> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events")).join(name);
    let text =
        fs::read_to_string(&file).map_err(|error| Error::new(format!("cannot read `{}`: {error}", file.display())))?;
    serde_json::from_str(&text).map_err(|error| Error::new(format!("cannot use `{}`: {error}", file.display())))
}

fn changed(event: &Value, change: &BTreeMap<String, Value>) -> Result<Value, Error> {
    let mut event = event.clone();
    for (pointer, value) in change {
        let place = Value::pointer_mut(&mut event, pointer)
            .ok_or_else(|| Error::new(format!("the sample event has nothing at `{pointer}` to change")))?;
        *place = value.clone();
    }
    Ok(event)
}

impl Case {
    /// What is not as expected, each in a line; nothing where all is.
    pub(crate) fn problems(&self, effects: &Effects) -> Vec<String> {
        let mut problems = Vec::new();
        let expected = match &self.expected.answer {
            ExpectedAnswer::Unchanged => Answer::Unchanged,
            ExpectedAnswer::Error { kind, text } => Answer::Error { kind: kind.clone(), text: text.clone() },
            ExpectedAnswer::Response(response) => with_response(&self.event, response),
        };
        if expected != effects.answer {
            problems.push("but expected was".to_owned());
            problems.extend(answer_lines(&expected).iter().map(|line| format!("  {line}")));
        }
        for (what, expected, actual) in [
            ("changes", json!(self.expected.changes), json!(effects.changes)),
            ("mails", json!(self.expected.mails), json!(effects.mails)),
        ] {
            if !matches(&expected, &actual) {
                problems.push(format!("but expected {what} were {expected}"));
            }
        }
        problems
    }
}

/// The answer that gives the event back with this whole response.
fn with_response(event: &Value, response: &Value) -> Answer {
    let mut answer = event.clone();
    if let Some(place) = answer.get_mut("response") {
        *place = response.clone();
    }
    Answer::between(event.clone(), answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_can_be_played() {
        let (samples, variations) = cases().unwrap();
        assert_eq!((samples.len(), variations.len()), (9, 16));
    }

    #[test]
    fn a_sample_is_named_after_its_trigger_source_and_nothing_in_it_is_changed() {
        for case in cases().unwrap().0 {
            assert_eq!(case.event["triggerSource"], case.source);
            assert!(case.expected.change.is_empty(), "{}", case.source);
        }
    }

    #[test]
    fn a_word_that_no_expectation_has_is_refused() {
        for text in [r#"{"words": "w", "mail": []}"#, r#"{"words": "w", "answer": "fine"}"#, "{}"] {
            assert!(serde_json::from_str::<Expectation>(text).is_err(), "{text}");
        }
    }
}
