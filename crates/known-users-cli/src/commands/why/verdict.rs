//! Which rule keeps the person out: pure. The triggers' own rules, in the order in which somebody would have to mend them.
//! One file because that order is the answer.

use std::time::SystemTime;

use known_user::{
    KnownUser, Record, SignInWith,
    count::{MOST_ATTEMPTS, QUARTER},
};
use legacy_password::{PasswordHash, lambda_memory};
use serde_json::{Value, json};
use user_pool::accounts::{Account, Tie};

use crate::commands::why::facts::{Facts, Migration, Who};

/// A rule that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Stays the same from version to version, for scripts.
    pub(crate) rule: &'static str,
    pub(crate) why: String,
    /// Since when, where that is noted anywhere (RFC 3339).
    pub(crate) since: Option<String>,
    /// The one command that mends it, or what to say to the person.
    pub(crate) remedy: String,
}

impl Verdict {
    fn new(rule: &'static str, why: impl Into<String>, since: Option<String>, remedy: impl Into<String>) -> Self {
        Self { rule, why: why.into(), since, remedy: remedy.into() }
    }

    /// As the JSON result has it.
    pub(crate) fn to_json(&self) -> Value {
        json!({"rule": self.rule, "why": self.why, "since": self.since, "remedy": self.remedy})
    }
}

/// Everything that refuses, what comes first first; never empty, for where nothing refuses that is said.
pub(crate) fn judge(facts: &Facts) -> Vec<Verdict> {
    match &facts.who {
        Who::Unreadable(email, attribute) => vec![Verdict::new(
            "record-unreadable",
            format!(
                "the attribute `{attribute}` of their record is missing or of another type: the triggers refuse it"
            ),
            None,
            format!(
                "aws dynamodb update-item --table-name {} --key '{{\"UserEmail\":{{\"S\":\"{}\"}}}}' \
                 --update-expression 'REMOVE {attribute}'",
                facts.table,
                email.as_str()
            ),
        )],
        Who::Nobody => match facts.accounts.first() {
            Some((account, _)) => vec![account_alone(facts, account, None)],
            None if facts.name_is_shared => vec![shared(facts, None)],
            None => vec![unknown(facts)],
        },
        Who::Known(user) => {
            let in_place = facts.accounts.iter().find(|(_, tie)| tie.takes_the_place());
            match in_place {
                Some((account, tie)) => with_account(facts, user, account, *tie),
                None => without_account(facts, user),
            }
        }
    }
}

fn unknown(facts: &Facts) -> Verdict {
    let put = match facts.typed.contains('@') {
        true => format!("known-users put --email {}", facts.typed),
        false => format!("known-users put --email EMAIL --user-name '{}'", facts.typed),
    };
    Verdict::new(
        "unknown",
        "nobody is known by that email or user name, and the pool has nobody of that name",
        None,
        put,
    )
}

fn shared(facts: &Facts, email: Option<&str>) -> Verdict {
    Verdict::new(
        "user-name-shared",
        "two known people have this user name: the triggers take it for nobody's",
        None,
        match email {
            Some(email) => format!("known-users put --email {email} --user-name ANOTHER"),
            None => format!(
                "known-users put --email EMAIL --user-name ANOTHER, for one of the two who are `{}`",
                facts.typed
            ),
        },
    )
}

fn suspended(user: &KnownUser, is_enabled: bool) -> Verdict {
    let enable = if is_enabled { "" } else { " --enable" };
    Verdict::new(
        "suspended",
        "the owner has suspended them; when is not noted",
        None,
        format!("known-users resume {}{enable}", user.email.as_str()),
    )
}

// ---- The pool has them: Cognito decides, and no migration is asked for ----

fn with_account(facts: &Facts, user: &KnownUser, account: &Account, tie: Tie) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if user.suspended && facts.suspended_are_refused {
        verdicts.push(suspended(user, account.is_enabled));
    }
    let has_email = account.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(user.email.as_str()));
    if tie == Tie::Name && !has_email && account.is_confirmed() && user.migrated_at.is_none() {
        verdicts.push(Verdict::new(
            "name-is-anothers",
            format!(
                "the pool's account {} has their user name and another email: they cannot come",
                account.described()
            ),
            changed(account),
            format!("{}, only if it is not theirs", admin(facts, account, "admin-delete-user")),
        ));
        return verdicts;
    }
    let alone = account_alone(facts, account, Some(user));
    // A suspension explains it, and enabling comes with its end.
    if verdicts.is_empty() || !["has-an-account", "account-disabled"].contains(&alone.rule) {
        verdicts.push(alone);
    }
    verdicts
}

