//! Lambda: the functions' configurations, and who may call them.

use std::collections::BTreeMap;

use known_user::Trigger;
use serde_json::{Value, json};

use super::deployed::{POOL_ARN, function_arn, function_name};
use super::protocol::{Reply, no, not_played};
use crate::ACCOUNT;
use crate::dynamodb::KNOWN_USERS;
use crate::stack::WELCOME_EMAIL_FROM;

/// What Lambda knows.
pub struct Lambda {
    /// The functions, by name.
    pub functions: BTreeMap<String, DeployedFunction>,
}

/// A function in Lambda.
#[derive(Clone)]
pub struct DeployedFunction {
    /// As `GetFunctionConfiguration` answers.
    pub configuration: Value,
    /// The statements of its policy.
    pub statements: Vec<Value>,
}

/// The statement of a policy with which the pool may call a function.
pub fn permission(id: &str, function_arn: &str) -> Value {
    json!({"Sid": id, "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": function_arn,
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": POOL_ARN}}})
}

impl Lambda {
    /// With the functions of the stack, which the pool may call.
    pub(crate) fn deployed() -> Self {
        let function = |trigger: Trigger| {
            let own = match trigger {
                Trigger::PreSignUp | Trigger::MigrateUser => Some(("SIGN_IN_WITH", "username")),
                Trigger::PostConfirmation => Some(("WELCOME_EMAIL_FROM", WELCOME_EMAIL_FROM)),
                Trigger::PreAuthentication | Trigger::PostAuthentication => None,
            };
            let variables: BTreeMap<_, _> = [("KNOWN_USERS_TABLE", KNOWN_USERS)].into_iter().chain(own).collect();
            let (name, arn) = (function_name(trigger.logical_id()), function_arn(trigger.logical_id()));
            let memory = if trigger == Trigger::MigrateUser { 512 } else { 128 };
            let configuration = json!({"FunctionName": name, "FunctionArn": arn, "MemorySize": memory, "Timeout": 5,
                "State": "Active", "Environment": {"Variables": variables}});
            (name, DeployedFunction { configuration, statements: vec![permission("template", &arn)] })
        };
        Self { functions: Trigger::ALL.map(function).into() }
    }

    pub(crate) fn reply(&mut self, operation: &str, body: &Value) -> Reply {
        let name = body["Subject"].as_str().unwrap_or_default();
        let Some(function) = self.functions.get_mut(name) else {
            return no("ResourceNotFoundException", &format!("Function not found: {name}"));
        };
        let id = body["StatementId"].as_str().unwrap_or_default();
        let at = function.statements.iter().position(|statement| statement["Sid"] == id);
        match (operation, at) {
            ("GetFunctionConfiguration", _) => Ok(function.configuration.clone()),
            ("GetPolicy", _) if function.statements.is_empty() => {
                no("ResourceNotFoundException", "The resource you requested does not exist.")
            }
            ("GetPolicy", _) => {
                let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": function.statements});
                Ok(json!({"Policy": policy.to_string(), "RevisionId": "1"}))
            }
            ("AddPermission", Some(_)) => {
                no("ResourceConflictException", "The statement id (…) provided already exists.")
            }
            ("AddPermission", None) => {
                let statement = json!({"Sid": id, "Effect": "Allow", "Principal": {"Service": body["Principal"]},
                    "Action": body["Action"], "Resource": function.configuration.get("FunctionArn"),
                    "Condition": {"StringEquals": {"AWS:SourceAccount": body["SourceAccount"]},
                        "ArnLike": {"AWS:SourceArn": body["SourceArn"]}}});
                let reply = json!({"Statement": statement.to_string()});
                function.statements.push(statement);
                Ok(reply)
            }
            ("RemovePermission", Some(at)) => {
                function.statements.remove(at);
                Ok(json!({}))
            }
            ("RemovePermission", None) => no("ResourceNotFoundException", "Statement is not found in resource policy."),
            (other, _) => not_played(other),
        }
    }
}
