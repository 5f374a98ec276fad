//! What is recorded of a sign-in. Pure: no table, no clock, no environment.

use std::time::SystemTime;

use common::{
    event::Event,
    identity::{CheckSuspended, Pool, Shown},
    known_users::SignIn,
};

/// The sign-in that `event` tells of, at `time`.
pub(crate) fn sign_in(pool: Pool, check_suspended: CheckSuspended, event: &Event, time: SystemTime) -> SignIn {
    let says_email = event.email().is_some();
    SignIn {
        user_pool_id: event.user_pool_id.clone(),
        client_id: event.client_id.clone(),
        time,
        sub: event.sub().map(str::to_owned),
        // The record that a user name alone finds may be a namesake's, whatever the pool calls verified.
        shown: if says_email { event.shown() } else { Shown::Said },
        pool,
        // Another provider's users have a name of Cognito's making, which is nobody's.
        user_name: if event.is_federated() { String::new() } else { event.user_name.clone() },
        says_email,
        refuses_suspended: check_suspended == CheckSuspended::After,
    }
}
