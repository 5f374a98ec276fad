//! Argon2 (RFC 9106), of version 16 too.

pub(crate) use argon2::{Algorithm, Version};
use argon2::{AssociatedData, MIN_SALT_LEN, Params, ParamsBuilder};

use crate::{
    algorithms::cost::Cost,
    fault::{Fault, at_most},
    limits::{Limit, Limits},
};

pub(crate) struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    parameters: Params,
    salt: Vec<u8>,
    keyed: bool,
}

/// Salt and parameters, as they are read.
pub(crate) struct Setting {
    pub(crate) algorithm: Algorithm,
    pub(crate) version: Version,
    /// In KiB.
    pub(crate) memory: u64,
    pub(crate) passes: u64,
    pub(crate) lanes: u64,
    /// What is hashed besides, and no secret.
    pub(crate) data: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    /// Whether the project's secret is part of it.
    pub(crate) keyed: bool,
}

/// The shortest output that is a hash, in bytes (PHC string format).
const SHORTEST: usize = 10;

const REFUSED: Fault = Fault::Malformed("parameters", "are not Argon2's");

impl Argon2 {
    /// Argon2 of `length` bytes of output.
    pub(crate) fn new(setting: Setting, length: usize, limits: &Limits) -> Result<Self, Fault> {
        let Setting { algorithm, version, memory, passes, lanes, data, salt, keyed } = setting;
        at_most(memory, limits.argon2_memory.into(), Limit::Argon2Memory)?;
        at_most(passes, limits.argon2_passes.into(), Limit::Argon2Passes)?;
        at_most(lanes, limits.argon2_lanes.into(), Limit::Argon2Lanes)?;
        at_most(length as u64, limits.output_length as u64, Limit::OutputLength)?;
        if length < SHORTEST {
            return Err(Fault::Malformed("hash", "is too short"));
        }
        if salt.len() < MIN_SALT_LEN {
            return Err(Fault::Malformed("salt", "is too short"));
        }
        let cost = |cost: u64| u32::try_from(cost).map_err(|_| REFUSED);
        let mut builder = ParamsBuilder::new();
        builder.m_cost(cost(memory)?).t_cost(cost(passes)?).p_cost(cost(lanes)?).output_len(length);
        builder.data(AssociatedData::new(&data).map_err(|_| Fault::Malformed("data", "is too long"))?);
        Ok(Self { algorithm, version, parameters: builder.build().map_err(|_| REFUSED)?, salt, keyed })
    }

    /// Whether the project's secret is part of it.
    pub(crate) fn is_keyed(&self) -> bool {
        self.keyed
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Argon2 { memory_kib: self.parameters.m_cost(), passes: self.parameters.t_cost() }
    }

    /// Fills `output`, which is as long as was said. `secret` is empty where it is not keyed.
    pub(crate) fn fill(&self, password: &[u8], secret: &[u8], output: &mut [u8]) -> Result<(), Fault> {
        argon2::Argon2::new_with_secret(secret, self.algorithm, self.version, self.parameters.clone())
            .and_then(|argon2| argon2.hash_password_into(password, &self.salt, output))
            .map_err(|error| if error == argon2::Error::OutOfMemory { Fault::OutOfMemory } else { REFUSED })
    }
}
