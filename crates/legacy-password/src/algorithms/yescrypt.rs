//! yescrypt (openwall.com/yescrypt), which libxcrypt writes by default.

use yescrypt::Params;

use crate::{
    algorithms::{cost::Cost, scrypt},
    fault::Fault,
    limits::Limits,
};

pub(crate) struct Yescrypt {
    parameters: Params,
    salt: Vec<u8>,
}

const REFUSED: Fault = Fault::Malformed("parameters", "are not yescrypt's");

/// A letter for the flavour, one for log₂ N, and one or two for r. What may follow, more lanes or more time, crypt(3) never
/// writes.
const LONGEST: usize = 4;

impl Yescrypt {
    /// The parameters as text, as crypt(3) has them: `j9T`.
    pub(crate) fn new(parameters: &str, salt: Vec<u8>, limits: &Limits) -> Result<Self, Fault> {
        if parameters.len() > LONGEST {
            return Err(REFUSED);
        }
        let parameters: Params = parameters.parse().map_err(|_| REFUSED)?;
        // Its tables are scrypt's, and so is its work, by and large.
        scrypt::checked(parameters.n(), parameters.r().into(), parameters.p().into(), limits)?;
        Ok(Self { parameters, salt })
    }

    pub(crate) fn cost(&self) -> Cost {
        let blocks = self.parameters.n().saturating_mul(u64::from(self.parameters.r()));
        Cost::Scrypt {
            memory_bytes: blocks.saturating_mul(128),
            work: blocks.saturating_mul(u64::from(self.parameters.p())),
        }
    }

    /// Fills `output`.
    pub(crate) fn fill(&self, password: &[u8], output: &mut [u8]) -> Result<(), Fault> {
        yescrypt::yescrypt(password, &self.salt, &self.parameters, output).map_err(|_| REFUSED)
    }
}
