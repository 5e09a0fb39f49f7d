//! The names that expressions use, each with what it stands for.
use std::collections::BTreeMap;

use crate::address::{BlockAddress, Mode};
use crate::graph::resolve::Found;
use crate::graph::{Known, Resolver};
use crate::lang::{Key, Traversal};
use crate::value::{Object, Value};
/// Collects what references stand for; local values are computed as they are met.
pub(super) struct Names<'a> {
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) known: &'a Known,
    pub(super) roots: BTreeMap<String, Object>,
}

impl Names<'_> {
    pub(super) fn add(&mut self, traversal: &Traversal) -> Found<()> {
        let word = |index: usize| match traversal.steps.get(index) {
            Some(Key::Attribute(name)) => name.clone(),
            _ => String::new(),
        };
        let Resolver { module, directory, .. } = self.resolver;
        let root = traversal.root.clone();
        match root.as_str() {
            "each" | "count" | "self" => {}
            "path" => {
                let here = |name: &str| (name.to_owned(), Value::text(*directory));
                let paths = ["module", "root", "cwd"].into_iter().map(here).collect();
                self.roots.insert(root, paths);
            }
            "terraform" => {
                let workspace = [("workspace", Value::text("default"))];
                self.roots.insert(root, workspace.into_iter().collect());
            }
            "var" => {
                let name = word(0);
                if let Some(value) = self.known.variables.get(&name) {
                    self.roots.entry(root).or_default().0.insert(name, value.clone());
                }
            }
            "local" => {
                let name = word(0);
                let has = self.roots.get(&root).is_some_and(|locals| locals.0.contains_key(&name));
                if let (false, Some(expression)) = (has, module.locals.get(&name)) {
                    let value = self.resolver.evaluate(expression, self.known)?;
                    self.roots.entry(root).or_default().0.insert(name, value);
                }
            }
            "data" => self.block(Mode::Data, &word(0), &word(1)),
            _ => self.block(Mode::Managed, &root, &word(0)),
        }
        Ok(())
    }

    fn block(&mut self, mode: Mode, type_name: &str, name: &str) {
        let address = BlockAddress { mode, ..BlockAddress::managed(type_name, name) };
        let Some(block) = self.resolver.module.blocks.get(&address) else { return };
        let Some(value) = self.known.block(&address, &block.repeat) else { return };
        let names = match mode {
            Mode::Managed => self.roots.entry(type_name.to_owned()).or_default(),
            Mode::Data => {
                let data = self.roots.entry("data".to_owned()).or_default();
                let empty = || Value::Object(Object::default());
                match data.0.entry(type_name.to_owned()).or_insert_with(empty) {
                    Value::Object(names) => names,
                    _ => unreachable!("types of data sources are objects"),
                }
            }
        };
        names.0.insert(name.to_owned(), value);
    }
}
