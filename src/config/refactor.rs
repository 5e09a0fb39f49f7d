//! Blocks that tell how a configuration came to be as it is, or what should hold of it: `moved`,
//! `import`, `check`.
use crate::address::{Address, BlockAddress, InstanceKey, Mode, ModuleAddress, ModuleStep, Target};
use crate::config::block::{Reader, rules};
use crate::config::{Body, Check, Import, Module, Moved, Nested, Repeat};
use crate::diagnostic::Diagnostic;
use crate::lang::Expr;

/// How often a thing may have moved.
const MOST_MOVES: usize = 100;

/// Reads a `moved` block.
pub(super) fn moved(module: &mut Module, mut body: Body, reader: &mut Reader<'_>) {
    let span = body.span.clone();
    let from = address(&mut body, "from", reader);
    let to = address(&mut body, "to", reader);
    reader.nothing_left(&body, &["from", "to"], "a moved block");
    let (Some(from), Some(to)) = (from, to) else { return };
    let same_sort = match (&from, &to) {
        (Target::Module(_), Target::Module(_)) => true,
        (Target::Instance(from), Target::Instance(to)) => {
            from.block.mode == Mode::Managed
                && to.block.mode == Mode::Managed
                && from.block.type_name == to.block.type_name
        }
        (Target::Module(_), Target::Instance(_)) | (Target::Instance(_), Target::Module(_)) => {
            false
        }
    };
    if !same_sort || from == to {
        let text = format!(
            "{from} cannot have moved to {to}: what moves stays what it is, a resource of its type or \
             a module."
        );
        reader.problems.push(Diagnostic::error("Invalid moved block", text).at(span));
        return;
    }
    module.moved.push(Moved { from, to, span });
}

/// An address that is written out, as in `from = aws_sns_topic.old["a"]`.
pub(super) fn address(body: &mut Body, name: &str, reader: &mut Reader<'_>) -> Option<Target> {
    let Some(argument) = body.take(name) else {
        reader.missing(name, &body.span);
        return None;
    };
    let span = argument.value.span();
    let target = Target::parse(span.text());
    if target.is_none() {
        let text = format!(
            "\"{name}\" is the address of a resource or of a module, as in `aws_sns_topic.main` or \
             `module.network[\"a\"]`."
        );
        reader.problems.push(Diagnostic::error("Invalid address", text).at(span));
    }
    target
}

/// Reads an `import` block.
pub(super) fn import(module: &mut Module, mut body: Body, reader: &mut Reader<'_>) {
    let span = body.span.clone();
    let argument = |body: &mut Body, name| body.take(name).map(|argument| argument.value);
    let repeat = argument(&mut body, "for_each").map_or(Repeat::Once, Repeat::ForEach);
    let to = argument(&mut body, "to");
    let id: Option<Expr> = argument(&mut body, "id");
    let identity = argument(&mut body, "identity");
    body.take("provider");
    let known = ["to", "id", "identity", "for_each", "provider"];
    reader.nothing_left(&body, &known, "an import block");
    let Some(to) = to else { return reader.missing("to", &span) };
    if id.is_some() == identity.is_some() {
        let text =
            "An import block has either \"id\" or \"identity\": what AWS knows the thing by.";
        reader.problems.push(Diagnostic::error("Invalid import block", text).at(span));
        return;
    }
    module.imports.push(Import { to, id, identity, repeat, span });
}

/// Reads a `check` block. Its data source is given back.
pub(super) fn check(
    module: &mut Module,
    block: Nested,
    reader: &mut Reader<'_>,
) -> Option<(BlockAddress, Nested)> {
    let Nested { labels, mut body, .. } = block;
    let span = body.span.clone();
    let name = labels[0].0.clone();
    let asserts = rules(body.take_blocks("assert"), reader);
    let mut data = body.take_blocks("data").into_iter();
    let scoped = data.next();
    if let Some(second) = data.next() {
        let text = "A check block has one data source at the most.";
        let problem = Diagnostic::error("Too many data sources", text);
        reader.problems.push(problem.at(second.body.span));
    }
    reader.nothing_left(&body, &["assert", "data"], "a check block");
    if asserts.is_empty() {
        let text = "A check block needs an `assert` block: what should hold.";
        reader.problems.push(Diagnostic::error("Missing assert block", text).at(span.clone()));
    }
    let scoped = scoped.filter(|data| {
        let right = data.labels.len() == 2;
        if !right {
            let text = "A data block has two labels: its type and its name.";
            let problem = Diagnostic::error("Wrong number of labels for data", text);
            reader.problems.push(problem.at(data.body.span.clone()));
        }
        right
    });
    let scoped =
        scoped.map(|data| (BlockAddress::data(&data.labels[0].0, &data.labels[1].0), data));
    let data = scoped.as_ref().map(|(address, _)| address.clone());
    match module.checks.get(&name) {
        Some(first) => reader.twice("check", &name, &first.span, &span),
        None => drop(module.checks.insert(name, Check { asserts, data, span })),
    }
    scoped
}

