//! A model of a user pool around the real decisions: everything that can happen in six steps, and walks of thirty.
//!
//! The owner of one record and a stranger sign up, migrate, sign in, forget passwords, come by another provider, change
//! their email and delete accounts; the operator suspends, readmits, releases and invites; calls are repeated, answers are
//! lost, and two are decided side by side. Two things hold of every state: the stranger has no account with the owner's
//! email or name, and changes nothing of the record but that a migration was answered; and the owner, who never enters a
//! code that they did not ask for, can come in by steps of their own. Where the triggers leave a sign-up that the stranger
//! began to Cognito (`World::leaves_to_cognito`), the owner may need the operator's `release`; those states are counted.
//!
//! The decisions are compiled from the triggers' own files, so their own tests run here once more.

#![cfg(test)]

#[allow(dead_code, reason = "the model calls the decision alone, not what reads its settings")]
#[path = "../crates/pre-sign-up/src/decision.rs"]
mod pre_sign_up;

#[allow(dead_code, reason = "as above")]
#[path = "../crates/migrate-user/src/decision.rs"]
mod migrate_user;

#[allow(dead_code, reason = "as above")]
#[path = "../crates/pre-authentication/src/decision.rs"]
mod pre_authentication;

#[allow(dead_code, reason = "as above")]
#[path = "../crates/post-authentication/src/record.rs"]
mod post_authentication;

#[allow(dead_code, reason = "as above")]
#[path = "../crates/post-confirmation/src/record.rs"]
mod post_confirmation;

#[path = "model/rows.rs"]
mod rows;
#[path = "model/search.rs"]
mod search;
#[path = "model/table.rs"]
mod table;
#[path = "model/triggers.rs"]
mod triggers;
#[path = "model/world.rs"]
mod world;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use known_user::{Pool, SignInWith};
use pre_sign_up::SignUpPolicy;
use proptest::{prelude::*, test_runner::TestRunner};
use rows::{ROWS, Row};
use search::{Search, Seen};
use triggers::{Configuration, Knows, Naming, Triggers};
use world::World;

const MODES: [SignInWith; 3] = [SignInWith::Username, SignInWith::EmailAlias, SignInWith::Email];
const POLICIES: [SignUpPolicy; 4] =
    [SignUpPolicy::Match, SignUpPolicy::Claim, SignUpPolicy::Verify, SignUpPolicy::Deny];

/// The records: has a hash, is verified, is invited, is suspended, and what name.
const RECORDS: [(bool, bool, bool, bool, Naming); 11] = [
    (false, true, false, false, Naming::Plain),
    (true, true, false, false, Naming::Plain),
    (true, false, false, false, Naming::Plain),
    (false, false, false, false, Naming::Plain),
    (false, true, true, false, Naming::Plain),
    (true, true, true, false, Naming::Plain),
    (false, false, true, false, Naming::Plain),
    (false, true, false, false, Naming::Missing),
    (true, true, false, false, Naming::Missing),
    (true, true, false, false, Naming::At),
    (true, true, false, true, Naming::Plain),
];

/// Every configuration, with a stranger who knows both names of the person; but where `match` takes that for the person,
/// with two who know one of them each.
fn configurations() -> Vec<Configuration> {
    let mut all = Vec::new();
    for sign_in_with in MODES {
        for case_sensitive in [false, true] {
            for policy in POLICIES {
                let pool = Pool { sign_in_with, case_sensitive };
                let rules = pre_sign_up::Rules { policy, sign_in_with, ..Default::default() };
                if rules.fault().is_some() {
                    continue;
                }
                for (has_hash, is_verified, is_invited, is_suspended, naming) in RECORDS {
                    // A claim code counts under `claim` alone, and an email pool has no user names.
                    if is_invited != (policy == SignUpPolicy::Claim) && is_invited
                        || sign_in_with == SignInWith::Email && naming != Naming::Plain
                    {
                        continue;
                    }
                    let knows: &[Knows] = match policy {
                        SignUpPolicy::Match if !has_hash && is_verified && naming != Naming::Missing => {
                            &[Knows::Address, Knows::Name]
                        }
                        _ => &[Knows::Both],
                    };
                    all.extend(knows.iter().map(|knows| Configuration {
                        pool,
                        policy,
                        naming,
                        has_hash,
                        is_verified,
                        is_invited,
                        is_suspended,
                        knows: *knows,
                    }));
                }
            }
        }
    }
    all
}

