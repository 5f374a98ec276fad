//! Somebody at a terminal.

use std::time::Duration;

use local_aws::faults::Fault;
use rexpect::session::PtySession;

use crate::{
    environment::terminal::{self, end},
    file,
    tool::Place,
};

fn at_a_terminal(place: &Place, words: &[&str]) -> PtySession {
    terminal::start(place.command(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_is_asked_about_and_whoever_types_nothing_removes_nobody() {
    let place = Place::new().await;
    place.put(&[("email", "a@b.c"), ("user_name", "Ann")], &[]);
    for (answer, code, left) in [("\r", 0, 1), ("\u{3}", 130, 1), ("y\r", 0, 0)] {
        tokio::task::block_in_place(|| {
            let mut session = at_a_terminal(&place, &["remove", "ann"]);
            session.exp_string("The table `KnownUsers` (account unknown, region eu-west-1)").unwrap();
            session.exp_string("Remove `a@b.c` from the table `KnownUsers`?").unwrap();
            session.send(answer).unwrap();
            session.flush().unwrap();
            let (rest, ended) = end(&mut session);
            assert_eq!(ended, code, "{rest}");
        });
        assert_eq!(place.table().len(), left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_has_a_bar() {
    let place = Place::new().await;
    place.write("people.csv", &file::csv(2000));
    place.stack.dynamodb_faults.inject("BatchWriteItem", Fault::Delay(Duration::from_millis(40)));
    let (shown, code) = tokio::task::block_in_place(|| end(&mut at_a_terminal(&place, &["import", "people.csv"])));
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("rows written") && shown.contains(" % ("), "{shown}");
    assert!(shown.contains("2000 added, 0 updated"), "{shown}");
}
