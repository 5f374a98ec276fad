//! Where everything is: what the options say, else what the stack's outputs say.

use std::collections::BTreeMap;

use crate::{
    aws::Aws,
    cli::{Global, Stage},
    failure::Failure,
};
use known_user::Trigger;

/// Where a scenario plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) user_pool_id: String,
    pub(crate) client_id: String,
    pub(crate) table: String,
    /// The table of receipts, where it is known.
    pub(crate) ephemera: Option<String>,
    /// The trigger's function; nothing where neither the log nor the pool's configuration is looked at.
    pub(crate) function: Option<Function>,
    /// Where the function logs.
    pub(crate) log_group: Option<String>,
}

/// A function, by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Without a version or alias.
    pub(crate) arn: Option<String>,
}

impl Function {
    /// From a name, an ARN, or the ARN of a version or alias.
    pub(crate) fn new(name_or_arn: &str) -> Self {
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
        let parts: Vec<&str> = name_or_arn.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "lambda", _, _, "function", name, ..] => Self {
                name: (*name).to_owned(),
                arn: Some(parts.iter().take(7).copied().collect::<Vec<_>>().join(":")),
            },
            _ => Self { name: name_or_arn.to_owned(), arn: None },
        }
    }

    /// The ARN; where only the name is known, in the account and region of the pool with this ARN.
    pub(crate) fn arn_beside(&self, pool_arn: &str) -> Option<String> {
        if self.arn.is_some() {
            return self.arn.clone();
        }
        match pool_arn.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "cognito-idp", region, account, ..] => {
                Some(format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name))
            }
            _ => None,
        }
    }

    /// Whether `arn` names this function, or a version or alias of it.
    pub(crate) fn is_called_by(&self, arn: &str) -> bool {
        let other = Self::new(arn);
        match (&self.arn, &other.arn) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.name == other.name,
        }
    }
}

/// What a stack says of itself, by the names that the template has.
pub(crate) type Outputs = BTreeMap<String, String>;

/// Finds out where everything is; asks the stack unless the options say it all.
pub(crate) async fn find(aws: &Aws, options: &Global, stage: &Stage, trigger: Trigger) -> Result<Place, Failure> {
    if let Ok(place) = resolve(options, stage, trigger, None) {
        return Ok(place);
    }
    let outputs = outputs(aws, &options.stack).await?;
    let mut place = resolve(options, stage, trigger, Some(&outputs))?;
    // A function that the options name may be another stack's, and so is its log.
    if stage.log_group.is_none()
        && stage.function.is_none()
        && stage.log_timeout > 0
        && let Some(group) = log_group(aws, &options.stack, trigger).await?
    {
        place.log_group = Some(group);
    }
    Ok(place)
}

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

/// Where everything is, as far as options and outputs say; an error names the option that is missing.
fn resolve(options: &Global, stage: &Stage, trigger: Trigger, outputs: Option<&Outputs>) -> Result<Place, Failure> {
    let output = |name: &str| outputs.and_then(|outputs| output(outputs, name)).map(str::to_owned);
    let needed = |given: &Option<String>, name: &str, option: &str, what: &str| {
        given.clone().or_else(|| output(name)).ok_or_else(|| {
            Failure::usage(
                format!("find {what}"),
                format!("the stack `{}` has no output `{name}`", options.stack),
                format!("give {option}"),
            )
        })
    };
    let function = match &stage.function {
        Some(given) => Some(Function::new(given)),
        None => outputs.and_then(|outputs| function(outputs, trigger)),
    };
    let is_looked_at = !stage.assume_wired || (stage.log_timeout > 0 && stage.log_group.is_none());
    if function.is_none() && is_looked_at {
        return Err(Failure::usage(
            format!("find the {} function", trigger.title()),
            format!("the stack `{}` has no output `{}Function`", options.stack, trigger.logical_id()),
            "give --function (or --assume-wired with --log-group or --log-timeout 0, which need no function)",
        ));
    }
    let log_group = stage
        .log_group
        .clone()
        .or_else(|| function.as_ref().map(|function| format!("/aws/lambda/{}", function.name)))
        .filter(|_| stage.log_timeout > 0);
    Ok(Place {
        user_pool_id: needed(&options.user_pool_id, "UserPoolId", "--user-pool-id", "the user pool")?,
        client_id: needed(&options.client_id, "UserPoolClientId", "--client-id", "the app client")?,
        table: needed(&options.table, "KnownUsersTable", "--table", "the table of known users")?,
        ephemera: stage.ephemera_table.clone().or_else(|| output("EphemeraTable")),
        function,
        log_group,
    })
}

/// One output, unless it is empty.
pub(crate) fn output<'a>(outputs: &'a Outputs, name: &str) -> Option<&'a str> {
    outputs.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// A trigger's function, where the stack has one.
