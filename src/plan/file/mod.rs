//! A plan as a file: all that applying it needs, and no secret.
//!
//! Values that are sensitive are there as salted digests, which say whether they are the same and
//! not what they are.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Tree};

use crate::config::Types;
use crate::plan::{Plan, Verb};
use crate::value::Value;

mod decode;
mod encode;
mod hash;

pub use encode::{encode_plan, encode_value};

/// Version of the format; another one is refused.
const FORMAT: u32 = 1;

/// A saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    /// Version of the format.
    pub format: u32,
    /// Version of drctl that made it.
    pub drctl_version: String,
    /// When, in RFC 3339.
    pub created: String,
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
    #[serde(default)]
    pub adopt: Vec<String>,
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

    /// In what another plan, encoded with the same salt, is not this one: an address and an
    /// attribute each.
    pub fn moved(&self, now: &Tree) -> Vec<String> {
        let mut moved = Vec::new();
        let empty = Map::new();
        let changes = |tree: &'_ Tree| tree.get("changes").and_then(Tree::as_object).cloned();
        let (before, now) = (changes(&self.plan), changes(now));
        let (before, now) = (before.as_ref().unwrap_or(&empty), now.as_ref().unwrap_or(&empty));
        let addresses: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for address in addresses {
            match (before.get(address), now.get(address)) {
                (Some(before), Some(now)) => parts(address, before, now, &mut moved),
                (None, _) => moved.push(format!("{address} is new")),
                (_, None) => moved.push(format!("{address} is no longer declared")),
            }
        }
        moved
    }
}

/// Names what differs between two encoded changes.
fn parts(address: &str, before: &Tree, now: &Tree, moved: &mut Vec<String>) {
    let attribute = |tree: &Tree, side: &str, name: &str| {
        tree.pointer(&format!("/{side}/object/{name}")).cloned().unwrap_or_default()
    };
    let names = |tree: &Tree, side: &str| {
        let object = tree.pointer(&format!("/{side}/object")).and_then(Tree::as_object);
        object.map(|o| o.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default()
    };
    let exists = |tree: &Tree| tree.get("live").is_some_and(|live| !live.is_null());
    match (exists(before), exists(now)) {
        (true, false) => return moved.push(format!("{address} no longer exists")),
        (false, true) => return moved.push(format!("{address} exists by now")),
        (true, true) | (false, false) => {}
    }
    let known = moved.len();
    for (side, what) in [("live", "in AWS"), ("want", "in the configuration")] {
        let all: BTreeSet<String> =
            names(before, side).into_iter().chain(names(now, side)).collect();
        for name in all {
            if attribute(before, side, &name) != attribute(now, side, &name) {
                moved.push(format!("{address}: {name} has changed {what}"));
            }
        }
    }
    if moved.len() == known && before.get("action") != now.get("action") {
        moved.push(format!("{address}: what is to be done has changed"));
    }
}

const VERBS: [(&str, Verb); 4] = [
    ("read", Verb::Read),
    ("create", Verb::Create),
    ("update", Verb::Update),
    ("delete", Verb::Delete),
];

fn verb(verb: Verb) -> &'static str {
    VERBS.iter().find(|(_, known)| *known == verb).map_or("", |(name, _)| name)
}
