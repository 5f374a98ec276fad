//! The end of a command: what went wrong goes to standard error, the facts go to the JSON result, a code to the shell.

use std::process;

use aws_failure::Failure;
use serde_json::{Map, Value, json};

use crate::{
    exit_code::ExitCode,
    terminal::output::{self, Show},
};

/// The members of a JSON result.
pub(crate) type Facts = Map<String, Value>;

/// How a command ended.
pub(crate) struct Outcome {
    /// In one word, as the JSON result has it.
    word: &'static str,
    code: ExitCode,
    facts: Facts,
    failure: Option<Failure>,
    /// Whether the failure has still to be told.
    is_told: bool,
}

impl Outcome {
    /// It came to its end, which this word tells.
    pub(crate) fn done(word: &'static str, facts: Facts) -> Self {
        Self { word, code: ExitCode::Done, facts, failure: None, is_told: true }
    }

    /// It did not; these facts are told nevertheless.
    pub(crate) fn failed(failure: Failure, facts: Facts) -> Self {
        Self {
            word: failure.kind.name(),
            code: ExitCode::of(failure.kind),
            facts,
            failure: Some(failure),
            is_told: false,
        }
    }

    /// With another code than usual.
    pub(crate) fn with_code(self, code: ExitCode) -> Self {
        Self { code, ..self }
    }

    /// With another word than usual.
    pub(crate) fn with_word(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    /// Whoever waits has heard of the failure already.
    pub(crate) fn without_telling(self) -> Self {
        Self { is_told: true, ..self }
    }

    /// Tells it, and what the shell is told.
    pub(crate) fn end(mut self, show: &Show) -> process::ExitCode {
        if let Some(failure) = &self.failure {
            if !self.is_told {
                output::error(&failure.to_string());
            }
            self.facts.insert("error".to_owned(), failure.to_json());
        }
        self.facts.insert("outcome".to_owned(), json!(self.word));
        show.result(&Value::Object(self.facts));
        self.code.into()
    }
}

impl From<Result<(&'static str, Facts), Failure>> for Outcome {
    fn from(result: Result<(&'static str, Facts), Failure>) -> Self {
        match result {
            Ok((word, facts)) => Self::done(word, facts),
            Err(failure) => Self::failed(failure, Facts::new()),
        }
    }
}

/// The members of a JSON object.
pub(crate) fn facts<const N: usize>(members: [(&str, Value); N]) -> Facts {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
