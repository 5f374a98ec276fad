//! What it takes to verify a password, by format, and the memory that a Lambda function needs for it.
//!
//! `cargo bench -p legacy-password` prints a table in Markdown. On Linux the time is that of the CPU, so that a busy machine
//! does little to it; elsewhere it is the clock's. The hashes are made up: what is compared at the end takes no time.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::{
    error::Error,
    fs,
    time::{Duration, Instant},
};

use base64ct::{Base64, Base64Unpadded, Encoding};
use legacy_password::{Answer, FirebaseProject, Parameters, verify};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// How often each is measured. The formats take turns, so that what disturbs the machine for a while disturbs them all.
const ROUNDS: usize = 9;
/// How long a measurement takes at least: the clock of a CPU ticks every few milliseconds.
const MEASURED: Duration = Duration::from_millis(60);

/// What a whole invocation may take, and what of it is not the hash.
const INVOCATION: f64 = 2.0;
const REST: f64 = 0.1;
/// What a function has in memory besides, and how much room is left above.
const BASE: f64 = 30.0;
const HEADROOM: f64 = 1.5;
/// Lambda gives a function a vCPU at this much memory, and less in proportion to it (Lambda's developer guide,
/// "Configure Lambda function memory"). One password keeps no more than one vCPU busy.
const VCPU: f64 = 1769.0;
const SMALLEST: f64 = 128.0;
const STEP: f64 = 64.0;

const PASSWORD: &[u8] = b"Correct-Horse-9-Battery";
const MIB: f64 = 1_048_576.0;

struct Case {
    format: &'static str,
    parameters: String,
    encoded: String,
    /// Seconds, one a round.
    times: Vec<f64>,
    repetitions: u32,
    /// Bytes.
    heap: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let project = FirebaseProject::new(&Base64::encode_string(&[7; 64]), "Bw==", 8, 14)?;
    let parameters = Parameters::default().with_firebase(project);
    let mut cases = cases();
    for case in &mut cases {
        case.prepare(&parameters)?;
    }
    for _ in 0..ROUNDS {
        for case in &mut cases {
            let time = case.measure(&parameters)?;
            case.times.push(time);
        }
    }
    println!("CPU: {}; the median of {ROUNDS} runs\n", cpu());
    println!("| format | parameters | time | peak memory | Lambda memory for < 2 s |");
    println!("|---|---|---:|---:|---:|");
    for case in &mut cases {
        let (time, heap) = (case.median(), megabytes(case.heap));
        let memory = lambda_memory(time, heap).map_or("none".to_owned(), |memory| format!("{memory:.0} MB"));
        println!("| {} | {} | {} | {} | {memory} |", case.format, case.parameters, shown_time(time), shown_heap(heap));
    }
    Ok(())
}

impl Case {
    fn new(format: &'static str, parameters: impl Into<String>, encoded: impl Into<String>) -> Self {
        let (parameters, encoded) = (parameters.into(), encoded.into());
        Self { format, parameters, encoded, times: Vec::new(), repetitions: 1, heap: 0 }
    }

    fn verify(&self, parameters: &Parameters) -> Result<(), Box<dyn Error>> {
        match verify(PASSWORD, &self.encoded, parameters) {
            Ok(Answer::NoMatch) => Ok(()),
            other => Err(format!("{} {}: {other:?}", self.format, self.parameters).into()),
        }
    }

    /// Measures the memory, and how often to repeat what is too short to be measured once.
    fn prepare(&mut self, parameters: &Parameters) -> Result<(), Box<dyn Error>> {
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let begun = Instant::now();
        self.verify(parameters)?;
        let took = begun.elapsed().max(Duration::from_nanos(100));
        self.heap = HEAP.peak_usage().saturating_sub(before);
        self.repetitions = u32::try_from(MEASURED.as_nanos() / took.as_nanos())?.clamp(1, 100_000);
        Ok(())
    }

    /// Seconds of one verification.
    fn measure(&self, parameters: &Parameters) -> Result<f64, Box<dyn Error>> {
        let begun = Clock::now();
        for _ in 0..self.repetitions {
            self.verify(parameters)?;
        }
        Ok(begun.elapsed().as_secs_f64() / f64::from(self.repetitions))
    }

    fn median(&mut self) -> f64 {
        self.times.sort_by(f64::total_cmp);
        self.times.get(self.times.len() / 2).copied().unwrap_or(f64::NAN)
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

/// The processor, and whether it has instructions for SHA-1 and SHA-256, which takes three times as long without.
fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |names: &[&str]| {
        text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| names.contains(&name.trim()))
    };
    let name = field(&["model name"]).map_or("unknown", |(_, name)| name.trim());
    let sha = match field(&["flags", "Features"]) {
        Some((_, flags)) if flags.split(' ').any(|flag| ["sha_ni", "sha2"].contains(&flag)) => "with",
        Some(_) => "without",
        None => "perhaps with",
    };
    format!("{name}, {} {sha} instructions for SHA", std::env::consts::ARCH)
}

/// The smallest memory that is enough, in MB; nothing where a whole vCPU is too slow.
fn lambda_memory(time: f64, heap: f64) -> Option<f64> {
    let for_time = VCPU * time / (INVOCATION - REST);
    let for_heap = (BASE + heap) * HEADROOM;
    (for_time <= VCPU).then(|| ((for_time.max(for_heap) / STEP).ceil() * STEP).max(SMALLEST))
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is shown")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / MIB
}

