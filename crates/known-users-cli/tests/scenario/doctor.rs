//! What doctor finds, in an account where everything is well but for one thing.

use serde_json::{Value, json};

use crate::{
    aws::{self, Account, Aws, CLIENT, Disturbance, FUNCTIONS, POOL, function_arn},
    tool::{self, Ended},
};

const DOCTOR: &[&str] = &["doctor", "--json"];

/// Where nothing is to be found.
async fn well() -> Aws {
    let aws = Aws::start().await;
    let mut account = aws.account();
    let pool = &mut account.pool;
    pool["UsernameConfiguration"] = json!({"CaseSensitive": false});
    pool["EmailConfiguration"] = json!({"EmailSendingAccount": "DEVELOPER"});
    pool["DeletionProtection"] = json!("ACTIVE");
    for id in FUNCTIONS {
        let name = if id == "MigrateUser" { "UserMigration" } else { id };
        pool["LambdaConfig"][name] = json!(function_arn(id));
    }
    account.pool["UserAttributeUpdateSettings"] = json!({"AttributesRequireVerificationBeforeUpdate": ["email"]});
    account.client["PreventUserExistenceErrors"] = json!("ENABLED");
    account.client["WriteAttributes"] = json!(["email", "name"]);
    account.tables.insert("KnownUsers".to_owned(), table());
    drop(account);
    aws
}

fn table() -> Value {
    let key = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    json!({"TableName": "KnownUsers", "TableStatus": "ACTIVE", "KeySchema": key("UserEmail"),
        "DeletionProtectionEnabled": true, "GlobalSecondaryIndexes": [
            {"IndexName": "ByUserName", "IndexStatus": "ACTIVE", "KeySchema": key("UserNameKey")}]})
}

/// The ids of what was found, with their severities.
fn found(ended: &Ended) -> Vec<String> {
    let result = ended.json();
    let findings = result["findings"].as_array().unwrap_or_else(|| panic!("{ended:?}"));
    for finding in findings {
        for member in ["about", "reason", "remedy"] {
            assert!(!finding[member].as_str().unwrap().is_empty(), "{finding}");
        }
    }
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    findings.iter().map(|finding| format!("{} {}", text(finding, "severity"), text(finding, "id"))).collect()
}

#[tokio::test]
async fn where_all_is_well_nothing_is_found_and_nothing_is_changed() {
    let aws = well().await;
    let before = aws.snapshot();
    let ended = tool::run_with(&aws, DOCTOR, &[]).await;
    assert_eq!((found(&ended), ended.code), (Vec::new(), Some(0)), "{ended:?}");
    assert_eq!(ended.json()["outcome"], "well");
    assert_eq!(aws.snapshot(), before);
    for operation in aws.operations() {
        let is_reading = ["Describe", "Get", "List", "Scan"].iter().any(|verb| operation.starts_with(verb));
        assert!(is_reading, "{operation}");
    }
}

