//! May this sign-up skip the code? Pure: no table, no clock, no environment.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

use aws_lambda_events::cognito::CognitoEventUserPoolsPreSignupTriggerSource as Source;
use common::{
    error::Refusal,
    event::Event,
    identity::{CheckSuspended, SignInWith},
    known_user::{Claim, Read, Record, UserEmail},
    known_users::Named,
    log::moment,
};
use serde::Serialize;

use Decision::{Claimed, Settled};
use Verdict::{Confirm, LeaveToCognito, Refuse};

/// What a known user's sign-up is worth: the setting `SIGN_UP_POLICY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SignUpPolicy {
    /// Email and user name of a known user without a password hash skip the code.
    #[default]
    Match,
    /// The one-time code that the owner has sent to the person skips it.
    Claim,
    /// Nobody skips the code.
    Verify,
    /// A known user who has yet to come may not be signed up by anyone: they should sign in instead.
    Deny,
}

impl FromStr for SignUpPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "match" => Ok(Self::Match),
            "claim" => Ok(Self::Claim),
            "verify" => Ok(Self::Verify),
            "deny" => Ok(Self::Deny),
            _ => Err(format!("`{text}` is none of `match`, `claim`, `verify`, `deny`")),
        }
    }
}

/// The owner's rules, from three settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) policy: SignUpPolicy,
    pub(crate) sign_in_with: SignInWith,
    pub(crate) check_suspended: CheckSuspended,
}

impl Rules {
    /// Why the rules cannot be kept, where they cannot.
    pub(crate) fn fault(self) -> Option<&'static str> {
        (self.policy == SignUpPolicy::Match && self.sign_in_with == SignInWith::Email).then_some(
            "`match` compares user names, which there are none of with `SIGN_IN_WITH=email`: whoever knows an email \
             would get the account; choose `claim`, `verify` or `deny`",
        )
    }

    fn has_user_names(self) -> bool {
        self.sign_in_with != SignInWith::Email
    }
}

/// What pre sign-up says to Cognito. The text is for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Confirm,
    LeaveToCognito(&'static str),
    Refuse(&'static str, Refusal),
}

/// What is decided over a sign-up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Settled(Verdict),
    /// The code is right: confirm, once it is noted on the person's record that it is used. Where it may not be noted any
    /// more, the other verdict.
    Claimed {
        person: UserEmail,
        claim: Claim,
        otherwise: Verdict,
    },
}

/// The members of `response` that confirm a sign-up; `autoVerifyEmail` needs an email, which a known user has. The third,
/// `autoVerifyPhone`, stays as it came: nobody has proved a phone number.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirmed {
    auto_confirm_user: bool,
    auto_verify_email: bool,
}

impl Confirmed {
    pub(crate) const EMAIL: Self = Self { auto_confirm_user: true, auto_verify_email: true };
}

/// What to ask the table before deciding. It depends on what was typed, and never on who is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    /// Whose email it is; that of nobody, where a sign-up gives none.
    pub(crate) email: Option<UserEmail>,
    /// Whose user name it is.
    pub(crate) user_name: Option<&'a str>,
    /// Whose email the user name is: of somebody for whom the owner has no user name, it is the user name.
    pub(crate) user_name_as_email: Option<UserEmail>,
}

/// What the table answered.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) email: Option<Record>,
    pub(crate) user_name: Option<Named>,
    pub(crate) user_name_as_email: Option<Record>,
}

pub(crate) fn question(rules: Rules, event: &Event) -> Question<'_> {
    match event.trigger_source() {
        Some(Source::SignUp) => {
            let email = event.email().or(Some(UserEmail::nobody()));
            if !rules.has_user_names() {
                return Question { email, ..Question::default() };
            }
            // An alias pool takes no user name that looks like an email.
            let may_be_an_email = rules.sign_in_with == SignInWith::Username && event.user_name.contains('@');
            let user_name_as_email =
                UserEmail::new(&event.user_name).filter(|name| may_be_an_email && email.as_ref() != Some(name));
            Question { email, user_name: Some(&event.user_name), user_name_as_email }
        }
        Some(Source::ExternalProvider) if rules.check_suspended != CheckSuspended::Never => {
            Question { email: event.email(), ..Question::default() }
        }
        _ => Question::default(),
    }
}

