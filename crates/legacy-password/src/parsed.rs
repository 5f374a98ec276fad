//! What a format makes of its text.

use crate::{derivation::Derivation, format::Format, preparation::Preparation, typed::Typed};

/// An encoding, taken apart, whole and within the limits.
pub(crate) struct Parsed {
    pub(crate) format: Format,
    /// How a password reaches the first step.
    pub(crate) typed: Typed,
    /// In the order in which they are applied.
    pub(crate) preparations: Vec<Preparation>,
    pub(crate) derivation: Derivation,
    /// What the derivation makes of the right password: bytes, or the text that crypt(3) makes of them.
    pub(crate) expected: Vec<u8>,
}

impl Parsed {
    pub(crate) fn new(format: Format, derivation: Derivation, expected: Vec<u8>) -> Self {
        Self { format, typed: Typed::AsIs, preparations: Vec::new(), derivation, expected }
    }

    /// With a system's forms before it.
    pub(crate) fn typed(self, typed: Typed) -> Self {
        Self { typed, ..self }
    }

    /// With a step that comes before those that there are.
    pub(crate) fn after(mut self, preparation: Preparation) -> Self {
        self.preparations.insert(0, preparation);
        self
    }
}