type Ill = (&'static str, i32, fn(&mut Account));

/// One thing that is not well, what it is called, and the exit code.
const ILLS: [Ill; 46] = [
    ("warning case-sensitive-pool", 3, |account| {
        account.pool["UsernameConfiguration"]["CaseSensitive"] = json!(true);
        environment(account, "MigrateUser")["USER_NAMES_CASE_SENSITIVE"] = json!("true");
    }),
    ("warning case-sensitive-pool", 3, |account| {
        account.pool["UsernameConfiguration"] = json!(null);
        environment(account, "MigrateUser")["USER_NAMES_CASE_SENSITIVE"] = json!("true");
    }),
    ("error letter-case-mismatch", 5, |account| {
        environment(account, "MigrateUser")["USER_NAMES_CASE_SENSITIVE"] = json!("true");
    }),
    ("error letter-case-mismatch", 5, |account| {
        environment(account, "PostAuthentication")["USER_NAMES_CASE_SENSITIVE"] = json!("true");
    }),
    ("error settings-disagree", 5, |account| {
        environment(account, "PostAuthentication")["CHECK_SUSPENDED"] = json!("after");
    }),
    ("error match-in-email-pool", 5, |account| in_email_pool(account, "match")),
    ("error unproven-email-signs-in", 5, |account| {
        in_email_pool(account, "claim");
        account.pool["UserAttributeUpdateSettings"] = json!({"AttributesRequireVerificationBeforeUpdate": []});
    }),
    ("warning email-changes-unproven", 3, |account| account.pool["UserAttributeUpdateSettings"] = json!(null)),
    ("error phone-signs-in", 5, |account| account.pool["UsernameAttributes"] = json!(["phone_number"])),
    ("warning phone-is-alias", 3, |account| account.pool["AliasAttributes"] = json!(["phone_number"])),
    ("warning preferred-user-name-is-alias", 3, |account| {
        account.pool["AliasAttributes"] = json!(["preferred_username"]);
    }),
    ("warning custom-attribute-writable", 3, |account| account.client["WriteAttributes"] = json!([])),
    ("warning custom-attribute-writable", 3, |account| {
        account.client["WriteAttributes"] = json!(["email", "custom:legacy_id"]);
    }),
    ("warning no-recovery-by-email", 3, |account| {
        account.pool["AccountRecoverySetting"] = json!({"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]});
    }),
    ("warning dummy-hash-differs", 3, |account| {
        setting(account, "MigrateUser")["Environment"]["Variables"]["DUMMY_HASH"] = json!("none");
    }),
    ("warning dummy-hash-differs", 3, |account| {
        let other = "$1$28772684$iEwNOgGugqO9.bIz5sk8k/";
        setting(account, "MigrateUser")["Environment"]["Variables"]["DUMMY_HASH"] = json!(other);
    }),
    ("note cognito-sends-the-mail", 0, |account| account.pool["EmailConfiguration"] = json!({})),
    ("note pool-deletion-protection-off", 0, |account| account.pool["DeletionProtection"] = json!("INACTIVE")),
    ("error client-without-password-flow", 5, |account| {
        account.client["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH"]);
    }),
    ("error client-without-password-flow", 5, |account| account.client["ExplicitAuthFlows"] = json!([])),
    ("warning client-without-password-flow", 3, |account| {
        account.other_clients.push(json!({"UserPoolId": POOL, "ClientId": "2other", "ClientName": "other",
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"], "PreventUserExistenceErrors": "ENABLED",
            "WriteAttributes": ["email"]}));
    }),
    ("warning user-existence-told", 3, |account| account.client["PreventUserExistenceErrors"] = json!("LEGACY")),
    ("warning user-existence-told", 3, |account| account.client["PreventUserExistenceErrors"] = json!(null)),
    ("error permission-missing", 5, |account| statements(account, "MigrateUser", json!([]))),
    ("error permission-missing", 5, |account| {
        let mut another = aws::permission("x", &function_arn("PreSignUp"));
        another["Condition"]["ArnLike"]["AWS:SourceArn"] = json!("arn:aws:cognito-idp:eu-west-1:1:userpool/other");
        statements(account, "PreSignUp", json!([another]));
    }),
    ("warning permission-too-wide", 3, |account| {
        let mut wide = aws::permission("x", &function_arn("PreSignUp"));
        wide["Condition"] = json!({"StringEquals": {"AWS:SourceAccount": "123456789012"}});
        statements(account, "PreSignUp", json!([wide]));
    }),
    ("error permission-denied", 5, |account| {
        let mut denies = aws::permission("x", &function_arn("PreSignUp"));
        denies["Effect"] = json!("Deny");
        let allows = aws::permission("y", &function_arn("PreSignUp"));
        statements(account, "PreSignUp", json!([denies, allows]));
    }),
    ("error sign-in-with-mismatch", 5, |account| {
        setting(account, "MigrateUser")["Environment"]["Variables"]["SIGN_IN_WITH"] = json!("email");
    }),
    ("error sign-in-with-mismatch", 5, |account| {
        account.pool["AliasAttributes"] = json!(["email"]);
        setting(account, "MigrateUser")["Environment"]["Variables"]["SIGN_IN_WITH"] = json!("email-alias");
    }),
    ("warning function-of-another-table", 3, |account| {
        setting(account, "PreSignUp")["Environment"]["Variables"]["KNOWN_USERS_TABLE"] = json!("Others");
    }),
    ("error function-failed", 5, |account| setting(account, "PreSignUp")["State"] = json!("Failed")),
    ("error calls-deleted-function", 5, |account| {
        account.pool["LambdaConfig"]["CustomMessage"] = json!(function_arn("Message"));
    }),
    ("error calls-deleted-function", 5, |account| {
        account.pool["LambdaConfig"]["CustomEmailSender"] =
            json!({"LambdaArn": function_arn("Sender"), "LambdaVersion": "V1_0"});
    }),
    ("warning trigger-not-attached", 3, |account| {
        account.pool["LambdaConfig"].as_object_mut().unwrap().remove("UserMigration");
    }),
    ("warning trigger-of-another-maker", 3, |account| {
        let theirs = account.functions["known-PreSignUp"].clone();
        account.functions.insert("known-theirs".to_owned(), theirs);
        account.pool["LambdaConfig"]["UserMigration"] = json!(function_arn("theirs"));
    }),
    ("error ses-identity-not-verified", 5, |account| account.identities.clear()),
    ("error ses-identity-not-verified", 5, |account| {
        account.identities.get_mut("welcome@example.com").unwrap()["VerifiedForSendingStatus"] = json!(false);
    }),
    ("warning ses-sandbox", 3, |account| account.mail["ProductionAccessEnabled"] = json!(false)),
    ("error ses-sending-off", 5, |account| account.mail["SendingEnabled"] = json!(false)),
    ("error index-missing", 5, |account| {
        account.tables.get_mut("KnownUsers").unwrap()["GlobalSecondaryIndexes"] = json!([]);
    }),
    ("error index-missing", 5, |account| {
        account.tables.get_mut("KnownUsers").unwrap()["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"] =
            json!("UserName");
    }),
    ("warning index-not-ready", 3, |account| {
        account.tables.get_mut("KnownUsers").unwrap()["GlobalSecondaryIndexes"][0]["IndexStatus"] = json!("CREATING");
    }),
    ("error table-key-wrong", 5, |account| {
        account.tables.get_mut("KnownUsers").unwrap()["KeySchema"][0]["AttributeName"] = json!("Id");
    }),
    ("error function-missing", 5, |account| {
        account.functions.remove("known-PreSignUp");
        account.pool["LambdaConfig"].as_object_mut().unwrap().remove("PreSignUp");
    }),
    ("warning table-deletion-protection-off", 3, |account| {
        account.tables.get_mut("KnownUsers").unwrap()["DeletionProtectionEnabled"] = json!(false);
    }),
    ("warning point-in-time-recovery-off", 3, |account| account.point_in_time = false),
];

fn statements(account: &mut Account, id: &str, statements: Value) {
    let function = account.functions.get_mut(&format!("known-{id}")).unwrap();
    function.statements = statements.as_array().unwrap().clone();
}

/// A pool whose user names are emails, and functions that know it.
fn in_email_pool(account: &mut Account, policy: &str) {
    account.pool["UsernameAttributes"] = json!(["email"]);
    for id in FUNCTIONS {
        environment(account, id)["SIGN_IN_WITH"] = json!("email");
    }
    environment(account, "PreSignUp")["SIGN_UP_POLICY"] = json!(policy);
}

fn environment<'a>(account: &'a mut Account, id: &str) -> &'a mut Value {
    &mut setting(account, id)["Environment"]["Variables"]
}