/// What an account by itself says.
fn account_alone(facts: &Facts, account: &Account, user: Option<&KnownUser>) -> Verdict {
    let since = changed(account);
    let is = account.described();
    if !account.is_enabled {
        let remedy = match user {
            Some(user) => format!("known-users resume {} --enable", user.email.as_str()),
            None => admin(facts, account, "admin-enable-user"),
        };
        return Verdict::new("account-disabled", format!("their account {is} is disabled in the pool"), since, remedy);
    }
    let unreachable = !account.email_verified;
    let verify = || {
        let verify = admin(facts, account, "admin-update-user-attributes");
        format!(
            "{verify} --user-attributes Name=email_verified,Value=true, if the address is theirs: without it no code is sent"
        )
    };
    match account.status.as_str() {
        "UNCONFIRMED" => Verdict::new(
            "account-unconfirmed",
            format!(
                "the account {is} was never confirmed: nobody can sign in with it, and while it is there, nobody migrates"
            ),
            since,
            match (user, &facts.client_id) {
                (Some(user), _) => format!("known-users release {}", user.email.as_str()),
                (None, client) => format!(
                    "aws cognito-idp resend-confirmation-code --client-id {} --username '{}'",
                    client.as_deref().unwrap_or("CLIENT"),
                    account.user_name
                ),
            },
        ),
        "RESET_REQUIRED" => Verdict::new(
            "account-reset-required",
            format!(
                "they have come, as {is}, and have yet to choose a new password with a code{}",
                if facts.client.as_ref().is_some_and(|client| client.hides_who_exists) {
                    "; as the app client hides who exists, they may read \"Incorrect username or password\""
                } else {
                    ""
                }
            ),
            since,
            if unreachable { verify() } else { admin(facts, account, "admin-reset-user-password") },
        ),
        "FORCE_CHANGE_PASSWORD" => Verdict::new(
            "account-temporary-password",
            format!(
                "the account {is} was made by an administrator, and its temporary password was never changed: it may have expired"
            ),
            since,
            format!(
                "aws cognito-idp admin-create-user --user-pool-id {} --username '{}' --message-action RESEND",
                facts.pool_id, account.user_name
            ),
        ),
        "EXTERNAL_PROVIDER" => Verdict::new(
            "account-of-another-provider",
            format!("the account {is} signs in by another provider, not with a password here"),
            since,
            "have them sign in by that provider",
        ),
        _ => Verdict::new(
            "has-an-account",
            format!("nothing here refuses them: they have the account {is}, and its password is Cognito's matter"),
            since,
            if unreachable { verify() } else { admin(facts, account, "admin-reset-user-password") },
        ),
    }
}

fn admin(facts: &Facts, account: &Account, command: &str) -> String {
    format!("aws cognito-idp {command} --user-pool-id {} --username '{}'", facts.pool_id, account.user_name)
}

fn changed(account: &Account) -> Option<String> {
    account.changed.map(rfc3339)
}

fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

// ---- The pool has nobody in their place: migrate user is asked ----

