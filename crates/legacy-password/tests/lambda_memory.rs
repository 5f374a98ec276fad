//! The calculator of memory and time, and the documents that quote it.

#![cfg(test)]

use std::{fmt::Write as _, fs, path::PathBuf, time::Duration};

use legacy_password::{
    Cost, Digest, PasswordHash,
    lambda_memory::{Processor, held_mb, is_too_slow, needed_mb, time},
};

mod usual;

const BOTH: [Processor; 2] = [Processor::Arm64, Processor::X86_64];

fn cost(encoded: &str) -> Cost {
    PasswordHash::parse(encoded).unwrap().cost()
}

fn django(rounds: u32) -> Cost {
    cost(&format!("pbkdf2_sha256${rounds}$salt${}=", "A".repeat(43)))
}

#[test]
fn memory_follows_from_what_a_hash_holds_and_how_long_it_takes() {
    let sha512 = |blocks| Cost::Digest { digest: Digest::Sha512, blocks };
    for (cost, held, needed) in [
        (sha512(1), 32, 128),
        (sha512(1_900_000), 32, 512),
        (Cost::Bcrypt { cost: 10 }, 32, 128),
        (Cost::Bcrypt { cost: 12 }, 32, 320),
        (Cost::Bcrypt { cost: 13 }, 32, 576),
        (Cost::Bcrypt { cost: 14 }, 32, 1088),
        (Cost::Bcrypt { cost: 15 }, 32, 1769),
        (Cost::Bcrypt { cost: 31 }, 32, 1769),
        (Cost::Argon2 { memory_kib: 19 * 1024, passes: 2 }, 51, 128),
        (Cost::Argon2 { memory_kib: 64 * 1024, passes: 3 }, 96, 192),
        (Cost::Argon2 { memory_kib: 256 * 1024, passes: 1 }, 288, 320),
        (Cost::Argon2 { memory_kib: 4_000_000, passes: 1 }, 3939, 3968),
        (Cost::Scrypt { memory_bytes: 16 << 20, work: 1 << 17 }, 48, 128),
        (Cost::Scrypt { memory_bytes: 256 << 20, work: 1 << 21 }, 288, 704),
        (Cost::OfTheProject, 48, 128),
    ] {
        assert_eq!((held_mb(cost), needed_mb(cost, Processor::X86_64)), (held, needed), "{cost:?}");
        assert_eq!(needed_mb(cost, Processor::Arm64), needed, "{cost:?}");
    }
}

#[test]
fn the_processors_instructions_count_for_sha_1_and_sha_256() {
    for (digest, is_faster) in
        [(Digest::Md5, false), (Digest::Sha1, true), (Digest::Sha256, true), (Digest::Sha512, false)]
    {
        let [arm64, x86_64] = BOTH.map(|processor| time(Cost::Digest { digest, blocks: 1_000_000 }, processor));
        assert_eq!(arm64 < x86_64, is_faster, "{digest:?}");
    }
}

#[test]
fn some_hashes_are_too_slow_for_any_memory() {
    for (cost, arm64, x86_64) in [
        (Cost::Bcrypt { cost: 15 }, false, false),
        (Cost::Bcrypt { cost: 16 }, true, true),
        (Cost::Bcrypt { cost: 31 }, true, true),
        (django(1_500_000), false, false),
        (django(10_000_000), false, true),
    ] {
        assert_eq!(BOTH.map(|processor| is_too_slow(cost, processor)), [arm64, x86_64], "{cost:?}");
    }
    assert_eq!(time(Cost::Bcrypt { cost: u32::MAX }, Processor::Arm64), Duration::MAX);
}

#[test]
fn a_further_block_of_output_is_the_rounds_again() {
    let pbkdf2 = |digest: &str, length: usize| {
        cost(&format!("$pbkdf2-{digest}$i=1000,l={length}$c2FsdA${}", "A".repeat((length * 4).div_ceil(3))))
    };
    for (name, digest, length, outputs) in [
        ("sha1", Digest::Sha1, 18, 1),
        ("sha1", Digest::Sha1, 21, 2),
        ("sha1", Digest::Sha1, 63, 4),
        ("sha256", Digest::Sha256, 30, 1),
        ("sha256", Digest::Sha256, 33, 2),
        ("sha512", Digest::Sha512, 63, 1),
        ("sha512", Digest::Sha512, 126, 2),
    ] {
        assert_eq!(pbkdf2(name, length), Cost::Digest { digest, blocks: 2000 * outputs }, "{name} {length}");
    }
}

