//! The store against the embedded DynamoDB, through the SDK as the functions use it.

#![cfg(test)]

use std::{sync::Arc, time::SystemTime};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use common::known_users::{KnownUsers, Migration, Named, Noted, SignIn, SignInNoted};
use known_user::{Claim, KnownUser, Pool, Shown, SignInWith, UserEmail, time::moment};
use local_aws::{dynamodb::KNOWN_USERS, known_users_file, stack::Stack};
use serde_json::{Value, json};

async fn store(stack: &Stack) -> KnownUsers {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stack.dynamodb_faults.url())
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .http_client(trust::client(None).unwrap())
        .build();
    KnownUsers::new(Client::from_conf(config), KNOWN_USERS.to_owned())
}

fn email(text: &str) -> UserEmail {
    UserEmail::new(text).unwrap()
}

fn at(time: &str) -> SystemTime {
    moment(time).unwrap()
}

/// A proven sign-in in a pool of user names.
fn sign_in(time: &str) -> SignIn {
    SignIn {
        user_pool_id: "eu-west-1_EXAMPLE".to_owned(),
        client_id: None,
        time: at(time),
        sub: Some(format!("sub at {time}")),
        shown: Shown::Proven,
        pool: Pool::default(),
        user_name: "ann".to_owned(),
        says_email: true,
        refuses_suspended: false,
    }
}

fn migration(time: &str) -> Migration {
    Migration { at: at(time), user_name: Some("ann".to_owned()), only_as_before: false, proven: false }
}

#[tokio::test]
async fn among_ten_thousand_each_is_found_by_email_and_by_user_name_in_one_request_each() {
    let stack = Stack::start().await.unwrap();
    let people =
        (0..10_000).map(|n| KnownUser::new(&format!("Person{n}@Example.com"), Some(&format!("Person {n}"))).unwrap());
    stack.dynamodb.load(KNOWN_USERS, people.map(known_users_file::dynamodb_json)).unwrap();
    let store = store(&stack).await;

    for n in (0..10_000).step_by(997) {
        stack.dynamodb_faults.forget();
        let found = store.find(&email(&format!(" PERSON{n}@example.com"))).await.unwrap().unwrap();
        assert_eq!(found.user_name(), Ok(Some(format!("Person {n}").as_str())));
        let named = store.named(&format!("person {n} ")).await.unwrap();
        assert_eq!(named, Named::One(email(&format!("person{n}@example.com"))));
        assert_eq!(stack.dynamodb_faults.operations(), ["GetItem", "Query"]);
    }
    assert!(store.find(&email("person10000@example.com")).await.unwrap().is_none());
    assert_eq!(store.named("person 10000").await, Ok(Named::Nobody));
}

#[tokio::test]
async fn a_name_that_cannot_be_a_key_asks_nothing() {
    let stack = Stack::start().await.unwrap();
    let store = store(&stack).await;
    for user_name in ["", " ", &"n".repeat(2049)] {
        assert_eq!(store.named(user_name).await, Ok(Named::Nobody));
    }
    assert!(stack.dynamodb_faults.operations().is_empty());
}

#[tokio::test]
async fn a_user_name_that_two_share_is_told_apart() {
    let stack = Stack::start().await.unwrap();
    for (email, name) in [("a@example.com", "Twin"), ("b@example.com", "TWIN"), ("c@example.com", "single")] {
        stack
            .dynamodb
            .put(KNOWN_USERS, known_users_file::dynamodb_json(KnownUser::new(email, Some(name)).unwrap()))
            .unwrap();
    }
    let store = store(&stack).await;
    assert_eq!(store.named("twin").await, Ok(Named::Shared));
    assert_eq!(store.named("single").await, Ok(Named::One(email("c@example.com"))));
}

/// A stack with one record of these attributes, in DynamoDB's JSON, at `a@example.com`.
async fn stack_with(attributes: Value) -> (Stack, KnownUsers) {
    let stack = Stack::start().await.unwrap();
    let mut item = json!({ "UserEmail": { "S": "a@example.com" } });
    item.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    stack.dynamodb.put(KNOWN_USERS, item).unwrap();
    let store = store(&stack).await;
    (stack, store)
}

