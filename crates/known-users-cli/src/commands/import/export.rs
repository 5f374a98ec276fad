//! What the command line says of another system's export.

use std::time::SystemTime;

use clap::Args;
use known_users_file::Format;
use legacy_export::{Options, System};

use crate::commands::import::source::{From, Given};

/// What an export does not say, and its owner does.
#[derive(Args)]
#[command(next_help_heading = "Another system's export")]
pub(crate) struct Export {
    /// Whose export it is: auth0, firebase, keycloak, supabase, okta, clerk, django, wordpress, aspnet, devise, laravel,
    /// discourse, ldap, cognito, fusionauth; list, for a list of known users; auto, for what it looks like
    #[arg(long, value_name = "SYSTEM", default_value = "auto", value_parser = from)]
    from: From,
    /// The second file of Auth0, with the profiles
    #[arg(long, value_name = "FILE")]
    profiles: Option<String>,
    /// Put a field of the export into this attribute, such as user_metadata.lang=locale; may be given more than once
    #[arg(long, value_name = "FIELD=ATTRIBUTE", value_parser = mapped)]
    map: Vec<(String, String)>,
    /// Say nothing of a field that goes nowhere; may be given more than once
    #[arg(long, value_name = "FIELD")]
    drop: Vec<String>,
    /// Whether addresses are theirs, for an export that does not say
    #[arg(long, value_name = "true|false")]
    email_verified: Option<bool>,
    /// Suspend whom the system has locked out for wrong passwords
    #[arg(long)]
    locked_is_suspended: bool,
    /// What Django's users are called in its dump
    #[arg(long, value_name = "LABEL", default_value = "auth.user")]
    model: String,
    /// Import somebody whose password hash cannot be used without it; they set a new password
    #[arg(long)]
    pub(crate) without_bad_hashes: bool,
}

impl Export {
    /// These files, and all that is said of them.
    pub(crate) fn given(&self, files: Vec<String>, format: Option<Format>) -> Given {
        Given {
            files,
            profiles: self.profiles.clone(),
            from: self.from,
            format,
            options: Options {
                email_verified: self.email_verified,
                map: self.map.clone(),
                drop: self.drop.clone(),
                locked_is_suspended: self.locked_is_suspended,
                model: self.model.clone(),
                ..Options::at(SystemTime::now())
            },
            without_bad_hashes: self.without_bad_hashes,
        }
    }
}

/// `auto`, `list`, or a system's name.
fn from(name: &str) -> Result<From, String> {
    match name {
        "auto" => Ok(From::Auto),
        "list" => Ok(From::List),
        name => name.parse().map(From::Export).map_err(|_| {
            let systems = System::ALL.map(System::name);
            format!("none of auto, list, {}", systems.join(", "))
        }),
    }
}

/// `FIELD=ATTRIBUTE`.
fn mapped(text: &str) -> Result<(String, String), String> {
    let (field, attribute) = text.split_once('=').ok_or("is not of the form FIELD=ATTRIBUTE")?;
    match known_users_file::is_attribute(attribute) {
        true => Ok((field.to_owned(), attribute.to_owned())),
        false => Err(format!("`{attribute}` is no attribute of Cognito's: a standard one, or `custom:…`")),
    }
}
