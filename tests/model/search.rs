//! Everything that can happen, step by step.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write,
    hash::{BuildHasherDefault, Hasher},
};

use crate::world::{Broken, State, Step, World};

/// How many steps it takes an owner to come in, at most.
const STEPS_TO_COME_IN: usize = 4;

/// A quick hash; nobody chooses the states to make it slow.
#[derive(Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

pub(crate) type Quickly = BuildHasherDefault<Quick>;

/// What was seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    pub(crate) depth: usize,
    pub(crate) alphabet: BTreeMap<&'static str, usize>,
    /// States in which a sign-up that the stranger began, and that is Cognito's own to mind, keeps the owner out.
    pub(crate) left_to_cognito: usize,
    pub(crate) counterexample: Option<String>,
    pub(crate) broken: Option<Broken>,
}

/// A world, and what is known of its states.
pub(crate) struct Search {
    pub(crate) world: World,
    ways_in: RefCell<HashMap<(State, usize), bool, Quickly>>,
}

impl Search {
    pub(crate) fn new(world: World) -> Self {
        Self { world, ways_in: RefCell::default() }
    }

    /// Whether the owner can come in by steps of their own.
    fn can_come_in(&self, state: &State, steps: usize) -> bool {
        if self.world.is_in(state) {
            return true;
        }
        if steps == 0 {
            return false;
        }
        if let Some(known) = self.ways_in.borrow().get(&(*state, steps)) {
            return *known;
        }
        let can = self.world.steps(state, true).into_iter().any(|step| {
            let (next, broken) = self.world.apply(state, step);
            broken.is_none() && self.can_come_in(&next, steps - 1)
        });
        self.ways_in.borrow_mut().insert((*state, steps), can);
        can
    }

    /// Whether the owner has a way in, where one is promised; and whether there is none because of a sign-up that is
    /// Cognito's own to mind.
    pub(crate) fn has_way_in(&self, state: &State) -> (Option<Broken>, bool) {
        if !self.world.is_promised(state) || (1..=STEPS_TO_COME_IN).any(|steps| self.can_come_in(state, steps)) {
            return (None, false);
        }
        match self.world.squatted(state) {
            false => (Some("the owner has no way in"), false),
            true if self.world.leaves_to_cognito(state) => (None, true),
            true => (Some("a stranger's sign-up keeps the owner out"), false),
        }
    }

    /// Goes through everything that can happen in so many steps, up to what must not.
    pub(crate) fn explore(&self, depth: usize) -> Seen {
        let mut seen = Seen::default();
        let start = self.world.start();
        let mut states = vec![(start, 0, Step::Minute)];
        let mut known: HashSet<State, Quickly> = HashSet::default();
        known.insert(start);
        let mut level = 0..1;
        for depth in 1..=depth {
            for index in level.clone() {
                let state = states[index].0;
                for step in self.world.steps(&state, false) {
                    seen.transitions += 1;
                    *seen.alphabet.entry(step.kind()).or_default() += 1;
                    let (next, mut broken) = self.world.apply(&state, step);
                    let is_new = broken.is_some() || known.insert(next);
                    if broken.is_none() && is_new {
                        let (locked_out, is_left) = self.has_way_in(&next);
                        broken = locked_out;
                        seen.left_to_cognito += usize::from(is_left);
                    }
                    if is_new {
                        states.push((next, index, step));
                    }
                    if broken.is_some() {
                        seen.counterexample = broken.map(|broken| story(&states, broken));
                        seen.broken = broken;
                        (seen.states, seen.depth) = (states.len(), depth);
                        return seen;
                    }
                }
            }
            level = level.end..states.len();
            seen.depth = depth;
            if level.is_empty() {
                break;
            }
        }
        seen.states = states.len();
        seen.broken = self.world.unseen();
        seen.counterexample = seen.broken.map(str::to_owned);
        seen
    }
}

/// The steps that led to the last state.
fn story(states: &[(State, usize, Step)], broken: Broken) -> String {
    let mut path = Vec::new();
    let mut index = states.len() - 1;
    while index != 0 {
        path.push(index);
        index = states[index].1;
    }
    let mut text = format!("{broken}:\n");
    for index in path.into_iter().rev() {
        let (state, before, step) = &states[index];
        let _ = writeln!(text, "  {}", tell(&states[*before].0, step));
        let _ = writeln!(text, "    {:?}", state.known);
        for account in state.accounts() {
            let _ = writeln!(text, "    {account:?}");
        }
    }
    text
}

fn tell(before: &State, step: &Step) -> String {
    match step {
        Step::Confirm(index, _)
        | Step::SignIn(index)
        | Step::Forget(_, index)
        | Step::SetPassword(index)
        | Step::ChangeEmail(index, _)
        | Step::VerifyEmail(index)
        | Step::Delete(index) => {
            let name = before.accounts[*index].as_ref().map(|account| (account.name, account.holder));
            format!("{step:?} of {name:?}")
        }
        _ => format!("{step:?}"),
    }
}
