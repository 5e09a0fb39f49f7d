//! A plan as a file: all that applying it needs, and no secret.
//!
//! Values that are sensitive are there as salted digests, which say whether they are the same and
//! not what they are.
//!
//! A saved plan is for a while and for once. When it is applied, AWS is read again and planned
//! again, and the two plans must have been decided upon the same ([`Saved::moved`]).
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;

use crate::config::Types;
use crate::plan::{Plan, Verb};
use crate::value::Value;

mod decision;
mod decode;
mod encode;
mod hash;

pub use decision::{Attribute, Drifted, Moved, Side};
pub use encode::{encode_plan, encode_value};

/// Version of the format; another one is refused.
const FORMAT: u32 = 2;

/// A saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    /// Version of the format.
    pub format: u32,
    /// Version of drctl that made it.
    pub drctl_version: String,
    /// When, in RFC 3339.
    pub created: String,
    /// Until when it may be applied, in RFC 3339.
    pub expires: String,
    /// When applying it was begun, which may be once.
    pub applied: Option<String>,
    /// Tells this file from one of the same plan.
    pub nonce: String,
    /// Name of the stack.
    pub stack: String,
    /// Files of the configuration: name and text.
    pub sources: Vec<(String, String)>,
    /// Values of variables.
    pub variables: BTreeMap<String, Tree>,
    /// `-destroy`.
    pub destroy: bool,
    /// `-target`.
    pub targets: Vec<String>,
    /// `-replace`.
    pub replace: BTreeSet<String>,
    /// Makes digests of this file unlike those of any other.
    pub salt: String,
    /// `-adopt`.
    pub adopt: Vec<String>,
    /// `-partial`: what could not be read is left out.
    pub partial: bool,
    /// `-max-removals`.
    pub max_removals: Option<usize>,
    /// `-also-sweep`.
    pub also_sweep: Vec<String>,
    /// The plan itself.
    pub plan: Tree,
}

/// Why a saved plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is no plan.
    #[error("this is not a plan that drctl has saved: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Another version made it.
    #[error("the plan was saved by drctl {0}, and another version must not apply it")]
    Version(String),
    /// It is damaged.
    #[error("the plan is damaged: {0}")]
    Damaged(String),
}

impl Saved {
    /// The format that this version writes.
    pub const fn format() -> u32 {
        FORMAT
    }

    /// Reads what was written by the same version.
    ///
    /// # Errors
    /// When it is no plan, or that of another version.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let tree: Tree = serde_json::from_str(text)?;
        let version = tree.get("drctl_version").and_then(Tree::as_str).unwrap_or("unknown");
        if tree.get("format").is_some() && version != env!("CARGO_PKG_VERSION") {
            return Err(FileError::Version(version.to_owned()));
        }
        let saved: Self = serde_json::from_value(tree)?;
        if saved.format == FORMAT {
            Ok(saved)
        } else {
            Err(FileError::Version(saved.drctl_version))
        }
    }

    /// The plan, for showing it.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn plan(&self, types: Types<'_>) -> Result<Plan, FileError> {
        decode::plan(&self.plan, types).ok_or_else(|| FileError::Damaged("changes".to_owned()))
    }

    /// The values of all variables; secrets as sensitive strings.
    ///
    /// # Errors
    /// When one is damaged.
    pub fn all_variables(&self) -> Result<BTreeMap<String, Value>, FileError> {
        let each = self.variables.keys();
        each.map(|name| Ok((name.clone(), self.variable(name)?))).collect()
    }

    /// A variable's value: known, or the digest of a secret as a sensitive string.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn variable(&self, name: &str) -> Result<Value, FileError> {
        let tree = self.variables.get(name).unwrap_or(&Tree::Null);
        decode::value(tree).ok_or_else(|| FileError::Damaged(format!("variable {name}")))
    }

    /// In what a plan of now is not the one that was saved, as far as that was decided upon.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn moved(&self, now: &Plan, types: Types<'_>) -> Result<Vec<Moved>, FileError> {
        let damaged = || FileError::Damaged("changes".to_owned());
        // Its secrets are digests; those of the other must become digests too.
        let now = decode::plan(&encode_plan(now, &self.salt), types).ok_or_else(damaged)?;
        Ok(decision::moved(&self.plan(types)?, &now))
    }
}

const VERBS: [(&str, Verb); 5] = [
    ("read", Verb::Read),
    ("create", Verb::Create),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
    ("forget", Verb::Forget),
];

fn verb(verb: Verb) -> &'static str {
    VERBS.iter().find(|(_, known)| *known == verb).map_or("", |(name, _)| name)
}
