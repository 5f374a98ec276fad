//! What a stranger tries who wants to be somebody else, or wants to keep somebody out: told as stories, with the real
//! binaries of all five triggers, in the order in which Cognito would call them. Each ends with the record as it was, and
//! with its person coming in.

#![cfg(test)]

use std::collections::BTreeMap;

use known_user::{Claim, KnownUser};
use local_aws::{
    binaries::{self, Binaries},
    dynamodb::KNOWN_USERS,
    function::{Invocation, RunningFunction},
    known_users_file::dynamodb_json,
    stack::Stack,
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// `correct horse`, by PHP's `password_hash` at cost 4.
const HASH: &str = "$2y$04$s2mU13DKdKVLpM6GP3rRlu47UbmPnap2WAOgp8JaMzYNoM0EgoU.W";
const PASSWORD: &str = "correct horse";

const ALICE: &str = "alice@example.com";

/// Alice, whom the owner knows.
fn alice() -> KnownUser {
    KnownUser::new(ALICE, Some("Alice")).unwrap()
}

fn with_hash() -> KnownUser {
    KnownUser { password_hash: Some(HASH.to_owned()), ..alice() }
}

/// A pool's triggers and the table that knows Alice.
struct World {
    stack: Stack,
    functions: BTreeMap<&'static str, RunningFunction>,
}

/// What became of a call.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The event came back as it was: Cognito goes on without us.
    Unchanged,
    /// The members of `response` that were set.
    Answered(Value),
    /// What the person reads.
    Refused(String),
}

impl Outcome {
    fn confirmed() -> Self {
        Self::Answered(json!({ "autoConfirmUser": true, "autoVerifyEmail": true }))
    }

    fn taken() -> Self {
        Self::Refused("this user name is taken".to_owned())
    }

    fn exists() -> Self {
        Self::Refused("this account already exists, sign in instead".to_owned())
    }

    fn status(&self) -> Option<&str> {
        match self {
            Self::Answered(response) => response["finalUserStatus"].as_str(),
            _ => None,
        }
    }
}

impl World {
    async fn with(known: KnownUser, settings: &[(&str, &str)]) -> Self {
        static BINARIES: OnceCell<Binaries> = OnceCell::const_new();
        let binaries = BINARIES.get_or_init(async || binaries::build(false).await.unwrap()).await;
        let stack = Stack::start().await.unwrap();
        stack.dynamodb.put(KNOWN_USERS, dynamodb_json(known)).unwrap();
        let mut functions = BTreeMap::new();
        for (name, binary) in binaries {
            let function = stack.function(binary, settings).await.unwrap();
            function.ready().await.unwrap();
            functions.insert(*name, function);
        }
        Self { stack, functions }
    }

    /// Alice's record.
    fn record(&self) -> Value {
        self.stack.dynamodb.item(KNOWN_USERS, ALICE).unwrap()
    }

    /// Alice's record without what migrate user notes each time that it answers for her.
    fn record_but_for_the_migration(&self) -> Value {
        let mut record = self.record();
        record.as_object_mut().unwrap().retain(|name, _| !name.starts_with("Migrated"));
        record
    }

    async fn call(&self, trigger: &str, event: &Value) -> Outcome {
        let event = event.to_string();
        let answer: Invocation = self.functions[trigger].invoke(event.as_str()).await;
        let came_back = answer.json();
        if answer.function_error {
            return Outcome::Refused(came_back["errorMessage"].as_str().unwrap().to_owned());
        }
        if String::from_utf8_lossy(&answer.payload) == event {
            return Outcome::Unchanged;
        }
        let mut response = came_back["response"].clone();
        response.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Outcome::Answered(response)
    }

    async fn sign_up(&self, user_name: &str, email: Option<&str>, code: Option<&str>) -> Outcome {
        let attributes = email.map(|email| json!({ "email": email })).unwrap_or_else(|| json!({}));
        let event =
            event("PreSignUp_SignUp", user_name, attributes, json!({ "clientMetadata": { "claimCode": code } }));
        self.call("pre-sign-up", &event).await
    }

    async fn type_password(&self, name: &str, password: &str) -> Outcome {
        let request = json!({ "password": password });
        self.call("migrate-user", &event("UserMigration_Authentication", name, Value::Null, request)).await
    }

    async fn forget_password(&self, name: &str) -> Outcome {
        self.call("migrate-user", &event("UserMigration_ForgotPassword", name, Value::Null, json!({}))).await
    }

