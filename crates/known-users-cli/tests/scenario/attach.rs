//! A pool that was there before the stack: attached, detached, and whatever goes wrong in between.

use known_user::Trigger;
use local_aws::account::{
    Aws, Disturbance,
    deployed::{POOL, POOL_ARN, function_arn},
    lambda::permission,
};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{environment::Ended, tool, wiring::full_pool};

const ATTACH: &[&str] = &["attach", "--user-pool-id", POOL, "--yes", "--json"];
const DETACH: &[&str] = &["detach", "--user-pool-id", POOL, "--yes", "--json"];
const REPLACE: &[&str] = &["--replace", "pre-authentication,post-confirmation"];

/// The pool with every setting set, and functions that nobody may call yet.
pub(crate) async fn account() -> Aws {
    let aws = Aws::start().await.unwrap();
    let mut account = aws.account();
    account.cognito.pool = full_pool();
    account.cognito.mfa = json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}, "MfaConfiguration": "OPTIONAL"});
    for function in account.lambda.functions.values_mut() {
        function.statements.clear();
    }
    drop(account);
    aws
}

/// The same, where no other maker's function is in the way.
async fn free_account() -> Aws {
    let aws = account().await;
    let mut account = aws.account();
    for trigger in ["PreAuthentication", "PostConfirmation"] {
        account.cognito.pool["LambdaConfig"].as_object_mut().unwrap().remove(trigger);
    }
    drop(account);
    aws
}

async fn run(aws: &Aws, folder: &TempDir, words: &[&str]) -> Ended {
    tool::run_in(aws, folder.path(), words, &[]).await
}

fn attached() -> Value {
    let mut lambda = full_pool()["LambdaConfig"].clone();
    for trigger in Trigger::ALL {
        lambda[trigger.cognito_name()] = json!(function_arn(trigger.logical_id()));
    }
    lambda
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn attaching_changes_what_the_pool_calls_and_nothing_else() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    let ended = run(&aws, &folder, &[ATTACH, REPLACE].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let result = ended.json();
    assert_eq!(result["outcome"], "done");
    assert_eq!(result["plan"]["lambdaConfig"], json!({"before": full_pool()["LambdaConfig"], "after": attached()}));

    let mut expected = before.clone();
    expected["pool"]["LambdaConfig"] = attached();
    for id in Trigger::ALL.map(Trigger::logical_id) {
        expected["policies"][format!("known-{id}")] =
            json!([permission(&format!("known-users-{POOL}"), &function_arn(id))]);
    }
    assert_eq!(aws.snapshot(), expected);
    // Whom the pool calls may be called before it calls them.
    let operations = aws.operations();
    let last_permission = operations.iter().rposition(|operation| operation == "AddPermission").unwrap();
    assert!(last_permission < operations.iter().position(|operation| operation == "UpdateUserPool").unwrap());

    // The backup is what the pool was.
    let [backup] = &files(folder.path())[..] else { panic!("one backup") };
    assert!(backup.starts_with(&format!("{POOL}.backup-")) && result["backup"] == backup.as_str());
    let backup: Value = serde_json::from_slice(&std::fs::read(folder.path().join(backup)).unwrap()).unwrap();
    assert_eq!(backup["UserPool"], full_pool());
}

#[tokio::test]
async fn once_more_there_is_nothing_to_do() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    run(&aws, &folder, &[ATTACH, REPLACE].concat()).await;
    let (before, calls) = (aws.snapshot(), aws.operations().len());
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(0), &json!("nothing-to-do")), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    let changing = ["UpdateUserPool", "AddPermission", "RemovePermission", "SetUserPoolMfaConfig"];
    assert!(!aws.operations()[calls..].iter().any(|operation| changing.contains(&operation.as_str())));
    assert_eq!(files(folder.path()).len(), 1, "and no second backup");
}

