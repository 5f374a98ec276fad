//! Where a scenario plays: what the options say, else what the stack's outputs say.

use aws_failure::Failure;
use known_user::Trigger;
use user_pool::function::Function;

use crate::{
    aws::{
        clients::Aws,
        stack_outputs::{Outputs, function, output, outputs},
    },
    commands::scenario::options::Stage,
    options::Global,
};

/// Where a scenario plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
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

/// Finds out where everything is; asks the stack unless the options say it all.
pub(crate) async fn find(aws: &Aws, options: &Global, stage: &Stage, trigger: Trigger) -> Result<Site, Failure> {
    if let Ok(site) = resolve(options, stage, trigger, None) {
        return Ok(site);
    }
    let outputs = outputs(aws, &options.stack).await?;
    let mut site = resolve(options, stage, trigger, Some(&outputs))?;
    // A function that the options name may be another stack's, and so is its log.
    if stage.log_group.is_none()
        && stage.function.is_none()
        && stage.log_timeout > 0
        && let Some(group) = log_group(aws, &options.stack, trigger).await?
    {
        site.log_group = Some(group);
    }
    Ok(site)
}

/// Where everything is, as far as options and outputs say; an error names the option that is missing.
fn resolve(options: &Global, stage: &Stage, trigger: Trigger, outputs: Option<&Outputs>) -> Result<Site, Failure> {
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
    Ok(Site {
        user_pool_id: needed(&options.user_pool_id, "UserPoolId", "--user-pool-id", "the user pool")?,
        client_id: needed(&options.client_id, "UserPoolClientId", "--client-id", "the app client")?,
        table: needed(&options.table, "KnownUsersTable", "--table", "the table of known users")?,
        ephemera: stage.ephemera_table.clone().or_else(|| output("EphemeraTable")),
        function,
        log_group,
    })
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
            Site {
                user_pool_id: "eu-west-1_STACK".to_owned(),
                client_id: "stackclient".to_owned(),
                table: "stack-KnownUsers".to_owned(),
                ephemera: Some("stack-Ephemera".to_owned()),
                function: Some(Function {
                    name: "stack-PreSignUp-X".to_owned(),
                    arn: Some(ARN.to_owned()),
                    qualifier: None
                }),
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
            assert_eq!(place.function, Some(Function::new("f")));
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
}
