//! The AWS clients, configured as an operator's other tools are, and whose account they act on.

use std::{env, error::Error as _, fmt, sync::Mutex, time::Duration};

use aws_config::{
    BehaviorVersion, Region,
    environment::EnvironmentVariableRegionProvider,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError, future},
};
use aws_failure::{Failure, causes};
use aws_smithy_runtime_api::client::{http::SharedHttpClient, orchestrator::HttpRequest};
use serde_json::{Map, Value, json};

use crate::options::Global;

/// A client per service.
pub(crate) struct Aws {
    pub(crate) cognito: aws_sdk_cognitoidentityprovider::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) region: String,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) ses: aws_sdk_sesv2::Client,
    sts: aws_sdk_sts::Client,
}

/// Cognito may call a trigger three times, 5 seconds each, before it answers.
const ATTEMPT: Duration = Duration::from_secs(20);

/// How long to wait for the account's number, which no command needs to do its work.
const CALLER_ATTEMPT: Duration = Duration::from_secs(2);

/// The services that are asked, by the ends of their `AWS_ENDPOINT_URL_…`.
const SERVICES: [&str; 7] =
    ["CLOUDFORMATION", "CLOUDWATCH_LOGS", "COGNITO_IDENTITY_PROVIDER", "DYNAMODB", "LAMBDA", "SESV2", "STS"];

impl Aws {
    /// Region, credentials and endpoints come from the options, else from the environment and the profile, as in the AWS
    /// CLI; with `--profile`, credentials come from that profile and from nowhere else. Makes no request but what signing
    /// in needs.
    pub(crate) async fn connect(options: &Global) -> Result<Self, Failure> {
        check_endpoints(options)?;
        let https = trust::client(None).map_err(|error| {
            Failure::usage("set up TLS", error, "correct the setting, or unset it to trust what this machine trusts")
        })?;
        let times = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(ATTEMPT * 3)
            .build();
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(https.clone()).timeout_config(times);
        let mut region = options.region.clone().map(Region::new);
        if let Some(name) = &options.profile {
            if region.is_none() {
                let profile = ProfileFileRegionProvider::builder().profile_name(name).build();
                let environment = EnvironmentVariableRegionProvider::new();
                region = RegionProviderChain::first_try(profile).or_else(environment).region().await;
            }
            let credentials = Profile::open(name, https, region.clone()).await?;
            loader = loader.profile_name(name).credentials_provider(credentials);
        }
        if let Some(region) = region {
            loader = loader.region(region);
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let sdk = loader.load().await;
        if let Some(url) = sdk.endpoint_url() {
            check_endpoint("the profile's `endpoint_url`", url)?;
        }
        let Some(region) = sdk.region().map(ToString::to_string) else {
            return Err(Failure::usage(
                "tell in which AWS region everything is",
                "neither an option nor the environment nor the profile names one",
                "give --region, or set AWS_REGION",
            ));
        };
        if !is_region(&region) {
            return Err(Failure::usage(
                "tell in which AWS region everything is",
                "what is given is no region's name: letters, digits and hyphens",
                "correct --region, AWS_REGION or the profile's `region`, for example to eu-west-1",
            ));
        }
        let soon = TimeoutConfig::builder().connect_timeout(CALLER_ATTEMPT).operation_timeout(CALLER_ATTEMPT * 2);
        let sts = aws_sdk_sts::config::Builder::from(&sdk)
            .timeout_config(soon.operation_attempt_timeout(CALLER_ATTEMPT).build())
            .retry_config(RetryConfig::standard().with_max_attempts(2));
        Ok(Self {
            cognito: aws_sdk_cognitoidentityprovider::Client::new(&sdk),
            cloudformation: aws_sdk_cloudformation::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            dynamodb: aws_sdk_dynamodb::Client::new(&sdk),
            region,
            lambda: aws_sdk_lambda::Client::new(&sdk),
            ses: aws_sdk_sesv2::Client::new(&sdk),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
        })
    }

    /// On whose account these clients act, for whoever is about to change something. Never fails: an endpoint without STS
    /// leaves the account unknown.
    pub(crate) async fn caller(&self) -> Caller {
        let answer = self.sts.get_caller_identity().send().await;
        let account = answer.ok().and_then(|answer| answer.account).filter(|account| is_account(account));
        Caller { account, region: self.region.clone() }
    }
}

/// The account that the credentials belong to, and the region.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Nothing where nobody told.
    pub(crate) account: Option<String>,
    pub(crate) region: String,
}

impl Caller {
    /// Adds both to a JSON result.
    pub(crate) fn tell(&self, facts: &mut Map<String, Value>) {
        facts.insert("account".to_owned(), json!(self.account));
        facts.insert("region".to_owned(), json!(self.region));
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}, region {}", self.account.as_deref().unwrap_or("unknown"), self.region)
    }
}

