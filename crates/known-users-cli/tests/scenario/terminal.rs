//! Somebody at a terminal: answers typed, and Ctrl-C at every prompt.

use std::{process::Command, time::Duration};

use local_aws::account::{
    Aws,
    cognito::{CODE, TOKEN},
    deployed::{POOL, function_arn},
};
use rexpect::session::PtySession;

use crate::{
    environment::{
        self, PASSWORD,
        terminal::{self, end},
    },
    tool,
};

const ENTER: &str = "\r";

fn at_a_terminal(aws: &Aws, words: &[&str]) -> PtySession {
    terminal::start(environment::command(&aws.url, words, &[]))
}

fn expect(session: &mut PtySession, text: &str) {
    session.exp_string(text).unwrap_or_else(|error| panic!("`{text}` did not appear: {error}"));
}

fn answer(session: &mut PtySession, question: &str, text: &str) {
    expect(session, question);
    session.send(text).unwrap();
    session.send(ENTER).unwrap();
    session.flush().unwrap();
}

/// The prompts of each scenario, and what is answered.
fn scenarios() -> [(&'static str, Vec<(&'static str, &'static str)>); 3] {
    let clean_up = ("Delete what this made", "y");
    [
        ("auto-confirm", vec![("Which known user?", "lan"), ("A password for `lan`", PASSWORD), clean_up]),
        (
            "migrate-user",
            vec![
                ("A user name that nobody has:", "Mia"),
                ("An email that you own", "mia@example.com"),
                ("The code of the mail:", CODE),
                ("A new password for `Mia`", PASSWORD),
                clean_up,
            ],
        ),
        ("activity-log", vec![("Which known user?", "lan"), ("A password for `lan`", PASSWORD), clean_up]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_asked_and_no_answer_that_is_secret_is_shown() {
    for (scenario, questions) in scenarios() {
        let aws = Aws::start().await.unwrap();
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = at_a_terminal(&aws, &["scenario", scenario]);
            let mut shown = String::new();
            for (question, text) in &questions {
                shown += &session.exp_string(question).unwrap_or_else(|error| panic!("`{question}`: {error}"));
                session.send(text).unwrap();
                session.send(ENTER).unwrap();
                session.flush().unwrap();
            }
            let (rest, code) = end(&mut session);
            shown += &rest;
            assert_eq!(code, 0, "{scenario}: {shown}");
            assert!(shown.contains("signed in: access token valid for 60 minutes"), "{shown}");
            assert!(!shown.contains(PASSWORD) && !shown.contains(TOKEN), "{shown}");
        });
        assert_eq!(aws.snapshot(), before, "{scenario}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_any_prompt_leaves_everything_as_it_was() {
    for (scenario, questions) in scenarios() {
        for at in 0..questions.len() {
            let aws = Aws::start().await.unwrap();
            // Attaching has to be undone as well.
            aws.account().cognito.pool["LambdaConfig"] = serde_json::json!({});
            let before = aws.snapshot();
            tokio::task::block_in_place(|| {
                let mut session = at_a_terminal(&aws, &["scenario", scenario]);
                for (question, text) in &questions[..at] {
                    answer(&mut session, question, text);
                }
                expect(&mut session, questions[at].0);
                session.send_control('c').unwrap();
                let (rest, code) = end(&mut session);
                // The last question is whether to clean up: the story has been told by then.
                let expected = if at + 1 == questions.len() { 0 } else { 130 };
                assert_eq!(code, expected, "{scenario} at {}: {rest}", questions[at].0);
            });
            assert_eq!(aws.snapshot(), before, "{scenario} at {}", questions[at].0);
        }
    }
}

/// What is asked where nobody is known yet.
const SAMPLE: &str = "Add a sample person for the time of this scenario?";

/// What stands before it, on a line of its own.
const CALLER: &str = "(account 123456789012, region eu-west-1)\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn on_a_fresh_stack_a_sample_person_is_offered_and_gone_afterwards() {
    for scenario in ["auto-confirm", "activity-log"] {
        let aws = Aws::fresh().await.unwrap();
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = at_a_terminal(&aws, &["scenario", scenario]);
            expect(
                &mut session,
                "Nobody takes part yet: the table `KnownUsers` has nobody who could take part (account",
            );
            answer(&mut session, SAMPLE, "");
            answer(&mut session, "A password for `sample-", PASSWORD);
            expect(&mut session, &format!("Clean up {CALLER}"));
            answer(&mut session, "Delete what this made", "y");
            let (rest, code) = end(&mut session);
            assert_eq!(code, 0, "{scenario}: {rest}");
        });
        assert_eq!(aws.bodies("PutItem").len(), 1);
        assert_eq!(aws.snapshot(), before, "{scenario}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_added_where_the_answer_is_no_or_nothing_for_a_person_who_was_named() {
    for (who, why, text) in [
        (&[][..], "has nobody who could take part", "n"),
        (&["--user", "lna"], "has nobody by that email or user name", ""),
    ] {
        let aws = Aws::fresh().await.unwrap();
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = at_a_terminal(&aws, &[&["scenario", "auto-confirm"], who].concat());
            expect(&mut session, &format!("Nobody takes part yet: the table `KnownUsers` {why} {CALLER}"));
            answer(&mut session, SAMPLE, text);
            let (rest, code) = end(&mut session);
            assert_eq!(code, 1, "{rest}");
            assert!(rest.contains("--with-sample-people"), "{rest}");
        });
        assert!(aws.bodies("PutItem").is_empty());
        assert_eq!(aws.snapshot(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_any_prompt_leaves_no_sample_person_behind() {
    let questions = [(SAMPLE, "y"), ("A password for `sample-", PASSWORD), ("Delete what this made", "y")];
    for scenario in ["auto-confirm", "activity-log"] {
        for at in 0..questions.len() {
            let aws = Aws::fresh().await.unwrap();
            let before = aws.snapshot();
            tokio::task::block_in_place(|| {
                let mut session = at_a_terminal(&aws, &["scenario", scenario]);
                for (question, text) in &questions[..at] {
                    answer(&mut session, question, text);
                }
                expect(&mut session, questions[at].0);
                session.send_control('c').unwrap();
                let (rest, code) = end(&mut session);
                assert_eq!(code, if at == 2 { 0 } else { 130 }, "{scenario} at {at}: {rest}");
            });
            assert_eq!(aws.snapshot(), before, "{scenario} at {at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_at_a_prompt_does_the_same_and_the_terminal_works_again() {
    for signal in ["INT", "TERM", "HUP"] {
        let aws = Aws::start().await.unwrap();
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            // In a shell, which lives on and sees the terminal afterwards.
            let script = r#"trap : INT TERM HUP; echo "group $$ "; "$0" "$@"; echo "code $?"; stty -a; echo over"#;
            let mut command = environment::program("sh", &aws.url);
            command.args(["-c", script, env!("CARGO_BIN_EXE_known-users"), "scenario", "migrate-user"]);
            command.args(["--user-name", "Mia", "--email", "m@example.com"]);
            let mut session = terminal::start(command);
            expect(&mut session, "group ");
            let group = session.exp_string(" ").unwrap();
            expect(&mut session, "The code of the mail:");
            let kill = Command::new("kill").args(["-s", signal, "--", &format!("-{group}")]).status().unwrap();
            assert!(kill.success());
            let rest = session.exp_string("over").unwrap();
            assert!(rest.contains("code 130"), "{rest}");
            assert!(rest.contains("\u{1b}[?25h"), "the cursor is shown again: {rest:?}");
            assert!(rest.contains("isig icanon"), "it is out of raw mode again: {rest}");
        });
        assert_eq!(aws.snapshot(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_policy_refuses_is_asked_for_again() {
    for (scenario, questions) in scenarios() {
        let aws = Aws::start().await.unwrap();
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = at_a_terminal(&aws, &["scenario", scenario]);
            for (question, text) in &questions {
                if *text == PASSWORD {
                    answer(&mut session, question, "short");
                    expect(&mut session, "InvalidPasswordException: Password did not conform with policy");
                    answer(&mut session, "Another password:", text);
                } else {
                    answer(&mut session, question, text);
                }
            }
            let (rest, code) = end(&mut session);
            assert_eq!(code, 0, "{scenario}: {rest}");
        });
        assert_eq!(aws.snapshot(), before, "{scenario}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_asked_for_again() {
    let aws = Aws::start().await.unwrap();
    let before = aws.snapshot();
    tokio::task::block_in_place(|| {
        let mut session =
            at_a_terminal(&aws, &["scenario", "migrate-user", "--user-name", "Mia", "--email", "m@example.com"]);
        answer(&mut session, "The code of the mail:", "000000");
        answer(&mut session, "A new password for `Mia`", PASSWORD);
        expect(&mut session, "CodeMismatchException");
        answer(&mut session, "The code of the newest mail:", CODE);
        answer(&mut session, "Delete what this made", "y");
        let (rest, code) = end(&mut session);
        assert_eq!(code, 0, "{rest}");
    });
    assert_eq!(aws.snapshot(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shall_stay_stays_and_is_listed() {
    let aws = Aws::start().await.unwrap();
    tokio::task::block_in_place(|| {
        let mut session = at_a_terminal(&aws, &["scenario", "activity-log", "--user", "lan"]);
        answer(&mut session, "A password for `lan`", PASSWORD);
        answer(&mut session, "Delete what this made", "n");
        let (rest, code) = end(&mut session);
        assert_eq!(code, 0, "{rest}");
        assert!(rest.contains("left: `lan` in the user pool") && rest.contains("admin-delete-user"), "{rest}");
    });
    assert!(aws.account().cognito.users.contains_key("lan"));
    assert!(aws.record("lan.nguyen@example.org").unwrap()["LastLogin"].is_object());
    // A run that would delete that user does not begin.
    tokio::time::timeout(Duration::from_secs(20), async {
        let ended = tool::run(&aws, tool::AUTO_CONFIRM).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
    })
    .await
    .unwrap();
}

/// Attaching to a pool that calls two functions of another maker, in a folder of its own.
fn attach_at_a_terminal(aws: &Aws, folder: &tempfile::TempDir) -> PtySession {
    let mut command = environment::command(&aws.url, &["attach", "--user-pool-id", POOL], &[]);
    command.current_dir(folder.path());
    terminal::start(command)
}

/// The questions of attach, and which makes it replace and do.
const ATTACH: [&str; 3] =
    ["function:check`", "function:confirmed`", "Do this (account 123456789012, region eu-west-1)?"];

#[tokio::test(flavor = "multi_thread")]
async fn attach_asks_before_it_replaces_and_before_it_does_anything() {
    for (answers, replaced, is_done) in [
        (["y", "n", "y"], ["PreAuthentication", ""], true),
        (["n", "n", "y"], ["", ""], true),
        (["y", "y", "n"], ["", ""], false),
        // Whoever only presses Enter changes nothing.
        (["", "", ""], ["", ""], false),
    ] {
        let (aws, folder) = (crate::attach::account().await, tempfile::TempDir::new().unwrap());
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = attach_at_a_terminal(&aws, &folder);
            for (question, text) in ATTACH.into_iter().zip(answers) {
                answer(&mut session, question, text);
            }
            let (rest, code) = end(&mut session);
            assert_eq!(code, 0, "{answers:?}: {rest}");
            assert_eq!(rest.contains("Done, and read back"), is_done, "{answers:?}: {rest}");
        });
        if !is_done {
            assert_eq!(aws.snapshot(), before);
            continue;
        }
        let account = aws.account();
        for trigger in ["PreAuthentication", "PostConfirmation"] {
            let is_ours = account.cognito.pool["LambdaConfig"][trigger] == function_arn(trigger).as_str();
            assert_eq!(is_ours, replaced.contains(&trigger), "{answers:?} {trigger}");
        }
        assert_eq!(account.cognito.pool["LambdaConfig"]["UserMigration"], function_arn("MigrateUser").as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_any_question_of_attach_leaves_everything_as_it_was() {
    for at in 0..ATTACH.len() {
        let (aws, folder) = (crate::attach::account().await, tempfile::TempDir::new().unwrap());
        let before = aws.snapshot();
        tokio::task::block_in_place(|| {
            let mut session = attach_at_a_terminal(&aws, &folder);
            for question in &ATTACH[..at] {
                answer(&mut session, question, "y");
            }
            expect(&mut session, ATTACH[at]);
            session.send_control('c').unwrap();
            let (rest, code) = end(&mut session);
            assert_eq!(code, 130, "{at}: {rest}");
        });
        assert_eq!(aws.snapshot(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "and no backup");
    }
}
