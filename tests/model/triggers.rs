//! The five triggers as the model calls them: the real decisions, on a record in the model's small form, with what the
//! store makes of their notes. A rule can be left out ([`Row`]).

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    hash::Hash,
    mem::{self, Discriminant},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use common::{
    event::Event,
    known_users::{self, Named, SignInNoted},
};
use known_user::{
    CheckSuspended, Claim, ClaimUse, KnownUser, Pool, Record, Shown, SignInWith, UserEmail, UserNameKey, time::rfc3339,
};
use serde_json::{Value, json};

use crate::{
    migrate_user::{self, Against, Password, UserName},
    post_authentication, post_confirmation, pre_authentication,
    pre_sign_up::{self, SignUpPolicy, Verdict},
    rows::Row,
    search::Quickly,
    table::{self, Conditions},
};

/// The owner of the record, or somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Who {
    Owner,
    Stranger,
}

/// A user name, or an address typed as one. Two of them are never one user for the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Name {
    /// The owner's spelling of the person's name; the address, where the owner has no name for them.
    Own,
    /// Other spellings that normalise to the same: other letters in a pool that minds case, another form of Unicode in one
    /// that does not.
    Spelled,
    SpelledAgain,
    /// A free one, and one that is free still.
    Free,
    Another,
    /// The stranger's.
    Strangers,
    /// The person's address.
    Address,
    /// The same in capital letters, in a pool that minds case.
    AddressSpelled,
    /// The one that a migration made up.
    Unique,
    /// The UUID of the user in question, in an email pool, and that of an earlier one.
    Made,
    MadeBefore,
    /// The name of a user of another provider.
    Provided(Who),
}

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Address {
    /// The record's.
    Own,
    /// The record's in capital letters, in a pool that minds case.
    Spelled,
    /// Another one of the owner's.
    New,
    Strangers,
}

impl Address {
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Self::Own | Self::Spelled)
    }

    pub(crate) fn is_read_by(self, who: Who) -> bool {
        (self == Self::Strangers) == (who == Who::Stranger)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Own => "zoë@example.com",
            Self::Spelled => "ZOë@example.com",
            Self::New => "zoë@new.example",
            Self::Strangers => "eve@example.com",
        }
    }

    fn of(text: &str) -> Self {
        let all = [Self::Own, Self::Spelled, Self::New, Self::Strangers];
        all.into_iter().find(|address| address.text() == text).unwrap()
    }
}

/// What user name the record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Naming {
    Plain,
    /// One with an `@`.
    At,
    /// None.
    Missing,
}

/// Which of the person's names the stranger knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Knows {
    Address,
    Name,
    Both,
}

/// The settings, and the record that the world starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    pub(crate) pool: Pool,
    pub(crate) policy: SignUpPolicy,
    pub(crate) naming: Naming,
    pub(crate) has_hash: bool,
    pub(crate) is_verified: bool,
    pub(crate) is_invited: bool,
    pub(crate) is_suspended: bool,
    pub(crate) knows: Knows,
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.pool.sign_in_with {
            SignInWith::Username => "username",
            SignInWith::EmailAlias => "email-alias",
            SignInWith::Email => "email",
        };
        let policy = format!("{:?}", self.policy).to_lowercase();
        write!(f, "{mode}{}, {policy}:", if self.pool.case_sensitive { " that minds case" } else { "" })?;
        for (is_so, what) in [
            (self.has_hash, "a hash"),
            (!self.has_hash, "no hash"),
            (!self.is_verified, "unverified"),
            (self.is_invited, "a claim code"),
            (self.is_suspended, "suspended"),
            (self.naming == Naming::At, "a name with an @"),
            (self.naming == Naming::Missing, "no name"),
            (self.knows == Knows::Address, "a stranger who knows the address"),
            (self.knows == Knows::Name, "a stranger who knows the name"),
        ] {
            if is_so {
                write!(f, " {what},")?;
            }
        }
        Ok(())
    }
}

/// The record, as far as it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) has_hash: bool,
    pub(crate) is_suspended: bool,
    pub(crate) code: Code,
    pub(crate) migrated: Since,
    pub(crate) migrated_as: Option<Name>,
    pub(crate) is_confirmed: bool,
    pub(crate) has_sub: bool,
    pub(crate) is_readmitted: bool,
}

