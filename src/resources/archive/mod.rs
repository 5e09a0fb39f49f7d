//! Archives, made on this machine.
mod excludes;
pub mod file;
mod files;
