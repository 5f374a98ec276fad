//! What would go wrong: pure. One file because each check is read beside the others: what one leaves out, another has to
//! find.

use std::collections::BTreeMap;

use known_user::{Trigger, attribute::BY_USER_NAME};
use legacy_password::PasswordHash;
use serde_json::Value;
use user_pool::{
    app_client::AppClient,
    function::Function,
    functions::Setting,
    policy::{Caller, Policy},
    settings::{Settings, Wiring},
};

use crate::commands::doctor::{finding::Finding, hashes::Sample};

/// A deployed function and what Lambda says of it.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    pub(crate) trigger: Trigger,
    pub(crate) function: Function,
    /// Nothing where there is no such function.
    pub(crate) setting: Option<Setting>,
    pub(crate) policy: Policy,
}

/// A table, as far as it matters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The partition key, where that is all of the key.
    pub(crate) key: Option<String>,
    pub(crate) is_deletion_protected: bool,
    /// By name: the partition key, and whether it can be used now.
    pub(crate) indexes: BTreeMap<String, (Option<String>, bool)>,
}

/// What SES says of a sender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sender {
    pub(crate) address: String,
    /// Whether the address or its domain is verified.
    pub(crate) is_verified: bool,
    /// Whether mail goes to addresses that are not verified.
    pub(crate) is_out_of_the_sandbox: bool,
    pub(crate) may_send: bool,
}

// ---- The pool ----

pub(crate) fn pool(settings: &Settings) -> Vec<Finding> {
    let pool = format!("user pool `{}`", settings.id());
    let mut findings = Vec::new();
    if settings.minds_letter_case() {
        findings.push(Finding::warning(
            "case-sensitive-pool",
            &pool,
            "it tells `Lan` from `lan`: whoever types their name in another case is a stranger to the pool, while the \
             known users are looked up whatever the case, so that one person can get two accounts",
            "Cognito fixes this when it makes a pool: make one with UsernameConfiguration={CaseSensitive=false} and let \
             people migrate into that",
        ));
    }
    let recovers_by_email = settings.at("/AccountRecoverySetting/RecoveryMechanisms").and_then(Value::as_array);
    if recovers_by_email.is_some_and(|ways| {
        !ways.is_empty() && !ways.iter().any(|way| way.get("Name") == Some(&Value::from("verified_email")))
    }) {
        findings.push(Finding::warning(
            "no-recovery-by-email",
            &pool,
            "whoever migrates without a password hash has to choose a new password with a code, and the pool mails none",
            "add verified_email to AccountRecoverySetting",
        ));
    }
    if settings.at("/EmailConfiguration/EmailSendingAccount") != Some(&Value::from("DEVELOPER")) {
        findings.push(Finding::note(
            "cognito-sends-the-mail",
            &pool,
            "Cognito itself mails the codes, and only a few dozen a day (service quotas): too few for many who migrate on \
             one day",
            "have the pool send by SES (EmailConfiguration, EmailSendingAccount=DEVELOPER)",
        ));
    }
    if settings.at("/DeletionProtection") != Some(&Value::from("ACTIVE")) {
        findings.push(Finding::note(
            "pool-deletion-protection-off",
            &pool,
            "it can be deleted by mistake, with everybody in it",
            "set DeletionProtection to ACTIVE, unless the pool shall go with its stack",
        ));
    }
    findings
}

