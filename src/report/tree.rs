//! Writes a compared value out, in the layout of Terraform's plans.
//!
//! A part at level `n` has its text in column `4n + 4` and its sign two columns before that.
use crate::report::compare::{Action, Body, LastLine, Node};
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::value::Value;

/// The sign that stands before what happens.
pub(super) fn sign(paint: Paint, action: Action) -> String {
    match action {
        Action::Keep => " ".to_owned(),
        Action::Create => paint.paint(Style::Added, "+"),
        Action::Update => paint.paint(Style::Changed, "~"),
        Action::Delete => paint.paint(Style::Removed, "-"),
    }
}

/// Writes compared values.
pub(super) struct Writer {
    /// What has been written.
    pub out: String,
    paint: Paint,
}

/// What surrounds the value that is being written.
#[derive(Clone, Copy)]
struct Within {
    level: usize,
    /// Whether what goes away ends in `-> null`.
    arrow: bool,
    /// Whether this value replaces the resource.
    replaces: bool,
}

impl Within {
    fn inside(self) -> Self {
        Self { level: self.level + 1, arrow: false, replaces: false }
    }
}

impl Writer {
    pub(super) fn new(paint: Paint) -> Self {
        Self { out: String::new(), paint }
    }

    /// Writes `name = value` on a line of its own.
    pub(super) fn attribute(&mut self, level: usize, name: &str, node: &Node) {
        self.begin(level, node.action);
        self.out.push_str(name);
        self.out.push_str(" = ");
        self.value(node, Within { level, arrow: true, replaces: node.replaces });
        self.out.push('\n');
    }

    /// Writes `name = value` of what stands outside of any block.
    pub(super) fn top(&mut self, name: &str, node: &Node) {
        self.attribute(0, name, node);
    }

    /// Writes the attributes and blocks of a resource or of a nested block, braces included.
    pub(super) fn block(&mut self, level: usize, node: &Node) {
        self.value(node, Within { level, arrow: true, replaces: node.replaces });
    }

    fn begin(&mut self, level: usize, action: Action) {
        self.out.push_str(&" ".repeat(4 * level + 2));
        self.out.push_str(&sign(self.paint, action));
        self.out.push(' ');
    }

    fn end(&mut self, level: usize, close: &str) {
        self.out.push_str(&" ".repeat(4 * level + 4));
        self.out.push_str(close);
    }

    fn note(&mut self, level: usize, note: &str) {
        let note = self.paint.paint(Style::Dim, &format!("# {note}"));
        self.out.push_str(&format!("{}{note}\n", " ".repeat(4 * level + 4)));
    }

    fn hidden(&mut self, level: usize, number: usize, noun: &str) {
        if number > 0 {
            self.note(
                level,
                &format!("({} hidden)", text::count(number, &format!("unchanged {noun}"))),
            );
        }
    }

    fn forces(&mut self, within: Within) {
        if within.replaces {
            let note = self.paint.paint(Style::Removed, "# forces replacement");
            self.out.push_str(&format!(" {note}"));
        }
    }

    fn null_arrow(&mut self, node: &Node, within: Within) {
        if within.arrow && node.action == Action::Delete {
            self.out.push(' ');
            self.out.push_str(&self.paint.paint(Style::Dim, "-> null"));
        }
    }

    fn arrow(&mut self) {
        self.out.push_str(&format!(" {} ", self.paint.paint(Style::Changed, "->")));
    }