fn explore(configuration: Configuration, without: Option<Row>, depth: usize) -> (Search, Seen) {
    let mut world = World::new(Triggers::new(configuration, without));
    (world.most, world.has_every_step) = (3, false);
    let search = Search::new(world);
    let seen = search.explore(depth);
    (search, seen)
}

/// Explores each configuration on its own, two at a time.
fn explore_all(configurations: Vec<Configuration>, without: Option<Row>, depth: usize) -> Vec<(Configuration, Seen)> {
    let next = AtomicUsize::new(0);
    let mut all: Vec<_> = thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut seen = Vec::new();
                while let Some(configuration) = configurations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    seen.push((*configuration, explore(*configuration, without, depth).1));
                }
                seen
            })
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_by_key(|(configuration, _)| configuration.to_string());
    all
}

/// How many steps are gone through exhaustively.
const DEPTH: usize = 6;

#[test]
fn nobody_becomes_somebody_else_and_nobody_is_locked_out_whatever_happens_in_six_steps() {
    let (mut states, mut transitions, mut alphabet) = (0, 0, BTreeMap::<_, usize>::new());
    let mut left_to_cognito = BTreeSet::new();
    let all = explore_all(configurations(), None, DEPTH);
    for (configuration, seen) in &all {
        println!(
            "{configuration} {} states, {} transitions, depth {}, {} kinds of step, left to Cognito: {}",
            seen.states,
            seen.transitions,
            seen.depth,
            seen.alphabet.len(),
            seen.left_to_cognito,
        );
        if let Some(counterexample) = &seen.counterexample {
            panic!("{configuration} {counterexample}");
        }
        states += seen.states;
        transitions += seen.transitions;
        for (kind, times) in &seen.alphabet {
            *alphabet.entry(*kind).or_default() += times;
        }
        if seen.left_to_cognito > 0 {
            left_to_cognito.insert(configuration.to_string());
        }
    }
    println!("alphabet, and how often each step was taken:");
    for (kind, times) in &alphabet {
        println!("  {kind}: {times}");
    }
    println!(
        "{} configurations, {states} states, {transitions} transitions, depth {DEPTH}; a stranger's sign-up that is left \
         to Cognito keeps the owner out somewhere in {} configurations",
        all.len(),
        left_to_cognito.len(),
    );
    assert_eq!(alphabet.len(), 24, "each kind of step was taken");
}

/// A walk: which configuration, and which of the steps that there are each time.
fn walk() -> impl Strategy<Value = (prop::sample::Index, Vec<prop::sample::Index>)> {
    (any::<prop::sample::Index>(), prop::collection::vec(any::<prop::sample::Index>(), 30))
}

#[test]
fn nobody_becomes_somebody_else_and_nobody_is_locked_out_on_a_walk_of_thirty_steps() {
    let searches: Vec<_> = configurations()
        .into_iter()
        .map(|configuration| Search::new(World::new(Triggers::new(configuration, None))))
        .collect();
    let taken = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig { cases: WALKS, failure_persistence: None, ..Default::default() });
    let result = runner.run(&walk(), |(configuration, choices)| {
        let search = configuration.get(&searches);
        let mut state = search.world.start();
        let mut path = Vec::new();
        for choice in choices {
            let steps = search.world.steps(&state, false);
            let step = *choice.get(&steps);
            path.push(step);
            taken.set(taken.get() + 1);
            let (next, broken) = search.world.apply(&state, step);
            let broken = broken.or_else(|| search.has_way_in(&next).0);
            prop_assert_eq!(broken, None, "{} {:?} {:?}", search.world.configuration(), path, next);
            state = next;
        }
        Ok(())
    });
    println!("{} configurations, {WALKS} walks, {} steps", searches.len(), taken.get());
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// How many walks there are.
const WALKS: u32 = 10_000;

#[test]
fn a_match_without_a_hash_takes_a_stranger_who_knows_both_names_for_the_person() {
    let mut taken_in = 0;
    for configuration in configurations().into_iter().filter(|it| it.knows != Knows::Both) {
        let (_, seen) = explore(Configuration { knows: Knows::Both, ..configuration }, None, 2);
        assert!(seen.broken.is_some(), "{configuration}");
        taken_in += 1;
    }
    assert_eq!(taken_in, 8, "two modes, two settings of letter case, two strangers who know one name");
}

