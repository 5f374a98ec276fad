//! The users of a pool, as its owner sees them, and how each of them stands to a known person.

use std::{
    collections::{BTreeSet, HashMap},
    time::SystemTime,
};

use aws_failure::Failure;
use aws_sdk_cognitoidentityprovider::{
    Client,
    error::SdkError,
    operation::list_users::ListUsersError,
    types::{AttributeType, UserType},
};
use aws_smithy_types::DateTime;
use known_user::{KnownUser, Record, UserEmail, UserNameKey};
use serde_json::{Value, json};

/// How many users one page has at most, which is what Cognito allows.
const PAGE: i32 = 60;

/// Somebody in the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// A UUID in a pool where the email is the user name.
    pub user_name: String,
    /// Cognito's id of the account.
    pub sub: Option<String>,
    /// The address that it says is its own.
    pub email: Option<String>,
    /// Whether the pool calls that address verified.
    pub email_verified: bool,
    /// `CONFIRMED`, `UNCONFIRMED` …
    pub status: String,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// When it was last changed.
    pub changed: Option<SystemTime>,
}

/// What makes an account somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// It has signed in as the person.
    Sub,
    /// Its user name is theirs.
    Name,
    /// Its email is theirs: verified, or what signs in.
    Email,
    /// It is a user of another provider whose verified email is theirs: the person can still come with their old password.
    Federated,
    /// It only says that their email is its own.
    Said,
}

impl Tie {
    /// Whether the account is in the place of the person: nobody else can come as them while it is there.
    pub fn takes_the_place(self) -> bool {
        matches!(self, Self::Sub | Self::Name | Self::Email)
    }
}

impl Account {
    fn of(
        user_name: &str,
        attributes: &[AttributeType],
        status: Option<&str>,
        is_enabled: bool,
        changed: Option<&DateTime>,
    ) -> Self {
        let attribute = |name: &str| {
            let found = attributes.iter().find(|attribute| attribute.name() == name);
            found.and_then(AttributeType::value).map(str::to_owned)
        };
        Self {
            user_name: user_name.to_owned(),
            sub: attribute("sub"),
            email: attribute("email"),
            email_verified: attribute("email_verified").is_some_and(|text| text == "true"),
            status: status.unwrap_or("UNKNOWN").to_owned(),
            is_enabled,
            changed: changed.and_then(|time| SystemTime::try_from(*time).ok()),
        }
    }

    fn listed(user: &UserType) -> Self {
        let status = user.user_status().map(|status| status.as_str());
        let name = user.username().unwrap_or_default();
        Self::of(name, user.attributes(), status, user.enabled(), user.user_last_modified_date())
    }

    /// Whether its sign-up was confirmed, or it needed none.
    pub fn is_confirmed(&self) -> bool {
        self.status != "UNCONFIRMED"
    }

    /// Whether it is a user of another provider.
    pub fn is_federated(&self) -> bool {
        self.status == "EXTERNAL_PROVIDER"
    }

    /// What makes the account this person's; nothing if nothing does. `email_signs_in` in a pool where the email is the
    /// user name.
    pub fn tie(&self, user: &KnownUser, email_signs_in: bool) -> Option<Tie> {
        if user.user_sub.is_some() && user.user_sub == self.sub {
            return Some(Tie::Sub);
        }
        let has_email = self.email.as_deref().and_then(UserEmail::new).is_some_and(|email| email == user.email);
        if self.is_federated() {
            return has_email.then_some(if self.email_verified { Tie::Federated } else { Tie::Said });
        }
        let is_migrated_as = user.migrated_as.as_deref().is_some_and(|name| {
            UserNameKey::new(name).is_some() && UserNameKey::new(name) == UserNameKey::new(&self.user_name)
        });
        let is_named = Record::from(user.clone()).is_named(&self.user_name).unwrap_or_default();
        if !email_signs_in && (is_named || is_migrated_as) {
            return Some(Tie::Name);
        }
        has_email.then_some(if self.email_verified || email_signs_in { Tie::Email } else { Tie::Said })
    }

