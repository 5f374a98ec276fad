//! The AWS clients, configured as an operator's other tools are.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};

use crate::{cli::Global, failure::Failure};

/// A client per service.
pub(crate) struct Aws {
    pub(crate) cognito: aws_sdk_cognitoidentityprovider::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) region: String,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) ses: aws_sdk_sesv2::Client,
}

/// Cognito may call a trigger three times, 5 seconds each, before it answers.
const ATTEMPT: Duration = Duration::from_secs(20);

impl Aws {
    /// Region, credentials and endpoints come from the options, else from the environment and the profile, as in the AWS
    /// CLI. Makes no request but what signing in needs.
    pub(crate) async fn connect(options: &Global) -> Result<Self, Failure> {
        let https = common::https::client(None).map_err(|error| {
            Failure::usage("set up TLS", error, "correct the setting, or unset it to trust what this machine trusts")
        })?;
        let times = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(ATTEMPT * 3)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(https).timeout_config(times);
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let sdk = loader.load().await;
        let Some(region) = sdk.region().map(ToString::to_string) else {
            return Err(Failure::usage(
                "tell in which AWS region everything is",
                "neither an option nor the environment nor the profile names one",
                "give --region, or set AWS_REGION",
            ));
        };
        Ok(Self {
            cognito: aws_sdk_cognitoidentityprovider::Client::new(&sdk),
            cloudformation: aws_sdk_cloudformation::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            dynamodb: aws_sdk_dynamodb::Client::new(&sdk),
            region,
            lambda: aws_sdk_lambda::Client::new(&sdk),
            ses: aws_sdk_sesv2::Client::new(&sdk),
        })
    }
}