/// How people sign in, where strangers could take the place of somebody known.
pub(crate) fn sign_in(settings: &Settings) -> Vec<Finding> {
    let pool = format!("user pool `{}`", settings.id());
    let mut findings = Vec::new();
    let remedy = "set UserAttributeUpdateSettings to AttributesRequireVerificationBeforeUpdate=[email]; UpdateUserPool resets \
                  what it is not given";
    let is_proven = settings.has_changed_emails_proven();
    if !is_proven && settings.email_is_user_name() {
        findings.push(Finding::error(
            "unproven-email-signs-in",
            &pool,
            "its users sign in by email, and may change it without proving the new one: whoever takes a known person's \
             address is in their place, and keeps them from migrating",
            remedy,
        ));
    } else if !is_proven {
        findings.push(Finding::warning(
            "email-changes-unproven",
            &pool,
            "its users may change their email without proving the new one, which is theirs at once, unverified: whoever \
             mistypes it is not found by it any more",
            remedy,
        ));
    }
    if settings.is_user_name("phone_number") {
        findings.push(Finding::error(
            "phone-signs-in",
            &pool,
            "people sign up and in by phone number: known users are known by email and user name, so that whoever comes by \
             phone is a stranger",
            "take a pool whose user names are names or emails: Cognito fixes this when it makes a pool",
        ));
    }
    if settings.is_alias("phone_number") {
        findings.push(Finding::warning(
            "phone-is-alias",
            &pool,
            "people may sign in by phone number: whoever has yet to migrate and types it is a stranger",
            "tell people to sign in by user name or email until they have come",
        ));
    }
    if settings.is_alias("preferred_username") {
        findings.push(Finding::warning(
            "preferred-user-name-is-alias",
            &pool,
            "its users sign in by a name that they choose later and no trigger sees: whoever chooses a known person's name \
             keeps them from migrating",
            "take preferred_username off the WriteAttributes of the app clients; UpdateUserPoolClient resets what it is not \
             given",
        ));
    }
    findings
}

// ---- App clients ----

pub(crate) fn clients(clients: &[AppClient]) -> Vec<Finding> {
    // A client for machines signs nobody in.
    let is_for_people = |client: &&AppClient| client.oauth_flows != ["client_credentials"];
    let for_people: Vec<&AppClient> = clients.iter().filter(is_for_people).collect();
    let is_nowhere = !for_people.iter().any(|client| client.sees_passwords());
    let mut findings = Vec::new();
    for client in for_people {
        let about = format!("app client `{}` ({})", client.id, client.name);
        if !client.sees_passwords() {
            let make = if is_nowhere { Finding::error } else { Finding::warning };
            findings.push(make(
                "client-without-password-flow",
                about.clone(),
                "nobody can migrate through it: with SRP no trigger sees the password",
                "let it use ALLOW_USER_PASSWORD_AUTH (or ALLOW_ADMIN_USER_PASSWORD_AUTH from a server), have the app sign in \
                 by it until everybody has migrated; UpdateUserPoolClient resets what it is not given",
            ));
        }
        if !client.hides_who_exists {
            findings.push(Finding::warning(
                "user-existence-told",
                about,
                "PreventUserExistenceErrors is off: answers tell who has an account",
                "set PreventUserExistenceErrors to ENABLED; UpdateUserPoolClient resets what it is not given",
            ));
        }
    }
    findings
}

/// Attributes of the owner's own that users may change once they have them.
pub(crate) fn writable(clients: &[AppClient], sample: &Sample) -> Vec<Finding> {
    let mut findings = Vec::new();
    for client in clients.iter().filter(|client| client.oauth_flows != ["client_credentials"]) {
        // Where none is said, a user may write them all (developer guide, "Attribute permissions and scopes").
        let may_write = |name: &&String| client.writes.is_empty() || client.writes.contains(name);
        let writable: Vec<&str> = sample.custom.iter().filter(may_write).map(String::as_str).collect();
        if !writable.is_empty() {
            findings.push(Finding::warning(
                "custom-attribute-writable",
                format!("app client `{}` ({})", client.id, client.name),
                format!(
                    "records have {}, and every user who signs in through it may change theirs: an app that trusts it takes \
                     them for somebody else",
                    writable.join(", ")
                ),
                "list in its WriteAttributes what users may change, and no custom attribute; UpdateUserPoolClient resets \
                 what it is not given",
            ));
        }
    }
    findings
}

// ---- Functions ----

