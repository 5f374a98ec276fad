//! The attributes of a record, by the names they have in the table.

#![expect(missing_docs, reason = "the table of attributes in docs/migrate.md says what each is")]

pub const USER_EMAIL: &str = "UserEmail";
pub const USER_NAME: &str = "UserName";
pub const USER_NAME_KEY: &str = "UserNameKey";
pub const ATTRIBUTES: &str = "Attributes";
pub const EMAIL_VERIFIED: &str = "EmailVerified";
pub const PASSWORD_HASH: &str = "PasswordHash";
pub const SUSPENDED: &str = "Suspended";
pub const CLAIM_CODE_HASH: &str = "ClaimCodeHash";
pub const CLAIM_CODE_EXPIRES: &str = "ClaimCodeExpires";
pub const CLAIM_USED_AS: &str = "ClaimUsedAs";
pub const CLAIM_USED_AT: &str = "ClaimUsedAt";
pub const MIGRATED_AT: &str = "MigratedAt";
pub const MIGRATED_AS: &str = "MigratedAs";
pub const LAST_LOGIN: &str = "LastLogin";
pub const CONFIRMED_AT: &str = "ConfirmedAt";
pub const USER_SUB: &str = "UserSub";
pub const READMITTED_AT: &str = "ReadmittedAt";

/// What a claim code is and what became of it: all of it goes once its person has come.
pub const CLAIM: [&str; 4] = [CLAIM_CODE_HASH, CLAIM_CODE_EXPIRES, CLAIM_USED_AS, CLAIM_USED_AT];

/// The index over `UserNameKey`. It holds keys only, so that a sign-in's write never touches it.
pub const BY_USER_NAME: &str = "ByUserName";
