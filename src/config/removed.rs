//! `removed` blocks: what is no longer declared, and what becomes of it.
use crate::address::{InstanceKey, Mode, ModuleAddress, Target};
use crate::config::block::Reader;
use crate::config::refactor::address;
use crate::config::{Body, Module, Nested, Removed, Types};
use crate::diagnostic::Diagnostic;
use crate::lang::{self, Context};
use crate::schema::{Role, TypeSpec, check_value, conform};
use crate::value::{Object, Value};

/// Reads a `removed` block.
pub(super) fn read(module: &mut Module, mut body: Body, reader: &mut Reader<'_>) {
    let span = body.span.clone();
    let from = address(&mut body, "from", reader);
    let mut destroy = true;
    for Nested { mut body, .. } in body.take_blocks("lifecycle") {
        destroy = reader.take_bool(&mut body, "destroy").unwrap_or(true);
        reader.nothing_left(&body, &["destroy"], "the lifecycle block of a removed block");
    }
    let mut options =
        Body { span: span.clone(), arguments: indexmap::IndexMap::new(), blocks: Vec::new() };
    for block in body.take_blocks("options") {
        options = block.body;
    }
    reader.nothing_left(&body, &["from", "lifecycle", "options"], "a removed block");
    let Some(from) = from else { return };
    if matches!(&from, Target::Instance(from) if from.block.mode == Mode::Data) {
        let text = "A data source is read, not made, so there is nothing that could be removed.";
        reader.problems.push(Diagnostic::error("Data source address not allowed", text).at(span));
        return;
    }
    if let Some(first) = module.removed.iter().find(|other| other.from == from) {
        reader.twice("removed block", &from.to_string(), &first.span, &span);
        return;
    }
    module.removed.push(Removed { from, destroy, options, span });
}

/// What is wrong in the `removed` blocks of one module: what is removed is declared no longer, is of
/// a type that there is, and is gone about in a way that the type knows.
pub(super) fn check(module: &Module, types: Types<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for Removed { from, options, span, .. } in &module.removed {
        if is_declared(module, from) {
            let what = if matches!(from, Target::Module(_)) { "module" } else { "resource" };
            let text = format!(
                "This statement declares that {from} was removed, but it is still declared in the \
                 configuration."
            );
            problems.push(
                Diagnostic::error(format!("Removed {what} still exists"), text).at(span.clone()),
            );
        }
        let Target::Instance(address) = from else {
            if let Some(argument) = options.arguments.values().next() {
                let text =
                    "Options are those of one type: name the resources of the module one by one.";
                problems
                    .push(Diagnostic::error("Options of a module", text).at(argument.name.clone()));
            }
            continue;
        };
        let Some(spec) = types.find(Mode::Managed, &address.block.type_name) else {
            let text = format!("drctl has no resource type \"{}\".", address.block.type_name);
            problems.push(Diagnostic::error("Unknown resource type", text).at(span.clone()));
            continue;
        };
        problems.extend(wrong_options(spec, options));
    }
    problems
}

/// Whether the address is declared; one with a key is known to be only once instances are.
fn is_declared(module: &Module, from: &Target) -> bool {
    match from {
        Target::Module(from) => {
            let keyed = from.0.last().is_some_and(|step| step.key != InstanceKey::None);
            !keyed && module.at(from).is_some()
        }
        Target::Instance(from) => {
            from.key == InstanceKey::None
                && from.block.module == from.block.module.declared()
                && module.block(&from.block).is_some()
        }
    }
}

fn wrong_options(spec: &TypeSpec, options: &Body) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for block in &options.blocks {
        let text = "Options are arguments, not blocks.";
        let problem = Diagnostic::error("Unsupported block type", text);
        problems.push(problem.at(block.body.span.clone()));
    }
    for (name, argument) in &options.arguments {
        let of_type =
            spec.inputs.iter().find(|spec| spec.name == name && spec.role == Role::Option);
        let Some(option) = of_type else {
            let known = spec.inputs.iter().filter(|spec| spec.role == Role::Option);
            let known: Vec<&str> = known.map(|spec| spec.name).collect();
            let there = match known.as_slice() {
                [] => format!("{} has none", spec.name),
                some => format!("{} has {}", spec.name, some.join(", ")),
            };
            let text = format!("\"{name}\" is no option of how a resource is removed; {there}.");
            let problem = Diagnostic::error("Unsupported argument", text);
            problems.push(problem.at(argument.name.clone()));
            continue;
        };
        match lang::evaluate(&argument.value, &Context::constant()) {
            Ok(value) => problems.extend(check_value(option, &value).into_iter().map(|problem| {
                Diagnostic::error(problem.summary, problem.message).at(argument.value.span())
            })),
            Err(found) => problems.extend(found),
        }
    }
    problems
}

impl Removed {
    /// Its options, in the shape that the type's table asks for.
    pub fn options_of(&self, spec: &TypeSpec) -> Object {
        let value = |argument: &crate::config::Argument| {
            lang::evaluate(&argument.value, &Context::constant()).unwrap_or(Value::Null)
        };
        let arguments = self.options.arguments.iter();
        let written: Object = arguments.map(|(name, argument)| (name, value(argument))).collect();
        conform(spec.inputs, &written).0
    }
}

impl Module {
    /// All `removed` blocks, at any depth, each with the whole address that it names.
    pub fn all_removed(&self) -> Vec<(Target, &Removed)> {
        let all = self.all().into_iter();
        all.flat_map(|(at, module)| {
            let whole = move |inner: &ModuleAddress| {
                ModuleAddress(at.0.iter().chain(&inner.0).cloned().collect())
            };
            module.removed.iter().map(move |removed| {
                let from = match &removed.from {
                    Target::Module(from) => Target::Module(whole(from)),
                    Target::Instance(from) => {
                        let block = from.block.within(&whole(&from.block.module));
                        Target::Instance(block.instance(from.key.clone()))
                    }
                };
                (from, removed)
            })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{NoModules, load};
    use crate::diagnostic::Source;

    fn problems(text: &str) -> Vec<String> {
        let source = Arc::new(Source { name: "main.tf".to_owned(), text: text.to_owned() });
        let types = Types { resources: &[], data: &[] };
        let (module, mut found) = load(&[source], &NoModules, types);
        found.extend(check(&module, types));
        found.into_iter().map(|problem| problem.summary).collect()
    }

    #[test]
    fn what_is_removed_is_declared_no_longer() {
        let check = |text: &str, expected: &[&str]| assert_eq!(problems(text), expected, "{text}");
        let unknown = "Unknown resource type";
        check("removed {\n  from = a_b.c\n}\n", &[unknown]);
        check(
            "removed {\n  from = a_b.c\n}\nresource \"a_b\" \"c\" {\n}\n",
            &["Removed resource still exists", unknown],
        );
        check("removed {\n  from = a_b.c[\"k\"]\n}\nresource \"a_b\" \"c\" {\n}\n", &[unknown]);
        check("removed {\n  from = data.a_b.c\n}\n", &["Data source address not allowed"]);
        check("removed {\n  from = module.m\n}\n", &[]);
        check("removed {\n}\n", &["Missing required argument"]);
        check(
            "removed {\n  from = module.m\n}\nremoved {\n  from = module.m\n}\n",
            &["Duplicate removed block"],
        );
        check(
            "removed {\n  from = module.m\n  lifecycle {\n    destroy = 1\n  }\n}\n",
            &["Invalid value"],
        );
        check("removed {\n  from = module.m\n  to = a_b.c\n}\n", &["Unsupported argument"]);
    }
}