/// Settings that several functions have, and that have to be the same.
pub(crate) fn agreement(deployed: &[Deployed]) -> Option<Finding> {
    let of = [Trigger::PreSignUp, Trigger::PreAuthentication, Trigger::PostAuthentication];
    let says: Vec<(Trigger, &str)> = deployed
        .iter()
        .filter(|one| of.contains(&one.trigger))
        .filter_map(|one| Some((one.trigger, one.setting.as_ref()?.environment.get("CHECK_SUSPENDED"))))
        .map(|(trigger, says)| (trigger, says.map_or("before", String::as_str)))
        .collect();
    let (_, first) = *says.first()?;
    let is_disputed = says.iter().any(|(_, one)| *one != first);
    is_disputed.then(|| {
        let list: Vec<String> = says.iter().map(|(trigger, says)| format!("{says} ({})", trigger.title())).collect();
        Finding::error(
            "settings-disagree",
            "functions of the stack",
            format!("CHECK_SUSPENDED is {}: somebody who is suspended may get in between them", list.join(", ")),
            "deploy the stack again, with CheckSuspended as you want it, and set no function by hand",
        )
    })
}

pub(crate) fn function(deployed: &Deployed, settings: &Settings, table: Option<&str>) -> Vec<Finding> {
    let Deployed { trigger, function, setting, .. } = deployed;
    let (title, name, pool) = (trigger.title(), &function.name, settings.id());
    let about = format!("function `{name}` ({title})");
    let mut findings = Vec::new();
    let Some(setting) = setting else {
        findings.push(Finding::error(
            "function-missing",
            about,
            "the stack names it, and Lambda does not have it",
            "deploy the stack again",
        ));
        return findings;
    };
    match settings.wiring(*trigger, function) {
        Wiring::Calls => {
            findings.extend(permission(deployed, settings));
            findings.extend(alias(deployed, settings));
        }
        Wiring::CallsNothing => findings.push(Finding::warning(
            "trigger-not-attached",
            &about,
            format!("the pool calls nothing at {title}"),
            format!("known-users attach --user-pool-id {pool} --only {}", trigger.name()),
        )),
        Wiring::CallsAnother(theirs) => findings.push(Finding::warning(
            "trigger-of-another-maker",
            &about,
            format!("at {title} the pool calls `{theirs}`"),
            format!(
                "where that is not meant: known-users attach --user-pool-id {pool} --only {0} --replace {0}",
                trigger.name()
            ),
        )),
    }
    if setting.state.as_deref().is_some_and(|state| state == "Failed") {
        findings.push(Finding::error(
            "function-failed",
            &about,
            "Lambda could not set it up",
            "look at StateReason in `aws lambda get-function-configuration`, and deploy the stack again",
        ));
    }
    if let (Some(theirs), Some(ours)) = (setting.environment.get("KNOWN_USERS_TABLE"), table)
        && theirs != ours
    {
        findings.push(Finding::warning(
            "function-of-another-table",
            &about,
            format!("it asks the table `{theirs}`, and this looked at `{ours}`"),
            "check --table and --stack",
        ));
    }
    findings.extend(sign_in_with(&about, setting, settings));
    findings.extend(letter_case(*trigger, &about, setting, settings));
    let policy = setting.environment.get("SIGN_UP_POLICY").map_or("match", String::as_str);
    if *trigger == Trigger::PreSignUp && policy == "match" && settings.email_is_user_name() {
        findings.push(Finding::error(
            "match-in-email-pool",
            &about,
            "SIGN_UP_POLICY is `match`, and in this pool there is no user name to match: the function refuses to start, as \
             whoever knows an email would get the account",
            "deploy the stack with SignUpPolicy=claim, verify or deny",
        ));
    }
    findings
}

