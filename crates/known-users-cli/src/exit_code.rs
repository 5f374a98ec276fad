//! How the tool ends: one list of codes, from which every `--help` takes its own.

use std::process;

use aws_failure::Kind;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Found = 3,
    Left = 4,
    Errors = 5,
    Interrupted = 130,
}

/// How wide a line of the help is, in columns: as wide as a terminal is at least.
const WIDTH: usize = 80;

impl ExitCode {
    /// Every code, with what it means in every command.
    pub(crate) const ALL: [(Self, &str); 7] = [
        (Self::Done, "done"),
        (Self::Failed, "something failed"),
        (Self::Usage, "the command line or an input is wrong; nothing was changed"),
        (Self::Found, "every call worked, but something is not as it should be"),
        (Self::Left, "something is left that you have to see to"),
        (Self::Errors, "errors were found, by the doctor"),
        (Self::Interrupted, "interrupted"),
    ];

    /// How a failure of this kind ends the tool.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Failed => Self::Failed,
            Kind::Usage => Self::Usage,
            Kind::NotShown | Kind::Found => Self::Found,
            Kind::Interrupted => Self::Interrupted,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// The part of a `--help` that lists exit codes, with what each means there.
pub(crate) fn help(codes: &[(ExitCode, &str)]) -> String {
    let line = |(code, meaning): &(ExitCode, &str)| {
        let first = format!("  {:<5}", *code as u8);
        let options = textwrap::Options::new(WIDTH).initial_indent(&first).subsequent_indent("       ");
        textwrap::fill(meaning, options)
    };
    let lines: Vec<String> = codes.iter().map(line).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

/// The same behind some prose, whose paragraphs are wrapped; what is indented stays as it is.
pub(crate) fn help_after(prose: &str, codes: &[(ExitCode, &str)]) -> String {
    let wrapped = prose.split("\n\n").map(|paragraph| {
        let is_laid_out = paragraph.lines().any(|line| line.starts_with(' '));
        if is_laid_out { paragraph.to_owned() } else { textwrap::fill(&paragraph.replace('\n', " "), WIDTH) }
    });
    let parts: Vec<String> = wrapped.chain([help(codes)]).collect();
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_one_below_the_other_and_wrapped() {
        let long = "a step failed; the pool and the functions are as they were, which was read back";
        assert_eq!(
            help(&[(ExitCode::Done, "done"), (ExitCode::Failed, long), (ExitCode::Interrupted, "interrupted")]),
            "Exit codes:\n  0    done\n  1    a step failed; the pool and the functions are as they were, which was\n       \
             read back\n  130  interrupted"
        );
    }
    #[test]
    fn prose_is_wrapped_and_what_is_laid_out_is_not() {
        let prose = "A sentence\nthat was broken.\n\nWhat is counted:\n  a   b";
        assert_eq!(
            help_after(prose, &[(ExitCode::Done, "done")]),
            "A sentence that was broken.\n\nWhat is counted:\n  a   b\n\nExit codes:\n  0    done"
        );
    }
}
