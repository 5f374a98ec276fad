//! The functions in Lambda: what they are set to, and who may call them.

use std::collections::HashMap;

use aws_failure::Failure;
use aws_sdk_lambda::{
    Client, operation::get_function_configuration::GetFunctionConfigurationOutput, types::Architecture,
};
use legacy_password::lambda_memory::Processor;

use crate::policy::{COGNITO, Caller, Policy};

/// Where functions are looked at and let.
pub struct Functions(Client);

/// What a function is set to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setting {
    /// In MB.
    pub memory: u32,
    /// What it runs on.
    pub processor: Processor,
    /// In seconds.
    pub timeout: u32,
    /// `Active`, `Pending`, `Failed` …; nothing where that is not said.
    pub state: Option<String>,
    /// The environment variables.
    pub environment: HashMap<String, String>,
}

impl Functions {
    /// Lambda, asked by this client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// What the function is set to; nothing where there is none.
    pub async fn setting(&self, name_or_arn: &str) -> Result<Option<Setting>, Failure> {
        let answer = self.0.get_function_configuration().function_name(name_or_arn).send().await.map_err(|error| {
            Failure::aws(format!("look at the function `{name_or_arn}`"), "lambda:GetFunctionConfiguration", &error)
        });
        match answer {
            Ok(answer) => Ok(Some(Setting::from(&answer))),
            Err(failure) if failure.is(NOT_THERE) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Who may call the function, by its own policy; nobody where it has none, or is none.
    pub async fn policy(&self, name_or_arn: &str) -> Result<Policy, Failure> {
        let tried = format!("read who may call the function `{name_or_arn}`");
        let answer = self
            .0
            .get_policy()
            .function_name(name_or_arn)
            .send()
            .await
            .map_err(|error| Failure::aws(&tried, "lambda:GetPolicy", &error));
        match answer {
            Ok(answer) => Policy::parse(answer.policy().unwrap_or("{}")).map_err(|error| {
                Failure::new(tried, error, "look at the function's resource-based policy in the console")
            }),
            Err(failure) if failure.is(NOT_THERE) => Ok(Policy::default()),
            Err(failure) => Err(failure),
        }
    }

    /// Lets `caller` call the function, and nobody else.
    pub async fn allow(&self, name_or_arn: &str, caller: &Caller, id: &str) -> Result<(), Failure> {
        self.0
            .add_permission()
            .function_name(name_or_arn)
            .statement_id(id)
            .action("lambda:InvokeFunction")
            .principal(COGNITO)
            .source_arn(&caller.pool_arn)
            .source_account(&caller.account)
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                Failure::aws(format!("let the pool call the function `{name_or_arn}`"), "lambda:AddPermission", &error)
            })
    }

    /// Takes a statement of the function's policy away; it may be gone already.
    pub async fn forbid(&self, name_or_arn: &str, id: &str) -> Result<(), Failure> {
        let call = self.0.remove_permission().function_name(name_or_arn).statement_id(id);
        let answer = call.send().await.map(drop).map_err(|error| {
            let tried = format!("take the permission `{id}` off the function `{name_or_arn}`");
            Failure::aws(tried, "lambda:RemovePermission", &error)
        });
        match answer {
            Err(failure) if failure.is(NOT_THERE) => Ok(()),
            other => other,
        }
    }
}

/// What Lambda says of what it does not have.
const NOT_THERE: &str = "ResourceNotFoundException";

impl From<&GetFunctionConfigurationOutput> for Setting {
    fn from(answer: &GetFunctionConfigurationOutput) -> Self {
        let number = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        Self {
            memory: number(answer.memory_size()),
            processor: match answer.architectures() {
                [Architecture::Arm64, ..] => Processor::Arm64,
                _ => Processor::X86_64,
            },
            timeout: number(answer.timeout()),
            state: answer.state().map(|state| state.as_str().to_owned()),
            environment: answer.environment().and_then(|set| set.variables().cloned()).unwrap_or_default(),
        }
    }
}
