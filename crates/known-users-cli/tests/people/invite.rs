//! One-time codes: who gets one, where it stands, and what it is good for.

use known_user::Claim;
use local_aws::dynamodb::KNOWN_USERS;
use serde_json::json;

use crate::tool::Place;

async fn people() -> Place {
    let place = Place::new().await;
    place.put(&[("email", "ann@b.c"), ("user_name", "Ann")], &[]);
    place.put(&[("email", "bob@b.c")], &["MigratedAt"]);
    place.put(&[("email", "cy@b.c"), ("suspended", "true")], &[]);
    place.put(&[("email", "dora@b.c")], &[]);
    place
}

/// The rows of the codes, without their header.
fn codes(csv: &str) -> Vec<Vec<String>> {
    let mut rows = csv.lines().map(|line| line.split(',').map(str::to_owned).collect());
    assert_eq!(rows.next(), Some(["email", "user_name", "claim_code", "expires"].map(str::to_owned).to_vec()));
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.sort();
    rows
}

fn claim(place: &Place, email: &str) -> Option<(String, u64)> {
    let record = place.stack.dynamodb.item(KNOWN_USERS, email).unwrap();
    Some((record["ClaimCodeHash"].as_str()?.to_owned(), record["ClaimCodeExpires"].as_u64()?))
}

#[tokio::test]
async fn everybody_without_an_account_gets_a_code_of_which_the_table_keeps_the_hash() {
    let place = people().await;
    let ended = place.run(&["invite", "--all", "--output", "codes.csv", "--expires-in", "10days", "--json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.json(),
        json!({"outcome": "invited", "invited": 2, "left_out": 2, "account": null, "region": "eu-west-1"})
    );
    let rows = codes(&place.read("codes.csv"));
    assert_eq!(rows.iter().map(|row| (&*row[0], &*row[1])).collect::<Vec<_>>(), [("ann@b.c", "Ann"), ("dora@b.c", "")]);
    for row in &rows {
        let (hash, expires) = claim(&place, &row[0]).unwrap();
        assert_eq!(hash, Claim::hash_of(&row[2]));
        let said = humantime::parse_rfc3339(&row[3]).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(said == expires && (now + 9 * 86400..=now + 10 * 86400).contains(&expires), "{row:?}");
        assert!(!ended.stdout.contains(&row[2]) && !ended.stderr.contains(&row[2]));
    }
    assert_ne!(rows[0][2], rows[1][2]);
    assert_eq!((claim(&place, "bob@b.c"), claim(&place, "cy@b.c")), (None, None));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(place.path("codes.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // A code in force stays, and a file with codes is not written over.
    let before = place.table();
    let ended = place.run(&["invite", "--all"]).await;
    assert_eq!((ended.code, codes(&ended.stdout), place.table()), (Some(0), Vec::new(), before.clone()), "{ended:?}");
    let ended = place.run(&["invite", "--all", "--output", "codes.csv"]).await;
    assert_eq!((ended.code, place.table()), (Some(2), before), "{ended:?}");
}

#[tokio::test]
async fn who_is_asked_for_by_name_gets_a_new_code_or_is_named_with_the_reason() {
    let place = people().await;
    let first = codes(&place.run(&["invite", "ann"]).await.stdout);
    let ended = place.run(&["invite", "ANN@b.c", "bob@b.c", "cy@b.c", "eve@b.c"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let second = codes(&ended.stdout);
    assert_eq!((first.len(), second.len(), &second[0][0]), (1, 1, &"ann@b.c".to_owned()));
    assert_ne!(first[0][2], second[0][2]);
    assert_eq!(
        claim(&place, "ann@b.c").unwrap().0,
        Claim::hash_of(&second[0][2]),
        "the new one takes the old one's place"
    );
    for line in [
        "left out: bob@b.c: has an account in a user pool already",
        "left out: cy@b.c: suspended",
        "left out: eve@b.c: nobody is known by that email or user name",
    ] {
        assert!(ended.stderr.contains(line), "{line}: {ended:?}");
    }
    assert_eq!(place.table().len(), 4, "nobody was added");
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_is_written() {
    let place = people().await;
    let before = place.table();
    for words in [
        &["invite"][..],
        &["invite", "--all", "ann"],
        &["invite", "--all", "--json"],
        &["invite", "--all", "--expires-in", "soon"],
        &["invite", "--all", "--output", "no/such/folder.csv"],
    ] {
        let ended = place.run(words).await;
        assert_eq!((ended.code, place.table()), (Some(2), before.clone()), "{words:?}: {ended:?}");
    }
}

#[tokio::test]
async fn codes_that_are_written_down_are_in_force_also_where_the_table_says_no_in_the_middle() {
    let place = people().await;
    place
        .stack
        .dynamodb_faults
        .inject("UpdateItem", local_aws::faults::Fault::dynamodb_error(400, "AccessDeniedException", "no"));
    let ended = place.run(&["invite", "--all"]).await;
    assert_eq!((ended.code, codes(&ended.stdout)), (Some(1), Vec::new()), "{ended:?}");
    assert_eq!(claim(&place, "ann@b.c").or(claim(&place, "dora@b.c")), None);
}