/// The credentials of one profile.
#[derive(Debug)]
struct Profile {
    provider: ProfileFileCredentialsProvider,
    /// Those that it was opened with, for the first request.
    first: Mutex<Option<Credentials>>,
}

impl Profile {
    /// Signs in. A profile that is not there ends it, whatever credentials are elsewhere.
    async fn open(name: &str, https: SharedHttpClient, region: Option<Region>) -> Result<Self, Failure> {
        let config = ProviderConfig::without_region().with_http_client(https).with_region(region);
        let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
        match provider.provide_credentials().await {
            Ok(first) => Ok(Self { provider, first: Mutex::new(Some(first)) }),
            Err(error) => Err(not_signed_in(name, &error)),
        }
    }

    async fn credentials(&self) -> provider::Result {
        let first = self.first.lock().ok().and_then(|mut first| first.take());
        match first {
            Some(first) => Ok(first),
            None => self.provider.provide_credentials().await,
        }
    }
}

impl ProvideCredentials for Profile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

fn not_signed_in(name: &str, error: &CredentialsError) -> Failure {
    let tried = format!("sign in with the profile `{name}`");
    let why = match (error, error.source()) {
        (CredentialsError::CredentialsNotLoaded(_), None) => {
            "there is no such profile, or it has no credentials".to_owned()
        }
        (_, Some(source)) => causes(source),
        (_, None) => causes(error),
    };
    let why = format!("{why}; no other credentials are taken in its place");
    match error {
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => Failure::usage(
            tried,
            why,
            "correct --profile (`aws configure list-profiles` has the names), or leave it out to use the environment's \
             credentials",
        ),
        _ => Failure::new(
            tried,
            why,
            format!("sign in again, for example with `aws sso login --profile {name}`, or give another --profile"),
        ),
    }
}

/// Refuses an endpoint that is no URL before anything is asked there: the SDK would say so with the whole request.
fn check_endpoints(options: &Global) -> Result<(), Failure> {
    if let Some(url) = &options.endpoint_url {
        return check_endpoint("--endpoint-url", url);
    }
    let variables = SERVICES.iter().map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    for name in std::iter::once("AWS_ENDPOINT_URL".to_owned()).chain(variables) {
        if let Some(url) = env::var_os(&name) {
            check_endpoint(&name, &url.to_string_lossy())?;
        }
    }
    Ok(())
}

/// `name` says where the URL stands. The URL is not repeated: it may have a password in it, or be something else entirely.
fn check_endpoint(name: &str, url: &str) -> Result<(), Failure> {
    let has_scheme = ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
    // The SDK's own judgement.
    if has_scheme && HttpRequest::empty().uri_mut().set_endpoint(url).is_ok() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("use {name}"),
        "it is no URL that begins with http:// or https://",
        "give it as https://HOST or http://HOST:PORT, or leave it out",
    ))
}

/// Whether it can be a part of a host's name, which is what an SDK makes of a region.
fn is_region(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty() && name.len() < 64 && name.chars().all(is_plain) && !name.starts_with('-') && !name.ends_with('-')
}

/// Twelve digits, and no other answer.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_and_is_not_repeated_where_it_is_none() {
        for url in
            ["http://127.0.0.1:8000", "https://dynamodb.eu-west-1.amazonaws.com", "HTTP://[::1]:1/path", "http://a:b@h"]
        {
            assert!(check_endpoint("--endpoint-url", url).is_ok(), "{url}");
        }
        for url in
            ["localhost:8000", "127.0.0.1:8000", "", "http://", "http:/x", "ftp://h", "http://a b", "//h", "mark"]
        {
            let failure = check_endpoint("--endpoint-url", url).unwrap_err();
            assert_eq!(
                failure.to_string(),
                "error: cannot use --endpoint-url\n  why: it is no URL that begins with http:// or https://\n  \
                 what to do: give it as https://HOST or http://HOST:PORT, or leave it out"
            );
        }
    }

    #[test]
    fn a_region_is_a_part_of_a_hosts_name() {
        assert!(["eu-west-1", "us-iso-east-1", "local", "US-EAST-1"].into_iter().all(is_region));
        assert!(!["", "eu west", "eu-west-1.", "a/b", "-a", "a@b", "é"].into_iter().any(is_region));
    }

    #[test]
    fn a_caller_is_told_with_or_without_the_account() {
        let mut caller = Caller { account: Some("123456789012".to_owned()), region: "eu-west-1".to_owned() };
        assert_eq!(caller.to_string(), "account 123456789012, region eu-west-1");
        caller.account = None;
        assert_eq!(caller.to_string(), "account unknown, region eu-west-1");
        assert!(is_account("123456789012") && !is_account("12345678901x") && !is_account("1"));
    }
}
