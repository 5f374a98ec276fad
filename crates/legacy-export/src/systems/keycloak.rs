//! Keycloak: `kc.sh export` with its users, in the realm's file or in files of their own. The admin console's partial export has
//! neither users nor hashes.

use serde_json::{Value, json};

use crate::{
    account::{Fault, LeftOut, Password},
    record::Record,
    systems::{Draft, Made, owned},
};

pub(crate) const FIELDS: &[&str] = &[
    "id",
    "createdTimestamp",
    "username",
    "enabled",
    "totp",
    "emailVerified",
    "firstName",
    "lastName",
    "email",
    "credentials",
    "requiredActions",
    "realmRoles",
    "clientRoles",
    "groups",
    "notBefore",
    "disableableCredentialTypes",
    "serviceAccountClientId",
    "federationLink",
    "federatedIdentities",
    "clientConsents",
    "access",
    "origin",
];

pub(crate) fn account(record: &Record<'_>) -> Result<Made, Fault> {
    if record.text("serviceAccountClientId").is_some() {
        return Ok(Made::LeftOut(LeftOut::Service));
    }
    let none = Vec::new();
    let credentials = record.value("credentials").and_then(Value::as_array).unwrap_or(&none);
    let of_type = |wanted: &str| {
        let wanted = wanted.to_owned();
        credentials.iter().filter(move |credential| credential.get("type").and_then(Value::as_str) == Some(&wanted))
    };
    let newest = of_type("password").max_by_key(|credential| credential.get("createdDate").and_then(Value::as_i64));
    let password = match newest {
        Some(credential) => hash(credential),
        None if record.text("federationLink").is_some() => {
            Password::Lost("the password is in the directory behind Keycloak")
        }
        None => Password::None,
    };
    let mut draft = Draft {
        email: owned(record.text("email")),
        user_name: owned(record.text("username")),
        email_verified: Some(record.flag("emailVerified")?.unwrap_or(false)),
        suspended: record.flag("enabled")? == Some(false),
        password,
        has_second_factor: of_type("otp").chain(of_type("webauthn")).next().is_some(),
        ..Draft::default()
    }
    .attributes(record, &[("firstName", "given_name"), ("lastName", "family_name"), ("id", "custom:legacy_id")]);
    // The usual names of what Cognito has a name for; attributes are lists.
    for (field, attribute) in [
        ("attributes.phoneNumber.0", "phone_number"),
        ("attributes.phone_number.0", "phone_number"),
        ("attributes.locale.0", "locale"),
    ] {
        draft.attribute(record, field, attribute);
    }
    Ok(Made::Draft(draft))
}

/// A credential in the form that `legacy-password` reads: its two parts, or, before Keycloak 8, all that it has.
fn hash(credential: &Value) -> Password {
    let both = (credential.get("secretData"), credential.get("credentialData"));
    if let (Some(secret), Some(data)) = both {
        return Password::Hash(json!({"secretData": secret, "credentialData": data}).to_string());
    }
    let names = ["hashedSaltedValue", "salt", "hashIterations", "algorithm"];
    let members = names.iter().map(|name| Some(((*name).to_owned(), credential.get(*name)?.clone())));
    match members.collect::<Option<serde_json::Map<_, _>>>() {
        Some(members) => Password::Hash(Value::Object(members).to_string()),
        None => Password::Lost("the credential has neither its secretData nor a hashedSaltedValue"),
    }
}
