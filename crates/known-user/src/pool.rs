//! A user pool, as far as its setting says who its users are.

use std::str::FromStr;

/// A setting's value is none of its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {words}")]
pub struct UnknownWord {
    text: String,
    words: &'static str,
}

impl UnknownWord {
    /// `words` are the words that there are, each in backticks, with commas between them.
    pub fn new(text: &str, words: &'static str) -> Self {
        Self { text: text.to_owned(), words }
    }
}

/// How the users of a pool sign in, which is what `userName` means in its events. The pool's setting, for good:
/// `SIGN_IN_WITH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignInWith {
    /// A user name.
    #[default]
    Username,
    /// A user name, or the verified email that is its alias.
    EmailAlias,
    /// The email; Cognito makes up a UUID as `userName`.
    Email,
}

impl FromStr for SignInWith {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "username" => Ok(Self::Username),
            "email-alias" => Ok(Self::EmailAlias),
            "email" => Ok(Self::Email),
            _ => Err(UnknownWord::new(text, "`username`, `email-alias`, `email`")),
        }
    }
}

/// When somebody who is suspended is refused: `CHECK_SUSPENDED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CheckSuspended {
    /// Before the password is looked at, by pre authentication.
    #[default]
    Before,
    /// After the password, by post authentication, where it tells nobody else anything.
    After,
    /// Never: the mark keeps them from migrating, and from nothing else.
    Never,
}

impl FromStr for CheckSuspended {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "before" => Ok(Self::Before),
            "after" => Ok(Self::After),
            "never" => Ok(Self::Never),
            _ => Err(UnknownWord::new(text, "`before`, `after`, `never`")),
        }
    }
}

/// How a pool names its users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pool {
    /// What people sign in with.
    pub sign_in_with: SignInWith,
    /// Whether `Ann` and `ann` are two users: `USER_NAMES_CASE_SENSITIVE`.
    pub case_sensitive: bool,
}

impl Pool {
    /// Whether people have user names (a *name pool*), or their email is their user name (an *email pool*).
    pub fn has_user_names(self) -> bool {
        self.sign_in_with != SignInWith::Email
    }

    /// The spelling that all spellings of one of the pool's user names share. Unicode's forms stay apart: Cognito may hold
    /// them for two users.
    pub fn same(self, user_name: &str) -> String {
        if self.case_sensitive { user_name.to_owned() } else { user_name.to_lowercase() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_one_of_three_words() {
        assert_eq!("email-alias".parse(), Ok(SignInWith::EmailAlias));
        assert_eq!("after".parse(), Ok(CheckSuspended::After));
        assert_eq!(
            "true".parse::<CheckSuspended>().unwrap_err().to_string(),
            "`true` is none of `before`, `after`, `never`"
        );
        assert_eq!(
            "Email".parse::<SignInWith>().unwrap_err().to_string(),
            "`Email` is none of `username`, `email-alias`, `email`"
        );
    }
}
