//! What goes wrong.

use std::{fs, path::Path};

use local_aws::{faults::Fault, stack::Stack};

use crate::{
    environment,
    table::{self, sound},
    tool,
};

/// The files of a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn who_may_not_read_the_table_is_told_what_permission_it_takes() {
    let stack = Stack::start().await.unwrap();
    stack.dynamodb_faults.inject("Scan", Fault::access_denied());
    let ended = tool::run(&stack, &["--json"]).await;
    assert_eq!(
        ended.stderr.lines().skip(1).collect::<Vec<_>>(),
        [
            "error: cannot read the table `KnownUsers`",
            "  AWS said: AccessDeniedException: User is not authorized to perform this action",
            "  what to do: ask the account's administrator for the permission `dynamodb:Scan`, or choose another --profile",
        ]
    );
    assert_eq!((ended.code, &ended.json()["outcome"]), (Some(1), &"failed".into()));
}

#[tokio::test]
async fn a_table_that_is_not_there_is_no_empty_table() {
    let stack = Stack::start().await.unwrap();
    let ended = environment::run(&mut tool::command_at(&stack.dynamodb_faults.url(), &["--table", "Nobody"])).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("what to do: check --table and --region"), "{ended:?}");
}

#[tokio::test]
async fn a_table_that_is_throttled_for_good_is_given_up() {
    let stack = table::with(sound()).await;
    stack.dynamodb_faults.inject("Scan", Fault::throughput_exceeded());
    let ended = tool::run(&stack, &["--segments", "1"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let todo = "what to do: wait a while, and run it again; or give a lower --rate";
    assert!(ended.stderr.contains(todo), "{ended:?}");
    let scans = stack.dynamodb_faults.operations().iter().filter(|operation| *operation == "Scan").count();
    assert_eq!(scans, 7);
}

#[tokio::test]
async fn a_page_that_cannot_be_written_is_an_error_before_the_first_call() {
    let stack = table::with(sound()).await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("no/page.html")] {
        let ended = tool::run(&stack, &["--html", path.to_str().unwrap()]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        let tried = format!("error: cannot write the page `{}`\n", path.display());
        assert!(ended.stderr.starts_with(&tried), "{ended:?}");
    }
    assert_eq!(stack.dynamodb_faults.operations(), Vec::<String>::new());
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_leaves_the_page_of_yesterday() {
    let stack = table::with(sound()).await;
    stack.dynamodb_faults.inject("Scan", Fault::access_denied());
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    fs::write(&page, "yesterday").unwrap();
    let ended = tool::run(&stack, &["--html", page.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        (fs::read_to_string(&page).unwrap().as_str(), files(folder.path())),
        ("yesterday", vec!["page.html".to_owned()])
    );
}

#[cfg(unix)]
#[tokio::test]
async fn an_interruption_leaves_the_page_of_yesterday() {
    let stack = table::with(sound()).await;
    stack.dynamodb_faults.inject("Scan", Fault::Hang);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    fs::write(&page, "yesterday").unwrap();
    let child = tool::command(&stack, &["--json", "--html", page.to_str().unwrap()]).spawn().unwrap();
    // One to describe the table, four to read it.
    stack.dynamodb_faults.wait_for(5).await;
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = environment::end(child).await;
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_eq!(ended.json()["outcome"], "interrupted");
    assert_eq!(
        (fs::read_to_string(&page).unwrap().as_str(), files(folder.path())),
        ("yesterday", vec!["page.html".to_owned()])
    );
}