    /// A user of the pool signs in, with the pool's own attributes of theirs.
    async fn signs_in(&self, user_name: &str, attributes: Value) -> [Outcome; 2] {
        let before = event("PreAuthentication_Authentication", user_name, attributes.clone(), json!({}));
        let after = event("PostAuthentication_Authentication", user_name, attributes, json!({}));
        [self.call("pre-authentication", &before).await, self.call("post-authentication", &after).await]
    }

    async fn is_confirmed(&self, user_name: &str, attributes: Value) -> Outcome {
        let event = event("PostConfirmation_ConfirmSignUp", user_name, attributes, json!({}));
        self.call("post-confirmation", &event).await
    }
}

fn event(source: &str, user_name: &str, attributes: Value, mut request: Value) -> Value {
    request["userAttributes"] = attributes;
    let response = match source.split('_').next().unwrap() {
        "UserMigration" => json!({ "userAttributes": null, "finalUserStatus": null, "messageAction": null }),
        _ => json!({}),
    };
    json!({
        "version": "1", "triggerSource": source, "region": "eu-west-1", "userPoolId": "eu-west-1_EXAMPLE",
        "userName": user_name, "callerContext": { "clientId": "web" }, "request": request, "response": response,
    })
}

/// What the pool says of a user whose address it has verified, or has not.
fn attributes(sub: &str, email: &str, is_verified: bool) -> Value {
    json!({ "sub": sub, "email": email, "email_verified": is_verified.to_string() })
}

const LETS_IN: [Outcome; 2] = [Outcome::Unchanged, Outcome::Unchanged];

/// Alice comes in by her old password, and that is noted.
async fn alice_comes_in_by_her_password(world: &World, user_name: &str) {
    assert_eq!(world.type_password(user_name, PASSWORD).await.status(), Some("CONFIRMED"));
    assert_eq!(world.signs_in(user_name, attributes("hers", ALICE, true)).await, LETS_IN);
    let record = world.record();
    assert_eq!((record["UserSub"].as_str(), record.get("PasswordHash")), (Some("hers"), None));
}

#[tokio::test]
async fn squatting_a_known_user_name_is_refused_under_every_policy() {
    for sign_in_with in ["username", "email-alias"] {
        for policy in ["match", "claim", "verify", "deny"] {
            let settings = [("SIGN_IN_WITH", sign_in_with), ("SIGN_UP_POLICY", policy)];
            let world = World::with(with_hash(), &settings).await;
            let before = world.record();
            for user_name in ["alice", "ALICE", " Alice "] {
                assert_eq!(world.sign_up(user_name, Some("eve@example.com"), None).await, Outcome::taken(), "{policy}");
                assert_eq!(world.sign_up(user_name, None, None).await, Outcome::taken(), "{policy}");
                // With her email as well, it would take the place under which she comes.
                assert_eq!(world.sign_up(user_name, Some(ALICE), None).await, Outcome::exists(), "{policy}");
            }
            assert_eq!(world.sign_up("eve", Some("eve@example.com"), None).await, Outcome::Unchanged);
            assert_eq!(world.record(), before, "{policy}");
            alice_comes_in_by_her_password(&world, "alice").await;

            // Her name stays hers when she has come.
            assert_eq!(world.sign_up("alice", Some("eve@example.com"), None).await, Outcome::taken(), "{policy}");
        }
    }
    for policy in ["claim", "verify", "deny"] {
        let settings = [("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", policy)];
        let world = World::with(with_hash(), &settings).await;
        let before = world.record();
        for email in [ALICE, " ALICE@Example.com"] {
            assert_eq!(world.sign_up("7a63f1fb", Some(email), None).await, Outcome::exists(), "{policy}");
        }
        assert_eq!(world.record(), before, "{policy}");
        assert_eq!(world.type_password(ALICE, PASSWORD).await.status(), Some("CONFIRMED"));
    }
}

