//! Cognito: one user pool, its app clients and its users.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::deployed::{CLIENT, POOL, POOL_ARN, function_arn};
use super::protocol::{Refusal, Reply, no, not_played};

mod settings;
pub(crate) mod triggers;

use triggers::Triggers;

/// Each token that a sign-in gives.
pub const TOKEN: &str = "eyJraWQiOiJzZWNyZXQtdG9rZW4ifQ";

/// The code in each mail.
pub const CODE: &str = "123456";

/// What Cognito knows.
pub struct Cognito {
    /// The pool, as `DescribeUserPool` answers.
    pub pool: Value,
    /// As `GetUserPoolMfaConfig` answers.
    pub mfa: Value,
    /// The stack's app client, as `DescribeUserPoolClient` answers.
    pub client: Value,
    /// More app clients.
    pub other_clients: Vec<Value>,
    /// The users, by user name.
    pub users: BTreeMap<String, User>,
    /// The user names of those who are disabled.
    pub disabled: BTreeSet<String>,
    /// How many users one page of a list has; an empty one comes first.
    pub users_a_page: usize,
    /// Whether pre sign-up confirms.
    pub confirms: bool,
    /// Whether the triggers run although the pool does not say so, as in an emulator.
    pub wired_elsewhere: bool,
    /// A setting of the pool that the next update loses.
    pub update_loses: Option<&'static str>,
    /// Whether each update loses it.
    pub every_update_loses: bool,
    /// Whether an update turns the second factors off.
    pub update_loses_mfa: bool,
    /// How many users were made.
    made: usize,
}

/// A user of the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The attribute `sub`.
    pub sub: String,
    /// The attribute `email`.
    pub email: String,
    /// The attribute `email_verified`.
    pub verified: bool,
    /// As `UserStatus` has it: `CONFIRMED`.
    pub status: &'static str,
    /// None where the user has none yet.
    pub password: Option<String>,
}

impl Cognito {
    /// An empty pool that calls three functions of the stack: those that the scenarios show.
    pub(crate) fn deployed() -> Self {
        Self {
            pool: json!({
                "Id": POOL,
                "Name": "known-user-triggers",
                "Arn": POOL_ARN,
                "MfaConfiguration": "OFF",
                "LambdaConfig": {
                    "PreSignUp": function_arn("PreSignUp"),
                    "UserMigration": function_arn("MigrateUser"),
                    "PostAuthentication": function_arn("PostAuthentication"),
                },
            }),
            mfa: json!({"MfaConfiguration": "OFF"}),
            client: json!({"UserPoolId": POOL, "ClientId": CLIENT, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}),
            other_clients: Vec::new(),
            users: BTreeMap::new(),
            disabled: BTreeSet::new(),
            users_a_page: 60,
            confirms: true,
            wired_elsewhere: false,
            update_loses: None,
            every_update_loses: false,
            update_loses_mfa: false,
            made: 0,
        }
    }

