//! Archives, made on this machine.
mod configuration;
mod excludes;
mod executable;
pub mod file;
mod files;
pub mod package;
mod zip;
