//! drctl: disaster recovery for Amazon Aurora, declared in HCL and applied without a state file.
#![warn(missing_docs)]

pub mod address;
pub mod apply;
pub mod aws;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod diff;
pub mod event;
pub mod graph;
pub mod lang;
pub mod live;
pub mod plan;
pub mod report;
pub mod resources;
pub mod schema;
pub mod value;