fn without_account(facts: &Facts, user: &KnownUser) -> Vec<Verdict> {
    let email = user.email.as_str();
    let mut verdicts = Vec::new();
    if user.suspended {
        verdicts.push(suspended(user, true));
    }
    let has_arrived = user.user_sub.is_some() || user.confirmed_at.is_some();
    if has_arrived {
        let elsewhere = match &facts.last_login {
            Some(login) if !login.pool.is_empty() && login.pool != facts.pool_id => {
                format!("; their last sign-in was in the pool `{}`, and one table serves one pool", login.pool)
            }
            _ => String::new(),
        };
        let since = facts.last_login.as_ref().map(|login| login.time.clone()).or_else(|| user.confirmed_at.clone());
        verdicts.push(Verdict::new(
            "account-gone",
            format!("they had arrived, and the pool has no account of theirs any more: a person comes once{elsewhere}"),
            since,
            format!("known-users readmit {email}"),
        ));
    }
    verdicts.extend(not_asked(facts));
    if has_arrived {
        return verdicts;
    }
    if facts.pool.has_user_names() && facts.name_is_shared {
        verdicts.push(shared(facts, Some(email)));
    }
    verdicts.extend(alias_is_anothers(facts, user));
    verdicts.extend(unusable_hash(facts, user));
    if user.password_hash.is_none() && !user.email_verified {
        verdicts.push(Verdict::new(
            "email-not-verified",
            "they have no password hash, and nobody vouches for their email: there is nowhere to send a code",
            None,
            format!("known-users put --email {email} --email-verified true"),
        ));
    }
    verdicts.extend(refused_by_cognito(facts, user));
    verdicts.extend(another_spelling(facts, user));
    if let Some(count) = facts.attempts.filter(|count| count.times >= MOST_ATTEMPTS) {
        let open =
            if user.email_verified { ", or have them choose \"forgot password\": the mailbox stays open" } else { "" };
        verdicts.push(Verdict::new(
            "too-many-attempts",
            format!("{} passwords were tried in this quarter of an hour, and {MOST_ATTEMPTS} may be", count.times),
            count.until.checked_sub(QUARTER).map(rfc3339),
            format!("wait until {}{open}", rfc3339(count.until)),
        ));
    }
    if verdicts.is_empty() {
        verdicts.push(nothing(facts, user));
    }
    verdicts
}

/// Why no trigger sees the password.
fn not_asked(facts: &Facts) -> Vec<Verdict> {
    let attach = format!("known-users attach --user-pool-id {} --only migrate-user", facts.pool_id);
    let mut verdicts = Vec::new();
    match &facts.migration {
        Migration::Asked { .. } => {}
        Migration::NotAsked => verdicts.push(Verdict::new(
            "trigger-not-attached",
            "the pool calls nothing at migrate user: nobody can migrate",
            None,
            attach,
        )),
        Migration::Anothers(arn) => verdicts.push(Verdict::new(
            "trigger-of-another-maker",
            format!("at migrate user the pool calls `{arn}`, which is not the stack's"),
            None,
            format!("{attach} --replace migrate-user"),
        )),
        Migration::Deleted(arn) => verdicts.push(Verdict::new(
            "function-missing",
            format!("at migrate user the pool calls `{arn}`, which is not there"),
            None,
            "sam deploy",
        )),
    }
    if let Some(client) = facts.client.as_ref().filter(|client| !client.sees_passwords()) {
        verdicts.push(Verdict::new(
            "client-without-password-flow",
            format!("the app client `{}` sends no password (SRP): no trigger sees one, and nobody migrates through it", client.id),
            None,
            "let the app client use ALLOW_USER_PASSWORD_AUTH (in the console: UpdateUserPoolClient resets what it is not given), \
             and have the app sign in by it",
        ));
    }
    verdicts
}

/// In an alias pool, a user of another provider can hold the alias.
fn alias_is_anothers(facts: &Facts, user: &KnownUser) -> Option<Verdict> {
    if facts.pool.sign_in_with != SignInWith::EmailAlias {
        return None;
    }
    let (account, _) = facts.accounts.iter().find(|(_, tie)| *tie == Tie::Federated)?;
    Some(Verdict::new(
        "alias-held-by-another-provider",
        format!("their account of another provider, {}, holds the email as its alias", account.described()),
        changed(account),
        format!(
            "have them sign in by that provider, or link it (aws cognito-idp admin-link-provider-for-user) to an account for {}",
            user.email.as_str()
        ),
    ))
}

fn unusable_hash(facts: &Facts, user: &KnownUser) -> Option<Verdict> {
    let email = user.email.as_str();
    let hash = match PasswordHash::parse(user.password_hash.as_deref()?) {
        Ok(hash) => hash,
        Err(error) => {
            return Some(Verdict::new(
                "hash-unusable",
                format!("no password can be held against their hash: {error}"),
                None,
                format!("known-users put --email {email} --password-hash-file FILE"),
            ));
        }
    };
    let Migration::Asked { memory: Some((has, processor)) } = facts.migration else { return None };
    let (format, cost) = (hash.format(), hash.cost());
    let needs = lambda_memory::needed_mb(cost, processor);
    if lambda_memory::is_too_slow(cost, processor) {
        return Some(Verdict::new(
            "hash-too-slow",
            format!("their {} hash takes longer than a sign-in may, with any memory", format.name()),
            None,
            "have them choose \"forgot password\"",
        ));
    }
    (needs > has).then(|| {
        Verdict::new(
            "hash-too-large",
            format!(
                "their {} hash needs {needs} MB to be verified in time, and the function has {has} MB",
                format.name()
            ),
            None,
            format!("sam deploy --parameter-overrides MigrateUserMemorySize={needs}"),
        )
    })
}

