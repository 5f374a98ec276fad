//! May this sign-up skip the code? Pure: no table, no clock, no environment.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

use aws_lambda_events::cognito::CognitoEventUserPoolsPreSignupTriggerSource as Source;
use common::{error::Refusal, event::Event, known_users::Named};
use known_user::{CheckSuspended, Claim, Read, Record, SignInWith, UserEmail, pool::UnknownWord, time::moment};
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
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "match" => Ok(Self::Match),
            "claim" => Ok(Self::Claim),
            "verify" => Ok(Self::Verify),
            "deny" => Ok(Self::Deny),
            _ => Err(UnknownWord::new(text, "`match`, `claim`, `verify`, `deny`")),
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
        // Nobody else may take the place of somebody who is suspended: one day they may not be.
        _ if is_on_the_way || !takes_their_place || person.suspended()? => Settled(unproven),
        SignUpPolicy::Claim => match claim(event, person, now)? {
            Some(claim) => Claimed { person: person.email().clone(), claim, otherwise: unproven },
            None => Settled(unproven),
        },
        // A person whose user name is their email has one name to know, not two.
        SignUpPolicy::Match
            if rules.has_user_names()
                && !person.is_nameless()?
                && is_verified
                && !has_password
                && person.readmitted_at()?.is_none() =>
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
    use SignInWith::{Email, EmailAlias, Username};
    use SignUpPolicy::{Claim, Deny, Match, Verify};
    use known_user::{self, ClaimUse, KnownUser, MalformedRecord, UserNameKey, time::rfc3339};
    use serde_json::{Value, json};
    use std::time::UNIX_EPOCH;

    const POLICIES: [SignUpPolicy; 4] = [Match, Claim, Verify, Deny];
    const NAME_POOLS: [SignInWith; 2] = [Username, EmailAlias];

    const TAKEN: Verdict = Refuse("refused: a known user's name", Refusal::UserNameReserved);
    const STRANGER: Verdict = LeaveToCognito("stranger");
    const ARRIVED: Verdict = LeaveToCognito("known user has arrived");
    const BEING_MIGRATED: Verdict = LeaveToCognito("known user is being migrated");
    const UNVERIFIED: Verdict = LeaveToCognito("known email is not verified");
    const HAS_PASSWORD: Verdict = Refuse("refused: can come by password", Refusal::AccountExists);
    const UNCLAIMED: Verdict = Refuse("refused: not claimed with a code", Refusal::AccountExists);
    const DENIED: Verdict = Refuse("refused: known user", Refusal::AccountExists);
    const BY_CODE: Verdict = LeaveToCognito("everybody proves their email");
    const NAME_DIFFERS: Verdict = LeaveToCognito("user name differs");
    const UNPROVEN: Verdict = LeaveToCognito("not confirmed without a proof");

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn ago(seconds: u64) -> Option<String> {
        Some(rfc3339(now() - Duration::from_secs(seconds)).to_string())
    }

    fn ahead(seconds: u64) -> Option<String> {
        Some(rfc3339(now() + Duration::from_secs(seconds)).to_string())
    }

    fn rules(policy: SignUpPolicy, sign_in_with: SignInWith) -> Rules {
        Rules { policy, sign_in_with, ..Rules::default() }
    }

    fn event(source: &str, user_name: &str, email: Option<&str>, metadata: &Value, validation: &Value) -> Event {
        let attributes = email.map(|email| json!({ "email": email }));
        let event = json!({
            "triggerSource": source, "userName": user_name,
            "request": { "userAttributes": attributes, "clientMetadata": metadata, "validationData": validation },
        });
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    fn sign_up(user_name: &str, email: Option<&str>) -> Event {
        event("PreSignUp_SignUp", user_name, email, &Value::Null, &Value::Null)
    }

    fn alice(change: impl FnOnce(&mut KnownUser)) -> Record {
        let mut alice = KnownUser::new("alice@example.com", Some("Alice")).unwrap();
        change(&mut alice);
        alice.into()
    }

    fn hashed(person: &mut KnownUser) {
        person.password_hash = Some("{SHA}hash".to_owned());
    }

    fn suspended(person: &mut KnownUser) {
        person.suspended = true;
    }

    fn unverified(person: &mut KnownUser) {
        person.email_verified = false;
    }

    fn nameless(person: &mut KnownUser) {
        person.user_name = None;
    }

    /// Alice, with this attribute of another type.
    fn flawed(attribute: &str) -> Record {
        let mut item = KnownUser::new("alice@example.com", Some("Alice")).unwrap().into_item();
        item.insert("ClaimCodeHash".to_owned(), item["UserEmail"].clone());
        let is_flag = ["Suspended", "EmailVerified"].contains(&attribute);
        let wrong = item[if is_flag { "UserEmail" } else { "Suspended" }].clone();
        item.insert(attribute.to_owned(), wrong);
        Record::new(item).unwrap()
    }

    /// What is decided where the table knows `people`.
    fn decided(rules: Rules, event: &Event, people: &[Record]) -> Read<Decision> {
        let asked = question(rules, event);
        let find =
            |email: &Option<UserEmail>| people.iter().find(|known| Some(known.email()) == email.as_ref()).cloned();
        let named = |user_name: &str| {
            let is_named = |known: &&Record| {
                let known = known.user_name().unwrap().and_then(UserNameKey::new);
                known.is_some() && known == UserNameKey::new(user_name)
            };
            match people.iter().filter(is_named).collect::<Vec<_>>().as_slice() {
                [] => Named::Nobody,
                [one] => Named::One(one.email().clone()),
                _ => Named::Shared,
            }
        };
        let known = Known {
            email: find(&asked.email),
            user_name: asked.user_name.map(named),
            user_name_as_email: find(&asked.user_name_as_email),
        };
        decide(rules, event, &known, now())
    }

    #[test]
    fn a_stranger_is_left_to_cognito() {
        for policy in POLICIES {
            for sign_in_with in [Username, EmailAlias, Email] {
                for email in [Some("eve@example.com"), Some(" "), None] {
                    let decision = decided(rules(policy, sign_in_with), &sign_up("eve", email), &[alice(|_| ())]);
                    assert_eq!(decision, Ok(Settled(STRANGER)), "{policy:?} {sign_in_with:?} {email:?}");
                }
            }
        }
    }

    #[test]
    fn the_questions_depend_on_what_was_typed_and_on_nobody_who_is_known() {
        let email = |email| UserEmail::new(email);
        let alice = || email("alice@example.com");
        let nobody = || Some(UserEmail::nobody());
        for (pool, user_name, given, expected) in [
            (Username, "Alice", Some(" Alice@Example.com"), (alice(), Some("Alice"), None)),
            (Username, "Alice", Some(" "), (nobody(), Some("Alice"), None)),
            (Username, "Alice", None, (nobody(), Some("Alice"), None)),
            (Username, "", None, (nobody(), Some(""), None)),
            (Username, "Bob@x", Some("alice@example.com"), (alice(), Some("Bob@x"), email("bob@x"))),
            (Username, "bob@x", None, (nobody(), Some("bob@x"), email("bob@x"))),
            (Username, "ALICE@example.com", Some("alice@example.com"), (alice(), Some("ALICE@example.com"), None)),
            (EmailAlias, "Alice", Some("alice@example.com"), (alice(), Some("Alice"), None)),
            (EmailAlias, "bob@x", Some("alice@example.com"), (alice(), Some("bob@x"), None)),
            (EmailAlias, "Alice", None, (nobody(), Some("Alice"), None)),
            (Email, "3d3f", Some("alice@example.com"), (alice(), None, None)),
            (Email, "3d3f", None, (nobody(), None, None)),
        ] {
            let (email, asked_name, user_name_as_email) = expected;
            let expected = Question { email, user_name: asked_name, user_name_as_email };
            for policy in POLICIES {
                let event = sign_up(user_name, given);
                assert_eq!(
                    question(rules(policy, pool), &event),
                    expected,
                    "{policy:?} {pool:?} {user_name:?} {given:?}"
                );
            }
        }
    }

    #[test]
    fn whoever_does_not_sign_up_themselves_is_asked_about_only_where_suspension_counts() {
        use CheckSuspended::{After, Before, Never};
        for (source, check_suspended, email, is_asked) in [
            ("PreSignUp_ExternalProvider", Before, Some("Alice@example.com"), true),
            ("PreSignUp_ExternalProvider", After, Some("alice@example.com"), true),
            ("PreSignUp_ExternalProvider", Never, Some("alice@example.com"), false),
            ("PreSignUp_ExternalProvider", Before, None, false),
            ("PreSignUp_AdminCreateUser", Before, Some("alice@example.com"), false),
            ("PreSignUp_Tomorrow", Before, Some("alice@example.com"), false),
            ("", Before, Some("alice@example.com"), false),
        ] {
            for sign_in_with in [Username, EmailAlias, Email] {
                let rules = Rules { policy: Verify, sign_in_with, check_suspended };
                let event = event(source, "Google_1", email, &Value::Null, &Value::Null);
                let asked = if is_asked { UserEmail::new("alice@example.com") } else { None };
                let expected = Question { email: asked, ..Question::default() };
                assert_eq!(question(rules, &event), expected, "{source} {check_suspended:?} {email:?}");
            }
        }
    }

    #[test]
    fn a_known_users_name_is_reserved_whatever_the_policy() {
        let bob = || KnownUser::new("bob@example.com", Some("Bob")).unwrap();
        let twin = |email| KnownUser::new(email, Some("Twin")).unwrap().into();
        let arrived = |alice: &mut KnownUser| alice.user_sub = Some("1".to_owned());
        for (what, user_name, email, people) in [
            ("a stranger", "Alice", Some("eve@example.com"), vec![alice(|_| ())]),
            ("another spelling", " ALICE ", Some("eve@example.com"), vec![alice(|_| ())]),
            ("no email", "alice", None, vec![alice(|_| ())]),
            ("a blank email", "alice", Some(" "), vec![alice(|_| ())]),
            ("another known user", "alice", Some("bob@example.com"), vec![alice(|_| ()), bob().into()]),
            (
                "somebody who has arrived",
                "alice",
                Some("bob@example.com"),
                vec![alice(|_| ()), KnownUser { user_sub: ago(9), ..bob() }.into()],
            ),
            ("the name of somebody who has arrived", "alice", Some("eve@example.com"), vec![alice(arrived)]),
            (
                "the name of somebody on the way",
                "alice",
                Some("eve@example.com"),
                vec![alice(|alice| alice.migrated_at = ago(10))],
            ),
            (
                "the name of somebody suspended",
                "alice",
                Some("eve@example.com"),
                vec![alice(|alice| alice.suspended = true)],
            ),
            (
                "the name of somebody unverified",
                "alice",
                Some("eve@example.com"),
                vec![alice(|alice| alice.email_verified = false)],
            ),
            ("a shared name", "twin", Some("eve@example.com"), vec![twin("a@example.com"), twin("b@example.com")]),
            ("a shared name without an email", "twin", None, vec![twin("a@example.com"), twin("b@example.com")]),
        ] {
            for policy in POLICIES {
                for pool in NAME_POOLS {
                    let decision = decided(rules(policy, pool), &sign_up(user_name, email), &people);
                    assert_eq!(decision, Ok(Settled(TAKEN)), "{what}, {policy:?} {pool:?}");
                }
                let decision = decided(rules(policy, Email), &sign_up(user_name, Some("eve@example.com")), &people);
                assert_eq!(decision, Ok(Settled(STRANGER)), "{what}, {policy:?}: there are no user names");
            }
        }
    }

    #[test]
    fn the_email_of_a_record_without_a_user_name_is_its_user_name() {
        for (what, pool, user_name, email, known, expected) in [
            ("the key as name", Username, "ALICE@example.com", Some("eve@example.com"), alice(nameless), TAKEN),
            ("the key as name", Username, "alice@example.com", None, alice(nameless), TAKEN),
            ("of somebody who has a name", Username, "alice@example.com", Some("eve@x"), alice(|_| ()), STRANGER),
            ("an alias pool takes none", EmailAlias, "alice@example.com", Some("eve@x"), alice(nameless), STRANGER),
            ("their own", Username, "Alice@Example.com", Some("alice@example.com"), alice(nameless), UNPROVEN),
            ("another one", Username, "alice", Some("alice@example.com"), alice(nameless), NAME_DIFFERS),
            ("none at all", Username, "", Some("alice@example.com"), alice(nameless), NAME_DIFFERS),
            (
                "their own, with a password",
                Username,
                "alice@example.com",
                Some("alice@example.com"),
                alice(|alice| (nameless(alice), hashed(alice)).1),
                HAS_PASSWORD,
            ),
        ] {
            let decision = decided(rules(Match, pool), &sign_up(user_name, email), &[known]);
            assert_eq!(decision, Ok(Settled(expected)), "{what}: {pool:?} {user_name} {email:?}");
        }
    }

    #[test]
    fn who_shares_a_user_name_is_decided_by_their_own_record() {
        let twin = |email| KnownUser::new(email, Some("Twin")).unwrap();
        let people: [Record; 2] =
            [twin("a@example.com").into(), KnownUser { user_sub: ago(9), ..twin("b@example.com") }.into()];
        for pool in NAME_POOLS {
            for (email, expected) in [("a@example.com", Confirm), ("b@example.com", ARRIVED)] {
                let decision = decided(rules(Match, pool), &sign_up("twin", Some(email)), &people);
                assert_eq!(decision, Ok(Settled(expected)), "{pool:?} {email}");
            }
        }
    }

    type Change = fn(&mut KnownUser);

    /// What an hour on the way leaves, or a suspension, and `match` no way at all.
    const ON_THE_WAY: [Verdict; 4] = [UNPROVEN, UNCLAIMED, BY_CODE, DENIED];
    const PLAIN: [Verdict; 4] = [Confirm, UNCLAIMED, BY_CODE, DENIED];
    const DIFFERS: [Verdict; 4] = [NAME_DIFFERS, NAME_DIFFERS, BY_CODE, DENIED];

    /// Each row under `match`, `claim`, `verify` and `deny`, in all three modes.
    #[test]
    fn a_known_users_sign_up_under_their_own_name_is_decided_by_policy_and_record() {
        let rows: [(&str, Change, [Verdict; 4]); 26] = [
            ("nothing else is known", |_| (), PLAIN),
            ("arrived, signed in", |alice| alice.user_sub = Some("1".to_owned()), [ARRIVED; 4]),
            ("arrived, confirmed", |alice| alice.confirmed_at = ago(9), [ARRIVED; 4]),
            ("arrived, hash", |alice| (hashed(alice), alice.confirmed_at = ago(9)).1, [ARRIVED; 4]),
            ("arrived, suspended", |alice| (suspended(alice), alice.confirmed_at = ago(9)).1, [ARRIVED; 4]),
            ("arrived, unverified", |alice| (unverified(alice), alice.confirmed_at = ago(9)).1, [ARRIVED; 4]),
            ("migrated seconds ago", |alice| alice.migrated_at = ago(10), [BEING_MIGRATED; 4]),
            ("migrated seconds ago, hash", |alice| (hashed(alice), alice.migrated_at = ago(59)).1, [BEING_MIGRATED; 4]),
            ("migrated by a clock ahead", |alice| alice.migrated_at = ahead(59), [BEING_MIGRATED; 4]),
            ("migrated by a clock far ahead", |alice| alice.migrated_at = ahead(60), ON_THE_WAY),
            ("migrated a minute ago", |alice| alice.migrated_at = ago(60), ON_THE_WAY),
            ("migrated an hour ago", |alice| alice.migrated_at = ago(3600), ON_THE_WAY),
            ("migrated at no time", |alice| alice.migrated_at = Some("yesterday".to_owned()), ON_THE_WAY),
            ("migrated an hour ago, hash", |alice| (hashed(alice), alice.migrated_at = ago(3600)).1, [HAS_PASSWORD; 4]),
            (
                "migrated at no time, hash",
                |alice| (hashed(alice), alice.migrated_at = Some("yesterday".to_owned())).1,
                [HAS_PASSWORD; 4],
            ),
            (
                "migrated an hour ago, suspended",
                |alice| (suspended(alice), alice.migrated_at = ago(3600)).1,
                ON_THE_WAY,
            ),
            ("suspended", suspended, ON_THE_WAY),
            ("suspended, hash", |alice| (hashed(alice), suspended(alice)).1, [HAS_PASSWORD; 4]),
            ("suspended, unverified", |alice| (unverified(alice), suspended(alice)).1, [UNVERIFIED; 4]),
            ("unverified", unverified, [UNVERIFIED; 4]),
            ("unverified, an hour ago", |alice| (unverified(alice), alice.migrated_at = ago(3600)).1, [UNVERIFIED; 4]),
            ("unverified, hash", |alice| (hashed(alice), unverified(alice)).1, [HAS_PASSWORD; 4]),
            ("hash", hashed, [HAS_PASSWORD; 4]),
            ("readmitted", |alice| alice.readmitted_at = ago(9), ON_THE_WAY),
            ("readmitted, hash", |alice| (hashed(alice), alice.readmitted_at = ago(9)).1, [HAS_PASSWORD; 4]),
            ("migrated under another name", |alice| alice.migrated_as = Some("alice2".to_owned()), PLAIN),
        ];
        for (what, change, expected) in rows {
            assert_decided(what, "aLICE ", &alice(change), &expected, &expected);
        }
    }

    /// It takes nobody's place, but in an email pool, where the email is the place.
    #[test]
    fn a_known_users_sign_up_under_another_name_is_decided_by_policy_pool_and_record() {
        let rows: [(&str, Change, [Verdict; 4], [Verdict; 4]); 9] = [
            ("nothing else is known", |_| (), DIFFERS, PLAIN),
            ("arrived", |alice| alice.confirmed_at = ago(9), [ARRIVED; 4], [ARRIVED; 4]),
            ("migrated seconds ago", |alice| alice.migrated_at = ago(10), [BEING_MIGRATED; 4], [BEING_MIGRATED; 4]),
            ("migrated an hour ago", |alice| alice.migrated_at = ago(3600), DIFFERS, ON_THE_WAY),
            ("suspended", suspended, DIFFERS, ON_THE_WAY),
            ("unverified", unverified, [UNVERIFIED; 4], [UNVERIFIED; 4]),
            ("unverified, hash", |alice| (hashed(alice), unverified(alice)).1, DIFFERS, [HAS_PASSWORD; 4]),
            ("hash", hashed, DIFFERS, [HAS_PASSWORD; 4]),
            ("readmitted", |alice| alice.readmitted_at = ago(9), DIFFERS, ON_THE_WAY),
        ];
        for (what, change, in_name_pools, in_email_pools) in rows {
            for user_name in ["alicia", ""] {
                assert_decided(what, user_name, &alice(change), &in_name_pools, &in_email_pools);
            }
        }
    }

    #[track_caller]
    fn assert_decided(
        what: &str,
        name: &str,
        known: &Record,
        in_name_pools: &[Verdict; 4],
        in_email_pools: &[Verdict; 4],
    ) {
        let event = sign_up(name, Some(" ALICE@example.com"));
        for (pool, expected) in [(Username, in_name_pools), (EmailAlias, in_name_pools), (Email, in_email_pools)] {
            for (policy, expected) in POLICIES.into_iter().zip(expected) {
                let rules = rules(policy, pool);
                if rules.fault().is_some() {
                    continue; // The function does not start.
                }
                let decision = decided(rules, &event, std::slice::from_ref(known)).unwrap();
                let Settled(verdict) = decision else { panic!("{what}: {policy:?} {pool:?} {name:?} is claimed") };
                assert_eq!(&verdict, expected, "{what}: {policy:?} {pool:?} {name:?}");
            }
        }
    }

    #[test]
    fn match_without_user_names_is_a_fault_and_no_other_rules_are() {
        for policy in POLICIES {
            for pool in [Username, EmailAlias, Email] {
                let is_fault = rules(policy, pool).fault().is_some();
                assert_eq!(is_fault, (policy, pool) == (Match, Email), "{policy:?} {pool:?}");
            }
        }
        // Should they be kept all the same, nobody is confirmed.
        let decision = decided(rules(Match, Email), &sign_up("3d3f", Some("alice@example.com")), &[alice(|_| ())]);
        assert_eq!(decision, Ok(Settled(UNPROVEN)));
    }

    fn invited(person: &mut KnownUser) {
        person.claim = Some(known_user::Claim::new(known_user::Claim::hash_of("ab12-cd34"), 1_800_000_001));
    }

    fn used(by: &str, at: Option<String>) -> impl Fn(&mut KnownUser) {
        move |person| {
            invited(person);
            let used = ClaimUse { by: by.to_owned(), at: at.clone().unwrap_or_default() };
            person.claim.as_mut().unwrap().used = Some(used);
        }
    }

    #[test]
    fn a_right_code_is_claimed_and_no_other_policy_asks_for_it() {
        let right = json!({ "claimCode": " AB12CD34" });
        let wrong = json!({ "claimCode": "AB12CD35" });
        for (metadata, validation, is_right) in [
            (&right, &Value::Null, true),
            (&Value::Null, &right, true),
            (&wrong, &right, true),
            (&right, &wrong, true),
            (&wrong, &wrong, false),
            (&json!({}), &json!({ "code": "ab12-cd34" }), false),
            (&json!({ "claimCode": "" }), &json!({ "claimCode": null }), false),
        ] {
            for pool in [Username, EmailAlias, Email] {
                for policy in POLICIES {
                    let event = event("PreSignUp_SignUp", "alice", Some("alice@example.com"), metadata, validation);
                    let known = alice(invited);
                    let claim = known.claim().unwrap().unwrap();
                    let decision = decided(rules(policy, pool), &event, &[known]).unwrap();
                    let person = UserEmail::new("alice@example.com").unwrap();
                    if policy == Claim && is_right {
                        assert_eq!(decision, Claimed { person, claim, otherwise: UNCLAIMED }, "{pool:?} {metadata}");
                    } else {
                        let no_code = decided(
                            rules(policy, pool),
                            &sign_up("alice", Some("alice@example.com")),
                            &[alice(invited)],
                        );
                        assert_eq!(decision, no_code.unwrap(), "{policy:?} {pool:?} {metadata} {validation}");
                        assert!(matches!(decision, Settled(_)), "{policy:?} {pool:?} {metadata} {validation}");
                    }
                }
            }
        }
    }

    /// Each row is a right code: what it is worth in a name pool under the person's name, and in an email pool.
    #[test]
    fn a_right_code_serves_one_user_name_of_somebody_who_has_yet_to_come() {
        let code = json!({ "claimCode": "ab12-cd34" });
        let expired = |alice: &mut KnownUser| {
            alice.claim = Some(known_user::Claim::new(known_user::Claim::hash_of("ab12-cd34"), 1_800_000_000));
        };
        let invited_and = |change: Change| alice(|alice| (invited(alice), change(alice)).1);
        // What stands where the code does not serve, or where somebody else is first to note its use.
        for (what, user_name, known, is_claimed, otherwise) in [
            ("unused", "alice", invited_and(|_| ()), true, UNCLAIMED),
            ("unused, hash", "alice", invited_and(hashed), true, HAS_PASSWORD),
            ("unused, unverified, hash", "alice", invited_and(|a| (hashed(a), unverified(a)).1), true, HAS_PASSWORD),
            ("unused, readmitted", "alice", invited_and(|alice| alice.readmitted_at = ago(9)), true, UNCLAIMED),
            ("used by the same name", "alice", alice(used("alice", ago(10))), true, UNCLAIMED),
            ("used by the same name 899 seconds ago", "alice", alice(used("alice", ago(899))), true, UNCLAIMED),
            ("used by the same name 15 minutes ago", "alice", alice(used("alice", ago(900))), false, UNCLAIMED),
            ("used by the same name 20 minutes ago", "alice", alice(used("alice", ago(1200))), false, UNCLAIMED),
            ("used by the same name at no time", "alice", alice(used("alice", None)), false, UNCLAIMED),
            ("used by another spelling", "alice", alice(used("Alice", ago(10))), false, UNCLAIMED),
            ("used by another name", "alice", alice(used("bob", ago(10))), false, UNCLAIMED),
            ("expired", "alice", alice(expired), false, UNCLAIMED),
            ("no code is known", "alice", alice(|_| ()), false, UNCLAIMED),
            ("no code is known, hash", "alice", alice(hashed), false, HAS_PASSWORD),
            ("arrived", "alice", invited_and(|alice| alice.confirmed_at = ago(9)), false, ARRIVED),
            ("migrated seconds ago", "alice", invited_and(|alice| alice.migrated_at = ago(10)), false, BEING_MIGRATED),
            ("migrated an hour ago", "alice", invited_and(|alice| alice.migrated_at = ago(3600)), false, UNCLAIMED),
            (
                "migrated at no time",
                "alice",
                invited_and(|alice| alice.migrated_at = Some(String::new())),
                false,
                UNCLAIMED,
            ),
            ("suspended", "alice", invited_and(suspended), false, UNCLAIMED),
            ("unverified", "alice", invited_and(unverified), false, UNVERIFIED),
        ] {
            let event = event("PreSignUp_SignUp", user_name, Some("alice@example.com"), &code, &Value::Null);
            let person = UserEmail::new("alice@example.com").unwrap();
            let claim = known.claim().unwrap();
            for pool in [Username, EmailAlias, Email] {
                let decision = decided(rules(Claim, pool), &event, std::slice::from_ref(&known)).unwrap();
                match (decision, is_claimed) {
                    (Claimed { person: who, claim: noted, otherwise: then }, true) => {
                        assert_eq!(
                            (&who, Some(&noted), &then),
                            (&person, claim.as_ref(), &otherwise),
                            "{what}: {pool:?}"
                        );
                    }
                    (Settled(verdict), false) => assert_eq!(verdict, otherwise, "{what}: {pool:?}"),
                    (decision, _) => panic!("{what}: {pool:?}: {decision:?}"),
                }
            }
        }

        let event = event("PreSignUp_SignUp", "alicia", Some("alice@example.com"), &code, &Value::Null);
        for pool in NAME_POOLS {
            let decision = decided(rules(Claim, pool), &event, &[alice(invited)]);
            assert_eq!(decision, Ok(Settled(NAME_DIFFERS)), "{pool:?}: a code is for the person's own name");
        }
    }

    #[test]
    fn a_flaw_of_an_attribute_matters_only_where_it_is_used() {
        let flaw = |attribute| Err(MalformedRecord { attribute });
        let event = event(
            "PreSignUp_SignUp",
            "alice",
            Some("alice@example.com"),
            &json!({ "claimCode": "ab12-cd34" }),
            &Value::Null,
        );
        for (attribute, is_used_by) in [
            ("UserSub", &POLICIES[..]),
            ("ConfirmedAt", &POLICIES[..]),
            ("MigratedAt", &POLICIES[..]),
            ("Suspended", &POLICIES[..]),
            ("PasswordHash", &POLICIES[..]),
            ("EmailVerified", &POLICIES[..]),
            ("ClaimCodeExpires", &[Claim]),
            ("ReadmittedAt", &[Match]),
            ("Attributes", &[]),
            ("LastLogin", &[]),
            ("MigratedAs", &[]),
            ("AddedBy", &[]),
            ("Tomorrow", &[]),
        ] {
            for pool in [Username, EmailAlias, Email] {
                for (policy, sound) in POLICIES.into_iter().zip(PLAIN) {
                    let rules = rules(policy, pool);
                    if rules.fault().is_some() {
                        continue; // The function does not start.
                    }
                    let expected = match is_used_by.contains(&policy) {
                        true => flaw(attribute),
                        false => Ok(Settled(sound)),
                    };
                    assert_eq!(
                        decided(rules, &event, &[flawed(attribute)]),
                        expected,
                        "{attribute} {policy:?} {pool:?}"
                    );
                }
            }
        }
        // Where there are user names, that of the person is used; in an email pool it is not.
        let known = |_| Known { email: Some(flawed("UserName")), user_name: Some(Named::Nobody), ..Known::default() };
        for (pool, expected) in
            [(Username, flaw("UserName")), (EmailAlias, flaw("UserName")), (Email, Ok(Settled(BY_CODE)))]
        {
            assert_eq!(decide(rules(Verify, pool), &event, &known(pool), now()), expected, "{pool:?}");
        }
    }

    #[test]
    fn a_suspended_person_does_not_come_by_another_provider() {
        use CheckSuspended::{After, Before, Never};
        const NOT_OURS: Verdict = LeaveToCognito("comes by another provider");
        const REFUSED: Verdict = Refuse("known user is suspended", Refusal::SignInRefused);
        let rows: [(&str, Change, Option<&str>, [Verdict; 3]); 7] = [
            ("suspended", suspended, Some("Alice@example.com"), [REFUSED, REFUSED, NOT_OURS]),
            (
                "suspended, arrived",
                |alice| (suspended(alice), alice.user_sub = Some("1".to_owned())).1,
                Some("alice@example.com"),
                [REFUSED, REFUSED, NOT_OURS],
            ),
            (
                "suspended, unverified",
                |alice| (suspended(alice), unverified(alice)).1,
                Some("alice@example.com"),
                [REFUSED, REFUSED, NOT_OURS],
            ),
            ("not suspended", |_| (), Some("alice@example.com"), [NOT_OURS; 3]),
            ("hash", hashed, Some("alice@example.com"), [NOT_OURS; 3]),
            ("another email", suspended, Some("eve@example.com"), [NOT_OURS; 3]),
            ("no email", suspended, None, [NOT_OURS; 3]),
        ];
        for (what, change, email, expected) in rows {
            for (check_suspended, expected) in [Before, After, Never].into_iter().zip(expected) {
                for sign_in_with in [Username, EmailAlias, Email] {
                    let rules = Rules { policy: Deny, sign_in_with, check_suspended };
                    let event = event("PreSignUp_ExternalProvider", "alice", email, &Value::Null, &Value::Null);
                    let Ok(Settled(verdict)) = decided(rules, &event, &[alice(change)]) else { panic!("{what}") };
                    assert_eq!(verdict, expected, "{what}: {check_suspended:?} {sign_in_with:?}");
                }
            }
        }
        let event =
            event("PreSignUp_ExternalProvider", "Google_1", Some("alice@example.com"), &Value::Null, &Value::Null);
        // Not even where the record is at hand.
        let unchecked = Rules { check_suspended: Never, ..Rules::default() };
        let known = Known { email: Some(alice(suspended)), ..Known::default() };
        assert_eq!(decide(unchecked, &event, &known, now()), Ok(Settled(NOT_OURS)));
        for (attribute, expected) in [
            ("Suspended", Err(MalformedRecord { attribute: "Suspended" })),
            ("UserSub", Ok(Settled(NOT_OURS))),
            ("EmailVerified", Ok(Settled(NOT_OURS))),
        ] {
            assert_eq!(decided(Rules::default(), &event, &[flawed(attribute)]), expected, "{attribute}");
        }
    }

    #[test]
    fn whoever_does_not_sign_up_themselves_is_left_to_cognito() {
        for source in ["PreSignUp_AdminCreateUser", "PreSignUp_Tomorrow", ""] {
            for policy in POLICIES {
                for sign_in_with in [Username, EmailAlias, Email] {
                    for known in [alice(|_| ()), alice(hashed), alice(suspended)] {
                        let event = event(source, "alice", Some("eve@example.com"), &Value::Null, &Value::Null);
                        let decision = decided(rules(policy, sign_in_with), &event, &[known]);
                        assert_eq!(decision, Ok(Settled(LeaveToCognito("not a sign-up"))), "{source} {policy:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_policy_is_one_of_four_words() {
        assert_eq!("claim".parse(), Ok(Claim));
        assert_eq!("match".parse(), Ok(Match));
        assert_eq!("verify".parse(), Ok(Verify));
        assert_eq!("deny".parse(), Ok(Deny));
        let error = "Match".parse::<SignUpPolicy>().unwrap_err().to_string();
        assert_eq!(error, "`Match` is none of `match`, `claim`, `verify`, `deny`");
    }
}
