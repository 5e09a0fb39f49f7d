//! From the files of directories to a [`Module`], with all that it calls.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{BlockAddress, InstanceKey, Mode, ModuleAddress};
use crate::config::block::{Reader, rules};
use crate::config::call::{self, Unread};
use crate::config::json;
use crate::config::refactor;
use crate::config::removed;
use crate::config::safety;
use crate::config::{Body, Module, Nested, Output, ProviderBlock, Types, Variable};
use crate::diagnostic::{Checked, Diagnostic, Source, Span, nearest};
use crate::lang::{self, Type};

const KINDS: [&str; 13] = [
    "drctl",
    "variable",
    "locals",
    "output",
    "provider",
    "data",
    "resource",
    "module",
    "check",
    "moved",
    "removed",
    "import",
    "terraform",
];
/// How many modules a configuration may have, each counted as often as it is called.
const MOST_MODULES: usize = 10_000;
/// How deep calls may be nested.
const DEEPEST: usize = 50;

/// Finds the files of modules.
pub trait Library {
    /// The files of a directory such as `modules/network`, or of a built-in module such as
    /// `drctl:aurora-global-database`.
    ///
    /// # Errors
    /// What is wrong, with a hint at the most.
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>>;
}

/// No modules at all.
#[derive(Debug, Clone, Copy)]
pub struct NoModules;

impl Library for NoModules {
    fn sources(&self, directory: &str) -> Result<Vec<Arc<Source>>, Vec<Diagnostic>> {
        let text = format!("There is no module in {directory}.");
        Err(vec![Diagnostic::error("Module not found", text)])
    }
}

/// Reads all files of the root module, and the modules that it calls. Everything that is wrong is
/// reported, from every file.
pub fn load(sources: &[Arc<Source>], library: &dyn Library, types: Types<'_>) -> Checked<Module> {
    let mut loader = Loader {
        library,
        types,
        known: BTreeMap::new(),
        way: vec![".".to_owned()],
        at: ModuleAddress::root(),
        terraform: None,
        problems: Vec::new(),
    };
    let module = loader.module(".", sources);
    let Loader { mut problems, terraform, .. } = loader;
    if let Some(span) = terraform {
        // Backends, workspaces and required providers have no meaning here.
        problems.push(
            Diagnostic::warning(
                "Ignored terraform block",
                "drctl keeps no state and has its provider built in, so a terraform block has no \
                 effect.",
            )
            .at(span),
        );
    }
    (module, problems)
}

struct Loader<'a> {
    library: &'a dyn Library,
    /// What tells blocks from arguments in JSON.
    types: Types<'a>,
    /// Modules that were read, by directory; how many modules each makes with those that it calls.
    known: BTreeMap<String, (Arc<Module>, usize)>,
    /// Directories from the root module to this one.
    way: Vec<String>,
    /// The calls that lead here.
    at: ModuleAddress,
    /// The first `terraform` block.
    terraform: Option<Span>,
    problems: Vec<Diagnostic>,
}

