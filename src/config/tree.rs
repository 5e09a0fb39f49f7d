//! Modules within modules: what stands at an address.
use std::sync::Arc;

use indexmap::IndexMap;

use crate::address::{BlockAddress, InstanceKey, ModuleAddress};
use crate::config::{Block, Call, Handed, Module, Settings};
use crate::diagnostic::{Diagnostic, Source};

impl Default for Module {
    /// A root module in which nothing stands.
    fn default() -> Self {
        Self {
            directory: ".".to_owned(),
            sources: Vec::new(),
            settings: Settings::default(),
            variables: IndexMap::new(),
            locals: IndexMap::new(),
            outputs: IndexMap::new(),
            providers: IndexMap::new(),
            blocks: IndexMap::new(),
            calls: IndexMap::new(),
            checks: IndexMap::new(),
            moved: Vec::new(),
            removed: Vec::new(),
            imports: Vec::new(),
        }
    }
}

impl Module {
    /// The module at an address, whatever its keys; none if it is not declared.
    pub fn at(&self, address: &ModuleAddress) -> Option<&Self> {
        let mut here = self;
        for step in &address.0 {
            here = &here.calls.get(&step.name)?.module;
        }
        Some(here)
    }

    /// The call that makes the module at an address; none for the root module.
    pub fn call(&self, address: &ModuleAddress) -> Option<&Call> {
        let (parent, step) = address.parent()?;
        self.at(&parent)?.calls.get(&step.name)
    }

    /// The block at an address, whatever the keys of its module.
    pub fn block(&self, address: &BlockAddress) -> Option<&Block> {
        self.at(&address.module)?.blocks.get(&address.within(&ModuleAddress::root()))
    }

    /// This module and all that it calls, at any depth, each at its declared address; callers first.
    pub fn all(&self) -> Vec<(ModuleAddress, &Self)> {
        let mut found = vec![(ModuleAddress::root(), self)];
        let mut next = 0;
        while let Some((address, module)) = found.get(next).cloned() {
            next += 1;
            let called = module.calls.iter();
            found.extend(
                called.map(|(name, call)| (address.child(name, InstanceKey::None), &*call.module)),
            );
        }
        found
    }

    /// All blocks, at any depth, each at its declared address.
    pub fn all_blocks(&self) -> Vec<(BlockAddress, &Block)> {
        let all = self.all().into_iter();
        all.flat_map(|(at, module)| {
            module.blocks.iter().map(move |(b, block)| (b.within(&at), block))
        })
        .collect()
    }

    /// All files, each once.
    pub fn all_sources(&self) -> Vec<Arc<Source>> {
        let mut found: Vec<Arc<Source>> = Vec::new();
        for (_, module) in self.all() {
            for source in &module.sources {
                if !found.iter().any(|known| Arc::ptr_eq(known, source)) {
                    found.push(Arc::clone(source));
                }
            }
        }
        found
    }

    /// Alias of the root module's provider that a module finds under an alias. The one without an
    /// alias is handed on by itself, others only by `providers`.
    pub fn provider(&self, at: &ModuleAddress, alias: &str) -> Option<String> {
        let Some((parent, _)) = at.parent() else { return Some(alias.to_owned()) };
        match self.call(at)?.providers.get(alias) {
            Some(handed) => self.provider(&parent, &handed.alias),
            None if alias.is_empty() => self.provider(&parent, alias),
            None => None,
        }
    }

    /// The call that says which instance of a provider a module finds under an alias, by the module
    /// that it makes; none if no call says that.
    pub fn handed(&self, at: &ModuleAddress, alias: &str) -> Option<(ModuleAddress, &Handed)> {
        let (parent, _) = at.parent()?;
        match self.call(at)?.providers.get(alias) {
            Some(handed) if handed.key.is_some() => Some((at.clone(), handed)),
            Some(handed) => self.handed(&parent, &handed.alias),
            None if alias.is_empty() => self.handed(&parent, alias),
            None => None,
        }
    }

    /// Says of a problem inside a module which calls led there.
    pub fn called(&self, at: &ModuleAddress, problem: Diagnostic) -> Diagnostic {
        match self.call(at) {
            Some(call) => problem.called(at, &call.span),
            None => problem,
        }
    }
}
