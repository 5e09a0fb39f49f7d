//! What a reference means: the node that it names.
use crate::address::{BlockAddress, Mode};
use crate::config::{Block, Module, Repeat, Types};
use crate::diagnostic::{Diagnostic, nearest};
use crate::graph::{Node, mode_name};
use crate::lang::{Key, Traversal};

/// The node that a reference names; none for what is no node, such as `path.module`.
///
/// # Errors
/// When it names something that is not declared, or an attribute that the type does not have.
pub(super) fn target(
    traversal: &Traversal,
    module: &Module,
    types: Types<'_>,
) -> Result<Option<Node>, Box<Diagnostic>> {
    let word = |index: usize| match traversal.steps.get(index) {
        Some(Key::Attribute(name)) => Some(name.as_str()),
        _ => None,
    };
    let fail = |summary: &str, detail: String, near: Option<String>| {
        let problem = Diagnostic::error(summary, detail).at(traversal.span.clone());
        Err(Box::new(match near {
            Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
            None => problem,
        }))
    };
    match traversal.root.as_str() {
        "var" => {
            named(traversal, word(0), "variable", "var", module.variables.keys(), Node::Variable)
        }
        "local" => {
            named(traversal, word(0), "local value", "local", module.locals.keys(), Node::Local)
        }
        "path" => match word(0) {
            Some("module" | "root" | "cwd") => Ok(None),
            _ => fail(
                "Invalid reference",
                "`path` has the attributes module, root and cwd.".to_owned(),
                None,
            ),
        },
        "terraform" => match word(0) {
            Some("workspace") => Ok(None),
            _ => fail("Invalid reference", "`terraform` has only `workspace`.".to_owned(), None),
        },
        root @ ("each" | "count" | "self") => fail(
            "Reference to undeclared name",
            match root {
                "each" => "`each` is known only in blocks with for_each.",
                "count" => "`count` is known only in blocks with count.",
                _ => "`self` is known only in postconditions.",
            }
            .to_owned(),
            None,
        ),
        "module" => fail(
            "Reference to undeclared module",
            "No module blocks are declared here.".to_owned(),
            None,
        ),
        "data" => block(traversal, Mode::Data, word(0), word(1), 2, module, types),
        root => block(traversal, Mode::Managed, Some(root), word(0), 1, module, types),
    }
}

fn named<'a>(
    traversal: &Traversal,
    name: Option<&str>,
    what: &str,
    root: &str,
    known: impl Iterator<Item = &'a String> + Clone,
    node: fn(String) -> Node,
) -> Result<Option<Node>, Box<Diagnostic>> {
    let at = |problem: Diagnostic| Box::new(problem.at(traversal.span.clone()));
    let Some(name) = name else {
        let text = format!("`{root}` must be followed by a dot and a name, as in `{root}.name`.");
        return Err(at(Diagnostic::error("Invalid reference", text)));
    };
    if known.clone().any(|known| known == name) {
        return Ok(Some(node(name.to_owned())));
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

fn block(
    traversal: &Traversal,
    mode: Mode,
    type_name: Option<&str>,
    name: Option<&str>,
    behind: usize,
    module: &Module,
    types: Types<'_>,
) -> Result<Option<Node>, Box<Diagnostic>> {
    let at = |problem: Diagnostic| Box::new(problem.at(traversal.span.clone()));
    let Some(type_name) = type_name else {
        let text = "`data` must be followed by a type and a name, as in `data.aws_region.current`.";
        return Err(at(Diagnostic::error("Invalid reference", text)));
    };
    let what = mode_name(mode);
    let Some(name) = name else {
        let problem = Diagnostic::error(
            "Invalid reference",
            format!("\"{type_name}\" is not a name that is known here."),
        );
        let roots = ["var", "local", "data", "each", "count", "path", "self"];
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
        return Err(at(match nearest(&address.to_string(), known.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("Did you mean {near}?")),
            None => problem,
        }));
    };
    attribute(traversal, declared, behind, types).map_err(at)?;
    Ok(Some(Node::Block(address)))
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
