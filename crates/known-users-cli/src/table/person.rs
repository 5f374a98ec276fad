//! One person of the table, by whatever an operator calls them.

use std::time::Duration;

use aws_failure::Failure;
use known_user::UserEmail;

use crate::{
    aws::{
        clients::{Aws, Caller},
        stack_outputs,
    },
    options::Global,
    table::{known_users::KnownUsers, patience::Patience},
    terminal::interrupt::Interrupt,
};

/// The table for a command that reads it.
pub(crate) async fn table(global: &Global) -> Result<KnownUsers, Failure> {
    let aws = Aws::connect(global).await?;
    let table = stack_outputs::table(&aws, global).await?;
    Ok(KnownUsers::new(aws.dynamodb, table))
}

/// The table for a command that changes it, and whose it is.
pub(crate) async fn table_to_change(global: &Global) -> Result<(KnownUsers, Caller), Failure> {
    let aws = Aws::connect(global).await?;
    let table = stack_outputs::table(&aws, global).await?;
    let caller = aws.caller().await;
    Ok((KnownUsers::new(aws.dynamodb, table), caller))
}

/// The key of somebody in the table. A record that cannot be read can be removed, suspended and mended nevertheless.
pub(crate) async fn email_of(known: &KnownUsers, who: &str) -> Result<Option<UserEmail>, Failure> {
    if who.contains('@') {
        let Some(email) = UserEmail::new(who) else { return Ok(None) };
        return Ok(known.record(&email).await?.map(|_| email));
    }
    Ok(known.find(who).await?.map(|known| known.user.email))
}

/// How long one person's record is worth waiting for.
pub(crate) fn patience(interrupt: &Interrupt) -> Patience {
    Patience { limit: Duration::from_secs(10), interrupt: interrupt.clone() }
}

/// Nobody is known by that.
pub(crate) fn nobody(who: &str) -> Failure {
    let todo = "check the spelling (letter case does not matter), --table and --region";
    Failure::found(format!("find `{who}`"), "nobody is known by that email or user name", todo)
}
