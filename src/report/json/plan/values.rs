//! Instances with their values, module by module: what there is, and what there will be.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Tree, json};

use crate::address::{Address, ModuleAddress};
use crate::plan::{OutputChange, Plan};
use crate::report::json::plan::{change, sides, value};
use crate::report::outputs::type_of;
use crate::value::{Object, Value};

/// What AWS has of what the plan is about.
pub(super) fn prior(plan: &Plan) -> Tree {
    let all = plan.changes.values();
    let live = all.filter_map(|one| Some((&one.address, sides::before(one)?)));
    json!({ "outputs": {}, "root_module": root(live.collect()) })
}

/// What there will be.
pub(super) fn planned(plan: &Plan) -> Tree {
    let all = plan.changes.values();
    let wanted = all.filter_map(|one| {
        let before = sides::before(one);
        Some((&one.address, sides::after(one, before.as_ref())?))
    });
    let outputs = if plan.destroy { json!({}) } else { outputs(&plan.outputs) };
    json!({ "outputs": outputs, "root_module": root(wanted.collect()) })
}

fn outputs(outputs: &BTreeMap<String, OutputChange>) -> Tree {
    let one = |(name, output): (&String, &OutputChange)| {
        let mut told = json!({ "sensitive": output.sensitive });
        if output.after.is_known() {
            told["type"] = type_of(&output.after);
            told["value"] = if output.sensitive { Tree::Null } else { value::shown(&output.after) };
        }
        (name.clone(), told)
    };
    Tree::Object(outputs.iter().map(one).collect())
}

type Instances<'a> = Vec<(&'a Address, Object)>;

fn root(instances: Instances<'_>) -> Tree {
    let mut modules: BTreeMap<ModuleAddress, Vec<Tree>> = BTreeMap::new();
    for (address, object) in instances {
        let module = &address.block.module;
        // Modules in between are there even if nothing stands in them itself.
        let mut around = module.clone();
        while let Some((parent, _)) = around.parent() {
            modules.entry(parent.clone()).or_default();
            around = parent;
        }
        modules.entry(module.clone()).or_default().push(resource(address, &object));
    }
    Tree::Object(module(&ModuleAddress::root(), &modules))
}

fn module(at: &ModuleAddress, all: &BTreeMap<ModuleAddress, Vec<Tree>>) -> Map<String, Tree> {
    let mut members = Map::new();
    if let Some(resources) = all.get(at).filter(|resources| !resources.is_empty()) {
        members.insert("resources".to_owned(), json!(resources));
    }
    let inside = |one: &&ModuleAddress| one.parent().is_some_and(|(parent, _)| parent == *at);
    let children = all.keys().filter(inside).map(|child| {
        let mut members = module(child, all);
        members.insert("address".to_owned(), json!(child.to_string()));
        Tree::Object(members)
    });
    let children: Vec<Tree> = children.collect();
    if !children.is_empty() {
        members.insert("child_modules".to_owned(), json!(children));
    }
    members
}

fn resource(address: &Address, object: &Object) -> Tree {
    let mut members = change::subject(address);
    members.shift_remove("module_address");
    members.insert("schema_version".to_owned(), json!(0));
    members.insert("values".to_owned(), value::known(object));
    let sensitive = value::sensitive(&Value::Object(object.clone()));
    members.insert("sensitive_values".to_owned(), sensitive);
    Tree::Object(members)
}
