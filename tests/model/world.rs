//! A user pool as the developer guide describes it, one known user, the person, and a stranger.

use std::cell::Cell;

use known_user::SignInWith;

use crate::{
    migrate_user::Password,
    pre_sign_up::SignUpPolicy,
    triggers::{
        Address, Code, Coming, Configuration, Decided, Known, Knows, Name, Naming, SignUp, Since, Triggers, User, Who,
    },
};
use Who::{Owner, Stranger};

/// How many users the pool may have; the last of them comes only where it is asked whether the owner can come in.
const MOST: usize = 5;

/// What a user of the pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Has signed up, with a code yet to enter.
    Unconfirmed,
    Confirmed,
    /// Has to set a password, with a code.
    Reset,
}

/// A user of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Account {
    pub(crate) name: Name,
    pub(crate) email: Option<Address>,
    pub(crate) is_verified: bool,
    pub(crate) status: Status,
    /// Who knows the password, or comes by the other provider.
    pub(crate) holder: Option<Who>,
    /// The last code to set a password with: who asked for it, and where it went.
    pub(crate) code: Option<(Who, Address)>,
    /// Whether the record's `UserSub` is this one's.
    pub(crate) is_sub: bool,
    pub(crate) is_migrated: bool,
}

impl Account {
    fn is_federated(&self) -> bool {
        matches!(self.name, Name::Provided(_))
    }

    fn is_held_by(&self, who: Who) -> bool {
        self.status == Status::Confirmed && self.holder == Some(who)
    }

    fn has_own_address(&self) -> bool {
        self.email.is_some_and(Address::is_own)
    }

    fn user(&self) -> User {
        User {
            name: self.name,
            email: self.email,
            is_verified: self.is_verified,
            is_sub: self.is_sub,
            is_federated: self.is_federated(),
        }
    }
}

/// The world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) known: Known,
    /// In order, as which is which does not matter.
    pub(crate) accounts: [Option<Account>; MOST],
    /// Nobody may try a password of the person's for now.
    is_spent: bool,
    /// The person has signed in or was confirmed, and it was recorded.
    has_come: bool,
}

impl State {
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().flatten()
    }

    fn at(&mut self, index: usize) -> &mut Account {
        self.accounts[index].as_mut().unwrap()
    }

    fn add(&mut self, account: Account) -> bool {
        match self.accounts.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(account),
            None => return false,
        }
        true
    }

    /// Verifying an email takes the alias from whoever has it.
    fn move_alias(&mut self, to: Name, email: Option<Address>) {
        for account in self.accounts.iter_mut().flatten() {
            if account.name != to && account.email == email {
                account.is_verified = false;
            }
        }
    }

    fn sorted(mut self) -> Self {
        self.accounts.sort_unstable_by(|a, b| b.cmp(a));
        self
    }
}

/// What goes wrong around a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    No,
    /// Cognito calls twice, and takes the second answer.
    Repeated,
    /// Cognito does not do what the answer says.
    Lost,
    /// Post confirmation cannot record anything.
    Unrecorded,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    SignUp(SignUp, Fault),
    SignUpsSideBySide(SignUp, SignUp),
    /// A sign-up's code is entered by whoever began it.
    Confirm(usize, Fault),
    /// A person who is not in the pool signs in, or has forgotten the password.
    Migrate(Who, Name, Option<Password>, Fault),
    MigrationsSideBySide([(Who, Name, Option<Password>); 2]),
    SignIn(usize),
    Forget(Who, usize),
    /// A new password is set with the code.
    SetPassword(usize),
    ComeByProvider(Who, Address, bool),
    ChangeEmail(usize, Address),
    VerifyEmail(usize),
    Delete(usize),
    SpendAttempts,
    Minute,
    Quarter,
    Suspend,
    Resume,
    Readmit,
    Release,
    Invite,
}

