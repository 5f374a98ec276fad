//! Generated people.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use crate::tool::hash;

/// So many people as CSV; every third has a password hash.
pub(crate) fn csv(count: usize) -> String {
    let mut text = "email,user_name,email_verified,password_hash,name,custom:legacy_id\n".to_owned();
    for n in 0..count {
        let hash = if n.is_multiple_of(3) { hash() } else { String::new() };
        let _ = writeln!(text, "Person{n}@Example.com,Name {n},{},{hash},\"Doe, {n}\",{n}", !n.is_multiple_of(5));
    }
    text
}

/// The table that they make.
pub(crate) fn table(count: usize) -> BTreeMap<String, Value> {
    let person = |n: usize| {
        let mut item = json!({
            "UserEmail": format!("person{n}@example.com"),
            "UserName": format!("Name {n}"),
            "UserNameKey": format!("name {n}"),
            "EmailVerified": !n.is_multiple_of(5),
            "Suspended": false,
            "Attributes": {
                "name": format!("Doe, {n}"), "custom:legacy_id": n.to_string(), "email": format!("Person{n}@Example.com"),
            },
        });
        if n.is_multiple_of(3) {
            item["PasswordHash"] = json!(hash());
        }
        (format!("person{n}@example.com"), item)
    };
    (0..count).map(person).collect()
}
