//! Pre sign-up: a known user signs up and is confirmed without a code.

use std::time::SystemTime;

use aws_failure::Failure;
use serde_json::json;
use user_pool::{pool::SignedUp, secret::Secret};

use crate::commands::scenario::{clean_up::Made, options::AutoConfirm, run::Run};

pub(crate) async fn play(run: &mut Run<'_>, options: &AutoConfirm) -> Result<(), Failure> {
    run.look_at_wiring().await?;
    let known = run.known_user(&options.who).await?;
    let name = run.sign_in_name(&known.user);
    run.refuse_who_is_in_the_pool(&name, &known.user.email).await?;
    if !run.ledger.adds(&known.user.email) {
        run.show.note("the sign-up happens under the real email: a code or a welcome mail may go there");
    }
    let mut password = run.password(&format!("A password for `{name}` in the pool:")).await?;
    run.attach().await?;

    run.show.step(format!("Sign up as `{name}`"));
    run.about_to_be_noted(&known);
    let mut since = SystemTime::now();
    let signed_up = loop {
        run.interrupt.check()?;
        match sign_up(run, &name, &password, &known.user).await {
            Err(refusal) if refusal.is("InvalidPasswordException") => {
                password = run.another_password(refusal).await?;
                since = SystemTime::now();
            }
            result => break result?,
        }
    };
    let user = run.in_the_pool(&name).await?;
    let (confirmed, verified) = (signed_up.confirmed, user.email_verified);
    run.show.note(if confirmed { "confirmed, without a code" } else { "not confirmed: Cognito asks for a code" });
    run.show.note(if verified { "the email is verified" } else { "the email is not verified" });
    run.fact("signUp", json!({"confirmed": confirmed, "emailVerified": verified}));

    run.show_log(since).await?;
    if !confirmed {
        return Err(Failure::not_shown(
            format!("show that `{name}` is confirmed without a code"),
            "pre sign-up left the sign-up to Cognito's code",
            "look at SIGN_UP_POLICY and SIGN_IN_WITH of the function, and whether the record has its email verified, is \
             not suspended, and has no account yet",
        ));
    }
    run.sign_in(&name, &password).await
}

async fn sign_up(
    run: &mut Run<'_>,
    name: &str,
    password: &Secret,
    user: &known_user::KnownUser,
) -> Result<SignedUp, Failure> {
    run.ledger.about_to(Made::PoolUser { name: name.to_owned(), email: user.email.clone(), sub: None });
    let result = run.pool.sign_up(name, password, &run.attributes(user)).await;
    match &result {
        Ok(signed_up) => run.ledger.pool_user_is(Some(signed_up.sub.clone())),
        // These say for certain that this call made nobody.
        Err(failure) if failure.is("InvalidPasswordException") || failure.is("UsernameExistsException") => {
            run.ledger.nothing_came_of_it();
        }
        Err(_) => {}
    }
    result
}
