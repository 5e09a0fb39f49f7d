//! Expressions and what is known make wanted objects: the one function of its kind, for the plan
//! and for applying it.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::{BlockAddress, InstanceKey, Mode, Region};
use crate::config::provider::Provider;
use crate::config::{Block, Body, Condition, Ignored, Module, Repeat};
use crate::diagnostic::{Diagnostic, Span};
use crate::graph::{Known, body};
use crate::lang::{self, Context, Expr, Files, Key, Traversal};
use crate::schema::{Attribute, AttributeSpec, Problem, Record, TypeSpec, conform, fill_defaults};
use crate::value::{Number, Object, Value};

/// Evaluates the module's expressions with what is known.
pub struct Resolver<'a> {
    /// What is declared.
    pub module: &'a Module,
    /// For the functions that read files.
    pub files: &'a dyn Files,
    /// Where the files of the module lie, for `path.module`.
    pub directory: &'a str,
}

/// One instance of a block: its key, and what `each` and `count` mean in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// Its key.
    pub key: InstanceKey,
    /// `each.value`; null unless the block has `for_each`.
    pub value: Value,
}

/// What the configuration wants of one instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its attributes: conformed to the table, defaults filled in, the provider's tags added.
    pub object: Object,
    /// Its Region, if the block names one.
    pub region: Option<Region>,
    /// `lifecycle { prevent_destroy }`.
    pub prevent_destroy: bool,
    /// `lifecycle { create_before_destroy }`.
    pub create_before_destroy: bool,
    /// Attributes in which a difference does not count; none stands for all.
    pub ignored: Option<BTreeSet<String>>,
    /// `timeouts`, by name.
    pub timeouts: BTreeMap<String, Duration>,
}

/// The names that the expressions of one block use.
pub struct Scene<'a> {
    resolver: &'a Resolver<'a>,
    block: &'a Block,
    names: BTreeMap<String, Value>,
}

type Found<T> = Result<T, Vec<Diagnostic>>;