/// Whether the pool calls the function by the alias that the stack moves.
fn alias(deployed: &Deployed, settings: &Settings) -> Option<Finding> {
    let Deployed { trigger, function, .. } = deployed;
    let alias = function.qualifier.as_ref()?;
    let called = settings.called_at(*trigger)?;
    (Function::new(called).qualifier.as_ref() != Some(alias)).then(|| {
        Finding::warning(
            "not-called-by-alias",
            format!("function `{}` ({})", function.name, trigger.title()),
            format!(
                "the pool calls `{called}`, not its alias `{alias}`: a new version is not let in gradually, and does not go \
                 back by itself"
            ),
            format!("known-users attach --user-pool-id {} --only {} --to-alias", settings.id(), trigger.name()),
        )
    })
}

fn letter_case(trigger: Trigger, about: &str, setting: &Setting, settings: &Settings) -> Option<Finding> {
    let says = setting.environment.get("USER_NAMES_CASE_SENSITIVE").map(String::as_str);
    // The others have it only from a newer template.
    let is_asked = trigger == Trigger::MigrateUser || says.is_some();
    let (says, minds) = (says.unwrap_or("false"), settings.minds_letter_case());
    (is_asked && says != minds.to_string()).then(|| {
        let harm = if minds {
            "a stranger can come as somebody known under a spelling of another case"
        } else {
            "somebody known who types another case than the owner's is a stranger"
        };
        Finding::error(
            "letter-case-mismatch",
            about,
            format!("USER_NAMES_CASE_SENSITIVE says `{says}`, and the pool's CaseSensitive is {minds}: {harm}"),
            format!("deploy the stack with CaseSensitiveUserNames={minds}"),
        )
    })
}

fn permission(deployed: &Deployed, settings: &Settings) -> Vec<Finding> {
    let Deployed { trigger, function, policy, .. } = deployed;
    let about = format!("function `{}` ({})", function.name, trigger.title());
    let Some(caller) = Caller::new(settings.arn()) else { return Vec::new() };
    let attach = format!("known-users attach --user-pool-id {} --only {}", settings.id(), trigger.name());
    let grants = policy.grants(&caller);
    if policy.denies(&caller) {
        return vec![Finding::error(
            "permission-denied",
            about,
            "its policy denies the pool to call it, whatever else allows it: every such sign-up or sign-in fails",
            "remove the statement with Effect Deny from the function's resource-based policy",
        )];
    }
    if grants.is_empty() {
        return vec![Finding::error(
            "permission-missing",
            about,
            "the pool calls it and may not: every such sign-up or sign-in fails",
            attach,
        )];
    }
    let wide = grants.iter().filter(|grant| !grant.is_narrow).map(|grant| {
        let id = grant.id.as_deref().unwrap_or("without an id");
        Finding::warning(
            "permission-too-wide",
            &about,
            format!("its statement `{id}` does not name this pool and this account, so that others may call it too"),
            format!(
                "{attach} gives the pool a permission of its own; then aws lambda remove-permission --function-name {} \
                 --statement-id {id}",
                function.name
            ),
        )
    });
    wide.collect()
}

fn sign_in_with(about: &str, setting: &Setting, settings: &Settings) -> Option<Finding> {
    let is = if settings.email_is_user_name() {
        "email"
    } else if settings.email_is_alias() {
        "email-alias"
    } else {
        "username"
    };
    let says = setting.environment.get("SIGN_IN_WITH").map_or("username", String::as_str);
    (says != is).then(|| {
        Finding::error(
            "sign-in-with-mismatch",
            about,
            format!(
                "SIGN_IN_WITH says `{says}`, and in this pool it is `{is}`: it takes people for others, or for nobody"
            ),
            format!("deploy the stack with SignInWith={is}"),
        )
    })
}

/// A function that the pool calls at `name`, of whomever, and that is not there.
pub(crate) fn deleted(pool: &str, name: &str, arn: &str) -> Finding {
    Finding::error(
        "calls-deleted-function",
        format!("user pool `{pool}`"),
        format!("at {name} it calls `{arn}`, which is not there: everybody who gets there is refused"),
        format!("known-users detach --user-pool-id {pool} --function {arn}, or deploy that function again"),
    )
}

