//! Does the time of an answer tell who is known? The real binary against the local table, by user name and by email, in
//! all three kinds of pools; known people with a wrong password, suspended people, people who have arrived and strangers
//! take turns, and their medians are printed beside each other.
//!
//! ```text
//! cargo bench -p migrate-user
//! ```

use std::{error::Error, path::Path, time::Instant};

use known_user::KnownUser;
use local_aws::{dynamodb::KNOWN_USERS, known_users_file, stack::Stack};
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

/// How a pool signs people in, and what they type: their user name or their email.
const NAMES: [(&str, &str); 4] =
    [("username", "user name"), ("email-alias", "user name"), ("email-alias", "email"), ("email", "email")];

/// Who tries. Nobody gets in.
const KINDS: [&str; 4] = ["known", "suspended", "arrived", "unknown"];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "whoever runs it reads the table")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| hashes | pool | typed | known, wrong password | suspended | arrived | unknown | unknown against known |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (format, hash, dummy) in FORMATS {
        for (sign_in_with, typed) in NAMES {
            let [known, suspended, arrived, unknown] = times(hash, dummy, sign_in_with, typed).await?.map(median);
            let difference = (unknown / known - 1.0) * 100.0;
            println!(
                "| {format} | {sign_in_with} | {typed} | {known:.2} ms | {suspended:.2} ms | {arrived:.2} ms \
                 | {unknown:.2} ms | {difference:+.1} % |"
            );
        }
    }
    println!("\nMedians of {PEOPLE} sign-ins each, in turns. The difference should stay below 5 %.");
    Ok(())
}

/// The milliseconds of the sign-ins of each kind of people.
async fn times(hash: &str, dummy: &str, sign_in_with: &str, typed: &str) -> Result<[Vec<f64>; 4], Box<dyn Error>> {
    let stack = Stack::start().await?;
    for kind in KINDS.into_iter().filter(|kind| *kind != "unknown") {
        for number in 0..PEOPLE {
            let name = format!("{kind}-{number}");
            let mut person = KnownUser::new(&format!("{name}@example.com"), Some(&name)).ok_or("no email")?;
            person.password_hash = Some(hash.to_owned());
            person.suspended = kind == "suspended";
            person.user_sub = (kind == "arrived").then(|| name.clone());
            stack.dynamodb.put(KNOWN_USERS, known_users_file::dynamodb_json(person))?;
        }
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_migrate-user"));
    let function = stack.function(binary, &[("DUMMY_HASH", dummy), ("SIGN_IN_WITH", sign_in_with)]).await?;
    function.ready().await?;
    let mut times = [const { Vec::new() }; 4];
    for number in 0..PEOPLE {
        for (kind, times) in KINDS.iter().zip(&mut times) {
            let name = match typed {
                "email" => format!("{kind}-{number}@example.com"),
                _ => format!("{kind}-{number}"),
            };
            let event = json!({
                "triggerSource": "UserMigration_Authentication", "userPoolId": "eu-west-1_EXAMPLE12",
                "userName": name, "request": { "password": "Correct-Horse-77" }, "response": {},
            });
            let event = event.to_string();
            let start = Instant::now();
            let answer = function.invoke(&event).await;
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(answer.payload.as_slice(), event.as_bytes(), "nobody gets in");
        }
    }
    stack.stop().await;
    Ok(times)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