impl Loader<'_> {
    fn module(&mut self, directory: &str, sources: &[Arc<Source>]) -> Module {
        let mut module = Module {
            directory: directory.to_owned(),
            sources: sources.to_vec(),
            ..Module::default()
        };
        let mut calls = Vec::new();
        for source in sources {
            let (file, found) = if source.name.ends_with(".json") {
                json::file(source, self.types)
            } else {
                let (syntax, found) = lang::parse(source);
                self.problems.extend(found);
                let Some(syntax) = syntax else { continue };
                Body::of_file(source, syntax)
            };
            self.problems.extend(found);
            for (name, argument) in &file.arguments {
                self.problems.push(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!("An argument named \"{name}\" is not expected here."),
                    )
                    .at(argument.name.clone())
                    .hint(
                        "At the top of a file stand blocks only, such as `resource` or `locals`.",
                    ),
                );
            }
            for block in file.blocks {
                match block.kind.as_str() {
                    "terraform" => {
                        self.terraform.get_or_insert(block.body.span);
                    }
                    _ => calls.extend(top(&mut module, block, &mut self.problems)),
                }
            }
        }
        if directory != "." {
            only_in_the_root(&module, &mut self.problems);
        }
        let mut size = 1_usize;
        for unread in calls {
            size = size.saturating_add(self.call(&mut module, unread));
        }
        if directory == "." && size > MOST_MODULES {
            let text = format!("The calls of modules make more than {MOST_MODULES} modules.");
            self.problems.push(Diagnostic::error("Too many modules", text));
            module.calls.clear();
        }
        self.known.insert(directory.to_owned(), (Arc::default(), size));
        module
    }

    /// Reads the module that a block calls, unless that was done; says how many modules it makes.
    fn call(&mut self, caller: &mut Module, unread: Unread) -> usize {
        let Unread { name, directory, mut call } = unread;
        if let Some(first) = caller.calls.get(&name) {
            Reader { problems: &mut self.problems }.twice("module", &name, &first.span, &call.span);
            return 0;
        }
        let at = call.source.1.clone();
        if let Some(first) = self.way.iter().position(|before| *before == directory) {
            let way = self.way[first..].iter().chain([&directory]).cloned().collect::<Vec<_>>();
            self.problems.push(
                Diagnostic::error(
                    "Module calls itself",
                    format!(
                        "A module cannot be part of itself, but these call each other: {}.",
                        way.join(", ")
                    ),
                )
                .at(at),
            );
            return 0;
        }
        if self.way.len() > DEEPEST {
            let text = format!("Calls of modules may be nested {DEEPEST} deep.");
            self.problems.push(Diagnostic::error("Modules nested too deep", text).at(at));
            return 0;
        }
        if !self.known.contains_key(&directory) {
            let sources = match self.library.sources(&directory) {
                Ok(sources) => sources,
                Err(found) => {
                    let found = found.into_iter();
                    self.problems.extend(found.map(|problem| match problem.span {
                        Some(_) => problem,
                        None => problem.at(at.clone()),
                    }));
                    return 0;
                }
            };
            self.way.push(directory.clone());
            let caller = std::mem::take(&mut self.at);
            self.at = caller.child(&name, InstanceKey::None);
            let told = self.problems.len();
            let module = Arc::new(self.module(&directory, &sources));
            for problem in self.problems.iter_mut().skip(told).filter(|p| p.called.is_none()) {
                *problem = problem.clone().called(&self.at, &call.span);
            }
            self.at = caller;
            self.way.pop();
            if let Some((known, _)) = self.known.get_mut(&directory) {
                *known = module;
            }
        }
        let (module, size) = &self.known[&directory];
        call.module = Arc::clone(module);
        caller.calls.insert(name, call);
        *size
    }
}

/// What has a meaning only where the command runs.
fn only_in_the_root(module: &Module, problems: &mut Vec<Diagnostic>) {
    for provider in module.providers.values() {
        problems.push(
            Diagnostic::error(
                "Provider in a module",
                "Providers are declared in the root module, so that one place says which accounts \
                 and Regions a run reaches.",
            )
            .at(provider.span.clone())
            .hint(
                "Move the block there, and hand it on: `providers = { aws = aws.west }` in the \
                 module block.",
            ),
        );
    }
    for import in &module.imports {
        let text = "Import blocks stand in the root module; they may name what is in others.";
        problems.push(Diagnostic::error("Import in a module", text).at(import.span.clone()));
    }
    if let Some((_, span)) = &module.settings.stack {
        let text = "The name of the stack is said once, in the root module.";
        problems.push(Diagnostic::error("Stack in a module", text).at(span.clone()));
    }
    if let Some(lock) = &module.settings.lock {
        let text = "What is locked is the stack, so the root module says where.";
        problems.push(Diagnostic::error("Lock in a module", text).at(lock.span.clone()));
    }
}