    /// For a terminal.
    pub fn described(&self) -> String {
        let email = self.email.as_deref().unwrap_or("no email");
        let verified = if self.email_verified { "verified" } else { "not verified" };
        let disabled = if self.is_enabled { "" } else { ", disabled" };
        format!("`{}` <{email}>, {verified}, {}{disabled}", self.user_name, self.status)
    }

    /// As the JSON result has it.
    pub fn to_json(&self) -> Value {
        json!({"userName": self.user_name, "sub": self.sub, "email": self.email, "emailVerified": self.email_verified,
            "status": self.status, "enabled": self.is_enabled})
    }
}

/// A pool's users.
pub struct Users {
    client: Client,
    /// The pool's id.
    pub pool: String,
}

impl Users {
    /// The users of the pool with this id. Makes no request.
    pub fn new(client: Client, pool: String) -> Self {
        Self { client, pool }
    }

    /// Who has this user name, or this alias where the pool has any.
    pub async fn named(&self, name: &str) -> Result<Option<Account>, Failure> {
        match self.client.admin_get_user().user_pool_id(&self.pool).username(name).send().await {
            Ok(user) => {
                let status = user.user_status().map(|status| status.as_str());
                let (attributes, changed) = (user.user_attributes(), user.user_last_modified_date());
                Ok(Some(Account::of(user.username(), attributes, status, user.enabled(), changed)))
            }
            Err(error) => {
                let tried = format!("look `{name}` up in the user pool `{}`", self.pool);
                match Failure::aws(tried, "cognito-idp:AdminGetUser", &error) {
                    failure if failure.is("UserNotFoundException") => Ok(None),
                    failure => Err(failure),
                }
            }
        }
    }

