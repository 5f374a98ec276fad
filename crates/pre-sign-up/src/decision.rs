//! May this sign-up skip the code? Pure: no table, no clock, no environment.

use std::{str::FromStr, time::SystemTime};

use aws_lambda_events::cognito::CognitoEventUserPoolsPreSignupTriggerSource as Source;
use common::{
    error::Refusal,
    event::{Event, SignInWith},
    known_user::{KnownUser, UserEmail},
};
use serde::Serialize;

/// What a known user's sign-up is worth: the setting `SIGN_UP_POLICY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SignUpPolicy {
    /// Email and user name of a known user skip the code.
    #[default]
    Match,
    /// These two skip it together with the one-time code that the owner has sent to the person.
    Claim,
    /// Nobody skips the code.
    Verify,
    /// A known user who has not migrated yet may not be signed up by anyone: they should sign in instead.
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

/// What pre sign-up says to Cognito. The text is for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Confirm,
    LeaveToCognito(&'static str),
    Refuse(Refusal),
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

/// Whom to look up before deciding; nobody where it would not matter.
pub(crate) fn question(policy: SignUpPolicy, event: &Event) -> Option<UserEmail> {
    match (event.trigger_source(), policy) {
        (Some(Source::SignUp), SignUpPolicy::Match | SignUpPolicy::Claim | SignUpPolicy::Deny) => event.email(),
        _ => None,
    }
}

/// The member of `clientMetadata` or `validationData` with the one-time code.
const CLAIM_CODE: &str = "claimCode";

/// Whether the sign-up comes with the code that the owner has sent to the known user, in time.
fn is_claimed(event: &Event, known: &KnownUser, now: SystemTime) -> bool {
    let metadata = event.client_metadata();
    let codes = [&metadata, &event.validation_data].map(|data| data.get(CLAIM_CODE));
    codes.into_iter().flatten().any(|code| known.claim.as_ref().is_some_and(|claim| claim.is_met_by(code, now)))
}

/// Decides over a sign-up at `now`; `known` is the record of the [`question`].
pub(crate) fn decide(
    policy: SignUpPolicy,
    sign_in_with: SignInWith,
    event: &Event,
    known: Option<&KnownUser>,
    now: SystemTime,
) -> Decision {
    use Decision::{Confirm, LeaveToCognito, Refuse};

    if event.trigger_source() != Some(Source::SignUp) {
        return LeaveToCognito("not a sign-up");
    }
    let known = match (policy, known) {
        (SignUpPolicy::Verify, _) => return LeaveToCognito("everybody proves their email"),
        (_, None) => return LeaveToCognito("stranger"),
        (SignUpPolicy::Deny, Some(known)) if known.migrated_at.is_none() => return Refuse(Refusal::AccountExists),
        (SignUpPolicy::Deny, Some(_)) => return LeaveToCognito("known user has migrated"),
        (SignUpPolicy::Match | SignUpPolicy::Claim, Some(known)) => known,
    };
    if known.suspended {
        return LeaveToCognito("known user is suspended");
    }
    if !known.email_verified {
        return LeaveToCognito("known email is not verified");
    }
    // Verifying an email moves the alias from whoever holds it: somebody who is in the pool already may be its holder, and
    // a user name that only normalises like theirs is then not theirs.
    if sign_in_with == SignInWith::EmailAlias && known.has_arrived() {
        return LeaveToCognito("known user has an account");
    }
    // Where people sign in with their email, Cognito sends a UUID as the user name: there is nothing to compare.
    if sign_in_with != SignInWith::Email && !known.is_named(&event.user_name) {
        return LeaveToCognito("user name differs");
    }
    if policy == SignUpPolicy::Claim && !is_claimed(event, known, now) {
        return LeaveToCognito("not claimed with a code");
    }
    Confirm
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Confirm, LeaveToCognito, Refuse};
    use SignInWith::{Email, EmailAlias, Username};
    use SignUpPolicy::{Claim, Deny, Match, Verify};
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
