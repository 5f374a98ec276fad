//! Which system made a hash.

use std::fmt;

/// Which system made a hash, as the table in this crate's README has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// `$2a$`, `$2b$`, `$2x$`, `$2y$`.
    Bcrypt,
    /// `$argon2d$`, `$argon2i$`, `$argon2id$`.
    Argon2,
    /// `$scrypt$ln=…`, of PHC and passlib, and `$7$`, of passlib and libxcrypt.
    Scrypt,
    /// `$pbkdf2-…$i=…`.
    Pbkdf2Phc,
    /// `$pbkdf2…$` and a number.
    Pbkdf2Passlib,
    /// `pbkdf2_sha256$`, `pbkdf2_sha1$`.
    DjangoPbkdf2,
    /// `bcrypt$`.
    DjangoBcrypt,
    /// `bcrypt_sha256$`.
    DjangoBcryptSha256,
    /// `argon2$`.
    DjangoArgon2,
    /// `scrypt$`.
    DjangoScrypt,
    /// `md5$`.
    DjangoMd5,
    /// `pbkdf2:`.
    WerkzeugPbkdf2,
    /// `scrypt:`.
    WerkzeugScrypt,
    /// Base64 of a structure that begins with the byte 0.
    AspNetIdentity2,
    /// Base64 of a structure that begins with the byte 1.
    AspNetIdentity3,
    /// `$firebase$`, an encoding of this crate's own.
    Firebase,
    /// `$P$`, `$H$`.
    Phpass,
    /// `$wp$2y$`.
    WordPress,
    /// `$S$`, `U$S$`, `U$P$`.
    Drupal7,
    /// `$1$`.
    Md5Crypt,
    /// `$5$`.
    Sha256Crypt,
    /// `$6$`.
    Sha512Crypt,
    /// `{SSHA}`.
    LdapSsha,
    /// `{SSHA256}`.
    LdapSsha256,
    /// `{SSHA512}`.
    LdapSsha512,
    /// `{SHA}`.
    LdapSha,
    /// `{CRYPT}` before any of crypt(3) or bcrypt.
    LdapCrypt,
    /// `{SMD5}`.
    LdapSmd5,
    /// `{SSHA384}`.
    LdapSsha384,
    /// `{MD5}`.
    LdapMd5,
    /// `{SHA256}`.
    LdapSha256,
    /// `{SHA384}`.
    LdapSha384,
    /// `{SHA512}`.
    LdapSha512,
    /// `{PBKDF2-SHA512}`, `{PBKDF2_SHA256}`, `{PBKDF2-HMAC-SHA256}` …
    LdapPbkdf2,
    /// `{PKCS5S2}`.
    Atlassian,
    /// `{pbkdf2}`, `{pbkdf2@SpringSecurity_v5_8}`.
    SpringPbkdf2,
    /// `{scrypt}`, `{scrypt@SpringSecurity_v5_8}`.
    SpringScrypt,
    /// `{sha256}`.
    SpringSha256,
    /// `$fbscrypt$`.
    SupabaseFirebase,
    /// `hash:salt:version`.
    Magento,
    /// `salt:hash`, 16 bytes and 64 in hexadecimal digits.
    BetterAuth,
    /// `:pbkdf2:`, `:B:`.
    MediaWiki,
    /// `$shiro1$`.
    Shiro,
    /// `$apr1$`.
    Apr1Crypt,
    /// `$y$`.
    Yescrypt,
    /// A JSON object.
    Keycloak,
    /// `$salted$`, an encoding of this crate's own.
    Salted,
    /// `$pepper$`, an encoding of this crate's own around another; only errors have it.
    Peppered,
    /// `$prehash$`, an encoding of this crate's own around another; only errors have it.
    Prehashed,
}

impl Format {
    /// The name that stays the same, for metrics and reports: `django-pbkdf2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::Argon2 => "argon2",
            Self::Scrypt => "scrypt",
            Self::Pbkdf2Phc => "pbkdf2",
            Self::Pbkdf2Passlib => "passlib-pbkdf2",
            Self::DjangoPbkdf2 => "django-pbkdf2",
            Self::DjangoBcrypt => "django-bcrypt",
            Self::DjangoBcryptSha256 => "django-bcrypt-sha256",
            Self::DjangoArgon2 => "django-argon2",
            Self::DjangoScrypt => "django-scrypt",
            Self::DjangoMd5 => "django-md5",
            Self::WerkzeugPbkdf2 => "werkzeug-pbkdf2",
            Self::WerkzeugScrypt => "werkzeug-scrypt",
            Self::AspNetIdentity2 => "aspnet-identity-2",
            Self::AspNetIdentity3 => "aspnet-identity-3",
            Self::Firebase => "firebase",
            Self::Phpass => "phpass",
            Self::WordPress => "wordpress",
            Self::Drupal7 => "drupal-7",
            Self::Md5Crypt => "md5-crypt",
            Self::Sha256Crypt => "sha256-crypt",
            Self::Sha512Crypt => "sha512-crypt",
            Self::LdapSsha => "ldap-ssha",
            Self::LdapSsha256 => "ldap-ssha256",
            Self::LdapSsha512 => "ldap-ssha512",
            Self::LdapSha => "ldap-sha",
            Self::LdapCrypt => "ldap-crypt",
            Self::LdapSmd5 => "ldap-smd5",
            Self::LdapSsha384 => "ldap-ssha384",
            Self::LdapMd5 => "ldap-md5",
            Self::LdapSha256 => "ldap-sha256",
            Self::LdapSha384 => "ldap-sha384",
            Self::LdapSha512 => "ldap-sha512",
            Self::LdapPbkdf2 => "ldap-pbkdf2",
            Self::Atlassian => "atlassian",
            Self::SpringPbkdf2 => "spring-pbkdf2",
            Self::SpringScrypt => "spring-scrypt",
            Self::SpringSha256 => "spring-sha256",
            Self::SupabaseFirebase => "supabase-firebase",
            Self::Magento => "magento",
            Self::BetterAuth => "better-auth",
            Self::MediaWiki => "mediawiki",
            Self::Shiro => "shiro",
            Self::Apr1Crypt => "apr1-crypt",
            Self::Yescrypt => "yescrypt",
            Self::Keycloak => "keycloak",
            Self::Salted => "salted",
            Self::Peppered => "peppered",
            Self::Prehashed => "prehashed",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