    /// Everybody with this value of an attribute that can be searched for.
    async fn with(&self, attribute: &str, value: &str) -> Result<Vec<Account>, Failure> {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let mut found = Vec::new();
        let call = self.client.list_users().user_pool_id(&self.pool).limit(PAGE);
        // A page may be empty, and more behind it.
        let mut pages = call.filter(format!("{attribute} = \"{value}\"")).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.not_listed(&error))?;
            found.extend(page.users().iter().map(Account::listed));
        }
        Ok(found)
    }

    fn not_listed<R: std::fmt::Debug>(&self, error: &SdkError<ListUsersError, R>) -> Failure {
        Failure::aws(format!("list the users of the user pool `{}`", self.pool), "cognito-idp:ListUsers", error)
    }

    /// Every account that has something of this person, and what; the strongest tie first.
    pub async fn of(&self, user: &KnownUser, email_signs_in: bool) -> Result<Vec<(Account, Tie)>, Failure> {
        let spelled = Record::from(user.clone()).email_as_spelled().unwrap_or_default();
        let mut found = Vec::new();
        for name in names(user, &spelled, email_signs_in) {
            found.extend(self.named(&name).await?);
        }
        if let Some(sub) = &user.user_sub {
            found.extend(self.with("sub", sub).await?);
        }
        for email in BTreeSet::from([user.email.as_str(), spelled.as_str()]) {
            found.extend(self.with("email", email).await?);
        }
        let mut tied: Vec<(Account, Tie)> = Vec::new();
        for account in found {
            if tied.iter().all(|(other, _)| other.user_name != account.user_name)
                && let Some(tie) = account.tie(user, email_signs_in)
            {
                tied.push((account, tie));
            }
        }
        tied.sort_by_key(|(_, tie)| *tie);
        Ok(tied)
    }

    /// Who is in the pool, by everything that may make an account somebody's. One call for every 60 users.
    pub async fn everybody(&self) -> Result<Everybody, Failure> {
        let mut everybody = Everybody::default();
        let mut pages = self.client.list_users().user_pool_id(&self.pool).limit(PAGE).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.not_listed(&error))?;
            page.users().iter().map(Account::listed).for_each(|account| everybody.add(account));
        }
        Ok(everybody)
    }

    /// Ends the account's sessions: its refresh tokens count no more.
    pub async fn sign_out(&self, name: &str) -> Result<(), Failure> {
        let call = self.client.admin_user_global_sign_out().user_pool_id(&self.pool).username(name);
        call.send().await.map(drop).map_err(|error| {
            let tried = format!("sign `{name}` out in the user pool `{}`", self.pool);
            Failure::aws(tried, "cognito-idp:AdminUserGlobalSignOut", &error)
        })
    }

    /// Disables an account: no sign-in succeeds there any more (`cognito-idp:AdminDisableUser`).
    pub async fn disable(&self, name: &str) -> Result<(), Failure> {
        let call = self.client.admin_disable_user().user_pool_id(&self.pool).username(name);
        call.send().await.map(drop).map_err(|error| {
            let tried = format!("disable `{name}` in the user pool `{}`", self.pool);
            Failure::aws(tried, "cognito-idp:AdminDisableUser", &error)
        })
    }

    /// Enables an account again (`cognito-idp:AdminEnableUser`).
    pub async fn enable(&self, name: &str) -> Result<(), Failure> {
        let call = self.client.admin_enable_user().user_pool_id(&self.pool).username(name);
        call.send().await.map(drop).map_err(|error| {
            let tried = format!("enable `{name}` in the user pool `{}`", self.pool);
            Failure::aws(tried, "cognito-idp:AdminEnableUser", &error)
        })
    }

    /// Deletes an account; whether it was there.
    pub async fn delete(&self, name: &str) -> Result<bool, Failure> {
        match self.client.admin_delete_user().user_pool_id(&self.pool).username(name).send().await {
            Ok(_) => Ok(true),
            Err(error) => {
                let tried = format!("delete `{name}` from the user pool `{}`", self.pool);
                match Failure::aws(tried, "cognito-idp:AdminDeleteUser", &error) {
                    failure if failure.is("UserNotFoundException") => Ok(false),
                    failure => Err(failure),
                }
            }
        }
    }
}

/// Under which names an account of the person may be: each spelling that the table has, for the pool may mind letter case.
fn names(user: &KnownUser, spelled: &str, email_signs_in: bool) -> BTreeSet<String> {
    let mut names = BTreeSet::from([user.email.as_str().to_owned(), spelled.to_owned()]);
    if !email_signs_in {
        let given = user.user_name.as_deref().map(str::trim);
        let key = user.user_name.as_deref().and_then(UserNameKey::new);
        let all = [given, key.as_ref().map(UserNameKey::as_str), user.migrated_as.as_deref()];
        names.extend(all.into_iter().flatten().filter(|name| !name.is_empty()).map(str::to_owned));
    }
    names
}

/// Who is in a pool.
#[derive(Default)]
pub struct Everybody {
    accounts: Vec<Account>,
    by_sub: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
}