/// What Cognito does not take from migrate user.
fn refused_by_cognito(facts: &Facts, user: &KnownUser) -> Option<Verdict> {
    let email = user.email.as_str();
    if facts.schema.is_empty() {
        return None;
    }
    // Migrate user leaves these out, or sets them itself.
    let is_handed_on = |name: &&String| {
        let name = name.to_ascii_lowercase();
        !name.starts_with("cognito:")
            && !["sub", "username", "identities", "email", "email_verified"].contains(&name.as_str())
    };
    let is_unknown = |name: &&String| !facts.schema.contains(name);
    if let Some(name) = user.attributes.keys().filter(is_handed_on).find(is_unknown) {
        return Some(Verdict::new(
            "attribute-not-in-pool",
            format!(
                "their record has the attribute `{name}`, which the pool does not have: Cognito refuses every migration with it"
            ),
            None,
            format!("known-users put --email {email} --remove-attribute {name}"),
        ));
    }
    let is_missing = |name: &&String| name.as_str() != "email" && !user.attributes.contains_key(*name);
    facts.required.iter().find(is_missing).map(|name| {
        Verdict::new(
            "attribute-missing",
            format!("everybody in the pool must have the attribute `{name}`, and their record has none"),
            None,
            format!("known-users put --email {email} --attribute {name}=VALUE"),
        )
    })
}

/// A person without the right password comes under the owner's spelling, or the one under which they came before.
fn another_spelling(facts: &Facts, user: &KnownUser) -> Option<Verdict> {
    let pool = facts.pool;
    if !pool.has_user_names() || facts.typed.contains('@') {
        return None;
    }
    let owners = user.user_name.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
    let (typed, before) = (pool.same(&facts.typed), user.migrated_as.as_deref());
    if typed == pool.same(owners) || (!pool.case_sensitive && before.is_none_or(|before| before == typed)) {
        return None;
    }
    let unless = if user.password_hash.is_some() { ", unless their password is right" } else { "" };
    Some(match before {
        Some(before) => Verdict::new(
            "on-the-way-as-another",
            format!(
                "they are on the way as `{before}`, and come under no other spelling than that and `{owners}`{unless}"
            ),
            user.migrated_at.clone(),
            format!("known-users readmit {}, or have them type `{owners}`", user.email.as_str()),
        ),
        None => Verdict::new(
            "another-spelling",
            format!("the pool minds letter case, and they come under the owner's spelling alone{unless}"),
            None,
            format!("have them type `{owners}`"),
        ),
    })
}

