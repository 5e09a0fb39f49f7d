//! The names that expressions use, each with what it stands for.
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{BlockAddress, Mode, ModuleAddress};
use crate::graph::reference;
use crate::graph::resolve::Found;
use crate::graph::sight::Sight;
use crate::lang::{Key, Traversal};
use crate::value::{Object, Value};

/// Collects what references stand for; local values and the like are computed as they are met.
pub(super) struct Names<'a> {
    sight: &'a Sight<'a>,
    at: &'a ModuleAddress,
    roots: BTreeMap<String, Object>,
    /// For each module that is named, the outputs that are needed.
    modules: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(sight: &'a Sight<'a>, at: &'a ModuleAddress) -> Self {
        Self { sight, at, roots: BTreeMap::new(), modules: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, traversal: &Traversal) -> Found<()> {
        let word = |index: usize| match traversal.steps.get(index) {
            Some(Key::Attribute(name)) => name.clone(),
            _ => String::new(),
        };
        let Self { sight, at, .. } = *self;
        let module = sight.module(at);
        let root = traversal.root.clone();
        let has = |roots: &BTreeMap<String, Object>, name: &str| {
            roots.get(&root).is_some_and(|known| known.0.contains_key(name))
        };
        match root.as_str() {
            "each" | "count" | "self" => {}
            "path" => {
                let base = sight.resolver.directory;
                let here = if at.is_root() { base } else { &module.directory };
                let paths = [("module", here), ("root", base), ("cwd", base)];
                let paths = paths.into_iter().map(|(name, path)| (name, Value::text(path)));
                self.roots.insert(root, paths.collect());
            }
            "terraform" => {
                let workspace = [("workspace", Value::text("default"))];
                self.roots.insert(root, workspace.into_iter().collect());
            }
            "var" => {
                let name = word(0);
                if !has(&self.roots, &name)
                    && let Some(value) = sight.variable(at, &name)?
                {
                    self.roots.entry(root).or_default().0.insert(name, value);
                }
            }
            "local" => {
                let name = word(0);
                if let (false, Some(is)) = (has(&self.roots, &name), module.locals.get(&name)) {
                    let value = sight.local(at, &name, is)?;
                    self.roots.entry(root).or_default().0.insert(name, value);
                }
            }
            "module" => {
                let name = word(0);
                if let Some(call) = module.calls.get(&name) {
                    let wanted = self.modules.entry(name.clone()).or_default();
                    match reference::output(traversal, &name, call) {
                        Ok(Some(output)) => drop(wanted.insert(output.to_owned())),
                        _ => wanted.extend(call.module.outputs.keys().cloned()),
                    }
                }
            }
            "data" => self.block(Mode::Data, &word(0), &word(1)),
            _ => self.block(Mode::Managed, &root, &word(0)),
        }
        Ok(())
    }

    /// All names.
    pub(super) fn finish(self) -> Found<BTreeMap<String, Value>> {
        let Self { sight, at, mut roots, modules } = self;
        for (name, outputs) in modules {
            let call = &sight.module(at).calls[&name];
            let value = sight.called(at, &name, call, outputs.iter())?;
            roots.entry("module".to_owned()).or_default().0.insert(name, value);
        }
        let objects = roots.into_iter().map(|(name, object)| (name, Value::Object(object)));
        Ok(objects.collect())
    }

    fn block(&mut self, mode: Mode, type_name: &str, name: &str) {
        let address = BlockAddress { mode, ..BlockAddress::managed(type_name, name) };
        let Some(block) = self.sight.module(self.at).blocks.get(&address) else { return };
        let address = address.within(self.at);
        let Some(value) = self.sight.known.block(&address, &block.repeat) else { return };
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
