//! LDAP's `userPassword` (RFC 2307): a scheme in braces, in either case, and what it says of the rest. Those of OpenLDAP and
//! its contributed modules, of 389 Directory Server, of OpenDJ and its heirs, of Dovecot; and Atlassian's, which looks the same.

use crate::{
    algorithms::{
        argon2::Algorithm,
        digest::Digest,
        pbkdf2::Pbkdf2,
        salted_digest::{Recipe, SaltedDigest},
    },
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::{bcrypt, crypt, phc, yescrypt},
    limits::Limits,
    parsed::Parsed,
};

/// Reads an encoding; nothing if its scheme is not one of those.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let (scheme, rest) = encoded.strip_prefix('{')?.split_once('}')?;
    Some(match scheme.to_ascii_uppercase().as_str() {
        "SHA" => unsalted(Format::LdapSha, Digest::Sha1, rest),
        "SHA256" => unsalted(Format::LdapSha256, Digest::Sha256, rest),
        "SHA384" => unsalted(Format::LdapSha384, Digest::Sha384, rest),
        "SHA512" => unsalted(Format::LdapSha512, Digest::Sha512, rest),
        "MD5" => unsalted(Format::LdapMd5, Digest::Md5, rest),
        "SSHA" => salted(Format::LdapSsha, Digest::Sha1, rest),
        "SSHA256" => salted(Format::LdapSsha256, Digest::Sha256, rest),
        "SSHA384" => salted(Format::LdapSsha384, Digest::Sha384, rest),
        "SSHA512" => salted(Format::LdapSsha512, Digest::Sha512, rest),
        "SMD5" => salted(Format::LdapSmd5, Digest::Md5, rest),
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2(Digest::Sha1, rest, limits),
        "PBKDF2-SHA256" => pbkdf2(Digest::Sha256, rest, limits),
        "PBKDF2-SHA512" => pbkdf2(Digest::Sha512, rest, limits),
        "PBKDF2_SHA256" => pbkdf2_of_389(rest, limits),
        "PBKDF2-HMAC-SHA1" => pbkdf2_of_opendj(Digest::Sha1, rest, limits),
        "PBKDF2-HMAC-SHA256" => pbkdf2_of_opendj(Digest::Sha256, rest, limits),
        "PBKDF2-HMAC-SHA512" => pbkdf2_of_opendj(Digest::Sha512, rest, limits),
        "PKCS5S2" => pbkdf2_of_atlassian(rest, limits),
        "CRYPT" => within_crypt(Format::LdapCrypt, rest, limits),
        "BCRYPT" | "BLF-CRYPT" | "MD5-CRYPT" | "SHA256-CRYPT" | "SHA512-CRYPT" => {
            within_crypt(Format::LdapCrypt, rest, limits)
        }
        "ARGON2" | "ARGON2I" | "ARGON2ID" => argon2(rest, limits),
        _ => return None,
    })
}

fn base64(format: Format, text: &str) -> Result<Vec<u8>, Error> {
    encoding::base64(text).ok_or_else(|| format.malformed("hash", "is not base64"))
}

fn salted(format: Format, digest: Digest, rest: &str) -> Result<Parsed, Error> {
    let bytes = base64(format, rest)?;
    let (hash, salt) =
        bytes.split_at_checked(digest.length()).ok_or_else(|| format.malformed("hash", "is too short"))?;
    if salt.is_empty() {
        return Err(format.missing("salt"));
    }
    let salted = SaltedDigest::once(Recipe::PasswordFirst, digest, salt.to_vec());
    Ok(Parsed::new(format, Derivation::SaltedDigest(salted), hash.to_vec()))
}

fn unsalted(format: Format, digest: Digest, rest: &str) -> Result<Parsed, Error> {
    let hash = base64(format, rest)?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    let unsalted = SaltedDigest::once(Recipe::PasswordFirst, digest, Vec::new());
    Ok(Parsed::new(format, Derivation::SaltedDigest(unsalted), hash))
}

fn derived(digest: Digest, rounds: u64, salt: &[u8], hash: &[u8], limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::LdapPbkdf2;
    if salt.is_empty() {
        return Err(format.missing("salt"));
    }
    let pbkdf2 = Pbkdf2::new(digest, rounds, salt.to_vec(), hash.len(), limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2), hash.to_vec()))
}

