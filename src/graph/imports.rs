//! `import` blocks: what they name, computed from variables and local values.
use std::collections::BTreeMap;

use crate::address::{Address, InstanceKey, ModuleAddress, Target};
use crate::config::Import;
use crate::diagnostic::{Checked, Diagnostic};
use crate::graph::expand::own_names;
use crate::graph::resolve::Found;
use crate::graph::sight::Sight;
use crate::graph::{Each, Known, Resolver};
use crate::lang::syntax::{Kind, StepKind};
use crate::lang::{self, Context, Expr};
use crate::value::Value;

/// What is to be adopted: for each address what AWS knows it by, as far as that is said.
pub fn imports(resolver: &Resolver<'_>, known: &Known) -> Checked<BTreeMap<Address, Vec<String>>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for import in &resolver.module.imports {
        match instances(resolver, known, import) {
            Ok(all) => {
                for (address, ids) in all {
                    if found.insert(address.clone(), ids).is_some() {
                        problems.push(
                            Diagnostic::error(
                                "Duplicate import",
                                format!("Another import block names {address} too."),
                            )
                            .at(import.span.clone()),
                        );
                    }
                }
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    (found, problems)
}

fn instances(
    resolver: &Resolver<'_>,
    known: &Known,
    import: &Import,
) -> Found<Vec<(Address, Vec<String>)>> {
    let root = ModuleAddress::root();
    let all = resolver.expand(&root, &import.repeat, known)?;
    all.iter().map(|each| one(resolver, known, import, each)).collect()
}

fn one(
    resolver: &Resolver<'_>,
    known: &Known,
    import: &Import,
    each: &Each,
) -> Found<(Address, Vec<String>)> {
    let sight = Sight::new(resolver, known);
    let value = |expression: &Expr| {
        let names = sight.names(&ModuleAddress::root(), [expression])?;
        let outer = Context::new(&names, resolver.files);
        lang::evaluate(expression, &outer.with(own_names(each)))
    };
    let address = address(&import.to, &value)?;
    if resolver.module.block(&address.block).is_none() {
        let text = format!("{address} is not declared, so nothing says how it should be.");
        return Err(vec![
            Diagnostic::error("Import of what is not declared", text).at(import.to.span()).hint(
                format!(
                    "Add a block `resource \"{}\" \"{}\"`.",
                    address.block.type_name, address.block.name
                ),
            ),
        ]);
    }
    let written = import.id.as_ref().or(import.identity.as_ref()).expect("one of them is there");
    let ids = match value(written)?.unmarked() {
        Value::String(id) if !id.is_empty() => vec![id.clone()],
        Value::Number(id) => vec![id.to_string()],
        Value::Object(object) | Value::Map(object) if import.identity.is_some() => {
            let parts = object.iter().filter(|(name, _)| !["account_id", "region"].contains(name));
            parts.filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
        }
        other => {
            let wanted = if import.id.is_some() {
                "\"id\" must be a string"
            } else {
                "\"identity\" must be an object"
            };
            let text = format!(
                "{wanted} that is known from variables and local values, but this is {}.",
                other.describe()
            );
            return Err(vec![Diagnostic::error("Invalid import", text).at(written.span())]);
        }
    };
    Ok((address, ids))
}

/// The address that `to` names, keys such as `each.key` computed.
fn address(to: &Expr, value: &dyn Fn(&Expr) -> Found<Value>) -> Found<Address> {
    let wrong = || {
        let text = "\"to\" is the address of a resource, as in `aws_sns_topic.main[each.key]`.";
        vec![Diagnostic::error("Invalid address", text).at(to.span())]
    };
    let Kind::Traversal(traversal) = &to.ast.kind else { return Err(wrong()) };
    let Kind::Name(root) = &traversal.from.kind else { return Err(wrong()) };
    let mut text = root.clone();
    for step in &traversal.steps {
        match &step.kind {
            StepKind::Attribute(name) => {
                text.push('.');
                text.push_str(name);
            }
            StepKind::Position(index) => text.push_str(&format!("[{index}]")),
            StepKind::Index(index) => {
                let key = match value(&Expr::new(&to.source, index.clone()))?.unmarked() {
                    Value::String(key) => InstanceKey::Key(key.clone()),
                    Value::Number(index) => {
                        InstanceKey::Index(index.as_usize().ok_or_else(wrong)? as u64)
                    }
                    _ => return Err(wrong()),
                };
                text.push_str(&key.to_string());
            }
            StepKind::AttributeSplat | StepKind::FullSplat => return Err(wrong()),
        }
    }
    match Target::parse(&text) {
        Some(Target::Instance(address)) => Ok(address),
        _ => Err(wrong()),
    }
}