// ---- Hashes and memory ----

/// Whether the migrate user function can do the hashes of the table in time.
pub(crate) fn memory(deployed: &Deployed, sample: &Sample) -> Vec<Finding> {
    let Some(setting) = &deployed.setting else { return Vec::new() };
    let about = format!("function `{}` ({})", deployed.function.name, deployed.trigger.title());
    let mut findings = Vec::new();
    let of = format!("of {} records that were looked at", sample.records);
    for (format, hashes) in &sample.formats {
        if hashes.needed_mb > setting.memory {
            findings.push(Finding::error(
                "memory-too-small",
                &about,
                format!(
                    "{} {of} have {format} hashes that need {} MB, and it has {} MB: they would not be verified in time",
                    hashes.count, hashes.needed_mb, setting.memory
                ),
                format!("deploy the stack with MigrateUserMemorySize={}", hashes.needed_mb),
            ));
        }
        if hashes.too_slow > 0 {
            findings.push(Finding::warning(
                "hash-too-slow",
                &about,
                format!("{} {of} have {format} hashes that take too long with any memory", hashes.too_slow),
                "take PasswordHash off these records: the people then choose a new password",
            ));
        }
    }
    findings
}

/// Whether somebody unknown costs the migrate user function what most known people do.
pub(crate) fn dummy(deployed: &Deployed, sample: &Sample) -> Option<Finding> {
    let environment = &deployed.setting.as_ref()?.environment;
    let (most, of_most) = sample.most()?;
    let dummy = of_most.dummy.as_ref()?;
    let says = environment.get("DUMMY_HASH").map_or("", String::as_str);
    let is = match says {
        "" => "bcrypt", // The function's own.
        "none" => "none",
        hash => PasswordHash::parse(hash).map_or("unreadable", |hash| hash.format().name()),
    };
    let as_many = sample.formats.get(is).is_some_and(|of_this| of_this.count >= of_most.count);
    (!as_many).then(|| {
        Finding::warning(
            "dummy-hash-differs",
            format!("function `{}` ({})", deployed.function.name, deployed.trigger.title()),
            format!(
                "most password hashes are {most}, and a stranger's password is held against {is}: the time tells who is known"
            ),
            format!("deploy the stack with DummyHash='{dummy}'"),
        )
    })
}

/// Hashes that no trigger can read.
pub(crate) fn unreadable(table: &str, sample: &Sample) -> Vec<Finding> {
    let finding = |(why, count): (&String, &usize)| {
        Finding::warning(
            "hash-unreadable",
            format!("table `{table}`"),
            format!("{count} of {} records that were looked at: {why}", sample.records),
            "import these people again with a hash that is read, or take PasswordHash off",
        )
    };
    sample.unreadable.iter().map(finding).collect()
}

// ---- The table ----

pub(crate) fn known_users(table: &Table) -> Vec<Finding> {
    let about = format!("table `{}`", table.name);
    let mut findings = Vec::new();
    if table.key.as_deref() != Some("UserEmail") {
        findings.push(Finding::error(
            "table-key-wrong",
            &about,
            "its key is not UserEmail alone: no trigger finds anybody in it",
            "check --table; the table of known users is the stack's output KnownUsersTable",
        ));
    }
    match table.indexes.get(BY_USER_NAME) {
        Some((Some(key), true)) if key == "UserNameKey" => {}
        Some((Some(key), false)) if key == "UserNameKey" => findings.push(Finding::warning(
            "index-not-ready",
            &about,
            format!("its index {BY_USER_NAME} is being made or filled: people are not found by user name yet"),
            "wait until it is ACTIVE",
        )),
        found => findings.push(Finding::error(
            "index-missing",
            &about,
            match found {
                None => format!("it has no index {BY_USER_NAME}: nobody is found by user name"),
                Some(_) => {
                    format!("the key of its index {BY_USER_NAME} is not UserNameKey alone: nobody is found by user name")
                }
            },
            format!(
                "deploy the stack again, or make a global secondary index {BY_USER_NAME} with the partition key UserNameKey"
            ),
        )),
    }
    if !table.is_deletion_protected {
        findings.push(Finding::warning(
            "table-deletion-protection-off",
            &about,
            "it can be deleted by mistake, with everybody in it",
            format!("aws dynamodb update-table --table-name {} --deletion-protection-enabled", table.name),
        ));
    }
    findings
}