impl Module {
    /// The addresses that an instance had before, as `moved` blocks tell it.
    pub fn previous(&self, address: &Address) -> Vec<Address> {
        let mut found: Vec<Address> = Vec::new();
        let mut next = Some(address.clone());
        while let Some(address) = next {
            let before: Vec<Address> = self.moved_to(&address);
            for before in before {
                if found.len() < MOST_MOVES && !found.contains(&before) {
                    found.push(before);
                }
            }
            let at = found.iter().position(|known| *known == address).map_or(0, |at| at + 1);
            next = found.get(at).cloned();
        }
        found
    }

    /// What `moved` blocks of the instance's module, and of those around it, name as its address
    /// until now.
    fn moved_to(&self, address: &Address) -> Vec<Address> {
        let steps = &address.block.module.0;
        let mut found = Vec::new();
        for depth in 0..=steps.len() {
            let place = ModuleAddress(steps[..depth].to_vec());
            let Some(module) = self.at(&place) else { break };
            let inner = ModuleAddress(steps[depth..].to_vec());
            let inner = address.block.within(&inner).instance(address.key.clone());
            let before = module.moved.iter().filter_map(|moved| moved.before(&inner));
            found.extend(before.map(|before| {
                let whole = place.0.iter().chain(&before.block.module.0).cloned().collect();
                before.block.within(&ModuleAddress(whole)).instance(before.key)
            }));
        }
        found
    }
}

impl Moved {
    /// Where that was which is at this address now, if this block says so.
    fn before(&self, now: &Address) -> Option<Address> {
        let Address { block, key } = now;
        match (&self.from, &self.to) {
            (Target::Instance(from), Target::Instance(to)) => {
                let key = key_before(&from.key, &to.key, key)?;
                (to.block == *block).then(|| from.block.instance(key))
            }
            (Target::Module(from), Target::Module(to)) => {
                let (to_caller, to_step) = to.parent()?;
                let (from_caller, from_step) = from.parent()?;
                let inside = block.module.0.strip_prefix(to_caller.0.as_slice())?;
                let (step, rest) = inside.split_first()?;
                if step.name != to_step.name {
                    return None;
                }
                let before = key_before(&from_step.key, &to_step.key, &step.key)?;
                let step = ModuleStep { name: from_step.name.clone(), key: before };
                let whole = from_caller.0.into_iter().chain([step]).chain(rest.iter().cloned());
                Some(block.within(&ModuleAddress(whole.collect())).instance(key.clone()))
            }
            _ => None,
        }
    }
}

/// Without keys all instances have moved, each under its key; with a key it is that one.
fn key_before(from: &InstanceKey, to: &InstanceKey, now: &InstanceKey) -> Option<InstanceKey> {
    if (from, to) == (&InstanceKey::None, &InstanceKey::None) {
        return Some(now.clone());
    }
    (to == now).then(|| from.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{NoModules, Types, load};
    use crate::diagnostic::Source;

    #[test]
    fn what_has_moved_is_found_where_it_was() {
        let blocks = [
            ("a_b.old", "a_b.new"),
            ("a_b.older", "a_b.old"),
            ("a_b.single", "a_b.many[\\\"x\\\"]"),
            ("module.m", "module.n[0]"),
            ("a_b.root", "module.n[0].a_b.inside"),
            ("a_b.ring", "a_b.round"),
            ("a_b.round", "a_b.ring"),
        ];
        let text: Vec<String> = blocks
            .iter()
            .map(|(from, to)| format!("moved {{\n  from = {from}\n  to = {to}\n}}\n"))
            .collect();
        let text = text.concat().replace("\\\"", "\"");
        let source = Arc::new(Source { name: "main.tf".to_owned(), text });
        let (module, problems) = load(&[source], &NoModules, Types { resources: &[], data: &[] });
        assert_eq!(problems, []);
        let check = |now: &str, expected: &[&str]| {
            let before = module.previous(&Address::parse(now).unwrap());
            let before: Vec<String> = before.iter().map(ToString::to_string).collect();
            assert_eq!(before, expected, "{now}");
        };
        check("a_b.new", &["a_b.old", "a_b.older"]);
        check("a_b.new[\"k\"]", &["a_b.old[\"k\"]", "a_b.older[\"k\"]"]);
        check("a_b.many[\"x\"]", &["a_b.single"]);
        check("a_b.many[\"y\"]", &[]);
        check("module.n[0].a_b.c[2]", &["module.m.a_b.c[2]"]);
        check("module.n[1].a_b.c[2]", &[]);
        check("module.n[0].a_b.inside", &["module.m.a_b.inside", "a_b.root"]);
        check("a_b.round", &["a_b.ring", "a_b.round"]);
        check("a_b.other", &[]);
    }
}
