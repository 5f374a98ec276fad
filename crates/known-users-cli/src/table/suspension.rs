//! The mark that refuses somebody's sign-in, and what goes with it: the mark alone ends no session.

use std::process;

use aws_failure::Failure;
use known_user::{KnownUser, UserEmail};
use serde_json::{Value, json};
use user_pool::{
    accounts::{Tie, Users},
    configuration::Configuration,
};

use crate::{
    aws::{clients::Aws, stack_outputs},
    options::Global,
    outcome::{Outcome, facts},
    table::{item::malformed, known_users::KnownUsers, person},
    terminal::{interrupt::Interrupt, output::Show},
};

/// What is done to each account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Disable,
    Enable,
    SignOut,
}

impl Deed {
    fn done(self) -> &'static str {
        match self {
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::SignOut => "signed out",
        }
    }
}

/// Does this to every account of the person whose record is at `email`, also to those of other providers; not to one that
/// merely says that their email is its own. What was done, for the JSON result.
async fn act(
    global: &Global,
    known: &KnownUsers,
    email: &UserEmail,
    deeds: &[Deed],
    show: &Show,
    interrupt: &Interrupt,
) -> Result<Value, Failure> {
    let (users, accounts) = interrupt
        .or(async {
            let aws = Aws::connect(global).await?;
            let pool = stack_outputs::pool(&aws, global).await?;
            let settings = Configuration::new(aws.cognito.clone(), pool.clone()).describe().await?;
            let item = known.record(email).await?.unwrap_or_default();
            let user = KnownUser::from_item(&item).map_err(|error| malformed(email, error))?;
            let users = Users::new(aws.cognito, pool);
            let accounts = users.of(&user, settings.email_is_user_name()).await?;
            Ok((users, accounts))
        })
        .await?;
    let mut told = Vec::new();
    for (account, _) in accounts.iter().filter(|(_, tie)| *tie != Tie::Said) {
        let name = &account.user_name;
        for deed in deeds {
            interrupt.check()?;
            match deed {
                Deed::Disable => users.disable(name).await?,
                Deed::Enable => users.enable(name).await?,
                Deed::SignOut => users.sign_out(name).await?,
            }
            show.note(format!("{}: `{name}` in the user pool `{}`", deed.done(), users.pool));
        }
        told.push(json!({"userName": name, "done": deeds.iter().map(|deed| deed.done()).collect::<Vec<_>>()}));
    }
    if told.is_empty() {
        show.note(format!("the user pool `{}` has no account of theirs", users.pool));
    }
    Ok(Value::Array(told))
}

/// Marks somebody's record, or takes the mark away, and does these deeds to their accounts; what the shell is told.
pub(crate) async fn set(global: &Global, who: &str, suspended: bool, deeds: &[Deed]) -> process::ExitCode {
    let show = Show::new(global.json);
    let interrupt = Interrupt::listen();
    let outcome = async {
        let (known, caller) = interrupt.or(person::table_to_change(global)).await?;
        show.step(format!("The table `{}` ({caller})", known.table));
        let email = interrupt.or(person::email_of(&known, who)).await?.ok_or_else(|| person::nobody(who))?;
        interrupt.check()?;
        let is = if suspended { "suspended" } else { "not suspended" };
        let word = match known.set_suspended(&email, suspended).await? {
            None => return Err(person::nobody(who)),
            Some(true) => "updated",
            Some(false) => "unchanged",
        };
        show.note(format!("{word}: `{}` is {is}", email.as_str()));
        let mut facts = facts([("email", json!(email.as_str())), ("suspended", json!(suspended))]);
        caller.tell(&mut facts);
        if !deeds.is_empty() {
            let accounts = act(global, &known, &email, deeds, &show, &interrupt).await?;
            facts.insert("accounts".to_owned(), accounts);
        }
        show.note(match (suspended, deeds) {
            (true, deeds) if deeds.contains(&Deed::SignOut) => {
                "an access token that is out already counts until it expires, where nobody asks Cognito about it"
            }
            (true, _) => "whoever is signed in stays so: --sign-out ends their sessions, --disable their account",
            (false, []) => "an account that was disabled in the pool stays so: --enable enables it",
            (false, _) => "they may sign in again",
        });
        Ok((word, facts))
    };
    let outcome = outcome.await;
    Outcome::from(outcome).end(&show)
}
