//! The user pool: its users, its app client, and what it calls.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_failure::Failure;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::retry::RetryConfig,
    types::{AttributeType, AuthFlowType, ExplicitAuthFlowsType, MessageActionType, UserStatusType},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use known_user::Trigger;
use sha2::Sha256;

use crate::{
    configuration::Configuration,
    secret::Secret,
    settings::{Settings, Wires},
};

/// A user pool and one app client of it.
pub struct Pool {
    client: Client,
    configuration: Configuration,
    /// The pool's id.
    pub id: String,
    client_id: String,
    client_secret: Option<Secret>,
    /// What the app sends to the triggers.
    client_metadata: HashMap<String, String>,
    /// As they were when the scenario began.
    pub settings: Settings,
}

/// Somebody in the pool.
#[derive(Debug)]
pub struct PoolUser {
    /// Cognito's id of the user.
    pub sub: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// Whether the pool calls the address verified.
    pub email_verified: bool,
    /// `CONFIRMED`, `RESET_REQUIRED` …
    pub status: Option<UserStatusType>,
}

/// What became of a sign-up.
#[derive(Debug)]
pub struct SignedUp {
    /// Cognito's id of the new user.
    pub sub: String,
    /// Whether the user needs no code any more.
    pub confirmed: bool,
}

/// What became of a sign-in. The tokens are not kept.
#[derive(Debug)]
pub enum SignedIn {
    /// The access token is valid for so long, if Cognito says.
    For(Option<Duration>),
    /// The password is right, and Cognito asks for something more.
    Challenged(String),
}

impl Pool {
    /// Reads the pool's settings and its app client.
    pub async fn open(
        client: Client,
        user_pool_id: &str,
        client_id: &str,
        client_metadata: &[(String, String)],
    ) -> Result<Self, Failure> {
        let configuration = Configuration::new(client.clone(), user_pool_id.to_owned());
        let settings = configuration.describe().await?;
        let answer =
            client.describe_user_pool_client().user_pool_id(user_pool_id).client_id(client_id).send().await.map_err(
                |error| {
                    let tried = format!("read the app client `{client_id}` of the user pool `{user_pool_id}`");
                    Failure::aws(tried, "cognito-idp:DescribeUserPoolClient", &error)
                },
            )?;
        let app_client = answer.user_pool_client();
        let flows = app_client.map(|app_client| app_client.explicit_auth_flows()).unwrap_or_default();
        let by_password = [ExplicitAuthFlowsType::AllowUserPasswordAuth, ExplicitAuthFlowsType::UserPasswordAuth];
        if !flows.is_empty() && !flows.iter().any(|flow| by_password.contains(flow)) {
            return Err(Failure::new(
                format!("sign in through the app client `{client_id}`"),
                "it does not allow ALLOW_USER_PASSWORD_AUTH",
                "let it (with SRP no trigger sees a password, so nobody can migrate), or give another --client-id",
            ));
        }
        Ok(Self {
            client_secret: app_client.and_then(|app_client| app_client.client_secret()).map(Secret::new),
            client_metadata: client_metadata.iter().cloned().collect(),
            client,
            configuration,
            id: user_pool_id.to_owned(),
            client_id: client_id.to_owned(),
            settings,
        })
    }

    // ---- Users ----

    /// Who has this user name, or this email where that signs in.
    pub async fn user(&self, name: &str) -> Result<Option<PoolUser>, Failure> {
        let answer = self.client.admin_get_user().user_pool_id(&self.id).username(name).send().await;
        match answer {
            Ok(user) => {
                let attribute = |name: &str| {
                    let found = user.user_attributes().iter().find(|attribute| attribute.name() == name);
                    found.and_then(AttributeType::value).map(str::to_owned)
                };
                Ok(Some(PoolUser {
                    sub: attribute("sub"),
                    email: attribute("email"),
                    email_verified: attribute("email_verified").is_some_and(|text| text.eq_ignore_ascii_case("true")),
                    status: user.user_status().cloned(),
                }))
            }
            Err(error) => {
                let tried = format!("look `{name}` up in the user pool `{}`", self.id);
                match Failure::aws(tried, "cognito-idp:AdminGetUser", &error) {
                    failure if failure.is("UserNotFoundException") => Ok(None),
                    failure => Err(failure),
                }
            }
        }
    }