impl Resolver<'_> {
    /// The value of an output.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions, and its rules that do not hold.
    pub fn output(&self, name: &str, known: &Known) -> Found<Value> {
        let output = &self.module.outputs[name];
        self.rules(&output.preconditions, "Module output value precondition failed", known, None)?;
        let value = self.evaluate(&output.value, known, &BTreeMap::new())?;
        if value.has_sensitive() && !output.sensitive {
            return Err(vec![
                Diagnostic::error(
                    "Output refers to sensitive values",
                    format!("The output \"{name}\" would show a value that is sensitive."),
                )
                .at(output.value.span())
                .hint("Add `sensitive = true` to the output, or use nonsensitive()."),
            ]);
        }
        Ok(if output.sensitive { value.sensitive() } else { value })
    }

    /// Rules of variables that do not hold.
    pub fn validate_variable(&self, name: &str, known: &Known) -> Vec<Diagnostic> {
        let rules = &self.module.variables[name].validations;
        let place = self.module.variables[name].span.clone();
        let found = self.rules(rules, "Invalid value for variable", known, None);
        let at = |problem: Diagnostic| match problem.span {
            Some(_) => problem,
            None => problem.at(place.clone()),
        };
        found.err().unwrap_or_default().into_iter().map(at).collect()
    }

    /// How to reach AWS through the provider of that alias.
    ///
    /// # Errors
    /// Everything that is wrong in it; values that are not known yet are wrong here.
    pub fn provider(&self, alias: &str, known: &Known) -> Found<Provider> {
        let empty = || Provider::decode(&Value::Object(Object::default()));
        let Some(block) = self.module.providers.get(alias) else {
            return Ok(empty().expect("every argument of a provider is optional"));
        };
        let names = self.names(block.body.expressions(), known)?;
        let context = Context::new(&names, self.files);
        let mut problems = Vec::new();
        let object = body::evaluate(&block.body, Provider::TABLE, &context, &mut problems);
        let (object, found) = conform(Provider::TABLE, &object);
        problems.extend(found.into_iter().map(|problem| place(problem, &block.body)));
        for (name, value) in object.iter().filter(|(_, value)| !value.is_known()) {
            let waits: Vec<String> = value.sources().iter().map(ToString::to_string).collect();
            let argument = block.body.arguments.get(name).map(|a| a.value.span());
            problems.push(
                Diagnostic::error(
                    "Provider not known yet",
                    format!(
                        "\"{name}\" depends on {}, which is not known before it is applied.",
                        waits.join(", ")
                    ),
                )
                .at(argument.unwrap_or_else(|| block.span.clone())),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Provider::decode(&Value::Object(object).revealed()).map_err(|mismatch| {
            vec![
                Diagnostic::error("Invalid provider configuration", mismatch.to_string())
                    .at(block.span.clone()),
            ]
        })
    }

    /// The instances of a block.
    ///
    /// # Errors
    /// When `count` or `for_each` is of the wrong type or not known yet.
    pub fn expand(&self, block: &Block, known: &Known) -> Found<Vec<Each>> {
        let one = |problem: Diagnostic| Err(vec![problem]);
        match &block.repeat {
            Repeat::Once => Ok(vec![Each { key: InstanceKey::None, value: Value::Null }]),
            Repeat::Count(count) => {
                let value = self.evaluate(count, known, &BTreeMap::new())?;
                let number = match value.unmarked() {
                    Value::Number(number) => number.as_usize(),
                    Value::String(text) => Number::parse(text).and_then(|n| n.as_usize()),
                    Value::Unknown(_) => return one(not_known("count", &value, count.span())),
                    _ => None,
                };
                let Some(number) = number.filter(|number| *number <= 10_000) else {
                    let text = format!(
                        "\"count\" must be a whole number from 0, but this is {}.",
                        value.describe()
                    );
                    return one(Diagnostic::error("Invalid count argument", text).at(count.span()));
                };
                let each = |index: usize| Each {
                    key: InstanceKey::Index(index as u64),
                    value: Value::Null,
                };
                Ok((0..number).map(each).collect())
            }
            Repeat::ForEach(each) => {
                let value = self.evaluate(each, known, &BTreeMap::new())?;
                if value.has_sensitive() && matches!(value, Value::Sensitive(_)) {
                    let text = "The keys of for_each are shown, so they must not be sensitive.";
                    return one(
                        Diagnostic::error("Invalid for_each argument", text).at(each.span())
                    );
                }
                let invalid = |text: String| {
                    vec![Diagnostic::error("Invalid for_each argument", text).at(each.span())]
                };
                match &value {
                    Value::Unknown(_) => one(not_known("for_each", &value, each.span())),
                    Value::Object(object) | Value::Map(object) => Ok(object
                        .iter()
                        .map(|(key, value)| Each {
                            key: InstanceKey::Key(key.to_owned()),
                            value: value.clone(),
                        })
                        .collect()),
                    Value::Set(items) => items
                        .iter()
                        .map(|item| match item {
                            Value::String(key) => {
                                Ok(Each { key: InstanceKey::Key(key.clone()), value: item.clone() })
                            }
                            Value::Unknown(_) => {
                                Err(vec![not_known("for_each", item, each.span())])
                            }
                            other => Err(invalid(format!(
                                "A set for for_each holds strings, but this one holds {}.",
                                other.describe()
                            ))),
                        })
                        .collect(),
                    other => Err(invalid(format!(
                        "\"for_each\" must be a map or a set of strings, but this is {}. Use \
                         toset() for a list.",
                        other.describe()
                    ))),
                }
            }
        }
    }

    /// What the expressions of a block can see, gathered once for all its instances.
    ///
    /// # Errors
    /// When a local value that they use cannot be computed.
    pub fn scene<'a>(&'a self, block: &'a Block, known: &Known) -> Found<Scene<'a>> {
        let expressions = block.body.expressions().chain(&block.region);
        let expressions = expressions.chain(block.timeouts.values());
        let names = self.names(expressions.chain(block.lifecycle.expressions()), known)?;
        Ok(Scene { resolver: self, block, names })
    }

    /// What the configuration wants of one instance. Unknown leaves say what they wait for.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions and values.
    pub fn instance(
        &self,
        block: &Block,
        each: &Each,
        spec: &'static TypeSpec,
        default_tags: &BTreeMap<String, String>,
        known: &Known,
    ) -> Found<Wanted> {
        self.scene(block, known)?.instance(each, spec, default_tags)
    }

    /// Postconditions of an instance that do not hold.
    pub fn postconditions(
        &self,
        block: &Block,
        each: &Each,
        itself: &Object,
        known: &Known,
    ) -> Vec<Diagnostic> {
        let rules = &block.lifecycle.postconditions;
        let expressions = rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
        let names = match self.names(expressions, known) {
            Ok(names) => names,
            Err(problems) => return problems,
        };
        let outer = Context::new(&names, self.files);
        let mut own = own_names(each);
        own.insert("self".to_owned(), Value::Object(itself.clone()));
        let summary = "Resource postcondition failed";
        self.rules_in(rules, summary, &outer.with(own)).err().unwrap_or_default()
    }

    /// What a console shows for an expression.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn console(&self, expression: &Expr, known: &Known) -> Found<String> {
        let names = self.names([expression], known)?;
        lang::console(expression, &Context::new(&names, self.files))
    }

    fn evaluate(
        &self,
        expression: &Expr,
        known: &Known,
        own: &BTreeMap<String, Value>,
    ) -> Found<Value> {
        let names = self.names([expression], known)?;
        let outer = Context::new(&names, self.files);
        lang::evaluate(expression, &outer.with(own.clone()))
    }

    fn rules(
        &self,
        rules: &[Condition],
        summary: &str,
        known: &Known,
        own: Option<BTreeMap<String, Value>>,
    ) -> Found<()> {
        let expressions = rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
        let names = self.names(expressions, known)?;
        let outer = Context::new(&names, self.files);
        self.rules_in(rules, summary, &outer.with(own.unwrap_or_default()))
    }

    /// A rule whose condition is not known yet is held to hold; it is checked again later.
    fn rules_in(&self, rules: &[Condition], summary: &str, context: &Context<'_>) -> Found<()> {
        let mut problems = Vec::new();
        for rule in rules {
            let value = match lang::evaluate(&rule.condition, context) {
                Ok(value) => value,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            match value.unmarked() {
                Value::Bool(true) | Value::Unknown(_) => {}
                Value::Bool(false) => {
                    let message = lang::evaluate(&rule.error_message, context);
                    let message = match message.as_ref().map(Value::unmarked) {
                        Ok(Value::String(text)) => text.trim_end().to_owned(),
                        _ => "The condition does not hold.".to_owned(),
                    };
                    let problem = Diagnostic::error(summary, message);
                    problems.push(problem.at(rule.condition.span()));
                }
                other => problems.push(
                    Diagnostic::error(
                        "Invalid condition result",
                        format!("A condition is true or false, but this is {}.", other.describe()),
                    )
                    .at(rule.condition.span()),
                ),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The root names that these expressions use, each with what it stands for.
    fn names<'e>(
        &self,
        expressions: impl IntoIterator<Item = &'e Expr>,
        known: &Known,
    ) -> Found<BTreeMap<String, Value>> {
        let mut names = Names { resolver: self, known, roots: BTreeMap::new() };
        for expression in expressions {
            for traversal in lang::references(expression) {
                names.add(&traversal)?;
            }
        }
        let objects = names.roots.into_iter().map(|(name, object)| (name, Value::Object(object)));
        Ok(objects.collect())
    }
}

impl Scene<'_> {
    /// What the configuration wants of one instance. Unknown leaves say what they wait for.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions and values.
    pub fn instance(
        &self,
        each: &Each,
        spec: &'static TypeSpec,
        default_tags: &BTreeMap<String, String>,
    ) -> Found<Wanted> {
        let Self { resolver, block, names } = self;
        let outer = Context::new(names, resolver.files);
        let context = outer.with(own_names(each));
        let mut problems = Vec::new();
        let raw = body::evaluate(&block.body, spec.inputs, &context, &mut problems);
        // What already is wrong must not be called missing too.
        let wrong = !problems.is_empty();
        let (object, found) = conform(spec.inputs, &raw);
        let missing = |problem: &Problem| problem.path.is_empty();
        let found = found.into_iter().filter(|problem| !(wrong && missing(problem)));
        problems.extend(found.map(|problem| place(problem, &block.body)));
        let region = block.region.as_ref().and_then(|region| {
            text(region, &context, &mut problems).map(|name| Region::new(&name))
        });
        let lifecycle = &block.lifecycle;
        let mut flag = |expression: &Option<Expr>, context: &Context<'_>| {
            expression.as_ref().is_some_and(|e| truth(e, context, &mut problems))
        };
        let prevent_destroy = flag(&lifecycle.prevent_destroy, &context);
        let create_before_destroy = flag(&lifecycle.create_before_destroy, &context);
        let mut timeouts = BTreeMap::new();
        for (name, expression) in &block.timeouts {
            let Some(written) = text(expression, &context, &mut problems) else { continue };
            match duration(&written) {
                Some(duration) => drop(timeouts.insert(name.clone(), duration)),
                None => problems.push(
                    Diagnostic::error(
                        "Invalid time-out",
                        format!("{written:?} is no length of time."),
                    )
                    .at(expression.span())
                    .hint("Write a number and a unit: \"90s\", \"30m\", \"2h\" or \"1h30m\"."),
                ),
            }
        }
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        let mut object = fill_defaults(spec.inputs, &object);
        if block.address.mode == Mode::Managed {
            add_tags(&mut object, spec.inputs, default_tags);
        }
        Ok(Wanted {
            object,
            region,
            prevent_destroy,
            create_before_destroy,
            ignored: ignored(&lifecycle.ignore_changes),
            timeouts,
        })
    }

    /// Rules that must hold before the instance is changed.
    ///
    /// # Errors
    /// Those that do not.
    pub fn preconditions(&self, each: &Each) -> Found<()> {
        let rules = &self.block.lifecycle.preconditions;
        if rules.is_empty() {
            return Ok(());
        }
        let outer = Context::new(&self.names, self.resolver.files);
        let context = outer.with(own_names(each));
        self.resolver.rules_in(rules, "Resource precondition failed", &context)
    }
}

/// Collects what references stand for; local values are computed as they are met.
struct Names<'a> {
    resolver: &'a Resolver<'a>,
    known: &'a Known,
    roots: BTreeMap<String, Object>,
}

