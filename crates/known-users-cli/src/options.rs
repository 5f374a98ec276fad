//! What more than one command understands on the command line.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use known_user::Trigger;

/// The variables that every command reads.
pub(crate) const ENVIRONMENT: &str = "  AWS_PROFILE, AWS_REGION …    as for every AWS tool
  AWS_ENDPOINT_URL             another endpoint for every service, or for one:
  AWS_ENDPOINT_URL_<SERVICE>   COGNITO_IDENTITY_PROVIDER, CLOUDFORMATION,
                               CLOUDWATCH_LOGS, DYNAMODB, LAMBDA, SESV2, STS";

/// What every command understands.
#[derive(Args, Clone, Default)]
pub(crate) struct Global {
    /// The stack whose outputs say where everything is
    #[arg(long, global = true, value_name = "NAME", default_value = "known-user-triggers", help_heading = "Where")]
    pub(crate) stack: String,
    /// The user pool, instead of the stack's output UserPoolId
    #[arg(long, global = true, value_name = "ID", help_heading = "Where")]
    pub(crate) user_pool_id: Option<String>,
    /// The app client, instead of the stack's output UserPoolClientId
    #[arg(long, global = true, value_name = "ID", help_heading = "Where")]
    pub(crate) client_id: Option<String>,
    /// The table of known users, instead of the stack's output KnownUsersTable
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub(crate) table: Option<String>,
    /// The AWS region [default: that of --profile; without one, AWS_REGION, then that of the environment's profile]
    #[arg(long, global = true, value_name = "REGION", help_heading = "Where")]
    pub(crate) region: Option<String>,
    /// The AWS profile: its credentials and no others, whatever the environment has; its region, where it names one, also
    /// before AWS_REGION
    #[arg(long, global = true, value_name = "NAME", help_heading = "Where")]
    pub(crate) profile: Option<String>,
    /// One endpoint for every AWS service, instead of the environment's
    #[arg(long, global = true, value_name = "URL", help_heading = "Where")]
    pub(crate) endpoint_url: Option<String>,
    /// Answer yes to the last question: whether to clean up, to go ahead, or to remove somebody
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// The result as one JSON object on standard output, everything else on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// A trigger by its name, which the help lists.
pub(crate) fn trigger() -> impl TypedValueParser<Value = Trigger> {
    PossibleValuesParser::new(Trigger::ALL.map(Trigger::name)).try_map(|name| name.parse::<Trigger>())
}
