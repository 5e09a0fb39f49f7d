//! Expressions and what is known make values: the one place of its kind, for the plan and for
//! applying it.
use std::collections::BTreeMap;

use crate::address::{Address, BlockAddress, InstanceKey, ModuleAddress};
use crate::config::provider::Provider;
use crate::config::{Block, Check, Condition, Module, Repeat};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::expand::own_names;
use crate::graph::scene::place;
use crate::graph::sight::Sight;
use crate::graph::{Each, Known, Scene, Wanted, body};
use crate::lang::{self, Context, Expr, Files};
use crate::schema::{Attribute, Record, TypeSpec, conform};
use crate::value::{Object, Value};
/// Evaluates the expressions of the root module, and of those that it calls, with what is known.
pub struct Resolver<'a> {
    /// What is declared.
    pub module: &'a Module,
    /// For the functions that read files.
    pub files: &'a dyn Files,
    /// Where the files of the root module lie, for `path.root`.
    pub directory: &'a str,
}

pub(super) type Found<T> = Result<T, Vec<Diagnostic>>;

impl Resolver<'_> {
    /// The block that an instance belongs to.
    ///
    /// # Panics
    /// When it is not declared.
    pub fn block(&self, address: &BlockAddress) -> &Block {
        self.module.block(address).expect("only what is declared has instances")
    }

    /// The value of an output of the root module.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions, and its rules that do not hold.
    pub fn output(&self, name: &str, known: &Known) -> Found<Value> {
        let output = &self.module.outputs[name];
        let value = self.output_of(&ModuleAddress::root(), name, known)?;
        // What a module hands on stays sensitive; what the root module hands on is shown.
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
        Ok(value)
    }

    /// The value of an output of an instance of a module.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions, and its rules that do not hold.
    pub fn output_of(&self, at: &ModuleAddress, name: &str, known: &Known) -> Found<Value> {
        let sight = Sight::new(self, known);
        let value = sight.output(at, name, &sight.module(at).outputs[name]);
        self.inside(at, value)
    }

    /// What is wrong with a variable: its value, and rules that do not hold.
    pub fn validate_variable(
        &self,
        at: &ModuleAddress,
        name: &str,
        known: &Known,
    ) -> Vec<Diagnostic> {
        let sight = Sight::new(self, known);
        if let Err(found) = sight.variable(at, name) {
            // What is wrong with it stands in the call.
            return match at.parent() {
                Some((caller, _)) => {
                    self.inside::<()>(&caller, Err(found)).err().unwrap_or_default()
                }
                None => found,
            };
        }
        let variable = &sight.module(at).variables[name];
        let found = self.rules(&sight, at, &variable.validations, "Invalid value for variable");
        let place = variable.span.clone();
        let at_least = |problem: Diagnostic| match problem.span {
            Some(_) => problem,
            None => problem.at(place.clone()),
        };
        let found = self.inside(at, found).err().unwrap_or_default();
        found.into_iter().map(at_least).collect()
    }

    /// What a `check` block finds: warnings.
    pub fn check(&self, at: &ModuleAddress, name: &str, known: &Known) -> Vec<Diagnostic> {
        let sight = Sight::new(self, known);
        let check = &sight.module(at).checks[name];
        let found = self.rules(&sight, at, &check.asserts, "Check block assertion failed");
        let found = self.inside(at, found).err().unwrap_or_default().into_iter();
        found.map(|problem| Diagnostic { severity: Severity::Warning, ..problem }).collect()
    }

    /// What all `check` blocks find.
    pub fn checks(&self, known: &Known) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (declared, module) in self.module.all() {
            for at in known.instances(&declared) {
                // What could not be read was told when it was tried.
                let read = |check: &Check| match &check.data {
                    Some(data) => {
                        known.blocks.get(&data.within(&at)).is_some_and(|i| !i.is_empty())
                    }
                    None => true,
                };
                let checks = module.checks.iter().filter(|(_, check)| read(check));
                found.extend(checks.flat_map(|(name, _)| self.check(&at, name, known)));
            }
        }
        found
    }

    /// Says of all problems that they are inside a module.
    pub(super) fn inside<T>(&self, at: &ModuleAddress, found: Found<T>) -> Found<T> {
        let of = |problem: Diagnostic| match (&problem.called, self.module.call(at)) {
            (None, Some(call)) => problem.called(at, &call.span),
            _ => problem,
        };
        found.map_err(|found| found.into_iter().map(of).collect())
    }

    /// How to reach AWS through the providers of that alias: one, unless it has `for_each`.
    ///
    /// # Errors
    /// Everything that is wrong in them; values that are not known yet are wrong here.
    pub fn providers(&self, alias: &str, known: &Known) -> Found<Vec<(InstanceKey, Provider)>> {
        let each = self.module.providers.get(alias).and_then(|block| block.each.clone());
        let repeat = each.map_or(Repeat::Once, Repeat::ForEach);
        let all = self.expand(&ModuleAddress::root(), &repeat, known)?;
        let one = |each: Each| Ok((each.key.clone(), self.provider(alias, &each, known)?));
        all.into_iter().map(one).collect()
    }

    fn provider(&self, alias: &str, each: &Each, known: &Known) -> Found<Provider> {
        let Some(block) = self.module.providers.get(alias) else {
            return Ok(Provider::default());
        };
        let sight = Sight::new(self, known);
        let names = sight.names(&ModuleAddress::root(), block.body.expressions())?;
        let outer = Context::new(&names, self.files);
        let context = outer.with(own_names(each));
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

    /// What the expressions of a block can see in one instance of its module, gathered once for all
    /// instances of the block.
    ///
    /// # Errors
    /// When something that they use cannot be computed.
    pub fn scene<'a>(&'a self, address: &BlockAddress, known: &Known) -> Found<Scene<'a>> {
        let (at, block) = (&address.module, self.block(address));
        let expressions = block.body.expressions().chain(&block.region);
        let expressions = expressions.chain(&block.provider_key);
        let expressions = expressions.chain(block.timeouts.values());
        let expressions = expressions.chain(block.lifecycle.expressions());
        let sight = Sight::new(self, known);
        let names = self.inside(at, sight.names(at, expressions))?;
        let handed = self.inside(at, sight.handed(at, &block.provider.0))?;
        Ok(Scene { resolver: self, at: at.clone(), block, names, handed })
    }

    /// What the configuration wants of one instance. Unknown leaves say what they wait for.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions and values.
    pub fn instance(
        &self,
        address: &BlockAddress,
        each: &Each,
        spec: &'static TypeSpec,
        default_tags: &BTreeMap<String, String>,
        known: &Known,
    ) -> Found<Wanted> {
        self.scene(address, known)?.instance(each, spec, default_tags)
    }

    /// What `each` means in an instance by now.
    ///
    /// # Errors
    /// When its `for_each` cannot be computed.
    pub fn each(&self, address: &Address, known: &Known) -> Found<Each> {
        let (at, block) = (&address.block.module, self.block(&address.block));
        self.inside(at, Sight::new(self, known).each(at, &block.repeat, &address.key))
    }

    /// Postconditions of an instance that do not hold.
    pub fn postconditions(
        &self,
        address: &BlockAddress,
        each: &Each,
        itself: &Object,
        known: &Known,
    ) -> Vec<Diagnostic> {
        let (at, rules) = (&address.module, &self.block(address).lifecycle.postconditions);
        if rules.is_empty() {
            return Vec::new();
        }
        let expressions = rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
        let found = Sight::new(self, known).names(at, expressions).and_then(|names| {
            let outer = Context::new(&names, self.files);
            let mut own = own_names(each);
            own.insert("self".to_owned(), Value::Object(itself.clone()));
            self.rules_in(rules, "Resource postcondition failed", &outer.with(own))
        });
        self.inside(at, found).err().unwrap_or_default()
    }

    /// What a console shows for an expression of the root module.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn console(&self, expression: &Expr, known: &Known) -> Found<String> {
        let names = Sight::new(self, known).names(&ModuleAddress::root(), [expression])?;
        lang::console(expression, &Context::new(&names, self.files))
    }

    pub(super) fn evaluate(
        &self,
        at: &ModuleAddress,
        expression: &Expr,
        known: &Known,
    ) -> Found<Value> {
        self.inside(at, Sight::new(self, known).evaluate(at, expression))
    }

    pub(super) fn rules(
        &self,
        sight: &Sight<'_>,
        at: &ModuleAddress,
        rules: &[Condition],
        summary: &str,
    ) -> Found<()> {
        let expressions = rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
        let names = sight.names(at, expressions)?;
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
}