/// Decides over a sign-up at `now`; `known` is what the table answered to the [`question`].
pub(crate) fn decide(rules: Rules, event: &Event, known: &Known, now: SystemTime) -> Read<Decision> {
    match event.trigger_source() {
        Some(Source::SignUp) => sign_up(rules, event, known, now),
        Some(Source::ExternalProvider) => external_provider(rules, known).map(Settled),
        _ => Ok(Settled(LeaveToCognito("not a sign-up"))),
    }
}

fn external_provider(rules: Rules, known: &Known) -> Read<Verdict> {
    Ok(match &known.email {
        Some(person) if rules.check_suspended != CheckSuspended::Never && person.suspended()? => {
            Refuse("known user is suspended", Refusal::SignInRefused)
        }
        _ => LeaveToCognito("comes by another provider"),
    })
}

fn sign_up(rules: Rules, event: &Event, known: &Known, now: SystemTime) -> Read<Decision> {
    let leave = |why| Ok(Settled(LeaveToCognito(why)));

    if rules.has_user_names() && is_reserved(&event.user_name, known)? {
        return Ok(Settled(Refuse("refused: a known user's name", Refusal::UserNameReserved)));
    }
    let Some(person) = &known.email else { return leave("stranger") };
    if person.has_arrived()? {
        return leave("known user has arrived");
    }
    if is_being_migrated(person, now)? {
        return leave("known user is being migrated");
    }
    if person.suspended()? {
        return leave("known user is suspended");
    }
    let has_password = person.password_hash()?.is_some();
    let is_verified = person.email_verified()?;
    if !is_verified && !has_password {
        return leave("known email is not verified");
    }
    let is_on_the_way = person.migrated_at()?.is_some();
    // The migrate user trigger runs only where the pool has nobody of that name, confirmed or not.
    let takes_their_place = !rules.has_user_names() || person.is_named(&event.user_name)?;

    let unproven = match rules.policy {
        _ if has_password && takes_their_place => Refuse("refused: can come by password", Refusal::AccountExists),
        SignUpPolicy::Deny => Refuse("refused: known user", Refusal::AccountExists),
        SignUpPolicy::Claim if is_verified && takes_their_place => {
            Refuse("refused: not claimed with a code", Refusal::AccountExists)
        }
        SignUpPolicy::Verify => LeaveToCognito("everybody proves their email"),
        _ if !takes_their_place => LeaveToCognito("user name differs"),
        _ => LeaveToCognito("not confirmed without a proof"),
    };
    Ok(match rules.policy {
        _ if is_on_the_way || !takes_their_place => Settled(unproven),
        SignUpPolicy::Claim => match claim(event, person, now)? {
            Some(claim) => Claimed { person: person.email().clone(), claim, otherwise: unproven },
            None => Settled(unproven),
        },
        SignUpPolicy::Match
            if rules.has_user_names() && is_verified && !has_password && person.readmitted_at()?.is_none() =>
        {
            Settled(Confirm)
        }
        _ => Settled(unproven),
    })
}

/// Whether the user name is that of a known user, or of two, and the email is not theirs.
fn is_reserved(user_name: &str, known: &Known) -> Read<bool> {
    if let Some(person) = &known.email
        && person.is_named(user_name)?
    {
        return Ok(false);
    }
    let by_email = match &known.user_name_as_email {
        Some(person) => person.is_named(user_name)?,
        None => false,
    };
    Ok(by_email || matches!(known.user_name, Some(Named::One(_) | Named::Shared)))
}

/// How long after the answer of migrate user Cognito may call pre sign-up for that very migration.
const MIGRATION: Duration = Duration::from_mins(1);

/// Whether migrate user has just answered for the person.
fn is_being_migrated(person: &Record, now: SystemTime) -> Read<bool> {
    let at = person.migrated_at()?.and_then(moment);
    // Clocks of two functions differ, either way.
    Ok(at.is_some_and(|at| now < at + MIGRATION && at < now + MIGRATION))
}

/// The member of `clientMetadata` or `validationData` with the one-time code.
const CLAIM_CODE: &str = "claimCode";

/// How long one user name may use a code again: Cognito may repeat a call, and a sign-up can fail after it.
pub(crate) const CLAIM_AGAIN: Duration = Duration::from_mins(15);

