//! Django: `manage.py dumpdata auth.user account.emailaddress`, or the table `auth_user` as CSV. Whether an address is theirs is
//! django-allauth's to say.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    account::Fault,
    options::Options,
    record::{Content, Record},
    systems::{Draft, Made, owned, password},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "pk",
    "model",
    "fields",
    "password",
    "last_login",
    "is_superuser",
    "username",
    "first_name",
    "last_name",
    "email",
    "is_staff",
    "is_active",
    "date_joined",
    "groups",
    "user_permissions",
];

/// What allauth says: the addresses that are verified, by their users.
#[derive(Default)]
pub(crate) struct Addresses {
    /// Whether the file has any of its records.
    pub(crate) is_there: bool,
    verified: HashSet<(String, String)>,
}

impl Addresses {
    /// Takes a record, if it is of an address.
    pub(crate) fn add(&mut self, record: &Value) {
        if record.get("model").and_then(Value::as_str) != Some("account.emailaddress") {
            return;
        }
        self.is_there = true;
        let Some(fields) = record.get("fields") else { return };
        let user = fields.get("user").map(Value::to_string);
        let email = fields.get("email").and_then(Value::as_str).map(str::to_lowercase);
        if let (Some(true), Some(user), Some(email)) = (fields.get("verified").and_then(Value::as_bool), user, email) {
            self.verified.insert((user, email));
        }
    }
}

pub(crate) fn account(record: &Record<'_>, options: &Options, addresses: &Addresses) -> Result<Made, Fault> {
    let path = |field: &str| match record.content {
        Content::Object(_) => format!("fields.{field}"),
        Content::Fields(_) | Content::Broken(_) => field.to_owned(),
    };
    let id = match record.content {
        Content::Object(_) => {
            if !record.text("model").is_some_and(|model| model.eq_ignore_ascii_case(&options.model)) {
                return Ok(Made::Nothing);
            }
            "pk"
        }
        Content::Fields(_) | Content::Broken(_) => "id",
    };
    let email = owned(record.text(&path("email")));
    let verified = addresses.is_there.then(|| {
        let user = record.value(id).map(Value::to_string).unwrap_or_default();
        email.as_ref().is_some_and(|email| addresses.verified.contains(&(user, email.trim().to_lowercase())))
    });
    let draft = Draft {
        email,
        user_name: owned(record.text(&path("username"))),
        email_verified: verified,
        suspended: record.flag(&path("is_active"))? == Some(false),
        password: password(record.text(&path("password"))),
        ..Draft::default()
    };
    let fields =
        [(path("first_name"), "given_name"), (path("last_name"), "family_name"), (id.to_owned(), "custom:legacy_id")];
    let mut made = draft.attributes(record, &fields.each_ref().map(|(field, attribute)| (field.as_str(), *attribute)));
    // Django's SHA-1, which old Werkzeug's looks like.
    if let crate::account::Password::Hash(hash) = &mut made.password
        && let Some((salt, digest)) = hash.strip_prefix("sha1$").and_then(|rest| rest.split_once('$'))
    {
        *hash = super::salted("sha1(salt+password)", salt.as_bytes(), digest);
    }
    Ok(Made::Draft(made))
}
