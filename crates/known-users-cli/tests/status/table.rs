//! Tables of made-up people.

use local_aws::{dynamodb::KNOWN_USERS, stack::Stack};
use serde_json::{Map, Value, json};

pub(crate) const BCRYPT: &str = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
pub(crate) const DJANGO: &str = "pbkdf2_sha256$10000$1135411628$bFYX62rfJobJ07VwrUMXfuffLfj2RDM2G6/BrTrUWkE=";
pub(crate) const SSHA: &str = "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==";

/// Somebody with these attributes, and with an address and a name that nobody but the owner may read.
pub(crate) fn person(number: usize, attributes: &[(&str, Value)]) -> Value {
    let mut item = Map::from_iter([
        ("UserEmail".to_owned(), json!({"S": format!("secret-{number}@example.com")})),
        ("UserName".to_owned(), json!({"S": format!("Secret {number}")})),
        ("UserNameKey".to_owned(), json!({"S": format!("secret {number}")})),
        ("Attributes".to_owned(), json!({"M": {"name": {"S": format!("Secret Person {number}")}}})),
        ("EmailVerified".to_owned(), json!({"BOOL": true})),
        ("Suspended".to_owned(), json!({"BOOL": false})),
    ]);
    item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(item)
}

pub(crate) fn text(text: &str) -> Value {
    json!({"S": text})
}

pub(crate) fn last_login(time: &str) -> Value {
    json!({"M": {"UserPoolId": {"S": "eu-west-1_EXAMPLE12"}, "Time": {"S": time}}})
}

pub(crate) async fn with(people: Vec<Value>) -> Stack {
    let stack = Stack::start().await.unwrap();
    stack.dynamodb.load(KNOWN_USERS, people).unwrap();
    stack
}

/// Eight people in whose records everything is as it should be.
pub(crate) fn sound() -> Vec<Value> {
    let sub = text("00000000-0000-4000-8000-000000000001");
    vec![
        person(0, &[]),
        person(1, &[("PasswordHash", text(BCRYPT))]),
        person(2, &[("PasswordHash", text(BCRYPT)), ("Suspended", json!({"BOOL": true}))]),
        person(3, &[("PasswordHash", text(DJANGO))]),
        person(
            4,
            &[
                ("MigratedAt", text("2026-11-18T23:59:59.999Z")),
                ("UserSub", sub.clone()),
                ("LastLogin", last_login("2026-11-20T13:00:00.000Z")),
            ],
        ),
        person(
            5,
            &[
                ("MigratedAt", text("2026-11-19T00:00:00.000Z")),
                ("ConfirmedAt", text("2026-11-19T00:00:01.000Z")),
                ("LastLogin", last_login("2026-11-15T08:00:00.000Z")),
            ],
        ),
        person(
            6,
            &[("ConfirmedAt", text("2026-11-19T12:00:00.000Z")), ("LastLogin", last_login("2026-10-22T08:00:00.000Z"))],
        ),
        person(7, &[("UserSub", sub), ("LastLogin", last_login("2026-01-02T08:00:00.000Z"))]),
    ]
}

/// Five people in whose records something is wrong.
pub(crate) fn unsound() -> Vec<Value> {
    vec![
        person(100, &[("Suspended", text("yes"))]),
        person(101, &[("PasswordHash", text("hunter2"))]),
        person(102, &[("PasswordHash", text("$2b$04$"))]),
        person(103, &[("PasswordHash", text(&BCRYPT.replace("$04$", "$31$")))]),
        person(104, &[("LastLogin", last_login("yesterday"))]),
    ]
}

/// A team in the middle of its migration: the same every time.
pub(crate) fn in_the_middle(people: usize) -> Vec<Value> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    // 2026-11-20T14:00:00Z, and a second.
    let now = 1_795_183_200_u64;
    let time = |at: u64| {
        humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + std::time::Duration::from_secs(at)).to_string()
    };
    (0..people)
        .map(|number| {
            let mut attributes = Vec::new();
            let fate = random(100);
            // Few came at first, and most when the mail had gone out that told them.
            let days_ago = [random(75), random(75), random(110)].into_iter().min().unwrap_or(0) + random(14);
            let arrived = now - (days_ago * 86_400 + random(86_400)).min(120 * 86_400) - 60;
            match fate {
                0..44 => attributes.push(("MigratedAt", text(&time(arrived)))),
                44..58 => attributes.push(("ConfirmedAt", text(&time(arrived)))),
                _ => {
                    match random(20) {
                        0..11 => attributes.push(("PasswordHash", text(BCRYPT))),
                        11..16 => attributes.push(("PasswordHash", text(DJANGO))),
                        16 => attributes.push(("PasswordHash", text(SSHA))),
                        _ => {}
                    }
                    if random(60) == 0 {
                        attributes.push(("Suspended", json!({"BOOL": true})));
                    }
                }
            }
            if fate < 55 {
                // Most sign in again soon, and less on a Saturday or Sunday.
                let stayed = (now - arrived).min(1 + random(40) * random(40) * 5_400);
                let mut at = now - stayed;
                if [0, 6].contains(&((at / 86_400 + 4) % 7)) && random(3) > 0 {
                    at = at.saturating_sub(2 * 86_400).max(arrived);
                }
                attributes.push(("LastLogin", last_login(&time(at))));
            }
            person(number, &attributes)
        })
        .collect()
}
