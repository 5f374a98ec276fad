//! What it takes to verify a password, by format, beside what `lambda_memory` says that it takes.
//!
//! `cargo bench -p legacy-password` prints a table in Markdown; whoever changes a constant of `lambda_memory` has it from
//! there. On Linux the time is that of the CPU; elsewhere it is the clock's. The fastest run counts: what shares the
//! processor makes the others slower. With `RUSTFLAGS='--cfg sha1_backend="soft" --cfg sha2_backend="soft"'` the digests go
//! without the processor's instructions for SHA.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::{
    error::Error,
    fs,
    time::{Duration, Instant},
};

use base64ct::{Base64, Encoding};
use legacy_password::{
    Answer, FirebaseProject, PasswordHash, Secrets, USUAL_PASSWORD_LENGTH,
    lambda_memory::{self, Processor},
};
use peak_alloc::PeakAlloc;

#[path = "../tests/usual/mod.rs"]
mod usual;

use usual::{Usual, shown_time};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// How often each is measured. The formats take turns, so that what disturbs the machine for a while disturbs them all.
const ROUNDS: usize = 9;
/// How long a measurement takes at least: the clock of a CPU ticks every few milliseconds.
const MEASURED: Duration = Duration::from_millis(60);

const PASSWORD: &[u8; USUAL_PASSWORD_LENGTH] = b"Correct-Horse-9-Battery!";
const MIB: f64 = 1_048_576.0;

struct Case {
    usual: Usual,
    hash: PasswordHash,
    /// Seconds, of the fastest round.
    time: f64,
    repetitions: u32,
    /// Bytes.
    heap: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let project = FirebaseProject::new(&Base64::encode_string(&[7; 64]), "Bw==", 8, 14)?;
    let secrets = Secrets::default().with_firebase(project);
    let mut cases = usual::all().into_iter().map(Case::new).collect::<Result<Vec<_>, _>>()?;
    for case in &mut cases {
        case.prepare(&secrets)?;
    }
    for _ in 0..ROUNDS {
        for case in &mut cases {
            case.time = case.time.min(case.measure(&secrets)?);
        }
    }
    // arm64's times are those with instructions for SHA, whichever processor has them.
    let (cpu, processor) = cpu();
    println!("CPU: {cpu}; the fastest of {ROUNDS} runs\n");
    println!("| format | parameters | measured | reckoned | measured / reckoned | peak memory | needed on Lambda |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for Case { usual, hash, time, heap, .. } in &cases {
        let reckoned = lambda_memory::time(hash.cost(), processor).as_secs_f64();
        println!(
            "| {} | {} | {} | {} | {:.2} | {:.1} MB | {} MB |",
            usual.format,
            usual.parameters,
            shown_time(*time),
            shown_time(reckoned),
            time / reckoned,
            megabytes(*heap),
            lambda_memory::needed_mb(hash.cost(), processor)
        );
    }
    Ok(())
}

impl Case {
    fn new(usual: Usual) -> Result<Self, legacy_password::Error> {
        let hash = PasswordHash::parse(&usual.encoded)?;
        Ok(Self { usual, hash, time: f64::INFINITY, repetitions: 1, heap: 0 })
    }

    fn verify(&self, secrets: &Secrets) -> Result<(), Box<dyn Error>> {
        match self.hash.verify(PASSWORD, secrets) {
            Ok(Answer::NoMatch) => Ok(()),
            other => Err(format!("{} {}: {other:?}", self.usual.format, self.usual.parameters).into()),
        }
    }

    /// Measures the memory, and how often to repeat what is too short to be measured once.
    fn prepare(&mut self, secrets: &Secrets) -> Result<(), Box<dyn Error>> {
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let begun = Instant::now();
        self.verify(secrets)?;
        let took = begun.elapsed().max(Duration::from_nanos(100));
        self.heap = HEAP.peak_usage().saturating_sub(before);
        self.repetitions = u32::try_from(MEASURED.as_nanos() / took.as_nanos())?.clamp(1, 100_000);
        Ok(())
    }

    /// Seconds of one verification.
    fn measure(&self, secrets: &Secrets) -> Result<f64, Box<dyn Error>> {
        let begun = Clock::now();
        for _ in 0..self.repetitions {
            self.verify(secrets)?;
        }
        Ok(begun.elapsed().as_secs_f64() / f64::from(self.repetitions))
    }
}

/// The time of this thread on a CPU, or the clock's where the system does not tell.
enum Clock {
    Cpu(Duration),
    Wall(Instant),
}

impl Clock {
    fn now() -> Self {
        on_cpu().map_or_else(|| Self::Wall(Instant::now()), Self::Cpu)
    }

    fn elapsed(&self) -> Duration {
        match self {
            Self::Cpu(begun) => on_cpu().unwrap_or_default().saturating_sub(*begun),
            Self::Wall(begun) => begun.elapsed(),
        }
    }
}

/// Linux counts when it takes the CPU away, which going to sleep for a moment makes it do.
fn on_cpu() -> Option<Duration> {
    std::thread::sleep(Duration::from_micros(50));
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The processor, and whether the digests use instructions for SHA-1 and SHA-256: which of Lambda's it is like.
#[expect(unexpected_cfgs, reason = "it is a setting of sha2")]
fn cpu() -> (String, Processor) {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |names: &[&str]| {
        text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| names.contains(&name.trim()))
    };
    let name = field(&["model name"]).map_or("unknown", |(_, name)| name.trim());
    let has_sha = field(&["flags", "Features"])
        .is_some_and(|(_, flags)| flags.split(' ').any(|flag| ["sha_ni", "sha2"].contains(&flag)));
    let (with, processor) = match has_sha && !cfg!(sha2_backend = "soft") {
        true => ("with", Processor::Arm64),
        false => ("without", Processor::X86_64),
    };
    (format!("{name}, {} {with} instructions for SHA", std::env::consts::ARCH), processor)
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is shown")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / MIB
}
