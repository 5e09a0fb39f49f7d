//! Amazon SNS.
pub mod topic;
