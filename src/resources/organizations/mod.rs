//! AWS Organizations.
pub mod organization;
