//! What is known so far: the values that references stand for.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress, InstanceKey};
use crate::config::Repeat;
use crate::value::{Object, Value};

/// Values of variables and of the instances of blocks. Local values are computed from them when
/// they are needed, so that they are never stale.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Values of variables, by name.
    pub variables: BTreeMap<String, Value>,
    /// Instances of blocks as expressions see them. A block is here once all its instances are.
    pub blocks: BTreeMap<BlockAddress, BTreeMap<InstanceKey, Object>>,
}

impl Known {
    /// Notes what an instance looks like.
    pub fn set(&mut self, address: &Address, object: Object) {
        self.blocks.entry(address.block.clone()).or_default().insert(address.key.clone(), object);
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
                    InstanceKey::None | InstanceKey::Index(_) => String::new(),
                };
                let instances = instances.iter();
                Value::Object(instances.map(|(k, o)| (name(k), Value::Object(o.clone()))).collect())
            }
        })
    }
}