#[tokio::test]
async fn what_records_say_of_each_other_and_of_another_pool_is_found_and_nobody_is_named() {
    type Put = (Value, &'static str, i32);
    let login = |pool: &str| json!({"UserPoolId": pool, "Time": "2026-11-20T10:00:00.000Z"});
    let cases: [Put; 5] = [
        (
            json!({"UserEmail": "two@b.c", "UserSub": "s", "LastLogin": login("eu-west-1_OTHER")}),
            "error table-of-two-pools",
            5,
        ),
        (json!({"UserEmail": "two@b.c", "UserSub": "s", "LastLogin": login(POOL)}), "", 0),
        (json!({"UserEmail": "two@b.c", "ReadmittedAt": "t", "LastLogin": login("eu-west-1_OTHER")}), "", 0),
        (json!({"UserEmail": "two@b.c", "UserName": "LAN", "UserNameKey": "lan"}), "warning user-name-shared", 3),
        (json!({"UserEmail": "Two@b.c"}), "warning key-not-normalised", 3),
    ];
    for (record, finding, code) in cases {
        let aws = well().await;
        aws.put(&record);
        let ended = tool::run_with(&aws, DOCTOR, &[]).await;
        let expected: Vec<String> = [finding.to_owned()].into_iter().filter(|id| !id.is_empty()).collect();
        assert_eq!((found(&ended), ended.code), (expected, Some(code)), "{record}: {ended:?}");
        assert!(!ended.stdout.contains("wo@b.c") && !ended.stdout.contains("lan"), "{ended:?}");
    }
}

fn setting<'a>(account: &'a mut Account, id: &str) -> &'a mut Value {
    &mut account.functions.get_mut(&format!("known-{id}")).unwrap().configuration
}

