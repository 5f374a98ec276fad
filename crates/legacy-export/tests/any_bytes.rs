//! Whatever a file holds, reading it ends, and nobody in it is lost without a word.

#![cfg(test)]

use std::{
    io::{self, Cursor},
    ops::ControlFlow,
    time::SystemTime,
};

use legacy_export::{Entry, Options, System, read};
use proptest::prelude::*;

/// How many entries come of these bytes, and whether the file could be read to its end.
fn entries(system: System, bytes: &[u8]) -> (usize, bool) {
    let bytes = bytes.to_vec();
    let file = move || -> io::Result<Box<dyn io::Read>> { Ok(Box::new(Cursor::new(bytes.clone()))) };
    let options = Options { email_verified: Some(true), ..Options::at(SystemTime::UNIX_EPOCH) };
    let mut count = 0;
    let read = read(system, &options, &[&file], None, &mut |_, entry| {
        // No fault shows what a field holds.
        if let Entry::Fault(fault) = entry {
            assert!(!fault.to_string().contains("hunter2"), "{fault}");
        }
        count += 1;
        ControlFlow::Continue(())
    });
    (count, read.is_ok())
}

/// The beginnings of exports, in which something is then changed.
const EXPORTS: [(System, &str); 6] = [
    (
        System::Keycloak,
        r#"{"realm":"a","users":[{"username":"ann","email":"ann@example.com","credentials":[{"type":"password","secretData":"{}"}]},{"username":"hunter2","email":""}]}"#,
    ),
    (
        System::Auth0,
        "{\"_id\":{\"$oid\":\"1\"},\"email\":\"a@b\",\"email_verified\":\"hunter2\",\"passwordHash\":\"x\"}\n{\"_id\":1}",
    ),
    (System::Django, r#"[{"model":"auth.user","pk":1,"fields":{"email":"a@b","is_active":"hunter2","password":"!"}}]"#),
    (System::WordPress, "ID,user_login,user_pass,user_email,spam\n1,ann,\"hunter2\",a@b,hunter2\n2,\"b\n\",,c@d,0\n"),
    (
        System::Ldap,
        "dn: uid=a\nobjectClass: person\nmail: a@b\nnsAccountLock: hunter2\nuserPassword:: aHVudGVyMg==\n\ndn: x\n",
    ),
    (System::Firebase, "u1,a@b,hunter2,h,s,n,,,,,,,,,,,,,,,,,,1,2,,false,,\n"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400), system in prop::sample::select(System::ALL.to_vec())) {
        entries(system, &bytes);
        System::recognise(&bytes);
    }

    #[test]
    fn a_changed_export_comes_to_an_end(
        (system, text) in prop::sample::select(EXPORTS.to_vec()),
        place in any::<prop::sample::Index>(),
        change in prop::collection::vec(any::<u8>(), 0..4),
        removed in 0_usize..6,
    ) {
        let mut bytes = text.as_bytes().to_vec();
        let start = place.index(bytes.len());
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, change);
        entries(system, &bytes);
    }

    #[test]
    fn rows_in_are_entries_out(rows in prop::collection::vec((any::<bool>(), any::<bool>(), "[a-z]{1,8}"), 0..60)) {
        let csv: String = rows.iter().enumerate().map(|(number, (has_email, is_deleted, name))| {
            let email = if *has_email { format!("{name}{number}@example.com") } else { String::new() };
            let deleted = if *is_deleted { "2024-01-01 00:00:00" } else { "" };
            format!("{number},{email},x,2024-01-01 00:00:00,{deleted}\n")
        }).collect();
        let text = format!("id,email,encrypted_password,confirmed_at,deleted_at\n{csv}");
        prop_assert_eq!(entries(System::Devise, text.as_bytes()), (rows.len(), true));
    }
}