#[tokio::test]
async fn a_double_account_is_confirmed_for_nobody() {
    // Alice signs up, is confirmed and has arrived.
    let world = World::with(alice(), &[("SIGN_UP_POLICY", "match")]).await;
    assert_eq!(world.sign_up("alice", Some(ALICE), None).await, Outcome::confirmed());
    assert_eq!(world.is_confirmed("alice", attributes("hers", ALICE, true)).await, Outcome::Unchanged);
    assert_eq!(world.signs_in("alice", attributes("hers", ALICE, true)).await, LETS_IN);
    let before = world.record();

    // Eve knows both, and tries every other spelling that could be another user of the pool: nobody is confirmed again.
    for user_name in ["ALICE", "Alice", "alice"] {
        assert_eq!(world.sign_up(user_name, Some(ALICE), None).await, Outcome::Unchanged);
    }
    // Nor is anybody migrated, whatever they type.
    for name in ["ALICE", "alice"] {
        assert_eq!(world.type_password(name, "anything").await, Outcome::Unchanged);
        assert_eq!(world.forget_password(name).await, Outcome::Unchanged);
    }
    // Cognito's code decides over the second account, and Eve does not get it: an unproven sign-in changes nothing.
    assert_eq!(world.signs_in("ALICE", attributes("eves", ALICE, false)).await, LETS_IN);
    assert_eq!(world.record(), before);

    // In a pool that minds case, nobody brings Alice in under another spelling before her.
    let world = World::with(alice(), &[("USER_NAMES_CASE_SENSITIVE", "true")]).await;
    let before = world.record();
    for name in ["alice", "ALICE"] {
        assert_eq!(world.type_password(name, "anything").await, Outcome::Unchanged);
        assert_eq!(world.forget_password(name).await, Outcome::Unchanged);
    }
    assert_eq!(world.record(), before);
    assert_eq!(world.type_password("Alice", "anything").await.status(), Some("RESET_REQUIRED"));
}

#[tokio::test]
async fn a_code_race_is_won_once() {
    let claim = Claim::new(Claim::hash_of("ab12-cd34"), 4_000_000_000);
    let invited = KnownUser { claim: Some(claim), ..with_hash() };
    let world = World::with(invited, &[("SIGN_UP_POLICY", "claim")]).await;
    let before = world.record();
    for code in [None, Some("ab12-cd35"), Some("")] {
        assert_eq!(world.sign_up("alice", Some(ALICE), code).await, Outcome::exists());
    }
    assert_eq!(world.sign_up("eve", Some(ALICE), Some("ab12-cd34")).await, Outcome::Unchanged, "not her user name");
    assert_eq!(world.record(), before);

    let spellings = ["alice", "Alice", "ALICE", "aLICE", "alicE", " alice"];
    let sign_ups = spellings.map(|user_name| world.sign_up(user_name, Some(ALICE), Some("AB12CD34")));
    let outcomes = futures_util::future::join_all(sign_ups).await;
    let confirmed: Vec<_> =
        spellings.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::confirmed()).collect();
    let refused = outcomes.iter().filter(|outcome| **outcome == Outcome::exists()).count();
    assert_eq!((confirmed.len(), refused), (1, 5), "{outcomes:?}");
    let winner = *confirmed[0].0;
    let noted = world.record();
    let mut expected = before;
    (expected["ClaimUsedAs"], expected["ClaimUsedAt"]) = (json!(winner), noted["ClaimUsedAt"].clone());
    assert_eq!(noted, expected);

    // Cognito may repeat a call, and is answered alike; nobody else is.
    assert_eq!(world.sign_up(winner, Some(ALICE), Some("AB12CD34")).await, Outcome::confirmed());
    assert_eq!(world.sign_up("AliCe", Some(ALICE), Some("AB12CD34")).await, Outcome::exists());
    assert_eq!(world.record(), noted);

    // Once she is confirmed, the code is gone.
    assert_eq!(world.is_confirmed(winner, attributes("hers", ALICE, true)).await, Outcome::Unchanged);
    assert!(world.record().get("ClaimCodeHash").is_none() && world.record().get("ClaimUsedAs").is_none());
    assert_eq!(world.sign_up("alice", Some(ALICE), Some("AB12CD34")).await, Outcome::Unchanged);
}