impl Known {
    pub(crate) fn has_arrived(&self) -> bool {
        self.is_confirmed || self.has_sub
    }
}

/// The claim code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    Gone,
    Unused,
    /// Used by this name, in the last 15 minutes or not.
    Used(Name, bool),
}

/// How long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Since {
    Never,
    /// Less than a minute.
    Now,
    Earlier,
}

/// What a user of the pool looks like in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) name: Name,
    pub(crate) email: Option<Address>,
    pub(crate) is_verified: bool,
    /// Whether the record's `UserSub` is theirs.
    pub(crate) is_sub: bool,
    pub(crate) is_federated: bool,
}

/// A sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SignUp {
    pub(crate) who: Who,
    pub(crate) name: Name,
    pub(crate) email: Option<Address>,
    pub(crate) with_code: bool,
}

/// What pre sign-up decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Decided {
    Confirm,
    Leave,
    Refuse,
    /// Confirm, if the code's use may be noted; else refuse or leave.
    Claimed {
        else_refuse: bool,
    },
}

/// A migration, before it is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Coming {
    /// The user name that is noted, if any.
    pub(crate) name: Option<Name>,
    only_as_before: bool,
    proven: bool,
    pub(crate) is_confirmed: bool,
    pub(crate) email: Address,
    pub(crate) is_verified: bool,
    /// Whether the answer tells Cognito the name, or takes the noted one.
    is_unique: bool,
}

const SUB: &str = "00000000-0000-4000-8000-000000000001";
const ANOTHER_SUB: &str = "00000000-0000-4000-8000-000000000002";
const CODE: &str = "abcd-efgh";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn ago(minutes: u64) -> String {
    rfc3339(now() - Duration::from_mins(minutes)).to_string()
}

/// Who tries to come in, how, and with what.
type Tried = (Known, Name, Option<Discriminant<Password>>, Who);

/// The record, and the user name of the account where it has one.
type Noted = (Known, Option<Name>);

type Memory<K, V> = RefCell<HashMap<K, V, Quickly>>;

/// The triggers of one configuration. They are functions of what they are given, so what they say is remembered.
pub(crate) struct Triggers {
    pub(crate) configuration: Configuration,
    without: Option<Row>,
    sign_ups: Memory<(Known, SignUp, bool), Decided>,
    claims: Memory<(Known, Name), (bool, Known)>,
    migrations: Memory<Tried, Option<Coming>>,
    notes: Memory<(Known, Coming), Option<Noted>>,
    tries: Memory<(Known, User), bool>,
    sign_ins: Memory<(Known, User), (Known, bool, bool)>,
    confirmations: Memory<(Known, User, bool), Known>,
}

fn remember<K: Hash + Eq + Copy, V: Copy>(memory: &Memory<K, V>, key: K, make: impl FnOnce() -> V) -> V {
    if let Some(known) = memory.borrow().get(&key) {
        return *known;
    }
    let made = make();
    memory.borrow_mut().insert(key, made);
    made
}

impl Triggers {
    pub(crate) fn new(configuration: Configuration, without: Option<Row>) -> Self {
        Self {
            configuration,
            without,
            sign_ups: Memory::default(),
            claims: Memory::default(),
            migrations: Memory::default(),
            notes: Memory::default(),
            tries: Memory::default(),
            sign_ins: Memory::default(),
            confirmations: Memory::default(),
        }
    }

    fn lacks(&self, row: Row) -> bool {
        self.without == Some(row)
    }

