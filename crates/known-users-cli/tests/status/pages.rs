//! The page. These tests leave it in `target/tmp`, where tests/status/run opens it in a browser.

use std::{fs, path::{Path, PathBuf}};

use crate::{table::{self, in_the_middle, sound, unsound}, tool};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test]
async fn a_page_is_one_file() {
    let stack = table::with(in_the_middle(12_480)).await;
    let file = page("status.html");
    let ended = tool::run(&stack, &["--html", file.to_str().unwrap()]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    println!("{}\n{}", ended.stdout, ended.stderr);
    assert!(fs::read_to_string(&file).unwrap().len() < 100_000);
    let stack = table::with([sound(), unsound()].concat()).await;
    let ended = tool::run(&stack, &["--html", page("status-to-mend.html").to_str().unwrap()]).await;
    println!("{}\n{}", ended.stdout, ended.stderr);
    let ended = tool::run(&stack, &["--json"]).await;
    println!("{}\n{}", ended.stdout, ended.stderr);
}