#[tokio::test]
async fn the_templates_own_permission_is_enough() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let statements = |id: &str, statement: Value| {
        aws.account().lambda.functions.get_mut(&format!("known-{id}")).unwrap().statements = vec![statement];
    };
    statements("PreSignUp", permission("stack-PreSignUpPermission-X", &function_arn("PreSignUp")));
    // This lets every pool in: ours gets a permission of its own beside it.
    let wide = json!({"Sid": "wide", "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "lambda:InvokeFunction"});
    statements("MigrateUser", wide);
    let ended = run(&aws, &folder, &[ATTACH, REPLACE].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let added: Vec<Value> = aws.bodies("AddPermission").iter().map(|body| body["Subject"].clone()).collect();
    assert_eq!(
        added,
        ["known-MigrateUser", "known-PreAuthentication", "known-PostAuthentication", "known-PostConfirmation"]
    );
    for body in aws.bodies("AddPermission") {
        assert_eq!(body["SourceArn"], POOL_ARN);
        assert_eq!(body["SourceAccount"], "123456789012");
    }
    let what = |index: usize| ended.json()["plan"]["permissions"][index]["what"].clone();
    assert_eq!([what(0), what(1), what(2)], ["there", "add", "too-wide"]);
}

#[tokio::test]
async fn another_makers_function_stays_until_somebody_says_otherwise() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(3), &json!("stopped")), "{ended:?}");
    let todo = ended.json()["error"]["todo"].as_str().unwrap().to_owned();
    assert_eq!(
        todo,
        "replace them: --replace pre-authentication,post-confirmation, or keep them: --only \
         pre-sign-up,migrate-user,post-authentication"
    );
    assert_eq!(aws.snapshot(), before);
    // As it says.
    let ended =
        run(&aws, &folder, &[ATTACH, &["--only", "pre-sign-up,migrate-user,post-authentication"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut lambda = attached();
    for trigger in ["PreAuthentication", "PostConfirmation"] {
        lambda[trigger] = full_pool()["LambdaConfig"][trigger].clone();
    }
    assert_eq!(aws.account().cognito.pool["LambdaConfig"], lambda);
    assert_eq!(aws.account().lambda.functions["known-PostConfirmation"].statements, Vec::<Value>::new());
}

#[tokio::test]
async fn without_a_yes_or_a_terminal_the_plan_is_all_there_is() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    for words in [
        &["attach", "--user-pool-id", POOL][..],
        &["attach", "--user-pool-id", POOL, "--dry-run"],
        &["detach", "--user-pool-id", POOL],
    ] {
        let ended = run(&aws, &folder, &[words, if words[0] == "attach" { REPLACE } else { &[] }].concat()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        if words[0] == "attach" {
            for line in [
                format!("    - PostConfirmation: {}\n", full_pool()["LambdaConfig"]["PostConfirmation"]),
                format!("    + PostConfirmation: {:?}\n", function_arn("PostConfirmation")),
                format!("      CustomMessage: {}\n", full_pool()["LambdaConfig"]["CustomMessage"]),
                format!("    + this pool of this account may call `{}`\n", function_arn("MigrateUser")),
                "Nothing was changed".to_owned(),
            ] {
                assert!(ended.stdout.contains(&line), "{line}: {ended:?}");
            }
        }
    }
    assert_eq!((aws.snapshot(), files(folder.path())), (before, Vec::new()));
}

#[tokio::test]
async fn a_setting_that_is_new_stops_it_unless_it_is_allowed() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    aws.account().cognito.pool["QuantumSettings"] = json!({"Qubits": 5});
    aws.account().cognito.pool["Policies"]["PasswordPolicy"]["NewRule"] = json!({"deep": [1, 2]});
    let before = aws.snapshot();
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(3), &json!("stopped")), "{ended:?}");
    assert!(ended.json()["error"]["todo"].as_str().unwrap().contains("--allow-unknown QuantumSettings"), "{ended:?}");
    assert_eq!((aws.snapshot(), files(folder.path())), (before.clone(), Vec::new()));

    let ended = run(&aws, &folder, &[ATTACH, &["--allow-unknown", "QuantumSettings"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut expected = before;
    expected["pool"]["LambdaConfig"] = attached();
    assert_eq!(aws.snapshot()["pool"], expected["pool"], "new members are sent back, wherever they are");
}

#[tokio::test]
async fn what_an_update_lost_is_noticed_and_everything_is_put_back() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    aws.account().cognito.update_loses = Some("UserPoolTags");
    let before = aws.snapshot();
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.json()["error"]["said"].as_str().unwrap().contains("UserPoolTags"), "{ended:?}");
    assert_eq!(ended.json()["putBack"]["left"], json!([]));
    assert!(ended.stderr.contains("the pool is as it was, which was read back"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    assert_eq!(aws.bodies("RemovePermission").len(), 5);
}

#[tokio::test]
async fn what_cannot_be_put_back_is_said_with_the_backup() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    aws.account().cognito.update_loses = Some("UserPoolTags");
    aws.account().cognito.every_update_loses = true;
    let ended = run(&aws, &folder, &[ATTACH, &["--backup", "kept.json"]].concat()).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert_eq!(ended.json()["outcome"], "something-left");
    let left = &ended.json()["putBack"]["left"][0];
    assert!(left["what"].as_str().unwrap().contains("UserPoolTags"), "{left}");
    assert!(left["todo"].as_str().unwrap().contains("`kept.json`"), "{left}");
    assert!(ended.stderr.contains("what to do: compare the pool with the backup"), "{ended:?}");
    assert_eq!(files(folder.path()), ["kept.json"]);
}

#[tokio::test]
async fn second_factors_that_an_update_turned_off_are_put_back_at_once() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    aws.account().cognito.update_loses_mfa = true;
    let before = aws.snapshot();
    assert_eq!(run(&aws, &folder, ATTACH).await.code, Some(0));
    assert_eq!(aws.snapshot()["mfa"], before["mfa"]);
}

