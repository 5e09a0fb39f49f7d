//! How the stream names a resource.
use serde_json::{Value as Tree, json};

use crate::address::{Address, InstanceKey, Mode, Scope};
use crate::plan::Verb;

/// The resource as Terraform's stream names it, with where it lives as an addition.
pub fn resource(address: &Address, scope: Option<&Scope>) -> Tree {
    let block = &address.block;
    let whole = address.to_string();
    let data = if block.mode == Mode::Data { "data." } else { "" };
    let own = format!("{data}{}.{}{}", block.type_name, block.name, address.key);
    let module = whole.strip_suffix(&own).unwrap_or_default().trim_end_matches('.');
    let key = match address.key.own() {
        InstanceKey::None | InstanceKey::Former(..) => Tree::Null,
        InstanceKey::Index(index) => json!(index),
        InstanceKey::Key(key) => json!(key),
    };
    let provider = block.type_name.split('_').next().unwrap_or_default();
    let mut resource = json!({
        "addr": whole,
        "module": module,
        "resource": own,
        "implied_provider": provider,
        "resource_type": block.type_name,
        "resource_name": block.name,
        "resource_key": key,
    });
    if let InstanceKey::Former(_, id) = &address.key {
        resource["formerly"] = json!(id);
    }
    if let Some(Scope { account, region }) = scope {
        resource["scope"] = json!({ "account": account.as_str(), "region": region.as_str() });
    }
    resource
}

/// The word for a verb.
pub(super) const fn action(verb: Verb) -> &'static str {
    match verb {
        Verb::Read => "read",
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
        Verb::Forget => "forget",
    }
}
