//! Migrate user: a known user who is not in the pool signs in, and chooses a new password.

use std::{process::Stdio, time::SystemTime};

use aws_failure::Failure;
use known_user::KnownUser;
use serde_json::json;
use tokio::process::Command;
use user_pool::secret::Secret;

use crate::{
    commands::scenario::{clean_up::Made, options::MigrateUser, run::Run},
    terminal::{password::PASSWORD_VARIABLE, prompt::Ask},
};

/// What has to be answered before anything is made.
pub(crate) fn require(ask: &Ask, options: &MigrateUser) -> Result<(), Failure> {
    ask.require("for a user name", options.user_name.is_some(), "--user-name")?;
    ask.require("for an email that you own", options.email.is_some(), "--email")?;
    let has_code = options.code.is_some() || options.code_command.is_some();
    ask.require("for the code of the mail", has_code, "--code or --code-command")
}

pub(crate) async fn play(run: &mut Run<'_>, options: &MigrateUser) -> Result<(), Failure> {
    run.look_at_wiring().await?;
    let user = newcomer(run, options).await?;
    let name = run.sign_in_name(&user);
    run.fact("user", json!({"email": user.email.as_str(), "userName": name}));
    run.refuse_who_is_in_the_pool(&name, &user.email).await?;
    refuse_who_is_known(run, &user).await?;
    run.add(&user).await?;
    run.attach().await?;

    run.show.step(format!("Sign in as `{name}`, who is not in the pool"));
    run.interrupt.check()?;
    run.ledger.about_to(Made::PoolUser { name: name.clone(), email: user.email.clone(), sub: None });
    let since = SystemTime::now();
    // Whatever the password is: the trigger asks everybody for a new one.
    let answer = run.pool.sign_in(&name, &Secret::throw_away()).await;
    let reset_required = matches!(&answer, Err(failure) if failure.is("PasswordResetRequiredException"));
    if reset_required {
        let migrated = run.in_the_pool(&name).await?;
        run.show.note(format!("`{name}` is in the pool now; Cognito asks for a new password"));
        run.show.note(if migrated.email_verified { "the email is verified" } else { "the email is not verified" });
        let status = migrated.status.as_ref().map(|status| status.as_str());
        run.fact("migration", json!({"status": status, "emailVerified": migrated.email_verified}));
        run.ledger.pool_user_is(migrated.sub);
    }

    run.show_log(since).await?;
    if !reset_required {
        return Err(not_migrated(&name, answer.err()));
    }
    new_password(run, options, &name, &user).await
}

/// Who is to migrate.
async fn newcomer(run: &mut Run<'_>, options: &MigrateUser) -> Result<KnownUser, Failure> {
    let name = match &options.user_name {
        Some(name) => name.clone(),
        None => run.ask.text("A user name that nobody has:", "--user-name").await?,
    };
    let email = match &options.email {
        Some(email) => email.clone(),
        None => run.ask.text("An email that you own, for Cognito's code:", "--email").await?,
    };
    let wrong = |what: &str, option: &str| {
        Err(Failure::usage(format!("take that for {what}"), "it is none", format!("give {option} another one")))
    };
    if !email.contains('@') {
        return wrong("an email", "--email");
    }
    if name.trim().is_empty() || name.contains('@') {
        return wrong("a user name (without an @)", "--user-name");
    }
    KnownUser::new(&email, Some(name.trim())).map_or_else(|| wrong("an email", "--email"), Ok)
}

/// Refuses an email or a user name that somebody has: nobody's record is touched, and a name of two is nobody's.
async fn refuse_who_is_known(run: &Run<'_>, user: &KnownUser) -> Result<(), Failure> {
    let name = user.user_name.as_deref().unwrap_or_default();
    if !run.interrupt.or(run.known.named(name)).await?.is_empty() {
        return Err(Failure::new(
            format!("add `{name}` to the known users"),
            format!("the table `{}` has somebody with that user name, who could no longer migrate", run.known.table),
            "choose another user name",
        ));
    }
    Ok(())
}

fn not_migrated(name: &str, answer: Option<Failure>) -> Failure {
    let expected = format!("show that `{name}` migrates");
    match answer {
        None => Failure::not_shown(
            expected,
            "Cognito signed them in with a password that nobody ever set",
            "look at which function the pool calls at migrate user",
        ),
        Some(failure) if failure.is("UserNotFoundException") || failure.is("NotAuthorizedException") => {
            Failure::not_shown(
                expected,
                failure.said,
                "look at the function's log, and whether the function reads this table and SIGN_IN_WITH fits the pool",
            )
        }
        Some(failure) => failure,
    }
}

/// Forgot-password: the code, the new password, and in.
async fn new_password(run: &mut Run<'_>, options: &MigrateUser, name: &str, user: &KnownUser) -> Result<(), Failure> {
    run.interrupt.check()?;
    run.show.step(format!("Forgot password: Cognito sends `{name}` a code"));
    let to = run.pool.forgot_password(name).await?;
    run.show.note(format!("the code went to {to}"));
    let mut code = code(run, options, name, user).await?;
    let mut password = run.password(&format!("A new password for `{name}`:")).await?;
    loop {
        run.interrupt.check()?;
        match run.pool.confirm_forgot_password(name, &code, &password).await {
            Ok(()) => break,
            Err(refusal) if refusal.is("InvalidPasswordException") => {
                password = run.another_password(refusal).await?;
            }
            Err(refusal) if refusal.is("CodeMismatchException") && run.ask.is_possible() => {
                run.show.note(format!("Cognito refuses this code: {}", refusal.said));
                code = run.ask.text("The code of the newest mail:", "--code").await?;
            }
            Err(failure) => return Err(failure),
        }
    }
    run.show.note("the new password is set");
    run.sign_in(name, &password).await
}

/// The code of the mail: the option, what the command prints, or what the operator types.
async fn code(run: &Run<'_>, options: &MigrateUser, name: &str, user: &KnownUser) -> Result<String, Failure> {
    match (&options.code, &options.code_command) {
        (Some(code), _) => Ok(code.clone()),
        (None, Some(command)) => run.interrupt.or(code_of(command, name, user)).await,
        (None, None) => run.ask.text("The code of the mail:", "--code or --code-command").await,
    }
}

async fn code_of(command: &str, name: &str, user: &KnownUser) -> Result<String, Failure> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell)
        .args([flag, command])
        .env("KNOWN_USERS_USER_NAME", name)
        .env("KNOWN_USERS_EMAIL", user.email.as_str())
        .env_remove(PASSWORD_VARIABLE)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await;
    let failed = |why: String| {
        Failure::new("get the code from --code-command", why, "have the command print the code, and nothing else")
    };
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    match String::from_utf8_lossy(&output.stdout).trim() {
        "" => Err(failed("it printed nothing".to_owned())),
        code => Ok(code.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_gives_the_code() {
        let user = KnownUser::new("Ann@example.com", Some("ann")).unwrap();
        for (command, code) in [
            ("echo 123456", Ok("123456")),
            (r#"echo "$KNOWN_USERS_USER_NAME-$KNOWN_USERS_EMAIL""#, Ok("ann-ann@example.com")),
            ("true", Err("it printed nothing")),
            ("exit 3", Err("it ended with exit status: 3")),
        ] {
            let result = code_of(command, "ann", &user).await;
            assert_eq!(result.as_deref().map_err(|failure| failure.said.as_str()), code, "{command}");
        }
    }
}
