//! What a reference means: the nodes that it names.
use crate::address::{BlockAddress, InstanceKey, Mode, ModuleAddress};
use crate::config::{Block, Call, Module, Repeat, Types};
use crate::diagnostic::{Diagnostic, nearest};
use crate::graph::{Node, mode_name};
use crate::lang::{Key, Traversal};

/// Where a reference stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) at: &'a ModuleAddress,
    pub(super) module: &'a Module,
    pub(super) types: Types<'a>,
}

type Named = Result<Vec<Node>, Box<Diagnostic>>;

impl Place<'_> {
    /// The nodes that a reference names; none for what is no node, such as `path.module`.
    ///
    /// # Errors
    /// When it names something that is not declared, or an attribute that the type does not have.
    pub(super) fn targets(self, traversal: &Traversal) -> Named {
        let Self { module, .. } = self;
        let fail = |summary: &str, detail: &str| {
            Err(Box::new(Diagnostic::error(summary, detail).at(traversal.span.clone())))
        };
        let node = |kind: fn(ModuleAddress, String) -> Node| {
            move |name: String| kind(self.at.clone(), name)
        };
        match traversal.root.as_str() {
            "var" => {
                let known = module.variables.keys();
                named(traversal, "variable", "var", known, node(Node::Variable))
            }
            "local" => {
                let known = module.locals.keys();
                named(traversal, "local value", "local", known, node(Node::Local))
            }
            "path" => match word(traversal, 0) {
                Some("module" | "root" | "cwd") => Ok(Vec::new()),
                _ => fail("Invalid reference", "`path` has the attributes module, root and cwd."),
            },
            "terraform" => match word(traversal, 0) {
                Some("workspace") => Ok(Vec::new()),
                _ => fail("Invalid reference", "`terraform` has only `workspace`."),
            },
            root @ ("each" | "count" | "self") => fail(
                "Reference to undeclared name",
                match root {
                    "each" => "`each` is known only in blocks with for_each.",
                    "count" => "`count` is known only in blocks with count.",
                    _ => "`self` is known only in postconditions.",
                },
            ),
            "module" => self.call(traversal),
            "data" => self.block(traversal, Mode::Data, word(traversal, 0), word(traversal, 1), 2),
            root => self.block(traversal, Mode::Managed, Some(root), word(traversal, 0), 1),
        }
    }

    /// `module.network.id`: the output, or all that the module makes if none is named.
    fn call(self, traversal: &Traversal) -> Named {
        let known = self.module.calls.keys();
        named(traversal, "module", "module", known, |name| {
            Node::Call(self.at.child(&name, InstanceKey::None))
        })?;
        let name = word(traversal, 0).unwrap_or_default();
        let call = &self.module.calls[name];
        let called = self.at.child(name, InstanceKey::None);
        let at = |problem: Diagnostic| Box::new(problem.at(traversal.span.clone()));
        let Some(output) = output(traversal, name, call).map_err(at)? else {
            return Ok(vec![Node::Whole(called)]);
        };
        let outputs = &call.module.outputs;
        if outputs.contains_key(output) {
            return Ok(vec![Node::Output(called, output.to_owned())]);
        }
        let problem = Diagnostic::error(
            "Unsupported attribute",
            format!("Module \"{name}\" ({}) has no output \"{output}\".", call.source.0),
        );
        Err(at(match nearest(output, outputs.keys().map(String::as_str)) {
            Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
            None => problem,
        }))
    }

    fn block(
        self,
        traversal: &Traversal,
        mode: Mode,
        type_name: Option<&str>,
        name: Option<&str>,
        behind: usize,
    ) -> Named {
        let Self { module, types, .. } = self;
        let at = |problem: Diagnostic| Box::new(problem.at(traversal.span.clone()));
        let Some(type_name) = type_name else {
            let text =
                "`data` must be followed by a type and a name, as in `data.aws_region.current`.";
            return Err(at(Diagnostic::error("Invalid reference", text)));
        };
        let what = mode_name(mode);
        let Some(name) = name else {
            let problem = Diagnostic::error(
                "Invalid reference",
                format!("\"{type_name}\" is not a name that is known here."),
            );
            let roots = ["var", "local", "data", "module", "each", "count", "path", "self"];
            let types = module.blocks.keys().map(|address| address.type_name.as_str());
            return Err(at(match nearest(type_name, roots.into_iter().chain(types)) {
                Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
                None => problem.hint("A string must be in double quotes."),
            }));
        };
        let address = BlockAddress { mode, ..BlockAddress::managed(type_name, name) };
        let Some(declared) = module.blocks.get(&address) else {
            let problem = Diagnostic::error(
                format!("Reference to undeclared {what}"),
                format!("A {what} \"{type_name}\" \"{name}\" is not declared."),
            );
            let known: Vec<String> = module.blocks.keys().map(ToString::to_string).collect();
            return Err(at(
                match nearest(&address.to_string(), known.iter().map(String::as_str)) {
                    Some(near) => problem.hint(format!("Did you mean {near}?")),
                    None => problem,
                },
            ));
        };
        attribute(traversal, declared, behind, types).map_err(at)?;
        Ok(vec![Node::Block(address.within(self.at))])
    }
}

