//! What a suspension does to somebody's accounts in the pool: the mark on the record alone ends no session.

use serde_json::{Value, json};

use crate::{
    aws::Aws,
    cli::Global,
    failure::Failure,
    interrupt::Interrupt,
    known_users::{KnownUsers, malformed},
    place,
    pool::{
        configuration::Configuration,
        users::{Tie, Users},
    },
    show::Show,
};
use known_user::{KnownUser, UserEmail};

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
pub(crate) async fn act(
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
            let pool = place::pool(&aws, global).await?;
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
