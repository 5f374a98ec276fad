//! LDAP: LDIF by `ldapsearch`, `slapcat` or `dsconf`.

use crate::{
    account::{Fault, LeftOut},
    record::Record,
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "dn",
    "objectClass",
    "uid",
    "cn",
    "givenName",
    "sn",
    "displayName",
    "mail",
    "telephoneNumber",
    "mobile",
    "userPassword",
    "memberOf",
    "nsAccountLock",
    "pwdAccountLockedTime",
    "ds-pwp-account-disabled",
    "loginDisabled",
    "entryUUID",
    "nsUniqueId",
    "createTimestamp",
    "modifyTimestamp",
    "creatorsName",
    "modifiersName",
    "entryCSN",
    "structuralObjectClass",
    "subschemaSubentry",
    "hasSubordinates",
    "entryDN",
    "homeDirectory",
    "loginShell",
    "uidNumber",
    "gidNumber",
    "gecos",
    "preferredLanguage",
    "pwdChangedTime",
    "pwdHistory",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    let classes = record.texts("objectClass");
    let is = |names: &[&str]| classes.iter().any(|class| names.iter().any(|name| class.eq_ignore_ascii_case(name)));
    // Branches, groups, policies.
    if !is(&["person", "inetOrgPerson", "organizationalPerson", "posixAccount", "account", "user"]) {
        return Ok(Made::Nothing);
    }
    if record.text("mail").is_none() && is(&["account", "applicationProcess"]) {
        return Ok(Made::LeftOut(LeftOut::Service));
    }
    // OpenLDAP's year 0 is a lock of somebody's will; every other time is of wrong passwords.
    let is_locked = record.flag("nsAccountLock")? == Some(true)
        || record.flag("ds-pwp-account-disabled")? == Some(true)
        || record.flag("loginDisabled")? == Some(true)
        || record.text("pwdAccountLockedTime").is_some_and(|time| time.starts_with("0000"));
    let mut draft = Draft {
        email: owned(record.text("mail")),
        user_name: owned(record.text("uid")),
        suspended: is_locked,
        password: password(record.text("userPassword")),
        ..Draft::default()
    }
    .attributes(record, &[("givenName", "given_name"), ("sn", "family_name"), ("preferredLanguage", "locale")]);
    let name = record.text("displayName").or_else(|| record.text("cn"));
    draft.attributes.extend(name.map(|name| ("name".to_owned(), name.into_owned())));
    // `+1 202 555 0100`, without what is for the eye; what has no country is no number for Cognito.
    let phone = record.text("mobile").or_else(|| record.text("telephoneNumber")).unwrap_or_default();
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if digits.starts_with('+') {
        draft.attributes.push(("phone_number".to_owned(), digits));
    }
    let id = record.text("entryUUID").or_else(|| record.text("nsUniqueId")).or_else(|| record.text("dn"));
    draft.attributes.extend(id.map(|id| ("custom:legacy_id".to_owned(), id.into_owned())));
    Ok(Made::Draft(draft))
}
