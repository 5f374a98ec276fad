//! A pool's configuration, read and written as raw JSON, so that nothing is lost that this SDK does not know.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_failure::Failure;
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::AfterDeserializationInterceptorContextRef},
};
use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::settings::Settings;

/// How often a changed pool is read back before it counts as wrong, and how far apart.
const READ_BACK: u32 = 5;
const READ_BACK_PAUSE: Duration = Duration::from_millis(500);

/// What a difference of the second factors is called.
const SECOND_FACTORS: &str = "the second factors (GetUserPoolMfaConfig)";

/// Where a pool's configuration is read and written.
pub struct Configuration {
    client: Client,
    /// The pool's id.
    pub id: String,
}

/// A pool's configuration at one time: all that an `UpdateUserPool` can change.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What `DescribeUserPool` tells.
    pub settings: Settings,
    /// What `DescribeUserPool` does not tell of the second factors.
    pub mfa: Value,
}

impl Seen {
    /// In what the two differ, by name.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut names = self.settings.differences(&other.settings);
        if self.mfa != other.mfa {
            names.push(SECOND_FACTORS.to_owned());
        }
        names
    }
}

impl Configuration {
    /// The configuration of the pool with this id. Makes no request.
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id }
    }

    /// The settings as they are now.
    pub async fn describe(&self) -> Result<Settings, Failure> {
        let (id, body) = (&self.id, ResponseBody::default());
        let tried = format!("read the settings of the user pool `{id}`");
        let call = self.client.describe_user_pool().user_pool_id(id).customize().interceptor(body.clone());
        call.send().await.map_err(|error| Failure::aws(&tried, "cognito-idp:DescribeUserPool", &error))?;
        Settings::from_answer(&body.json("DescribeUserPool")?).ok_or_else(|| {
            Failure::new(tried, "the answer has no UserPool", "check --endpoint-url and AWS_ENDPOINT_URL where set")
        })
    }

    /// What `DescribeUserPool` does not tell of the second factors.
    pub async fn mfa(&self) -> Result<Value, Failure> {
        let body = ResponseBody::default();
        let call = self.client.get_user_pool_mfa_config().user_pool_id(&self.id).customize().interceptor(body.clone());
        call.send().await.map_err(|error| {
            let tried = format!("read the second factors of the user pool `{}`", self.id);
            Failure::aws(tried, "cognito-idp:GetUserPoolMfaConfig", &error)
        })?;
        body.json("GetUserPoolMfaConfig")
    }

    /// All of it, as it is now.
    pub async fn see(&self) -> Result<Seen, Failure> {
        Ok(Seen { settings: self.describe().await?, mfa: self.mfa().await? })
    }

    /// Gives the pool these settings and second factors; the names of what is not so afterwards, of which there should be
    /// none. Settings of the names in `allowed` are sent although they are new here.
    pub async fn set(&self, settings: &Settings, mfa: &Value, allowed: &[String]) -> Result<Vec<String>, Failure> {
        let body = settings.update(allowed)?;
        self.client
            .update_user_pool()
            .user_pool_id(&self.id)
            .customize()
            .mutate_request(move |request| replace_body(request, &body))
            .send()
            .await
            .map_err(|error| {
                let tried = format!("change what the user pool `{}` calls", self.id);
                Failure::aws(tried, "cognito-idp:UpdateUserPool", &error)
            })?;
        if self.mfa().await? != *mfa {
            self.set_mfa(mfa.clone()).await?;
        }
        let wanted = Seen { settings: settings.clone(), mfa: mfa.clone() };
        let mut differences = Vec::new();
        for look in 0..READ_BACK {
            if look > 0 {
                tokio::time::sleep(READ_BACK_PAUSE).await;
            }
            differences = wanted.differences(&self.see().await?);
            if differences.is_empty() {
                break;
            }
        }
        Ok(differences)
    }

    /// Makes the pool as it was seen, unless it is; the names of what is not so afterwards.
    pub async fn restore(&self, seen: &Seen, allowed: &[String]) -> Result<Vec<String>, Failure> {
        if seen.differences(&self.see().await?).is_empty() {
            return Ok(Vec::new());
        }
        self.set(&seen.settings, &seen.mfa, allowed).await
    }

    async fn set_mfa(&self, mut mfa: Value) -> Result<(), Failure> {
        if let Value::Object(members) = &mut mfa {
            members.insert("UserPoolId".to_owned(), json!(self.id));
        }
        let call = self.client.set_user_pool_mfa_config().user_pool_id(&self.id).customize();
        call.mutate_request(move |request| replace_body(request, &mfa)).send().await.map(drop).map_err(|error| {
            let tried = format!("put the second factors of the user pool `{}` back", self.id);
            Failure::aws(tried, "cognito-idp:SetUserPoolMfaConfig", &error)
        })
    }
}

/// Sends this JSON instead of what the SDK knows of the operation. Runs before the request is signed.
fn replace_body(request: &mut HttpRequest, body: &Value) {
    let text = body.to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

/// The JSON of an answer as it came, with what this SDK does not know.
#[derive(Clone, Debug, Default)]
struct ResponseBody(Arc<Mutex<Vec<u8>>>);

impl ResponseBody {
    fn json(&self, operation: &str) -> Result<Value, Failure> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(
                format!("read the answer of {operation}"),
                error,
                "check --endpoint-url and AWS_ENDPOINT_URL where set",
            )
        })
    }
}

impl Intercept for ResponseBody {
    fn name(&self) -> &'static str {
        "ResponseBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(bytes) = context.response().body().bytes() {
            bytes.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Ok(())
    }
}
