//! crypt(3)'s three: MD5 (FreeBSD, 1994), of which there is no well-kept crate, and Drepper's SHA-256 and SHA-512 (2007).
//! All repeat the digest of a shuffle of password, salt and the digest so far.

use crate::{
    algorithms::{cost::Cost, digest::Digest},
    encoding::crypt_text,
    fault::{Fault, checked_rounds},
    limits::Limits,
    wiped::Wiped,
};

pub(crate) struct Crypt {
    kind: Kind,
    salt: Vec<u8>,
}

enum Kind {
    /// With the mark that is hashed along.
    Md5(&'static [u8]),
    Sha256(Rounds),
    Sha512(Rounds),
}

/// Drepper's rounds, with the number, which the crate keeps to itself.
pub(crate) struct Rounds {
    number: u32,
    parameters: sha_crypt::Params,
}

impl Rounds {
    pub(crate) fn new(rounds: u64, limits: &Limits) -> Result<Self, Fault> {
        let number = checked_rounds(rounds, limits)?;
        let parameters = sha_crypt::Params::new(number).map_err(|_| Fault::Malformed("rounds", "are too few"))?;
        Ok(Self { number, parameters })
    }

    /// As many as there are where an encoding does not say it: 5,000.
    pub(crate) fn usual() -> Self {
        Self { number: sha_crypt::Params::RECOMMENDED_ROUNDS, parameters: sha_crypt::Params::RECOMMENDED }
    }
}

/// MD5's are fixed.
const MD5_ROUNDS: u32 = 1000;

impl Crypt {
    pub(crate) fn md5(salt: Vec<u8>) -> Self {
        Self { kind: Kind::Md5(b"$1$"), salt }
    }

    /// Apache's, which differs in its mark.
    pub(crate) fn apr1(salt: Vec<u8>) -> Self {
        Self { kind: Kind::Md5(b"$apr1$"), salt }
    }

    pub(crate) fn sha256(rounds: Rounds, salt: Vec<u8>) -> Self {
        Self { kind: Kind::Sha256(rounds), salt }
    }

    pub(crate) fn sha512(rounds: Rounds, salt: Vec<u8>) -> Self {
        Self { kind: Kind::Sha512(rounds), salt }
    }

    /// The password is in every round once or twice, and with it may come a further block.
    pub(crate) fn cost(&self, password_length: usize) -> Cost {
        let (digest, rounds) = match &self.kind {
            Kind::Md5(_) => (Digest::Md5, MD5_ROUNDS),
            Kind::Sha256(rounds) => (Digest::Sha256, rounds.number),
            Kind::Sha512(rounds) => (Digest::Sha512, rounds.number),
        };
        let of_round = |round: u32| {
            let salt = if round.is_multiple_of(3) { 0 } else { self.salt.len() };
            let again = if round.is_multiple_of(7) { 0 } else { password_length };
            digest.blocks(digest.length().saturating_add(password_length).saturating_add(salt).saturating_add(again))
        };
        // The pattern repeats after three times seven.
        let of_21: u64 = (0..21).map(of_round).sum();
        let of_rest: u64 = (0..rounds % 21).map(of_round).sum();
        Cost::Digest { digest, blocks: of_21.saturating_mul((rounds / 21).into()).saturating_add(of_rest) }
    }

    /// The hash, as text.
    pub(crate) fn hash(&self, password: &[u8]) -> Wiped {
        match &self.kind {
            Kind::Md5(mark) => md5_crypt(password, mark, &self.salt),
            Kind::Sha256(rounds) => {
                ordered(&sha_crypt::sha256_crypt(password, &self.salt, rounds.parameters), ORDER_SHA256)
            }
            Kind::Sha512(rounds) => {
                ordered(&sha_crypt::sha512_crypt(password, &self.salt, rounds.parameters), ORDER_SHA512)
            }
        }
    }
}

fn md5_crypt(password: &[u8], mark: &[u8], salt: &[u8]) -> Wiped {
    let inner = Digest::Md5.of(&[password, salt, password]);
    let mut parts: Vec<&[u8]> = vec![password, mark, salt];
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
    for round in 0..MD5_ROUNDS {
        let odd = round % 2 == 1;
        let (first, last) = if odd { (password, state.as_slice()) } else { (state.as_slice(), password) };
        let salt: &[u8] = if round % 3 == 0 { &[] } else { salt };
        let again: &[u8] = if round % 7 == 0 { &[] } else { password };
        state = Digest::Md5.of(&[first, salt, again, last]);
    }
    ordered(&state, ORDER_MD5)
}

/// The text of bytes in the order in which crypt(3) writes them.
fn ordered<const N: usize>(bytes: &[u8], order: [usize; N]) -> Wiped {
    crypt_text(&Wiped::new(order.iter().filter_map(|place| bytes.get(*place).copied()).collect()))
}

const ORDER_MD5: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

const ORDER_SHA256: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9, 30,
    31,
];

const ORDER_SHA512: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9, 10,
    52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19, 61, 40,
    41, 20, 62, 63,
];
