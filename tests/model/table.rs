//! The table's conditional writes as pure functions over one record: what the store of `common` asks DynamoDB for. A test
//! holds the two against each other.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use common::known_users::{Migration, Noted, SignIn, SignInNoted};
use known_user::{Claim, ClaimUse, KnownUser, Record, Shown, UserEmail, time::rfc3339};

/// A record with its last sign-in, which is no part of a [`KnownUser`].
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) known: KnownUser,
    /// `LastLogin.Time`.
    pub(crate) last_login: Option<String>,
}

// A failure prints it: it is nobody's.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.known.clone().into_item(), self.last_login)
    }
}

/// The conditions that a note has besides those that name the record. Each can be left out, to see that it is needed.
#[derive(Clone, Copy)]
pub(crate) struct Conditions {
    /// A claim code is unused, or used by the same user name a short time ago.
    pub(crate) code_is_free: bool,
    /// The person is not on the way, has not arrived, and is not suspended: then no code counts.
    pub(crate) code_counts: bool,
    /// Nobody who has arrived migrates.
    pub(crate) not_arrived: bool,
    /// The user name is the one that was answered for before, where that is asked.
    pub(crate) as_before: bool,
}

impl Conditions {
    pub(crate) const ALL: Self = Self { code_is_free: true, code_counts: true, not_arrived: true, as_before: true };
}

fn has_arrived(known: &KnownUser) -> bool {
    known.user_sub.is_some() || known.confirmed_at.is_some()
}

pub(crate) fn note_claim(
    conditions: Conditions,
    known: &mut KnownUser,
    claim: &Claim,
    user_name: &str,
    now: SystemTime,
    since: SystemTime,
) -> bool {
    let counts = known.migrated_at.is_none() && !has_arrived(known) && !known.suspended;
    let Some(noted) = known.claim.as_mut().filter(|noted| noted.code_hash == claim.code_hash) else { return false };
    let is_free = noted
        .used
        .as_ref()
        .is_none_or(|used| used.by == user_name && used.at.as_str() > rfc3339(since).to_string().as_str());
    if (!counts && conditions.code_counts) || (!is_free && conditions.code_is_free) {
        return false;
    }
    let at = noted.used.take().map_or_else(|| rfc3339(now).to_string(), |used| used.at);
    noted.used = Some(ClaimUse { by: user_name.to_owned(), at });
    true
}

pub(crate) fn note_migration(
    conditions: Conditions,
    known: &mut KnownUser,
    migration: &Migration,
) -> Option<Option<String>> {
    if has_arrived(known) && conditions.not_arrived {
        return None;
    }
    if let Some(user_name) = &migration.user_name {
        let is_another = known.migrated_as.as_ref().is_some_and(|before| before != user_name);
        if migration.only_as_before && is_another && conditions.as_before {
            return None;
        }
        known.migrated_as.get_or_insert_with(|| user_name.clone());
    }
    known.migrated_at = Some(rfc3339(migration.at).to_string());
    if migration.proven {
        known.claim = None;
    }
    Some(known.migrated_as.clone())
}

pub(crate) fn note_confirmation(known: &mut KnownUser, at: SystemTime) -> Noted {
    known.claim = None;
    match &known.confirmed_at {
        Some(_) => Noted::Already,
        None => {
            known.confirmed_at = Some(rfc3339(at).to_string());
            Noted::Now
        }
    }
}

pub(crate) fn note_sign_in(entry: &mut Entry, sign_in: &SignIn) -> SignInNoted {
    let has_user_name = sign_in.pool.has_user_names() && !sign_in.user_name.is_empty();
    if sign_in.shown == Shown::Said && sign_in.sub.is_none() && !has_user_name {
        return SignInNoted::NotTheirs;
    }
    let record = Record::from(entry.known.clone());
    let is_account = record.is_account_of(sign_in.pool, sign_in.sub.as_deref(), &sign_in.user_name).unwrap();
    let is_standard = sign_in.says_email
        && has_user_name
        && entry.known.user_sub.is_none()
        && record.is_named(&sign_in.user_name).unwrap();
    let is_theirs = sign_in.shown != Shown::Said || is_account || is_standard;
    let is_proven = sign_in.shown == Shown::Proven;
    let lacks = entry.known.password_hash.is_some() || entry.known.claim.is_some() || entry.known.user_sub.is_none();

    let time = rfc3339(sign_in.time).to_string();
    let ahead = rfc3339(sign_in.time + Duration::from_mins(5)).to_string();
    let is_later = entry.last_login.as_ref().is_none_or(|last| *last < time || *last > ahead);
    if sign_in.refuses_suspended && entry.known.suspended && (sign_in.says_email || is_account) {
        return SignInNoted::Suspended;
    }
    if !is_theirs {
        return SignInNoted::NotTheirs;
    }
    if is_later {
        entry.last_login = Some(time);
        if is_proven && sign_in.sub.is_some() {
            entry.known.user_sub.clone_from(&sign_in.sub);
        }
    }
    if is_proven || (is_account && lacks && sign_in.shown == Shown::Said) || (is_account && lacks && !is_later) {
        entry.known.user_sub = entry.known.user_sub.take().or(sign_in.sub.clone());
        entry.known.password_hash = None;
        entry.known.claim = None;
    }
    if is_later { SignInNoted::Recorded } else { SignInNoted::LaterRecorded }
}

/// Whether `email` is the record's key, as a function finds it.
pub(crate) fn is_key(known: &KnownUser, email: &UserEmail) -> bool {
    known.email == *email
}