impl Names<'_> {
    fn add(&mut self, traversal: &Traversal) -> Found<()> {
        let word = |index: usize| match traversal.steps.get(index) {
            Some(Key::Attribute(name)) => name.clone(),
            _ => String::new(),
        };
        let Resolver { module, directory, .. } = self.resolver;
        let root = traversal.root.clone();
        match root.as_str() {
            "each" | "count" | "self" => {}
            "path" => {
                let here = |name: &str| (name.to_owned(), Value::text(*directory));
                let paths = ["module", "root", "cwd"].into_iter().map(here).collect();
                self.roots.insert(root, paths);
            }
            "terraform" => {
                let workspace = [("workspace", Value::text("default"))];
                self.roots.insert(root, workspace.into_iter().collect());
            }
            "var" => {
                let name = word(0);
                if let Some(value) = self.known.variables.get(&name) {
                    self.roots.entry(root).or_default().0.insert(name, value.clone());
                }
            }
            "local" => {
                let name = word(0);
                let has = self.roots.get(&root).is_some_and(|locals| locals.0.contains_key(&name));
                if let (false, Some(expression)) = (has, module.locals.get(&name)) {
                    let value = self.resolver.evaluate(expression, self.known, &BTreeMap::new())?;
                    self.roots.entry(root).or_default().0.insert(name, value);
                }
            }
            "data" => self.block(Mode::Data, &word(0), &word(1)),
            _ => self.block(Mode::Managed, &root, &word(0)),
        }
        Ok(())
    }

    fn block(&mut self, mode: Mode, type_name: &str, name: &str) {
        let address = BlockAddress { mode, ..BlockAddress::managed(type_name, name) };
        let Some(block) = self.resolver.module.blocks.get(&address) else { return };
        let Some(value) = self.known.block(&address, &block.repeat) else { return };
        let names = match mode {
            Mode::Managed => self.roots.entry(type_name.to_owned()).or_default(),
            Mode::Data => {
                let data = self.roots.entry("data".to_owned()).or_default();
                let empty = || Value::Object(Object::default());
                match data.0.entry(type_name.to_owned()).or_insert_with(empty) {
                    Value::Object(names) => names,
                    _ => unreachable!("types of data sources are objects"),
                }
            }
        };
        names.0.insert(name.to_owned(), value);
    }
}

