//! A hundred thousand invocations through `cargo local`: one after the other, then eight at a time.
//!
//! What is looked for is not speed but what many invocations leave behind: errors, memory, connections.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use local_aws::Error;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;

use crate::folders::workspace;
use crate::http::Http;
use crate::process;
use crate::subject::Subject;

/// How many at a time, in the second half.
const ABREAST: usize = 8;

/// How often memory is sampled in each half.
const SAMPLES: usize = 5;

/// What the invocations came to.
#[derive(Serialize)]
pub(crate) struct Throughput {
    pub(crate) invocations: usize,
    pub(crate) errors: usize,
    pub(crate) sequential_per_second: f64,
    pub(crate) parallel_per_second: f64,
    /// Of `cargo local` and of the process of each trigger, in MB, after each tenth of the invocations.
    pub(crate) memory: BTreeMap<String, Vec<f64>>,
    /// What `cargo local` counted at its DynamoDB.
    pub(crate) requests: usize,
    pub(crate) connections: usize,
}

/// Starts `cargo local` with the triggers as deployed, and invokes them so many times in each half.
pub(crate) async fn measure(subjects: &[Subject], each: usize) -> Result<Throughput, Error> {
    let stack = LocalStack::start().await?;
    let work = Work {
        http: Http::new(),
        calls: subjects.iter().map(|subject| (stack.url(subject), subject.event.clone())).collect(),
        errors: AtomicUsize::new(0),
    };
    let work = Arc::new(work);
    let mut memory = BTreeMap::new();
    let sequential_per_second = half(&work, each, 1, &stack, &mut memory).await;
    let parallel_per_second = half(&work, each, ABREAST, &stack, &mut memory).await;
    let (requests, connections) = stack.stop().await?;
    let errors = work.errors.load(Ordering::Relaxed);
    Ok(Throughput {
        invocations: 2 * each,
        errors,
        sequential_per_second,
        parallel_per_second,
        memory,
        requests,
        connections,
    })
}

/// Invokes so many times, so many at a time, and says how many there were in a second.
async fn half(
    work: &Arc<Work>,
    invocations: usize,
    abreast: usize,
    stack: &LocalStack,
    memory: &mut BTreeMap<String, Vec<f64>>,
) -> f64 {
    let started = Instant::now();
    for sample in 0..SAMPLES {
        let numbers = sample * invocations / SAMPLES..(sample + 1) * invocations / SAMPLES;
        let mut workers = JoinSet::new();
        for worker in 0..abreast {
            let (work, numbers) = (Arc::clone(work), numbers.clone());
            workers.spawn(async move {
                for number in numbers.skip(worker).step_by(abreast) {
                    work.invoke(number).await;
                }
            });
        }
        workers.join_all().await;
        for (name, megabytes) in stack.memory() {
            memory.entry(name).or_default().push(megabytes);
        }
    }
    invocations as f64 / started.elapsed().as_secs_f64()
}

struct Work {
    http: Http,
    /// Where each trigger is invoked, and with what.
    calls: Vec<(String, String)>,
    errors: AtomicUsize,
}

impl Work {
    /// The triggers take turns.
    async fn invoke(&self, number: usize) {
        let Some((url, event)) = self.calls.iter().cycle().nth(number % self.calls.len().max(1)) else { return };
        let answer = self.http.post(url, &[], event.clone()).await;
        if !answer.is_ok_and(|answer| answer.status() == 200 && !answer.headers().contains_key("x-amz-function-error"))
        {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A running `cargo local`.
struct LocalStack {
    process: Child,
    pid: u32,
    lambda: String,
    lines: tokio::task::JoinHandle<Option<String>>,
}

impl LocalStack {
    async fn start() -> Result<Self, Error> {
        let cannot = |why: &str| Error::new(format!("cannot start `cargo local`: {why}"));
        let mut command = Command::new(build().await?);
        command
            .args(["--release", "--dynamodb-port", "0", "--lambda-port", "0", "--mail-port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| cannot(&error.to_string()))?;
        let pid = process.id().ok_or_else(|| cannot("it is gone"))?;
        let output = process.stdout.take().ok_or_else(|| cannot("it has no output"))?;
        let mut lines = BufReader::new(output).lines();
        let lambda = loop {
            match lines.next_line().await {
                Ok(Some(line)) => {
                    if let Some(url) = line.strip_prefix("Lambda ") {
                        break url.trim().to_owned();
                    }
                }
                _ => return Err(cannot("it ended")),
            }
        };
        Ok(Self { process, pid, lambda, lines: tokio::spawn(last(lines)) })
    }

    fn url(&self, subject: &Subject) -> String {
        format!("{}/2015-03-31/functions/{}/invocations", self.lambda, subject.name)
    }

    /// What it and its functions hold, in MB, by name.
    fn memory(&self) -> Vec<(String, f64)> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid)).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<u32> =
            children.flat_map(|pids| pids.split_whitespace().flat_map(str::parse).collect::<Vec<u32>>()).collect();
        let name = |pid| fs::read_link(format!("/proc/{pid}/exe")).ok()?.file_name()?.to_str().map(str::to_owned);
        let pids = [self.pid].into_iter().chain(children);
        pids.filter_map(|pid| name(pid).zip(process::rss_mb(pid))).collect()
    }

    /// Ends it, and says how many requests and connections it counted.
    async fn stop(mut self) -> Result<(usize, usize), Error> {
        Command::new("sh").args(["-c", "kill -TERM $0", &self.pid.to_string()]).status().await.ok();
        let last = self.lines.await.ok().flatten().unwrap_or_default();
        self.process.wait().await.ok();
        let mut numbers = last.split(' ').filter_map(|word| word.parse().ok());
        numbers
            .next()
            .zip(numbers.next())
            .ok_or_else(|| Error::new(format!("`cargo local` does not end with its counts but with: {last}")))
    }
}

/// Builds what `cargo local` runs, as this process was built; it lies beside this process then.
async fn build() -> Result<PathBuf, Error> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command
        .current_dir(workspace())
        // With the bench, whose features its libraries were built with.
        .args([
            "build",
            "--quiet",
            "--profile",
            "measuring",
            "--package",
            "bench",
            "--package",
            "local-aws",
            "--bin",
            "local-aws",
        ]);
    process::forget_package(command.as_std_mut());
    let built = command.status().await.is_ok_and(|status| status.success());
    let local =
        env::current_exe().ok().map(|bench| bench.with_file_name("local-aws")).filter(|local| built && local.exists());
    local.ok_or_else(|| Error::new("`cargo local` does not build, or this is no `cargo bench-triggers`"))
}

/// The last line; those before it are read, so that whoever writes them never waits.
async fn last(mut lines: Lines<BufReader<ChildStdout>>) -> Option<String> {
    let mut last = None;
    while let Ok(Some(line)) = lines.next_line().await {
        last = Some(line);
    }
    last
}
