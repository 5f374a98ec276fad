//! What an invocation came to: the answer as it differs from the event, and what changed in the tables and the mailbox.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::dynamodb::{DynamoDb, EPHEMERA, KNOWN_USERS};
use crate::function::{Invocation, RunningFunction};
use crate::mailbox::Mail;
use crate::stack::Stack;

/// An answer, held against its event.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The event came back as it was: Cognito does what it would do without a trigger.
    Unchanged,
    /// The event came back, and these members of its `response` are others than they were.
    Response(Map<String, Value>),
    /// The event did not come back: what was refused, or what failed.
    Error {
        /// Its stable name, on which operators alarm.
        kind: String,
        /// What the person signing in reads.
        text: String,
    },
    /// What came back is not the event: Cognito would report an invalid answer.
    Foreign,
}

impl Answer {
    /// The answer of an invocation with this event.
    pub fn of(event: &[u8], invocation: &Invocation) -> Self {
        let answer = invocation.json();
        if invocation.function_error {
            let text = |name| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            return Self::Error { kind: text("errorType"), text: text("errorMessage") };
        }
        Self::between(serde_json::from_slice(event).unwrap_or_default(), answer)
    }

    /// The answer of a function that takes this event and gives that back.
    pub fn between(event: Value, answer: Value) -> Self {
        if answer == event {
            return Self::Unchanged;
        }
        let (Value::Object(mut before), Value::Object(mut after)) = (event, answer) else { return Self::Foreign };
        let (was, is) = (before.remove("response"), after.remove("response"));
        match is {
            Some(Value::Object(is)) if before == after => Self::Response(difference(was.as_ref(), &is)),
            _ => Self::Foreign,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => formatter.write_str("unchanged"),
            Self::Response(members) => {
                let names: Vec<&str> = members.keys().map(String::as_str).collect();
                write!(formatter, "response: {}", names.join(", "))
            }
            Self::Error { kind, text } => write!(formatter, "error {kind}: {text}"),
            Self::Foreign => formatter.write_str("the answer is not the event"),
        }
    }
}

/// By table and key, the attributes that changed; `null` where one is gone.
pub type Changes = BTreeMap<&'static str, BTreeMap<String, Map<String, Value>>>;

/// What an invocation did.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// The answer.
    pub answer: Answer,
    /// What changed in the tables.
    pub changes: Changes,
    /// What was sent.
    pub mails: Vec<Mail>,
    /// How many requests went to DynamoDB.
    pub requests: usize,
    /// How long it took.
    pub elapsed: Duration,
}

/// Invokes a function of this stack and sees what it does. Nothing else may use the stack meanwhile.
pub async fn observe(stack: &Stack, function: &RunningFunction, event: &[u8]) -> (Invocation, Effects) {
    let before = Snapshot::of(&stack.dynamodb);
    let (mails, requests) = (stack.mailbox.mails().len(), stack.dynamodb_faults.seen().len());
    let invocation = function.invoke(event).await;
    let effects = Effects {
        answer: Answer::of(event, &invocation),
        changes: before.changes(&Snapshot::of(&stack.dynamodb)),
        mails: stack.mailbox.mails().into_iter().skip(mails).collect(),
        requests: stack.dynamodb_faults.seen().len() - requests,
        elapsed: invocation.elapsed,
    };
    (invocation, effects)
}

struct Snapshot(Vec<(&'static str, BTreeMap<String, Value>)>);

impl Snapshot {
    fn of(database: &DynamoDb) -> Self {
        Self([KNOWN_USERS, EPHEMERA].map(|table| (table, database.items(table))).to_vec())
    }

    fn changes(&self, after: &Self) -> Changes {
        let mut changes = Changes::new();
        for ((table, before), (_, after)) in self.0.iter().zip(&after.0) {
            for key in before.keys().chain(after.keys()) {
                let is = after.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
                let attributes = difference(before.get(key), &is);
                if !attributes.is_empty() {
                    changes.entry(table).or_default().insert(key.clone(), attributes);
                }
            }
        }
        changes
    }
}

/// The members that are others than they were; `null` where one is gone.
fn difference(was: Option<&Value>, is: &Map<String, Value>) -> Map<String, Value> {
    let none = Map::new();
    let was = was.and_then(Value::as_object).unwrap_or(&none);
    let changed = is.iter().filter(|(name, value)| was.get(*name) != Some(value));
    let gone = was.keys().filter(|name| !is.contains_key(*name)).map(|name| (name, &Value::Null));
    changed.chain(gone).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(event: Value, answer: Value, function_error: bool) -> Answer {
        let invocation = Invocation {
            request_id: String::new(),
            payload: answer.to_string().into_bytes(),
            function_error,
            elapsed: Duration::ZERO,
            log: String::new(),
        };
        Answer::of(event.to_string().as_bytes(), &invocation)
    }

    #[test]
    fn an_answer_is_held_against_its_event() {
        let event = json!({"version": "1", "response": {"a": false, "b": null}});
        assert_eq!(answer(event.clone(), event.clone(), false), Answer::Unchanged);
        let changed = json!({"version": "1", "response": {"a": true, "b": null, "c": 1}});
        let Value::Object(members) = json!({"a": true, "c": 1}) else { panic!() };
        assert_eq!(answer(event.clone(), changed, false), Answer::Response(members));
        for foreign in [json!({"version": "2", "response": {}}), json!({"version": "1"}), json!([]), json!(null)] {
            assert_eq!(answer(event.clone(), foreign, false), Answer::Foreign);
        }
        assert_eq!(answer(json!([]), json!([]), false), Answer::Unchanged);
        assert_eq!(
            answer(event, json!({"errorType": "SignInRefused", "errorMessage": "no"}), true),
            Answer::Error { kind: "SignInRefused".to_owned(), text: "no".to_owned() }
        );
    }

    #[test]
    fn changes_are_those_of_attributes() {
        let snapshot = |known_users: Value| {
            let Value::Object(items) = known_users else { panic!() };
            Snapshot(vec![(KNOWN_USERS, items.into_iter().collect())])
        };
        let before = snapshot(json!({"a": {"x": 1, "y": 2}, "b": {"x": 1}, "c": {"x": 1}}));
        let after = snapshot(json!({"a": {"x": 1, "y": 3}, "b": {"x": 1}, "d": {"z": {}}}));
        let expected = json!({KNOWN_USERS: {"a": {"y": 3}, "c": {"x": null}, "d": {"z": {}}}});
        assert_eq!(json!(before.changes(&after)), expected);
    }
}