/// Reads a block at the top of a file. A call of a module is given back: what it calls is read last.
fn top(module: &mut Module, block: Nested, problems: &mut Vec<Diagnostic>) -> Option<Unread> {
    let labels = match block.kind.as_str() {
        "variable" | "output" | "provider" | "module" | "check" => 1,
        "resource" | "data" => 2,
        _ => 0,
    };
    let kind = block.kind.clone();
    if !KINDS.contains(&kind.as_str()) {
        problems.push(unknown(&block));
        return None;
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
        return None;
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
        "moved" => refactor::moved(module, block.body, &mut reader),
        "removed" => removed::read(module, block.body, &mut reader),
        "import" => refactor::import(module, block.body, &mut reader),
        "check" => {
            let name = block.labels[0].0.clone();
            if let Some((address, data)) = refactor::check(module, block, &mut reader) {
                resource(module, data, Mode::Data, &mut reader);
                if let Some(block) = module.blocks.get_mut(&address) {
                    block.check = Some(name);
                }
            }
        }
        _ => return call::read(block, &module.directory, &mut reader),
    }
    None
}

fn unknown(block: &Nested) -> Diagnostic {
    let kind = block.kind.as_str();
    if kind == "ephemeral" {
        return Diagnostic::error(
            "Unsupported block type",
            "Blocks of type \"ephemeral\" keep values out of a state and out of plans. drctl has no \
             state, and has no such blocks.",
        )
        .at(block.body.span.clone())
        .hint(
            "Look the value up with a `data` block. What is sensitive is shown nowhere and is not \
             written into plans.",
        );
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
    safety::settings(&mut module.settings, &mut body, reader);
    let limit = reader.take_count(&mut body, "removal_limit");
    module.settings.removal_limit = limit.or(module.settings.removal_limit);
    let known = ["stack", "required_version", "plan_expiry", "lock", "removal_limit"];
    reader.nothing_left(&body, &known, "a drctl block");
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
    // What must be kept nowhere must be shown nowhere, and there is no state to keep it in.
    let ephemeral = reader.take_bool(&mut body, "ephemeral").unwrap_or(false);
    let variable = Variable {
        kind,
        default: body.take("default").map(|argument| argument.value),
        description: reader.take_text(&mut body, "description").map(|(text, _)| text),
        sensitive: reader.take_bool(&mut body, "sensitive").unwrap_or(false) || ephemeral,
        nullable: reader.take_bool(&mut body, "nullable").unwrap_or(true),
        validations: rules(body.take_blocks("validation"), reader),
        span: span.clone(),
    };
    let known =
        ["type", "default", "description", "sensitive", "ephemeral", "nullable", "validation"];
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
    let at = body.arguments.get("ephemeral").map(|argument| argument.name.clone());
    let ephemeral = reader.take_bool(&mut body, "ephemeral").unwrap_or(false);
    if let (true, Some(at), ".") = (ephemeral, at, module.directory.as_str()) {
        reader.problems.push(
            Diagnostic::error(
                "Ephemeral output not allowed",
                "What the root module hands on is shown or stored by whoever asked for it, so it \
                 cannot be ephemeral.",
            )
            .at(at)
            .hint("Use `sensitive = true`, or hand the value on from a module to its caller only."),
        );
    }
    let output = Output {
        value: value.value,
        description: reader.take_text(&mut body, "description").map(|(text, _)| text),
        sensitive: reader.take_bool(&mut body, "sensitive").unwrap_or(false) || ephemeral,
        depends_on: reader.take_references(&mut body, "depends_on"),
        preconditions: rules(body.take_blocks("precondition"), reader),
        span: span.clone(),
    };
    let known = ["value", "description", "sensitive", "ephemeral", "depends_on", "precondition"];
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
    let each = body.take("for_each").map(|argument| argument.value);
    if let (Some(each), "") = (&each, alias.as_str()) {
        reader.problems.push(
            Diagnostic::error(
                "Provider without alias",
                "A provider with for_each needs an alias by which its instances are named.",
            )
            .at(each.span())
            .hint("Give it one, as `alias = \"by_account\"`, and write `provider = aws.by_account[each.key]`."),
        );
    }
    if let Some(first) = module.providers.get(&alias) {
        let label = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
        reader.twice("provider", &label, &first.span, &span);
    } else {
        module.providers.insert(alias, ProviderBlock { each, body, span });
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
