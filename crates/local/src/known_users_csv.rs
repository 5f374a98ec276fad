//! Known users in a file: `events/known-users.csv`.
//!
//! The columns `email`, `user_name`, `email_verified`, `suspended` and `password_hash`, of which only the first must be
//! there; any other column is an attribute that Cognito is handed at migration, by Cognito's name (`name`,
//! `phone_number`, `custom:legacy_id`). An empty cell says nothing.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use common::known_user::KnownUser;
use csv::StringRecord;
use serde_json::{Map, Value, json};

use crate::Error;

/// Reads the people in a file.
///
/// # Errors
/// Where it cannot be read, or a cell is not as it should be: the text has the file, the line, the column, the reason.
pub fn read(path: &Path) -> Result<Vec<KnownUser>, Error> {
    let text = fs::read(path)
        .map_err(|error| Error::new(format!("cannot read the known users in `{}`: {error}", path.display())))?;
    parse(&text).map_err(|error| Error::new(format!("`{}`, {error}", path.display())))
}

/// The record that DynamoDB keeps of a person, in DynamoDB's JSON.
pub fn item(person: KnownUser) -> Value {
    object(&person.into_item())
}

fn parse(text: &[u8]) -> Result<Vec<KnownUser>, Error> {
    let problem = |line: u64, problem: String| Error::new(format!("line {line}: {problem}"));
    // A spreadsheet may put a mark at the beginning of a file, which is no part of the first column's name.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let columns = reader.headers().map_err(|error| problem(1, error.to_string()))?.clone();
    check(&columns).map_err(|reason| problem(1, reason))?;
    let mut people = Vec::new();
    let mut lines = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            problem(line, format!("not a row of {} columns in UTF-8: {error}", columns.len()))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let person = person(&columns, &record).map_err(|reason| problem(line, reason))?;
        if let Some(earlier) = lines.insert(person.email.as_str().to_owned(), line) {
            let reason = format!("column `email`: the same person as in line {earlier} (letter case does not matter)");
            return Err(problem(line, reason));
        }
        people.push(person);
    }
    Ok(people)
}

fn check(columns: &StringRecord) -> Result<(), String> {
    let names: Vec<&str> = columns.iter().collect();
    if !names.contains(&"email") {
        return Err(format!("there is no column `email`, only {}", names.join(", ")));
    }
    for (position, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("column {} has no name", position + 1));
        }
        if names.iter().take(position).any(|earlier| earlier == name) {
            return Err(format!("there are two columns `{name}`"));
        }
        if *name == "sub" {
            return Err("a column `sub` cannot be: Cognito gives every user a `sub` of its own".to_owned());
        }
    }
    Ok(())
}

fn person(columns: &StringRecord, record: &StringRecord) -> Result<KnownUser, String> {
    let mut cells: BTreeMap<&str, &str> = columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty()).collect();
    let email = cells.remove("email").ok_or("column `email`: it is empty")?;
    let mut person = KnownUser::new(email, cells.remove("user_name"))
        .filter(|person| person.email.as_str().contains('@'))
        .ok_or_else(|| format!("column `email`: `{email}` is no email address"))?;
    person.email_verified = flag(&mut cells, "email_verified", person.email_verified)?;
    person.suspended = flag(&mut cells, "suspended", person.suspended)?;
    person.password_hash = cells.remove("password_hash").map(str::to_owned);
    person.attributes = cells.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(person)
}

fn flag(cells: &mut BTreeMap<&str, &str>, column: &str, default: bool) -> Result<bool, String> {
    match cells.remove(column) {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(format!("column `{column}`: `{other}` is neither `true` nor `false`")),
    }
}

fn object(entries: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(entries.iter().map(|(name, value)| (name.clone(), dynamodb_json(value))).collect::<Map<_, _>>())
}

fn dynamodb_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(value) => json!({"BOOL": value}),
        AttributeValue::M(entries) => json!({"M": object(entries)}),
        // A known user has no other types.
        _ => json!({"NULL": true}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_person() {
        let people = parse(
            "\u{feff}email,user_name,email_verified,suspended,password_hash,name,custom:legacy_id\r\n\
             Zoe\u{308}@Example.COM , Zoë ,false,true,\"$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA\",\"Ångström, Zoë\",17\r\n\
             li@example.org,,,,,,\r\n"
                .as_bytes(),
        )
        .unwrap();
        let items: Vec<Value> = people.into_iter().map(item).collect();
        assert_eq!(
            items,
            [
                json!({
                    "UserEmail": {"S": "zoë@example.com"},
                    "UserName": {"S": "Zoë"},
                    "UserNameKey": {"S": "zoë"},
                    "EmailVerified": {"BOOL": false},
                    "Suspended": {"BOOL": true},
                    "PasswordHash": {"S": "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"},
                    "Attributes": {"M": {"name": {"S": "Ångström, Zoë"}, "custom:legacy_id": {"S": "17"}}},
                }),
                json!({
                    "UserEmail": {"S": "li@example.org"},
                    "EmailVerified": {"BOOL": true},
                    "Suspended": {"BOOL": false},
                }),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, expected) in [
            ("", "line 1: there is no column `email`, only "),
            ("name,user_name\n", "line 1: there is no column `email`, only name, user_name"),
            ("email,,name\n", "line 1: column 2 has no name"),
            ("email,name,name\n", "line 1: there are two columns `name`"),
            ("email,sub\n", "line 1: a column `sub` cannot be: Cognito gives every user a `sub` of its own"),
            ("email,name\n,Li\n", "line 2: column `email`: it is empty"),
            ("email,name\nli,Li\n", "line 2: column `email`: `li` is no email address"),
            (
                "email,suspended\na@b.example,\nli@b.example,ja\n",
                "line 3: column `suspended`: `ja` is neither `true` nor `false`",
            ),
            (
                "email\nli@example.com\nLI@example.com\n",
                "line 3: column `email`: the same person as in line 2 (letter case does not matter)",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).err().map(|error| error.to_string()).as_deref(), Some(expected));
        }
        let error = parse(b"email,name\nli@example.com\n").err().unwrap().to_string();
        assert!(error.starts_with("line 2: not a row of 2 columns"), "{error}");
        let error = read(Path::new("no such file.csv")).err().unwrap().to_string();
        assert!(error.starts_with("cannot read the known users in `no such file.csv`"), "{error}");
    }
}
