//! Tables as JSON Schemas, for editors and for whoever writes configurations with a program: of one
//! type, and of a whole file in the language's JSON syntax.
use serde_json::{Map, Value as Tree, json};

use crate::schema::{AttributeSpec, Kind, Role, TypeSpec, Unset};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// A template: an expression may stand wherever a value may.
const TEMPLATE: &str = r"[$%]\{";

/// Text of a doc comment as paragraphs, each on one line.
pub fn prose(doc: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in doc.lines().map(str::trim) {
        let last = paragraphs.last_mut().expect("there is always one");
        match (line.is_empty(), last.is_empty()) {
            (true, true) => {}
            (true, false) => paragraphs.push(String::new()),
            (false, true) => last.push_str(line),
            (false, false) => {
                last.push(' ');
                last.push_str(line);
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// What a block of this type of resource may hold.
pub fn resource(spec: &TypeSpec) -> Tree {
    let mut meta = Map::new();
    each_instance(&mut meta);
    meta.insert("lifecycle".to_owned(), blocks(lifecycle()));
    meta.insert("timeouts".to_owned(), block(timeouts(spec)));
    body(spec, meta)
}

/// What a block of this type of data source may hold.
pub fn data(spec: &TypeSpec) -> Tree {
    let mut meta = Map::new();
    each_instance(&mut meta);
    meta.insert("lifecycle".to_owned(), blocks(json!({ "type": "object" })));
    body(spec, meta)
}

/// What a whole file may hold. `refer` says where the schema of a type is: by its name, and
/// whether it is of a data source.
pub fn configuration(
    resources: &[&TypeSpec],
    sources: &[&TypeSpec],
    refer: &dyn Fn(&str, bool) -> String,
) -> Tree {
    let of = |specs: &[&TypeSpec], data: bool| {
        let types = specs.iter().map(|spec| {
            let labels = json!({
                "description": prose(spec.about).into_iter().next().unwrap_or_default(),
                "type": "object",
                "additionalProperties": blocks(json!({ "$ref": refer(spec.name, data) })),
            });
            (spec.name.to_owned(), labels)
        });
        blocks(json!({
            "type": "object",
            "properties": types.collect::<Map<_, _>>(),
            "additionalProperties": false,
        }))
    };
    let named = |about: &str| {
        let of_each = blocks(json!({ "type": "object" }));
        let labels = json!({ "type": "object", "additionalProperties": of_each });
        described(about, blocks(labels))
    };
    let plain = |about: &str| described(about, blocks(json!({ "type": "object" })));
    json!({
        "$schema": DIALECT,
        "title": "A drctl configuration in JSON syntax",
        "type": "object",
        "properties": {
            "//": { "description": "A comment; it is ignored." },
            "drctl": described("The stack and its settings.", blocks(settings())),
            "terraform": plain("Taken for compatibility, and ignored."),
            "variable": named("Variables, by name."),
            "locals": plain("Local values, by name."),
            "output": named("Outputs, by name."),
            "provider": named("Accounts and Regions, by kind of provider."),
            "data": described("Data sources, by type and label.", of(sources, true)),
            "resource": described("Resources, by type and label.", of(resources, false)),
            "module": named("Modules, by label."),
            "check": named("Checks, by label."),
            "import": plain("What exists and is to be taken over."),
            "moved": plain("What goes by another address now."),
            "removed": plain("What is not wanted any more."),
        },
        "additionalProperties": false,
    })
}

/// `drctl {}`.
fn settings() -> Tree {
    let text = |about: &str| json!({ "description": about, "type": "string" });
    let lock = json!({
        "description": "A run that changes something takes a lease, and no other has it meanwhile.",
        "type": "object",
        "properties": {
            "provider": text("Provider of the account that keeps it: `aws`, or `aws.` and an alias."),
            "region": text(
                "Region that keeps it. The first that a provider names and that is not the own one of \
                 the lock's provider, when absent."
            ),
            "lease": text("For how long a lease holds that nobody renews, as `10m`, which it is when absent."),
        },
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "stack": text("Name of the stack, which the tags of all its resources carry."),
            "required_version": text("Versions of drctl that may be used, as `>= 0.1, < 2.0`."),
            "plan_expiry": text("For how long a saved plan may be applied, as `24h`, which it is when absent."),
            "lock": block(lock),
        },
    })
}

fn described(about: &str, schema: Tree) -> Tree {
    let mut described = Map::from_iter([("description".to_owned(), Tree::from(about))]);
    if let Tree::Object(schema) = schema {
        described.extend(schema);
    }
    Tree::Object(described)
}

/// A block once: an object, or a list of one.
fn block(schema: Tree) -> Tree {
    json!({ "anyOf": [schema.clone(), { "type": "array", "items": schema, "maxItems": 1 }] })
}

/// A block any number of times: an object for one, a list for many.
fn blocks(schema: Tree) -> Tree {
    json!({ "anyOf": [schema.clone(), { "type": "array", "items": schema }] })
}

fn expression() -> Tree {
    json!({ "type": "string", "pattern": TEMPLATE })
}

fn or_expression(schema: Tree) -> Tree {
    json!({ "anyOf": [schema, expression()] })
}

/// What every block of a resource or data source may say about its instances.
fn each_instance(properties: &mut Map<String, Tree>) {
    let count = json!({ "type": "integer", "minimum": 0 });
    let map = json!({ "type": ["object", "array"] });
    for (name, about, schema) in [
        ("count", "How many there are.", or_expression(count)),
        ("for_each", "Of what there is one each.", or_expression(map)),
        (
            "depends_on",
            "What must be there before, though nothing refers to it.",
            json!({ "type": "array", "items": { "type": "string" } }),
        ),
        ("provider", "Account and Region.", json!({ "type": "string" })),
        ("region", "Region, if it is not the provider's.", json!({ "type": "string" })),
    ] {
        properties.insert(name.to_owned(), described(about, schema));
    }
}

fn lifecycle() -> Tree {
    let flag = or_expression(json!({ "type": "boolean" }));
    let names = json!({ "type": ["array", "string"], "items": { "type": "string" } });
    json!({
        "type": "object",
        "properties": {
            "create_before_destroy": flag,
            "prevent_destroy": flag,
            "ignore_changes": names,
            "replace_triggered_by": names,
            "precondition": blocks(json!({ "type": "object" })),
            "postcondition": blocks(json!({ "type": "object" })),
        },
        "additionalProperties": false,
    })
}

fn timeouts(spec: &TypeSpec) -> Tree {
    let length = |minutes: u32| json!({ "type": "string", "description": format!("{minutes}m when absent.") });
    json!({
        "type": "object",
        "properties": {
            "create": length(spec.timeouts.create),
            "update": length(spec.timeouts.update),
            "delete": length(spec.timeouts.delete),
        },
        "additionalProperties": false,
    })
}

fn body(spec: &TypeSpec, meta: Map<String, Tree>) -> Tree {
    let Tree::Object(table) = table(spec.inputs) else { unreachable!("a table is an object") };
    let mut schema = Map::from_iter([
        ("$schema".to_owned(), Tree::from(DIALECT)),
        ("title".to_owned(), Tree::from(spec.name)),
        ("description".to_owned(), Tree::from(prose(spec.about).join("\n\n"))),
    ]);
    schema.extend(table);
    if let Some(Tree::Object(properties)) = schema.get_mut("properties") {
        properties.extend(meta);
    }
    Tree::Object(schema)
}

/// A group of attributes, with `dynamic` blocks for those that can be repeated.
fn table(table: &[AttributeSpec]) -> Tree {
    let mut properties: Map<String, Tree> =
        table.iter().map(|spec| (spec.name.to_owned(), attribute(spec))).collect();
    let repeated: Map<String, Tree> = table
        .iter()
        .filter(|spec| spec.kind.block().is_some())
        .map(|spec| (spec.name.to_owned(), blocks(json!({ "type": "object" }))))
        .collect();
    if !repeated.is_empty() {
        let generated = json!({
            "type": "object",
            "properties": repeated,
            "additionalProperties": false,
        });
        let about = "Blocks that are generated, one for each of a collection.";
        properties.insert("dynamic".to_owned(), described(about, blocks(generated)));
    }
    let comment = json!({ "description": "A comment; it is ignored." });
    properties.insert("//".to_owned(), comment);
    // A dynamic block may be what gives one that is required.
    let required: Vec<&str> = table
        .iter()
        .filter(|spec| spec.required && spec.kind.block().is_none())
        .map(|spec| spec.name)
        .collect();
    let mut schema = Map::from_iter([
        ("type".to_owned(), Tree::from("object")),
        ("properties".to_owned(), Tree::Object(properties)),
        ("additionalProperties".to_owned(), Tree::from(false)),
    ]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), Tree::from(required));
    }
    Tree::Object(schema)
}

fn attribute(spec: &AttributeSpec) -> Tree {
    let mut schema = kind(&spec.kind);
    if !spec.required {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    let Tree::Object(mut schema) = described(&prose(spec.doc).join("\n\n"), schema) else {
        unreachable!("what is described is an object")
    };
    match spec.unset {
        Unset::Bool(default) => drop(schema.insert("default".to_owned(), Tree::from(default))),
        Unset::Int(default) => drop(schema.insert("default".to_owned(), Tree::from(default))),
        Unset::Text(default) => drop(schema.insert("default".to_owned(), Tree::from(default))),
        Unset::Absent | Unset::AwsDecides => {}
    }
    let ours = [
        ("replaces", spec.replaces),
        ("creationOnly", spec.role == Role::Initial),
        ("option", spec.role == Role::Option),
        ("awsDecides", spec.unset == Unset::AwsDecides),
        ("sensitive", spec.sensitive),
    ];
    let ours: Map<String, Tree> = ours
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(name, _)| (name.to_owned(), Tree::from(true)))
        .collect();
    if !ours.is_empty() {
        schema.insert("x-drctl".to_owned(), Tree::Object(ours));
    }
    Tree::Object(schema)
}

/// Values of that kind, as Terraform's JSON syntax has them: what can be converted is taken.
fn kind(kind: &Kind) -> Tree {
    let or_text = |schema: &str, text: &str| {
        let text = format!("^({text})$|{TEMPLATE}");
        json!({ "anyOf": [{ "type": schema }, { "type": "string", "pattern": text }] })
    };
    match kind {
        Kind::Bool => or_text("boolean", "true|false"),
        Kind::Int => or_text("integer", "-?[0-9]+"),
        Kind::Float => or_text("number", "-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?"),
        Kind::Text => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Record(inner) => block(table(inner)),
        Kind::List(Kind::Record(inner)) | Kind::Set(Kind::Record(inner)) => blocks(table(inner)),
        Kind::List(item) => or_expression(json!({ "type": "array", "items": self::kind(item) })),
        Kind::Set(item) => or_expression(json!({ "type": "array", "items": self::kind(item) })),
        Kind::Map(item) => {
            let values = json!({ "anyOf": [self::kind(item), { "type": "null" }] });
            or_expression(json!({ "type": "object", "additionalProperties": values }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_paragraphs() {
        let doc = " One line\n and its rest.\n\n Another.\n";
        assert_eq!(prose(doc), ["One line and its rest.", "Another."]);
        assert_eq!(prose(" \n"), [""; 0]);
    }
}
