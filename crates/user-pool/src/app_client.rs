//! An app client of a pool, as far as it matters to who gets in.

use aws_failure::Failure;
use aws_sdk_cognitoidentityprovider::Client;

/// The flows in which the pool, and so a trigger, sees the password. With SRP it does not.
const PASSWORD_FLOWS: [&str; 4] =
    ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"];

/// An app client.
#[derive(Clone, Debug, Default)]
pub struct AppClient {
    /// The app client's id.
    pub id: String,
    /// Its name; `without a name` where it has none.
    pub name: String,
    /// Its `ExplicitAuthFlows`.
    pub flows: Vec<String>,
    /// Its `AllowedOAuthFlows`.
    pub oauth_flows: Vec<String>,
    /// Whether `PreventUserExistenceErrors` is `ENABLED`.
    pub hides_who_exists: bool,
    /// Which attributes its users may write; nothing where that is not said.
    pub writes: Vec<String>,
}

impl AppClient {
    /// Nothing where Cognito describes none.
    pub async fn read(cognito: &Client, pool: &str, id: &str) -> Result<Option<Self>, Failure> {
        let answer = cognito.describe_user_pool_client().user_pool_id(pool).client_id(id).send().await;
        let answer = answer.map_err(|error| {
            let tried = format!("read the app client `{id}` of the user pool `{pool}`");
            Failure::aws(tried, "cognito-idp:DescribeUserPoolClient", &error)
        })?;
        Ok(answer.user_pool_client().map(|client| Self {
            id: id.to_owned(),
            name: client.client_name().unwrap_or("without a name").to_owned(),
            flows: client.explicit_auth_flows().iter().map(|flow| flow.as_str().to_owned()).collect(),
            oauth_flows: client.allowed_o_auth_flows().iter().map(|flow| flow.as_str().to_owned()).collect(),
            hides_who_exists: client.prevent_user_existence_errors().is_some_and(|set| set.as_str() == "ENABLED"),
            writes: client.write_attributes().to_vec(),
        }))
    }

    /// Whether people can migrate through it. Where no flow is said, Cognito allows SRP and not passwords (API reference,
    /// `ExplicitAuthFlows`).
    pub fn sees_passwords(&self) -> bool {
        self.flows.iter().any(|flow| PASSWORD_FLOWS.contains(&flow.as_str()))
    }
}