/// OpenLDAP's `pw-pbkdf2` and 389 Directory Server's newer ones: `<rounds>$<salt>$<hash>`, in passlib's base64.
fn pbkdf2(digest: Digest, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::LdapPbkdf2;
    let mut fields = rest.split('$');
    let mut field = |part| fields.next().ok_or_else(|| format.missing(part));
    let (rounds, salt, hash) = (field("rounds")?, field("salt")?, field("hash")?);
    if fields.next().is_some() {
        return Err(format.malformed("hash", "is followed by something"));
    }
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    let salt = encoding::adapted_base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::adapted_base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != digest.length() {
        return Err(format.malformed("hash", "is of another length than the digest"));
    }
    derived(digest, rounds, &salt, &hash, limits)
}

/// 389 Directory Server's own (`pbkdf2_pwd.c`): base64 of 4 bytes of rounds, the higher first, 64 of salt and 256 of hash. Of
/// the last those of two blocks are compared.
fn pbkdf2_of_389(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::LdapPbkdf2;
    let bytes = base64(format, rest)?;
    let wrong = || format.malformed("hash", "is not of 324 bytes");
    let (rounds, rest) = bytes.split_first_chunk::<4>().ok_or_else(wrong)?;
    let (salt, hash) = rest.split_first_chunk::<64>().filter(|(_, hash)| hash.len() == 256).ok_or_else(wrong)?;
    let compared = hash.get(..2 * Digest::Sha256.length()).ok_or_else(wrong)?;
    derived(Digest::Sha256, u32::from_be_bytes(*rounds).into(), salt, compared, limits)
}

/// OpenDJ's, ForgeRock's and Ping's: `<rounds>:`, and base64 of the hash and, behind it, the salt.
fn pbkdf2_of_opendj(digest: Digest, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::LdapPbkdf2;
    let (rounds, text) = rest.split_once(':').ok_or_else(|| format.missing("hash"))?;
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    let bytes = base64(format, text)?;
    let (hash, salt) =
        bytes.split_at_checked(digest.length()).ok_or_else(|| format.malformed("hash", "is too short"))?;
    derived(digest, rounds, salt, hash, limits)
}

/// Atlassian's (`DefaultPasswordEncoder`): base64 of 16 bytes of salt and 32 of hash, by 10,000 rounds.
fn pbkdf2_of_atlassian(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Atlassian;
    let bytes = base64(format, rest)?;
    let wrong = || format.malformed("hash", "is not of 48 bytes");
    let (salt, hash) = bytes.split_first_chunk::<16>().filter(|(_, hash)| hash.len() == 32).ok_or_else(wrong)?;
    let pbkdf2 = Pbkdf2::new(Digest::Sha1, 10_000, salt.to_vec(), hash.len(), limits);
    Ok(Parsed::new(format, Derivation::Pbkdf2(pbkdf2.map_err(|fault| fault.of(format))?), hash.to_vec()))
}

/// OpenLDAP's `pw-argon2` and Dovecot's.
fn argon2(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::Argon2;
    let algorithms =
        [("$argon2d$", Algorithm::Argon2d), ("$argon2i$", Algorithm::Argon2i), ("$argon2id$", Algorithm::Argon2id)];
    let parsed = algorithms
        .into_iter()
        .find_map(|(prefix, algorithm)| Some(phc::argon2(format, algorithm, rest.strip_prefix(prefix)?, limits)));
    parsed.unwrap_or_else(|| Err(format.malformed("algorithm", "is none of Argon2's")))
}

/// Whatever crypt(3) writes, prefix included.
fn within_crypt(format: Format, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    if let Some(rest) = rest.strip_prefix("$1$") {
        crypt::md5(format, rest)
    } else if let Some(rest) = rest.strip_prefix("$5$") {
        crypt::sha256(format, rest, limits)
    } else if let Some(rest) = rest.strip_prefix("$6$") {
        crypt::sha512(format, rest, limits)
    } else if let Some(rest) = rest.strip_prefix("$y$") {
        yescrypt::parse(format, rest, limits)
    } else {
        let other = Err(format.malformed("crypt hash", "is of none of the known kinds"));
        bcrypt::parse_any(format, rest, limits).unwrap_or(other)
    }
}
