//! bcrypt: `$2b$<cost>$<22 characters of salt><31 of hash>`.
//!
//! The letters tell the bugs of those who wrote them. `$2b$` and `$2y$` are right. `$2x$` marks hashes of crypt_blowfish
//! before 1.1, which took bytes above 127 for negative numbers. `$2a$` is right too, except that crypt_blowfish deviates
//! from it, on purpose, for the few passwords that collide under that bug; no UTF-8 text is one of them.
//!
//! A NUL is a byte like any other, as it is for Go, Java and Node; systems in C end the password there.

use base64ct::{Base64Bcrypt, Encoding};
use blowfish::Blowfish;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    algorithms::cost::Cost,
    fault::{Fault, at_most},
    limits::{Limit, Limits},
};

/// The letter behind `$2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    A,
    B,
    X,
    Y,
}

pub(crate) struct Bcrypt {
    variant: Variant,
    cost: u32,
    salt: [u8; 16],
}

/// What bcrypt reads of a password, in bytes; and what Blowfish reads of a key at once.
const KEY: usize = 72;

impl Bcrypt {
    pub(crate) fn new(variant: Variant, cost: u32, salt: [u8; 16], limits: &Limits) -> Result<Self, Fault> {
        at_most(cost.into(), limits.bcrypt_cost.into(), Limit::BcryptCost)?;
        Ok(Self { variant, cost, salt })
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Bcrypt { cost: self.cost }
    }

    /// Whether `password` gives the hash whose text is `expected`.
    pub(crate) fn matches(&self, password: &[u8], expected: &[u8]) -> bool {
        let key = key(password);
        let is_expected = |hash: [u8; 24]| {
            let hash = Zeroizing::new(hash);
            let text = hash.get(..23).map(|hash| Zeroizing::new(Base64Bcrypt::encode_string(hash).into_bytes()));
            text.is_some_and(|text| text.ct_eq(expected).into())
        };
        match self.variant {
            Variant::B | Variant::Y => is_expected(bcrypt::bcrypt(self.cost, self.salt, &key)),
            Variant::X => is_expected(bcrypt::bcrypt(self.cost, self.salt, words(&key, Sign::Extended).as_slice())),
            Variant::A => {
                is_expected(bcrypt::bcrypt(self.cost, self.salt, &key))
                    || (collides(&key) && is_expected(self.deviating(&key)))
            }
        }
    }

    /// bcrypt as crypt_blowfish computes it for a `$2a$` password that [`collides`]: one bit of the key is another, the
    /// first time that it is used.
    fn deviating(&self, key: &[u8]) -> [u8; 24] {
        let mut first = words(key, Sign::Ignored);
        if let Some(byte) = first.get_mut(1) {
            *byte ^= 1;
        }
        let mut state = Blowfish::bc_init_state();
        state.salted_expand_key(&self.salt, first.as_slice());
        for _ in 0..1u32 << self.cost {
            state.bc_expand_key(key);
            state.bc_expand_key(&self.salt);
        }
        let mut hash = [0; 24];
        let (blocks, _) = hash.as_chunks_mut::<8>();
        for (block, text) in blocks.iter_mut().zip([b"OrpheanB", b"eholderS", b"cryDoubt"]) {
            let mut halves = u64::from_be_bytes(*text);
            for _ in 0..64 {
                let [left, right] = state.bc_encrypt([(halves >> 32) as u32, halves as u32]);
                halves = u64::from(left) << 32 | u64::from(right);
            }
            *block = halves.to_be_bytes();
        }
        hash
    }
}

/// What is left of a password: 72 bytes, or all of it and a NUL.
fn key(password: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.iter().copied().chain([0]).take(KEY).collect())
}

/// How a byte above 127 is made part of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Ignored,
    Extended,
}

/// The 18 words that Blowfish makes of a key by repeating it, as bytes: a key that gives these very words.
fn words(key: &[u8], sign: Sign) -> Zeroizing<[u8; KEY]> {
    let mut words = Zeroizing::new([0; KEY]);
    let mut bytes = key.iter().cycle();
    for word in words.as_chunks_mut::<4>().0 {
        let joined = bytes.by_ref().take(4).fold(0u32, |word, byte| {
            let byte = match sign {
                Sign::Ignored => u32::from(*byte),
                Sign::Extended => i32::from(byte.cast_signed()).cast_unsigned(),
            };
            word << 8 | byte
        });
        *word = joined.to_be_bytes();
    }
    words
}

/// Whether the bug of `$2x$` gives this key's words for other passwords too: a byte above 127 overwrote what was before
/// it in its word, and that was 255 anyway.
fn collides(key: &[u8]) -> bool {
    let right = words(key, Sign::Ignored);
    let overwrites = right.as_chunks::<4>().0.iter().any(|[_, rest @ ..]| rest.iter().any(|byte| *byte > 127));
    overwrites && *right == *words(key, Sign::Extended)
}
