//! Does the time of an answer tell who is known? The real binary against the local table; known people with a wrong
//! password, suspended people and strangers take turns, and their medians are printed beside each other.
//!
//! ```text
//! cargo bench -p migrate-user
//! ```

use std::{error::Error, path::Path, time::Instant};

use common::known_user::KnownUser;
use local::{dynamodb::KNOWN_USERS, known_users_file, stack::Stack};
use serde_json::json;

/// How many people of each kind, each of whom tries once: ten attempts a person are all there are.
const PEOPLE: usize = 101;

/// A format, a hash of most people's, and the dummy for everybody else.
const FORMATS: [(&str, &str, &str); 3] = [
    (
        "bcrypt, cost 10",
        "$2y$10$Aj9QGTW0gaz9P0oNQcFJ4.S8gH5kCFFLVqM0fYyaMnWpGCcAYZRte",
        "$2y$10$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2",
    ),
    (
        "PBKDF2-SHA256, 260,000 rounds (Django)",
        "pbkdf2_sha256$260000$vwcBa6bzkbcc$ky4j5C/X9GRq0VobDgsCkM9W1Pygv0AGpSzn4zXkVNA=",
        "pbkdf2_sha256$260000$dpiJa6bzkbcc$Ky4j5C/X9GRq0VobDgsCkM9W1Pygv0AGpSzn4zXkVNA=",
    ),
    (
        "salted SHA-1 (LDAP)",
        "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==",
        "{SSHA}GLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==",
    ),
];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever runs it reads the table")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("| hashes | known, wrong password | suspended | unknown | unknown against known |");
    println!("|---|---|---|---|---|");
    for (name, hash, dummy) in FORMATS {
        let stack = Stack::start().await?;
        let people = |kind: &'static str| (0..PEOPLE).map(move |number| format!("{kind}-{number}@example.com"));
        for (kind, suspended) in [("known", false), ("suspended", true)] {
            for email in people(kind) {
                let mut person = KnownUser::new(&email, None).ok_or("no email")?;
                (person.password_hash, person.suspended) = (Some(hash.to_owned()), suspended);
                stack.dynamodb.put(KNOWN_USERS, known_users_file::dynamodb_json(person))?;
            }
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_migrate-user"));
        let function = stack.function(binary, &[("DUMMY_HASH", dummy)]).await?;
        function.ready().await?;
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for ((known, suspended), unknown) in people("known").zip(people("suspended")).zip(people("unknown")) {
            for (email, times) in [known, suspended, unknown].iter().zip(&mut times) {
                let event = json!({
                    "triggerSource": "UserMigration_Authentication", "userPoolId": "eu-west-1_EXAMPLE12",
                    "userName": email, "request": { "password": "Correct-Horse-77" }, "response": {},
                });
                let event = event.to_string();
                let start = Instant::now();
                let answer = function.invoke(&event).await;
                times.push(start.elapsed().as_secs_f64() * 1000.0);
                assert_eq!(answer.payload.as_slice(), event.as_bytes(), "nobody gets in");
            }
        }
        let [known, suspended, unknown] = times.map(median);
        let difference = (unknown / known - 1.0) * 100.0;
        println!("| {name} | {known:.2} ms | {suspended:.2} ms | {unknown:.2} ms | {difference:+.1} % |");
        stack.stop().await;
    }
    println!("\nMedians of {PEOPLE} sign-ins each, in turns. The difference should stay below 5 %.");
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
