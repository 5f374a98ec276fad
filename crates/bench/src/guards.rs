//! The limits that hold in CI: what does not depend on time, or on what else a machine does.
//!
//! How many requests an invocation makes to AWS, and which, is asserted beside the rules: in `tests/<trigger>.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use local_aws::Error;
use local_aws::function::RunningFunction;
use serde::Deserialize;

use crate::folders::workspace;
use crate::instructions;
use crate::site::Site;
use crate::subject::Subject;

/// How far above today's figure a new limit is set, in percent: what another compiler or C library may add.
const ROOM: u64 = 4;

/// What stands above the limits in their file.
const HEAD: &str = "\
# The limits of `cargo bench-triggers guards`, a few per cent above what was measured when they were set.
# `guards --set` writes this file anew. Whoever raises a limit says why in the commit.
#
# bytes: of the binary. handshakes: with TLS, in the life of a process. Instructions are Callgrind's, on x86_64:
# start_and_first, from the start of a process to its first answer; warm, for one further invocation.
";

/// What a trigger may cost.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Costs {
    bytes: u64,
    handshakes: u64,
    start_and_first: u64,
    warm: u64,
}

impl Costs {
    fn by_name(self) -> [(&'static str, u64); 4] {
        [
            ("bytes", self.bytes),
            ("handshakes", self.handshakes),
            ("start_and_first", self.start_and_first),
            ("warm", self.warm),
        ]
    }

    /// Limits for what costs this much. Handshakes are counted, not estimated: there is no room for one more.
    fn with_room(self) -> Self {
        let room = |figure: u64| (figure * (100 + ROOM) / 100).div_ceil(1000) * 1000;
        Self {
            bytes: room(self.bytes),
            handshakes: self.handshakes,
            start_and_first: room(self.start_and_first),
            warm: room(self.warm),
        }
    }
}

type Limits = BTreeMap<String, Costs>;

/// Measures each trigger and holds it against its limits; says whether all are kept. With `set`, today's figures make
/// new limits instead.
#[expect(clippy::print_stdout, reason = "whoever runs it reads what was measured")]
pub(crate) async fn check(site: &Site, subjects: &[Subject], set: bool) -> Result<bool, Error> {
    let counts = instructions::can_be_counted().await && cfg!(target_arch = "x86_64");
    if !counts {
        if set {
            return Err(Error::new("limits are set on x86_64, with `valgrind` installed"));
        }
        println!("skipped: instructions, for which this would have to be x86_64 with `valgrind`");
    }
    let mut measured = Limits::new();
    for subject in subjects {
        let mut costs = Costs {
            bytes: subject.artifact_size()?,
            handshakes: handshakes(site, subject).await?,
            start_and_first: 0,
            warm: 0,
        };
        if counts {
            match instructions::count(site, subject).await? {
                Some(count) => (costs.start_and_first, costs.warm) = (count.start_and_first, count.warm),
                None if set => return Err(Error::new("this machine is too busy to count instructions: try again")),
                // A limit that depended on what else a machine does would be no limit.
                None => println!("skipped: the instructions of {}: this machine is too busy", subject.name),
            }
        }
        measured.insert(subject.name.to_owned(), costs);
    }
    if set {
        write(&measured)?;
        println!("{} has new limits", path().display());
        return Ok(true);
    }
    let exceeded = exceeded(&measured, &read()?)?;
    for (name, costs) in &measured {
        let figures = costs.by_name().map(|(what, figure)| format!("{what} {figure}"));
        println!("{name}: {}", figures.join(", "));
    }
    for line in &exceeded {
        println!("\n{line}");
    }
    Ok(exceeded.is_empty())
}

/// The handshakes in the life of a process with one cold and two warm invocations.
async fn handshakes(site: &Site, subject: &Subject) -> Result<u64, Error> {
    let before = site.dynamodb.handshakes();
    let function = RunningFunction::start(site.configuration(subject)).await?;
    function.ready().await?;
    for _ in 0..3 {
        site.invoke(subject, &function).await?;
    }
    function.stop().await;
    Ok((site.dynamodb.handshakes() - before) as u64)
}

/// A line for each limit that does not hold, which says what to do.
fn exceeded(measured: &Limits, limits: &Limits) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for (name, costs) in measured {
        let limit = limits.get(name).ok_or_else(|| {
            Error::new(format!(
                "crates/bench/limits.toml has no limits for `{name}`: `cargo bench-triggers guards --set` sets them"
            ))
        })?;
        for ((what, figure), (_, limit)) in costs.by_name().into_iter().zip(limit.by_name()) {
            if figure > limit {
                lines.push(format!(
                    "error: {name} takes {figure} {what}, and its limit is {limit}\n\
                     Where that was not meant, look for what the last change links or does anew (`cargo tree`, \
                     `cargo bloat`, `callgrind_annotate`).\n\
                     Where it was, and is worth it, `cargo bench-triggers guards --set` raises the limit in \
                     crates/bench/limits.toml; say why in the commit."
                ));
            }
        }
    }
    Ok(lines)
}

fn path() -> PathBuf {
    workspace().join("crates/bench/limits.toml")
}

fn read() -> Result<Limits, Error> {
    let bad = |error: &dyn std::fmt::Display| Error::new(format!("cannot use crates/bench/limits.toml: {error}"));
    toml::from_str(&fs::read_to_string(path()).map_err(|error| bad(&error))?).map_err(|error| bad(&error))
}

fn write(measured: &Limits) -> Result<(), Error> {
    let mut text = HEAD.to_owned();
    for (name, costs) in measured {
        let limits = costs.with_room().by_name().map(|(what, limit)| format!("{what} = {limit}\n"));
        text.push_str(&format!("\n[{name}]\n{}", limits.concat()));
    }
    fs::write(path(), text).map_err(|error| Error::new(format!("cannot write crates/bench/limits.toml: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { bytes: 4_778_832, handshakes: 1, start_and_first: 5_700_000, warm: 642_000 };

    #[test]
    fn a_limit_leaves_a_little_room_and_none_for_a_handshake() {
        let limits = Costs { bytes: 4_970_000, handshakes: 1, start_and_first: 5_928_000, warm: 668_000 };
        assert_eq!(COSTS.with_room(), limits);
    }

    #[test]
    fn what_exceeds_a_limit_is_named_with_what_to_do() {
        let limits = Limits::from([("pre-sign-up".to_owned(), COSTS)]);
        assert_eq!(exceeded(&limits, &limits).unwrap(), Vec::<String>::new());
        let dearer = Costs { handshakes: 2, warm: 642_001, ..COSTS };
        let lines = exceeded(&Limits::from([("pre-sign-up".to_owned(), dearer)]), &limits).unwrap();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("error: pre-sign-up takes 2 handshakes, and its limit is 1\n"), "{}", lines[0]);
        assert!(
            lines[1].starts_with("error: pre-sign-up takes 642001 warm, and its limit is 642000\n"),
            "{}",
            lines[1]
        );
        assert!(lines[1].contains("guards --set"), "{}", lines[1]);
        assert!(exceeded(&Limits::from([("new".to_owned(), COSTS)]), &limits).is_err());
    }

    #[test]
    fn the_limits_of_this_workspace_can_be_read() {
        let names: Vec<String> = read().unwrap().into_keys().collect();
        let mut triggers = known_user::Trigger::ALL.each_ref().map(|trigger| trigger.name());
        triggers.sort_unstable();
        assert_eq!(names, triggers);
    }
}
