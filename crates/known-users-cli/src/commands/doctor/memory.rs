//! How much memory the migrate user function needs for a password hash.
//!
//! Twice: to hold what the hash computes in, and because Lambda gives processor time by memory (a whole processor at
//! 1,769 MB, less in proportion), so that a hash that takes long needs more memory to be done in time. The numbers below
//! are all there is to it: times are those of one whole processor, as `cargo bench -p legacy-password` measured them on an
//! x86-64 server, each the slowest of its kind.

use legacy_password::Cost;

/// Memory at which Lambda gives one processor (Lambda developer guide, "Configure Lambda function memory").
const ONE_PROCESSOR_MB: f64 = 1769.0;
/// What the function has besides the hash, in MB.
const FUNCTION_MB: u64 = 128;
/// How long one hash may take: 2 seconds, less what the rest of the invocation takes. The trigger answers within 3.5.
const BUDGET_MS: f64 = 1900.0;
/// How long one hash may take at most, with a whole processor.
const LIMIT_MS: f64 = 3400.0;

/// bcrypt at cost 12; one more doubles it.
const BCRYPT_COST_12_MS: f64 = 283.0;
/// Argon2: one pass over one MiB.
const ARGON2_MIB_PASS_MS: f64 = 1.1;
/// scrypt: a thousand of N·r·p.
const SCRYPT_THOUSAND_MS: f64 = 0.33;
/// A thousand rounds of PBKDF2 with the slowest of its digests, or of any other digest.
const ROUNDS_THOUSAND_MS: f64 = 0.55;
/// Firebase's own parameters (N = 2¹⁴, r = 8, p = 1) as a rule; a project may have others.
const FIREBASE: Cost = Cost::Scrypt { memory: 16 << 20, work: 1 << 17 };

/// What is suggested: steps that people set. More than one processor makes no hash faster.
const STEPS_MB: [u32; 6] = [128, 256, 512, 1024, 1536, MOST_MB];
const MOST_MB: u32 = 1769;

/// The memory for hashes of this cost, in MB.
pub(crate) fn needed_mb(cost: Cost) -> u32 {
    let for_time = ONE_PROCESSOR_MB * milliseconds(cost) / BUDGET_MS;
    let holding = holding_mb(cost);
    let is_enough = |step: &u32| u64::from(*step) >= holding && f64::from(*step) >= for_time;
    // The limits of legacy-password are below what one processor's memory holds.
    STEPS_MB.into_iter().find(is_enough).unwrap_or(MOST_MB)
}

/// Whether no memory makes a hash of this cost fast enough.
pub(crate) fn is_too_slow(cost: Cost) -> bool {
    milliseconds(cost) > LIMIT_MS
}

/// How long one takes with a whole processor.
fn milliseconds(cost: Cost) -> f64 {
    match cost {
        Cost::Bcrypt { cost } => {
            BCRYPT_COST_12_MS * 2f64.powi(i32::try_from(cost).unwrap_or(i32::MAX).saturating_sub(12))
        }
        Cost::Argon2 { memory, passes } => ARGON2_MIB_PASS_MS * f64::from(memory) / 1024.0 * f64::from(passes),
        Cost::Scrypt { work, .. } => SCRYPT_THOUSAND_MS * work as f64 / 1000.0,
        Cost::Rounds { rounds } => ROUNDS_THOUSAND_MS * f64::from(rounds) / 1000.0,
        Cost::OfTheProject => milliseconds(FIREBASE),
        _ => 0.0,
    }
}

/// What the function and the hash hold together, in MB.
fn holding_mb(cost: Cost) -> u64 {
    match cost {
        Cost::Argon2 { memory, .. } => FUNCTION_MB + u64::from(memory).div_ceil(1024),
        Cost::Scrypt { memory, .. } => FUNCTION_MB + memory.div_ceil(1 << 20),
        Cost::OfTheProject => holding_mb(FIREBASE),
        _ => FUNCTION_MB,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_follows_from_what_the_hash_holds_and_how_long_it_takes() {
        for (cost, needed) in [
            (Cost::Digest, 128),
            (Cost::Rounds { rounds: 5000 }, 128),
            (Cost::Rounds { rounds: 600_000 }, 512),
            (Cost::Bcrypt { cost: 10 }, 128),
            (Cost::Bcrypt { cost: 12 }, 512),
            (Cost::Bcrypt { cost: 13 }, 1024),
            (Cost::Bcrypt { cost: 14 }, 1536),
            (Cost::Bcrypt { cost: 15 }, 1769),
            (Cost::Argon2 { memory: 19 * 1024, passes: 2 }, 256),
            (Cost::Argon2 { memory: 64 * 1024, passes: 3 }, 256),
            (Cost::Argon2 { memory: 256 * 1024, passes: 1 }, 512),
            (Cost::Scrypt { memory: 16 << 20, work: 1 << 17 }, 256),
            (Cost::Scrypt { memory: 256 << 20, work: 1 << 21 }, 1024),
            (Cost::OfTheProject, 256),
        ] {
            assert_eq!(needed_mb(cost), needed, "{cost:?}");
        }
    }

    #[test]
    fn some_hashes_are_too_slow_for_any_memory() {
        assert!(!is_too_slow(Cost::Bcrypt { cost: 15 }));
        assert!(is_too_slow(Cost::Bcrypt { cost: 16 }));
        assert!(is_too_slow(Cost::Rounds { rounds: 10_000_000 }));
    }
}
