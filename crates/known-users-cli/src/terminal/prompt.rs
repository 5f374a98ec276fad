//! Questions: answered by an option, or by somebody at a terminal, or not at all.

use std::{
    fmt::Display,
    io::{self, IsTerminal},
};

use aws_failure::Failure;
use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Select, Text, error::InquireResult};
use user_pool::secret::Secret;

use crate::terminal::{interrupt::Interrupt, output::printable};

/// Asks.
pub(crate) struct Ask {
    is_terminal: bool,
    interrupt: Interrupt,
}

impl Ask {
    /// `stdin_is_taken` where something else is read from standard input.
    pub(crate) fn new(interrupt: Interrupt, stdin_is_taken: bool) -> Self {
        let is_terminal = !stdin_is_taken && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { is_terminal, interrupt }
    }

    /// Whether anybody is there to ask.
    pub(crate) fn is_possible(&self) -> bool {
        self.is_terminal
    }

    /// Whether the question `what` will have an answer: for before anything is made.
    pub(crate) fn require(&self, what: &str, is_given: bool, options: &str) -> Result<(), Failure> {
        if is_given || self.is_terminal {
            return Ok(());
        }
        Err(Failure::usage(
            format!("ask {what}"),
            "standard input and standard error are not a terminal",
            format!("give {options}, or run it on a terminal"),
        ))
    }

    /// A line of text.
    pub(crate) async fn text(&self, question: &str, option: &str) -> Result<String, Failure> {
        self.require(question, false, option)?;
        let question = question.to_owned();
        self.blocking(move || {
            loop {
                let answer = Text::new(&question).prompt()?;
                if !answer.trim().is_empty() {
                    return Ok(answer.trim().to_owned());
                }
            }
        })
        .await
    }

    /// A password, which is not shown.
    pub(crate) async fn password(&self, question: &str, option: &str) -> Result<Secret, Failure> {
        self.require(question, false, option)?;
        let question = question.to_owned();
        self.blocking(move || {
            loop {
                let prompt =
                    Password::new(&question).without_confirmation().with_display_mode(PasswordDisplayMode::Hidden);
                let answer = prompt.prompt()?;
                if !answer.is_empty() {
                    return Ok(Secret::new(answer));
                }
            }
        })
        .await
    }

    /// One of several; the index.
    pub(crate) async fn choice(&self, question: &str, options: &[String], option: &str) -> Result<usize, Failure> {
        self.require(question, false, option)?;
        let question = question.to_owned();
        let options: Vec<Choice> = options.iter().enumerate().map(|(at, text)| Choice(at, printable(text))).collect();
        self.blocking(move || Select::new(&question, options).prompt().map(|Choice(at, _)| at)).await
    }

    /// Yes or no; yes if nothing is typed.
    pub(crate) async fn yes(&self, question: &str, option: &str) -> Result<bool, Failure> {
        self.yes_or_no(question, option, true).await
    }

    /// Yes or no; `default` if nothing is typed.
    pub(crate) async fn yes_or_no(&self, question: &str, option: &str, default: bool) -> Result<bool, Failure> {
        self.require(question, false, option)?;
        let question = printable(question);
        self.blocking(move || Confirm::new(&question).with_default(default).prompt()).await
    }

    /// Yes or no; no if nothing is typed.
    pub(crate) async fn confirm(&self, question: &str, option: &str) -> Result<bool, Failure> {
        self.require(question, false, option)?;
        let question = question.to_owned();
        self.blocking(move || Confirm::new(&question).with_default(false).prompt()).await
    }

    /// Asks in a thread of its own, so that a signal is heard meanwhile.
    async fn blocking<T: Send + 'static>(
        &self,
        ask: impl FnOnce() -> InquireResult<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.interrupt.check()?;
        let answer = tokio::task::spawn_blocking(ask);
        tokio::select! {
            biased;
            () = self.interrupt.more_than(0) => {
                give_the_terminal_back();
                Err(Failure::interrupted())
            }
            answer = answer => match answer {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(InquireError::OperationInterrupted | InquireError::OperationCanceled)) => {
                    self.interrupt.tell();
                    Err(Failure::interrupted())
                }
                Ok(Err(error)) => Err(Failure::new("ask on this terminal", error, "give the answers as options")),
                Err(error) => Err(Failure::new("ask on this terminal", error, "give the answers as options")),
            },
        }
    }
}

/// A prompt that is cut off does not clean up after itself.
fn give_the_terminal_back() {
    let _ = crossterm::terminal::disable_raw_mode();
    let _ = crossterm::execute!(io::stderr(), crossterm::cursor::Show, crossterm::style::Print("\n"));
}

/// An option of a list and its place in it.
struct Choice(usize, String);

impl Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_failure::Kind;

    #[test]
    fn what_nobody_can_answer_is_named_by_its_option() {
        let ask = Ask { is_terminal: false, interrupt: Interrupt::deaf() };
        assert!(ask.require("which known user", true, "--user").is_ok());
        let failure = ask.require("which known user", false, "--user").unwrap_err();
        assert_eq!(failure.kind, Kind::Usage);
        assert_eq!(
            failure.to_string(),
            "error: cannot ask which known user\n  why: standard input and standard error are not a terminal\n  \
             what to do: give --user, or run it on a terminal"
        );
        assert!(Ask { is_terminal: true, ..ask }.require("which known user", false, "--user").is_ok());
    }
}