/// What the records of the sample say of each other and of the pool.
pub(crate) fn people(table: &str, user_pool_id: &str, sample: &Sample) -> Vec<Finding> {
    let about = format!("table `{table}`");
    let of = format!("of {} records that were looked at", sample.records);
    let mut findings = Vec::new();
    let others: Vec<&str> = sample.pools.keys().map(String::as_str).filter(|pool| *pool != user_pool_id).collect();
    if !others.is_empty() {
        let count: usize = others.iter().filter_map(|pool| sample.pools.get(*pool)).sum();
        findings.push(Finding::error(
            "table-of-two-pools",
            &about,
            format!(
                "{count} {of} have arrived in another pool ({}), and one table serves one pool: here they count as people \
                 whose account was deleted",
                others.join(", ")
            ),
            "give each pool a stack and a table of its own; where the other pool is no more: known-users readmit --all",
        ));
    }
    if sample.shared_names > 0 {
        findings.push(Finding::warning(
            "user-name-shared",
            &about,
            format!("{} user names {of} are those of two people: the triggers take them for nobody's", sample.shared_names),
            "known-users put --email EMAIL --user-name ANOTHER, for one of each two; known-users export lists all of them",
        ));
    }
    if sample.bad_keys > 0 {
        findings.push(Finding::warning(
            "key-not-normalised",
            &about,
            format!(
                "{} {of} have a UserEmail that no trigger asks for: not trimmed, not in lower case, or not in Unicode's \
                 composed form (NFC)",
                sample.bad_keys
            ),
            "import these people again with known-users import, and remove the old records",
        ));
    }
    findings
}

pub(crate) fn missing_table(name: &str, what: &str) -> Finding {
    Finding::error(
        "table-missing",
        format!("table `{name}`"),
        format!("{what} is not there: every trigger that asks it fails"),
        "check --table and --region, and deploy the stack again; restore the table from a backup where it was deleted",
    )
}

pub(crate) fn point_in_time(table: &str, is_on: bool) -> Option<Finding> {
    (!is_on).then(|| {
        Finding::warning(
            "point-in-time-recovery-off",
            format!("table `{table}`"),
            "a wrong import cannot be undone",
            format!(
                "aws dynamodb update-continuous-backups --table-name {table} \
                 --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
            ),
        )
    })
}

// ---- Mail ----

pub(crate) fn mail(sender: &Sender) -> Vec<Finding> {
    let about = format!("sender `{}`", sender.address);
    let mut findings = Vec::new();
    if !sender.is_verified {
        findings.push(Finding::error(
            "ses-identity-not-verified",
            &about,
            "neither the address nor its domain is a verified identity of SES here: no welcome mail is sent",
            format!("aws sesv2 create-email-identity --email-identity {}, and follow the mail", sender.address),
        ));
    }
    if !sender.may_send {
        findings.push(Finding::error(
            "ses-sending-off",
            &about,
            "SES has stopped sending for this account: no welcome mail is sent",
            "look at the reputation of the account in the console of SES",
        ));
    }
    if !sender.is_out_of_the_sandbox {
        findings.push(Finding::warning(
            "ses-sandbox",
            &about,
            "the account is in the sandbox of SES: only verified addresses get the welcome mail",
            "request production access in the console of SES",
        ));
    }
    findings
}
