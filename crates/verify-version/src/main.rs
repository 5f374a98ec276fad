//! The hook that CodeDeploy calls before a new version of a trigger gets its first sign-in.
//!
//! It asks the new version of each trigger one question of [`probe`], and tells CodeDeploy whether all have answered as they
//! should; where one has not, nobody is sent to the new version. See
//! ["AppSpec 'hooks' section for an AWS Lambda deployment"](https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html).

mod probe;

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use aws_sdk_codedeploy::types::LifecycleEventStatus;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::timeout::TimeoutConfig;
use common::{
    function::{self, Diagnostic, Function, StartError},
    known_users::error_code,
    validation_data::RequiredValidationData,
};
use known_user::Trigger;
use serde::Deserialize;
use serde_json::Value;
use tracing::{error, info};

/// How long one invocation of a version may take: its start, and then what Cognito would wait.
const ATTEMPT: Duration = Duration::from_secs(20);

/// What CodeDeploy sends.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Hook {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

fn main() -> ExitCode {
    function::run(async |function| {
        let times = TimeoutConfig::builder().connect_timeout(ATTEMPT).operation_attempt_timeout(ATTEMPT).build();
        let lambda = aws_sdk_lambda::config::Builder::from(function.sdk()).timeout_config(times.clone());
        let lambda = aws_sdk_lambda::Client::from_conf(lambda.build());
        let codedeploy = aws_sdk_codedeploy::config::Builder::from(function.sdk()).timeout_config(times);
        let codedeploy = aws_sdk_codedeploy::Client::from_conf(codedeploy.build());
        let versions = versions(&function)?;
        let validation_data = function.setting("REQUIRED_VALIDATION_DATA")?.unwrap_or_default();
        function
            .work(async |hook: Hook| {
                let mut verdict = LifecycleEventStatus::Succeeded;
                for (trigger, version) in &versions {
                    match verify(&lambda, *trigger, version, &validation_data).await {
                        Ok(()) => info!(version, "answers as it should"),
                        Err(fault) => {
                            error!(errorType = "VersionRefused", version, detail = fault, "refused");
                            verdict = LifecycleEventStatus::Failed;
                        }
                    }
                }
                codedeploy
                    .put_lifecycle_event_hook_execution_status()
                    .deployment_id(hook.deployment_id)
                    .lifecycle_event_hook_execution_id(hook.lifecycle_event_hook_execution_id)
                    .status(verdict)
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| Diagnostic {
                        error_type: "VerdictNotGiven".to_owned(),
                        error_message: error_code(&error).0,
                    })
            })
            .await
    })
}

/// The ARN of each trigger's new version.
fn versions(function: &Function) -> Result<BTreeMap<Trigger, String>, StartError> {
    let setting = |trigger: Trigger| format!("{}_VERSION", trigger.name().replace('-', "_").to_uppercase());
    Trigger::ALL.into_iter().map(|trigger| Ok((trigger, function.required(&setting(trigger))?))).collect()
}

/// What is wrong with this version.
async fn verify(
    lambda: &aws_sdk_lambda::Client,
    trigger: Trigger,
    version: &str,
    validation_data: &RequiredValidationData,
) -> Result<(), String> {
    let event = probe::event(trigger, validation_data);
    let answer = lambda
        .invoke()
        .function_name(version)
        .payload(Blob::new(event.to_string()))
        .send()
        .await
        .map_err(|error| format!("it could not be invoked: {}", error_code(&error)))?;
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    let payload: Value = serde_json::from_slice(payload).map_err(|_| "its answer is no JSON".to_owned())?;
    let answer = match answer.function_error() {
        None => Ok(&payload),
        Some(_) => Err(&payload),
    };
    probe::fault(&event, answer).map_or(Ok(()), Err)
}