#[tokio::test]
async fn a_namesake_changes_nothing() {
    let claim = Claim::new(Claim::hash_of("ab12-cd34"), 4_000_000_000);
    let invited = KnownUser { claim: Some(claim), ..with_hash() };
    for check_suspended in ["before", "after"] {
        let world = World::with(invited.clone(), &[("CHECK_SUSPENDED", check_suspended)]).await;
        let before = world.record();
        let federated = json!({
            "sub": "eves", "email": ALICE, "email_verified": "false", "cognito:user_status": "EXTERNAL_PROVIDER",
            "identities": "[{\"providerName\":\"Google\"}]",
        });
        for (user_name, said) in [
            ("eve", attributes("eves", ALICE, false)),
            ("eve", json!({ "sub": "eves", "email": ALICE })),
            ("alice", json!({ "sub": "eves" })),
            ("alice", attributes("eves", "eve@example.com", true)),
            ("Google_1234", federated),
            ("eve", json!({})),
        ] {
            assert_eq!(world.signs_in(user_name, said.clone()).await, LETS_IN, "{user_name} {said}");
            assert_eq!(world.is_confirmed(user_name, said.clone()).await, Outcome::Unchanged, "{user_name} {said}");
            assert_eq!(world.record(), before, "{user_name} {said}");
        }
        // Who comes by another provider and has proven the address leaves the old password to Alice.
        let google = json!({
            "sub": "google", "email": ALICE, "email_verified": "true", "cognito:user_status": "EXTERNAL_PROVIDER",
        });
        assert_eq!(world.signs_in("Google_1234", google.clone()).await, LETS_IN);
        assert_eq!(world.is_confirmed("Google_1234", google).await, Outcome::Unchanged);
        let mut record = world.record();
        assert!(record.as_object_mut().unwrap().remove("LastLogin").is_some());
        assert_eq!(record, before);
        alice_comes_in_by_her_password(&world, "alice").await;
    }

    // A namesake of somebody who is suspended signs in; the person does not, whatever email they have by now.
    let suspended =
        KnownUser { suspended: true, user_sub: Some("hers".to_owned()), password_hash: None, ..with_hash() };
    let world = World::with(suspended, &[]).await;
    let before = world.record();
    let not_available = || Outcome::Refused("sign-in is not available".to_owned());
    assert_eq!(world.signs_in("alice", attributes("eves", "eve@example.com", true)).await, LETS_IN);
    let [refused, _] = world.signs_in("alice", attributes("hers", "alice@elsewhere.example", true)).await;
    assert_eq!(refused, not_available());
    assert_eq!(world.record(), before);
}

#[tokio::test]
async fn a_resurrection_takes_the_owners_word() {
    let world = World::with(with_hash(), &[]).await;
    alice_comes_in_by_her_password(&world, "alice").await;
    let before = world.record();
    // She deletes her account. Nobody comes in in her place.
    for name in ["alice", "ALICE"] {
        for password in [PASSWORD, "anything", ""] {
            assert_eq!(world.type_password(name, password).await, Outcome::Unchanged);
        }
        assert_eq!(world.forget_password(name).await, Outcome::Unchanged);
    }
    assert_eq!(world.sign_up("alice", Some("eve@example.com"), None).await, Outcome::taken());
    assert_eq!(world.sign_up("alice", Some(ALICE), None).await, Outcome::Unchanged, "her mailbox decides");
    assert_eq!(world.record(), before);

    // The owner readmits her: she comes by her mailbox, and `match` takes nobody's word for it.
    let readmitted = KnownUser { readmitted_at: Some("2026-11-20T10:00:00.000Z".to_owned()), ..alice() };
    let world = World::with(readmitted, &[("SIGN_UP_POLICY", "match")]).await;
    assert_eq!(world.sign_up("alice", Some(ALICE), None).await, Outcome::Unchanged);
    assert_eq!(world.type_password("alice", "anything").await.status(), Some("RESET_REQUIRED"));
}

#[tokio::test]
async fn spraying_costs_nobody_their_password_or_their_mailbox() {
    let world = World::with(with_hash(), &[("SIGN_IN_WITH", "email-alias")]).await;
    let before = world.record();
    for guess in 0..13 {
        let name = ["alice", ALICE, "ALICE", "eve", "eve@example.com"][guess % 5];
        assert_eq!(world.type_password(name, &format!("guess {guess}")).await, Outcome::Unchanged);
    }
    for guess in 0..4 {
        assert_eq!(world.type_password("alice", &format!("guess {guess}")).await, Outcome::Unchanged);
    }
    // The password way is shut while it lasts, to Eve and to Alice; nothing of the record has changed.
    assert_eq!(world.type_password("alice", PASSWORD).await, Outcome::Unchanged);
    assert_eq!(world.record(), before);
    // The mailbox is open.
    assert!(matches!(world.forget_password("alice").await, Outcome::Answered(_)));
    assert_eq!(world.record_but_for_the_migration(), before);
    // And the hash is there when the quarter of an hour is over.
    assert_eq!(world.record()["PasswordHash"], HASH);
}

#[tokio::test]
async fn a_suspension_does_not_end_with_another_provider() {
    let world = World::with(KnownUser { suspended: true, ..with_hash() }, &[]).await;
    let before = world.record();
    let attributes = json!({ "email": "Alice@example.com", "email_verified": "false" });
    let first = event("PreSignUp_ExternalProvider", "Google_1234", attributes, json!({}));
    let refused = Outcome::Refused("sign-in is not available".to_owned());
    assert_eq!(world.call("pre-sign-up", &first).await, refused);
    assert_eq!(world.type_password("alice", PASSWORD).await, Outcome::Unchanged);
    assert_eq!(world.forget_password("alice").await, Outcome::Unchanged);
    assert_eq!(world.record(), before);
}
