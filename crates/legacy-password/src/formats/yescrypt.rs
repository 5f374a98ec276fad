//! yescrypt, what Debian, Fedora and Ubuntu write by default: `$y$<parameters>$<salt>$<hash>`, in crypt(3)'s base64.

use crate::{
    algorithms::yescrypt::Yescrypt, derivation::Derivation, encoding, error::Error, format::Format, limits::Limits,
    parsed::Parsed,
};

/// Reads what follows `$y$`.
pub(crate) fn parse(format: Format, rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let mut fields = rest.split('$');
    let mut field = |part| fields.next().ok_or_else(|| format.missing(part));
    let (parameters, salt, hash) = (field("parameters")?, field("salt")?, field("hash")?);
    if fields.next().is_some() {
        return Err(format.malformed("hash", "is followed by something"));
    }
    let salt = encoding::crypt_base64(salt).ok_or_else(|| format.malformed("salt", "is not crypt's base64"))?;
    let hash = encoding::crypt_base64(hash).ok_or_else(|| format.malformed("hash", "is not crypt's base64"))?;
    if hash.len() != 32 {
        return Err(format.malformed("hash", "is not of 32 bytes"));
    }
    let yescrypt = Yescrypt::new(parameters, salt, limits).map_err(|fault| fault.of(format))?;
    Ok(Parsed::new(format, Derivation::Yescrypt(yescrypt), hash))
}
