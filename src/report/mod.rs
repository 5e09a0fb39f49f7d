//! Turns plans, events, diagnostics and outputs into text and JSON. Pure: who calls says where the
//! text goes, whether colours are wanted, how wide a line is and what time it is.
//!
//! Layout and words are Terraform's wherever Terraform has them, since people read plans by
//! reflex. No text that comes from outside, from AWS or from a file, can leave its place in the
//! layout: control characters are written as escapes (see [`text`]).
pub mod diagnostics;
pub mod drift;
pub mod findings;
pub mod json;
pub mod lock;
pub mod manual;
pub mod markdown;
pub mod module;
pub mod outputs;
pub mod picture;
pub mod places;
pub mod plan;
pub mod progress;
pub mod review;
pub mod saved;
pub mod style;
pub mod text;

mod blocked;
mod changed;
mod compare;
mod document;
mod observed;
mod record;
mod resource;
mod sequence;
mod snippet;
mod tree;
mod undeclared;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use places::Places;
pub use style::{Paint, Style};
