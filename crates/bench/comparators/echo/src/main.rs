//! The floor: what the Lambda runtime for Rust costs by itself.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;

fn main() -> Result<(), Error> {
    let echo = service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload));
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(Runtime::new(echo).run())
}