/// `each` or `count` of an instance.
fn own_names(each: &Each) -> BTreeMap<String, Value> {
    let object = |members: Vec<(&str, Value)>| Value::Object(members.into_iter().collect());
    match &each.key {
        InstanceKey::None => BTreeMap::new(),
        InstanceKey::Index(index) => {
            let index = Value::Number(Number::from_usize(usize::try_from(*index).unwrap_or(0)));
            BTreeMap::from([("count".to_owned(), object(vec![("index", index)]))])
        }
        InstanceKey::Key(key) => {
            let members = vec![("key", Value::text(key)), ("value", each.value.clone())];
            BTreeMap::from([("each".to_owned(), object(members))])
        }
    }
}

fn not_known(argument: &str, value: &Value, span: Span) -> Diagnostic {
    let waits: Vec<String> = value.sources().iter().map(ToString::to_string).collect();
    Diagnostic::error(
        format!("Invalid {argument} argument"),
        format!(
            "The \"{argument}\" value depends on {}, which is not known before it is applied, so \
             drctl cannot tell how many instances there will be.",
            if waits.is_empty() { "something".to_owned() } else { waits.join(", ") }
        ),
    )
    .at(span)
    .hint(
        "Use keys that stand in the configuration, or apply what it waits for first with -target.",
    )
}

