//! How much memory an AWS Lambda function needs to verify a password.
//!
//! It needs memory twice: to hold what the algorithm computes in, and because Lambda gives processor time by memory, so
//! that a hash which takes long needs more of it to be done in time.
//!
//! The times are measured ones, of one whole processor of an x86-64 server that had nothing else to do; with others on the
//! same processor everything took a quarter longer (`cargo bench -p legacy-password` measures it anew). For SHA-1 and
//! SHA-256 it was measured with the processor's instructions for them and without. arm64 was not measured: Lambda's arm64
//! processors (Graviton2 and later) have these instructions, and not all of its x86-64 ones do.

use std::time::Duration;

use crate::algorithms::{cost::Cost, digest::Digest};

/// Which processor a function runs on: the parameter `Architectures` of Lambda's `CreateFunction`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Processor {
    /// `arm64`, which has instructions for SHA-1 and SHA-256.
    Arm64,
    /// `x86_64`, which may have none. Lambda's default.
    #[default]
    X86_64,
}

/// Memory at which Lambda gives a function one processor, in MB; below, it gives less in proportion (Lambda developer
/// guide, "Configure Lambda function memory"). A password keeps no more than one busy.
const ONE_PROCESSOR_MB: u32 = 1769;
/// Lambda's least, in MB.
const LEAST_MB: u32 = 128;
/// What is suggested is a multiple of this, in MB.
const STEP_MB: u32 = 64;
/// What the function has in memory beside the hash, in MB: four times what it was measured to hold.
const FUNCTION_MB: u32 = 32;
/// How long a hash may take: two seconds, less what the rest of the invocation takes.
const WANTED: Duration = Duration::from_millis(1900);
/// How long a hash may take at most: a trigger answers within 3.5 seconds. What is between the two is for a processor that
/// is slower than the one that was measured, and for a first invocation.
const LONGEST: Duration = Duration::from_millis(3400);

/// Firebase's own parameters (N = 2¹⁴, r = 8, p = 1), which hardly any project changes.
const FIREBASE: Cost = Cost::Scrypt { memory_bytes: 16 << 20, work: 1 << 17 };

/// How long verifying takes with one whole processor.
#[must_use]
pub fn time(cost: Cost, processor: Processor) -> Duration {
    let microseconds = match cost {
        Cost::Bcrypt { cost } => 70_000.0 * 2f64.powi(i32::try_from(cost).unwrap_or(i32::MAX).saturating_sub(10)),
        // A MiB is taken from the system once, and then passed over.
        Cost::Argon2 { memory_kib, passes } => f64::from(memory_kib) / 1024.0 * (300.0 + 700.0 * f64::from(passes)),
        Cost::Scrypt { work, .. } => 0.33 * work as f64,
        Cost::Digest { digest, blocks } => a_block(digest, processor) * blocks as f64,
        Cost::OfTheProject => return time(FIREBASE, processor),
    };
    Duration::try_from_secs_f64(microseconds / 1e6).unwrap_or(Duration::MAX)
}

/// How long a digest takes for a block, in microseconds.
fn a_block(digest: Digest, processor: Processor) -> f64 {
    match (digest, processor) {
        (Digest::Md5, _) => 0.15,
        (Digest::Sha1, Processor::Arm64) => 0.085,
        (Digest::Sha1, Processor::X86_64) => 0.115,
        (Digest::Sha256, Processor::Arm64) => 0.076,
        (Digest::Sha256, Processor::X86_64) => 0.228,
        (Digest::Sha384 | Digest::Sha512, _) => 0.275,
    }
}

/// What a function needs to hold the hash's memory beside its own, in MB. With less, Lambda ends the function.
#[must_use]
pub fn held_mb(cost: Cost) -> u32 {
    let hash = match cost {
        Cost::Argon2 { memory_kib, .. } => u64::from(memory_kib).div_ceil(1 << 10),
        Cost::Scrypt { memory_bytes, .. } => memory_bytes.div_ceil(1 << 20),
        Cost::OfTheProject => return held_mb(FIREBASE),
        Cost::Bcrypt { .. } | Cost::Digest { .. } => 0,
    };
    FUNCTION_MB.saturating_add(u32::try_from(hash).unwrap_or(u32::MAX))
}

/// The memory to give a function, in MB, so that an invocation that verifies a password takes less than two seconds; one
/// whole processor's where no memory makes it as fast.
#[must_use]
pub fn needed_mb(cost: Cost, processor: Processor) -> u32 {
    let share = time(cost, processor).as_secs_f64() / WANTED.as_secs_f64();
    let for_time = (share.min(1.0) * f64::from(ONE_PROCESSOR_MB)).ceil() as u32;
    let step = for_time.max(LEAST_MB).next_multiple_of(STEP_MB).min(ONE_PROCESSOR_MB);
    held_mb(cost).checked_next_multiple_of(STEP_MB).unwrap_or(u32::MAX).max(step)
}

/// Whether no memory makes the hash fast enough for a trigger to answer in time.
#[must_use]
pub fn is_too_slow(cost: Cost, processor: Processor) -> bool {
    time(cost, processor) > LONGEST
}