#[tokio::test]
async fn a_pool_whose_second_factor_is_an_app_is_attached_or_left_as_it_was() {
    let with_an_app = || async {
        let aws = free_account().await;
        aws.account().cognito.pool.as_object_mut().unwrap().remove("SmsConfiguration");
        aws
    };
    let (aws, folder) = (with_an_app().await, TempDir::new().unwrap());
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.account().cognito.pool["MfaConfiguration"], "OPTIONAL");
    assert!(ended.stderr.contains("Its second factor is not SMS"), "{ended:?}");
    let update = aws.operations().iter().position(|operation| operation == "UpdateUserPool").unwrap();

    let (aws, folder) = (with_an_app().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    aws.account().disturb = Some((update, Disturbance::Refused("InvalidParameterException")));
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("what to do: nothing was changed"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_is_refused_everything_is_as_it_was_or_is_said_to_be_left() {
    let first = free_account().await;
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&first, &folder, ATTACH).await.code, Some(0));
    let last = first.operations().len();
    for (number, operation) in first.operations().iter().enumerate() {
        let (aws, folder) = (free_account().await, TempDir::new().unwrap());
        let before = aws.snapshot();
        aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
        let ended = run(&aws, &folder, ATTACH).await;
        let context = format!("{number} of {last}, {operation}: {ended:?}");
        if operation == "GetCallerIdentity" {
            assert_eq!((ended.code, &ended.json()["account"]), (Some(0), &json!(null)), "{context}");
            continue;
        }
        assert_eq!(ended.code, Some(1), "{context}");
        assert_eq!(aws.snapshot(), before, "{context}");
        assert_eq!(ended.json()["error"]["code"], "AccessDeniedException", "{context}");
        assert!(ended.stderr.contains(&format!(":{operation}`")), "the permission is named: {context}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_is_under_way_at_ctrl_c_everything_is_as_it_was() {
    let first = free_account().await;
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&first, &folder, ATTACH).await.code, Some(0));
    for (number, operation) in first.operations().iter().enumerate() {
        let (aws, folder) = (free_account().await, TempDir::new().unwrap());
        let before = aws.snapshot();
        aws.account().disturb = Some((number, Disturbance::Interrupted));
        let ended = run(&aws, &folder, ATTACH).await;
        let context = format!("{number} {operation}: {ended:?}");
        assert_eq!(ended.code, Some(130), "{context}");
        assert_eq!(aws.snapshot(), before, "{context}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_while_everything_is_put_back_says_what_is_left() {
    let losing = || async {
        let aws = free_account().await;
        aws.account().cognito.update_loses = Some("UserPoolTags");
        aws
    };
    let (aws, folder) = (losing().await, TempDir::new().unwrap());
    assert_eq!(run(&aws, &folder, ATTACH).await.code, Some(1));
    let second_update = aws.operations().iter().rposition(|operation| operation == "UpdateUserPool").unwrap();

    let (aws, folder) = (losing().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    aws.account().disturb = Some((second_update, Disturbance::Interrupted));
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert_eq!(aws.snapshot()["pool"], before["pool"], "the call under way is waited for");
    let result = ended.json();
    let left = result["putBack"]["left"].as_array().unwrap();
    assert_eq!(left.len(), 5, "{ended:?}");
    assert!(left[0]["todo"].as_str().unwrap().starts_with("aws lambda remove-permission --function-name"), "{left:?}");
}

#[tokio::test]
async fn a_function_whose_policy_denies_it_is_not_attached() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    let mut denies = permission("x", &function_arn("PreSignUp"));
    denies["Effect"] = json!("Deny");
    aws.account().lambda.functions.get_mut("known-PreSignUp").unwrap().statements = vec![denies];
    let before = aws.snapshot();
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("its policy denies it"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn a_detach_that_fails_leaves_everything_attached() {
    let attached = || async {
        let (aws, folder) = (free_account().await, TempDir::new().unwrap());
        assert_eq!(run(&aws, &folder, ATTACH).await.code, Some(0));
        aws.account().calls.clear();
        (aws, folder)
    };
    let (first, folder) = attached().await;
    assert_eq!(run(&first, &folder, DETACH).await.code, Some(0));
    let operations = first.operations();
    for (number, operation) in operations.iter().enumerate() {
        let (aws, folder) = attached().await;
        let before = aws.snapshot();
        aws.account().disturb = Some((number, Disturbance::Refused("AccessDeniedException")));
        let ended = run(&aws, &folder, DETACH).await;
        let context = format!("{number} {operation}: {ended:?}");
        if operation == "GetCallerIdentity" {
            assert_eq!((ended.code, &ended.json()["account"]), (Some(0), &json!(null)), "{context}");
        } else if operation == "RemovePermission" {
            // The pool is detached by then; what is left is one permission.
            assert_eq!(ended.code, Some(4), "{context}");
            assert_eq!(ended.json()["putBack"]["left"].as_array().unwrap().len(), 1, "{context}");
            assert_ne!(aws.snapshot(), before, "{context}");
        } else {
            assert_eq!(ended.code, Some(1), "{context}");
            assert_eq!(aws.snapshot(), before, "{context}");
        }
    }
}

#[tokio::test]
async fn detaching_takes_our_functions_out_and_their_permissions() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    run(&aws, &folder, ATTACH).await;
    let ended = run(&aws, &folder, DETACH).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    let ended = run(&aws, &folder, DETACH).await;
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(0), &json!("nothing-to-do")), "{ended:?}");
}

#[tokio::test]
async fn detaching_with_a_backup_restores_what_was_called_before() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let before = aws.snapshot();
    run(&aws, &folder, &[ATTACH, REPLACE, &["--backup", "before.json"]].concat()).await;
    // Somebody has changed the tags since: those stay.
    aws.account().cognito.pool["UserPoolTags"] = json!({"team": "others"});
    let ended = run(&aws, &folder, &[DETACH, &["--restore", "before.json"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut expected = before;
    expected["pool"]["UserPoolTags"] = json!({"team": "others"});
    assert_eq!(aws.snapshot(), expected);
}

#[tokio::test]
async fn what_a_backup_has_and_lambda_has_not_is_said_before_it_is_restored() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    let theirs = aws.account().lambda.functions["known-PreSignUp"].clone();
    aws.account().lambda.functions.insert("check".to_owned(), theirs);
    run(&aws, &folder, &[ATTACH, REPLACE, &["--backup", "before.json"]].concat()).await;
    let ended = run(&aws, &folder, &["detach", "--user-pool-id", POOL, "--restore", "before.json"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("The backup's function `arn:aws:lambda:eu-west-1:123456789012:function:confirmed`"));
    assert!(!ended.stdout.contains("The backup's function `arn:aws:lambda:eu-west-1:123456789012:function:check`"));
}

#[tokio::test]
async fn functions_of_a_stack_that_is_gone_are_taken_out_by_name() {
    let (aws, folder) = (account().await, TempDir::new().unwrap());
    aws.account().cloudformation.outputs = None;
    aws.account().lambda.functions.clear();
    aws.account().cognito.pool["LambdaConfig"]["PreSignUp"] = json!(function_arn("PreSignUp"));
    let ended = run(&aws, &folder, DETACH).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.json()["error"]["todo"].as_str().unwrap().contains("--function"), "{ended:?}");
    let ended = run(&aws, &folder, &[DETACH, &["--function", &function_arn("PreSignUp")]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(aws.account().cognito.pool["LambdaConfig"], full_pool()["LambdaConfig"]);
    assert!(aws.bodies("RemovePermission").is_empty(), "they are gone with the functions");
}

#[tokio::test]
async fn a_backup_is_never_overwritten_and_of_this_pool() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    let file = folder.path().join("kept.json");
    std::fs::write(&file, r#"{"UserPool": {"Id": "eu-west-1_OTHER"}}"#).unwrap();
    let before = aws.snapshot();
    let ended = run(&aws, &folder, &[ATTACH, &["--backup", "kept.json"]].concat()).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let ended = run(&aws, &folder, &[DETACH, &["--restore", "kept.json"]].concat()).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("the backup is another pool's"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), r#"{"UserPool": {"Id": "eu-west-1_OTHER"}}"#);
}

#[tokio::test]
async fn a_function_that_is_not_there_is_not_attached() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    aws.account().lambda.functions.remove("known-MigrateUser");
    let before = aws.snapshot();
    let ended = run(&aws, &folder, ATTACH).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("there is no such function"), "{ended:?}");
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test]
async fn what_somebody_else_changes_between_plan_and_deed_stops_it() {
    let (aws, folder) = (free_account().await, TempDir::new().unwrap());
    let colleague = async {
        while aws.bodies("GetPolicy").is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        aws.account().cognito.pool["UserPoolTags"] = json!({"team": "others"});
    };
    let (ended, ()) = tokio::join!(run(&aws, &folder, ATTACH), colleague);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("somebody changed the pool meanwhile: UserPoolTags"), "{ended:?}");
    assert!(aws.bodies("UpdateUserPool").is_empty() && aws.bodies("AddPermission").is_empty());
}
