//! scrypt (RFC 7914).

use scrypt::Params;

use crate::{
    algorithms::cost::Cost,
    fault::{Fault, at_most},
    limits::{Limit, Limits},
};

pub(crate) struct Scrypt {
    parameters: Params,
    salt: Vec<u8>,
}

impl Scrypt {
    /// scrypt of `length` bytes of output.
    pub(crate) fn new(n: u64, r: u64, p: u64, salt: Vec<u8>, length: usize, limits: &Limits) -> Result<Self, Fault> {
        at_most(length as u64, limits.output_length as u64, Limit::OutputLength)?;
        Ok(Self { parameters: checked(n, r, p, limits)?, salt })
    }

    pub(crate) fn cost(&self) -> Cost {
        cost(&self.parameters)
    }

    /// Fills `output`, which is as long as was said.
    pub(crate) fn fill(&self, password: &[u8], output: &mut [u8]) -> Result<(), Fault> {
        scrypt::scrypt(password, &self.salt, &self.parameters, output)
            .map_err(|_| Fault::Malformed("hash", "is not scrypt's"))
    }
}

/// What these parameters take.
pub(crate) fn cost(parameters: &Params) -> Cost {
    let blocks = parameters.n().saturating_mul(u64::from(parameters.r()));
    Cost::Scrypt { memory_bytes: blocks.saturating_mul(128), work: blocks.saturating_mul(u64::from(parameters.p())) }
}

/// scrypt's parameters, within the limits.
pub(crate) fn checked(n: u64, r: u64, p: u64, limits: &Limits) -> Result<Params, Fault> {
    at_most(n.saturating_mul(r).saturating_mul(128), limits.scrypt_memory, Limit::ScryptMemory)?;
    at_most(r.saturating_mul(p), limits.scrypt_blocks, Limit::ScryptBlocks)?;
    at_most(n.saturating_mul(r).saturating_mul(p), limits.scrypt_work, Limit::ScryptWork)?;
    if n < 2 || !n.is_power_of_two() {
        return Err(Fault::Malformed("N", "is not a power of two"));
    }
    let refused = Fault::Malformed("parameters", "are not scrypt's");
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| refused)?;
    let [r, p] = [r, p].map(|value| u32::try_from(value).unwrap_or(0));
    // The crate wants both above zero.
    Params::new(log_n, r, p).map_err(|_| refused)
}
