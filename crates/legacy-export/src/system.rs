//! Which systems' exports are read, and how each is told.

use std::{fmt, str::FromStr};

/// A system whose exports are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Auth0: the password hashes from support, and the profiles of `users-exports`.
    Auth0,
    /// Firebase: `firebase auth:export`.
    Firebase,
    /// Keycloak: `kc.sh export`.
    Keycloak,
    /// Supabase: `auth.users`.
    Supabase,
    /// Okta: `GET /api/v1/users`.
    Okta,
    /// Clerk: the dashboard's export.
    Clerk,
    /// Django: `manage.py dumpdata`, or `auth_user` as CSV.
    Django,
    /// WordPress: `wp_users` as CSV.
    WordPress,
    /// ASP.NET Core Identity and Identity 2: `AspNetUsers` as CSV; the older Membership: its tables joined.
    AspNet,
    /// Devise and Rails' own: `users` as CSV.
    Devise,
    /// Laravel: `users` as CSV.
    Laravel,
    /// Discourse: its tables joined.
    Discourse,
    /// LDAP: LDIF.
    Ldap,
    /// Another user pool: `aws cognito-idp list-users`.
    Cognito,
    /// FusionAuth: its tables joined.
    FusionAuth,
}

impl System {
    /// Each of them.
    pub const ALL: [Self; 15] = [
        Self::Auth0,
        Self::Firebase,
        Self::Keycloak,
        Self::Supabase,
        Self::Okta,
        Self::Clerk,
        Self::Django,
        Self::WordPress,
        Self::AspNet,
        Self::Devise,
        Self::Laravel,
        Self::Discourse,
        Self::Ldap,
        Self::Cognito,
        Self::FusionAuth,
    ];

    /// The name that stays the same, for command lines and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth0 => "auth0",
            Self::Firebase => "firebase",
            Self::Keycloak => "keycloak",
            Self::Supabase => "supabase",
            Self::Okta => "okta",
            Self::Clerk => "clerk",
            Self::Django => "django",
            Self::WordPress => "wordpress",
            Self::AspNet => "aspnet",
            Self::Devise => "devise",
            Self::Laravel => "laravel",
            Self::Discourse => "discourse",
            Self::Ldap => "ldap",
            Self::Cognito => "cognito",
            Self::FusionAuth => "fusionauth",
        }
    }

    /// Whether it was tried with files written after its documentation alone, and with no export of the running system.
    pub fn is_experimental(self) -> bool {
        !matches!(self, Self::Django | Self::Ldap)
    }

    /// Whether the system says of an address whether it is theirs. Of the others the owner has to.
    pub fn knows_verified_addresses(self) -> bool {
        !matches!(self, Self::Django | Self::WordPress | Self::Ldap)
    }

    /// Which system's export begins like this; nothing where it is none's, such as a list of known users.
    pub fn recognise(start: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(start);
        let text = text.trim_start();
        let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
        if text.starts_with(['{', '[']) {
            return Some(match () {
                () if has(&["\"credentialData\""]) || has(&["\"realm\"", "\"users\""]) => Self::Keycloak,
                () if has(&["\"localId\"", "\"users\""]) => Self::Firebase,
                () if has(&["\"passwordHash\"", "\"_id\""]) || has(&["\"user_id\"", "\"identities\""]) => Self::Auth0,
                () if has(&["\"encrypted_password\"", "\"aud\""]) => Self::Supabase,
                () if has(&["\"model\"", "\"fields\"", "\"pk\""]) => Self::Django,
                () if has(&["\"UserStatus\""]) => Self::Cognito,
                () if has(&["\"profile\"", "\"login\"", "\"status\""]) => Self::Okta,
                () if has(&["\"primary_email_address\""]) => Self::Clerk,
                () if has(&["\"encryption_scheme\""]) => Self::FusionAuth,
                () => return None,
            });
        }
        if text.starts_with("dn:") || text.starts_with("version: 1\n") || text.starts_with("version: 1\r\n") {
            return Some(Self::Ldap);
        }
        let header = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        let names: Vec<String> =
            header.split([',', ';', '\t']).map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
        let has = |wanted: &[&str]| wanted.iter().all(|wanted| names.iter().any(|name| name == wanted));
        Some(match () {
            () if has(&["encrypted_password", "aud"]) => Self::Supabase,
            () if has(&["encrypted_password", "email"]) || has(&["password_digest", "email"]) => Self::Devise,
            () if has(&["primary_email_address"]) => Self::Clerk,
            () if has(&["user_login", "user_email"]) => Self::WordPress,
            () if has(&["username", "emailconfirmed"]) || has(&["passwordformat", "passwordsalt"]) => Self::AspNet,
            () if has(&["password", "is_superuser", "username"]) => Self::Django,
            () if has(&["password_algorithm"]) || has(&["suspended_till", "email"]) => Self::Discourse,
            () if has(&["encryption_scheme", "email"]) => Self::FusionAuth,
            () if has(&["email", "password", "email_verified_at"]) || has(&["email", "password", "remember_token"]) => {
                Self::Laravel
            }
            () if has(&["login", "status", "email"]) => Self::Okta,
            // Firebase's has no names: a user's id, their address, a flag.
            () if names.len() >= 28 && names.get(2).is_some_and(|flag| flag == "true" || flag == "false") => {
                Self::Firebase
            }
            () => return None,
        })
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No system has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is none of the systems that are known")]
pub struct UnknownSystem;

impl FromStr for System {
    type Err = UnknownSystem;

    fn from_str(name: &str) -> Result<Self, UnknownSystem> {
        Self::ALL.into_iter().find(|system| system.name() == name).ok_or(UnknownSystem)
    }
}
