//! What there is: the record, the counters, the pool's accounts, the app client, the function. It reads and changes nothing.

use std::time::SystemTime;

use aws_failure::Failure;
use aws_sdk_dynamodb::types::AttributeValue;
use known_user::{Counted, Item, KnownUser, Pool, SignInWith, Trigger, UserEmail, UserNameKey, attribute};
use legacy_password::lambda_memory::Processor;
use user_pool::{
    accounts::{Account, Tie, Users},
    app_client::AppClient,
    configuration::Configuration,
    functions::Functions,
    settings::{Settings, Wiring},
};

use crate::{
    aws::{
        clients::Aws,
        stack_outputs::{self, Outputs},
    },
    options::Global,
    table::known_users::KnownUsers,
};

/// Everything that a verdict needs.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// What the person types, as far as the operator says.
    pub(crate) typed: String,
    pub(crate) table: String,
    pub(crate) pool_id: String,
    pub(crate) client_id: Option<String>,
    pub(crate) pool: Pool,
    pub(crate) who: Who,
    /// Whether two known people have the user name.
    pub(crate) name_is_shared: bool,
    /// When the person last signed in, and into which pool.
    pub(crate) last_login: Option<LastLogin>,
    /// The pool's accounts that have something of the person, the nearest first.
    pub(crate) accounts: Vec<(Account, Tie)>,
    pub(crate) migration: Migration,
    /// Whether a trigger refuses a sign-in of somebody who is suspended.
    pub(crate) suspended_are_refused: bool,
    pub(crate) client: Option<AppClient>,
    pub(crate) attempts: Option<Count>,
    pub(crate) forgotten: Option<Count>,
    /// The attributes that the pool has, and those that everybody must have; empty where the pool does not say.
    pub(crate) schema: Vec<String>,
    pub(crate) required: Vec<String>,
}

/// Who is known by the name or email.
#[derive(Debug, Default)]
pub(crate) enum Who {
    #[default]
    Nobody,
    Known(Box<KnownUser>),
    /// The record is none, because of this attribute.
    Unreadable(UserEmail, &'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastLogin {
    pub(crate) pool: String,
    pub(crate) time: String,
}

/// What the pool does where it has nobody of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Migration {
    /// It calls the function, which has so much memory in MB on such a processor, where Lambda says.
    Asked { memory: Option<(u32, Processor)> },
    /// It calls nothing.
    #[default]
    NotAsked,
    /// It calls another function than the stack's.
    Anothers(String),
    /// It calls a function that is not there.
    Deleted(String),
}

/// What was counted in the quarter of an hour that ends then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) times: u64,
    pub(crate) until: SystemTime,
}

/// Finds out; also what could not be read, without which the verdict may lack something.
pub(crate) async fn find(
    global: &Global,
    typed: &str,
    ephemera: Option<&str>,
) -> Result<(Facts, Vec<Failure>), Failure> {
    let aws = Aws::connect(global).await?;
    let mut not_seen = Vec::new();
    let outputs = match stack_outputs::outputs(&aws, &global.stack).await {
        Ok(outputs) => outputs,
        Err(failure) if global.table.is_some() && global.user_pool_id.is_some() => {
            not_seen.push(failure);
            Outputs::new()
        }
        Err(failure) => return Err(failure.or("give --table and --user-pool-id")),
    };
    let known = |given: &Option<String>, name: &str| {
        given.clone().or_else(|| Some(stack_outputs::output(&outputs, name)?.to_owned()))
    };
    let needed = |given: &Option<String>, name: &str, option: &str| {
        known(given, name).ok_or_else(|| {
            let why = format!("the stack `{}` has no output `{name}`", global.stack);
            Failure::usage("find where everything is", why, format!("give {option}"))
        })
    };
    let table = needed(&global.table, "KnownUsersTable", "--table")?;
    let pool_id = needed(&global.user_pool_id, "UserPoolId", "--user-pool-id")?;
    let client_id = known(&global.client_id, "UserPoolClientId");
    let ephemera = known(&ephemera.map(str::to_owned), "EphemeraTable");

    let mut facts = Facts {
        typed: typed.to_owned(),
        table: table.clone(),
        pool_id: pool_id.clone(),
        client_id,
        ..Facts::default()
    };
    let settings = Configuration::new(aws.cognito.clone(), pool_id.clone()).describe().await?;
    facts.pool.sign_in_with = match (settings.email_is_user_name(), settings.email_is_alias()) {
        (true, _) => SignInWith::Email,
        (_, true) => SignInWith::EmailAlias,
        _ => SignInWith::Username,
    };
    facts.schema = settings.schema().map(str::to_owned).collect();
    facts.required = settings.required_attributes().map(str::to_owned).collect();
    look_at_record(&KnownUsers::new(aws.dynamodb.clone(), table), &mut facts).await?;
    look_at_accounts(&Users::new(aws.cognito.clone(), pool_id), &mut facts).await?;

    let functions = Functions::new(aws.lambda.clone());
    if let Err(failure) = look_at_functions(&functions, &settings, &outputs, &mut facts).await {
        not_seen.push(failure);
    }
    if let Some(id) = &facts.client_id {
        match AppClient::read(&aws.cognito, &facts.pool_id, id).await {
            Ok(client) => facts.client = client,
            Err(failure) => not_seen.push(failure),
        }
    }
    if let Some(ephemera) = ephemera
        && let Err(failure) = look_at_counts(&aws, &ephemera, &mut facts).await
    {
        not_seen.push(failure);
    }
    Ok((facts, not_seen))
}