    fn value(&mut self, node: &Node, within: Within) {
        let silent = Within { arrow: false, replaces: false, ..within };
        match &node.body {
            Body::Leaf { before, after } => {
                if matches!(node.action, Action::Update | Action::Delete) {
                    self.leaf(before);
                }
                if node.action == Action::Update {
                    self.arrow();
                }
                if node.action != Action::Delete {
                    self.leaf(after);
                }
                self.null_arrow(node, within);
                self.forces(within);
            }
            Body::Sensitive => {
                self.out.push_str("(sensitive value)");
                self.null_arrow(node, within);
                self.forces(within);
            }
            Body::Unknown { before } => {
                if let Some(before) = before {
                    self.value(before, silent);
                    self.arrow();
                }
                self.out.push_str("(known after apply)");
                self.forces(within);
            }
            Body::Retyped { before, after } => {
                self.value(before, silent);
                self.arrow();
                self.value(after, silent);
                self.forces(within);
            }
            Body::Lines { lines, end } => self.lines(node, lines, *end, within),
            Body::Document { tree, spaces_only } => self.document(node, tree, *spaces_only, within),
            Body::Members { members, map } => self.members(node, members, *map, within),
            Body::Items { items, ordered } => self.items(node, items, *ordered, within),
            Body::Block { .. } => self.inside_block(node, within),
        }
    }

    fn leaf(&mut self, value: &Value) {
        let shown = match value {
            Value::Null => self.paint.paint(Style::Dim, "null"),
            Value::Bool(bool) => bool.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(string) => text::quote(string),
            Value::Sensitive(_) => "(sensitive value)".to_owned(),
            Value::Unknown(_) => "(known after apply)".to_owned(),
            // A collection is never a leaf; if one is, only its sort is told.
            Value::Tuple(_) | Value::List(_) | Value::Set(_) | Value::Object(_) | Value::Map(_) => {
                format!("({})", value.describe())
            }
        };
        self.out.push_str(&shown);
    }

    fn lines(&mut self, node: &Node, lines: &[(Action, String)], end: LastLine, within: Within) {
        let mut mark = "EOT".to_owned();
        while lines.iter().any(|(_, line)| line.trim() == mark) {
            mark.push('_');
        }
        self.out.push_str(&format!("<<-{mark}"));
        self.forces(within);
        match end {
            LastLine::Same => {}
            LastLine::BreakAdded => self.trailing("a line break is added at the end"),
            LastLine::BreakRemoved => self.trailing("the line break at the end is removed"),
        }
        self.out.push('\n');
        for (action, line) in lines {
            self.begin(within.level + 1, *action);
            // Lines that change show what else would be invisible; the others are for context.
            match action {
                Action::Keep => self.out.push_str(&text::safe(&line.replace('\t', "    "))),
                Action::Create | Action::Update | Action::Delete => {
                    self.out.push_str(&text::safe(line));
                }
            }
            if line.is_empty() {
                self.out.truncate(self.out.trim_end_matches(' ').len());
            }
            self.out.push('\n');
        }
        self.end(within.level, &mark);
        self.null_arrow(node, within);
    }

    fn trailing(&mut self, note: &str) {
        let note = self.paint.paint(Style::Dim, &format!("# {note}"));
        self.out.push_str(&format!(" {note}"));
    }

    fn document(&mut self, node: &Node, tree: &Node, spaces_only: bool, within: Within) {
        self.out.push_str("jsonencode(");
        if spaces_only {
            self.trailing(if within.replaces {
                "whitespace changes force replacement"
            } else {
                "whitespace changes"
            });
        } else {
            self.forces(within);
        }
        self.out.push('\n');
        let sign = if tree.action == Action::Update { Action::Update } else { Action::Keep };
        self.begin(within.level + 1, sign);
        self.value(tree, within.inside());
        self.out.push('\n');
        self.end(within.level, ")");
        self.null_arrow(node, within);
    }

