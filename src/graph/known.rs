//! What is known so far: the values that references stand for.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress, InstanceKey, ModuleAddress};
use crate::config::Repeat;
use crate::value::{Object, Value};

/// Values of variables and of the instances of blocks. Local values, variables of modules and
/// outputs are computed from them when they are needed, so that they are never stale.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Values of the root module's variables, by name.
    pub variables: BTreeMap<String, Value>,
    /// Instances of blocks as expressions see them. A block is here once all its instances are.
    pub blocks: BTreeMap<BlockAddress, BTreeMap<InstanceKey, Object>>,
    /// Instances of modules, by the declared address.
    modules: BTreeMap<ModuleAddress, Vec<ModuleAddress>>,
}

impl Known {
    /// Notes what an instance looks like.
    pub fn set(&mut self, address: &Address, object: Object) {
        self.blocks.entry(address.block.clone()).or_default().insert(address.key.clone(), object);
    }

    /// Notes an instance of a module.
    pub fn add_module(&mut self, instance: ModuleAddress) {
        self.modules.entry(instance.declared()).or_default().push(instance);
    }

    /// The instances of a module that are known by now.
    pub fn instances(&self, declared: &ModuleAddress) -> Vec<ModuleAddress> {
        if declared.is_root() {
            return vec![ModuleAddress::root()];
        }
        self.modules.get(declared).cloned().unwrap_or_default()
    }

    /// The keys that a call has in one instance of the module in which it stands.
    pub(super) fn keys(&self, caller: &ModuleAddress, name: &str) -> Vec<InstanceKey> {
        let declared = caller.child(name, InstanceKey::None).declared();
        let all = self.modules.get(&declared).into_iter().flatten();
        let ours = all.filter_map(|instance| {
            let (parent, step) = instance.parent()?;
            (parent == *caller).then(|| step.key.clone())
        });
        ours.collect()
    }

    /// A block in every instance of its module.
    pub fn everywhere(&self, declared: &BlockAddress) -> Vec<BlockAddress> {
        self.instances(&declared.module).iter().map(|module| declared.within(module)).collect()
    }

    /// The value of a block as a whole: an object, or a tuple or an object of instances.
    pub(super) fn block(&self, address: &BlockAddress, repeat: &Repeat) -> Option<Value> {
        let instances = self.blocks.get(address)?;
        let all = || instances.values().cloned().map(Value::Object);
        Some(match repeat {
            Repeat::Once => all().next()?,
            Repeat::Count(_) => Value::Tuple(all().collect()),
            Repeat::ForEach(_) => {
                let name = |key: &InstanceKey| match key {
                    InstanceKey::Key(name) => name.clone(),
                    InstanceKey::None | InstanceKey::Index(_) | InstanceKey::Former(..) => {
                        String::new()
                    }
                };
                let instances = instances.iter();
                Value::Object(instances.map(|(k, o)| (name(k), Value::Object(o.clone()))).collect())
            }
        })
    }
}