    fn text(&self, name: Name) -> String {
        let Configuration { pool, naming, .. } = self.configuration;
        let spelling = |plain: &str| match naming {
            Naming::At => format!("{plain}@old.example"),
            _ => plain.to_owned(),
        };
        match (name, pool.case_sensitive) {
            (Name::Own, _) if naming == Naming::Missing => Address::Own.text().to_owned(),
            (Name::Spelled, true) if naming == Naming::Missing => Address::Spelled.text().to_owned(),
            (Name::Own, _) => spelling("zoë-andré"),
            (Name::Spelled, true) => spelling("ZOË-ANDRÉ"),
            (Name::Spelled, false) => spelling("zoe\u{308}-andré"),
            (Name::SpelledAgain, true) => spelling("Zoë-André"),
            (Name::SpelledAgain, false) => spelling("zoë-andre\u{301}"),
            (Name::Free, _) => "mia".to_owned(),
            (Name::Another, _) => "pia".to_owned(),
            (Name::Strangers, _) => "eve".to_owned(),
            (Name::Address, _) => Address::Own.text().to_owned(),
            (Name::AddressSpelled, _) => Address::Spelled.text().to_owned(),
            (Name::Unique, _) => "30000000-0000-4000-8000-000000000000".to_owned(),
            (Name::Made, _) => "10000000-0000-4000-8000-000000000000".to_owned(),
            (Name::MadeBefore, _) => "20000000-0000-4000-8000-000000000000".to_owned(),
            (Name::Provided(Who::Owner), _) => "google_1".to_owned(),
            (Name::Provided(Who::Stranger), _) => "google_2".to_owned(),
        }
    }

    /// The name that is spelled so, or so for the pool.
    fn name_of(&self, text: &str) -> Name {
        use Name::{
            Address, AddressSpelled, Another, Free, Made, MadeBefore, Own, Spelled, SpelledAgain, Strangers, Unique,
        };
        let pool = self.configuration.pool;
        let names =
            [Own, Spelled, SpelledAgain, Free, Another, Strangers, Address, AddressSpelled, Unique, Made, MadeBefore];
        let is_it = |name: &Name| pool.same(&self.text(*name)) == pool.same(text);
        names.into_iter().find(is_it).unwrap()
    }

    /// Whether the name is the record's.
    pub(crate) fn is_named(&self, name: Name) -> bool {
        matches!(name, Name::Own | Name::Spelled | Name::SpelledAgain)
            || self.configuration.naming == Naming::Missing && matches!(name, Name::Address | Name::AddressSpelled)
    }

    fn known_user(&self, known: &Known) -> KnownUser {
        let Configuration { naming, is_verified, pool, .. } = self.configuration;
        let name = (naming != Naming::Missing).then(|| self.text(Name::Own));
        let mut user = KnownUser::new(Address::Own.text(), name.as_deref()).unwrap();
        user.email_verified = is_verified;
        user.password_hash = known.has_hash.then(|| "hash".to_owned());
        user.suspended = known.is_suspended;
        let used = match known.code {
            Code::Used(name, is_recent) => {
                Some(ClaimUse { by: self.text(name), at: ago(if is_recent { 5 } else { 20 }) })
            }
            _ => None,
        };
        let claim = Claim { code_hash: Claim::hash_of(CODE), expires: 1_900_000_000, used };
        user.claim = (known.code != Code::Gone).then_some(claim);
        user.migrated_at = match known.migrated {
            Since::Never => None,
            Since::Now => Some(ago(0)),
            Since::Earlier => Some(ago(60)),
        };
        user.migrated_as = known.migrated_as.map(|name| pool.same(&self.text(name)));
        user.confirmed_at = known.is_confirmed.then(|| ago(60));
        user.user_sub = known.has_sub.then(|| SUB.to_owned());
        user.readmitted_at = known.is_readmitted.then(|| ago(60));
        user
    }

    fn known(&self, user: &KnownUser) -> Known {
        let is_recent = |at: &str| at > ago(15).as_str();
        let used = user.claim.as_ref().map(|claim| claim.used.as_ref());
        Known {
            has_hash: user.password_hash.is_some(),
            is_suspended: user.suspended,
            code: match used {
                None => Code::Gone,
                Some(None) => Code::Unused,
                Some(Some(used)) => Code::Used(self.name_of(&used.by), is_recent(&used.at)),
            },
            migrated: match user.migrated_at.as_deref() {
                None => Since::Never,
                Some(at) if at > ago(1).as_str() => Since::Now,
                Some(_) => Since::Earlier,
            },
            migrated_as: user.migrated_as.as_deref().map(|name| self.name_of(name)),
            is_confirmed: user.confirmed_at.is_some(),
            has_sub: user.user_sub.is_some(),
            is_readmitted: user.readmitted_at.is_some(),
        }
    }

