//! Keycloak's JSON: a credential as `kc.sh export` and the Admin API write it, `{"secretData": "{…}", "credentialData":
//! "{…}"}`, where either may be an object instead of its text; or as they wrote it before Keycloak 8, with the members of
//! both in one: `{"hashedSaltedValue": …, "salt": …, "hashIterations": …, "algorithm": …}`, the first also as `value`.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    algorithms::{
        argon2::{Algorithm, Argon2, Setting, Version},
        digest::Digest,
        pbkdf2::Pbkdf2,
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    limits::Limits,
    parsed::Parsed,
};

const FORMAT: Format = Format::Keycloak;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    secret_data: Option<Value>,
    credential_data: Option<Value>,
    hashed_salted_value: Option<String>,
    value: Option<String>,
    salt: Option<String>,
    hash_iterations: Option<u64>,
    algorithm: Option<String>,
    additional_parameters: Option<AdditionalParameters>,
}

type AdditionalParameters = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct SecretData {
    value: String,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData {
    hash_iterations: u64,
    algorithm: String,
    additional_parameters: Option<AdditionalParameters>,
}

/// An object, or the text of one.
fn nested<T: DeserializeOwned>(value: Value, part: &'static str) -> Result<T, Error> {
    let read = match value {
        Value::String(text) => serde_json::from_str(&text),
        object => serde_json::from_value(object),
    };
    read.map_err(|_| FORMAT.malformed(part, "is not its JSON"))
}

/// Reads an encoding; nothing if it does not begin like an object.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    encoded.trim_start().strip_prefix('{')?.trim_start().starts_with('"').then(|| credential(encoded, limits))
}

fn credential(encoded: &str, limits: &Limits) -> Result<Parsed, Error> {
    let credential: Credential =
        serde_json::from_str(encoded).map_err(|_| FORMAT.malformed("credential", "is not its JSON"))?;
    let (secret, data) = match (credential.secret_data, credential.credential_data) {
        (Some(secret), Some(data)) => (nested(secret, "secretData")?, nested(data, "credentialData")?),
        (Some(_), None) => return Err(FORMAT.missing("credentialData")),
        (None, Some(_)) => return Err(FORMAT.missing("secretData")),
        (None, None) => (
            SecretData {
                value: credential
                    .hashed_salted_value
                    .or(credential.value)
                    .ok_or_else(|| FORMAT.missing("hashedSaltedValue"))?,
                salt: credential.salt.ok_or_else(|| FORMAT.missing("salt"))?,
            },
            CredentialData {
                hash_iterations: credential.hash_iterations.ok_or_else(|| FORMAT.missing("hashIterations"))?,
                algorithm: credential.algorithm.ok_or_else(|| FORMAT.missing("algorithm"))?,
                additional_parameters: credential.additional_parameters,
            },
        ),
    };
    // Java reads base64 without its padding too.
    let base64 = |text: &str| encoding::base64(text).or_else(|| encoding::unpadded_base64(text));
    let salt = base64(&secret.salt).ok_or_else(|| FORMAT.malformed("salt", "is not base64"))?;
    let hash = base64(&secret.value).ok_or_else(|| FORMAT.malformed("value", "is not base64"))?;
    let pbkdf2 = |digest: Digest, salt| {
        if ![LONG, digest.length()].contains(&hash.len()) {
            return Err(FORMAT.malformed("value", "is of another length than Keycloak's"));
        }
        let pbkdf2 = Pbkdf2::new(digest, data.hash_iterations, salt, hash.len(), limits);
        pbkdf2.map(Derivation::Pbkdf2).map_err(|fault| fault.of(FORMAT))
    };
    let derivation = match data.algorithm.as_str() {
        "pbkdf2" => pbkdf2(Digest::Sha1, salt),
        "pbkdf2-sha256" => pbkdf2(Digest::Sha256, salt),
        "pbkdf2-sha512" => pbkdf2(Digest::Sha512, salt),
        "argon2" => argon2(&data, salt, hash.len(), limits),
        _ => Err(FORMAT.malformed("algorithm", "is none of Keycloak's")),
    }?;
    Ok(Parsed::new(FORMAT, derivation, hash))
}

/// How long every value is by PBKDF2, in bytes, before Keycloak 24; since then as long as the digest's.
const LONG: usize = 64;

fn argon2(data: &CredentialData, salt: Vec<u8>, length: usize, limits: &Limits) -> Result<Derivation, Error> {
    let parameter = |name: &'static str| {
        let values = data.additional_parameters.as_ref().and_then(|parameters| parameters.get(name));
        values.and_then(|values| values.first()).map(String::as_str).ok_or_else(|| FORMAT.missing(name))
    };
    let number = |name: &'static str| {
        encoding::decimal(parameter(name)?).ok_or_else(|| FORMAT.malformed(name, "is not a number"))
    };
    let algorithm = match parameter("type")? {
        "d" => Algorithm::Argon2d,
        "i" => Algorithm::Argon2i,
        "id" => Algorithm::Argon2id,
        _ => return Err(FORMAT.malformed("type", "is none of Argon2's")),
    };
    let version = match parameter("version")? {
        "1.0" => Version::V0x10,
        "1.3" => Version::V0x13,
        _ => return Err(FORMAT.malformed("version", "is neither 1.0 nor 1.3")),
    };
    if number("hashLength")? != length as u64 {
        return Err(FORMAT.malformed("value", "is of another length than its hashLength"));
    }
    let (memory, passes, lanes) = (number("memory")?, data.hash_iterations, number("parallelism")?);
    let setting = Setting { algorithm, version, memory, passes, lanes, data: Vec::new(), salt, keyed: false };
    let argon2 = Argon2::new(setting, length, limits).map_err(|fault| fault.of(FORMAT))?;
    Ok(Derivation::Argon2(Box::new(argon2)))
}
