//! What the program tells about its types: the manual, and JSON Schemas for editors.
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use drctl::resources;
use drctl::schema::json;
use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::support::Place;
use crate::support::python;

fn place(test: &str) -> Place {
    Place::new(test)
}

/// What `schema/` is to hold, by file.
fn schemas() -> BTreeMap<PathBuf, String> {
    let (types, sources) = resources::specs();
    let file = |name: &str, data: bool| format!("{}{name}.json", if data { "data/" } else { "" });
    let whole = json::configuration(&types, &sources, &file);
    let each = types.iter().map(|spec| (file(spec.name, false), json::resource(spec)));
    let each = each.chain(sources.iter().map(|spec| (file(spec.name, true), json::data(spec))));
    let all = each.chain([("configuration.json".to_owned(), whole)]);
    all.map(|(name, schema)| (PathBuf::from(name), format!("{schema:#}\n"))).collect()
}

fn written(root: &Path, below: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join(below)).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("it can be read").file_name());
    let files = names.map(|name| Path::new(below).join(name));
    // That of plans is of no table; somebody has written it.
    let of_table = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "json") && path != Path::new("plan.json")
    };
    files.filter(of_table).collect()
}

#[test]
fn schemas_are_those_of_the_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let wanted = schemas();
    if std::env::var_os("DRCTL_WRITE_SCHEMAS").is_some() {
        for file in [written(&root, ""), written(&root, "data")].concat() {
            fs::remove_file(root.join(file)).expect("the directory can be written");
        }
        fs::create_dir_all(root.join("data")).expect("the directory can be written");
        for (file, text) in &wanted {
            fs::write(root.join(file), text).expect("the directory can be written");
        }
    }
    let mut there = [written(&root, ""), written(&root, "data")].concat();
    there.sort();
    let names: Vec<&PathBuf> = wanted.keys().collect();
    let how = "DRCTL_WRITE_SCHEMAS=1 cargo test --test it manual::schemas_are writes them";
    assert_eq!(there.iter().collect::<Vec<_>>(), names, "{how}");
    for (file, text) in &wanted {
        let has = fs::read_to_string(root.join(file)).expect("it is there");
        assert!(has == *text, "schema/{} is not that of the table: {how}", file.display());
    }
}

#[test]
fn schemas_are_sound_and_tell_right_from_wrong() {
    let place = place("schemas_are_sound_and_tell_right_from_wrong");
    let of = |arguments: &str| -> Tree {
        serde_json::from_str(&place.drctl(arguments).exits(0).out).expect("it is JSON")
    };
    let mut all = BTreeMap::from([("configuration".to_owned(), of("schema"))]);
    let (types, sources) = resources::specs();
    all.extend(types.iter().map(|spec| (spec.name.to_owned(), json::resource(spec))));
    all.extend(sources.iter().map(|spec| (format!("data.{}", spec.name), json::data(spec))));
    assert_eq!(of("schema aws_kms_key"), all["aws_kms_key"]);
    assert_eq!(of("schema data.aws_kms_key"), all["data.aws_kms_key"]);

    let file = |resource: Tree| json!({ "resource": { "aws_lambda_function": { "f": resource } } });
    let function = |more: Tree| {
        let mut function = json!({
            "//": "Acts.", "function_name": "f", "role": "${aws_iam_role.f.arn}", "timeout": 30,
        });
        let more = more.as_object().expect("it is an object").clone();
        function.as_object_mut().expect("it is an object").extend(more);
        file(function)
    };
    let network = json!({ "subnet_ids": ["a"], "security_group_ids": "${var.groups}" });
    let good = [
        function(json!({})),
        function(json!({ "timeout": "${var.timeout}", "publish": "true", "description": null })),
        function(json!({ "vpc_config": network, "lifecycle": { "prevent_destroy": true } })),
        function(json!({ "vpc_config": [network], "for_each": "${toset([1])}" })),
        function(json!({ "dynamic": { "vpc_config": { "for_each": [1], "content": {} } } })),
        function(
            json!({ "tags": { "a": "b" }, "timeouts": { "create": "5m" }, "region": "us-west-2" }),
        ),
        json!({ "drctl": { "stack": "s" }, "variable": { "v": {} }, "output": { "o": { "value": 1 } } }),
        json!({ "data": { "aws_caller_identity": { "this": {} } }, "locals": [{ "a": 1 }] }),
    ];
    let wrong = [
        (file(json!({ "function_name": "f" })), "'role' is a required property"),
        (function(json!({ "time_out": 1 })), "'time_out' was unexpected"),
        (function(json!({ "timeout": "long" })), "'long' does not match"),
        (function(json!({ "publish": 1 })), "1 is not of type 'boolean'"),
        (function(json!({ "vpc_config": [network, network] })), "is too long"),
        (function(json!({ "vpc_config": { "subnets": [] } })), "'subnets' was unexpected"),
        (function(json!({ "layers": "none" })), "'none' does not match"),
        (function(json!({ "invoke_arn": "a" })), "'invoke_arn' was unexpected"),
        (function(json!({ "dynamic": { "tags": {} } })), "'tags' was unexpected"),
        (
            json!({ "resource": { "aws_lambda_funktion": {} } }),
            "'aws_lambda_funktion' was unexpected",
        ),
        (json!({ "resources": {} }), "'resources' was unexpected"),
    ];
    let good = good.into_iter().map(|document| (document, Tree::Null));
    let wrong = wrong.into_iter().map(|(document, words)| (document, Tree::from(words)));
    let documents: Vec<Tree> = good
        .chain(wrong)
        .map(|(document, wrong)| {
            json!({ "schema": "configuration", "document": document, "wrong": wrong })
        })
        .collect();
    assert_eq!(judged(&json!({ "schemas": all, "documents": documents })), "");
}

