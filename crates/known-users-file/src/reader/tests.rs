use std::io::Cursor;

use serde_json::json;

use super::*;
use crate::{item::dynamodb_json, person::Person};

fn reader(text: &str) -> Result<Reader<Cursor<Vec<u8>>>, Fault> {
    Reader::new(Cursor::new(text.as_bytes().to_vec()), None)
}

fn rows(text: &str) -> Vec<Row> {
    let mut reader = reader(text).unwrap();
    std::iter::from_fn(|| reader.row().unwrap()).collect()
}

fn items(text: &str) -> Vec<Value> {
    rows(text).into_iter().map(|row| dynamodb_json(row.person.unwrap().into_known_user())).collect()
}

#[test]
fn a_row_is_a_person() {
    let csv = "\u{feff}email,user_name,email_verified,suspended,password_hash,name,custom:legacy_id\r\n\
        Zoë@Example.COM , Zoë ,false,TRUE,\"$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA\",\"Ångström, Zoë\",17\r\n\
        li@example.org,,,,,,\r\n";
    let ndjson = "\u{feff}{\"email\": \"Zoë@Example.COM \", \"user_name\": \"Zoë\", \"email_verified\": false, \
        \"suspended\": \"true\", \"password_hash\": \"$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA\", \
        \"name\": \"Ångström, Zoë\", \"custom:legacy_id\": 17}\n\n{\"email\":\"li@example.org\",\"user_name\":null}";
    for text in [csv, ndjson] {
        assert_eq!(
            items(text),
            [
                json!({
                    "UserEmail": {"S": "zoë@example.com"},
                    "UserName": {"S": "Zoë"},
                    "UserNameKey": {"S": "zoë"},
                    "EmailVerified": {"BOOL": false},
                    "Suspended": {"BOOL": true},
                    "PasswordHash": {"S": "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"},
                    "Attributes": {"M": {
                        "email": {"S": "Zoë@Example.COM"}, "name": {"S": "Ångström, Zoë"}, "custom:legacy_id": {"S": "17"},
                    }},
                }),
                json!({
                    "UserEmail": {"S": "li@example.org"},
                    "EmailVerified": {"BOOL": true},
                    "Suspended": {"BOOL": false},
                }),
            ]
        );
    }
}

#[test]
fn a_file_for_cognitos_own_import_is_read_as_it_is() {
    let text = "cognito:username,name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,\
        email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,\
        cognito:mfa_enabled,custom:legacy_id,password_hash\n\
        John,,John,Doe,,,,,,,johndoe@example.com,TRUE,,02/01/1985,,,+12345550100,TRUE,123 Any Street\\, Any Town,1700000000,\
        TRUE,7,$2b$\n";
    let people: Vec<Person> = rows(text).into_iter().map(|row| row.person.unwrap()).collect();
    assert!(people[0].mfa_enabled);
    assert_eq!(
        items(text),
        [json!({
            "UserEmail": {"S": "johndoe@example.com"},
            "UserName": {"S": "John"},
            "UserNameKey": {"S": "john"},
            "EmailVerified": {"BOOL": true},
            "Suspended": {"BOOL": false},
            "PasswordHash": {"S": "$2b$"},
            "Attributes": {"M": {
                "given_name": {"S": "John"},
                "family_name": {"S": "Doe"},
                "birthdate": {"S": "02/01/1985"},
                "phone_number": {"S": "+12345550100"},
                "phone_number_verified": {"S": "true"},
                "address": {"S": "123 Any Street, Any Town"},
                "updated_at": {"S": "1700000000"},
                "custom:legacy_id": {"S": "7"},
            }},
        })]
    );
}

