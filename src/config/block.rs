//! Arguments that have a meaning of their own: meta-arguments, `lifecycle`, constant settings.
use indexmap::IndexMap;

use crate::address::{BlockAddress, Mode};
use crate::config::{Argument, Block, Body, Condition, Ignored, Lifecycle, Nested, Repeat};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::lang::{self, Context, Expr, Traversal};
use crate::value::Value;

/// Takes what it knows out of a body and notes what is wrong.
pub(super) struct Reader<'a> {
    pub(super) problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// A `resource` or `data` block.
    pub(super) fn block(&mut self, address: BlockAddress, mut body: Body) -> Block {
        let span = body.span.clone();
        let repeat = self.repeat(&mut body);
        let (provider, provider_key) = match body.take("provider") {
            Some(Argument { value, .. }) => {
                let (alias, key) = self.keyed(&value);
                ((alias, Some(value.span())), key)
            }
            None => Default::default(),
        };
        let depends_on = self.take_references(&mut body, "depends_on");
        let lifecycle = self.lifecycle(&mut body, address.mode);
        let mut timeouts = IndexMap::new();
        for block in body.take_blocks("timeouts") {
            timeouts.extend(block.body.arguments.into_iter().map(|(name, a)| (name, a.value)));
        }
        for kind in ["provisioner", "connection"] {
            for block in body.take_blocks(kind) {
                self.problems.push(
                    Diagnostic::error(
                        "Unsupported block type",
                        format!("drctl runs no {kind}s: it makes calls to AWS and nothing else."),
                    )
                    .at(block.body.span),
                );
            }
        }
        Block {
            address,
            repeat,
            provider,
            provider_key,
            region: body.take("region").map(|argument| argument.value),
            depends_on,
            check: None,
            lifecycle,
            timeouts,
            body,
            span,
        }
    }

    /// `count` or `for_each`.
    pub(super) fn repeat(&mut self, body: &mut Body) -> Repeat {
        match (body.take("count"), body.take("for_each")) {
            (None, None) => Repeat::Once,
            (Some(count), None) => Repeat::Count(count.value),
            (None, Some(each)) => Repeat::ForEach(each.value),
            (Some(_), Some(each)) => {
                self.problems.push(
                    Diagnostic::error(
                        "Invalid combination of \"count\" and \"for_each\"",
                        "A block has either \"count\" or \"for_each\", not both.",
                    )
                    .at(each.name),
                );
                Repeat::ForEach(each.value)
            }
        }
    }

    /// The alias in `aws`, `aws.alias` or `aws.alias[key]`, and the key, which says which of the
    /// provider's instances is meant.
    pub(super) fn keyed(&mut self, value: &Expr) -> (String, Option<Expr>) {
        let (alias, key) = match value.indexed() {
            Some((alias, key)) => (self.alias(&alias), Some(key)),
            None => (self.alias(value), None),
        };
        (alias.unwrap_or_default(), key)
    }

    /// The alias in `aws` or `aws.alias`.
    pub(super) fn alias(&mut self, value: &Expr) -> Option<String> {
        let references = lang::references(value);
        let alias = match references.as_slice() {
            [one] if one.root == "aws" => match one.steps.as_slice() {
                [] => Some(String::new()),
                [lang::Key::Attribute(alias)] => Some(alias.clone()),
                _ => None,
            },
            _ => None,
        };
        if alias.is_none() {
            self.problems.push(
                Diagnostic::error(
                    "Invalid provider reference",
                    "The provider argument is `aws`, or `aws.` and the alias of a provider block, \
                     behind which `[key]` names one of several.",
                )
                .at(value.span()),
            );
        }
        alias
    }

    fn lifecycle(&mut self, body: &mut Body, mode: Mode) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        for Nested { mut body, .. } in body.take_blocks("lifecycle") {
            let argument = |body: &mut Body, name| body.take(name).map(|argument| argument.value);
            lifecycle.prevent_destroy = argument(&mut body, "prevent_destroy");
            lifecycle.create_before_destroy = argument(&mut body, "create_before_destroy");
            lifecycle.ignore_changes = match argument(&mut body, "ignore_changes") {
                None => Ignored::Nothing,
                Some(value) if value.keyword() == Some("all") => Ignored::All,
                Some(value) => Ignored::Attributes(lang::references(&value)),
            };
            lifecycle.replace_triggered_by =
                self.take_references(&mut body, "replace_triggered_by");
            lifecycle.preconditions = rules(body.take_blocks("precondition"), self);
            lifecycle.postconditions = rules(body.take_blocks("postcondition"), self);
            let known: &[&str] = match mode {
                Mode::Managed => &[
                    "prevent_destroy",
                    "create_before_destroy",
                    "ignore_changes",
                    "replace_triggered_by",
                    "precondition",
                    "postcondition",
                ],
                Mode::Data => &["precondition", "postcondition"],
            };
            self.nothing_left(&body, known, "a lifecycle block");
        }
        lifecycle
    }

    /// A string that is written out.
    pub(super) fn take_text(&mut self, body: &mut Body, name: &str) -> Option<(String, Span)> {
        let argument = body.take(name)?;
        let span = argument.value.span();
        match lang::evaluate(&argument.value, &Context::constant()) {
            Ok(Value::String(text)) => Some((text, span)),
            Ok(_) => {
                self.constant(name, "a string", &span);
                None
            }
            Err(_) => {
                self.constant(name, "a string", &span);
                None
            }
        }
    }

    /// `true` or `false`, written out.
    pub(super) fn take_bool(&mut self, body: &mut Body, name: &str) -> Option<bool> {
        let argument = body.take(name)?;
        if let Ok(Value::Bool(bool)) = lang::evaluate(&argument.value, &Context::constant()) {
            return Some(bool);
        }
        self.constant(name, "true or false", &argument.value.span());
        None
    }

    /// A whole number from 0, written out.
    pub(super) fn take_count(&mut self, body: &mut Body, name: &str) -> Option<usize> {
        let argument = body.take(name)?;
        if let Ok(Value::Number(number)) = lang::evaluate(&argument.value, &Context::constant())
            && let Some(count) = number.as_usize()
        {
            return Some(count);
        }
        self.constant(name, "a whole number from 0", &argument.value.span());
        None
    }

    fn constant(&mut self, name: &str, wanted: &str, span: &Span) {
        self.problems.push(
            Diagnostic::error(
                "Invalid value",
                format!("\"{name}\" must be {wanted}, written out: no references, no functions."),
            )
            .at(span.clone()),
        );
    }

    /// A list of references, as in `depends_on`.
    pub(super) fn take_references(&mut self, body: &mut Body, name: &str) -> Vec<Traversal> {
        let Some(argument) = body.take(name) else { return Vec::new() };
        if !argument.value.is_list() {
            self.problems.push(
                Diagnostic::error(
                    format!("Invalid {name}"),
                    format!("\"{name}\" is a list of references, as in `[aws_kms_key.main]`."),
                )
                .at(argument.value.span()),
            );
        }
        lang::references(&argument.value)
    }

    /// Complains about all that nobody took.
    pub(super) fn nothing_left(&mut self, body: &Body, known: &[&str], place: &str) {
        let arguments = body.arguments.iter().map(|(name, a)| ("argument", name, &a.name));
        let blocks = body.blocks.iter().map(|block| ("block", &block.kind, &block.body.span));
        for (what, name, span) in arguments.chain(blocks) {
            let wrong = Diagnostic::error(
                if what == "block" { "Unsupported block type" } else { "Unsupported argument" },
                format!("There is no {what} \"{name}\" in {place}."),
            )
            .at(span.clone());
            self.problems.push(match nearest(name, known.iter().copied()) {
                Some(near) => wrong.hint(format!("Did you mean \"{near}\"?")),
                None => wrong,
            });
        }
    }

    pub(super) fn missing(&mut self, name: &str, span: &Span) {
        self.problems.push(
            Diagnostic::error(
                "Missing required argument",
                format!("The argument \"{name}\" is required, but no value was set."),
            )
            .at(span.clone()),
        );
    }

    pub(super) fn twice(&mut self, what: &str, name: &str, first: &Span, second: &Span) {
        let (line, _) = first.start();
        self.problems.push(
            Diagnostic::error(
                format!("Duplicate {what}"),
                format!(
                    "A {what} \"{name}\" was already declared at {}:{line}. Names must be unique.",
                    first.source.name
                ),
            )
            .at(second.clone()),
        );
    }
}

/// `validation`, `precondition` and `postcondition` blocks.
pub(super) fn rules(blocks: Vec<Nested>, reader: &mut Reader<'_>) -> Vec<Condition> {
    let mut rules = Vec::new();
    for Nested { kind, mut body, .. } in blocks {
        let condition = body.take("condition");
        let message = body.take("error_message");
        for (name, missing) in
            [("condition", condition.is_none()), ("error_message", message.is_none())]
        {
            if missing {
                reader.missing(name, &body.span);
            }
        }
        reader.nothing_left(&body, &["condition", "error_message"], &format!("a {kind} block"));
        if let (Some(condition), Some(message)) = (condition, message) {
            rules.push(Condition { condition: condition.value, error_message: message.value });
        }
    }
    rules
}