#[test]
fn a_password_that_is_hashed_in_each_round_counts_by_its_length() {
    let (sha512, md5, drupal) = (
        format!("$6$rounds=21000$salt${}", ".".repeat(86)),
        format!("$1$saltsalt${}", ".".repeat(22)),
        format!("$S$5saltsalt{}", ".".repeat(43)),
    );
    for (encoded, digest, length, blocks) in [
        // Seven of 21 rounds are without the salt, three without the second password.
        (&sha512, Digest::Sha512, 8, 21_000),
        (&sha512, Digest::Sha512, 23, 21_000 + 12_000),
        (&sha512, Digest::Sha512, 24, 21_000 + 18_000),
        (&sha512, Digest::Sha512, 256, 18_000 * 5 + 3_000 * 3),
        (&md5, Digest::Md5, 0, 1000),
        (&md5, Digest::Md5, 24, 1000 + 857),
        (&drupal, Digest::Sha512, 47, 128),
        (&drupal, Digest::Sha512, 48, 256),
        // bcrypt and PBKDF2 do not mind, and a peppered or prepared password has one length.
        (&format!("U{drupal}"), Digest::Sha512, 256, 128),
        (&format!("$pepper$hmac-sha512-hex${drupal}"), Digest::Sha512, 0, 256),
    ] {
        let cost = PasswordHash::parse(encoded).unwrap().cost_of(length);
        assert_eq!(cost, Cost::Digest { digest, blocks }, "{encoded} {length}");
    }
}

fn document(path: &str) -> String {
    fs::read_to_string(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)).unwrap()
}

#[test]
fn the_default_memory_is_enough_for_all_but_the_hashes_that_the_documents_name() {
    const DEFAULT_MB: u32 = 512;
    let enough = |cost| BOTH.map(|processor| needed_mb(cost, processor) <= DEFAULT_MB);
    for usual in usual::all() {
        let expected = match (usual.format, usual.parameters.as_str()) {
            ("bcrypt", "cost 13" | "cost 14") | ("Keycloak, PBKDF2-SHA1", _) => [false, false],
            ("Django, PBKDF2-SHA256", "1,500,000 rounds (6.1)") => [true, false],
            _ => [true, true],
        };
        assert_eq!(enough(cost(&usual.encoded)), expected, "{}, {}", usual.format, usual.parameters);
    }
    let exceptions = "bcrypt from cost 13, Keycloak's PBKDF2-SHA1 and, on x86_64, Django 6.1";
    let says = format!("The default of {DEFAULT_MB} MB is enough for each row but {exceptions}.");
    assert!(document("docs/passwords.md").contains(&says), "{says}");
}

#[test]
fn the_templates_numbers_are_the_calculators() {
    let template = document("template.yaml");
    let parameter = template.split("  MigrateUserMemorySize:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let bcrypt = |cost| needed_mb(Cost::Bcrypt { cost }, Processor::X86_64);
    let says = format!(
        "bcrypt at cost 12 needs {}, at cost 13 {} and at cost 14 {}; scrypt at N=2^17 {}; Django 6.1 {} on arm64 and {} on x86_64.",
        bcrypt(12),
        bcrypt(13),
        bcrypt(14),
        needed_mb(Cost::Scrypt { memory_bytes: 128 << 20, work: 1 << 20 }, Processor::X86_64),
        needed_mb(django(1_500_000), Processor::Arm64),
        needed_mb(django(1_500_000), Processor::X86_64),
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(parameter).contains(&says), "{says}");
    assert!(parameter.contains("Default: 512\n"), "{parameter}");
}

fn table() -> String {
    let mut table =
        "| format | parameters | time on a whole vCPU, arm64 / x86_64 | function memory, arm64 / x86_64 |\n\
                     |---|---|---:|---:|\n"
            .to_owned();
    for usual in usual::all() {
        let cost = cost(&usual.encoded);
        let times = BOTH.map(|processor| usual::shown_time(time(cost, processor).as_secs_f64()));
        let memory = BOTH.map(|processor| format!("{} MB", needed_mb(cost, processor)));
        let both = |[arm64, x86_64]: [String; 2]| {
            if arm64 == x86_64 { arm64 } else { format!("{} / {x86_64}", arm64.split(" M").next().unwrap()) }
        };
        writeln!(table, "| {} | {} | {} | {} |", usual.format, usual.parameters, both(times), both(memory)).unwrap();
    }
    table
}

/// `SNAPSHOTS=overwrite cargo test -p legacy-password --test lambda_memory` writes it anew.
#[test]
fn the_documents_table_is_the_calculators() {
    const MARK: &str = "<!-- The table is made by crates/legacy-password/tests/lambda_memory.rs -->\n\n";
    let text = document("docs/passwords.md");
    let (before, rest) = text.split_once(MARK).unwrap();
    let (old, after) = rest.split_once("\n\n").unwrap();
    let new = table();
    if std::env::var("SNAPSHOTS").is_ok_and(|snapshots| snapshots == "overwrite") {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/passwords.md");
        fs::write(page, format!("{before}{MARK}{new}\n{after}")).unwrap();
    } else {
        assert_eq!(old, new.trim_end(), "SNAPSHOTS=overwrite writes it anew");
    }
}