/// Nothing refuses them, as far as anybody can see.
fn nothing(facts: &Facts, user: &KnownUser) -> Verdict {
    let is_named = Record::from(user.clone()).is_named(&facts.typed).unwrap_or_default();
    if facts.pool.sign_in_with == SignInWith::Username && facts.typed.contains('@') && !is_named {
        let owners = user.user_name.as_deref().unwrap_or_default();
        return Verdict::new(
            "email-is-no-user-name",
            "people sign in to this pool with their user name: whoever types the email is a stranger",
            None,
            format!("have them type `{owners}`"),
        );
    }
    if let Some(at) = &user.migrated_at {
        return Verdict::new(
            "answered-and-not-there",
            "migrate user has answered for them, and the pool has no account: Cognito refused the answer, or it was deleted since",
            Some(at.clone()),
            "have them try once more, and look for the error in the app's answer: Cognito names an attribute that it refuses",
        );
    }
    match user.password_hash {
        Some(_) => Verdict::new(
            "nothing-refuses",
            "nothing refuses them: with the password that they had, they come in; a wrong one is as if nobody knew them",
            None,
            if user.email_verified {
                "have them choose \"forgot password\""
            } else {
                "have them try the password that they had: nobody vouches for their email, so that no code is sent"
            },
        ),
        None => Verdict::new(
            "nothing-refuses",
            "nothing refuses them: they have no password hash, so any password brings them in, and they choose a new one with a code",
            None,
            "have them choose \"forgot password\"",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::commands::why::facts::{Count, LastLogin};
    use known_user::{Pool, UserEmail};
    use user_pool::app_client::AppClient;

    const BCRYPT_10: &str = "$2b$10$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
    const BCRYPT_13: &str = "$2b$13$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
    const MANY_ROUNDS: &str = "pbkdf2_sha256$9000000$vwcBa6bzkbccdpiJ$ESxKd+Zsuy/1D4kr5T5xBpdVgzaifGb6MdWWzYxDffQ=";

    /// Ann, who is known, has yet to come, and whom nothing refuses.
    fn ann(change: impl FnOnce(&mut Facts, &mut KnownUser)) -> Facts {
        let mut ann = KnownUser::new("ann@example.com", Some("Ann")).unwrap();
        let mut facts = Facts {
            typed: "Ann".to_owned(),
            table: "T".to_owned(),
            pool_id: "P".to_owned(),
            client_id: Some("C".to_owned()),
            migration: Migration::Asked { memory: Some((512, lambda_memory::Processor::X86_64)) },
            suspended_are_refused: true,
            client: Some(AppClient {
                id: "C".to_owned(),
                flows: vec!["ALLOW_USER_PASSWORD_AUTH".to_owned()],
                ..AppClient::default()
            }),
            ..Facts::default()
        };
        change(&mut facts, &mut ann);
        if !matches!(facts.who, Who::Unreadable(..)) && !facts.typed.is_empty() {
            facts.who = Who::Known(Box::new(ann));
        }
        facts
    }

    fn account(status: &str) -> Account {
        Account {
            user_name: "ann".to_owned(),
            sub: Some("s".to_owned()),
            email: Some("ann@example.com".to_owned()),
            email_verified: true,
            status: status.to_owned(),
            is_enabled: true,
            changed: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
        }
    }

    fn with(status: &'static str) -> Facts {
        ann(|facts, _| facts.accounts.push((account(status), Tie::Name)))
    }

    fn with_account(change: impl FnOnce(&mut Account)) -> Facts {
        ann(|facts, _| {
            let mut account = account("CONFIRMED");
            change(&mut account);
            facts.accounts.push((account, Tie::Name));
        })
    }

    fn at() -> Option<String> {
        Some("2026-11-20T10:00:00.000Z".to_owned())
    }

    #[test]
    fn every_state_has_its_rule_and_its_one_remedy() {
        let count = |times| Some(Count { times, until: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_900) });
        let stranger = |change: fn(&mut Facts)| {
            let mut facts = ann(|_, _| ());
            facts.who = Who::Nobody;
            change(&mut facts);
            facts
        };
        let alias = Pool { sign_in_with: SignInWith::EmailAlias, case_sensitive: false };
        for (facts, rules, remedy) in [
            (stranger(|_| ()), &["unknown"][..], "known-users put --email EMAIL --user-name 'Ann'"),
            (
                stranger(|facts| facts.typed = "eve@example.com".to_owned()),
                &["unknown"],
                "known-users put --email eve@example.com",
            ),
            (
                stranger(|facts| facts.accounts.push((account("UNCONFIRMED"), Tie::Name))),
                &["account-unconfirmed"],
                "aws cognito-idp resend-confirmation-code --client-id C --username 'ann'",
            ),
            (
                stranger(|facts| facts.accounts.push((account("CONFIRMED"), Tie::Name))),
                &["has-an-account"],
                "aws cognito-idp admin-reset-user-password --user-pool-id P --username 'ann'",
            ),
            (
                ann(|facts, ann| facts.who = Who::Unreadable(ann.email.clone(), "Suspended")),
                &["record-unreadable"],
                "aws dynamodb update-item --table-name T --key '{\"UserEmail\":{\"S\":\"ann@example.com\"}}' \
                 --update-expression 'REMOVE Suspended'",
            ),
            (ann(|_, ann| ann.suspended = true), &["suspended"], "known-users resume ann@example.com"),
            (
                ann(|_, ann| ann.user_sub = Some("s".to_owned())),
                &["account-gone"],
                "known-users readmit ann@example.com",
            ),
            (ann(|_, ann| ann.confirmed_at = at()), &["account-gone"], "known-users readmit ann@example.com"),
            (
                ann(|_, ann| (ann.suspended, ann.confirmed_at) = (true, at())),
                &["suspended", "account-gone"],
                "known-users resume ann@example.com",
            ),
            (
                ann(|facts, _| facts.attempts = count(10)),
                &["too-many-attempts"],
                "wait until 2027-01-15T08:15:00Z, or have them choose \"forgot password\": the mailbox stays open",
            ),
            (ann(|facts, _| facts.attempts = count(9)), &["nothing-refuses"], "have them choose \"forgot password\""),
            (ann(|facts, _| facts.forgotten = count(99)), &["nothing-refuses"], "have them choose \"forgot password\""),
            (with("UNCONFIRMED"), &["account-unconfirmed"], "known-users release ann@example.com"),
            (
                with_account(|account| account.is_enabled = false),
                &["account-disabled"],
                "known-users resume ann@example.com --enable",
            ),
            (
                with("RESET_REQUIRED"),
                &["account-reset-required"],
                "aws cognito-idp admin-reset-user-password --user-pool-id P --username 'ann'",
            ),
            (
                with("FORCE_CHANGE_PASSWORD"),
                &["account-temporary-password"],
                "aws cognito-idp admin-create-user --user-pool-id P --username 'ann' --message-action RESEND",
            ),
            (
                with_account(|account| account.email_verified = false),
                &["has-an-account"],
                "aws cognito-idp admin-update-user-attributes --user-pool-id P --username 'ann' --user-attributes \
                 Name=email_verified,Value=true, if the address is theirs: without it no code is sent",
            ),
            (
                with_account(|account| account.email = Some("eve@example.com".to_owned())),
                &["name-is-anothers"],
                "aws cognito-idp admin-delete-user --user-pool-id P --username 'ann', only if it is not theirs",
            ),
            (
                ann(|facts, ann| {
                    ann.suspended = true;
                    facts.accounts.push((Account { is_enabled: false, ..account("CONFIRMED") }, Tie::Sub));
                }),
                &["suspended"],
                "known-users resume ann@example.com --enable",
            ),
            (
                ann(|facts, ann| {
                    (ann.suspended, facts.suspended_are_refused) = (true, false);
                    facts.accounts.push((account("CONFIRMED"), Tie::Sub));
                }),
                &["has-an-account"],
                "aws cognito-idp admin-reset-user-password --user-pool-id P --username 'ann'",
            ),
            (
                ann(|_, ann| ann.password_hash = Some("plain".to_owned())),
                &["hash-unusable"],
                "known-users put --email ann@example.com --password-hash-file FILE",
            ),
            (
                ann(|_, ann| ann.password_hash = Some(BCRYPT_13.to_owned())),
                &["hash-too-large"],
                "sam deploy --parameter-overrides MigrateUserMemorySize=576",
            ),
            (
                ann(|_, ann| ann.password_hash = Some(MANY_ROUNDS.to_owned())),
                &["hash-too-slow"],
                "have them choose \"forgot password\"",
            ),
            (
                ann(|_, ann| (ann.password_hash, ann.email_verified) = (Some(BCRYPT_10.to_owned()), false)),
                &["nothing-refuses"],
                "have them try the password that they had: nobody vouches for their email, so that no code is sent",
            ),
            (
                ann(|_, ann| ann.email_verified = false),
                &["email-not-verified"],
                "known-users put --email ann@example.com --email-verified true",
            ),
            (
                ann(|facts, ann| {
                    (ann.migrated_as, ann.migrated_at) = (Some("ann".to_owned()), at());
                    facts.typed = "\u{41}nn\u{a0}".to_owned();
                }),
                &["on-the-way-as-another"],
                "known-users readmit ann@example.com, or have them type `Ann`",
            ),
            (
                ann(|facts, ann| {
                    (ann.migrated_as, ann.migrated_at) = (Some("anna".to_owned()), at());
                    facts.typed = "ANN".to_owned();
                }),
                &["answered-and-not-there"],
                "have them try once more, and look for the error in the app's answer: Cognito names an attribute that it refuses",
            ),
            (
                ann(|facts, _| (facts.typed, facts.pool.case_sensitive) = ("ann".to_owned(), true)),
                &["another-spelling"],
                "have them type `Ann`",
            ),
            (
                ann(|facts, _| facts.name_is_shared = true),
                &["user-name-shared"],
                "known-users put --email ann@example.com --user-name ANOTHER",
            ),
            (
                ann(|facts, _| facts.client = Some(AppClient { id: "C".to_owned(), ..AppClient::default() })),
                &["client-without-password-flow"],
                "let the app client use ALLOW_USER_PASSWORD_AUTH (in the console: UpdateUserPoolClient resets what it is not \
                 given), and have the app sign in by it",
            ),
            (
                ann(|facts, _| facts.migration = Migration::NotAsked),
                &["trigger-not-attached"],
                "known-users attach --user-pool-id P --only migrate-user",
            ),
            (
                ann(|facts, _| facts.migration = Migration::Anothers("arn".to_owned())),
                &["trigger-of-another-maker"],
                "known-users attach --user-pool-id P --only migrate-user --replace migrate-user",
            ),
            (
                ann(|facts, _| facts.migration = Migration::Deleted("arn".to_owned())),
                &["function-missing"],
                "sam deploy",
            ),
            (
                ann(|facts, ann| {
                    for name in ["Sub", "cognito:x", "custom:shoe"] {
                        ann.attributes.insert(name.to_owned(), "7".to_owned());
                    }
                    facts.schema = vec!["email".to_owned()];
                }),
                &["attribute-not-in-pool"],
                "known-users put --email ann@example.com --remove-attribute custom:shoe",
            ),
            (
                ann(|facts, _| {
                    facts.schema = vec!["email".to_owned(), "name".to_owned()];
                    facts.required = facts.schema.clone();
                }),
                &["attribute-missing"],
                "known-users put --email ann@example.com --attribute name=VALUE",
            ),
            (
                ann(|facts, _| {
                    facts.pool = alias;
                    facts.accounts.push((account("EXTERNAL_PROVIDER"), Tie::Federated));
                }),
                &["alias-held-by-another-provider"],
                "have them sign in by that provider, or link it (aws cognito-idp admin-link-provider-for-user) to an account \
                 for ann@example.com",
            ),
            (
                ann(|facts, _| facts.typed = "ann@example.com".to_owned()),
                &["email-is-no-user-name"],
                "have them type `Ann`",
            ),
            (
                ann(|facts, _| (facts.typed, facts.pool) = ("ann@example.com".to_owned(), alias)),
                &["nothing-refuses"],
                "have them choose \"forgot password\"",
            ),
            // What somebody merely says is in nobody's way.
            (
                ann(|facts, _| facts.accounts.push((account("CONFIRMED"), Tie::Said))),
                &["nothing-refuses"],
                "have them choose \"forgot password\"",
            ),
        ] {
            let verdicts = judge(&facts);
            let found: Vec<_> = verdicts.iter().map(|verdict| verdict.rule).collect();
            assert_eq!((found.as_slice(), verdicts[0].remedy.as_str()), (rules, remedy), "{:?}", verdicts[0]);
        }
    }

    #[test]
    fn a_verdict_says_since_when_where_that_is_noted() {
        let since = |facts: &Facts| judge(facts)[0].since.clone();
        assert_eq!(since(&with("UNCONFIRMED")).as_deref(), Some("2027-01-15T08:00:00Z"));
        assert_eq!(since(&ann(|_, ann| ann.confirmed_at = at())), at());
        let login = || LastLogin { pool: "P2".to_owned(), time: "2026-11-21T10:00:00.000Z".to_owned() };
        let gone = ann(|facts, ann| (ann.confirmed_at, facts.last_login) = (at(), Some(login())));
        assert_eq!(since(&gone).as_deref(), Some("2026-11-21T10:00:00.000Z"));
        assert!(judge(&gone)[0].why.contains("their last sign-in was in the pool `P2`"));
        assert_eq!(since(&ann(|_, ann| ann.suspended = true)), None);
        assert_eq!(UserEmail::new("Ann@example.com").unwrap().as_str(), "ann@example.com");
    }
}
