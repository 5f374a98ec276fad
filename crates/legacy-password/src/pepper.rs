//! A pepper: `$pepper$<recipe>$<encoding>`, an encoding of this crate's own around any other. What the other hashes is then
//! not the password but its HMAC under a key of the project's.

use crate::{
    Error, Format, Parameters,
    function::Digest,
    hash::{self, Hash},
    secret::Secret,
};

/// What an encoding begins with.
pub(crate) const PREFIX: &str = "$pepper$";

/// How the password is peppered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pepper {
    digest: Digest,
    spelling: Spelling,
}

/// How the HMAC is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// As its bytes.
    Raw,
    /// In hexadecimal digits, lower case.
    Hex,
    /// In base64, padded.
    Base64,
}

impl Pepper {
    fn of(text: &str) -> Option<Self> {
        let (digest, spelling) = text.strip_prefix("hmac-")?.split_once('-')?;
        let digest = match digest {
            "sha1" => Digest::Sha1,
            "sha256" => Digest::Sha256,
            "sha384" => Digest::Sha384,
            "sha512" => Digest::Sha512,
            _ => return None,
        };
        let spelling = match spelling {
            "raw" => Spelling::Raw,
            "hex" => Spelling::Hex,
            "base64" => Spelling::Base64,
            _ => return None,
        };
        Some(Self { digest, spelling })
    }

    pub(crate) fn apply(self, password: &[u8], parameters: &Parameters) -> Result<Secret, Error> {
        let mac = self.digest.hmac(parameters.pepper()?, password)?;
        Ok(match self.spelling {
            Spelling::Raw => mac,
            Spelling::Hex => hash::hex(&mac),
            Spelling::Base64 => hash::base64(&mac),
        })
    }
}

/// Reads what follows [`PREFIX`]. There is one pepper at most.
pub(crate) fn parse(rest: &str) -> Result<Hash, Error> {
    let format = Format::Peppered;
    let (recipe, encoded) = rest.split_once('$').ok_or_else(|| format.missing("encoding"))?;
    let pepper = Pepper::of(recipe).ok_or_else(|| format.malformed("recipe", "is not known"))?;
    Ok(Hash { pepper: Some(pepper), ..Hash::without_pepper(encoded)? })
}