fn text(
    expression: &Expr,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    match lang::evaluate(expression, context) {
        Ok(value) => match value.unmarked() {
            Value::String(text) => return Some(text.clone()),
            Value::Null => return None,
            other => problems.push(
                Diagnostic::error(
                    "Incorrect attribute value type",
                    format!("A string is required, but this is {}.", other.describe()),
                )
                .at(expression.span()),
            ),
        },
        Err(found) => problems.extend(found),
    }
    None
}

fn truth(expression: &Expr, context: &Context<'_>, problems: &mut Vec<Diagnostic>) -> bool {
    match lang::evaluate(expression, context) {
        Ok(value) => match value.unmarked() {
            Value::Bool(bool) => return *bool,
            Value::Null => return false,
            other => problems.push(
                Diagnostic::error(
                    "Incorrect attribute value type",
                    format!("True or false is required, but this is {}.", other.describe()),
                )
                .at(expression.span()),
            ),
        },
        Err(found) => problems.extend(found),
    }
    false
}

/// `90s`, `30m`, `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = 0;
    let mut digits = String::new();
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total += std::mem::take(&mut digits).parse::<u64>().ok()?.checked_mul(unit)?;
    }
    (digits.is_empty() && total > 0).then(|| Duration::from_secs(total))
}

fn ignored(ignored: &Ignored) -> Option<BTreeSet<String>> {
    match ignored {
        Ignored::Nothing => Some(BTreeSet::new()),
        Ignored::Attributes(paths) => Some(paths.iter().map(|path| path.root.clone()).collect()),
        Ignored::All => None,
    }
}

/// Adds the provider's tags; the resource's own win.
fn add_tags(object: &mut Object, table: &[AttributeSpec], tags: &BTreeMap<String, String>) {
    if tags.is_empty() || !table.iter().any(|spec| spec.name == "tags") {
        return;
    }
    let mut all: Object = tags.iter().map(|(key, value)| (key, Value::text(value))).collect();
    match object.get("tags").unmarked() {
        Value::Map(own) | Value::Object(own) => all.0.extend(own.0.clone()),
        Value::Unknown(_) => return,
        _ => {}
    }
    object.set("tags", Value::Map(all));
}

/// Where in the files the value stands that the table does not allow.
fn place(problem: Problem, body: &Body) -> Diagnostic {
    let Problem { path, summary, message, hint } = problem;
    let mut here = body;
    let mut span = body.span.clone();
    let mut steps = path.iter().peekable();
    while let Some(step) = steps.next() {
        if let Some(argument) = here.arguments.get(step) {
            span = argument.value.span();
            break;
        }
        let mut blocks = here.blocks.iter().filter(|block| block.kind == *step);
        let index = steps.peek().and_then(|next| next.parse::<usize>().ok());
        if index.is_some() {
            steps.next();
        }
        let Some(block) = blocks.nth(index.unwrap_or(0)) else { break };
        span = block.body.span.clone();
        here = &block.body;
    }
    let inside = match path.as_slice() {
        [] | [_] => message,
        _ => format!("{}: {message}", path.join(".")),
    };
    let diagnostic = Diagnostic::error(summary, inside).at(span);
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}
