//! What a column says, by its name.

/// What a column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Email,
    UserName,
    EmailVerified,
    Suspended,
    PasswordHash,
    /// An attribute of Cognito's, as it is.
    Attribute,
    /// An attribute of Cognito's that is `true` or `false`.
    Flag,
    /// Whether Cognito's own import would ask for a second factor.
    Mfa,
    /// What a trigger noted.
    Note,
}

/// Cognito's standard attributes but for `email`, `email_verified` and `sub`, after OpenID Connect Core 1.0, section 5.1.
const ATTRIBUTES: [&str; 16] = [
    "address",
    "birthdate",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Whether a file can carry an attribute of this name: a standard one of Cognito's, or a custom one.
pub fn is_attribute(name: &str) -> bool {
    matches!(Column::named(name), Ok(Column::Attribute | Column::Flag))
}

impl Column {
    /// The column of this name, or why there is none.
    pub(crate) fn named(name: &str) -> Result<Self, &'static str> {
        Ok(match name {
            "email" => Self::Email,
            "user_name" | "cognito:username" => Self::UserName,
            "email_verified" => Self::EmailVerified,
            "suspended" => Self::Suspended,
            "password_hash" => Self::PasswordHash,
            "phone_number_verified" => Self::Flag,
            "cognito:mfa_enabled" => Self::Mfa,
            "last_login" | "migrated_at" | "migrated_as" | "readmitted_at" | "confirmed_at" | "user_sub" => Self::Note,
            "sub" => return Err("cannot be: Cognito gives every user a `sub` of its own"),
            "" => return Err("has no name"),
            name if ATTRIBUTES.contains(&name) => Self::Attribute,
            name if ["custom:", "dev:custom:"]
                .iter()
                .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix)) =>
            {
                Self::Attribute
            }
            _ => return Err("is neither a column of a list of known users nor an attribute of Cognito's (`custom:…`)"),
        })
    }
}

/// The column's name for a message. Where a file has no row of names, anything can be in their place, so only what looks
/// like a name is repeated.
pub(crate) fn shown(name: &str, position: usize) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_:.-".contains(c);
    if !name.is_empty() && name.len() < 32 && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        position.to_string()
    }
}
