//! A password, and where it comes from.

use std::{env, fmt, fs, io, path::Path};

use crate::{
    cli::{PASSWORD_VARIABLE, Stage},
    failure::Failure,
};

/// Something that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For the one request that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// A password that nobody knows and no policy refuses.
    pub(crate) fn throw_away() -> Self {
        Self(format!("aA1!{}", uuid::Uuid::new_v4()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The password that the options or the environment give; nothing where it has to be asked for.
pub(crate) fn given(stage: &Stage) -> Result<Option<Secret>, Failure> {
    if stage.password_stdin {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        return read
            .map_err(|error| error.to_string())
            .and_then(|_| first_line(&line))
            .map(Some)
            .map_err(|why| Failure::usage("read the password from standard input", why, "give it as the first line"));
    }
    if let Some(path) = &stage.password_file {
        return from_file(path).map(Some);
    }
    Ok(env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()).map(Secret))
}

fn from_file(path: &Path) -> Result<Secret, Failure> {
    fs::read_to_string(path).map_err(|error| error.to_string()).and_then(|text| first_line(&text)).map_err(|why| {
        Failure::usage(
            format!("read the password from `{}`", path.display()),
            why,
            "give --password-file a readable file whose first line is the password",
        )
    })
}

fn first_line(text: &str) -> Result<Secret, String> {
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err("its first line is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_to_the_letter() {
        assert_eq!(first_line(" a b \r\nsecond").unwrap().expose(), " a b ");
        assert_eq!(first_line("ä\n").unwrap().expose(), "ä");
        for empty in ["", "\n", "\r\nx"] {
            assert_eq!(first_line(empty).unwrap_err(), "its first line is empty");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
