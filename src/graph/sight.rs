//! What expressions see at one moment: the declarations, and what is known by now.
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::address::{InstanceKey, ModuleAddress};
use crate::config::{Call, Module, Output, Repeat};
use crate::diagnostic::{Diagnostic, Span};
use crate::graph::expand::own_names;
use crate::graph::names::Names;
use crate::graph::resolve::Found;
use crate::graph::variables;
use crate::graph::{Each, Known, Resolver};
use crate::lang::{self, Context, Expr};
use crate::value::{Object, Value};

/// Local values, variables of modules and outputs may stand on each other this deep.
const DEEPEST: usize = 500;

/// Computes what is named when it is needed, each thing once.
pub(super) struct Sight<'a> {
    pub(super) resolver: &'a Resolver<'a>,
    pub(super) known: &'a Known,
    seen: RefCell<BTreeMap<(What, ModuleAddress, String), Value>>,
    depth: Cell<usize>,
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Local,
    Variable,
    Output,
}

impl<'a> Sight<'a> {
    pub(super) fn new(resolver: &'a Resolver<'a>, known: &'a Known) -> Self {
        Self { resolver, known, seen: RefCell::default(), depth: Cell::new(0) }
    }

    /// The module at an address that is known to be declared.
    pub(super) fn module(&self, at: &ModuleAddress) -> &'a Module {
        self.resolver.module.at(at).expect("only what is declared has instances")
    }

    /// The root names that these expressions use, each with what it stands for.
    pub(super) fn names<'e>(
        &self,
        at: &ModuleAddress,
        expressions: impl IntoIterator<Item = &'e Expr>,
    ) -> Found<BTreeMap<String, Value>> {
        let mut names = Names::new(self, at);
        for expression in expressions {
            for traversal in lang::references(expression) {
                names.add(&traversal)?;
            }
        }
        names.finish()
    }

    /// The value of an expression in an instance of a module.
    pub(super) fn evaluate(&self, at: &ModuleAddress, expression: &Expr) -> Found<Value> {
        let names = self.names(at, [expression])?;
        lang::evaluate(expression, &Context::new(&names, self.resolver.files))
    }

    /// The value of a local value.
    pub(super) fn local(&self, at: &ModuleAddress, name: &str, is: &Expr) -> Found<Value> {
        self.once(What::Local, at, name, || self.evaluate(at, is))
    }

    /// The value of a variable; none in the root module if it was given no value.
    pub(super) fn variable(&self, at: &ModuleAddress, name: &str) -> Found<Option<Value>> {
        let Some((caller, step)) = at.parent() else {
            return Ok(self.known.variables.get(name).cloned());
        };
        let call = self.module(&caller).calls.get(&step.name).expect("its module was found");
        let Some(variable) = call.module.variables.get(name) else { return Ok(None) };
        let value = self.once(What::Variable, at, name, || {
            let Some(argument) = call.arguments.get(name) else {
                return variables::unset(name, variable);
            };
            let value = self.in_call(&caller, call, &step.key, &argument.value)?;
            variables::converted(name, variable, value, argument.value.span())
        })?;
        Ok(Some(value))
    }

    /// Which instance of a provider the calls above a module say that it finds under an alias.
    pub(super) fn handed(&self, at: &ModuleAddress, alias: &str) -> Found<Option<(Value, Span)>> {
        let Some((called, handed)) = self.resolver.module.handed(at, alias) else {
            return Ok(None);
        };
        let (Some(key), Some((caller, step))) = (&handed.key, called.parent()) else {
            return Ok(None);
        };
        let call = self.module(&caller).calls.get(&step.name).expect("its module was found");
        let key = self.in_call(&caller, call, &step.key, key)?;
        Ok(Some((key, handed.span.clone())))
    }

    /// The value of an argument of a call, for one of its instances.
    fn in_call(
        &self,
        caller: &ModuleAddress,
        call: &Call,
        key: &InstanceKey,
        argument: &Expr,
    ) -> Found<Value> {
        let names = self.names(caller, [argument])?;
        let outer = Context::new(&names, self.resolver.files);
        let uses = |root: &str| lang::references(argument).iter().any(|named| named.root == root);
        let own = match &call.repeat {
            Repeat::ForEach(_) if uses("each") => {
                own_names(&self.each(caller, &call.repeat, key)?)
            }
            _ => own_names(&Each { key: key.clone(), value: Value::Null }),
        };
        lang::evaluate(argument, &outer.with(own))
    }

    /// What `each` means in one instance now: what was not known when it was planned may be by now.
    pub(super) fn each(
        &self,
        at: &ModuleAddress,
        repeat: &Repeat,
        key: &InstanceKey,
    ) -> Found<Each> {
        let plain = Each { key: key.clone(), value: Value::Null };
        let Repeat::ForEach(expression) = repeat else { return Ok(plain) };
        let InstanceKey::Key(name) = key else { return Ok(plain) };
        let all = self.evaluate(at, expression)?;
        let value = match &all {
            Value::Object(object) | Value::Map(object) => object.get(name).clone(),
            _ => Value::text(name),
        };
        Ok(Each { value, ..plain })
    }

    /// The value of an output of a module, its rules held against it.
    pub(super) fn output(&self, at: &ModuleAddress, name: &str, output: &Output) -> Found<Value> {
        self.once(What::Output, at, name, || {
            self.resolver.rules(
                self,
                at,
                &output.preconditions,
                "Module output value precondition failed",
            )?;
            let value = self.evaluate(at, &output.value)?;
            Ok(if output.sensitive { value.sensitive() } else { value })
        })
    }

    /// What `module.name` stands for, as far as these outputs go.
    pub(super) fn called<'n>(
        &self,
        caller: &ModuleAddress,
        name: &str,
        call: &Call,
        outputs: impl Iterator<Item = &'n String> + Clone,
    ) -> Found<Value> {
        let one = |key: &InstanceKey| -> Found<Value> {
            let at = caller.child(name, key.clone());
            let mut object = Object::default();
            for name in outputs.clone() {
                let Some(output) = call.module.outputs.get(name) else { continue };
                // An output that is null is there.
                object.0.insert(name.clone(), self.output(&at, name, output)?);
            }
            Ok(Value::Object(object))
        };
        let keys = self.known.keys(caller, name);
        Ok(match &call.repeat {
            Repeat::Once => match keys.first() {
                Some(key) => one(key)?,
                None => Value::Unknown(crate::value::Unknown::default()),
            },
            Repeat::Count(_) => Value::Tuple(keys.iter().map(one).collect::<Found<_>>()?),
            Repeat::ForEach(_) => {
                let mut instances = Object::default();
                for key in &keys {
                    if let InstanceKey::Key(name) = key {
                        instances.0.insert(name.clone(), one(key)?);
                    }
                }
                Value::Object(instances)
            }
        })
    }

    fn once(
        &self,
        what: What,
        at: &ModuleAddress,
        name: &str,
        compute: impl FnOnce() -> Found<Value>,
    ) -> Found<Value> {
        let key = (what, at.clone(), name.to_owned());
        if let Some(value) = self.seen.borrow().get(&key) {
            return Ok(value.clone());
        }
        if self.depth.get() == DEEPEST {
            let text = format!(
                "Local values, variables of modules and outputs may stand on each other {DEEPEST} deep."
            );
            return Err(vec![Diagnostic::error("Values nested too deep", text)]);
        }
        self.depth.set(self.depth.get() + 1);
        let value = compute();
        self.depth.set(self.depth.get() - 1);
        let value = value?;
        self.seen.borrow_mut().insert(key, value.clone());
        Ok(value)
    }
}