impl Everybody {
    fn add(&mut self, account: Account) {
        let at = self.accounts.len();
        if let Some(sub) = &account.sub {
            self.by_sub.insert(sub.clone(), at);
        }
        if let Some(key) = UserNameKey::new(&account.user_name) {
            self.by_name.entry(key.as_str().to_owned()).or_default().push(at);
        }
        if let Some(email) = account.email.as_deref().and_then(UserEmail::new) {
            self.by_email.entry(email.as_str().to_owned()).or_default().push(at);
        }
        self.accounts.push(account);
    }

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.accounts.len()
    }

    /// The account in the place of this person.
    pub fn in_place_of(&self, user: &KnownUser, email_signs_in: bool) -> Option<&Account> {
        let of = |map: &HashMap<String, Vec<usize>>, key: &str| map.get(key).cloned().unwrap_or_default();
        let by_name = |name: Option<&str>| {
            let key = name.and_then(UserNameKey::new);
            key.map(|key| of(&self.by_name, key.as_str())).unwrap_or_default()
        };
        let sub = user.user_sub.as_ref().and_then(|sub| self.by_sub.get(sub)).copied();
        let at = sub
            .into_iter()
            .chain(by_name(user.user_name.as_deref()))
            .chain(by_name(user.migrated_as.as_deref()))
            .chain(by_name(Some(user.email.as_str())))
            .chain(of(&self.by_email, user.email.as_str()));
        let mut accounts = at.filter_map(|at| self.accounts.get(at));
        accounts.find(|account| account.tie(user, email_signs_in).is_some_and(Tie::takes_the_place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann(change: impl FnOnce(&mut KnownUser)) -> KnownUser {
        let mut ann = KnownUser::new("ann@example.com", Some("Ann")).unwrap();
        change(&mut ann);
        ann
    }

    fn account(user_name: &str, email: &str, email_verified: bool, status: &str) -> Account {
        Account {
            user_name: user_name.to_owned(),
            sub: Some("s".to_owned()),
            email: Some(email.to_owned()),
            email_verified,
            status: status.to_owned(),
            is_enabled: true,
            changed: None,
        }
    }

    #[test]
    fn an_account_is_somebodys_by_its_sub_its_name_or_an_email_that_is_proven_or_signs_in() {
        let arrived = |ann: &mut KnownUser| ann.user_sub = Some("s".to_owned());
        let migrated = |ann: &mut KnownUser| ann.migrated_as = Some("anna".to_owned());
        let nameless = |ann: &mut KnownUser| ann.user_name = None;
        let theirs = |verified| account("eve", "Ann@Example.com", verified, "CONFIRMED");
        let other = |name: &str| account(name, "eve@example.com", true, "UNCONFIRMED");
        let federated = |verified| account("Google_1", "ann@example.com", verified, "EXTERNAL_PROVIDER");
        for (user, account, email_signs_in, tie) in [
            (ann(|_| ()), other("eve"), false, None),
            (ann(arrived), other("eve"), false, Some(Tie::Sub)),
            (ann(|_| ()), other("ANN"), false, Some(Tie::Name)),
            (ann(|_| ()), other("ANN"), true, None),
            (ann(migrated), other("Anna"), false, Some(Tie::Name)),
            (ann(|_| ()), other("anna"), false, None),
            (ann(nameless), other("Ann@example.com"), false, Some(Tie::Name)),
            (ann(|_| ()), theirs(true), false, Some(Tie::Email)),
            (ann(|_| ()), theirs(false), false, Some(Tie::Said)),
            (ann(|_| ()), theirs(false), true, Some(Tie::Email)),
            (ann(|_| ()), federated(true), false, Some(Tie::Federated)),
            (ann(|_| ()), federated(false), true, Some(Tie::Said)),
        ] {
            assert_eq!(account.tie(&user, email_signs_in), tie, "{account:?} {email_signs_in}");
            let mut everybody = Everybody::default();
            everybody.add(other("bob"));
            everybody.add(account);
            let is_in_place = everybody.in_place_of(&user, email_signs_in).is_some();
            // The first has the same `sub`.
            assert_eq!(is_in_place, tie.is_some_and(Tie::takes_the_place), "{tie:?}");
        }
    }

    #[test]
    fn an_account_is_looked_for_under_every_spelling_that_the_table_has() {
        let user = ann(|ann| ann.migrated_as = Some("ANN".to_owned()));
        let all = |email_signs_in| names(&user, "Ann@Example.com", email_signs_in).into_iter().collect::<Vec<_>>();
        assert_eq!(all(false), ["ANN", "Ann", "Ann@Example.com", "ann", "ann@example.com"]);
        assert_eq!(all(true), ["Ann@Example.com", "ann@example.com"]);
    }
}
