//! CloudFormation: one stack, under whatever name it is asked for.

use std::collections::BTreeMap;

use known_user::Trigger;
use serde_json::{Value, json};

use super::deployed::{CLIENT, POOL, function_arn, function_name};
use super::protocol::{Reply, no, not_played};
use crate::dynamodb::{EPHEMERA, KNOWN_USERS};

/// What CloudFormation knows.
pub struct CloudFormation {
    /// The outputs of the stack; none where there is no stack.
    pub outputs: Option<BTreeMap<String, String>>,
}

impl CloudFormation {
    /// With the outputs that the template has.
    pub(crate) fn deployed() -> Self {
        let ids = [
            ("UserPoolId", POOL),
            ("UserPoolClientId", CLIENT),
            ("KnownUsersTable", KNOWN_USERS),
            ("EphemeraTable", EPHEMERA),
        ];
        let ids = ids.map(|(output, id)| (output.to_owned(), id.to_owned()));
        let functions = Trigger::ALL.map(Trigger::logical_id).into_iter().flat_map(|id| {
            [(format!("{id}Function"), function_name(id)), (format!("{id}FunctionArn"), function_arn(id))]
        });
        Self { outputs: Some(ids.into_iter().chain(functions).collect()) }
    }

    pub(crate) fn reply(&self, operation: &str, form: &Value) -> Reply {
        let stack = form["StackName"].as_str().unwrap_or_default();
        let Some(outputs) = &self.outputs else {
            return no("ValidationError", &format!("Stack with id {stack} does not exist"));
        };
        match operation {
            "DescribeStacks" => {
                let output = |(key, value): (&String, &String)| {
                    format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
                };
                let outputs: String = outputs.iter().map(output).collect();
                Ok(json!(format!(
                    "<Stacks><member><StackName>{stack}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                     <StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>"
                )))
            }
            "DescribeStackResource" => {
                let id = form["LogicalResourceId"].as_str().unwrap_or_default();
                Ok(json!(format!(
                    "<StackResourceDetail><LogicalResourceId>{id}</LogicalResourceId>\
                     <PhysicalResourceId>{stack}-{id}-X</PhysicalResourceId>\
                     <ResourceType>AWS::Logs::LogGroup</ResourceType>\
                     <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                     <ResourceStatus>CREATE_COMPLETE</ResourceStatus></StackResourceDetail>"
                )))
            }
            other => not_played(other),
        }
    }
}