    fn members(&mut self, node: &Node, members: &[(String, Node)], map: bool, within: Within) {
        if members.is_empty() {
            self.out.push_str("{}");
            self.null_arrow(node, within);
            return self.forces(within);
        }
        let written = if map { text::quote } else { text::name };
        let names: Vec<String> = members.iter().map(|(name, _)| written(name)).collect();
        let columns = names.iter().map(|name| text::width(name)).max().unwrap_or_default();
        self.out.push('{');
        self.forces(within);
        self.out.push('\n');
        let mut hidden = 0;
        for (name, (_, member)) in names.iter().zip(members) {
            if member.action == Action::Keep && node.action != Action::Keep {
                hidden += 1;
                continue;
            }
            self.begin(within.level + 1, member.action);
            self.out.push_str(&format!("{} = ", text::padded(name, columns)));
            self.value(member, within.inside());
            self.out.push('\n');
        }
        self.hidden(within.level + 1, hidden, if map { "element" } else { "attribute" });
        self.end(within.level, "}");
        self.null_arrow(node, within);
    }

    fn items(&mut self, node: &Node, items: &[Node], ordered: bool, within: Within) {
        if items.is_empty() {
            self.out.push_str("[]");
            self.null_arrow(node, within);
            return self.forces(within);
        }
        let kept = |index: Option<usize>| {
            let item = index.and_then(|index| items.get(index));
            item.is_none_or(|item| item.action == Action::Keep)
        };
        self.out.push('[');
        self.forces(within);
        self.out.push('\n');
        let mut hidden = 0;
        for (index, item) in items.iter().enumerate() {
            // Beside a change in a list one neighbour is shown, so that the place can be found.
            let beside = ordered && !(kept(index.checked_sub(1)) && kept(Some(index + 1)));
            if node.action != Action::Keep && item.action == Action::Keep && !beside {
                hidden += 1;
                continue;
            }
            if ordered {
                self.hidden(within.level + 1, std::mem::take(&mut hidden), "element");
            }
            self.begin(within.level + 1, item.action);
            self.value(item, within.inside());
            self.out.push_str(",\n");
        }
        self.hidden(within.level + 1, hidden, "element");
        self.end(within.level, "]");
        self.null_arrow(node, within);
    }

    fn inside_block(&mut self, node: &Node, within: Within) {
        let Body::Block { attributes, blocks, reordered, key } = &node.body else { return };
        let level = within.level;
        if attributes.is_empty() && blocks.is_empty() {
            self.out.push_str("{}");
            return self.forces(within);
        }
        self.out.push('{');
        self.forces(within);
        self.out.push('\n');
        let all = node.action == Action::Keep;
        let columns =
            attributes.iter().map(|(name, _)| text::width(name)).max().unwrap_or_default();
        let mut hidden = 0;
        for (name, attribute) in attributes {
            let important = matches!(name.as_str(), "id" | "name" | "tags") || *key == Some(name);
            if attribute.action == Action::Keep && !important && !all {
                hidden += 1;
                continue;
            }
            self.attribute(level + 1, &text::padded(name, columns), attribute);
        }
        self.hidden(level + 1, hidden, "attribute");
        if *reordered {
            self.note(level + 1, "(the order of the blocks changes)");
        }
        let (mut last, mut hidden) = (None, 0);
        for (name, block) in blocks {
            if block.action == Action::Keep && !all {
                hidden += 1;
                continue;
            }
            if last != Some(name) && !attributes.is_empty() {
                self.out.push('\n');
            }
            last = Some(name);
            self.begin(level + 1, block.action);
            self.out.push_str(&format!("{name} "));
            self.nested(level + 1, block);
            self.out.push('\n');
        }
        if hidden > 0 {
            if !attributes.is_empty() || last.is_some() {
                self.out.push('\n');
            }
            self.hidden(level + 1, hidden, "block");
        }
        self.end(level, "}");
    }

    /// A nested block: what of it is sensitive or unknown as a whole has no inside to show.
    fn nested(&mut self, level: usize, block: &Node) {
        let within = Within { level, arrow: true, replaces: block.replaces };
        if block.body == Body::Sensitive {
            self.out.push_str("{\n");
            self.note(level + 1, "(sensitive: not shown)");
            self.end(level, "}");
        } else {
            self.value(block, within);
        }
    }
}
