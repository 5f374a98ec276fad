//! Others' hashes, from `vectors/`.

#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test may panic")]

use std::{fs, path::Path};

use legacy_password::{Answer, Error, FirebaseProject, PasswordHash, Secrets};
use serde_json::Value;

struct Vector {
    file: String,
    value: Value,
    password: Vec<u8>,
    secrets: Secrets,
}

impl Vector {
    fn encoded(&self) -> &str {
        self.value["encoded"].as_str().unwrap()
    }

    fn format(&self) -> Option<&str> {
        self.value["format"].as_str()
    }

    fn is(&self, format: &str) -> bool {
        self.format() == Some(format)
    }

    fn matches(&self) -> bool {
        self.value["matches"].as_bool().unwrap_or(true)
    }

    fn verify(&self, password: &[u8]) -> Result<Answer, Error> {
        self.verify_against(password, self.encoded())
    }

    /// Against another encoding, with the vector's secrets.
    fn verify_against(&self, password: &[u8], encoded: &str) -> Result<Answer, Error> {
        PasswordHash::parse(encoded)?.verify(password, &self.secrets)
    }
}

fn bytes(hex: &Value) -> Option<Vec<u8>> {
    let hex = hex.as_str()?;
    Some((0..hex.len()).step_by(2).map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap()).collect())
}

fn secrets(value: &Value) -> Secrets {
    let mut secrets = Secrets::default();
    if let Some(pepper) = bytes(&value["pepper"]) {
        secrets = secrets.with_pepper(&pepper);
    }
    if let Some(secret) = bytes(&value["argon2_secret"]) {
        secrets = secrets.with_argon2_secret(&secret);
    }
    if let Value::Object(project) = &value["firebase"] {
        let number = |name: &str| u32::try_from(project[name].as_u64().unwrap()).unwrap();
        let text = |name: &str| project[name].as_str().unwrap();
        let project =
            FirebaseProject::new(text("signer_key"), text("salt_separator"), number("rounds"), number("mem_cost"));
        secrets = secrets.with_firebase(project.unwrap());
    }
    secrets
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut vectors = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "json") {
            let values: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            vectors.extend(values.into_iter().map(|value| Vector {
                file: file.file_name().unwrap().to_str().unwrap().to_owned(),
                password: bytes(&value["password"]).unwrap(),
                secrets: secrets(&value),
                value,
            }));
        }
    }
    vectors
}

/// All that are not too slow to be verified over and over.
fn quick_vectors() -> Vec<Vector> {
    // Found by their marks, and where there is none by their format.
    let slow = |vector: &Vector| {
        let encoded = vector.encoded();
        let marks = [
            "m=65536",
            "m=102400",
            "$12$",
            "$131000$",
            "$390000$",
            "AQAAAAEAA9CQ",
            "ln=14",
            "16384",
            "$29000$",
            "$25000$",
            "{pbkdf2",
            "$e0801$",
            "$v=1,n=14",
            ":2",
            ":3_",
            "$2a$10$",
            "v=98$r=10",
        ];
        vector.is("better-auth") || vector.is("atlassian") || marks.iter().any(|mark| encoded.contains(mark))
    };
    vectors().into_iter().filter(|vector| vector.matches() && !slow(vector)).collect()
}

#[test]
fn every_password_is_told_from_others() {
    let vectors = vectors();
    for vector in &vectors {
        let place = format!("{}: {} {}", vector.file, vector.value["source"], vector.encoded());
        if vector.matches() {
            assert_eq!(vector.verify(&vector.password), Ok(Answer::Match), "{place}");
            assert_eq!(
                PasswordHash::parse(vector.encoded()).map(|hash| hash.format().name()).ok(),
                vector.format(),
                "{place}"
            );
        } else {
            assert_ne!(vector.verify(&vector.password), Ok(Answer::Match), "{place}");
        }
    }
    assert!(vectors.len() > 1000, "the vectors are all there");
}

