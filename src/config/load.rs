//! From the files of a directory to a [`Module`].
use std::sync::Arc;

use crate::address::{BlockAddress, Mode};
use crate::config::block::{Reader, rules};
use crate::config::{Body, Module, Nested, Output, ProviderBlock, Variable};
use crate::diagnostic::{Checked, Diagnostic, Source, nearest};
use crate::lang::{self, Type};

const KINDS: [&str; 8] =
    ["drctl", "variable", "locals", "output", "provider", "data", "resource", "terraform"];
/// Blocks of Terraform's language that this version does not read.
const LATER: [&str; 6] = ["module", "moved", "removed", "import", "check", "ephemeral"];

/// Reads all files into one module. Everything that is wrong is reported, from every file.
pub fn load(sources: &[Arc<Source>]) -> Checked<Module> {
    let mut module = Module::default();
    let mut problems = Vec::new();
    for source in sources {
        let (syntax, found) = lang::parse(source);
        problems.extend(found);
        let Some(syntax) = syntax else { continue };
        let (file, found) = Body::of_file(source, syntax);
        problems.extend(found);
        for (name, argument) in &file.arguments {
            problems.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!("An argument named \"{name}\" is not expected here."),
                )
                .at(argument.name.clone())
                .hint("At the top of a file stand blocks only, such as `resource` or `locals`."),
            );
        }
        for block in file.blocks {
            top(&mut module, block, &mut problems);
        }
    }
    (module, problems)
}

fn top(module: &mut Module, block: Nested, problems: &mut Vec<Diagnostic>) {
    let labels = match block.kind.as_str() {
        "variable" | "output" | "provider" => 1,
        "resource" | "data" => 2,
        _ => 0,
    };
    let kind = block.kind.clone();
    if !KINDS.contains(&kind.as_str()) {
        problems.push(unknown(&block));
        return;
    }
    if block.labels.len() != labels {
        let wanted = ["none", "one: its name", "two: its type and its name"][labels];
        problems.push(
            Diagnostic::error(
                format!("Wrong number of labels for {kind}"),
                format!("A {kind} block has {} labels, but takes {wanted}.", block.labels.len()),
            )
            .at(block.body.span.clone()),
        );
        return;
    }
    let mut reader = Reader { problems };
    match kind.as_str() {
        "drctl" => settings(module, block.body, &mut reader),
        "variable" => variable(module, block, &mut reader),
        "locals" => locals(module, block.body, &mut reader),
        "output" => output(module, block, &mut reader),
        "provider" => provider(module, block, &mut reader),
        "resource" => resource(module, block, Mode::Managed, &mut reader),
        "data" => resource(module, block, Mode::Data, &mut reader),
        // Backends, workspaces and required providers have no meaning here.
        _ => reader.problems.push(
            Diagnostic::warning(
                "Ignored terraform block",
                "drctl keeps no state and has its provider built in, so a terraform block has no \
                 effect.",
            )
            .at(block.body.span),
        ),
    }
}

fn unknown(block: &Nested) -> Diagnostic {
    let kind = block.kind.as_str();
    if LATER.contains(&kind) {
        return Diagnostic::error(
            "Unsupported block type",
            format!("Blocks of type \"{kind}\" are not read by this version of drctl."),
        )
        .at(block.body.span.clone());
    }
    let wrong = Diagnostic::error(
        "Unsupported block type",
        format!("Blocks of type \"{kind}\" are not expected here."),
    )
    .at(block.body.span.clone());
    match nearest(kind, KINDS) {
        Some(near) => wrong.hint(format!("Did you mean \"{near}\"?")),
        None => wrong,
    }
}

fn settings(module: &mut Module, mut body: Body, reader: &mut Reader<'_>) {
    let stack = reader.take_text(&mut body, "stack");
    let version = reader.take_text(&mut body, "required_version");
    if let Some((name, span)) = &stack {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if name.is_empty() || name.len() > 128 || !name.chars().all(allowed) {
            reader.problems.push(
                Diagnostic::error(
                    "Invalid stack name",
                    "The name of a stack is 1 to 128 letters, digits and `-_./`, for it is \
                     written into tags.",
                )
                .at(span.clone()),
            );
        }
    }
    module.settings.stack = stack.or_else(|| module.settings.stack.take());
    module.settings.required_version = version.or_else(|| module.settings.required_version.take());
    reader.nothing_left(&body, &["stack", "required_version"], "a drctl block");
}