    /// Signs somebody up, as they would themselves. Sent once: a repetition could not tell its own user from somebody
    /// else's.
    pub async fn sign_up(
        &self,
        name: &str,
        password: &Secret,
        attributes: &BTreeMap<String, String>,
    ) -> Result<SignedUp, Failure> {
        let answer = self
            .client
            .sign_up()
            .client_id(&self.client_id)
            .set_secret_hash(self.secret_hash(name))
            .username(name)
            .password(password.expose())
            .set_user_attributes(Some(typed(attributes)?))
            .set_client_metadata(self.metadata())
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| Failure::aws(format!("sign up `{name}`"), "cognito-idp:SignUp", &error))?;
        Ok(SignedUp { sub: answer.user_sub().to_owned(), confirmed: answer.user_confirmed() })
    }

    /// Makes a user, as an administrator, without a mail; their `sub`. Sent once, like [`Self::sign_up`].
    pub async fn create(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<Option<String>, Failure> {
        let answer = self
            .client
            .admin_create_user()
            .user_pool_id(&self.id)
            .username(name)
            .message_action(MessageActionType::Suppress)
            .set_user_attributes(Some(typed(attributes)?))
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| {
                Failure::aws(format!("make `{name}` as an administrator"), "cognito-idp:AdminCreateUser", &error)
            })?;
        let attributes = answer.user().map(|user| user.attributes()).unwrap_or_default();
        Ok(attributes.iter().find(|one| one.name() == "sub").and_then(AttributeType::value).map(str::to_owned))
    }

    /// Sets a password that need not be changed at the first sign-in.
    pub async fn set_password(&self, name: &str, password: &Secret) -> Result<(), Failure> {
        let call = self.client.admin_set_user_password().user_pool_id(&self.id).username(name).permanent(true);
        call.password(password.expose()).send().await.map(drop).map_err(|error| {
            Failure::aws(format!("set the password of `{name}`"), "cognito-idp:AdminSetUserPassword", &error)
        })
    }

    /// Signs in with user name and password.
    pub async fn sign_in(&self, name: &str, password: &Secret) -> Result<SignedIn, Failure> {
        let mut parameters = HashMap::from([
            ("USERNAME".to_owned(), name.to_owned()),
            ("PASSWORD".to_owned(), password.expose().to_owned()),
        ]);
        parameters.extend(self.secret_hash(name).map(|hash| ("SECRET_HASH".to_owned(), hash)));
        let answer = self
            .client
            .initiate_auth()
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .client_id(&self.client_id)
            .set_auth_parameters(Some(parameters))
            .set_client_metadata(self.metadata())
            .send()
            .await
            .map_err(|error| Failure::aws(format!("sign in as `{name}`"), "cognito-idp:InitiateAuth", &error))?;
        Ok(match (answer.authentication_result(), answer.challenge_name()) {
            (Some(result), _) => SignedIn::For(
                u64::try_from(result.expires_in()).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs),
            ),
            (None, challenge) => {
                SignedIn::Challenged(challenge.map_or_else(|| "none".to_owned(), |name| name.as_str().to_owned()))
            }
        })
    }

    /// Has Cognito send a code; where to, as Cognito masks it.
    pub async fn forgot_password(&self, name: &str) -> Result<String, Failure> {
        let answer = self
            .client
            .forgot_password()
            .client_id(&self.client_id)
            .set_secret_hash(self.secret_hash(name))
            .username(name)
            .send()
            .await
            .map_err(|error| {
                Failure::aws(format!("ask for a code for `{name}`"), "cognito-idp:ForgotPassword", &error)
            })?;
        let delivery = answer.code_delivery_details();
        let medium = delivery.and_then(|delivery| delivery.delivery_medium()).map_or("mail", |medium| medium.as_str());
        let to =
            delivery.and_then(|delivery| delivery.destination()).unwrap_or("an address that Cognito does not tell");
        Ok(format!("{to} ({medium})"))
    }

    /// Sets a new password with the code of the mail.
    pub async fn confirm_forgot_password(&self, name: &str, code: &str, password: &Secret) -> Result<(), Failure> {
        self.client
            .confirm_forgot_password()
            .client_id(&self.client_id)
            .set_secret_hash(self.secret_hash(name))
            .username(name)
            .confirmation_code(code)
            .password(password.expose())
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                let tried = format!("set a new password for `{name}`");
                Failure::aws(tried, "cognito-idp:ConfirmForgotPassword", &error)
            })
    }

    /// Deletes a user, as an administrator; whether there was one.
    pub async fn delete(&self, name: &str) -> Result<bool, Failure> {
        match self.client.admin_delete_user().user_pool_id(&self.id).username(name).send().await {
            Ok(_) => Ok(true),
            Err(error) => {
                let tried = format!("delete `{name}` from the user pool `{}`", self.id);
                match Failure::aws(tried, "cognito-idp:AdminDeleteUser", &error) {
                    failure if failure.is("UserNotFoundException") => Ok(false),
                    failure => Err(failure),
                }
            }
        }
    }

    /// Nothing where there is nothing to say: the triggers tell `{}` from nothing.
    fn metadata(&self) -> Option<HashMap<String, String>> {
        Some(self.client_metadata.clone()).filter(|metadata| !metadata.is_empty())
    }

    /// What an app client with a secret proves that it knows it by (developer guide, "Computing secret hash values").
    fn secret_hash(&self, name: &str) -> Option<String> {
        secret_hash(self.client_secret.as_ref()?, name, &self.client_id)
    }

    // ---- Settings ----

    /// The settings as they are now.
    pub async fn describe(&self) -> Result<Settings, Failure> {
        self.configuration.describe().await
    }

    /// Makes the pool call `arn`, or nothing, at `trigger`, starting from the settings `base`; the names of the settings
    /// that are not as they should be afterwards, of which there should be none.
    pub async fn call_at(&self, trigger: Trigger, arn: Option<&str>, base: &Settings) -> Result<Vec<String>, Failure> {
        let wanted = base.with(&Wires::from([(trigger, arn.map(str::to_owned))]));
        wanted.trial()?;
        let mfa = self.configuration.mfa().await?;
        self.configuration.set(&wanted, &mfa, &[]).await
    }
}

fn secret_hash(secret: &Secret, name: &str, client_id: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(name.as_bytes());
    mac.update(client_id.as_bytes());
    Some(STANDARD.encode(mac.finalize().into_bytes()))
}

fn typed(attributes: &BTreeMap<String, String>) -> Result<Vec<AttributeType>, Failure> {
    let typed = attributes.iter().map(|(name, value)| AttributeType::builder().name(name).value(value).build());
    typed.collect::<Result<_, _>>().map_err(|error| {
        Failure::new("name the user's attributes", error, "check the Attributes of the known user's record")
    })
}

fn once() -> aws_sdk_cognitoidentityprovider::config::Builder {
    aws_sdk_cognitoidentityprovider::Config::builder().retry_config(RetryConfig::disabled())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_proves_that_it_knows_its_secret() {
        // printf 'annexample-client' | openssl dgst -sha256 -hmac 'example-secret' -binary | base64
        let hash = secret_hash(&Secret::new("example-secret"), "ann", "example-client").unwrap();
        assert_eq!(hash, "rq+7plnENhGQsm4RtEmtP9RuLj7KvyQYJo5EwJtyDis=");
    }
}