#[test]
fn every_format_has_vectors_of_two_sources() {
    let vectors = vectors();
    let mut formats: Vec<_> = vectors.iter().filter_map(Vector::format).collect();
    formats.sort_unstable();
    formats.dedup();
    assert_eq!(formats.len(), 47, "{formats:?}");
    for format in formats {
        let mut files: Vec<_> =
            vectors.iter().filter(|vector| vector.is(format)).map(|vector| vector.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        assert!(files.len() >= 2, "{format} is in {files:?} alone");
    }
}

#[test]
fn a_wrong_password_does_not_match() {
    for vector in quick_vectors() {
        let mut others = vec![b"wrong".to_vec(), vector.password.to_ascii_uppercase()];
        others.push([b" ", vector.password.as_slice()].concat());
        if let Some((last, rest)) = vector.password.split_last() {
            others.push(rest.to_vec());
            others.push([rest, &[last ^ 1]].concat());
        }
        // bcrypt reads no more than 72 bytes.
        let bcrypt = vector.encoded().contains("$2") && !vector.encoded().contains("sha256");
        for other in others {
            let same = other == vector.password || other.len() > 256;
            let same_to_bcrypt = bcrypt
                && other.iter().take(72).chain(&[0]).take(72).eq(vector.password.iter().take(72).chain(&[0]).take(72));
            // NULs at the end go round and round in bcrypt's key; the sign bug of `$2x$` makes different bytes alike.
            let alike = bcrypt && (vector.encoded().starts_with("$2x$") || vector.password.ends_with(&[0]));
            // These systems trim a password, too.
            let trimmed = ["phpass", "wordpress", "drupal-7"].iter().any(|format| vector.is(format))
                && other.trim_ascii() == vector.password.trim_ascii();
            if !same && !same_to_bcrypt && !alike && !trimmed {
                let place = format!("{}: {} {other:?}", vector.file, vector.encoded());
                assert_eq!(vector.verify(&other), Ok(Answer::NoMatch), "{place}");
            }
        }
    }
}

#[test]
fn a_dummy_has_the_format_and_the_cost_and_another_digest() {
    // A generator that repeats itself from run to run (xorshift).
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |bytes: &mut [u8]| {
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_be_bytes()[0];
        }
    };
    for vector in vectors().iter().filter(|vector| vector.matches()) {
        let encoded = vector.encoded();
        let hash = PasswordHash::parse(encoded).unwrap();
        let text = hash.dummy(&mut random).unwrap_or_else(|| panic!("{encoded}"));
        let dummy = PasswordHash::parse(&text).unwrap();
        assert_eq!(
            (dummy.format(), dummy.cost(), text.len()),
            (hash.format(), hash.cost(), encoded.len()),
            "{encoded}"
        );
        // What is left is the parameters and perhaps the salt: of the rest a character stays by chance alone.
        let changed = text.bytes().zip(encoded.bytes()).filter(|(new, old)| new != old).count();
        assert!(changed >= 16, "{text} of {encoded}");
    }
    for vector in quick_vectors() {
        let dummy = PasswordHash::parse(vector.encoded()).unwrap().dummy(&mut random).unwrap();
        assert_eq!(vector.verify_against(&vector.password, &dummy), Ok(Answer::NoMatch), "{dummy}");
    }
}

#[test]
fn a_dummy_without_chance_is_none_where_it_would_be_somebodys() {
    let zeros = "$salted$sha256(salt+password)$$".to_owned() + &"0".repeat(43) + "=";
    let json = r#"{"type": "value", "secretData": {"value": "MDAwMDAwMDAwMDAwMDAwMDAwMDA=", "salt": "c2FsdA=="}, "credentialData": {"hashIterations": 1, "algorithm": "pbkdf2"}}"#;
    for (encoded, byte) in [(zeros.as_str(), 0), (json, 1)] {
        let hash = PasswordHash::parse(encoded).unwrap();
        assert_eq!(hash.dummy(|bytes| bytes.fill(byte)), None, "{encoded}");
    }
}

#[test]
fn a_part_of_an_encoding_never_matches() {
    for vector in quick_vectors() {
        for (end, _) in vector.encoded().char_indices() {
            let part = &vector.encoded()[..end];
            // Half of a scrypt hash of 64 bytes is one of 32, if the text can be cut there: see `phc.rs`.
            if vector.is("scrypt") && vector.encoded().len() - end == 43 {
                continue;
            }
            // Magento 1 wrote what Magento 2 writes with a version of 0.
            if vector.is("magento")
                && vector.encoded().strip_prefix(part).is_some_and(|rest| [":", ":0"].contains(&rest))
            {
                continue;
            }
            let answer = vector.verify_against(&vector.password, part);
            assert_ne!(answer, Ok(Answer::Match), "{}: {part}", vector.file);
        }
    }
}

#[test]
fn an_encoding_with_something_behind_it_never_matches() {
    for vector in quick_vectors() {
        for more in ["$", "A", "=", "\n", "$AAAA", "\0"] {
            let encoded = format!("{}{more}", vector.encoded());
            let json = vector.is("keycloak") && more == "\n";
            assert!(json || vector.verify_against(&vector.password, &encoded) != Ok(Answer::Match), "{encoded:?}");
        }
    }
}

#[test]
fn a_corrupted_encoding_never_matches() {
    for (number, vector) in quick_vectors().iter().enumerate().filter(|(_, vector)| !vector.is("keycloak")) {
        let encoded = vector.encoded();
        // Of these a part alone is looked at: of a long hash the first blocks, of Magento's salt for Argon2 16 bytes, of what
        // bcrypt is given 72.
        if ["l=512", "password+text(", "{PBKDF2_SHA256}", ":pbkdf2:sha256:1000:128:", ":2", ":3_"]
            .iter()
            .any(|mark| encoded.contains(mark))
        {
            continue;
        }
        // A few places each, others each time, and not the character of a bcrypt salt of which four bits mean nothing.
        let salt_end = encoded.find("$2").map(|start| start + 28);
        for place in (number % 7..encoded.len()).step_by(7).filter(|place| Some(*place) != salt_end) {
            let old = &encoded[place..=place];
            // A key of HMAC is the same with a NUL behind it, and the name of Argon2's secret is not the secret.
            if old == "=" && encoded.contains("$salted$hmac") || encoded.contains("keyid=") {
                continue;
            }
            let new = if old.eq_ignore_ascii_case("a") { "B" } else { "A" };
            let corrupted = format!("{}{new}{}", &encoded[..place], &encoded[place + 1..]);
            let answer = vector.verify_against(&vector.password, &corrupted);
            assert_ne!(answer, Ok(Answer::Match), "{}: {encoded} as {corrupted}", vector.file);
        }
    }
}