#[test]
fn what_is_wrong_with_the_columns_is_said_without_repeating_what_may_be_a_person() {
    for (text, expected) in [
        ("", "line 1: the first row has to name the columns, and one of them is `email`"),
        ("\n\nname,user_name\n", "line 3: the first row has to name the columns, and one of them is `email`"),
        ("email,,name\n", "line 1: column `2`: has no name"),
        ("email,name,name\n", "line 1: column `name`: is there twice"),
        ("email,user_name,cognito:username\n", "line 1: column `cognito:username`: is there twice"),
        ("email,sub\n", "line 1: column `sub`: cannot be: Cognito gives every user a `sub` of its own"),
        (
            "email,user-name\n",
            "line 1: column `user-name`: is neither a column of a list of known users nor an attribute of Cognito's (`custom:…`)",
        ),
        (
            "$2b$12$abcdefghijklmnopqrstuv,li@example.org\n",
            "line 1: column `1`: is neither a column of a list of known users nor an attribute of Cognito's (`custom:…`)",
        ),
    ] {
        assert_eq!(reader(text).err().map(|fault| fault.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_its_line_and_column_and_the_next_row_is_read() {
    let long = "x".repeat(2049);
    let names: String = (0..70).map(|n| format!(",custom:{n}")).collect();
    let endless = format!("email{names}\nli@b.example{}\n", format!(",{}", "太".repeat(2000)).repeat(70));
    for (text, expected) in [
        ("email,name\n,Li\n", "line 2: column `email`: is empty"),
        ("email,name\nli,Li\n", "line 2: column `email`: is no email address"),
        ("email,name\nli@,Li\n", "line 2: column `email`: is no email address"),
        ("email,name\na b@c,Li\n", "line 2: column `email`: is no email address"),
        (
            "email,name\nzoe\u{308}@example.com,Li\n",
            "line 2: column `email`: is not in Unicode's composed form (NFC), in which it would be another mailbox",
        ),
        (
            "email,name\n\u{212a}im@example.com,the Kelvin sign\n",
            "line 2: column `email`: is not in Unicode's composed form (NFC), in which it would be another mailbox",
        ),
        ("email,suspended\r\n\r\nli@b.example,ja\r\n", "line 3: column `suspended`: is neither `true` nor `false`"),
        (&endless, "line 2: is more than a record can hold (400 KB)"),
        ("email,name\nli@example.com\n", "line 2: has 1 cells instead of 2"),
        (
            &format!("email,name\nli@b.example,{long}\n"),
            "line 2: column `name`: is longer than Cognito takes (2048 characters)",
        ),
        (
            "{\"email\":\"li@example.com\",\"name\":[]}",
            "line 1: column `name`: is neither a text nor a whole number nor `true` or `false`",
        ),
        (
            "{\"email\":\"li@example.com\",\"age\":1}",
            "line 1: column `age`: is neither a column of a list of known users nor an attribute of Cognito's (`custom:…`)",
        ),
        ("{\"email\":\"a@b.c\",\n", "line 1: is no JSON object: see character 0"),
        ("{\"email\":\"a@b.c\",\"email\":\"b@b.c\"}\n", "line 1: column `email`: is there twice"),
        ("{\"email\":\"a@b.c\"}\n[]\n", "line 2: is no JSON object: see character 0"),
    ] {
        let mut faults = rows(text).into_iter().filter_map(|row| row.person.err());
        assert_eq!(faults.next().map(|fault| fault.to_string()).as_deref(), Some(expected), "{text}");
    }
    let mut reader = Reader::new(Cursor::new(b"email,name\na@b.c,\xff\nd@e.f,\n".to_vec()), None).unwrap();
    let fault = reader.row().unwrap().unwrap().person.unwrap_err();
    assert_eq!(fault.to_string(), "line 2: column `name`: is not in UTF-8");
    assert_eq!(reader.row().unwrap().unwrap().person.unwrap().email.as_str(), "d@e.f");
}

#[test]
fn lines_are_counted_behind_blank_ones_within_cells_and_with_either_end_of_line() {
    for end in ["\n", "\r\n"] {
        let text = "email,name\na@b.c,1\n\n\nb@b.c,\"x\ny\"\nc@b.c,3\nd@b.c,4".replace('\n', end);
        let lines: Vec<u64> = rows(&text).iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 5, 7, 8], "{end:?}");
    }
}

#[test]
fn a_file_is_read_on_from_the_end_of_any_row() {
    let csv = "email,name\na@b.c,1\n\n\nb@b.c,\"x\ny\"\nc@b.c,3\nd@b.c,4";
    let ndjson = "{\"email\":\"a@b.c\"}\n\n{\"email\":\"b@b.c\"}\n{\"email\":\"c@b.c\"}\n";
    for text in [csv.to_owned(), csv.replace('\n', "\r\n"), ndjson.to_owned(), ndjson.replace('\n', "\r\n")] {
        let all = rows(&text);
        for (count, row) in all.iter().enumerate() {
            let mut reader = reader(&text).unwrap();
            reader.go_to(row.end).unwrap();
            let rest: Vec<_> = std::iter::from_fn(|| reader.row().unwrap()).map(|row| (row.line, row.end)).collect();
            assert_eq!(rest, all.iter().skip(count + 1).map(|row| (row.line, row.end)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_does_not_swallow_the_file() {
    let text = format!("email,name\n\"a@b.c,1\n{}", "b@b.c,2\n".repeat(100_000));
    let fault = reader(&text).unwrap().row().unwrap_err();
    assert_eq!(fault.to_string(), "line 2: is longer than 524288 bytes: is a quotation mark not closed?");
}

#[test]
fn a_row_can_be_given_back_without_its_password_hash() {
    let csv = "email,password_hash,name,custom:x\nli,$2b$,Li,\n";
    let ndjson = "{\"email\":\"li\",\"password_hash\":\"$2b$\",\"name\":\"Li\"}";
    for text in [csv, ndjson] {
        let mut reader = reader(text).unwrap();
        assert!(reader.row().unwrap().unwrap().person.is_err());
        assert_eq!(Value::Object(reader.cells()), json!({"email": "li", "name": "Li"}));
    }
    let mut slipped = reader("email,password_hash,name\nli@example.com,$2b$\n").unwrap();
    slipped.row().unwrap();
    assert_eq!(slipped.cells(), Map::new());
}

#[test]
fn of_what_is_no_column_nothing_but_its_name_is_given_back() {
    for (line, expected) in [
        // Firebase: `firebase auth:export`, an account a line.
        (
            r#"{"localId":"u1","email":"li@example.com","passwordHash":"SECRETe3Bc7w==","salt":"SECRETc2FsdA==","name":"Li",
                "providerUserInfo":[{"rawId":"SECRET"}]}"#,
            json!({"localId": null, "email": "li@example.com", "passwordHash": null, "salt": null, "name": "Li",
                "providerUserInfo": null}),
        ),
        // Keycloak: a user of a realm's export.
        (
            r#"{"username":"li","email":"li@example.com","credentials":[{"type":"password",
                "secretData":"{\"value\":\"SECRET\",\"salt\":\"SECRET\"}"}],"attributes":{"pin":["SECRET"]}}"#,
            json!({"username": null, "email": "li@example.com", "credentials": null, "attributes": null}),
        ),
        // Plain passwords, by any name.
        (
            r#"{"email":"li@example.com","password":"SECRET","Password_Hash":"SECRET","pin":1234567,"old":true}"#,
            json!({"email": "li@example.com", "password": null, "Password_Hash": null, "pin": null, "old": null}),
        ),
        // Something nested where a text should be.
        (
            r#"{"email":{"password":"SECRET"},"name":["SECRET"],"password_hash":{"value":"SECRET"},"updated_at":7}"#,
            json!({"email": null, "name": null, "updated_at": 7}),
        ),
        // Something that is no name in the place of one.
        (
            r#"{"email":"li@example.com","$2b$12$SECRETabcdefghijklmnopqrstuv":"x"}"#,
            json!({"email": "li@example.com", "2": null}),
        ),
        // No object at all.
        (r#"{"email":"li@example.com","password":"SECRET""#, json!({})),
    ] {
        let mut reader = reader(&line.replace('\n', "")).unwrap();
        assert!(reader.row().unwrap().unwrap().person.is_err(), "{line}");
        let cells = Value::Object(reader.cells());
        assert_eq!(cells, expected);
        assert!(!cells.to_string().contains("SECRET"));
    }
}

#[test]
fn what_the_triggers_noted_is_not_read() {
    let text = "{\"email\":\"a@b.c\",\"last_login\":{\"Time\":\"x\"},\"migrated_at\":\"x\",\"confirmed_at\":\"x\",\"user_sub\":\"x\"}";
    assert_eq!(
        items(text),
        [json!({"UserEmail": {"S": "a@b.c"}, "EmailVerified": {"BOOL": true}, "Suspended": {"BOOL": false}})]
    );
}
