//! Expressions and what is known make values: the one place of its kind, for the plan and for
//! applying it.
use std::collections::BTreeMap;

use crate::config::provider::Provider;
use crate::config::{Block, Condition, Module};
use crate::diagnostic::Diagnostic;
use crate::graph::expand::own_names;
use crate::graph::names::Names;
use crate::graph::scene::place;
use crate::graph::{Each, Known, Scene, Wanted, body};
use crate::lang::{self, Context, Expr, Files};
use crate::schema::{Attribute, Record, TypeSpec, conform};
use crate::value::{Object, Value};
/// Evaluates the module's expressions with what is known.
pub struct Resolver<'a> {
    /// What is declared.
    pub module: &'a Module,
    /// For the functions that read files.
    pub files: &'a dyn Files,
    /// Where the files of the module lie, for `path.module`.
    pub directory: &'a str,
}
pub(super) type Found<T> = Result<T, Vec<Diagnostic>>;
impl Resolver<'_> {
    /// The value of an output.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions, and its rules that do not hold.
    pub fn output(&self, name: &str, known: &Known) -> Found<Value> {
        let output = &self.module.outputs[name];
        self.rules(&output.preconditions, "Module output value precondition failed", known)?;
        let value = self.evaluate(&output.value, known)?;
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
        let found = self.rules(rules, "Invalid value for variable", known);
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
        let Some(block) = self.module.providers.get(alias) else {
            return Ok(Provider::default());
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

    pub(super) fn evaluate(&self, expression: &Expr, known: &Known) -> Found<Value> {
        let names = self.names([expression], known)?;
        lang::evaluate(expression, &Context::new(&names, self.files))
    }

    fn rules(&self, rules: &[Condition], summary: &str, known: &Known) -> Found<()> {
        let expressions = rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
        let names = self.names(expressions, known)?;
        self.rules_in(rules, summary, &Context::new(&names, self.files))
    }

    /// A rule whose condition is not known yet is held to hold; it is checked again later.
    pub(super) fn rules_in(
        &self,
        rules: &[Condition],
        summary: &str,
        context: &Context<'_>,
    ) -> Found<()> {
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