#[test]
fn an_address_that_nobody_proves_takes_the_owners_place_in_an_email_pool() {
    for configuration in configurations().into_iter().filter(|it| it.pool.sign_in_with == SignInWith::Email) {
        let mut world = World::new(Triggers::new(configuration, None));
        world.takes_unproven_addresses = true;
        let seen = Search::new(world).explore(2);
        // Somebody who is suspended is promised no way in; and in a pool that minds case there are other spellings.
        let is_exempt = configuration.is_suspended || configuration.pool.case_sensitive;
        assert!(seen.broken.is_some() || is_exempt, "{configuration}");
    }
}

/// What the model cannot see, row by row, and why.
const UNSEEN: [(Row, &str); 10] = [
    (Row::ClaimName, "the code alone proves the person; under another name, they have it all the same"),
    (Row::ClaimNotOnTheWay, "only the owner has the code, and may give themselves another account"),
    (Row::ClaimOneNameAsDecided, "the note of the code asks again"),
    (Row::MatchNotOnTheWay, "only for a stranger who knows both names, which `match` takes for the person anyway"),
    (Row::ComesOnceAsDecided, "the note of the migration asks again"),
    (Row::ComesOnceAsNoted, "the decision asks first; it is for the person who arrives in between"),
    (Row::ComesAsBeforeAsDecided, "the note of the migration asks again"),
    (Row::CodeGoesWithTheMigration, "the code of somebody who is on the way is worth nothing"),
    (Row::SuspendedNotTheNamesake, "nobody else has the name, but who had it before the triggers were attached"),
    (Row::StandardIsNoArrival, "nobody else has the name, but who had it before the triggers were attached"),
];

/// Whether the row can matter with these settings.
fn concerns(row: Row, configuration: &Configuration) -> bool {
    use Row::{
        Claim, ClaimAgain, ClaimElseRefused, ClaimName, ClaimNotOnTheWay, ClaimOneName, ClaimOneNameAsDecided,
        ClaimOneNameAsNoted, CodeGoesWithTheMigration, Deny, Match, MatchName, MatchNamed, MatchNoHash,
        MatchNotOnTheWay, MatchNotReadmitted, SignUpArrived, SignUpSuspended, SignUpUnverified,
    };
    match row {
        Claim
        | ClaimAgain
        | ClaimName
        | ClaimNotOnTheWay
        | ClaimOneName
        | ClaimOneNameAsDecided
        | ClaimOneNameAsNoted
        | CodeGoesWithTheMigration => configuration.is_invited,
        ClaimElseRefused => configuration.policy == SignUpPolicy::Claim,
        Deny | SignUpArrived => configuration.policy == SignUpPolicy::Deny,
        Match | MatchName | MatchNamed | MatchNoHash | MatchNotOnTheWay | MatchNotReadmitted | SignUpSuspended
        | SignUpUnverified => configuration.policy == SignUpPolicy::Match,
        _ => configuration.policy == SignUpPolicy::Verify,
    }
}

/// The first of what does not hold without a row, in so many steps.
fn broken_without(row: Row, depth: usize) -> Option<String> {
    let concerned: Vec<_> = configurations().into_iter().filter(|it| concerns(row, it)).collect();
    (2..=depth).find_map(|depth| {
        concerned.iter().find_map(|configuration| {
            let (_, seen) = explore(*configuration, Some(row), depth);
            seen.broken.map(|broken| format!("after {depth} steps, {configuration} {broken}"))
        })
    })
}

#[test]
fn a_row_of_the_design_that_is_left_out_breaks_something() {
    let next = AtomicUsize::new(0);
    let unseen: BTreeSet<_> = thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut unseen = Vec::new();
                while let Some(row) = ROWS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let is_listed = UNSEEN.iter().any(|(it, _)| it == row);
                    match broken_without(*row, if is_listed { 3 } else { 5 }) {
                        Some(broken) => println!("without {row:?}: {broken}"),
                        None => unseen.push(*row),
                    }
                }
                unseen
            })
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for (row, why) in UNSEEN {
        println!("without {row:?}: not seen, for {why}");
    }
    assert_eq!(unseen, UNSEEN.map(|(row, _)| row).into());
    println!("{} rows, {} of them not seen", ROWS.len(), unseen.len());
}

