//! What comes out, to the last character.

use serde_json::json;

use crate::{
    table::{self, sound, unsound},
    tool,
};

#[tokio::test]
async fn a_sound_table_in_lines() {
    let stack = table::with(sound()).await;
    let ended = tool::run(&stack, &[]).await;
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
