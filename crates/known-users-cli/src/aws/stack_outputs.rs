//! What a stack says of itself: where everything is, unless an option says it.

use std::collections::BTreeMap;

use aws_failure::Failure;
use known_user::Trigger;
use user_pool::function::Function;

use crate::{aws::clients::Aws, options::Global};

/// What a stack says of itself, by the names that the template has.
pub(crate) type Outputs = BTreeMap<String, String>;

/// The table of known users alone.
pub(crate) async fn table(aws: &Aws, options: &Global) -> Result<String, Failure> {
    if let Some(table) = &options.table {
        return Ok(table.clone());
    }
    let outputs = outputs(aws, &options.stack).await.map_err(|failure| match failure.is("ValidationError") {
        true => Failure { todo: "check --stack and --region, or give --table".to_owned(), ..failure },
        false => failure.or("give --table"),
    })?;
    outputs.get("KnownUsersTable").filter(|table| !table.is_empty()).cloned().ok_or_else(|| {
        Failure::usage(
            "find the table of known users",
            format!("the stack `{}` has no output `KnownUsersTable`", options.stack),
            "give --table",
        )
    })
}

/// The user pool alone.
pub(crate) async fn pool(aws: &Aws, options: &Global) -> Result<String, Failure> {
    // The table is found already, or not asked for.
    let options = Global { table: Some(String::new()), ..options.clone() };
    table_and_pool(aws, &options).await.map(|(_, pool)| pool)
}

/// The table of known users and the user pool.
pub(crate) async fn table_and_pool(aws: &Aws, options: &Global) -> Result<(String, String), Failure> {
    if let (Some(table), Some(pool)) = (&options.table, &options.user_pool_id) {
        return Ok((table.clone(), pool.clone()));
    }
    let outputs = outputs(aws, &options.stack).await.map_err(|failure| match failure.is("ValidationError") {
        true => {
            Failure { todo: "check --stack and --region, or give --table and --user-pool-id".to_owned(), ..failure }
        }
        false => failure.or("give --table and --user-pool-id"),
    })?;
    let needed = |given: &Option<String>, name: &str, option: &str, what: &str| {
        given.clone().or_else(|| output(&outputs, name).map(str::to_owned)).ok_or_else(|| {
            let why = format!("the stack `{}` has no output `{name}`", options.stack);
            Failure::usage(format!("find {what}"), why, format!("give {option}"))
        })
    };
    let table = needed(&options.table, "KnownUsersTable", "--table", "the table of known users")?;
    Ok((table, needed(&options.user_pool_id, "UserPoolId", "--user-pool-id", "the user pool")?))
}

/// One output, unless it is empty.
pub(crate) fn output<'a>(outputs: &'a Outputs, name: &str) -> Option<&'a str> {
    outputs.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// A trigger's function, where the stack has one, by the alias that the stack has for it.
pub(crate) fn function(outputs: &Outputs, trigger: Trigger) -> Option<Function> {
    let name = output(outputs, &format!("{}Function", trigger.logical_id()))?;
    let arn = output(outputs, &format!("{}FunctionArn", trigger.logical_id()));
    Some(arn.map(Function::new).filter(|function| function.name == name).unwrap_or_else(|| Function::new(name)))
}

/// The outputs of the stack.
pub(crate) async fn outputs(aws: &Aws, stack: &str) -> Result<Outputs, Failure> {
    let answer = aws.cloudformation.describe_stacks().stack_name(stack).send().await.map_err(|error| {
        Failure::aws(format!("read the outputs of the stack `{stack}`"), "cloudformation:DescribeStacks", &error)
    })?;
    Ok(answer
        .stacks()
        .iter()
        .flat_map(aws_sdk_cloudformation::types::Stack::outputs)
        .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
        .collect())
}
