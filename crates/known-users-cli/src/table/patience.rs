//! A table that is busy is asked again, later.

use std::time::{Duration, Instant};

use aws_failure::{Failure, says_busy};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::terminal::interrupt::Interrupt;

/// The shortest and the longest pause before something is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// How long a table that is busy is asked again, and who may end that.
#[derive(Clone)]
pub(crate) struct Patience {
    pub(crate) limit: Duration,
    pub(crate) interrupt: Interrupt,
}

/// One thing that is waited for.
pub(crate) struct Wait<'a> {
    patience: &'a Patience,
    since: Instant,
    pauses: ExponentialBackoff,
}

impl Patience {
    pub(crate) fn start(&self) -> Wait<'_> {
        let pauses = ExponentialBuilder::new().with_min_delay(PAUSES.0).with_max_delay(PAUSES.1).with_factor(2.0);
        Wait { patience: self, since: Instant::now(), pauses: pauses.with_jitter().without_max_times().build() }
    }
}

impl Wait<'_> {
    /// Pauses, twice as long as the last time, and a little by chance, so that who waits does not come back all at once.
    /// An error if the patience is at its end, which is `failure`, or somebody wants to stop.
    pub(crate) async fn pause(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.since.elapsed() >= self.patience.limit {
            return Err(failure);
        }
        let pause = self.pauses.next().unwrap_or(PAUSES.1);
        let pause = async {
            tokio::time::sleep(pause).await;
            Ok(())
        };
        self.patience.interrupt.or(pause).await
    }
}

/// Whether asking again may help.
pub(crate) fn is_transient<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        SdkError::ServiceError(service) => service.err().code().is_some_and(says_busy),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_failure::Kind;

    #[tokio::test]
    async fn patience_ends_with_what_it_could_not_wait_for_and_at_once_when_interrupted() {
        let patience = Patience { limit: Duration::ZERO, interrupt: Interrupt::deaf() };
        let failure = patience.start().pause(Failure::new("a", "b", "c")).await.unwrap_err();
        assert_eq!(failure.tried, "a");
        let patience = Patience { limit: Duration::from_secs(60), interrupt: Interrupt::deaf() };
        let mut wait = patience.start();
        wait.pause(Failure::new("a", "b", "c")).await.unwrap();
        patience.interrupt.tell();
        assert_eq!(wait.pause(Failure::new("a", "b", "c")).await.unwrap_err().kind, Kind::Interrupted);
    }
}
