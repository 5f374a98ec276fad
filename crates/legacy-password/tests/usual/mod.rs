//! Hashes with the parameters that systems usually have: what the bench measures and the documents' table lists. They are
//! made up; no password is known to them.

use base64ct::{Base64, Base64Unpadded, Encoding};

/// A hash with the parameters that a system usually has.
pub(crate) struct Usual {
    /// Its format, and who makes it where the format does not say that.
    pub(crate) format: &'static str,
    /// As people who run the system know them.
    pub(crate) parameters: String,
    /// The hash.
    pub(crate) encoded: String,
}

impl Usual {
    fn new(format: &'static str, parameters: impl Into<String>, encoded: impl Into<String>) -> Self {
        Self { format, parameters: parameters.into(), encoded: encoded.into() }
    }
}

/// All, the formats in the order of the README.
pub(crate) fn all() -> Vec<Usual> {
    let (salt, unpadded) = (Base64::encode_string(&[1; 16]), Base64Unpadded::encode_string(&[1; 16]));
    let hash = |bytes: usize| Base64::encode_string(&vec![2; bytes]);
    let unpadded_hash = |bytes: usize| Base64Unpadded::encode_string(&vec![2; bytes]);
    let dots = |count: usize| ".".repeat(count);
    let mut all = Vec::new();
    for cost in [10, 12, 13, 14] {
        all.push(Usual::new("bcrypt", format!("cost {cost}"), format!("$2b${cost}${}", dots(53))));
    }
    for (mebibytes, passes, lanes) in [(19, 2, 1), (46, 1, 1), (64, 3, 4)] {
        all.push(Usual::new(
            "Argon2id",
            format!("{mebibytes} MiB, t={passes}, p={lanes}"),
            format!("$argon2id$v=19$m={},t={passes},p={lanes}${unpadded}${}", mebibytes * 1024, unpadded_hash(32)),
        ));
    }
    for log_n in [14, 16, 17] {
        all.push(Usual::new(
            "scrypt",
            format!("N=2^{log_n}, r=8, p=1"),
            format!("$scrypt$ln={log_n},r=8,p=1${unpadded}${}", unpadded_hash(32)),
        ));
    }
    for (version, rounds) in
        [("3.2", 260_000), ("4.2", 600_000), ("5.2", 1_000_000), ("6.0", 1_200_000), ("6.1", 1_500_000)]
    {
        let encoded = format!("pbkdf2_sha256${rounds}$saltsaltsaltsaltsaltsa${}", hash(32));
        all.push(Usual::new("Django, PBKDF2-SHA256", format!("{} rounds ({version})", grouped(rounds)), encoded));
    }
    let encoded = format!("$pbkdf2-sha512$i=210000,l=64${unpadded}${}", unpadded_hash(64));
    all.push(Usual::new("PBKDF2-SHA512", rounds(210_000), encoded));
    // Keycloak derives 64 bytes, which with SHA-256 is twice the work, and with SHA-1 four times.
    for (algorithm, name, number) in [
        ("pbkdf2-sha512", "Keycloak, PBKDF2-SHA512", 210_000),
        ("pbkdf2-sha256", "Keycloak, PBKDF2-SHA256", 27_500),
        ("pbkdf2", "Keycloak, PBKDF2-SHA1", 1_300_000),
    ] {
        all.push(Usual::new(name, rounds(number), keycloak(&hash(64), &salt, number, algorithm, "")));
    }
    let more = r#""type": ["id"], "version": ["1.3"], "memory": ["7168"], "parallelism": ["1"], "hashLength": ["32"]"#;
    all.push(Usual::new("Keycloak, Argon2id", "7 MiB, t=5, p=1", keycloak(&hash(32), &salt, 5, "argon2", more)));
    all.push(Usual::new("ASP.NET Identity 2", rounds(1_000), Base64::encode_string(&[0; 49])));
    for (prf, name, number) in
        [(1_u32, "ASP.NET Core Identity, SHA-256", 10_000_u32), (2, "ASP.NET Core Identity, SHA-512", 100_000)]
    {
        let mut bytes = vec![1];
        for number in [prf, number, 16] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend([3; 48]);
        all.push(Usual::new(name, rounds(number), Base64::encode_string(&bytes)));
    }
    all.push(Usual::new("Firebase", "rounds 8, mem_cost 14", format!("$firebase${salt}${}", hash(64))));
    all.push(Usual::new("phpass (WordPress, phpBB)", rounds(1 << 13), format!("$P$Bsaltsalt{}", dots(22))));
    all.push(Usual::new("WordPress since 6.8", "cost 10", format!("$wp$2y$10${}", dots(53))));
    for (digit, log_rounds) in [("D", 15), ("E", 16)] {
        all.push(Usual::new("Drupal 7", rounds(1 << log_rounds), format!("$S${digit}saltsalt{}", dots(43))));
    }
    all.push(Usual::new("crypt(3), MD5", rounds(1_000), format!("$1$saltsalt${}", dots(22))));
    all.push(Usual::new("crypt(3), SHA-256", rounds(5_000), format!("$5$saltsaltsaltsalt${}", dots(43))));
    all.push(Usual::new("crypt(3), SHA-512", rounds(5_000), format!("$6$saltsaltsaltsalt${}", dots(86))));
    let encoded = format!("$6$rounds=656000$saltsaltsaltsalt${}", dots(86));
    all.push(Usual::new("crypt(3), SHA-512", rounds(656_000), encoded));
    all.push(Usual::new("LDAP, `{SSHA}`", "SHA-1", format!("{{SSHA}}{}", hash(28))));
    let encoded = format!("$salted$sha256(salt+password)${salt}${}", hash(32));
    all.push(Usual::new("`$salted$`", "SHA-256", encoded));
    all
}

fn keycloak(value: &str, salt: &str, rounds: u32, algorithm: &str, more: &str) -> String {
    format!(
        r#"{{"secretData": {{"value": "{value}", "salt": "{salt}"}}, "credentialData": {{"hashIterations": {rounds}, "algorithm": "{algorithm}", "additionalParameters": {{{more}}}}}}}"#
    )
}

fn rounds(number: u32) -> String {
    format!("{} rounds", grouped(number))
}

/// `600,000`.
fn grouped(number: u32) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
}

/// Half a second is `500 ms`; what is shorter than a tenth of a millisecond is not told apart.
pub(crate) fn shown_time(seconds: f64) -> String {
    let milliseconds = seconds * 1000.0;
    match milliseconds {
        ..0.1 => "< 0.1 ms".to_owned(),
        ..10.0 => format!("{milliseconds:.1} ms"),
        _ => format!("{milliseconds:.0} ms"),
    }
}
