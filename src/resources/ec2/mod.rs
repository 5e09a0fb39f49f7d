//! Amazon EC2, of which little is asked: its SDK would cost as much to build as all others.
pub mod security_group;