    pub(crate) fn reply(&mut self, operation: &str, body: &Value, triggers: &mut Triggers<'_>) -> Reply {
        let name = text(body, "Username");
        match operation {
            "DescribeUserPool" => Ok(json!({"UserPool": self.pool})),
            "UpdateUserPool" => self.update(body),
            "GetUserPoolMfaConfig" => Ok(self.mfa.clone()),
            "SetUserPoolMfaConfig" => {
                self.mfa = body.clone();
                self.mfa.as_object_mut().map(|members| members.remove("UserPoolId"));
                Ok(self.mfa.clone())
            }
            "DescribeUserPoolClient" => match self.clients().find(|client| client["ClientId"] == body["ClientId"]) {
                Some(client) => Ok(json!({"UserPoolClient": client})),
                None => no("ResourceNotFoundException", "User pool client does not exist."),
            },
            "ListUserPoolClients" => Ok(json!({"UserPoolClients": self.clients().collect::<Vec<_>>()})),
            "ListUsers" => self.list_users(body),
            "AdminGetUser" => {
                let (name, user) = self.user_by(&name).ok_or_else(no_user)?;
                Ok(self.described(name, user, "UserAttributes"))
            }
            "AdminDisableUser" | "AdminEnableUser" | "AdminUserGlobalSignOut" => {
                self.user(&name)?;
                match operation {
                    "AdminDisableUser" => drop(self.disabled.insert(name)),
                    "AdminEnableUser" => drop(self.disabled.remove(&name)),
                    _ => {}
                }
                Ok(json!({}))
            }
            "AdminDeleteUser" => {
                self.users.remove(&name).ok_or_else(no_user)?;
                Ok(json!({}))
            }
            "SignUp" => self.sign_up(name, body, triggers),
            "AdminCreateUser" => self.create(name, body),
            "AdminSetUserPassword" => self.set_password(&name, body),
            "InitiateAuth" => self.sign_in(&body["AuthParameters"], triggers),
            "ForgotPassword" => Ok(json!({"CodeDeliveryDetails": {
                "Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}})),
            "ConfirmForgotPassword" if text(body, "ConfirmationCode") != CODE => {
                no("CodeMismatchException", "Invalid verification code provided, please try again.")
            }
            "ConfirmForgotPassword" => self.set_password(&name, body),
            other => not_played(other),
        }
    }

    fn clients(&self) -> impl Iterator<Item = &Value> {
        [&self.client].into_iter().chain(&self.other_clients)
    }

    fn user(&mut self, name: &str) -> Result<&mut User, Refusal> {
        self.users.get_mut(name).ok_or_else(no_user)
    }

    /// By user name, or by email where that signs in.
    fn user_by(&self, name: &str) -> Option<(&String, &User)> {
        let has_email = |setting: &str| {
            let attributes = self.pool.get(setting).and_then(Value::as_array);
            attributes.is_some_and(|attributes| attributes.iter().any(|one| one == "email"))
        };
        let (signs_in, is_alias) = (has_email("UsernameAttributes"), has_email("AliasAttributes"));
        self.users.get_key_value(name).or_else(|| {
            self.users.iter().find(|(_, user)| user.email == name && (signs_in || (is_alias && user.verified)))
        })
    }

    fn described(&self, name: &str, user: &User, attributes: &str) -> Value {
        json!({"Username": name, "UserStatus": user.status, "Enabled": !self.disabled.contains(name), (attributes): [
            {"Name": "sub", "Value": user.sub},
            {"Name": "email", "Value": user.email},
            {"Name": "email_verified", "Value": user.verified.to_string()},
        ]})
    }

    fn list_users(&self, body: &Value) -> Reply {
        let mut found = Vec::new();
        for (name, user) in &self.users {
            let is_meant = match body["Filter"].as_str().map(|filter| filter.split_once(" = ")) {
                None => true,
                Some(Some(("email", value))) => value == format!("\"{}\"", user.email),
                Some(Some(("sub", value))) => value == format!("\"{}\"", user.sub),
                Some(_) => return not_played(&format!("ListUsers with the filter {}", body["Filter"])),
            };
            if is_meant {
                found.push(self.described(name, user, "Attributes"));
            }
        }
        let Some(token) = body["PaginationToken"].as_str() else {
            return Ok(json!({"Users": [], "PaginationToken": "0"}));
        };
        let Ok(from) = token.parse::<usize>() else {
            return no("InvalidParameterException", "Invalid pagination token given.");
        };
        let page: Vec<&Value> = found.iter().skip(from).take(self.users_a_page).collect();
        let next = from + self.users_a_page;
        Ok(match next < found.len() {
            true => json!({"Users": page, "PaginationToken": next.to_string()}),
            false => json!({"Users": page}),
        })
    }

    fn sign_up(&mut self, name: String, body: &Value, triggers: &mut Triggers<'_>) -> Reply {
        if self.users.contains_key(&name) {
            return no("UsernameExistsException", "User already exists");
        }
        let (password, email) = (strong_password(body)?, email(body)?);
        let sub = self.next_sub();
        let mut verified = false;
        if self.calls("PreSignUp", "PreSignUp") {
            verified = self.confirms;
            triggers.signs_up(&email, &sub, verified)?;
        }
        let status = if verified { "CONFIRMED" } else { "UNCONFIRMED" };
        self.users.insert(name, User { sub: sub.clone(), email, verified, status, password: Some(password) });
        Ok(json!({"UserConfirmed": verified, "UserSub": sub}))
    }

    fn create(&mut self, name: String, body: &Value) -> Reply {
        if body["MessageAction"] != "SUPPRESS" {
            return not_played("AdminCreateUser with a message");
        }
        if self.users.contains_key(&name) {
            return no("UsernameExistsException", "User account already exists");
        }
        let email = email(body)?;
        let sub = self.next_sub();
        let verified = attribute(body, "email_verified") == Some("true");
        let reply = json!({"User": {"Username": name, "Attributes": [{"Name": "sub", "Value": sub}]}});
        self.users.insert(name, User { sub, email, verified, status: "FORCE_CHANGE_PASSWORD", password: None });
        Ok(reply)
    }

    fn set_password(&mut self, name: &str, body: &Value) -> Reply {
        let password = strong_password(body)?;
        let user = self.user(name)?;
        (user.password, user.status) = (Some(password), "CONFIRMED");
        Ok(json!({}))
    }

    fn sign_in(&mut self, parameters: &Value, triggers: &mut Triggers<'_>) -> Reply {
        let wrong = || no("NotAuthorizedException", "Incorrect username or password.");
        let (name, password) = (text(parameters, "USERNAME"), text(parameters, "PASSWORD"));
        let Some(user) = self.users.get(&name) else {
            if !self.calls("UserMigration", "MigrateUser") {
                return wrong();
            }
            let Some(email) = triggers.migrates(&name)? else { return wrong() };
            let sub = self.next_sub();
            self.users.insert(name, User { sub, email, verified: true, status: "RESET_REQUIRED", password: None });
            return no("PasswordResetRequiredException", "Password reset required for the user");
        };
        if user.status == "UNCONFIRMED" {
            return no("UserNotConfirmedException", "User is not confirmed.");
        }
        if user.password != Some(password) {
            return wrong();
        }
        if self.calls("PostAuthentication", "PostAuthentication") {
            triggers.signed_in(&user.email, &user.sub)?;
        }
        Ok(json!({"AuthenticationResult": {
            "AccessToken": TOKEN, "IdToken": TOKEN, "RefreshToken": TOKEN, "ExpiresIn": 3600, "TokenType": "Bearer"}}))
    }

    fn update(&mut self, body: &Value) -> Reply {
        let mut pool = settings::updated(&self.pool, body)?;
        if let (Some(name), Some(pool)) = (self.update_loses, pool.as_object_mut()) {
            pool.remove(name);
        }
        if !self.every_update_loses {
            self.update_loses = None;
        }
        self.pool = pool;
        if self.update_loses_mfa {
            self.mfa = json!({"MfaConfiguration": "OFF"});
        }
        Ok(json!({}))
    }

    /// Whether the pool calls this function of the stack for this trigger.
    fn calls(&self, trigger: &str, logical_id: &str) -> bool {
        let called = self.pool.pointer(&format!("/LambdaConfig/{trigger}")).and_then(Value::as_str);
        self.wired_elsewhere || called == Some(&function_arn(logical_id))
    }

    fn next_sub(&mut self) -> String {
        self.made += 1;
        format!("00000000-0000-4000-8000-{:012}", self.made)
    }
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

fn attribute<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body["UserAttributes"].as_array()?.iter().find(|attribute| attribute["Name"] == name)?["Value"].as_str()
}

fn email(body: &Value) -> Result<String, Refusal> {
    match attribute(body, "email") {
        Some(email) => Ok(email.to_owned()),
        None => no("InvalidParameterException", "Attributes did not conform to the schema: email is required"),
    }
}

fn strong_password(body: &Value) -> Result<String, Refusal> {
    let password = text(body, "Password");
    if password.len() < 12 {
        return no("InvalidPasswordException", "Password did not conform with policy: not long enough");
    }
    Ok(password)
}

fn no_user() -> Refusal {
    Refusal::Aws("UserNotFoundException".to_owned(), "User does not exist.".to_owned())
}
