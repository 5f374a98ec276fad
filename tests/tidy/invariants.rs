//! What the source of the functions must not have: ARCHITECTURE.md, "Invariants".

use known_user::Trigger;

use crate::sources::sources;

#[test]
fn only_the_stores_the_mail_and_the_secret_talk_to_aws() {
    for package in Trigger::ALL.iter().map(|trigger| trigger.name()).chain(["common"]) {
        for source in sources(package) {
            let talks = source.code.contains("aws_sdk_") && source.code.contains(".send()");
            let may = ["known_users.rs", "ephemera.rs", "mail.rs", "secret.rs"].contains(&source.name());
            assert_eq!(talks, may, "{}", source.path);
            assert!(!source.code.contains(".scan()") && !source.code.contains("Scan"), "{} scans", source.path);
            let adds = source.name() == "known_users.rs" && source.code.contains("put_item");
            assert!(!adds, "{} adds a known user", source.path);
        }
    }
}

#[test]
fn decisions_and_records_are_pure() {
    for source in Trigger::ALL.iter().flat_map(|trigger| sources(trigger.name())) {
        if ["decision.rs", "record.rs"].contains(&source.name()) {
            for impure in ["async ", "SystemTime::now", "env::", "aws_sdk_", "std::fs", "std::net", "tracing::"] {
                assert!(!source.code.contains(impure), "{} has `{impure}`", source.path);
            }
        }
    }
}
