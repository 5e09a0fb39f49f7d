//! drctl: disaster recovery for Amazon Aurora, declared in HCL and applied without a state file.
#![warn(missing_docs)]

pub mod address;
pub mod diagnostic;
pub mod lang;
pub mod value;