mod store {
    //! The notes of the model against those of the store.

    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use aws_sdk_dynamodb::{
        Client,
        config::{BehaviorVersion, Credentials, Region},
        types::AttributeValue,
    };
    use common::known_users::{KnownUsers, Migration, Noted, SignIn, SignInNoted};
    use known_user::{Claim, ClaimUse, KnownUser, Pool, Shown, SignInWith, UserEmail, time::rfc3339};
    use local_aws::{dynamodb::KNOWN_USERS, stack::Stack};
    use proptest::{option, prelude::*, sample::select, test_runner::TestRunner};

    use crate::table::{self, Conditions, Entry};

    /// How many records are noted on.
    const NOTES: u32 = 500;

    fn at(minutes: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000) + Duration::from_mins(minutes)
    }

    fn moments() -> impl Strategy<Value = String> {
        (0..40_u64).prop_map(|minutes| rfc3339(at(minutes)).to_string())
    }

    fn names() -> impl Strategy<Value = String> {
        select(vec!["zoë", "ZOË", "zoe\u{308}", "zoë@example.com", "ZOë@example.com", "eve"]).prop_map(str::to_owned)
    }

    fn subs() -> impl Strategy<Value = String> {
        select(vec!["0001", "0002"]).prop_map(str::to_owned)
    }

    /// A code's hash, and who used it when.
    type Code = (&'static str, Option<(String, String)>);

    fn codes() -> impl Strategy<Value = Code> {
        (select(vec!["right", "wrong"]), option::of((names(), moments())))
    }

    fn claim((code_hash, used): Code) -> Claim {
        let used = used.map(|(by, at)| ClaimUse { by, at });
        Claim { code_hash: code_hash.to_owned(), expires: 1_900_000_000, used }
    }

    prop_compose! {
        fn entries()(
            names in (option::of(names()), option::of(names())),
            flags in any::<(bool, bool, bool)>(),
            code in option::of(codes()),
            moments in (option::of(moments()), option::of(moments()), option::of(moments()), option::of(moments())),
            user_sub in option::of(subs()),
        ) -> Entry {
            let mut known = KnownUser::new("zoë@example.com", names.0.as_deref()).unwrap();
            (known.email_verified, known.suspended) = (flags.0, flags.1);
            known.password_hash = flags.2.then(|| "hash".to_owned());
            known.claim = code.map(claim);
            known.migrated_as = names.1.filter(|_| moments.0.is_some());
            (known.migrated_at, known.confirmed_at, known.readmitted_at) = (moments.0, moments.1, moments.2);
            known.user_sub = user_sub;
            Entry { known, last_login: moments.3 }
        }
    }

    fn pools() -> impl Strategy<Value = Pool> {
        let modes = select(vec![SignInWith::Username, SignInWith::EmailAlias, SignInWith::Email]);
        (modes, any::<bool>()).prop_map(|(sign_in_with, case_sensitive)| Pool { sign_in_with, case_sensitive })
    }

    enum Note {
        Claim(Claim, String, SystemTime),
        Migration(Migration),
        Confirmation(SystemTime),
        SignIn(SignIn),
    }

    // A failure prints it: it is nobody's.
    impl std::fmt::Debug for Note {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                Self::Claim(claim, name, now) => {
                    let used = claim.used.as_ref().map(|used| (&used.by, &used.at));
                    write!(f, "claim {} {used:?} {name} {}", claim.code_hash, rfc3339(*now))
                }
                Self::Migration(Migration { at, user_name, only_as_before, proven }) => {
                    write!(f, "migration {} {user_name:?} {only_as_before} {proven}", rfc3339(*at))
                }
                Self::Confirmation(at) => write!(f, "confirmation {}", rfc3339(*at)),
                Self::SignIn(SignIn { time, sub, shown, pool, user_name, says_email, refuses_suspended, .. }) => {
                    write!(
                        f,
                        "sign-in {} {sub:?} {shown:?} {pool:?} {user_name:?} {says_email} {refuses_suspended}",
                        rfc3339(*time)
                    )
                }
            }
        }
    }

    fn notes() -> impl Strategy<Value = Note> {
        let times = || (0..40_u64).prop_map(at);
        // Who has shown that an email is theirs has one.
        let shown =
            select(vec![(Shown::Proven, true), (Shown::Federated, true), (Shown::Said, true), (Shown::Said, false)]);
        let sign_ins = ((times(), option::of(subs()), shown), (pools(), option::of(names()), any::<bool>()));
        prop_oneof![
            (codes(), names(), times()).prop_map(|(code, name, now)| Note::Claim(claim(code), name, now)),
            (times(), option::of(names()), any::<(bool, bool)>()).prop_map(
                |(at, user_name, (only_as_before, proven))| {
                    Note::Migration(Migration { at, user_name, only_as_before, proven })
                }
            ),
            times().prop_map(Note::Confirmation),
            sign_ins.prop_map(|((time, sub, (shown, says_email)), (pool, name, refuses_suspended))| {
                Note::SignIn(SignIn {
                    user_pool_id: "eu-west-1_EXAMPLE".to_owned(),
                    client_id: None,
                    time,
                    sub,
                    shown,
                    pool,
                    user_name: name.unwrap_or_default(),
                    says_email,
                    refuses_suspended,
                })
            }),
        ]
    }

    /// What became of a note.
    #[derive(Debug, PartialEq)]
    enum Outcome {
        Claim(bool),
        Migration(Option<Option<String>>),
        Confirmation(Noted),
        SignIn(SignInNoted),
    }

    const AGAIN: Duration = Duration::from_mins(15);

    fn in_the_model(entry: &mut Entry, note: &Note) -> Outcome {
        match note {
            Note::Claim(claim, name, now) => {
                let since = *now - AGAIN;
                Outcome::Claim(table::note_claim(Conditions::ALL, &mut entry.known, claim, name, *now, since))
            }
            Note::Migration(migration) => {
                Outcome::Migration(table::note_migration(Conditions::ALL, &mut entry.known, migration))
            }
            Note::Confirmation(at) => Outcome::Confirmation(table::note_confirmation(&mut entry.known, *at)),
            Note::SignIn(sign_in) => Outcome::SignIn(table::note_sign_in(entry, sign_in)),
        }
    }

    async fn in_the_store(store: &KnownUsers, email: &UserEmail, note: &Note) -> Outcome {
        match note {
            Note::Claim(claim, name, now) => {
                Outcome::Claim(store.note_claim(email, claim, name, *now, *now - AGAIN).await.unwrap())
            }
            Note::Migration(migration) => Outcome::Migration(store.note_migration(email, migration).await.unwrap()),
            Note::Confirmation(at) => Outcome::Confirmation(store.note_confirmation(email, *at).await.unwrap()),
            Note::SignIn(sign_in) => Outcome::SignIn(store.note_sign_in(email, sign_in).await.unwrap()),
        }
    }

    async fn put(client: &Client, entry: &Entry) {
        let mut item = entry.known.clone().into_item();
        if let Some(time) = &entry.last_login {
            let login = [("Time".to_owned(), AttributeValue::S(time.clone()))];
            item.insert("LastLogin".to_owned(), AttributeValue::M(login.into()));
        }
        client.put_item().table_name(KNOWN_USERS).set_item(Some(item)).send().await.unwrap();
    }

    async fn get(client: &Client, email: &UserEmail) -> Entry {
        let key = AttributeValue::S(email.as_str().to_owned());
        let answer = client.get_item().table_name(KNOWN_USERS).key("UserEmail", key).send().await.unwrap();
        let item = answer.item.unwrap();
        let last_login = item.get("LastLogin").map(|login| login.as_m().unwrap()["Time"].as_s().unwrap().clone());
        Entry { known: KnownUser::from_item(&item).unwrap(), last_login }
    }

    #[test]
    fn a_note_of_the_model_is_a_note_of_the_store() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (_stack, client) = runtime.block_on(async {
            let stack = Stack::start().await.unwrap();
            let config = aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-west-1"))
                .endpoint_url(stack.dynamodb.url())
                .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
                .http_client(trust::client(None).unwrap())
                .build();
            (stack, Client::from_conf(config))
        });
        let store = KnownUsers::new(client.clone(), KNOWN_USERS.to_owned());
        let config = ProptestConfig { cases: NOTES, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(&(entries(), notes()), |(before, note)| {
            let mut entry = before.clone();
            let expected = in_the_model(&mut entry, &note);
            let (outcome, after) = runtime.block_on(async {
                put(&client, &before).await;
                let outcome = in_the_store(&store, &before.known.email, &note).await;
                (outcome, get(&client, &before.known.email).await)
            });
            prop_assert_eq!(expected, outcome);
            prop_assert_eq!(after, entry);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{error}");
        }
    }
}