#[tokio::test(flavor = "multi_thread")]
async fn each_ill_is_found_by_its_id_and_nothing_else_is() {
    for (number, (finding, code, make_ill)) in ILLS.into_iter().enumerate() {
        let aws = well().await;
        make_ill(&mut aws.account());
        let ended = tool::run_with(&aws, DOCTOR, &[]).await;
        let mut all = found(&ended);
        all.dedup();
        // A pool whose sign-in is another one is another one for both functions that are told.
        assert_eq!((all, ended.code), (vec![finding.to_owned()], Some(code)), "{number}: {ended:?}");
    }
}

#[tokio::test]
async fn a_verified_domain_is_enough_and_a_client_for_machines_needs_no_password_flow() {
    let aws = well().await;
    let identity = aws.account().identities.remove("welcome@example.com").unwrap();
    aws.account().identities.insert("example.com".to_owned(), identity);
    let machine = json!({"UserPoolId": POOL, "ClientId": "2machine", "ClientName": "machine",
        "AllowedOAuthFlows": ["client_credentials"]});
    aws.account().other_clients.push(machine);
    let ended = tool::run_with(&aws, DOCTOR, &[]).await;
    assert_eq!((found(&ended), ended.code), (Vec::new(), Some(0)), "{ended:?}");
}

#[tokio::test]
async fn a_function_is_looked_at_by_the_alias_that_the_pool_calls() {
    let aws = well().await;
    aws.account().pool["LambdaConfig"]["PreSignUp"] = json!(format!("{}:live", function_arn("PreSignUp")));
    let ended = tool::run_with(&aws, DOCTOR, &[]).await;
    assert_eq!((found(&ended), ended.code), (Vec::new(), Some(0)), "{ended:?}");
    for operation in ["GetFunctionConfiguration", "GetPolicy"] {
        let asked = aws.bodies(operation);
        assert_eq!(asked.iter().filter(|body| body["Qualifier"] == "live").count(), 1, "{operation}: {asked:?}");
    }
}