fn word(traversal: &Traversal, index: usize) -> Option<&str> {
    match traversal.steps.get(index) {
        Some(Key::Attribute(name)) => Some(name.as_str()),
        _ => None,
    }
}

/// The output that a reference to a module names, if it names one.
pub(super) fn output<'t>(
    traversal: &'t Traversal,
    name: &str,
    call: &Call,
) -> Result<Option<&'t str>, Diagnostic> {
    let (first, second) = (traversal.steps.get(1), traversal.steps.get(2));
    let several = format!("module.{name} has several instances");
    match (&call.repeat, first, second) {
        (_, None, _) => Ok(None),
        (Repeat::Once, Some(Key::Attribute(output)), _) => Ok(Some(output)),
        (Repeat::Once, Some(Key::Name(output)), _) => Ok(Some(output)),
        (Repeat::Once, Some(Key::Index(_)), _) => Err(Diagnostic::error(
            "Unexpected module instance key",
            format!(
                "module.{name} has neither count nor for_each, so it has no instances to choose from."
            ),
        )),
        (Repeat::ForEach(_), Some(Key::Attribute(key)), _)
            if call.module.outputs.contains_key(key) =>
        {
            Err(Diagnostic::error(
                "Missing module instance key",
                format!("{several}, so `.{key}` is ambiguous."),
            )
            .hint(format!("Write module.{name}[each.key].{key}")))
        }
        (Repeat::Count(_), Some(Key::Attribute(key)), _) => Err(Diagnostic::error(
            "Missing module instance key",
            format!("{several}, so `.{key}` is ambiguous."),
        )
        .hint(format!("Write module.{name}[count.index].{key}"))),
        (Repeat::Count(_) | Repeat::ForEach(_), Some(_), Some(Key::Attribute(output))) => {
            Ok(Some(output))
        }
        (Repeat::Count(_) | Repeat::ForEach(_), Some(_), _) => Ok(None),
    }
}

fn named<'a>(
    traversal: &Traversal,
    what: &str,
    root: &str,
    known: impl Iterator<Item = &'a String> + Clone,
    node: impl Fn(String) -> Node,
) -> Named {
    let at = |problem: Diagnostic| Box::new(problem.at(traversal.span.clone()));
    let Some(name) = word(traversal, 0) else {
        let text = format!("`{root}` must be followed by a dot and a name, as in `{root}.name`.");
        return Err(at(Diagnostic::error("Invalid reference", text)));
    };
    if known.clone().any(|known| known == name) {
        return Ok(vec![node(name.to_owned())]);
    }
    let problem = Diagnostic::error(
        format!("Reference to undeclared {what}"),
        format!("A {what} \"{name}\" is not declared."),
    );
    Err(at(match nearest(name, known.map(String::as_str)) {
        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
        None => problem,
    }))
}

/// Refuses an attribute that the type does not have, before anything is asked of AWS.
fn attribute(
    traversal: &Traversal,
    block: &Block,
    behind: usize,
    types: Types<'_>,
) -> Result<(), Diagnostic> {
    let mut steps = traversal.steps.iter().skip(behind);
    let mut step = steps.next();
    match (&block.repeat, step) {
        (_, None) => return Ok(()),
        (Repeat::Once, Some(Key::Attribute(_))) => {}
        (Repeat::Once, Some(_)) => {
            return Err(Diagnostic::error(
                "Unexpected resource instance key",
                format!(
                    "{} has neither count nor for_each, so it has no instances to choose from.",
                    block.address
                ),
            ));
        }
        (Repeat::Count(_) | Repeat::ForEach(_), Some(Key::Attribute(name))) => {
            return Err(Diagnostic::error(
                "Missing resource instance key",
                format!("{} has several instances, so `.{name}` is ambiguous.", block.address),
            )
            .hint(match &block.repeat {
                Repeat::Count(_) => format!("Write {}[count.index].{name}", block.address),
                _ => format!("Write {}[each.key].{name}", block.address),
            }));
        }
        (Repeat::Count(_) | Repeat::ForEach(_), Some(_)) => step = steps.next(),
    }
    let Some(Key::Attribute(name)) = step else { return Ok(()) };
    let Some(spec) = types.find(block.address.mode, &block.address.type_name) else {
        return Ok(());
    };
    let own = ["id", "tags_all", "region"];
    let known = spec.inputs.iter().chain(spec.outputs).map(|spec| spec.name).chain(own);
    if known.clone().any(|known| known == name) {
        return Ok(());
    }
    let problem = Diagnostic::error(
        "Unsupported attribute",
        format!("\"{}\" has no attribute \"{name}\".", spec.name),
    );
    Err(match nearest(name, known) {
        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
        None => problem,
    })
}
