//! Supabase's hashes of people who came from Firebase: `$fbscrypt$v=1,n=<mem_cost>,r=<rounds>,p=1,ss=<salt separator>,
//! sk=<signer key>$<salt>$<hash>`. Unlike Firebase's own export they bring the project's parameters along.

use crate::{
    algorithms::firebase_scrypt::{FirebaseProject, SIGNER_KEY},
    derivation::Derivation,
    encoding,
    error::Error,
    format::Format,
    formats::phc::Named,
    limits::Limits,
    parsed::Parsed,
};

/// Reads what follows `$fbscrypt$`.
pub(crate) fn parse(rest: &str, limits: &Limits) -> Result<Parsed, Error> {
    let format = Format::SupabaseFirebase;
    let mut fields = rest.split('$');
    let mut field = |part| fields.next().ok_or_else(|| format.missing(part));
    let (named, salt, hash) = (field("parameters")?, field("salt")?, field("hash")?);
    if fields.next().is_some() {
        return Err(format.malformed("hash", "is followed by something"));
    }
    let named = Named::read(format, named, &["v", "n", "r", "p", "ss", "sk"])?;
    if named.number("v")? != 1 {
        return Err(format.malformed("v", "is not 1"));
    }
    if named.number("p")? != 1 {
        return Err(format.malformed("p", "is not 1"));
    }
    let number = |name| Ok(u32::try_from(named.number(name)?).unwrap_or(u32::MAX));
    let text = |name| named.text(name).ok_or_else(|| format.missing(name));
    let project = FirebaseProject::new_within(text("sk")?, text("ss")?, number("r")?, number("n")?, limits);
    let project = project.map_err(|error| match error {
        Error::SecretMalformed { .. } => format.malformed("parameters", "are not Firebase's"),
        other => other,
    })?;
    let salt = encoding::any_base64(salt).ok_or_else(|| format.malformed("salt", "is not base64"))?;
    let hash = encoding::any_base64(hash).ok_or_else(|| format.malformed("hash", "is not base64"))?;
    if hash.len() != SIGNER_KEY {
        return Err(format.malformed("hash", "is not of 64 bytes"));
    }
    let derivation = Derivation::Firebase { salt, project: Some(Box::new(project)) };
    Ok(Parsed::new(format, derivation, hash))
}
