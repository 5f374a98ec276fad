//! crypt(3)'s encodings: `$1$<salt>$<hash>` (MD5), `$5$<salt>$<hash>` (SHA-256) and `$6$<salt>$<hash>` (SHA-512), the last
//! two with `rounds=<rounds>$` before the salt where they are not 5,000.

use crate::{
    Error, Format, encoding,
    function::{Digest, Function, checked_rounds, crypt_text},
    hash::Hash,
    secret::Secret,
};

/// The salt, of at most `longest` characters, and the hash.
fn salt_and_hash(format: Format, rest: &str, longest: usize, length: usize) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (salt, hash) = rest.split_once('$').ok_or_else(|| format.missing("hash"))?;
    if salt.len() > longest {
        return Err(format.malformed("salt", "is too long"));
    }
    if hash.len() != length {
        return Err(format.malformed("hash", "is of another length than it should be"));
    }
    if !encoding::is_crypt_base64(hash) {
        return Err(format.malformed("hash", "is not crypt's base64"));
    }
    Ok((salt.into(), hash.into()))
}

/// The rounds, and what follows them. crypt(3) writes none below 1,000.
fn rounds(format: Format, rest: &str) -> Result<(sha_crypt::Params, &str), Error> {
    let Some(rest) = rest.strip_prefix("rounds=") else { return Ok((sha_crypt::Params::RECOMMENDED, rest)) };
    let (rounds, rest) = rest.split_once('$').ok_or_else(|| format.missing("salt"))?;
    let rounds = encoding::decimal(rounds).ok_or_else(|| format.malformed("rounds", "are not a number"))?;
    let rounds = sha_crypt::Params::new(checked_rounds(format, rounds)?);
    Ok((rounds.map_err(|_| format.malformed("rounds", "are too few"))?, rest))
}

/// Reads what follows `$1$`.
pub(crate) fn md5(format: Format, rest: &str) -> Result<Hash, Error> {
    let (salt, hash) = salt_and_hash(format, rest, 8, 22)?;
    Ok(Hash::new(format, Function::Md5Crypt { salt }, hash))
}

/// Reads what follows `$5$`.
pub(crate) fn sha256(format: Format, rest: &str) -> Result<Hash, Error> {
    let (rounds, rest) = rounds(format, rest)?;
    let (salt, hash) = salt_and_hash(format, rest, 16, 43)?;
    Ok(Hash::new(format, Function::Sha256Crypt { rounds, salt }, hash))
}

/// Reads what follows `$6$`.
pub(crate) fn sha512(format: Format, rest: &str) -> Result<Hash, Error> {
    let (rounds, rest) = rounds(format, rest)?;
    let (salt, hash) = salt_and_hash(format, rest, 16, 86)?;
    Ok(Hash::new(format, Function::Sha512Crypt { rounds, salt }, hash))
}

/// crypt(3)'s MD5 (FreeBSD, 1994), of which there is no well-kept crate: a thousand rounds of a shuffle.
pub(crate) fn md5_crypt(password: &[u8], salt: &[u8]) -> Secret {
    let inner = Digest::Md5.of(&[password, salt, password]);
    let mut parts: Vec<&[u8]> = vec![password, b"$1$", salt];
    let mut left = password.len();
    while let Some(part) = inner.get(..left.min(inner.len())).filter(|part| !part.is_empty()) {
        parts.push(part);
        left -= part.len();
    }
    // A NUL for each one in the length's binary digits, the password's first byte for each zero.
    let mut bits = password.len();
    while bits > 0 {
        parts.push(if bits & 1 == 1 { &[0] } else { password.get(..1).unwrap_or_default() });
        bits >>= 1;
    }
    let mut state = Digest::Md5.of(&parts);
    for round in 0..1000 {
        let odd = round % 2 == 1;
        let (first, last) = if odd { (password, state.as_slice()) } else { (state.as_slice(), password) };
        let salt: &[u8] = if round % 3 == 0 { &[] } else { salt };
        let again: &[u8] = if round % 7 == 0 { &[] } else { password };
        state = Digest::Md5.of(&[first, salt, again, last]);
    }
    const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
    ordered(&state, ORDER)
}

/// SHA-256 crypt, as text.
pub(crate) fn sha256_crypt(password: &[u8], salt: &[u8], rounds: sha_crypt::Params) -> Secret {
    const ORDER: [usize; 32] = [
        20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9,
        30, 31,
    ];
    ordered(&sha_crypt::sha256_crypt(password, salt, rounds), ORDER)
}

/// SHA-512 crypt, as text.
pub(crate) fn sha512_crypt(password: &[u8], salt: &[u8], rounds: sha_crypt::Params) -> Secret {
    const ORDER: [usize; 64] = [
        42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9,
        10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19,
        61, 40, 41, 20, 62, 63,
    ];
    ordered(&sha_crypt::sha512_crypt(password, salt, rounds), ORDER)
}

/// The text of bytes in the order in which crypt(3) writes them.
fn ordered<const N: usize>(bytes: &[u8], order: [usize; N]) -> Secret {
    crypt_text(&Secret::new(order.iter().filter_map(|place| bytes.get(*place).copied()).collect()))
}