/// The record without its key.
fn record(stack: &Stack) -> Value {
    let mut record = stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap();
    record.as_object_mut().unwrap().remove("UserEmail");
    record
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!({ "S": text })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

const CODE: [(&str, &str); 2] = [("ClaimCodeHash", "7239"), ("ClaimUsedAs", "Ann")];

#[tokio::test]
async fn a_stranger_gets_no_record_from_any_note() {
    let (stack, store) = stack_with(json!({})).await;
    let before = stack.dynamodb.items(KNOWN_USERS);
    let stranger = email("b@example.com");
    let now = at("2026-01-01T00:00:00.000Z");
    let claim = Claim::new("7239".to_owned(), 4_000_000_000);
    assert_eq!(store.note_claim(&stranger, &claim, "b", now, now).await, Ok(false));
    assert_eq!(store.note_migration(&stranger, &migration("2026-01-01T00:00:00.000Z")).await, Ok(None));
    assert_eq!(store.note_confirmation(&stranger, now).await, Ok(Noted::Stranger));
    for shown in [Shown::Proven, Shown::Federated, Shown::Said] {
        let sign_in = SignIn { shown, ..sign_in("2026-01-05T00:00:00.000Z") };
        assert_eq!(store.note_sign_in(&stranger, &sign_in).await, Ok(SignInNoted::Stranger));
    }
    assert_eq!(store.update_nobody().await, Ok(()));
    assert_eq!(stack.dynamodb.items(KNOWN_USERS), before);
}

#[tokio::test]
async fn a_claim_code_is_used_by_one_user_name_for_a_quarter_of_an_hour() {
    let claim = Claim::new("7239".to_owned(), 4_000_000_000);
    let (then, since, now) = ("2026-01-01T00:01:00.000Z", "2026-01-01T00:00:00.000Z", "2026-01-01T00:15:00.000Z");
    let used = |by, at| texts(&[("ClaimCodeHash", "7239"), ("ClaimUsedAs", by), ("ClaimUsedAt", at)]);
    let with = |name: &str| texts(&[("ClaimCodeHash", "7239"), (name, "x")]);
    let suspended = json!({ "ClaimCodeHash": { "S": "7239" }, "Suspended": { "BOOL": true } });
    for (attributes, may) in [
        (texts(&[("ClaimCodeHash", "7239")]), true),
        (used("Ann", then), true),
        (used("Ann", since), false),
        (used("ann", then), false),
        (with("ClaimUsedAs"), false),
        (with("MigratedAt"), false),
        (with("UserSub"), false),
        (with("ConfirmedAt"), false),
        (texts(&[("ClaimCodeHash", "7240")]), false),
        (json!({}), false),
        (suspended, false),
    ] {
        let (stack, store) = stack_with(attributes.clone()).await;
        let before = record(&stack);
        let noted = store.note_claim(&email("a@example.com"), &claim, "Ann", at(now), at(since)).await;
        assert_eq!(noted, Ok(may), "{attributes}");
        match may {
            true => {
                let first = before["ClaimUsedAt"].as_str().unwrap_or(now);
                assert_eq!(
                    (&record(&stack)["ClaimUsedAs"], &record(&stack)["ClaimUsedAt"]),
                    (&json!("Ann"), &json!(first))
                );
            }
            false => assert_eq!(record(&stack), before),
        }
    }
}

#[tokio::test]
async fn a_migration_is_noted_anew_until_its_person_arrives_and_keeps_its_first_user_name() {
    let (first, second) = ("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z");
    let known = email("a@example.com");
    let (stack, store) = stack_with(texts(&CODE)).await;
    assert_eq!(store.note_migration(&known, &migration(first)).await, Ok(Some(Some("ann".to_owned()))));
    let expected =
        |at, name| json!({ "MigratedAt": at, "MigratedAs": name, "ClaimCodeHash": "7239", "ClaimUsedAs": "Ann" });
    assert_eq!(record(&stack), expected(first, "ann"));

    let other = |only_as_before| Migration { user_name: Some("anna".to_owned()), only_as_before, ..migration(second) };
    assert_eq!(store.note_migration(&known, &other(true)).await, Ok(None));
    assert_eq!(record(&stack), expected(first, "ann"));
    assert_eq!(store.note_migration(&known, &other(false)).await, Ok(Some(Some("ann".to_owned()))));
    assert_eq!(record(&stack), expected(second, "ann"));

    let proven = Migration { user_name: None, proven: true, ..migration(first) };
    assert_eq!(store.note_migration(&known, &proven).await, Ok(Some(Some("ann".to_owned()))));
    assert_eq!(record(&stack), json!({ "MigratedAt": first, "MigratedAs": "ann" }));

    for note in ["UserSub", "ConfirmedAt"] {
        let (stack, store) = stack_with(texts(&[(note, "x")])).await;
        assert_eq!(store.note_migration(&known, &migration(first)).await, Ok(None));
        assert_eq!(record(&stack), json!({ note: "x" }));
    }
    let (stack, store) = stack_with(json!({})).await;
    let in_an_email_pool = Migration { user_name: None, ..migration(first) };
    assert_eq!(store.note_migration(&known, &in_an_email_pool).await, Ok(Some(None)));
    assert_eq!(record(&stack), json!({ "MigratedAt": first }));
}

#[tokio::test]
async fn a_confirmation_is_noted_once_and_takes_the_claim_code() {
    let (stack, store) = stack_with(texts(&CODE)).await;
    let known = email("a@example.com");
    let first = "2026-01-03T00:00:00.000Z";
    assert_eq!(store.note_confirmation(&known, at(first)).await, Ok(Noted::Now));
    assert_eq!(store.note_confirmation(&known, at("2026-01-04T00:00:00.000Z")).await, Ok(Noted::Already));
    assert_eq!(record(&stack), json!({ "ConfirmedAt": first }));
}

const NOW: &str = "2026-01-05T00:00:00.000Z";

#[tokio::test]
async fn a_sign_in_changes_as_much_of_a_record_as_it_proves() {
    use Shown::{Federated, Said};
    use SignInNoted::{LaterRecorded, NotTheirs, Recorded, Suspended};

    const LOGIN: u8 = 1; // LastLogin
    const ARRIVAL: u8 = 2; // UserSub; the hash and the claim code go
    let hash = ("PasswordHash", "$2y$");
    let later = |time: &str| json!({ "LastLogin": { "M": { "Time": { "S": time } } } });
    let together = |mut one: Value, other: Value| {
        one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        one
    };
    let with = |pairs: &[(&str, &str)]| {
        texts(&[&[hash, CODE[0], ("UserNameKey", "ann"), ("UserName", "Ann")], pairs].concat())
    };
    let nameless = || texts(&[hash]);
    let proven = |change: fn(&mut SignIn)| {
        let mut sign_in = sign_in(NOW);
        sign_in.sub = Some("s".to_owned());
        change(&mut sign_in);
        sign_in
    };
    let said = |change: fn(&mut SignIn)| {
        let mut sign_in = proven(|sign_in| sign_in.shown = Said);
        change(&mut sign_in);
        sign_in
    };
    let suspended = |attributes| together(attributes, json!({ "Suspended": { "BOOL": true } }));
    let minds = |sign_in: &mut SignIn| sign_in.refuses_suspended = true;
    let by_name = |sign_in: &mut SignIn| sign_in.says_email = false;

    for (case, attributes, sign_in, noted, writes, requests) in [
        ("proven", with(&[]), proven(|_| ()), Recorded, LOGIN | ARRIVAL, 1),
        ("proven, another sub before", with(&[("UserSub", "t")]), proven(|_| ()), Recorded, LOGIN | ARRIVAL, 1),
        (
            "proven, later",
            together(with(&[]), later("2026-01-05T00:04:00.000Z")),
            proven(|_| ()),
            LaterRecorded,
            ARRIVAL,
            2,
        ),
        (
            "proven, future",
            together(with(&[]), later("2026-01-05T00:06:00.000Z")),
            proven(|_| ()),
            Recorded,
            LOGIN | ARRIVAL,
            1,
        ),
        ("proven, no time", together(with(&[]), later("yesterday")), proven(|_| ()), Recorded, LOGIN | ARRIVAL, 1),
        (
            "proven, a number",
            together(with(&[]), json!({ "LastLogin": { "M": { "Time": { "N": "7" } } } })),
            proven(|_| ()),
            Recorded,
            LOGIN | ARRIVAL,
            1,
        ),
        ("proven, a text", with(&[("LastLogin", "2999")]), proven(|_| ()), Recorded, LOGIN | ARRIVAL, 1),
        ("federated", with(&[]), proven(|sign_in| sign_in.shown = Federated), Recorded, LOGIN, 1),
        ("said, their sub", with(&[("UserSub", "s")]), said(|_| ()), Recorded, LOGIN | ARRIVAL, 2),
        ("said, their migration", with(&[("MigratedAs", "ann")]), said(|_| ()), Recorded, LOGIN | ARRIVAL, 2),
        (
            "said, their migration, a flawed code",
            together(texts(&[CODE[0], ("UserSub", "s")]), json!({ "ClaimCodeExpires": { "S": "soon" } })),
            said(|_| ()),
            Recorded,
            LOGIN | ARRIVAL,
            2,
        ),
        (
            "said, another spelling",
            with(&[("MigratedAs", "ann")]),
            said(|sign_in| sign_in.user_name = "ANN".to_owned()),
            Recorded,
            LOGIN | ARRIVAL,
            2,
        ),
        (
            "said, case minded",
            texts(&[hash, ("MigratedAs", "ann")]),
            said(|sign_in| {
                sign_in.user_name = "ANN".to_owned();
                sign_in.pool.case_sensitive = true;
            }),
            NotTheirs,
            0,
            1,
        ),
        ("said, another sub", with(&[("UserSub", "t"), ("MigratedAs", "ann")]), said(|_| ()), NotTheirs, 0, 1),
        ("said, the standard", with(&[]), said(|_| ()), Recorded, LOGIN, 1),
        ("said, another name", with(&[]), said(|sign_in| sign_in.user_name = "eve".to_owned()), NotTheirs, 0, 1),
        (
            "said, the standard, later",
            together(with(&[]), later("2026-01-05T00:04:00.000Z")),
            said(|_| ()),
            LaterRecorded,
            0,
            1,
        ),
        (
            "said, no user name",
            nameless(),
            said(|sign_in| sign_in.user_name = "A@example.com".to_owned()),
            Recorded,
            LOGIN,
            1,
        ),
        (
            "said, email pool",
            with(&[("MigratedAs", "ann")]),
            said(|sign_in| sign_in.pool.sign_in_with = SignInWith::Email),
            NotTheirs,
            0,
            1,
        ),
        ("said, by another provider", with(&[]), said(|sign_in| sign_in.user_name.clear()), NotTheirs, 0, 1),
        ("by name alone", with(&[]), said(by_name), NotTheirs, 0, 1),
        ("by name, their migration", with(&[("MigratedAs", "ann")]), said(by_name), Recorded, LOGIN | ARRIVAL, 2),
        (
            "nothing to go by",
            with(&[]),
            said(|sign_in| {
                sign_in.sub = None;
                sign_in.user_name.clear();
            }),
            NotTheirs,
            0,
            0,
        ),
        ("suspended, not minded", suspended(with(&[])), proven(|_| ()), Recorded, LOGIN | ARRIVAL, 1),
        ("suspended", suspended(with(&[])), proven(minds), Suspended, 0, 1),
        ("suspended, says so", suspended(with(&[])), said(minds), Suspended, 0, 1),
        (
            "suspended namesake",
            suspended(with(&[])),
            said(|sign_in| {
                sign_in.says_email = false;
                sign_in.refuses_suspended = true;
            }),
            NotTheirs,
            0,
            1,
        ),
        ("not suspended", with(&[]), proven(minds), Recorded, LOGIN | ARRIVAL, 1),
    ] {
        let (stack, store) = stack_with(attributes).await;
        let mut expected = record(&stack);
        assert_eq!(store.note_sign_in(&email("a@example.com"), &sign_in).await, Ok(noted), "{case}");
        if writes & LOGIN != 0 {
            expected["LastLogin"] = json!({ "UserPoolId": "eu-west-1_EXAMPLE", "Time": NOW });
        }
        if writes & ARRIVAL != 0 {
            expected["UserSub"] = json!("s");
            for spent in ["PasswordHash", "ClaimCodeHash", "ClaimCodeExpires"] {
                expected.as_object_mut().unwrap().remove(spent);
            }
        }
        assert_eq!(record(&stack), expected, "{case}");
        assert_eq!(stack.dynamodb_faults.operations().len(), requests, "{case}");

        // Again, it is the same but for the second request.
        store.note_sign_in(&email("a@example.com"), &sign_in).await.unwrap();
        assert_eq!(record(&stack), expected, "{case}, again");
    }
}

#[tokio::test]
async fn the_last_login_never_goes_backwards_under_concurrent_writers() {
    let stack = Stack::start().await.unwrap();
    stack.dynamodb.put(KNOWN_USERS, json!({ "UserEmail": { "S": "a@example.com" } })).unwrap();
    let store = Arc::new(store(&stack).await);
    let times: Vec<_> = (0..60).map(|n| format!("2026-01-01T00:00:{n:02}.000Z")).collect();
    // Writers in an order that has nothing to do with the times; a reader watches meanwhile.
    let writers: Vec<_> = (0..60)
        .map(|n| (store.clone(), times[n * 37 % 60].clone()))
        .map(|(store, time)| {
            tokio::spawn(async move { store.note_sign_in(&email("a@example.com"), &sign_in(&time)).await })
        })
        .collect();
    let mut seen = Vec::new();
    while !writers.iter().all(|writer| writer.is_finished()) {
        let record = stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap();
        seen.extend(record["LastLogin"]["Time"].as_str().map(str::to_owned));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        assert!(matches!(writer.await.unwrap(), Ok(SignInNoted::Recorded | SignInNoted::LaterRecorded)));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    let record = stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap();
    assert_eq!(
        (&record["LastLogin"]["Time"], &record["UserSub"]),
        (&json!(times[59]), &json!(format!("sub at {}", times[59])))
    );
    // And the same again changes nothing.
    assert_eq!(store.note_sign_in(&email("a@example.com"), &sign_in(&times[59])).await, Ok(SignInNoted::LaterRecorded));
    assert_eq!(stack.dynamodb.item(KNOWN_USERS, "a@example.com").unwrap(), record);
}
