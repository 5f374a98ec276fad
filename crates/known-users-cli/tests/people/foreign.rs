//! Other systems' exports, from their files into the table.

use serde_json::{Value, json};

use crate::{
    environment,
    tool::{Place, hash},
};

const PROFILE: &str = r#"{"user_id":"auth0|01","email":"ann@example.com","email_verified":true,"username":"ann","user_metadata":{"lang":"en"},"identities":[],"multifactor":["guardian"]}"#;

fn hashes() -> String {
    format!(
        "{{\"_id\":{{\"$oid\":\"01\"}},\"email\":\"ann@example.com\",\"passwordHash\":\"{}\"}}\n\
         {{\"_id\":{{\"$oid\":\"02\"}},\"email\":\"bob@example.com\",\"email_verified\":true,\"passwordHash\":\"$2b$10$short\"}}\n",
        hash()
    )
}

#[tokio::test]
async fn an_export_is_recognised_joined_and_imported() {
    let place = Place::new().await;
    place.write("hashes.ndjson", &hashes());
    place.write("profiles.ndjson", PROFILE);
    let arguments =
        ["import", "hashes.ndjson", "--profiles", "profiles.ndjson", "--map", "user_metadata.lang=locale", "--json"];
    let ended = place.run(&arguments).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.stderr.contains("`hashes.ndjson`: line 2: column `password_hash`: the bcrypt hash is malformed"),
        "{ended:?}"
    );
    assert!(place.table().is_empty());

    let ended = place.run(&[&arguments[..], &["--without-bad-hashes"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.facts(["outcome", "added", "rejected"]), [json!("imported"), json!(2), json!(0)]);
    assert_eq!(
        ended.json()["export"],
        json!({
            "system": "auth0", "people": 2, "keepPassword": 1,
            "passwords": {"bcrypt": {"count": 1, "weak": 0, "neededMemoryMB": 128}},
            "unusable": {"the bcrypt hash is malformed: its salt is too short": 1}, "lost": {}, "withoutPassword": 0,
            "leftOut": {}, "faults": 0, "unverified": 0, "suspended": 0, "secondFactors": 1,
            "attributes": {"custom:legacy_id": 2, "locale": 1}, "unmapped": [],
        })
    );
    assert_eq!(
        place.table()["ann@example.com"],
        json!({
            "UserEmail": "ann@example.com", "UserName": "ann", "UserNameKey": "ann", "EmailVerified": true, "Suspended": false,
            "PasswordHash": hash(), "Attributes": {"custom:legacy_id": "auth0|01", "locale": "en"},
        })
    );
    assert_eq!(place.table()["bob@example.com"].get("PasswordHash"), None);
}

#[tokio::test]
async fn a_dry_run_of_an_export_counts_without_aws() {
    let place = Place::new().await;
    place.write("hashes.ndjson", &hashes());
    // Nobody listens there.
    let mut command =
        environment::command("http://127.0.0.1:9", &["import", "hashes.ndjson", "--dry-run", "--skip-bad"], &[]);
    let ended = environment::run(command.current_dir(place.folder.path())).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    for line in [
        "2 people in the export of auth0; 1 keep their password",
        "1 by bcrypt (MigrateUserMemorySize 128 at least)",
        "1 have a hash that cannot be used: the bcrypt hash is malformed: its salt is too short",
        "1 have an address that is not verified",
        "--without-bad-hashes imports people without a hash that cannot be used",
    ] {
        assert!(ended.stdout.contains(line), "{line}: {ended:?}");
    }
    assert!(place.table().is_empty());
}

#[tokio::test]
async fn lines_of_several_files_are_told_by_their_file_and_never_confused() {
    let place = Place::new().await;
    let user = |name: &str, email: &str| {
        format!(r#"{{"id":"{name}","username":"{name}","email":"{email}","enabled":true,"emailVerified":true}}"#)
    };
    let file = |users: &[String]| format!("{{\"realm\":\"acme\",\"users\":[\n{}\n]}}", users.join(",\n"));
    place.write("users-0.json", &file(&[user("ann", "ann@example.com"), user("bob", "bob@example.com")]));
    place.write(
        "users-1.json",
        &file(&[user("cy", "cy@example.com"), user("dan", ""), user("ann2", "ann@example.com")]),
    );
    let ended = place.run(&["import", "users-0.json", "users-1.json", "--skip-bad"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("`users-1.json`: line 3: column `email`: is empty"), "{ended:?}");
    assert!(ended.stderr.contains("`users-0.json`: line 2: column `email`: is the same person as"), "{ended:?}");
    assert!(ended.stderr.contains("`users-1.json`: line 4: column `email`: is the same person as"), "{ended:?}");
    assert_eq!(place.table().keys().collect::<Vec<_>>(), ["bob@example.com", "cy@example.com"]);
}

#[tokio::test]
async fn what_an_export_does_not_say_has_to_be_said() {
    let place = Place::new().await;
    place.write("wp.csv", "ID,user_login,user_pass,user_email\n7,ann,,ann@example.com\n");
    let ended = place.run(&["import", "wp.csv", "--json"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("give --email-verified true"), "{ended:?}");
    let ended = place.run(&["import", "wp.csv", "--email-verified", "false"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.table()["ann@example.com"]["EmailVerified"], Value::Bool(false));

    for (arguments, why) in [
        (vec!["--from", "auth1"], "none of auto, list, auth0, firebase"),
        (vec!["--map", "a"], "is not of the form FIELD=ATTRIBUTE"),
        (vec!["--map", "a=role"], "`role` is no attribute of Cognito's"),
        (vec!["--from", "keycloak"], "column `email`: is empty"),
        (vec!["--from", "devise"], "column `email`: is empty"),
        (vec!["wp.csv", "--from", "list"], "say whose export they are with --from SYSTEM"),
    ] {
        let ended = place.run(&[&["import", "wp.csv"], &arguments[..]].concat()).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(why), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn an_export_without_anybody_is_no_import() {
    let place = Place::new().await;
    for (name, text) in [
        ("realm.json", "{\"realm\":\"acme\",\"users\":[]}"),
        ("users.csv", "id,email,encrypted_password,confirmed_at\n"),
        ("people.ldif", "dn: dc=example\nobjectClass: dcObject\n"),
    ] {
        place.write(name, text);
        let ended = place.run(&["import", name, "--email-verified", "true"]).await;
        assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
        assert!(ended.stderr.contains("why: nobody is in it"), "{name}: {ended:?}");
    }
}

#[tokio::test]
async fn an_export_is_gone_on_with() {
    let place = Place::new().await;
    let rows: String = (0..300).map(|n| format!("{n},user{n}@example.com,,2024-01-01 00:00:00\n")).collect();
    place.write("users.csv", &format!("id,email,encrypted_password,confirmed_at\n{rows}"));
    place
        .stack
        .dynamodb_faults
        .inject("BatchWriteItem", local_aws::faults::Fault::dynamodb_error(400, "AccessDeniedException", "no"));
    assert_eq!(place.run(&["import", "users.csv"]).await.code, Some(1));
    place.stack.dynamodb_faults.clear();
    let ended = place.run(&["import", "users.csv", "--resume", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(place.table().len(), 300);
    assert_eq!(place.files(), ["users.csv"]);
}