fn variable(module: &mut Module, block: Nested, reader: &mut Reader<'_>) {
    let (Nested { labels, mut body, .. }, span) = (block.clone(), block.body.span.clone());
    let name = labels[0].0.clone();
    let kind = match body.take("type").map(|argument| Type::parse(&argument.value)) {
        None => Type::Any,
        Some(Ok(kind)) => kind,
        Some(Err(problem)) => {
            reader.problems.push(problem);
            Type::Any
        }
    };
    let variable = Variable {
        kind,
        default: body.take("default").map(|argument| argument.value),
        description: reader.take_text(&mut body, "description").map(|(text, _)| text),
        sensitive: reader.take_bool(&mut body, "sensitive").unwrap_or(false),
        nullable: reader.take_bool(&mut body, "nullable").unwrap_or(true),
        validations: rules(body.take_blocks("validation"), reader),
        span: span.clone(),
    };
    reader.take_bool(&mut body, "ephemeral");
    let known = ["type", "default", "description", "sensitive", "nullable", "validation"];
    reader.nothing_left(&body, &known, "a variable block");
    if let Some(first) = module.variables.get(&name) {
        reader.twice("variable", &name, &first.span, &span);
    } else {
        module.variables.insert(name, variable);
    }
}

fn locals(module: &mut Module, body: Body, reader: &mut Reader<'_>) {
    for block in &body.blocks {
        reader.problems.push(
            Diagnostic::error(
                "Unsupported block type",
                format!("A locals block has no \"{}\" blocks, only arguments.", block.kind),
            )
            .at(block.body.span.clone())
            .hint(format!("Write `{} = {{ ... }}` for an object.", block.kind)),
        );
    }
    for (name, argument) in body.arguments {
        if let Some(first) = module.locals.get(&name) {
            reader.twice("local value", &name, &first.span(), &argument.name);
        } else {
            module.locals.insert(name, argument.value);
        }
    }
}

fn output(module: &mut Module, block: Nested, reader: &mut Reader<'_>) {
    let (Nested { labels, mut body, .. }, span) = (block.clone(), block.body.span.clone());
    let name = labels[0].0.clone();
    let Some(value) = body.take("value") else {
        reader.missing("value", &span);
        return;
    };
    let output = Output {
        value: value.value,
        description: reader.take_text(&mut body, "description").map(|(text, _)| text),
        sensitive: reader.take_bool(&mut body, "sensitive").unwrap_or(false),
        depends_on: reader.take_references(&mut body, "depends_on"),
        preconditions: rules(body.take_blocks("precondition"), reader),
        span: span.clone(),
    };
    reader.take_bool(&mut body, "ephemeral");
    let known = ["value", "description", "sensitive", "depends_on", "precondition"];
    reader.nothing_left(&body, &known, "an output block");
    if let Some(first) = module.outputs.get(&name) {
        reader.twice("output", &name, &first.span, &span);
    } else {
        module.outputs.insert(name, output);
    }
}

fn provider(module: &mut Module, block: Nested, reader: &mut Reader<'_>) {
    let (Nested { labels, mut body, .. }, span) = (block.clone(), block.body.span.clone());
    let (name, at) = &labels[0];
    if name != "aws" {
        reader.problems.push(
            Diagnostic::error(
                "Unknown provider",
                format!("There is no provider \"{name}\" here; the only one is \"aws\"."),
            )
            .at(at.clone()),
        );
        return;
    }
    let alias = reader.take_text(&mut body, "alias").map(|(text, _)| text).unwrap_or_default();
    body.take("version");
    if let Some(first) = module.providers.get(&alias) {
        let label = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
        reader.twice("provider", &label, &first.span, &span);
    } else {
        module.providers.insert(alias, ProviderBlock { body, span });
    }
}

fn resource(module: &mut Module, block: Nested, mode: Mode, reader: &mut Reader<'_>) {
    let address =
        BlockAddress { mode, ..BlockAddress::managed(&block.labels[0].0, &block.labels[1].0) };
    let span = block.body.span.clone();
    let read = reader.block(address.clone(), block.body);
    if let Some(first) = module.blocks.get(&address) {
        reader.twice(
            if mode == Mode::Data { "data source" } else { "resource" },
            &address.to_string(),
            &first.span,
            &span,
        );
    } else {
        module.blocks.insert(address, read);
    }
}