impl Step {
    /// The kind of step, for the alphabet.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::SignUp(sign_up, _) if sign_up.with_code => "sign up with a claim code",
            Self::SignUp(..) => "sign up",
            Self::SignUpsSideBySide(..) => "sign up twice at once",
            Self::Confirm(..) => "confirm a sign-up by its code",
            Self::Migrate(_, _, None, Fault::No) => "sign in from outside the pool",
            Self::Migrate(_, _, Some(_), Fault::No) => "forget a password outside the pool",
            Self::Migrate(.., Fault::Repeated) => "migrate by a repeated call",
            Self::Migrate(..) => "migrate by an answer that is refused",
            Self::MigrationsSideBySide(_) => "migrate twice at once",
            Self::SignIn(_) => "sign in",
            Self::Forget(..) => "forget a password",
            Self::SetPassword(_) => "set a password by its code",
            Self::ComeByProvider(..) => "come by another provider",
            Self::ChangeEmail(..) => "change the email",
            Self::VerifyEmail(_) => "verify the email",
            Self::Delete(_) => "delete an account",
            Self::SpendAttempts => "spend all attempts",
            Self::Minute => "a minute passes",
            Self::Quarter => "15 minutes pass",
            Self::Suspend => "suspend",
            Self::Resume => "lift a suspension",
            Self::Readmit => "readmit",
            Self::Release => "release",
            Self::Invite => "invite again",
        }
    }
}

/// What has to hold, and did not.
pub(crate) type Broken = &'static str;

/// The rules by which the world goes on.
pub(crate) struct World {
    pub(crate) triggers: Triggers,
    /// Whether the owner is ever let in by a code or by `match`, or with the password: rows that are there for them.
    pub(crate) was_claimed: Cell<bool>,
    pub(crate) was_matched: Cell<bool>,
    pub(crate) kept_password: Cell<bool>,
    /// Whether a user of an email pool may take an address without proving it.
    pub(crate) takes_unproven_addresses: bool,
    /// How many users the pool may have, but for one who comes in.
    pub(crate) most: usize,
    /// Whether there are other providers, and attempts to spend, under each policy.
    pub(crate) has_every_step: bool,
}

impl World {
    pub(crate) fn new(triggers: Triggers) -> Self {
        Self {
            triggers,
            was_claimed: Cell::new(false),
            was_matched: Cell::new(false),
            kept_password: Cell::new(false),
            takes_unproven_addresses: false,
            most: MOST - 1,
            has_every_step: true,
        }
    }

    pub(crate) fn configuration(&self) -> &Configuration {
        &self.triggers.configuration
    }

    fn mode(&self) -> SignInWith {
        self.configuration().pool.sign_in_with
    }

    /// Whether the owner reads the record's address. Where they do not, the password is their only way.
    fn has_mailbox(&self) -> bool {
        self.configuration().is_verified || !self.configuration().has_hash
    }

    fn is_read_by(&self, address: Address, who: Who) -> bool {
        address.is_read_by(who) && (self.has_mailbox() || !address.is_own())
    }

    /// The beginning: a record, and an account of the stranger's own.
    pub(crate) fn start(&self) -> State {
        let Configuration { has_hash, is_invited, is_suspended, .. } = *self.configuration();
        let known = Known {
            has_hash,
            is_suspended,
            code: if is_invited { Code::Unused } else { Code::Gone },
            migrated: Since::Never,
            migrated_as: None,
            is_confirmed: false,
            has_sub: false,
            is_readmitted: false,
        };
        let mut state = State { known, accounts: [None; MOST], is_spent: false, has_come: false };
        state.add(Account {
            name: if self.mode() == SignInWith::Email { Name::Made } else { Name::Strangers },
            email: Some(Address::Strangers),
            is_verified: true,
            status: Status::Confirmed,
            holder: Some(Stranger),
            code: None,
            is_sub: false,
            is_migrated: false,
        });
        state
    }

    /// The names under which people sign up.
    fn names(&self, who: Who) -> Vec<Name> {
        let Configuration { naming, pool, knows, .. } = *self.configuration();
        let mut names = match (pool.sign_in_with, naming) {
            (SignInWith::Email, _) => return vec![Name::Made],
            // An alias pool takes no user name that looks like an email.
            (SignInWith::EmailAlias, Naming::At | Naming::Missing) => vec![],
            (SignInWith::Username, Naming::Missing) if !pool.case_sensitive => vec![Name::Own],
            _ => vec![Name::Own, Name::Spelled],
        };
        if who == Stranger && knows == Knows::Address && naming != Naming::Missing {
            names.clear();
        }
        names.push(Name::Free);
        names
    }

