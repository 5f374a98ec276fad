//! AWS as the tool asks it: clients, what a stack says of itself, logs, what a pool calls.

pub(crate) mod clients;
pub(crate) mod logs;
pub(crate) mod rewiring;
pub(crate) mod stack_outputs;
