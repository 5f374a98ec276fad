//! From another system's export to a sign-in with the old password: the tool, the table, and the real migrate user.

use local_aws::binaries;
use serde_json::{Value, json};

use crate::tool::Place;

const PASSWORD: &str = "correct horse battery staple";

/// A file of `tests/exports`; how many people are in it, and keep the password, and are refused; the name of the n-th.
struct Export {
    files: &'static [&'static str],
    people: u64,
    keep: u64,
    refused: u64,
    users: u64,
    by_email: bool,
}

const fn export(files: &'static [&'static str], people: u64, keep: u64, refused: u64, users: u64) -> Export {
    Export { files, people, keep, refused, users, by_email: false }
}

impl Export {
    const fn by_email(self) -> Self {
        Self { by_email: true, ..self }
    }
}

/// `refused` are rows without an address, and people who are there twice.
const EXPORTS: [Export; 13] = [
    export(&["auth0-hashes.ndjson", "--profiles", "auth0-profiles.ndjson"], 22, 21, 3, 20),
    export(&["keycloak.json"], 21, 20, 1, 20),
    export(&["supabase.csv"], 20, 20, 0, 20).by_email(),
    export(&["clerk.csv"], 21, 20, 0, 20),
    export(&["django.json"], 19, 17, 3, 16),
    export(&["wordpress.csv"], 20, 20, 1, 20),
    export(&["aspnet.csv"], 21, 20, 0, 20),
    export(&["membership.csv"], 21, 20, 0, 20),
    export(&["devise.csv"], 20, 20, 1, 20).by_email(),
    export(&["laravel.csv"], 20, 20, 0, 20).by_email(),
    export(&["discourse.csv"], 20, 20, 0, 20),
    export(&["ldap.ldif"], 19, 17, 1, 17),
    export(&["fusionauth.csv"], 20, 20, 0, 20),
];

fn sign_in(user_name: &str, password: &str) -> Value {
    json!({
        "version": "1",
        "triggerSource": "UserMigration_Authentication",
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_EXAMPLE12",
        "userName": user_name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "3n4b5urk1ft4fl3mg5e62d9ado"},
        "request": {"password": password, "validationData": null, "userAttributes": null},
        "response": {
            "userAttributes": null, "forceAliasCreation": null, "finalUserStatus": null, "messageAction": null,
            "desiredDeliveryMediums": null,
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_the_password_signs_in_with_it_and_with_no_other() {
    let binaries = binaries::build(false).await.unwrap();
    let (_, migrate_user) = binaries.iter().find(|(name, _)| **name == "migrate-user").unwrap();
    for export in EXPORTS {
        let place = Place::new().await;
        for file in export.files.iter().filter(|file| !file.starts_with("--")) {
            let text = std::fs::read(format!("{}/tests/exports/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            std::fs::write(place.path(file), text).unwrap();
        }
        let more = ["--json", "--skip-bad", "--without-bad-hashes", "--email-verified", "true"];
        let ended = place.run(&[&["import"], export.files, &more].concat()).await;
        let name = export.files[0];
        assert_eq!(ended.code, Some(if export.refused > 0 { 3 } else { 0 }), "{name}: {ended:?}");
        let facts = ended.json();
        let counts = [&facts["export"]["people"], &facts["export"]["keepPassword"], &facts["rejected"]];
        assert_eq!(counts, [export.people, export.keep, export.refused], "{name}");
        let faults = facts["export"]["faults"].as_u64().unwrap();
        let in_the_table = place.table().len() as u64;
        assert_eq!(in_the_table + export.refused, export.people + faults, "{name}: everybody is somewhere");

        // As much memory as the report asks for.
        let memory = [("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")];
        let function = place.stack.function(migrate_user, &memory).await.unwrap();
        for number in 0..export.users {
            // Two people are one in these, and so nobody.
            if export.refused > 1 && number == 1 {
                continue;
            }
            let user = if export.by_email { format!("user{number}@example.com") } else { format!("user{number}") };
            let event = sign_in(&user, "Correct horse battery staple");
            assert_eq!(function.invoke(event.to_string()).await.json(), event, "{name} {user}");
            let event = sign_in(&user, PASSWORD);
            let answer = function.invoke(event.to_string()).await.json();
            let record = &place.table()[&format!("user{number}@example.com")];
            match record["Suspended"].as_bool() {
                Some(true) => assert_eq!(answer, event, "{name} {user}"),
                _ => assert_eq!(answer["response"]["finalUserStatus"], "CONFIRMED", "{name} {user}"),
            }
        }
    }
}

#[tokio::test]
async fn people_of_whom_no_system_gives_hashes_come_without() {
    for (name, left_out) in [("okta.json", "never-activated"), ("cognito.json", "federated")] {
        let place = Place::new().await;
        let text = std::fs::read_to_string(format!("{}/tests/exports/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        place.write(name, &text);
        let ended = place.run(&["import", name, "--json"]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let export = &ended.json()["export"];
        assert_eq!((&export["people"], &export["leftOut"]), (&json!(20), &json!({left_out: 1})));
        let table = place.table();
        assert_eq!(table.len(), 20);
        assert!(table.values().all(|record| record.get("PasswordHash").is_none()));
        assert_eq!(table["user5@example.com"]["Suspended"], true);
    }
}
