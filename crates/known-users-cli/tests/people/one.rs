//! One person's record.

use serde_json::{Value, json};

use crate::{
    environment::HASH_MARK,
    tool::{Place, hash},
};

#[tokio::test]
async fn somebody_is_added_changed_field_by_field_and_shown() {
    let place = Place::new().await;
    let words = ["put", "--email", "Zoe@Example.com", "--user-name", "Zoë", "--attribute", "name=Zoë Å", "--json"];
    let ended = place.run(&words).await;
    assert_eq!(
        (ended.code, ended.json()),
        (Some(0), json!({"outcome": "added", "email": "zoe@example.com", "account": null, "region": "eu-west-1"})),
        "{ended:?}"
    );
    assert_eq!(place.run(&words).await.json()["outcome"], "unchanged");
    let more = ["--attribute", "custom:legacy_id=7", "--remove-attribute", "name", "--email-verified", "false"];
    let ended = place.run(&[&["put", "--email", "zoe@example.com", "--json"], &more[..]].concat()).await;
    assert_eq!(ended.json()["outcome"], "updated", "{ended:?}");
    let put = ["put", "--email", "zoe@example.com", "--password-hash-file", "-", "--json"];
    let ended = place.run_with(&put, &format!("{}\n", hash())).await;
    assert_eq!(ended.json()["outcome"], "updated", "{ended:?}");
    assert_eq!(
        place.table()["zoe@example.com"],
        json!({
            "UserEmail": "zoe@example.com", "UserName": "Zoë", "UserNameKey": "zoë", "EmailVerified": false,
            "Suspended": false, "PasswordHash": hash(), "Attributes": {"email": "Zoe@Example.com", "custom:legacy_id": "7"},
        })
    );
    for who in ["ZOE@example.com", "zoe\u{308}"] {
        let ended = place.run(&["get", who, "--json"]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(
            ended.json(),
            json!({"outcome": "found", "user": {
                "email": "Zoe@Example.com", "user_name": "Zoë", "email_verified": false, "suspended": false,
                "custom:legacy_id": "7", "password_hash_format": "bcrypt",
            }})
        );
    }
    let ended = place.run(&["get", "zoë"]).await;
    assert!(ended.stdout.contains("password_hash_format: bcrypt") && !ended.stdout.contains(HASH_MARK), "{ended:?}");
}

#[tokio::test]
async fn what_cannot_be_put_is_refused_and_nothing_is_written() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c"), ("user_name", "taken")], &[]);
    place.put(&[("email", "moved@b.c")], &["MigratedAt"]);
    place.write("hash", &hash());
    place.write("plain", "hunter2");
    let before = place.table();
    for (words, code, why) in [
        (&["--email", "nobody"][..], 2, "cannot use what is given as `email`\n  why: it is no email address"),
        (&["--email", "b@b.c", "--attribute", "age=7"], 2, "`age` is no attribute"),
        (&["--email", "b@b.c", "--attribute", "suspended=true"], 2, "`suspended` is no attribute"),
        (&["--email", "b@b.c", "--password-hash-file", "plain"], 2, "the password hash is of no known format"),
        (&["--email", "b@b.c", "--password-hash-file", "none"], 2, "cannot read the password hash from `none`"),
        (&["--email", "b@b.c", "--user-name", "TAKEN"], 3, "it is somebody else's in the table"),
        (&["--email", "moved@b.c", "--password-hash-file", "hash"], 3, "the person has arrived in a user pool"),
    ] {
        let ended = place.run(&[&["put"], words].concat()).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    }
    assert_eq!(place.table(), before);
}

#[tokio::test]
async fn somebody_is_suspended_and_resumed_by_email_or_user_name() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c"), ("user_name", "Ann")], &["LastLogin"]);
    let before = place.table();
    for (words, outcome, suspended) in [
        (["suspend", "ANN", "--json"], "updated", true),
        (["suspend", "A@b.c", "--json"], "unchanged", true),
        (["resume", "ann", "--json"], "updated", false),
        (["resume", "a@b.c", "--json"], "unchanged", false),
    ] {
        let ended = place.run(&words).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.facts(["outcome", "suspended"]), [json!(outcome), json!(suspended)]);
        assert_eq!(place.table()["a@b.c"]["Suspended"], suspended);
    }
    assert_eq!(place.table(), before);
    for words in [["suspend", "who"], ["resume", "who@b.c"], ["get", "who"], ["get", "who@b.c"]] {
        let ended = place.run(&words).await;
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains("nobody is known by that email or user name"), "{ended:?}");
    }
    assert_eq!(place.table(), before, "nobody was added");
}

#[tokio::test]
async fn somebody_is_removed_only_after_a_yes() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c"), ("user_name", "Ann")], &[]);
    let ended = place.run(&["remove", "ann"]).await;
    assert_eq!((ended.code, place.table().len()), (Some(2), 1), "{ended:?}");
    assert!(ended.stderr.contains("give --yes"), "{ended:?}");
    for outcome in ["removed", "unchanged"] {
        let ended = place.run(&["remove", "ann", "--yes", "--json"]).await;
        assert_eq!((ended.code, &ended.json()["outcome"]), (Some(0), &Value::from(outcome)), "{ended:?}");
        assert!(place.table().is_empty());
    }
}