#[tokio::test]
async fn hashes_that_need_more_memory_are_found_and_none_is_shown() {
    let aws = well().await;
    let hash = |cost: u32| format!("$2b${cost:02}$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O");
    for (at, encoded) in [hash(10), hash(13), hash(13), "plain-secret".to_owned()].into_iter().enumerate() {
        aws.put(&json!({"UserEmail": format!("h{at}@example.com"), "PasswordHash": encoded}));
    }
    let ended = tool::run_with(&aws, DOCTOR, &[]).await;
    assert_eq!(found(&ended), ["error memory-too-small", "warning hash-unreadable"], "{ended:?}");
    let result = ended.json();
    assert_eq!(result["hashes"]["formats"]["bcrypt"], json!({"count": 4, "neededMemory": 576}));
    assert_eq!(result["findings"][0]["remedy"], "deploy the stack with MigrateUserMemorySize=576");
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains("plain-secret") && !text.contains("K57F") && !text.contains("h0@"), "{text}");
    }
    for scan in aws.bodies("Scan") {
        let read = "PasswordHash, Attributes, UserEmail, UserNameKey, UserSub, ConfirmedAt, LastLogin";
        assert_eq!(scan["ProjectionExpression"], read, "nothing else is read");
    }
    aws.account().functions.get_mut("known-MigrateUser").unwrap().configuration["MemorySize"] = json!(576);
    assert_eq!(found(&tool::run_with(&aws, DOCTOR, &[]).await), ["warning hash-unreadable"]);

    let scans = aws.bodies("Scan").len();
    let ended = tool::run_with(&aws, &[DOCTOR, &["--sample", "0"]].concat(), &[]).await;
    assert_eq!((found(&ended), aws.bodies("Scan").len()), (Vec::new(), scans));
    let ended = tool::run_with(&aws, &[DOCTOR, &["--sample", "2"]].concat(), &[]).await;
    assert_eq!(
        (&ended.json()["hashes"]["records"], &ended.json()["hashes"]["tableHasMore"]),
        (&json!(2), &json!(true))
    );
}

#[tokio::test]
async fn a_pool_that_outlived_its_stack_is_looked_at_all_the_same() {
    let aws = well().await;
    aws.account().stack_exists = false;
    aws.account().functions.clear();
    let ended = tool::run_with(&aws, &[DOCTOR, &["--user-pool-id", POOL, "--client-id", CLIENT]].concat(), &[]).await;
    assert_eq!(found(&ended), ["error calls-deleted-function"; 5], "{ended:?}");
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(1), &json!("not-everything-seen")));
    let ended = tool::run_with(&aws, DOCTOR, &[]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("AWS said: ValidationError: Stack with id"), "{ended:?}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error() {
    let aws = well().await;
    let ended = tool::run_with(&aws, &[DOCTOR, &["--table", "Nowhere"]].concat(), &[]).await;
    let all = found(&ended);
    assert!(all.contains(&"error table-missing".to_owned()), "{ended:?}");
    assert_eq!(ended.code, Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_is_listed_and_the_rest_is_looked_at() {
    let first = well().await;
    assert_eq!(tool::run_with(&first, DOCTOR, &[]).await.code, Some(0));
    for (number, operation) in first.operations().iter().enumerate() {
        let aws = well().await;
        aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
        let ended = tool::run_with(&aws, DOCTOR, &[]).await;
        let context = format!("{number} {operation}: {ended:?}");
        assert_eq!(ended.code, Some(1), "{context}");
        assert!(ended.stderr.contains(&format!(":{operation}`")), "the permission is named: {context}");
        if number > 0 {
            assert_eq!(ended.json()["notSeen"].as_array().unwrap().len(), 1, "{context}");
            assert_eq!(found(&ended), Vec::<String>::new(), "{context}");
        }
    }
}

#[tokio::test]
async fn for_people_every_finding_has_three_lines() {
    let aws = well().await;
    aws.account().point_in_time = false;
    let ended = tool::run_with(&aws, &["doctor"], &[]).await;
    assert_eq!(
        ended.stdout,
        "==> warning point-in-time-recovery-off: table `KnownUsers`\n    why: a wrong import cannot be undone\n    \
         what to do: aws dynamodb update-continuous-backups --table-name KnownUsers \
         --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true\n\
         ==> Findings: 0 of severity error, 1 of severity warning, 0 of severity note\n"
    );
    assert_eq!(ended.code, Some(3));
}