/// The code that the owner has sent to the person, where the sign-up comes with it, in time, and nobody else has used it.
/// That is asked again where its use is noted: two sign-ups may come side by side.
fn claim(event: &Event, person: &Record, now: SystemTime) -> Read<Option<Claim>> {
    let Some(claim) = person.claim()? else { return Ok(None) };
    let metadata = event.client_metadata();
    let mut codes = [&metadata, &event.validation_data].into_iter().filter_map(|data| data.get(CLAIM_CODE));
    let is_met = codes.any(|code| claim.is_met_by(code, now));
    let is_free = claim
        .used
        .as_ref()
        .is_none_or(|used| used.by == event.user_name && moment(&used.at).is_some_and(|at| now < at + CLAIM_AGAIN));
    Ok((is_met && is_free).then_some(claim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Claimed, Settled};
    use SignInWith::{Email, EmailAlias, Username};
    use SignUpPolicy::{Claim, Deny, Match, Verify};
    use Verdict::{Confirm, LeaveToCognito, Refuse};
    use common::known_user;
    use std::time::{Duration, UNIX_EPOCH};

    fn sign_up(source: &str, user_name: &str, email: Option<&str>) -> Event {
        let attributes = email.map(|email| serde_json::json!({ "email": email }));
        let event = serde_json::json!({
            "triggerSource": source, "userName": user_name, "request": { "userAttributes": attributes },
        });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn alice(change: impl FnOnce(&mut KnownUser)) -> Option<KnownUser> {
        let mut alice = KnownUser::new("alice@example.com", Some("Alice")).unwrap();
        change(&mut alice);
        Some(alice)
    }

    #[test]
    fn a_stranger_is_left_to_cognito() {
        for policy in [Match, Claim, Deny] {
            for sign_in_with in [Username, EmailAlias, Email] {
                let event = sign_up("PreSignUp_SignUp", "eve", Some("eve@example.com"));
                assert_eq!(decide(policy, sign_in_with, &event, None, UNIX_EPOCH), LeaveToCognito("stranger"));
            }
        }
    }

    #[test]
    fn only_a_sign_up_with_an_email_asks_the_table_and_only_where_it_matters() {
        for (policy, source, email, asks) in [
            (Match, "PreSignUp_SignUp", Some("Alice@Example.com"), true),
            (Claim, "PreSignUp_SignUp", Some("alice@example.com"), true),
            (Deny, "PreSignUp_SignUp", Some("alice@example.com"), true),
            (Verify, "PreSignUp_SignUp", Some("alice@example.com"), false),
            (Match, "PreSignUp_SignUp", None, false),
            (Match, "PreSignUp_SignUp", Some(" "), false),
            (Match, "PreSignUp_AdminCreateUser", Some("alice@example.com"), false),
            (Deny, "PreSignUp_ExternalProvider", Some("alice@example.com"), false),
            (Deny, "PreSignUp_Tomorrow", Some("alice@example.com"), false),
            (Deny, "", Some("alice@example.com"), false),
        ] {
            let question = question(policy, &sign_up(source, "alice", email));
            let expected = if asks { UserEmail::new("alice@example.com") } else { None };
            assert_eq!(question, expected, "{policy:?} {source} {email:?}");
        }
    }

    #[test]
    fn a_known_users_sign_up_is_decided_by_policy_pool_and_record() {
        let moved = |user: &mut KnownUser| user.migrated_at = Some("2026-11-20T10:00:00.000Z".to_owned());
        let confirmed = |user: &mut KnownUser| user.confirmed_at = Some("2026-11-20T10:00:00.000Z".to_owned());
        let suspended = |user: &mut KnownUser| user.suspended = true;
        let unverified = |user: &mut KnownUser| user.email_verified = false;
        let nameless = |user: &mut KnownUser| user.user_name = None;
        let name_differs = || LeaveToCognito("user name differs");
        let exists = || Refuse(Refusal::AccountExists);

        for (policy, pool, user_name, known, expected) in [
            (Match, Username, "alice", alice(|_| ()), Confirm),
            (Match, Username, " ALICE ", alice(|_| ()), Confirm),
            (Match, Username, "alicia", alice(|_| ()), name_differs()),
            (Match, Username, "", alice(|_| ()), name_differs()),
            (Match, Username, "", alice(nameless), name_differs()),
            (Match, Username, "alice", alice(suspended), LeaveToCognito("known user is suspended")),
            (Match, Username, "alice", alice(unverified), LeaveToCognito("known email is not verified")),
            (Match, Username, "alice", alice(moved), Confirm),
            (Match, EmailAlias, "alice", alice(|_| ()), Confirm),
            (Match, EmailAlias, "alicia", alice(|_| ()), name_differs()),
            (Match, EmailAlias, "alice", alice(moved), LeaveToCognito("known user has an account")),
            (Match, EmailAlias, "alice", alice(confirmed), LeaveToCognito("known user has an account")),
            (Match, Email, "3d3f…", alice(|_| ()), Confirm),
            (Match, Email, "3d3f…", alice(nameless), Confirm),
            (Match, Email, "3d3f…", alice(suspended), LeaveToCognito("known user is suspended")),
            (Match, Email, "3d3f…", alice(unverified), LeaveToCognito("known email is not verified")),
            (Verify, Username, "alice", alice(|_| ()), LeaveToCognito("everybody proves their email")),
            (Verify, Email, "3d3f…", alice(|_| ()), LeaveToCognito("everybody proves their email")),
            (Deny, Username, "alice", alice(|_| ()), exists()),
            (Deny, Username, "alicia", alice(|_| ()), exists()),
            (Deny, Email, "3d3f…", alice(suspended), exists()),
            (Deny, Username, "alice", alice(unverified), exists()),
            (Deny, Username, "alice", alice(confirmed), exists()),
            (Deny, Username, "alice", alice(moved), LeaveToCognito("known user has migrated")),
        ] {
            let event = sign_up("PreSignUp_SignUp", user_name, Some("alice@example.com"));
            let decision = decide(policy, pool, &event, known.as_ref(), UNIX_EPOCH);
            assert_eq!(decision, expected, "{policy:?} {pool:?} {user_name:?}");
        }
    }

    #[test]
    fn a_claim_takes_the_code_on_top_of_the_match() {
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let invited = |seconds: u64| {
            move |alice: &mut KnownUser| {
                let code_hash = known_user::Claim::hash_of("ab12-cd34");
                alice.claim = Some(known_user::Claim { code_hash, expires: seconds });
            }
        };
        let until_later = invited(1_800_000_001);
        let unclaimed = || LeaveToCognito("not claimed with a code");
        let right = serde_json::json!({ "claimCode": "AB12CD34" });
        let wrong = serde_json::json!({ "claimCode": "AB12CD35" });
        let none = serde_json::json!({});
        for (pool, user_name, metadata, validation, known, expected) in [
            (Username, "alice", &right, &none, alice(until_later), Confirm),
            (Username, "alice", &none, &right, alice(until_later), Confirm),
            (Username, "alice", &wrong, &right, alice(until_later), Confirm),
            (Email, "3d3f…", &right, &none, alice(until_later), Confirm),
            (Username, "alice", &none, &none, alice(until_later), unclaimed()),
            (Username, "alice", &wrong, &wrong, alice(until_later), unclaimed()),
            (Username, "alice", &right, &none, alice(invited(1_800_000_000)), unclaimed()),
            (Username, "alice", &right, &none, alice(|_| ()), unclaimed()),
            (Email, "3d3f…", &none, &none, alice(until_later), unclaimed()),
            (Username, "alicia", &right, &none, alice(until_later), LeaveToCognito("user name differs")),
            (
                Username,
                "alice",
                &right,
                &none,
                alice(|alice| (until_later(alice), alice.suspended = true).0),
                LeaveToCognito("known user is suspended"),
            ),
        ] {
            let event = serde_json::json!({
                "triggerSource": "PreSignUp_SignUp", "userName": user_name,
                "request": {
                    "userAttributes": { "email": "alice@example.com" },
                    "clientMetadata": metadata, "validationData": validation,
                },
            });
            let event = Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap();
            let decision = decide(Claim, pool, &event, known.as_ref(), now);
            assert_eq!(decision, expected, "{pool:?} {user_name} {metadata} {validation}");
        }
    }

    #[test]
    fn whoever_does_not_sign_up_themselves_is_left_to_cognito() {
        for source in ["PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider", "PreSignUp_Tomorrow", ""] {
            for policy in [Match, Claim, Verify, Deny] {
                let event = sign_up(source, "alice", Some("alice@example.com"));
                let decision = decide(policy, Username, &event, alice(|_| ()).as_ref(), UNIX_EPOCH);
                assert_eq!(decision, LeaveToCognito("not a sign-up"), "{source}");
            }
        }
    }

    #[test]
    fn a_policy_is_one_of_four_words() {
        assert_eq!("claim".parse(), Ok(Claim));
        assert_eq!("match".parse(), Ok(Match));
        assert_eq!("verify".parse(), Ok(Verify));
        assert_eq!("deny".parse(), Ok(Deny));
        let error = "Match".parse::<SignUpPolicy>().unwrap_err();
        assert_eq!(error, "`Match` is none of `match`, `claim`, `verify`, `deny`");
    }
}
