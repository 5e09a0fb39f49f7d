//! Files of HCL as declared blocks.
pub mod provider;
