//! What verifying a password will take, before it is done.

use crate::{Error, Format, function::Function, hash::Hash};

/// What an encoding asks for. Memory and time of everything else here are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cost {
    /// bcrypt: two to the power of `cost` rounds.
    Bcrypt {
        /// As the encoding has it.
        cost: u32,
    },
    /// Argon2.
    Argon2 {
        /// In KiB.
        memory: u32,
        /// How often it is gone over.
        passes: u32,
    },
    /// scrypt.
    Scrypt {
        /// 128·N·r, in bytes.
        memory: u64,
        /// N·r·p.
        work: u64,
    },
    /// A digest that is repeated: PBKDF2 (an HMAC a round), phpass, Drupal, crypt(3).
    Rounds {
        /// How often.
        rounds: u32,
    },
    /// One digest.
    Digest,
    /// Firebase's scrypt, whose parameters are the project's and not in the encoding.
    OfTheProject,
}

impl Cost {
    /// What verifying against `encoded` takes.
    ///
    /// # Errors
    /// What [`Format::of`] refuses.
    ///
    /// ```
    /// use legacy_password::{Cost, Format};
    ///
    /// let encoded = "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
    /// assert_eq!(Cost::of(encoded), Ok((Format::Bcrypt, Cost::Bcrypt { cost: 4 })));
    /// ```
    pub fn of(encoded: &str) -> Result<(Format, Self), Error> {
        let hash = Hash::of(encoded)?;
        Ok((hash.format, hash.function.cost()))
    }
}

impl Function {
    fn cost(&self) -> Cost {
        match self {
            Self::Argon2(argon2) => argon2.cost(),
            Self::Bcrypt(bcrypt) => Cost::Bcrypt { cost: bcrypt.cost() },
            Self::Firebase { .. } => Cost::OfTheProject,
            Self::Md5Crypt { .. } => Cost::Rounds { rounds: MD5_CRYPT },
            Self::Pbkdf2 { rounds, .. } | Self::Repeated { rounds, .. } => Cost::Rounds { rounds: *rounds },
            Self::Salted { .. } => Cost::Digest,
            Self::Scrypt { parameters, .. } => {
                let blocks = parameters.n().saturating_mul(u64::from(parameters.r()));
                Cost::Scrypt {
                    memory: blocks.saturating_mul(128),
                    work: blocks.saturating_mul(u64::from(parameters.p())),
                }
            }
            Self::Sha256Crypt { rounds, .. } | Self::Sha512Crypt { rounds, .. } => {
                // The crate shows the number in its text alone: `rounds=5000`.
                let text = rounds.to_string();
                let number = text.rsplit('=').next().and_then(|number| number.parse().ok());
                Cost::Rounds { rounds: number.unwrap_or(sha_crypt::Params::RECOMMENDED_ROUNDS) }
            }
        }
    }
}

/// crypt(3)'s MD5 has a fixed number.
const MD5_CRYPT: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_the_encodings_own() {
        let b64 = "c2FsdHNhbHQ";
        let hash = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
        for (encoded, format, cost) in [
            (
                format!("$argon2id$v=19$m=65536,t=3,p=4${b64}${hash}"),
                Format::Argon2,
                Cost::Argon2 { memory: 65536, passes: 3 },
            ),
            (
                format!("$scrypt$ln=15,r=8,p=2${b64}${hash}"),
                Format::Scrypt,
                Cost::Scrypt { memory: 32 << 20, work: 2 << 18 },
            ),
            (format!("$pbkdf2-sha256$i=600000,l=32${b64}${hash}"), Format::Pbkdf2Phc, Cost::Rounds { rounds: 600_000 }),
            (
                "$6$rounds=10000$salt$".to_owned() + &"a".repeat(85) + ".",
                Format::Sha512Crypt,
                Cost::Rounds { rounds: 10000 },
            ),
            ("$6$salt$".to_owned() + &"a".repeat(85) + ".", Format::Sha512Crypt, Cost::Rounds { rounds: 5000 }),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=".to_owned(), Format::LdapSha, Cost::Digest),
            (format!("$firebase$c2FsdA==${}==", "A".repeat(86)), Format::Firebase, Cost::OfTheProject),
        ] {
            assert_eq!(Cost::of(&encoded), Ok((format, cost)), "{encoded}");
        }
        assert_eq!(Cost::of("password"), Err(Error::UnknownFormat));
    }
}
