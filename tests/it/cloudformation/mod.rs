//! The tables of all types are held against AWS's own: the schemas of CloudFormation say which
//! attributes exist, which cannot be changed, which only AWS tells, and what they may hold.
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use drctl::resources;
use drctl::schema::AttributeSpec;
use drctl::schema::Kind;
use drctl::schema::Role;
use drctl::schema::TypeSpec;
use drctl::schema::Unset;
use drctl::value::Number;
use drctl::value::Value;
use proptest::strategy::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value as Tree;

use self::counterpart::Counterpart;
use self::counterpart::Rule;
use self::property::Property;
use self::property::Schema;
use crate::support::python;

mod counterpart;
mod property;

#[test]
fn tables_are_as_aws_has_them() {
    let mut wrong = Vec::new();
    let mut counterparts = BTreeMap::new();
    let mut files = counterpart::written();
    for kind in resources::ALL {
        let name = kind.spec().name;
        files.remove(name);
        match Counterpart::of_type(name) {
            Some(counterpart) => drop(counterparts.insert(name, (kind.spec(), counterpart))),
            None => wrong.push(format!(
                "{name}: nobody has said what it is in CloudFormation. Write \
                 tests/it/counterparts/{name}.txt: in its first line the name of the type there, \
                 as `AWS::RDS::DBCluster`, or `none: ` and the reason. Run this test again: it \
                 says what differs, as lines for that file. Mend the table where AWS is right, \
                 and give the reason where we are. tests/it/cloudformation/counterpart.rs says \
                 what each line means."
            )),
        }
    }
    wrong.extend(files.iter().map(|name| format!("{name}: there is no such type any more")));
    let schemas = schemas(counterparts.values().filter_map(|(_, c)| Some(&c.of.as_ref()?.0)));
    for (name, (spec, counterpart)) in &counterparts {
        let mut held = Held::new(spec, counterpart);
        if let Some((of, part)) = &counterpart.of {
            match schemas[of].property(part) {
                Some(root) => held.against(&schemas[of], &root),
                None => held.wrong.push(format!("{of} has no {part}")),
            }
        }
        let unused = counterpart.unused();
        held.wrong.extend(unused.iter().map(|line| format!("`{line}` is not needed: it is so")));
        if !held.wrong.is_empty() {
            wrong.push(format!("tests/it/counterparts/{name}.txt:\n{}", held.wrong.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// CloudFormation's schemas of these types, by name.
fn schemas<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, Schema> {
    let names: BTreeSet<&String> = names.collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/cloudformation.py");
    let output = Command::new(python())
        .arg("-B")
        .arg(script)
        .args(names)
        .output()
        .expect("there is a Python");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`tests/run` installs what this needs. It said:\n{said}");
    let all: BTreeMap<String, Tree> =
        serde_json::from_slice(&output.stdout).expect("it prints JSON");
    all.into_iter().map(|(name, tree)| (name, Schema(tree))).collect()
}

/// One of our types, held against its counterpart.
struct Held<'a> {
    spec: &'static TypeSpec,
    counterpart: &'a Counterpart,
    /// Paths of properties that an attribute stands for, and whether what is inside is held, too.
    covered: BTreeMap<String, bool>,
    /// Paths of attributes, by that of the property that identifies a resource.
    keys: BTreeMap<String, (String, bool)>,
    wrong: Vec<String>,
}

/// Where a table is: the attribute that it is of, if any.
#[derive(Clone, Copy, Default)]
struct Inside {
    /// Only AWS tells it.
    output: bool,
    /// What holds for the whole holds for its parts.
    decided: bool,
    /// The whole has no counterpart; a part has one only if it is named.
    alone: bool,
}

impl<'a> Held<'a> {
    fn new(spec: &'static TypeSpec, counterpart: &'a Counterpart) -> Self {
        let (covered, keys, wrong) = Default::default();
        Self { spec, counterpart, covered, keys, wrong }
    }

    fn against(&mut self, schema: &Schema, root: &Property) {
        self.table(self.spec.inputs, "", schema, root, Inside::default());
        let outputs = Inside { output: true, decided: true, alone: false };
        self.table(self.spec.outputs, "", schema, root, outputs);
        self.uncovered(root);
        for path in schema.identifier() {
            if let Some((attribute, false)) = self.keys.get(&path).cloned() {
                self.differs(&attribute, Rule::Key, "it identifies a resource there");
            }
        }
    }

    fn differs(&mut self, attribute: &str, rule: Rule, text: &str) {
        if !self.counterpart.differs(attribute, rule) {
            self.wrong.push(format!("! {attribute} {}: {text}.", rule.name()));
        }
    }

    fn table(
        &mut self,
        table: &'static [AttributeSpec],
        above: &str,
        schema: &Schema,
        parent: &Property,
        inside: Inside,
    ) {
        for spec in table {
            let path = match above {
                "" => spec.name.to_owned(),
                above => format!("{above}.{}", spec.name),
            };
            let property = match self.counterpart.named(&path) {
                Some(theirs) => schema.property(theirs),
                None if inside.alone => continue,
                None if self.counterpart.only_here(&path) => {
                    // Parts of a block that is only here may be elsewhere there.
                    let once = inside.decided || spec.replaces || spec.role == Role::Initial;
                    let inside = Inside { alone: true, decided: once, ..inside };
                    let inner = spec.kind.block().unwrap_or_default();
                    self.table(inner, &path, schema, parent, inside);
                    continue;
                }
                None => parent.properties().into_iter().find(|p| alike(p.name(), spec.name)),
            };
            let Some(property) = property else {
                // AWS tells more than CloudFormation passes on.
                if inside.output {
                    continue;
                }
                self.wrong.push(format!("+ {path}: CloudFormation has no such property."));
                continue;
            };
            self.covered.insert(property.path.clone(), spec.kind.block().is_some());
            self.keys.insert(
                property.path.clone(),
                (path.clone(), spec.role == Role::Key || inside.output),
            );
            self.attribute(spec, &path, &property, inside);
            if let Some(inner) = spec.kind.block() {
                let once = spec.replaces || spec.role == Role::Initial;
                let inside = Inside { decided: inside.decided || once, ..inside };
                self.table(inner, &path, schema, &property, inside);
            }
        }
    }

    /// Complains of properties that no attribute stands for.
    fn uncovered(&mut self, parent: &Property) {
        for property in parent.properties() {
            let path = &property.path;
            let within = format!("{path}.");
            let partly = self.covered.keys().any(|other| other.starts_with(&within));
            match self.covered.get(path) {
                Some(true) => self.uncovered(&property),
                Some(false) => {}
                None if self.counterpart.only_there(path) => {}
                None if partly => self.uncovered(&property),
                None => {
                    let about = property.keyword("description").and_then(Tree::as_str);
                    let about = about.unwrap_or_default().lines().next().unwrap_or_default();
                    self.wrong.push(format!("- {path}: this type lacks it. {about}"));
                }
            }
        }
    }

    fn attribute(&mut self, spec: &AttributeSpec, path: &str, property: &Property, inside: Inside) {
        if let Err(text) = fits(&spec.kind, property) {
            self.differs(path, Rule::Kind, &text);
        }
        if matches!(spec.kind, Kind::List(_))
            && property.keyword("insertionOrder") == Some(&Tree::Bool(false))
        {
            self.differs(path, Rule::Order, "order counts here, and not there");
        }
        let (here, there) = (inside.output, property.read_only());
        if !path.contains('.') && here != there {
            let text = if there { "only AWS sets it" } else { "it can be set there" };
            self.differs(path, Rule::Output, text);
        }
        if inside.output {
            return;
        }
        if !inside.decided {
            let (here, there) = (spec.replaces, property.create_only());
            // Another identity is another resource, whatever can be renamed there.
            let keyed = spec.role == Role::Key && !there;
            if here != there && !keyed && !property.sometimes_create_only() {
                let text =
                    if there { "it cannot be changed there" } else { "it can be changed there" };
                self.differs(path, Rule::Replaces, text);
            }
            let (silent, there) =
                (matches!(spec.role, Role::Initial | Role::Option), property.write_only());
            if silent != there {
                let text = if there { "AWS does not tell it" } else { "AWS tells it" };
                self.differs(path, Rule::Told, text);
            }
        }
        // CloudFormation makes up names; here they are what a resource is found by.
        if spec.role != Role::Key && spec.required != property.required {
            let text =
                if property.required { "it is required there" } else { "it is optional there" };
            self.differs(path, Rule::Required, text);
        }
        self.default(spec, path, property);
        self.values(spec, path, property);
        self.same(spec, path, property);
    }

    fn default(&mut self, spec: &AttributeSpec, path: &str, property: &Property) {
        let same = match (spec.unset, property.keyword("default")) {
            (_, None) | (Unset::AwsDecides, _) => true,
            (Unset::Bool(ours), Some(theirs)) => *theirs == Tree::Bool(ours),
            (Unset::Int(ours), Some(theirs)) => theirs.as_i64() == Some(ours),
            (Unset::Text(ours), Some(theirs)) => theirs.as_str() == Some(ours),
            (Unset::Absent, Some(theirs)) => [Tree::Bool(false), Tree::from("")].contains(theirs),
        };
        if !same {
            let default = property.keyword("default").map(ToString::to_string).unwrap_or_default();
            self.differs(path, Rule::Default, &format!("when it is not set it is {default} there"));
        }
    }

    /// Whatever AWS takes must be taken, and where a type has a rule, not much more.
    fn values(&mut self, spec: &AttributeSpec, path: &str, property: &Property) {
        let leaf = property.item().unwrap_or_else(|| property.clone());
        let takes = |value: Value| (spec.canonical)(&within(&spec.kind, value)).is_ok();
        let mut refused: Vec<String> = Vec::new();
        let limit = |name| leaf.keyword(name).and_then(Tree::as_i64);
        match innermost(&spec.kind) {
            Kind::Int | Kind::Float => {
                let numbers = [limit("minimum"), limit("maximum")].into_iter().flatten();
                let wrong = numbers.filter(|number| !takes(Value::int(*number)));
                refused.extend(wrong.map(|number| number.to_string()));
            }
            Kind::Text => {
                let choices = leaf.keywords("enum").into_iter().flat_map(|one| one.as_array());
                let choices = choices.flatten().filter_map(Tree::as_str).map(str::to_owned);
                let samples = choices.chain(samples(&leaf, &|text| takes(Value::text(text))));
                let wrong = samples.filter(|text| !takes(Value::text(text)));
                refused.extend(wrong.map(|text| format!("{text:?}")));
                let ruled = !takes(Value::text("\u{7}"));
                if let Some(most) = limit("maxLength").and_then(|most| usize::try_from(most).ok()) {
                    let long = "a".repeat(most + 1);
                    if ruled && takes(Value::text(long)) {
                        let text = format!("it takes more than {most} characters");
                        self.differs(path, Rule::Values, &text);
                        return;
                    }
                }
            }
            _ => {}
        }
        if let Some(first) = refused.first() {
            self.differs(path, Rule::Values, &format!("it refuses {first}, which AWS takes"));
        }
    }

    /// What AWS tells in another form than it was given must be no difference.
    fn same(&mut self, spec: &AttributeSpec, path: &str, property: &Property) {
        let Some(transform) = property.transform() else { return };
        if matches!(spec.role, Role::Initial | Role::Option) || property.write_only() {
            return;
        }
        let canonical = |text: &str| (spec.canonical)(&within(&spec.kind, Value::text(text)));
        let pairs = if transform.starts_with("$lowercase(") {
            let values = samples(property, &|text| canonical(text).is_ok());
            let values =
                values.into_iter().chain(["Value".to_owned(), "Mon:01:00-Mon:02:00".to_owned()]);
            values.map(|text| (text.to_lowercase(), text)).collect()
        } else if transform.contains(":key") {
            vec![("arn:aws:kms:us-east-1:111111111111:key/1".to_owned(), "1".to_owned())]
        } else {
            Vec::new()
        };
        let differ = |(told, given): &&(String, String)| match (canonical(told), canonical(given)) {
            (Ok(told), Ok(given)) => !(spec.same)(&told, &given),
            _ => false,
        };
        if let Some((told, given)) = pairs.iter().find(differ) {
            self.differs(path, Rule::Same, &format!("AWS tells {given:?} as {told:?}"));
        }
    }
}

/// Whether two names are one, but for case and underscores.
fn alike(theirs: &str, ours: &str) -> bool {
    theirs.to_lowercase() == ours.replace('_', "")
}

/// Whether values of that kind are values of the property.
fn fits(kind: &Kind, property: &Property) -> Result<(), String> {
    let types = property.types();
    let any = |wanted: &[&str]| types.is_empty() || wanted.iter().any(|one| types.contains(one));
    let inner = property.properties();
    let good = match kind {
        Kind::Bool => any(&["boolean"]),
        Kind::Int => any(&["integer", "number"]),
        Kind::Float => any(&["number", "integer"]),
        Kind::Text => any(&["string"]) || (types.contains("object") && inner.is_empty()),
        Kind::List(item) | Kind::Set(item) => {
            let good = types.is_empty() || types.contains("array");
            if good && let Some(property) = property.item() {
                fits(item, &property)?;
            }
            good
        }
        Kind::Map(_) => {
            let pairs = types.contains("array")
                && inner.len() == 2
                && inner.iter().any(|property| property.name() == "Value");
            pairs || (types.contains("object") && inner.is_empty())
        }
        Kind::Record(_) => any(&["object"]),
    };
    let types: Vec<&str> = types.into_iter().collect();
    if good { Ok(()) } else { Err(format!("it is {} there", types.join(" or "))) }
}

/// The kind of a value, or of the members of a collection.
fn innermost(kind: &Kind) -> Kind {
    match kind {
        Kind::List(item) | Kind::Set(item) => innermost(item),
        other => *other,
    }
}

/// The value, or a collection of it alone.
fn within(kind: &Kind, value: Value) -> Value {
    match kind {
        Kind::List(item) => Value::List(vec![within(item, value)]),
        Kind::Set(item) => Value::Set([within(item, value)].into()),
        Kind::Float => match value {
            Value::Number(number) => Value::Number(
                Number::from_f64(number.as_f64()).expect("a limit is a finite number"),
            ),
            other => other,
        },
        _ => value,
    }
}

/// Texts that AWS takes for a property, as far as its pattern and its lengths tell.
fn samples(property: &Property, takes: &dyn Fn(&str) -> bool) -> Vec<String> {
    let limit = |name: &str, otherwise| {
        let limit = property.keyword(name).and_then(Tree::as_u64);
        limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(otherwise)
    };
    let (least, most) = (limit("minLength", 0), limit("maxLength", 64));
    // Of a document the pattern only says that it is text.
    let document = property.types().contains("object");
    let patterns = property.keywords("pattern");
    let [pattern] = patterns[..] else {
        // Without a pattern nothing says what else belongs in it: only of a type that takes such
        // text the lengths can be judged.
        let plain = move |length: usize| "a".repeat(length.clamp(1, 4096));
        let usual = takes(&plain(least.max(1).min(most))) || takes(&plain(most));
        let lengths = usual && patterns.is_empty() && most < 4096 && !document;
        return if lengths { vec![plain(least.max(1)), plain(most)] } else { Vec::new() };
    };
    let pattern = pattern.as_str().unwrap_or_default();
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    // What this crate's patterns lack, looking ahead for example, is not judged.
    let (false, Ok(strategy)) = (document, proptest::string::string_regex(pattern)) else {
        return Vec::new();
    };
    let mut runner = TestRunner::deterministic();
    let drawn: BTreeSet<String> = (0..200)
        .filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current()))
        // `.` and `\w` mean much that AWS never gave a thought.
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()))
        .filter(|text| (least..=most).contains(&text.len()))
        // Patterns for ARNs let much pass that is none.
        .filter(|text| !text.starts_with("arn:") || text.splitn(6, ':').count() == 6)
        .collect();
    drawn.into_iter().collect()
}
