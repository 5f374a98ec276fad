//! A terminal, and somebody at it.

use std::process::Stdio;

use rexpect::{process::WaitStatus, session::PtySession};
use tokio::process::Command;

/// How long a text may take to appear, in milliseconds.
const PATIENCE: u64 = 20_000;

/// Starts it at a terminal.
pub(crate) fn start(mut command: Command) -> PtySession {
    command.env("TERM", "xterm").stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    rexpect::session::spawn_command(command.into_std(), Some(PATIENCE)).unwrap()
}

/// The rest of what is printed, and the exit code.
pub(crate) fn end(session: &mut PtySession) -> (String, i32) {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (rest, code),
        other => panic!("{other:?} after {rest}"),
    }
}
