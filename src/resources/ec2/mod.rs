//! Amazon EC2, of which little is asked: its SDK would cost as much to build as all others.
mod described;
pub mod security_group;
pub mod subnets;
pub mod vpc;