fn shown_heap(megabytes: f64) -> String {
    if megabytes < 0.05 { "< 0.1 MB".to_owned() } else { format!("{megabytes:.1} MB") }
}

fn shown_time(seconds: f64) -> String {
    let milliseconds = seconds * 1000.0;
    match milliseconds {
        ..0.01 => "< 0.01 ms".to_owned(),
        ..10.0 => format!("{milliseconds:.2} ms"),
        _ => format!("{milliseconds:.0} ms"),
    }
}

/// The encodings, each at the parameters that its system usually has.
fn cases() -> Vec<Case> {
    let (salt, unpadded) = (Base64::encode_string(&[1; 16]), Base64Unpadded::encode_string(&[1; 16]));
    let hash = |bytes: usize| Base64::encode_string(&vec![2; bytes]);
    let unpadded_hash = |bytes: usize| Base64Unpadded::encode_string(&vec![2; bytes]);
    let dots = |count: usize| ".".repeat(count);
    let mut cases = Vec::new();
    for cost in [10, 12] {
        cases.push(Case::new("bcrypt", format!("cost {cost}"), format!("$2b${cost}${}", dots(53))));
    }
    for (mebibytes, passes, lanes) in [(19, 2, 1), (46, 1, 1), (64, 3, 4)] {
        cases.push(Case::new(
            "argon2 (id)",
            format!("{mebibytes} MiB, t={passes}, p={lanes}"),
            format!("$argon2id$v=19$m={},t={passes},p={lanes}${unpadded}${}", mebibytes * 1024, unpadded_hash(32)),
        ));
    }
    for log_n in [14, 16, 17] {
        cases.push(Case::new(
            "scrypt",
            format!("N=2^{log_n}, r=8, p=1"),
            format!("$scrypt$ln={log_n},r=8,p=1${unpadded}${}", unpadded_hash(32)),
        ));
    }
    for rounds in [260_000, 600_000, 870_000, 1_000_000] {
        let encoded = format!("pbkdf2_sha256${rounds}$saltsaltsaltsaltsaltsa${}", hash(32));
        cases.push(Case::new("django-pbkdf2 (SHA-256)", grouped(rounds), encoded));
    }
    let encoded = format!("$pbkdf2-sha512$i=210000,l=64${unpadded}${}", unpadded_hash(64));
    cases.push(Case::new("pbkdf2 (SHA-512)", grouped(210_000), encoded));
    // Keycloak derives 64 bytes, which with SHA-256 is twice the work.
    for (algorithm, rounds, more) in [
        ("pbkdf2-sha512", 210_000, String::new()),
        ("pbkdf2-sha256", 27_500, String::new()),
        (
            "argon2",
            5,
            r#""type": ["id"], "version": ["1.3"], "memory": ["7168"], "parallelism": ["1"], "hashLength": ["32"]"#
                .to_owned(),
        ),
    ] {
        let is_argon2 = algorithm == "argon2";
        let parameters =
            if is_argon2 { "argon2, 7 MiB, t=5".to_owned() } else { format!("{algorithm}, {}", grouped(rounds)) };
        let value = hash(if is_argon2 { 32 } else { 64 });
        let encoded = format!(
            r#"{{"secretData": {{"value": "{value}", "salt": "{salt}"}}, "credentialData": {{"hashIterations": {rounds}, "algorithm": "{algorithm}", "additionalParameters": {{{more}}}}}}}"#
        );
        cases.push(Case::new("keycloak", parameters, encoded));
    }
    cases.push(Case::new("aspnet-identity-2", "SHA-1, 1,000", Base64::encode_string(&[0; 49])));
    for (prf, name, rounds) in [(1_u32, "SHA-256", 10_000_u32), (2, "SHA-512", 100_000)] {
        let mut bytes = vec![1];
        for number in [prf, rounds, 16] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend([3; 48]);
        let parameters = format!("{name}, {}", grouped(rounds));
        cases.push(Case::new("aspnet-identity-3", parameters, Base64::encode_string(&bytes)));
    }
    cases.push(Case::new("firebase", "rounds 8, mem_cost 14", format!("$firebase${salt}${}", hash(64))));
    cases.push(Case::new("phpass", "$P$B, 2^13", format!("$P$Bsaltsalt{}", dots(22))));
    cases.push(Case::new("wordpress", "cost 10", format!("$wp$2y$10${}", dots(53))));
    for (digit, log_rounds) in [("D", 15), ("E", 16)] {
        let encoded = format!("$S${digit}saltsalt{}", dots(43));
        cases.push(Case::new("drupal-7", format!("$S${digit}, 2^{log_rounds}"), encoded));
    }
    cases.push(Case::new("md5-crypt", "1,000", format!("$1$saltsalt${}", dots(22))));
    cases.push(Case::new("sha256-crypt", grouped(5_000), format!("$5$saltsaltsaltsalt${}", dots(43))));
    cases.push(Case::new("sha512-crypt", grouped(5_000), format!("$6$saltsaltsaltsalt${}", dots(86))));
    let encoded = format!("$6$rounds=656000$saltsaltsaltsalt${}", dots(86));
    cases.push(Case::new("sha512-crypt", grouped(656_000), encoded));
    cases.push(Case::new("ldap-ssha", "SHA-1", format!("{{SSHA}}{}", hash(28))));
    cases.push(Case::new(
        "salted",
        "sha256(salt+password)",
        format!("$salted$sha256(salt+password)${salt}${}", hash(32)),
    ));
    cases
}

/// `600,000`.
fn grouped(number: u32) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
}
