//! Where a password comes from.

use std::{env, fs, io, path::Path};

use aws_failure::Failure;
use user_pool::secret::Secret;

/// Where a password may be given; never on the command line, which every process on a machine can read.
pub(crate) const PASSWORD_VARIABLE: &str = "KNOWN_USERS_PASSWORD";

/// The password that the options or the environment give; nothing where it has to be asked for.
pub(crate) fn given(is_on_stdin: bool, file: Option<&Path>) -> Result<Option<Secret>, Failure> {
    if is_on_stdin {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        return read
            .map_err(|error| error.to_string())
            .and_then(|_| first_line(&line))
            .map(Some)
            .map_err(|why| Failure::usage("read the password from standard input", why, "give it as the first line"));
    }
    if let Some(path) = file {
        return from_file(path).map(Some);
    }
    Ok(env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()).map(Secret::new))
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
}