pub(crate) fn function(outputs: &Outputs, trigger: Trigger) -> Option<Function> {
    let name = output(outputs, &format!("{}Function", trigger.logical_id()))?;
    let arn = output(outputs, &format!("{}FunctionArn", trigger.logical_id()));
    Some(Function { arn: arn.and_then(|arn| Function::new(arn).arn), ..Function::new(name) })
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

/// The function's log group is a resource of the stack, with a name of CloudFormation's making.
async fn log_group(aws: &Aws, stack: &str, trigger: Trigger) -> Result<Option<String>, Failure> {
    let id = format!("{}Logs", trigger.logical_id());
    let answer =
        aws.cloudformation.describe_stack_resource().stack_name(stack).logical_resource_id(&id).send().await.map_err(
            |error| {
                Failure::aws(
                    format!("find the log group `{id}` of the stack `{stack}`"),
                    "cloudformation:DescribeStackResource",
                    &error,
                )
            },
        );
    match answer {
        Ok(answer) => {
            Ok(answer.stack_resource_detail().and_then(|detail| detail.physical_resource_id()).map(str::to_owned))
        }
        // A stack without that resource: its functions log where Lambda's do by default.
        Err(failure) if failure.is("ValidationError") => Ok(None),
        Err(failure) => Err(failure.or("give --log-group, or --log-timeout 0 to go without the log")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:stack-PreSignUp-X";

    fn outputs() -> Outputs {
        [
            ("UserPoolId", "eu-west-1_STACK"),
            ("UserPoolClientId", "stackclient"),
            ("KnownUsersTable", "stack-KnownUsers"),
            ("EphemeraTable", "stack-Ephemera"),
            ("PreSignUpFunction", "stack-PreSignUp-X"),
            ("PreSignUpFunctionArn", ARN),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn all_options() -> (Global, Stage) {
        let given = |text: &str| Some(text.to_owned());
        let global = Global {
            stack: "s".to_owned(),
            user_pool_id: given("p"),
            client_id: given("c"),
            table: given("t"),
            ..Global::default()
        };
        (global, Stage { function: given("f"), log_timeout: 60, ..Stage::default() })
    }

    #[test]
    fn the_outputs_say_it_all() {
        let options = Global { stack: "s".to_owned(), ..Global::default() };
        let stage = Stage { log_timeout: 60, ..Stage::default() };
        let place = resolve(&options, &stage, Trigger::PreSignUp, Some(&outputs())).unwrap();
        assert_eq!(
            place,
            Place {
                user_pool_id: "eu-west-1_STACK".to_owned(),
                client_id: "stackclient".to_owned(),
                table: "stack-KnownUsers".to_owned(),
                ephemera: Some("stack-Ephemera".to_owned()),
                function: Some(Function { name: "stack-PreSignUp-X".to_owned(), arn: Some(ARN.to_owned()) }),
                log_group: Some("/aws/lambda/stack-PreSignUp-X".to_owned()),
            }
        );
    }

    #[test]
    fn every_option_wins_and_with_all_of_them_no_stack_is_needed() {
        let (options, stage) = all_options();
        for outputs in [None, Some(&outputs())] {
            let place = resolve(&options, &stage, Trigger::PreSignUp, outputs).unwrap();
            assert_eq!((place.user_pool_id.as_str(), place.client_id.as_str(), place.table.as_str()), ("p", "c", "t"));
            assert_eq!(place.function, Some(Function { name: "f".to_owned(), arn: None }));
            assert_eq!(place.log_group.as_deref(), Some("/aws/lambda/f"));
        }
    }

    #[test]
    fn what_is_missing_is_named_by_its_option() {
        for (output, option) in [
            ("UserPoolId", "--user-pool-id"),
            ("UserPoolClientId", "--client-id"),
            ("KnownUsersTable", "--table"),
            ("PreSignUpFunction", "--function"),
        ] {
            let (mut found, options) = (outputs(), Global { stack: "s".to_owned(), ..Global::default() });
            found.remove(output);
            let stage = Stage { log_timeout: 60, ..Stage::default() };
            let failure = resolve(&options, &stage, Trigger::PreSignUp, Some(&found)).unwrap_err();
            assert!(failure.todo.contains(option), "{failure}");
            assert!(failure.said.contains(&format!("`{output}`")), "{failure}");
        }
    }

    #[test]
    fn a_function_is_needed_only_to_look_at_it() {
        let (options, stage) = all_options();
        for (assume_wired, log_timeout, log_group, is_needed) in [
            (false, 0, None, true),
            (true, 60, None, true),
            (true, 0, None, false),
            (true, 60, Some("group".to_owned()), false),
        ] {
            let stage = Stage { function: None, assume_wired, log_timeout, log_group, ..stage.clone() };
            let place = resolve(&options, &stage, Trigger::PreSignUp, None);
            assert_eq!(place.is_err(), is_needed, "{assume_wired} {log_timeout}");
        }
    }

    #[test]
    fn a_function_is_one_by_name_arn_version_or_alias() {
        let function = Function::new(ARN);
        assert_eq!(function.name, "stack-PreSignUp-X");
        for (arn, is_it) in [
            (ARN.to_owned(), true),
            (format!("{ARN}:live"), true),
            (format!("{ARN}2"), false),
            (ARN.replace("eu-west-1", "eu-west-2"), false),
        ] {
            assert_eq!(function.is_called_by(&arn), is_it, "{arn}");
        }
        assert!(Function::new("stack-PreSignUp-X").is_called_by(&format!("{ARN}:7")));
        let pool = "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_X";
        assert_eq!(
            Function::new("f").arn_beside(pool).as_deref(),
            Some("arn:aws-cn:lambda:cn-north-1:123456789012:function:f")
        );
        assert_eq!(Function::new(ARN).arn_beside("").as_deref(), Some(ARN));
        assert_eq!(Function::new("f").arn_beside("local_pool"), None);
    }
}
