//! Post authentication: a known user signs in, and the sign-in is noted on their record.

use std::time::SystemTime;

use aws_failure::Failure;
use serde_json::{Map, Value};

use crate::{
    commands::scenario::{clean_up::Made, options::ActivityLog, run::Run},
    table::plain_json::plain,
};

/// What post authentication writes.
const NOTES: [&str; 2] = ["LastLogin", "UserSub"];

pub(crate) async fn play(run: &mut Run<'_>, options: &ActivityLog) -> Result<(), Failure> {
    run.look_at_wiring().await?;
    let known = run.known_user(&options.who).await?;
    let (name, email) = (run.sign_in_name(&known.user), known.user.email.clone());
    run.refuse_who_is_in_the_pool(&name, &email).await?;
    let mut password = run.password(&format!("A password for `{name}` in the pool:")).await?;

    run.show.step(format!("Make `{name}` as an administrator, without a mail, with a permanent password"));
    run.interrupt.check()?;
    run.about_to_be_noted(&known);
    run.ledger.about_to(Made::PoolUser { name: name.clone(), email: email.clone(), sub: None });
    let mut attributes = run.attributes(&known.user);
    attributes.insert("email_verified".to_owned(), "true".to_owned());
    match run.pool.create(&name, &attributes).await {
        Ok(sub) => run.ledger.pool_user_is(sub),
        Err(failure) => {
            if failure.is("UsernameExistsException") {
                run.ledger.nothing_came_of_it();
            }
            return Err(failure);
        }
    }
    loop {
        run.interrupt.check()?;
        match run.pool.set_password(&name, &password).await {
            Err(refusal) if refusal.is("InvalidPasswordException") => password = run.another_password(refusal).await?,
            result => break result?,
        }
    }
    run.attach().await?;

    let since = SystemTime::now();
    run.sign_in(&name, &password).await?;
    run.show_log(since).await?;

    run.show.step(format!("What the record of `{}` says now", email.as_str()));
    let record = run.interrupt.or(run.known.record(&email)).await?.unwrap_or_default();
    let notes: Map<String, Value> =
        NOTES.iter().filter_map(|name| Some(((*name).to_owned(), plain(record.get(*name)?)))).collect();
    for (name, value) in &notes {
        run.show.note(format!("{name}: {value}"));
    }
    let is_noted = NOTES.iter().any(|name| record.get(*name) != known.item.get(*name));
    run.fact("record", Value::Object(notes));
    if is_noted {
        return Ok(());
    }
    Err(Failure::not_shown(
        "show that the sign-in is noted on the record",
        "the record is as it was",
        "look at the function's log (recording triggers let people in even where they cannot write), and whether the \
         function writes to this table",
    ))
}