/// What another reader of JSON Schemas has against this.
pub(crate) fn judged(given: &Tree) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/json_schemas.py");
    let mut judge = Command::new(python())
        .arg("-B")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a Python");
    let mut input = judge.stdin.take().expect("it is piped");
    input.write_all(given.to_string().as_bytes()).expect("it reads");
    drop(input);
    let output = judge.wait_with_output().expect("it ends");
    assert!(output.status.success(), "`tests/run` installs what this needs");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn the_manual_explains_types_and_attributes() {
    let place = place("the_manual_explains_types_and_attributes").with("COLUMNS", "100");
    assert_snapshot!("a_type", place.drctl("docs aws_kms_alias").exits(0).out);
    assert_snapshot!("a_data_source", place.drctl("docs data.aws_kms_alias").exits(0).out);
    assert_snapshot!("a_source_without_its_prefix", place.drctl("docs aws_partition").exits(0).out);
    assert_snapshot!(
        "an_attribute",
        place.drctl("docs aws_rds_cluster.engine_version").exits(0).out
    );
    assert_snapshot!("a_block", place.drctl("docs aws_lambda_function.vpc_config").exits(0).out);
    assert_snapshot!(
        "a_part_of_a_block",
        place.drctl("docs aws_lambda_function.vpc_config.subnet_ids").exits(0).out
    );
    assert_snapshot!("an_output", place.drctl("docs aws_rds_cluster.endpoint").exits(0).out);
}

#[test]
fn the_manual_knows_what_was_meant() {
    let place = place("the_manual_knows_what_was_meant");
    for (name, hint) in [
        ("aws_rds_clusters", "Did you mean \"aws_rds_cluster\"?"),
        ("rds_cluster", "Did you mean \"aws_rds_cluster\"?"),
        ("data.aws_kms_keys", "Did you mean \"data.aws_kms_key\"?"),
        ("aws_s3_bucket", "`drctl docs` lists all types."),
        ("aws_rds_cluster.engine_versoin", "Did you mean \"engine_version\"?"),
        ("aws_lambda_function.vpc_config.subnets", "Did you mean \"subnet_ids\"?"),
        ("aws_rds_cluster.color", "`drctl docs aws_rds_cluster` tells all that it has."),
    ] {
        place.drctl(&format!("docs {name}")).exits(1).says(hint);
    }
    place.drctl("schema aws_rds_clusters").exits(1).says("Did you mean \"aws_rds_cluster\"?");
}

/// Every type has a page, every attribute an entry, and every example is whole.
#[test]
fn the_manual_forgets_nothing() {
    let place = place("the_manual_forgets_nothing");
    let index = place.drctl("docs").exits(0).out;
    let (types, sources) = resources::specs();
    let sources = sources.iter().map(|spec| (format!("data.{}", spec.name), *spec));
    for (name, spec) in types.iter().map(|spec| (spec.name.to_owned(), *spec)).chain(sources) {
        assert!(index.contains(spec.name), "{name} is not listed");
        let page = place.drctl(&format!("docs {name}")).exits(0).out;
        for attribute in spec.inputs.iter().chain(spec.outputs) {
            assert!(
                page.contains(&format!("  {} (", attribute.name)),
                "{name}: {}",
                attribute.name
            );
        }
        let example =
            page.split("Example\n\n").nth(1).and_then(|rest| rest.split("\n\n    }\n").next());
        let example = example.unwrap_or_default();
        assert!(example.contains(&format!("\"{}\" \"example\" {{", spec.name)), "{name}: {page}");
        let (opened, closed) = (page.matches('{').count(), page.matches('}').count());
        assert!(opened >= 1 && closed >= 1, "{name}: {example}");
    }
}