    /// The record, as a decision is shown it.
    fn record(&self, known: &Known, change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut user = self.known_user(known);
        change(&mut user);
        user.into()
    }

    fn event(source: &str, user_name: &str, request: &Value) -> Event {
        let event = json!({ "triggerSource": source, "userName": user_name, "request": request });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn user_event(&self, source: &str, user: User) -> Event {
        let mut attributes = json!({
            "sub": if user.is_sub { SUB } else { ANOTHER_SUB },
            "cognito:user_status": if user.is_federated { "EXTERNAL_PROVIDER" } else { "CONFIRMED" },
        });
        if let Some(email) = user.email {
            attributes["email"] = json!(email.text());
            attributes["email_verified"] = json!(user.is_verified.to_string());
        }
        Self::event(source, &self.text(user.name), &json!({ "userAttributes": attributes }))
    }

    /// Whose the user name is, by the index.
    fn named(&self, known: &KnownUser, user_name: &str) -> Named {
        let key = known.user_name.as_deref().and_then(UserNameKey::new);
        if key.is_some() && key == UserNameKey::new(user_name) {
            return Named::One(known.email.clone());
        }
        Named::Nobody
    }

    /// What pre sign-up decides over a sign-up, or over a user who comes by another provider.
    pub(crate) fn pre_sign_up(&self, known: Known, sign_up: SignUp, by_provider: bool) -> Decided {
        remember(&self.sign_ups, (known, sign_up, by_provider), || {
            let source = if by_provider { "PreSignUp_ExternalProvider" } else { "PreSignUp_SignUp" };
            let code = if sign_up.with_code { json!({ "claimCode": CODE }) } else { json!({}) };
            let email = sign_up.email.map(Address::text);
            let request = json!({ "userAttributes": { "email": email }, "clientMetadata": code });
            let typed = self.text(sign_up.name);
            let event = Self::event(source, &typed, &request);
            let Configuration { policy, pool, naming, is_verified, .. } = self.configuration;
            let check_suspended = match by_provider && self.lacks(Row::SuspendedByAnotherProvider) {
                true => CheckSuspended::Never,
                false => CheckSuspended::Before,
            };
            let rules = pre_sign_up::Rules { policy, sign_in_with: pool.sign_in_with, check_suspended };

            let user = self.known_user(&known);
            let shown = self.record(&known, |user| {
                if self.lacks(Row::SignUpArrived) {
                    (user.user_sub, user.confirmed_at) = (None, None);
                }
                if self.lacks(Row::SignUpInMigration) && user.migrated_at.is_some() {
                    user.migrated_at = Some(ago(60));
                }
                if self.lacks(Row::SignUpSuspended) && !by_provider {
                    user.suspended = false;
                }
                let is_unverified = !is_verified && user.password_hash.is_none();
                let falls_through = matches!(policy, SignUpPolicy::Deny | SignUpPolicy::Match);
                if self.lacks(Row::SignUpUnverified) && is_unverified && falls_through {
                    user.email_verified = true;
                }
                let is_match = policy == SignUpPolicy::Match;
                if self.lacks(Row::MatchName) && is_match {
                    user.user_name = Some(typed.clone());
                }
                if self.lacks(Row::MatchNamed) && is_match && naming == Naming::Missing {
                    user.user_name = Some(Address::Own.text().to_owned());
                }
                if self.lacks(Row::MatchNoHash) && is_match && is_verified {
                    user.password_hash = None;
                }
                if self.lacks(Row::MatchNotReadmitted) {
                    user.readmitted_at = None;
                }
                if self.lacks(Row::MatchNotOnTheWay) && is_match && user.migrated_at.as_ref() < Some(&ago(1)) {
                    user.migrated_at = None;
                }
                if self.lacks(Row::ClaimNotOnTheWay) && !is_match && user.migrated_at.as_ref() < Some(&ago(1)) {
                    user.migrated_at = None;
                }
                if (self.lacks(Row::ClaimOneName) || self.lacks(Row::ClaimOneNameAsDecided))
                    && let Some(claim) = &mut user.claim
                {
                    claim.used = None;
                }
                if self.lacks(Row::ClaimName) && policy == SignUpPolicy::Claim && sign_up.with_code {
                    user.user_name = Some(typed.clone());
                }
            });
            let question = pre_sign_up::question(rules, &event);
            let by_email =
                |email: Option<&UserEmail>| email.filter(|email| table::is_key(&user, email)).map(|_| shown.clone());
            let mut answer = pre_sign_up::Known {
                email: by_email(question.email.as_ref()),
                user_name: question.user_name.map(|name| self.named(&user, name)),
                user_name_as_email: by_email(question.user_name_as_email.as_ref()),
            };
            if self.lacks(Row::NameReserved) {
                (answer.user_name, answer.user_name_as_email) = (Some(Named::Nobody), None);
            }
            let refuse_or_leave = |verdict: &Verdict| match verdict {
                Verdict::Confirm | Verdict::LeaveToCognito(_) => false,
                Verdict::Refuse(why, _) => match *why {
                    "refused: can come by password" if self.lacks(Row::PlaceOfAPassword) => match policy {
                        SignUpPolicy::Deny => true,
                        SignUpPolicy::Claim => is_verified,
                        _ => false,
                    },
                    "refused: known user" => !self.lacks(Row::Deny),
                    "refused: not claimed with a code" => !self.lacks(Row::ClaimElseRefused),
                    _ => true,
                },
            };
            let decided = |refuses: bool| if refuses { Decided::Refuse } else { Decided::Leave };
            match pre_sign_up::decide(rules, &event, &answer, now()).unwrap() {
                pre_sign_up::Decision::Settled(Verdict::Confirm) if self.lacks(Row::Match) => Decided::Leave,
                pre_sign_up::Decision::Settled(Verdict::Confirm) => Decided::Confirm,
                pre_sign_up::Decision::Settled(verdict) => decided(refuse_or_leave(&verdict)),
                pre_sign_up::Decision::Claimed { otherwise, .. } => {
                    let else_refuse = refuse_or_leave(&otherwise);
                    if self.lacks(Row::Claim) { decided(else_refuse) } else { Decided::Claimed { else_refuse } }
                }
            }
        })
    }

    /// Whether the use of the code was noted, and the record then.
    pub(crate) fn note_claim(&self, known: Known, name: Name) -> (bool, Known) {
        remember(&self.claims, (known, name), || {
            let mut user = self.known_user(&known);
            let claim = Claim::new(Claim::hash_of(CODE), 1_900_000_000);
            let conditions = Conditions {
                code_is_free: !self.lacks(Row::ClaimOneName) && !self.lacks(Row::ClaimOneNameAsNoted),
                code_counts: !self.lacks(Row::ClaimNotOnTheWay),
                ..Conditions::ALL
            };
            let since = now() - pre_sign_up::CLAIM_AGAIN;
            let user_name = self.text(name);
            let is_noted = match self.lacks(Row::ClaimAgain) && matches!(known.code, Code::Used(..)) {
                true => false,
                false => table::note_claim(conditions, &mut user, &claim, &user_name, now(), since),
            };
            (is_noted, self.known(&user))
        })
    }

    /// What migrate user decides over a name that was typed: with a password, or with none.
    pub(crate) fn migrate_user(
        &self,
        known: Known,
        typed: Name,
        password: Option<Password>,
        who: Who,
    ) -> Option<Coming> {
        remember(&self.migrations, (known, typed, password.as_ref().map(mem::discriminant), who), || {
            self.decide_migration(known, typed, password, who)
        })
    }

    fn decide_migration(&self, known: Known, typed: Name, password: Option<Password>, who: Who) -> Option<Coming> {
        let Configuration { mut pool, naming, is_verified, .. } = self.configuration;
        let is_forgotten = password == Some(Password::Forgotten);
        let source = if is_forgotten { "UserMigration_ForgotPassword" } else { "UserMigration_Authentication" };
        let event = Self::event(source, &self.text(typed), &json!({ "password": "p" }));
        let user = self.known_user(&known);
        let question = migrate_user::question(pool, &event).unwrap();
        let is_named = question.user_name.is_some_and(|name| self.named(&user, name) != Named::Nobody);
        let has_email = question.email.is_some_and(|email| table::is_key(&user, &email));
        let found = (is_named || has_email).then(|| {
            self.record(&known, |user| {
                if self.lacks(Row::MigrateSuspended) {
                    user.suspended = false;
                }
                if self.lacks(Row::ComesOnce) || self.lacks(Row::ComesOnceAsDecided) {
                    (user.user_sub, user.confirmed_at) = (None, None);
                }
                if self.lacks(Row::ComesAsBefore) || self.lacks(Row::ComesAsBeforeAsDecided) {
                    user.migrated_as = None;
                }
                let is_let_in = match known.has_hash {
                    true => is_forgotten && self.lacks(Row::ForgotVerified),
                    false => self.lacks(Row::ResetVerified),
                };
                user.email_verified |= is_let_in;
            })
        });
        let found = match self.lacks(Row::AddressOfTheNameless) && naming != Naming::Missing && !is_named {
            true => found,
            false => migrate_user::asked_for(pool, &event, found).unwrap(),
        };
        let against = migrate_user::against(pool, &event, found.as_ref()).unwrap();
        let password = password.unwrap_or(match (against, who) {
            (Against::Hash(_), Who::Owner) => Password::Right,
            (Against::Hash(_), Who::Stranger) if self.lacks(Row::WrongPassword) => Password::Right,
            _ => Password::Wrong,
        });
        if self.lacks(Row::OwnSpellingWhereCaseIsMinded) {
            pool.case_sensitive = false;
        }
        let decision = migrate_user::decide(pool, &event, found.as_ref(), password).unwrap();
        let migrate_user::Decision::Migrate(migration) = decision else { return None };
        let (name, is_unique) = match &migration.user_name {
            UserName::Typed(name) | UserName::Known(name) => (Some(self.name_of(name)), false),
            UserName::Unique => (Some(Name::Unique), true),
            UserName::Cognitos => (None, false),
        };
        let (only_as_before, proven) = (migration.only_as_before, migration.proven);
        let response = serde_json::to_value(migration.response(None)).unwrap();
        let is_confirmed = response["finalUserStatus"] == "CONFIRMED";
        Some(Coming {
            name,
            only_as_before,
            proven,
            is_confirmed: is_confirmed || self.lacks(Row::ResetRequired) && !is_forgotten,
            email: Address::of(response["userAttributes"]["email"].as_str().unwrap()),
            is_verified: is_verified && response["userAttributes"]["email_verified"] == "true",
            is_unique,
        })
    }

    /// The record once the migration is noted, and the user name of the account; nothing where it may not be.
    pub(crate) fn note_migration(&self, known: Known, coming: Coming) -> Option<(Known, Option<Name>)> {
        remember(&self.notes, (known, coming), || {
            if self.lacks(Row::MigrationNoted) {
                return Some((known, coming.name));
            }
            let mut user = self.known_user(&known);
            let pool = self.configuration.pool;
            let migration = known_users::Migration {
                at: now(),
                user_name: coming.name.map(|name| pool.same(&self.text(name))),
                only_as_before: coming.only_as_before,
                proven: coming.proven && !self.lacks(Row::CodeGoesWithTheMigration),
            };
            let conditions = Conditions {
                not_arrived: !self.lacks(Row::ComesOnce) && !self.lacks(Row::ComesOnceAsNoted),
                as_before: !self.lacks(Row::ComesAsBefore) && !self.lacks(Row::ComesAsBeforeAsNoted),
                ..Conditions::ALL
            };
            let noted = table::note_migration(conditions, &mut user, &migration)?;
            let name = if coming.is_unique { noted.map(|name| self.name_of(&name)) } else { coming.name };
            Some((self.known(&user), name))
        })
    }

    /// Whether pre authentication lets this user try.
    pub(crate) fn pre_authentication(&self, known: Known, user: User) -> bool {
        remember(&self.tries, (known, user), || {
            let rules = pre_authentication::Rules { pool: self.configuration.pool, ..Default::default() };
            let event = self.user_event("PreAuthentication_Authentication", user);
            let person = self.known_user(&known);
            let record = || self.record(&known, |_| ());
            let question = pre_authentication::question(&rules, &event).unwrap();
            let by_email = table::is_key(&person, &question.email).then(record);
            let named = match question.user_name.map(|name| self.named(&person, name)) {
                Some(Named::One(email)) if question.has_account && email != question.email => Some(email),
                _ => None,
            };
            let by_user_name: Vec<Record> = named
                .iter()
                .chain(&question.user_name_as_email)
                .filter(|email| table::is_key(&person, email))
                .map(|_| record())
                .collect();
            let by_email = by_email.filter(|_| !self.lacks(Row::SuspendedByEmail));
            let by_user_name = if self.lacks(Row::SuspendedByUserName) { Vec::new() } else { by_user_name };
            let (by_email, by_user_name) = match self.lacks(Row::SuspendedNotTheNamesake) {
                true => (by_email.or(by_user_name.first().cloned()), by_user_name),
                false => (by_email, by_user_name),
            };
            let decision = pre_authentication::decide(&rules, &event, by_email.as_ref(), &by_user_name).unwrap();
            decision == pre_authentication::Decision::LeaveToCognito
        })
    }

    /// The record after post authentication, whether the sign-in was recorded, and whether the record's `UserSub` is now
    /// this user's.
    pub(crate) fn post_authentication(&self, known: Known, user: User) -> (Known, bool, bool) {
        remember(&self.sign_ins, (known, user), || {
            let event = self.user_event("PostAuthentication_Authentication", user);
            let pool = self.configuration.pool;
            let mut sign_in = post_authentication::sign_in(pool, CheckSuspended::Before, &event, now());
            let person = self.known_user(&known);
            let is_found = match event.email() {
                Some(email) => table::is_key(&person, &email),
                None => pool.has_user_names() && self.named(&person, &sign_in.user_name) != Named::Nobody,
            };
            let record = Record::from(person.clone());
            let is_account = record.is_account_of(pool, sign_in.sub.as_deref(), &sign_in.user_name).unwrap();
            let is_left_out = match sign_in.shown {
                Shown::Proven => self.lacks(Row::ArrivesProven),
                Shown::Said => is_account && self.lacks(Row::ArrivesByOwnMigration),
                Shown::Federated => false,
            };
            if !is_found || is_left_out {
                return (known, false, user.is_sub);
            }
            let is_another = sign_in.shown == Shown::Said && !is_account;
            let is_counted = sign_in.shown == Shown::Federated && self.lacks(Row::FederatedNotArrived)
                || is_another && self.lacks(Row::AnybodyElse);
            if is_counted {
                sign_in.shown = Shown::Proven;
            }
            let mut entry = table::Entry { known: person, last_login: None };
            let noted = table::note_sign_in(&mut entry, &sign_in);
            if self.lacks(Row::StandardIsNoArrival) && noted == SignInNoted::Recorded && is_another {
                entry.known.password_hash = None;
            }
            let is_sub = entry.known.user_sub.is_some() && entry.known.user_sub == sign_in.sub;
            (self.known(&entry.known), noted == SignInNoted::Recorded, is_sub)
        })
    }

    /// The record after post confirmation, of a sign-up or of a reset.
    pub(crate) fn post_confirmation(&self, known: Known, user: User, of_sign_up: bool) -> Known {
        remember(&self.confirmations, (known, user, of_sign_up), || {
            let source = match of_sign_up {
                true => "PostConfirmation_ConfirmSignUp",
                false => "PostConfirmation_ConfirmForgotPassword",
            };
            let mut shown = user;
            if self.lacks(Row::ConfirmsFederated) {
                shown.is_federated = false;
            }
            if self.lacks(Row::ConfirmsUnproven) && !user.is_verified {
                (shown.is_verified, shown.is_federated) = (true, false);
            }
            let mut person = self.known_user(&known);
            let arrival = post_confirmation::arrival(&self.user_event(source, shown));
            if arrival.is_some_and(|email| table::is_key(&person, &email)) && !self.lacks(Row::Confirms) {
                table::note_confirmation(&mut person, now());
            }
            self.known(&person)
        })
    }
}
