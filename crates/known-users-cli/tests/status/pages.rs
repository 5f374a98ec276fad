//! The page. What these tests leave in `target/tmp`, tests/status/run opens in a browser.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    table::{self, in_the_middle, sound, unsound},
    tool,
};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test]
async fn a_page_is_one_file_with_every_number() {
    for (name, people, code) in [
        ("status.html", in_the_middle(12_480), 0),
        ("status-to-mend.html", [sound(), unsound()].concat(), 3),
        ("status-empty.html", vec![], 0),
    ] {
        let stack = table::with(people).await;
        let file = page(name);
        let ended = tool::run(&stack, &["--json", "--html", file.to_str().unwrap()]).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert_eq!(ended.json()["html"], json!(file));
        // For the browser's test, which looks for these numbers.
        fs::write(file.with_extension("json"), &ended.stdout).unwrap();
        let page = fs::read_to_string(&file).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{page}");
        for what in ["<script", "<link", "<img", "<iframe", "url(", "@import", "href", "http://", "https://", "src="] {
            assert!(!page.contains(what), "{name} has {what}");
        }
        assert!(page.len() < 100_000, "{}", page.len());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_page_replaces_the_one_before_and_others_may_read_it() {
    use std::{io::Read as _, os::unix::fs::PermissionsExt as _};

    let stack = table::with(sound()).await;
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    fs::write(&page, "yesterday").unwrap();
    let mut reader = fs::File::open(&page).unwrap();
    let ended = tool::run(&stack, &["--html", page.to_str().unwrap()]).await;
    assert_eq!(ended.stdout, format!("{}\npage: {}\n", include_str!("sound.txt"), page.display()));
    assert!(fs::read_to_string(&page).unwrap().contains("known users"));
    // Whoever is reading the old page reads it to its end.
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert_eq!(read, "yesterday");
    let beside = folder.path().join("beside");
    fs::write(&beside, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&page), mode(&beside));
}