    /// The person's addresses, as they are typed.
    fn addresses(&self, who: Who) -> &'static [Address] {
        let Configuration { pool, knows, .. } = self.configuration();
        match pool.case_sensitive {
            _ if who == Stranger && *knows == Knows::Name => &[],
            true if pool.sign_in_with != SignInWith::Username => &[Address::Own, Address::Spelled],
            _ => &[Address::Own],
        }
    }

    /// What people type to sign in as the person.
    fn typed(&self, who: Who) -> Vec<Name> {
        let Configuration { naming, pool, knows, .. } = *self.configuration();
        let is_case = pool.case_sensitive;
        let mut typed = Vec::new();
        let knows_name = who == Owner || knows != Knows::Address;
        match (pool.sign_in_with, naming) {
            (SignInWith::Email, _) | (SignInWith::EmailAlias, Naming::Missing) => (),
            (SignInWith::Username, Naming::Missing) if is_case => typed.extend([Name::Own, Name::Spelled]),
            (SignInWith::Username, Naming::Missing) => typed.push(Name::Own),
            _ if who == Owner => typed.extend([Name::Own, Name::Spelled]),
            _ if knows_name => typed.extend([Name::Own, Name::Spelled, Name::SpelledAgain]),
            _ => (),
        }
        let is_address_a_name = pool.sign_in_with == SignInWith::Username && naming == Naming::Missing;
        if !is_address_a_name && (who == Owner || knows != Knows::Name) {
            typed.push(Name::Address);
            if is_case {
                typed.push(Name::AddressSpelled);
            }
        }
        typed
    }

    /// The user whom the pool takes this name for.
    fn find(&self, state: &State, typed: Name) -> Option<usize> {
        let address = match typed {
            Name::Address => Some(Address::Own),
            Name::AddressSpelled => Some(Address::Spelled),
            _ => None,
        };
        state.accounts.iter().position(|account| {
            account.as_ref().is_some_and(|account| match self.mode() {
                SignInWith::Username => account.name == typed,
                SignInWith::EmailAlias => {
                    account.name == typed || (account.is_verified && address.is_some() && account.email == address)
                }
                SignInWith::Email => !account.is_federated() && address.is_some() && account.email == address,
            })
        })
    }

    /// Whether the pool has room for a user of this name and email.
    fn is_free(&self, state: &State, name: Name, email: Option<Address>) -> bool {
        !state.accounts().any(|account| match self.mode() {
            SignInWith::Email => !account.is_federated() && account.email == email,
            _ => account.name == name,
        })
    }

    /// What can happen next; only what the owner needs to come in, where that is asked.
    pub(crate) fn steps(&self, state: &State, to_come_in: bool) -> Vec<Step> {
        let mut steps = Vec::with_capacity(64);
        let who = if to_come_in { &[Owner][..] } else { &[Owner, Stranger] };
        let has_room = state.accounts().count() < if to_come_in { MOST } else { self.most };
        let has_code = |who| match who {
            Owner => self.configuration().policy == SignUpPolicy::Claim && state.known.code != Code::Gone,
            // A while after it was used, anybody may have seen it.
            Stranger => matches!(state.known.code, Code::Used(_, false)),
        };
        for who in who.iter().copied().filter(|_| has_room) {
            let mut emails: Vec<_> = self.addresses(who).iter().copied().map(Some).collect();
            if who == Owner && !self.has_mailbox() {
                emails.clear();
            }
            if who == Stranger {
                emails.push(Some(Address::Strangers));
                if self.mode() != SignInWith::Email {
                    emails.push(None);
                }
            }
            let mut names = self.names(who);
            if to_come_in && self.mode() != SignInWith::Email {
                names.push(Name::Another);
            }
            for name in names {
                for email in emails.iter().copied() {
                    // An account with nothing of the owner's is what the stranger has from the beginning.
                    if who == Stranger && name == Name::Free && !email.is_some_and(Address::is_own) {
                        continue;
                    }
                    let mut sign_up = SignUp { who, name, email, with_code: false };
                    steps.push(Step::SignUp(sign_up, Fault::No));
                    if !has_code(who) {
                        continue;
                    }
                    sign_up.with_code = true;
                    steps.push(Step::SignUp(sign_up, Fault::No));
                    if who == Owner && !to_come_in {
                        steps.extend(
                            [Fault::Repeated, Fault::Lost, Fault::Unrecorded].map(|fault| Step::SignUp(sign_up, fault)),
                        );
                        for name in self.names(Owner) {
                            let email = self.addresses(Owner).last().copied();
                            steps.push(Step::SignUpsSideBySide(sign_up, SignUp { name, email, ..sign_up }));
                        }
                    }
                }
            }
            for typed in self.typed(who).into_iter().filter(|typed| self.find(state, *typed).is_none()) {
                for password in [None, Some(Password::Forgotten)] {
                    let faults: &[_] =
                        if to_come_in { &[Fault::No] } else { &[Fault::No, Fault::Repeated, Fault::Lost] };
                    steps.extend(faults.iter().map(|fault| Step::Migrate(who, typed, password, *fault)));
                    if who == Stranger && typed == self.typed(who)[0] {
                        let other = if self.mode() == SignInWith::Email { typed } else { Name::SpelledAgain };
                        if self.find(state, other).is_none() && self.typed(who).contains(&other) {
                            let pair = [(who, typed, password), (who, other, password)];
                            steps.push(Step::MigrationsSideBySide(pair));
                            steps.push(Step::MigrationsSideBySide([(Owner, typed, None), (who, other, password)]));
                        }
                    }
                }
            }
        }
        for (index, account) in state.accounts.iter().enumerate() {
            let Some(account) = account else { continue };
            if account.status == Status::Unconfirmed
                && let (Some(email), Some(holder)) = (account.email, account.holder)
                && self.is_read_by(email, holder)
                && who.contains(&holder)
            {
                steps.push(Step::Confirm(index, Fault::No));
                if holder == Owner && !to_come_in {
                    steps.push(Step::Confirm(index, Fault::Unrecorded));
                }
            }
            if account.status != Status::Unconfirmed && !account.is_federated() && account.is_verified {
                for who in who {
                    if account.code.is_none_or(|(by, _)| by != *who) {
                        steps.push(Step::Forget(*who, index));
                    }
                }
            }
            if let Some((by, to)) = account.code
                && who.contains(&by)
                && self.is_read_by(to, by)
            {
                steps.push(Step::SetPassword(index));
            }
            if to_come_in || account.status != Status::Confirmed {
                continue;
            }
            let Some(holder) = account.holder else { continue };
            if !account.is_federated() {
                steps.push(Step::SignIn(index));
                let addresses: &[Address] = match (self.mode(), holder) {
                    (SignInWith::Email, Stranger) if !self.takes_unproven_addresses => &[],
                    (_, Owner) => &[Address::New],
                    (_, Stranger) => self.addresses(Stranger),
                };
                let others = addresses.iter().filter(|address| account.email != Some(**address));
                steps.extend(others.map(|address| Step::ChangeEmail(index, *address)));
                if !account.is_verified && account.email.is_some_and(|email| self.is_read_by(email, holder)) {
                    steps.push(Step::VerifyEmail(index));
                }
            }
            steps.push(Step::Delete(index));
        }
        let is_recent = matches!(state.known.code, Code::Used(_, true));
        if state.known.migrated == Since::Now {
            steps.push(Step::Minute);
        }
        if state.is_spent || is_recent {
            steps.push(Step::Quarter);
        }
        if to_come_in {
            return steps;
        }
        let Configuration { naming, policy, .. } = *self.configuration();
        if self.has_every_step
            || naming == Naming::Plain && matches!(policy, SignUpPolicy::Match | SignUpPolicy::Verify)
        {
            steps.push(Step::ComeByProvider(Owner, Address::Own, true));
            let addresses = self.addresses(Stranger).iter();
            steps.extend(addresses.map(|address| Step::ComeByProvider(Stranger, *address, false)));
        }
        if !has_room {
            steps.retain(|step| match step {
                Step::ComeByProvider(who, ..) => state.accounts().any(|account| account.name == Name::Provided(*who)),
                _ => true,
            });
        }
        let has_attempts = self.has_every_step || policy == SignUpPolicy::Verify;
        if !state.is_spent && state.known.has_hash && has_attempts {
            steps.push(Step::SpendAttempts);
        }
        steps.push(if state.known.is_suspended { Step::Resume } else { Step::Suspend });
        if state.known.has_arrived() && !state.accounts().any(|account| self.is_the_persons(account)) {
            steps.push(Step::Readmit);
        }
        if state.accounts().any(|account| self.is_released(account)) {
            steps.push(Step::Release);
        }
        if self.configuration().is_invited && state.known.code != Code::Unused && !state.known.has_arrived() {
            steps.push(Step::Invite);
        }
        steps
    }

    /// What `readmit` sees of the pool.
    fn is_the_persons(&self, account: &Account) -> bool {
        account.is_sub || account.has_own_address() || self.triggers.is_named(account.name)
    }

    fn is_released(&self, account: &Account) -> bool {
        account.status == Status::Unconfirmed && (account.has_own_address() || self.triggers.is_named(account.name))
    }

    /// Whether a suspension has to stop this user: by the email, and in a pool of user names by the name, though the email
    /// was changed. (An account under a name that is not the record's sheds it, as one of an email pool does.)
    fn is_of_the_record(&self, state: &State, account: &Account) -> bool {
        let is_account = account.is_sub || self.is_migrated_as(state, account);
        account.has_own_address() || (self.triggers.is_named(account.name) && is_account)
    }

    fn is_migrated_as(&self, state: &State, account: &Account) -> bool {
        self.mode() != SignInWith::Email && !state.known.has_sub && state.known.migrated_as == Some(account.name)
    }

    /// What comes of a step.
    pub(crate) fn apply(&self, before: &State, step: Step) -> (State, Option<Broken>) {
        let mut state = *before;
        let mut broken = None;
        let by_stranger = self.take(&mut state, step, &mut broken);
        let (old, new) = (before.known, state.known);
        if by_stranger {
            let but_for_migration = Known { migrated: old.migrated, migrated_as: old.migrated_as, ..new };
            if but_for_migration != old {
                broken = broken.or(Some("a stranger changes the record"));
            }
        }
        if let Step::ComeByProvider(..) = step
            && old != new
        {
            broken = broken.or(Some("a sign-in by another provider changes the record"));
        }
        (state.sorted(), broken.or_else(|| self.broken(&state)))
    }

    /// What does not hold of a state.
    fn broken(&self, state: &State) -> Option<Broken> {
        for account in state.accounts() {
            let is_named = self.triggers.is_named(account.name);
            if account.is_held_by(Stranger) && account.has_own_address() && account.is_verified {
                return Some("the stranger holds an account with the owner's email");
            }
            if account.is_held_by(Stranger) && is_named {
                return Some("the stranger holds an account with the owner's name");
            }
            if account.holder == Some(Stranger) && is_named && !account.has_own_address() {
                return Some("the stranger takes the owner's name without their email");
            }
            let is_in_name_pool = self.mode() == SignInWith::Username;
            if account.is_migrated && is_in_name_pool && !is_named {
                return Some("the person comes under a name that is not theirs");
            }
        }
        None
    }

    /// Changes the state; whether it was the stranger who did.
    fn take(&self, state: &mut State, step: Step, broken: &mut Option<Broken>) -> bool {
        match step {
            Step::SignUp(sign_up, fault) => {
                self.sign_up(state, sign_up, fault, broken);
                sign_up.who == Stranger
            }
            Step::SignUpsSideBySide(first, second) => {
                let decided = [first, second].map(|it| (it, self.triggers.pre_sign_up(state.known, it, false)));
                let answered = decided.map(|(sign_up, decided)| {
                    let answered = self.answer(state, sign_up, decided);
                    Self::make_another(state);
                    (sign_up, answered)
                });
                let is_confirmed = |state: &State| state.accounts().filter(|account| account.is_held_by(Owner)).count();
                let before = is_confirmed(state);
                for (sign_up, answered) in answered {
                    self.signed_up(state, sign_up, answered, Fault::No, broken);
                }
                if is_confirmed(state) > before + 1 {
                    *broken = Some("a claim code confirms two accounts");
                }
                false
            }
            Step::Confirm(index, fault) => {
                let account = state.at(index);
                let by_stranger = account.holder == Some(Stranger);
                (account.status, account.is_verified) = (Status::Confirmed, true);
                self.confirmed(state, index, true, fault);
                by_stranger
            }
            Step::Migrate(who, typed, password, fault) => {
                let decide = |state: &State| self.coming(state, who, typed, password);
                let mut coming = decide(state);
                let mut noted = coming.and_then(|coming| self.note(state, coming));
                if fault == Fault::Repeated {
                    coming = decide(state);
                    noted = coming.and_then(|coming| self.note(state, coming));
                }
                if fault != Fault::Lost
                    && let (Some(coming), Some(name)) = (coming, noted)
                {
                    self.migrate(state, who, password, coming, name, broken);
                }
                who == Stranger
            }
            Step::MigrationsSideBySide(migrations) => {
                let coming = migrations.map(|(who, typed, password)| self.coming(state, who, typed, password));
                let noted = coming.map(|coming| coming.and_then(|coming| self.note(state, coming)));
                for ((who, _, password), (coming, noted)) in migrations.into_iter().zip(coming.into_iter().zip(noted)) {
                    if let (Some(coming), Some(name)) = (coming, noted) {
                        self.migrate(state, who, password, coming, name, broken);
                    }
                }
                migrations.iter().all(|(who, ..)| *who == Stranger)
            }
            Step::SignIn(index) => self.sign_in(state, index, broken),
            Step::Forget(who, index) => {
                let account = state.at(index);
                account.code = account.email.map(|email| (who, email));
                who == Stranger
            }
            Step::SetPassword(index) => {
                let account = state.at(index);
                let who = account.code.take().map(|(who, _)| who);
                (account.holder, account.status) = (who, Status::Confirmed);
                self.confirmed(state, index, false, Fault::No);
                who == Some(Stranger)
            }
            Step::ComeByProvider(who, email, is_verified) => {
                self.come_by_provider(state, who, email, is_verified, broken);
                who == Stranger
            }
            Step::ChangeEmail(index, email) => {
                let is_email_pool = self.mode() == SignInWith::Email;
                let is_free = self.is_free(state, Name::Free, Some(email));
                let account = state.at(index);
                let by_stranger = account.holder == Some(Stranger);
                if !is_email_pool || is_free {
                    account.email = Some(email);
                    // An email pool changes the address with the code.
                    account.is_verified = is_email_pool && !self.takes_unproven_addresses;
                }
                by_stranger
            }
            Step::VerifyEmail(index) => {
                let account = state.at(index);
                account.is_verified = true;
                let (name, email, holder) = (account.name, account.email, account.holder);
                if self.mode() == SignInWith::EmailAlias {
                    state.move_alias(name, email);
                }
                holder == Some(Stranger)
            }
            Step::Delete(index) => {
                let account = state.accounts[index].take();
                account.is_some_and(|account| account.holder == Some(Stranger))
            }
            Step::SpendAttempts => {
                state.is_spent = true;
                true
            }
            Step::Minute => {
                state.known.migrated = Since::Earlier;
                false
            }
            Step::Quarter => {
                if state.known.migrated == Since::Now {
                    state.known.migrated = Since::Earlier;
                }
                if let Code::Used(name, _) = state.known.code {
                    state.known.code = Code::Used(name, false);
                }
                state.is_spent = false;
                false
            }
            Step::Suspend | Step::Resume => {
                state.known.is_suspended = step == Step::Suspend;
                false
            }
            Step::Readmit => {
                let Known { has_hash, is_suspended, code, .. } = state.known;
                state.known = Known {
                    has_hash,
                    is_suspended,
                    code,
                    migrated: Since::Never,
                    migrated_as: None,
                    is_confirmed: false,
                    has_sub: false,
                    is_readmitted: true,
                };
                state.has_come = false;
                false
            }
            Step::Release => {
                for place in &mut state.accounts {
                    if place.as_ref().is_some_and(|account| self.is_released(account)) {
                        *place = None;
                    }
                }
                false
            }
            Step::Invite => {
                state.known.code = Code::Unused;
                false
            }
        }
    }

    fn sign_up(&self, state: &mut State, sign_up: SignUp, fault: Fault, broken: &mut Option<Broken>) {
        let decide = |state: &State| self.triggers.pre_sign_up(state.known, sign_up, false);
        let mut answered = self.answer(state, sign_up, decide(state));
        if fault == Fault::Repeated {
            let first = answered;
            answered = self.answer(state, sign_up, decide(state));
            if first != answered {
                *broken = Some("a repeated call is answered otherwise");
            }
        }
        self.signed_up(state, sign_up, answered, fault, broken);
    }

    /// What pre sign-up answers, once it has noted what it has to.
    fn answer(&self, state: &mut State, sign_up: SignUp, decided: Decided) -> Decided {
        let Decided::Claimed { else_refuse } = decided else { return decided };
        let (is_noted, known) = self.triggers.note_claim(state.known, sign_up.name);
        state.known = known;
        match is_noted {
            true => decided,
            false if else_refuse => Decided::Refuse,
            false => Decided::Leave,
        }
    }

    /// The next user of an email pool has another UUID.
    fn make_another(state: &mut State) {
        if let Code::Used(Name::Made, is_recent) = state.known.code {
            state.known.code = Code::Used(Name::MadeBefore, is_recent);
        }
    }

    fn signed_up(
        &self,
        state: &mut State,
        sign_up: SignUp,
        answered: Decided,
        fault: Fault,
        broken: &mut Option<Broken>,
    ) {
        Self::make_another(state);
        let is_by_code = matches!(answered, Decided::Claimed { .. });
        let is_confirmed = is_by_code || answered == Decided::Confirm;
        if is_confirmed && state.known.is_suspended {
            *broken = Some("a suspended person is confirmed");
        }
        let has_place = answered != Decided::Refuse && self.is_free(state, sign_up.name, sign_up.email);
        if !has_place || fault == Fault::Lost {
            return;
        }
        let account = Account {
            name: sign_up.name,
            email: sign_up.email,
            is_verified: is_confirmed,
            status: if is_confirmed { Status::Confirmed } else { Status::Unconfirmed },
            holder: Some(sign_up.who),
            code: None,
            is_sub: false,
            is_migrated: false,
        };
        if !state.add(account) || !is_confirmed {
            return;
        }
        if sign_up.who == Owner {
            let seen = if is_by_code { &self.was_claimed } else { &self.was_matched };
            seen.set(true);
        }
        let index = state.accounts.iter().position(|it| it.as_ref() == Some(&account)).unwrap_or_default();
        self.confirmed(state, index, true, fault);
    }

    /// A user was confirmed or has set a password: their email is verified.
    fn confirmed(&self, state: &mut State, index: usize, of_sign_up: bool, fault: Fault) {
        let account = *state.at(index);
        if self.mode() == SignInWith::EmailAlias && account.is_verified {
            state.move_alias(account.name, account.email);
        }
        if fault == Fault::Unrecorded {
            return;
        }
        state.known = self.triggers.post_confirmation(state.known, account.user(), of_sign_up);
        if account.is_verified && account.has_own_address() && !account.is_federated() {
            state.has_come = true;
        }
    }

    fn coming(&self, state: &State, who: Who, typed: Name, password: Option<Password>) -> Option<Coming> {
        let is_spent = state.is_spent && password.is_none();
        let password = if is_spent { Some(Password::TooManyAttempts) } else { password };
        self.triggers.migrate_user(state.known, typed, password, who)
    }

    /// The name of the account, once the migration is noted.
    fn note(&self, state: &mut State, coming: Coming) -> Option<Option<Name>> {
        let (known, name) = self.triggers.note_migration(state.known, coming)?;
        state.known = known;
        Some(name)
    }

    fn migrate(
        &self,
        state: &mut State,
        who: Who,
        password: Option<Password>,
        coming: Coming,
        noted: Option<Name>,
        broken: &mut Option<Broken>,
    ) {
        if state.known.is_suspended {
            *broken = Some("a suspended person migrates");
        }
        if state.has_come {
            *broken = Some("somebody who has come is brought in again");
        }
        let name = noted.unwrap_or(Name::Made);
        // Cognito may call pre sign-up for the migration.
        let sign_up = SignUp { who, name, email: Some(coming.email), with_code: false };
        let is_refused = self.triggers.pre_sign_up(state.known, sign_up, false) == Decided::Refuse;
        let is_alias_held = self.mode() == SignInWith::EmailAlias
            && coming.is_verified
            && state.accounts().any(|account| account.is_verified && account.email == Some(coming.email));
        if is_refused || is_alias_held || !self.is_free(state, name, Some(coming.email)) {
            return;
        }
        if who == Stranger && !self.is_brought_in_once(state, name, coming.email) {
            *broken = Some("a stranger gives the person one account more");
        }
        if coming.is_confirmed && who == Owner {
            self.kept_password.set(true);
        }
        let is_forgotten = password == Some(Password::Forgotten);
        state.add(Account {
            name,
            email: Some(coming.email),
            is_verified: coming.is_verified,
            status: if coming.is_confirmed { Status::Confirmed } else { Status::Reset },
            holder: coming.is_confirmed.then_some(who),
            code: (is_forgotten && coming.is_verified).then_some((who, coming.email)),
            is_sub: false,
            is_migrated: true,
        });
    }

    /// Whether somebody who has not proven who they are may make this account of the person's: under the owner's spelling,
    /// or else under the first one that was answered for, and that only in a pool that does not mind case.
    fn is_brought_in_once(&self, state: &State, name: Name, email: Address) -> bool {
        let is_own = match self.mode() {
            SignInWith::Email => email == Address::Own,
            _ => name == Name::Own || name == Name::Unique,
        };
        is_own || (!self.configuration().pool.case_sensitive && state.known.migrated_as == Some(name))
    }

    fn sign_in(&self, state: &mut State, index: usize, broken: &mut Option<Broken>) -> bool {
        let account = *state.at(index);
        let by_stranger = account.holder == Some(Stranger);
        let is_of_the_record = self.is_of_the_record(state, &account);
        if !self.triggers.pre_authentication(state.known, account.user()) {
            return by_stranger;
        }
        if state.known.is_suspended && is_of_the_record {
            *broken = Some("a suspended person signs in");
        }
        let is_shown = account.is_verified && account.has_own_address() && !account.is_federated();
        let is_theirs =
            is_shown || account.has_own_address() && (account.is_sub || self.is_migrated_as(state, &account));
        let (known, is_recorded, is_sub) = self.triggers.post_authentication(state.known, account.user());
        if by_stranger && is_recorded {
            *broken = Some("a stranger's sign-in is recorded as the person's");
        }
        state.known = known;
        if is_sub {
            for other in state.accounts.iter_mut().flatten() {
                other.is_sub = false;
            }
            state.at(index).is_sub = true;
        }
        state.has_come |= is_theirs && !by_stranger;
        by_stranger
    }

    fn come_by_provider(
        &self,
        state: &mut State,
        who: Who,
        email: Address,
        is_verified: bool,
        broken: &mut Option<Broken>,
    ) {
        let name = Name::Provided(who);
        if let Some(index) = state.accounts.iter().position(|it| it.as_ref().is_some_and(|it| it.name == name)) {
            self.sign_in(state, index, broken);
            return;
        }
        let sign_up = SignUp { who, name, email: Some(email), with_code: false };
        if self.triggers.pre_sign_up(state.known, sign_up, true) == Decided::Refuse {
            return;
        }
        if state.known.is_suspended && email.is_own() {
            *broken = Some("a suspended person comes by another provider");
        }
        let account = Account {
            name,
            email: Some(email),
            is_verified,
            status: Status::Confirmed,
            holder: Some(who),
            code: None,
            is_sub: false,
            is_migrated: false,
        };
        if state.add(account) {
            let index = state.accounts.iter().position(|it| it.as_ref() == Some(&account)).unwrap_or_default();
            self.confirmed(state, index, true, Fault::No);
        }
    }

    /// Which way in that the settings promise the owner was never seen to be one.
    pub(crate) fn unseen(&self) -> Option<Broken> {
        let Configuration { has_hash, is_verified, is_invited, is_suspended, naming, policy, .. } =
            *self.configuration();
        let is_match = policy == SignUpPolicy::Match && !has_hash && is_verified && naming == Naming::Plain;
        if is_invited && (is_verified || has_hash) && !self.was_claimed.get() {
            return Some("no claim code lets the owner in");
        }
        if is_match && !is_suspended && !self.was_matched.get() {
            return Some("`match` never lets the owner in");
        }
        (has_hash && !is_suspended && !self.kept_password.get()).then_some("nobody keeps the password")
    }

    /// Whether the owner holds an account.
    pub(crate) fn is_in(&self, state: &State) -> bool {
        state.accounts().any(|account| account.is_held_by(Owner))
    }

    /// Whether nobody promises the person that they can come in: they are suspended, or have come once with a password and
    /// have no address.
    pub(crate) fn is_promised(&self, state: &State) -> bool {
        !state.known.is_suspended && (self.has_mailbox() || (state.known.has_hash && !state.has_come))
    }

    /// The sign-ups that the stranger has begun with the owner's address, and never finished.
    pub(crate) fn squatted(&self, state: &State) -> bool {
        state.accounts().any(|account| {
            account.status == Status::Unconfirmed && account.holder == Some(Stranger) && account.has_own_address()
        })
    }

    /// Whether the triggers leave such a sign-up to Cognito. For a minute after a migration was answered, Cognito's own call
    /// to pre sign-up looks like any other. In an email pool, the person has arrived, or has no password, and the policy or
    /// the record says that they prove the address.
    pub(crate) fn leaves_to_cognito(&self, state: &State) -> bool {
        let Configuration { is_verified, policy, .. } = self.configuration();
        let is_proven_by_code = *policy == SignUpPolicy::Verify || !is_verified;
        let is_open = state.known.has_arrived() || (!state.known.has_hash && is_proven_by_code);
        state.known.migrated != Since::Never || (self.mode() == SignInWith::Email && is_open)
    }
}