async fn look_at_record(known: &KnownUsers, facts: &mut Facts) -> Result<(), Failure> {
    let typed = facts.typed.as_str();
    let mut item: Option<(UserEmail, Item)> = None;
    if typed.contains('@')
        && let Some(email) = UserEmail::new(typed)
    {
        item = known.record(&email).await?.map(|item| (email, item));
    }
    if item.is_none() {
        let named = known.named(typed).await?;
        facts.name_is_shared = named.len() > 1;
        if let Some(email) = named.into_iter().next() {
            item = known.record(&email).await?.map(|item| (email, item));
        }
    }
    let Some((email, item)) = item else { return Ok(()) };
    facts.last_login = last_login(&item);
    facts.who = match KnownUser::from_item(&item) {
        Ok(user) => Who::Known(Box::new(user)),
        Err(error) => Who::Unreadable(email, error.attribute),
    };
    if let Who::Known(user) = &facts.who
        && let Some(name) = &user.user_name
    {
        facts.name_is_shared |= known.named(name).await?.len() > 1;
    }
    Ok(())
}

fn last_login(item: &Item) -> Option<LastLogin> {
    let members = item.get(attribute::LAST_LOGIN)?.as_m().ok()?;
    let text = |name: &str| members.get(name).and_then(|value| value.as_s().ok()).cloned();
    Some(LastLogin { pool: text("UserPoolId").unwrap_or_default(), time: text("Time")? })
}

async fn look_at_accounts(users: &Users, facts: &mut Facts) -> Result<(), Failure> {
    if let Who::Known(user) = &facts.who {
        facts.accounts = users.of(user, !facts.pool.has_user_names()).await?;
    }
    // Of a stranger, too, the pool may have an account.
    if facts.accounts.is_empty()
        && !matches!(facts.who, Who::Known(_))
        && let Some(account) = users.named(&facts.typed).await?
    {
        facts.accounts.push((account, Tie::Name));
    }
    Ok(())
}

async fn look_at_functions(
    functions: &Functions,
    settings: &Settings,
    outputs: &Outputs,
    facts: &mut Facts,
) -> Result<(), Failure> {
    for trigger in [Trigger::PreAuthentication, Trigger::PostAuthentication] {
        let Some(arn) = settings.called_at(trigger) else { continue };
        let checks =
            functions.setting(arn).await?.and_then(|setting| setting.environment.get("CHECK_SUSPENDED").cloned());
        let when = if trigger == Trigger::PreAuthentication { "before" } else { "after" };
        facts.suspended_are_refused |= checks.as_deref().unwrap_or("before") == when;
    }
    let Some(arn) = settings.called_at(Trigger::MigrateUser) else { return Ok(()) };
    let ours = stack_outputs::function(outputs, Trigger::MigrateUser);
    if let Some(Wiring::CallsAnother(theirs)) = ours.map(|ours| settings.wiring(Trigger::MigrateUser, &ours)) {
        facts.migration = Migration::Anothers(theirs);
        return Ok(());
    }
    facts.migration = Migration::Asked { memory: None };
    match functions.setting(arn).await? {
        None => facts.migration = Migration::Deleted(arn.to_owned()),
        Some(setting) => {
            facts.migration = Migration::Asked { memory: Some((setting.memory, setting.processor)) };
            let minds = setting.environment.get("USER_NAMES_CASE_SENSITIVE").is_some_and(|minds| minds == "true");
            facts.pool.case_sensitive = minds;
        }
    }
    Ok(())
}

async fn look_at_counts(aws: &Aws, table: &str, facts: &mut Facts) -> Result<(), Failure> {
    let key = UserNameKey::new(&facts.typed);
    let who = match &facts.who {
        Who::Known(user) => user.email.as_str(),
        Who::Unreadable(email, _) => email.as_str(),
        Who::Nobody => key.as_ref().map(UserNameKey::as_str).unwrap_or_default(),
    };
    let now = SystemTime::now();
    let pool = facts.pool_id.clone();
    for (counted, fact) in [(Counted::Attempts, &mut facts.attempts), (Counted::Forgotten, &mut facts.forgotten)] {
        let (id, until) = counted.item(&pool, who, now);
        let id = AttributeValue::S(id);
        let answer = aws.dynamodb.get_item().table_name(table).key("Id", id).consistent_read(true).send().await;
        let answer = answer.map_err(|error| {
            Failure::aws(format!("read how often it was tried in the table `{table}`"), "dynamodb:GetItem", &error)
        })?;
        let times = answer.item().and_then(|item| item.get("Times")).and_then(|times| times.as_n().ok());
        *fact = times.and_then(|times| times.parse().ok()).map(|times| Count { times, until });
    }
    Ok(())
}
