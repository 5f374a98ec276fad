//! Ctrl-C, and its relatives: a terminal that closes, a process that is told to end.
//!
//! The first one stops the scenario where it waits and starts the clean-up; one more, during the clean-up, gives that up.
//! What changes something in AWS is not cut off: it is waited for, and then the scenario stops.

use aws_failure::Failure;
use tokio::sync::watch;

/// How often the operator has asked to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Sender<u32>);

impl Interrupt {
    /// Listens from now on, instead of being ended.
    pub(crate) fn listen() -> Self {
        let interrupt = Self::deaf();
        for_each_signal(&interrupt);
        interrupt
    }

    /// Hears only what it is [told](Self::tell).
    pub(crate) fn deaf() -> Self {
        Self(watch::Sender::new(0))
    }

    /// The operator asked to stop in another way: a prompt got the key.
    pub(crate) fn tell(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }

    /// How often it was asked to stop.
    pub(crate) fn times(&self) -> u32 {
        *self.0.borrow()
    }

    /// Returns when it was asked to stop more than `times` times.
    pub(crate) async fn more_than(&self, times: u32) {
        let mut receiver = self.0.subscribe();
        // The sender is in `self`, so this cannot fail.
        let _ = receiver.wait_for(|now| *now > times).await;
    }

    /// Whether to go on.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.times() > 0 { Err(Failure::interrupted()) } else { Ok(()) }
    }

    /// Waits for `step`, which changes nothing and may be cut off.
    pub(crate) async fn or<T>(&self, step: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.more_than(0) => Err(Failure::interrupted()),
            result = step => result,
        }
    }
}

#[cfg(unix)]
fn for_each_signal(interrupt: &Interrupt) {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        // Where a signal cannot be listened for, it does what it always does.
        if let Ok(mut signals) = signal(kind) {
            let interrupt = interrupt.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    interrupt.tell();
                }
            });
        }
    }
}

#[cfg(not(unix))]
fn for_each_signal(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            interrupt.tell();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_failure::Kind;

    #[tokio::test]
    async fn what_is_waited_for_is_cut_off_at_once_and_for_good() {
        let interrupt = Interrupt::deaf();
        assert_eq!(interrupt.or(async { Ok(1) }).await.unwrap(), 1);
        let told = interrupt.clone();
        let (result, ()) = tokio::join!(interrupt.or(std::future::pending::<Result<(), Failure>>()), async {
            told.tell();
        });
        assert_eq!(result.unwrap_err().kind, Kind::Interrupted);
        assert_eq!(interrupt.or(async { Ok(1) }).await.unwrap_err().kind, Kind::Interrupted);
        assert!(interrupt.check().is_err());
        assert_eq!(interrupt.times(), 1);
    }
}
