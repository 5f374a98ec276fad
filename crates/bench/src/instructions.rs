//! Instructions, counted by Valgrind's Callgrind: the same from run to run, whatever else the machine does.

use std::path::Path;
use std::time::Duration;

use local_aws::Error;
use local_aws::function::RunningFunction;
use serde::Serialize;
use tokio::process::Command;
use tokio::time::sleep;

use crate::site::Site;
use crate::subject::Subject;

/// How many warm invocations the count of one is taken from.
const WARM: u64 = 50;

/// How often a count is repeated at most, until two of them agree.
const TIMES: usize = 20;

/// What a program executes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Instructions {
    /// From the start of the process to the answer to its first event.
    pub(crate) start_and_first: u64,
    /// For one further invocation.
    pub(crate) warm: u64,
}

/// Whether this machine has Valgrind.
pub(crate) async fn can_be_counted() -> bool {
    Command::new("valgrind").arg("--version").output().await.is_ok_and(|output| output.status.success())
}

/// Counts the instructions of a native subject; nothing on a machine that is too busy for it.
pub(crate) async fn count(site: &Site, subject: &Subject) -> Result<Option<Instructions>, Error> {
    let Some(short) = least(site, subject, 0).await? else { return Ok(None) };
    let Some(long) = least(site, subject, WARM).await? else { return Ok(None) };
    Ok(Some(Instructions { start_and_first: short, warm: long.saturating_sub(short) / WARM }))
}

/// The least of several counts, as soon as another one is within a hundredth of it.
///
/// Under Valgrind a start takes fifty times as long, and on a busy machine a call may run into its time limit and be made
/// again on a new connection, or the whole invocation: such a count is not taken.
async fn least(site: &Site, subject: &Subject, warm: u64) -> Result<Option<u64>, Error> {
    let mut best = (usize::MAX, u64::MAX);
    for _ in 0..TIMES {
        let before = site.dynamodb.handshakes();
        let Some(count) = collected(site, subject, warm).await? else { continue };
        let handshakes = site.dynamodb.handshakes() - before;
        let agree = handshakes <= 1 && handshakes == best.0 && count.abs_diff(best.1) <= count / 100;
        best = best.min((handshakes, count));
        if agree {
            return Ok(Some(best.1));
        }
    }
    Ok(None)
}

/// The instructions of a process that lives for one invocation and so many more; nothing where one ran out of its time, or
/// Valgrind has not said in time what it counted.
async fn collected(site: &Site, subject: &Subject, warm: u64) -> Result<Option<u64>, Error> {
    let mut configuration = site.configuration(subject);
    configuration.arguments = ["--tool=callgrind", "--callgrind-out-file=/dev/null"].map(str::to_owned).to_vec();
    configuration.arguments.push(configuration.binary.display().to_string());
    configuration.binary = Path::new("valgrind").to_owned();
    let function = RunningFunction::start(configuration).await?;
    // It starts where it is not under Valgrind: its handshakes were counted.
    if function.ready().await.is_err() {
        function.stop().await;
        return Ok(None);
    }
    for _ in 0..=warm {
        if site.invoke_in_time(subject, &function).await?.is_none() {
            function.stop().await;
            return Ok(None);
        }
    }
    // Not killed but asked to end, so that it still says what it counted.
    let pid = function.pid().unwrap_or_default().to_string();
    Command::new("sh").args(["-c", "kill -TERM $0", &pid]).status().await.ok();
    for _ in 0..500 {
        sleep(Duration::from_millis(10)).await;
        let output = function.output();
        let count = output.lines().find_map(|line| line.split_once("Collected :"));
        if let Some(Ok(count)) = count.map(|(_, count)| count.trim().parse()) {
            function.stop().await;
            return Ok(Some(count));
        }
    }
    // It has not come to an end in five seconds, either.
    function.stop().await;
    Ok(None)
}
