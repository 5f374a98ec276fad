//! Better Auth's and Lucia's `<salt>:<hash>`: scrypt with N = 16,384, r = 16 and p = 1, of the password in its compatibility
//! form (NFKC) and the salt's hexadecimal digits as text.

use crate::{
    algorithms::scrypt::Scrypt, derivation::Derivation, encoding, error::Error, format::Format, limits::Limits,
    parsed::Parsed, preparation::Preparation,
};

/// Reads an encoding; nothing if it is not 16 bytes and 64 in hexadecimal digits.
pub(crate) fn parse(encoded: &str, limits: &Limits) -> Option<Result<Parsed, Error>> {
    let format = Format::BetterAuth;
    let (salt, hash) = encoded.split_once(':')?;
    let hash = encoding::hex(hash).filter(|hash| hash.len() == 64)?;
    encoding::hex(salt).filter(|salt| salt.len() == 16)?;
    let scrypt = Scrypt::new(16_384, 16, 1, salt.into(), hash.len(), limits).map_err(|fault| fault.of(format));
    Some(scrypt.map(|scrypt| Parsed::new(format, Derivation::Scrypt(scrypt), hash).after(Preparation::Nfkc)))
}
