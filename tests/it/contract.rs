//! Every type keeps the same contract: what it says about itself, and what it does in AWS.
use std::collections::BTreeSet;

use drctl::plan::Because;
use drctl::plan::Change;
use drctl::plan::Plan;
use drctl::plan::Planned;
use drctl::resources;
use drctl::schema::AttributeSpec;
use drctl::schema::Identity;
use drctl::schema::Role;
use drctl::schema::TypeSpec;
use drctl::value::Value;

use crate::permissions;
use crate::sample::Edit;
use crate::sample::Effect;
use crate::sample::Sample;
use crate::support::Emulator;
use crate::support::Place;

/// One test a type, so that they run side by side and fail by name.
macro_rules! kept_by {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            live_as_declared(stringify!($name));
        })*

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

kept_by! {
    aws_backup_framework
    aws_backup_global_settings
    aws_backup_logically_air_gapped_vault
    aws_backup_plan
    aws_backup_region_settings
    aws_backup_report_plan
    aws_backup_restore_testing_plan
    aws_backup_restore_testing_selection
    aws_backup_selection
    aws_backup_vault
    aws_backup_vault_lock_configuration
    aws_backup_vault_notifications
    aws_backup_vault_policy
    aws_cloudwatch_composite_alarm
    aws_cloudwatch_dashboard
    aws_cloudwatch_event_bus
    aws_cloudwatch_event_bus_policy
    aws_cloudwatch_event_permission
    aws_cloudwatch_event_rule
    aws_cloudwatch_event_target
    aws_cloudwatch_log_group
    aws_cloudwatch_metric_alarm
    aws_db_event_subscription
    aws_db_parameter_group
    aws_db_subnet_group
    aws_iam_policy
    aws_iam_role
    aws_iam_role_policy
    aws_iam_role_policy_attachment
    aws_kms_alias
    aws_kms_key
    aws_kms_replica_key
    aws_lambda_function
    aws_lambda_function_event_invoke_config
    aws_lambda_permission
    aws_rds_cluster
    aws_rds_cluster_instance
    aws_rds_cluster_parameter_group
    aws_rds_global_cluster
    aws_route53_record
    aws_sns_topic
    aws_sns_topic_policy
    aws_sns_topic_subscription
    aws_sqs_queue
    aws_ssm_parameter
}

#[test]
fn no_type_is_forgotten() {
    let declared: BTreeSet<&str> = resources::ALL.iter().map(|kind| kind.spec().name).collect();
    let tested: BTreeSet<&str> = TESTED.iter().copied().collect();
    assert_eq!(declared, tested, "each type of resources::ALL has a test and a sample here");
    assert_eq!(declared.len(), resources::ALL.len(), "a type is listed twice");
}

#[test]
fn tables_are_sound() {
    let mut wrong = Vec::new();
    let (types, data) = resources::specs();
    for spec in types {
        check_type(spec, &mut wrong);
        check_resource(spec, &mut wrong);
    }
    // What is looked up may be named by the same attribute that is told.
    for spec in data {
        check_type(spec, &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn check_type(spec: &TypeSpec, wrong: &mut Vec<String>) {
    let mut complain = |text: String| wrong.push(format!("{}: {text}", spec.name));
    let inputs: BTreeSet<&str> = spec.inputs.iter().map(|a| a.name).collect();
    let outputs: BTreeSet<&str> = spec.outputs.iter().map(|a| a.name).collect();
    if inputs.len() != spec.inputs.len() || outputs.len() != spec.outputs.len() {
        complain("an attribute is declared twice".to_owned());
    }
    let of_scope = ["id", "region"];
    if !inputs.contains(spec.id) && !outputs.contains(spec.id) && !of_scope.contains(&spec.id) {
        complain(format!("`id` repeats `{}`, which does not exist", spec.id));
    }
    if !sentence(spec.about) {
        complain(format!("says not in a sentence what it is for: {:?}", spec.about));
    }
    if !snake_case(spec.name) {
        complain("its name is not snake_case".to_owned());
    }
    for attribute in spec.inputs.iter().chain(spec.outputs) {
        check_attribute(attribute, attribute.name, &mut complain);
    }
}

fn check_attribute(attribute: &AttributeSpec, path: &str, complain: &mut dyn FnMut(String)) {
    if !sentence(attribute.doc) {
        complain(format!("`{path}` is not documented in a sentence: {:?}", attribute.doc));
    }
    if !snake_case(attribute.name) {
        complain(format!("`{path}` is not snake_case"));
    }
    if attribute.role == Role::Key && !attribute.replaces {
        complain(format!("`{path}` is a key that does not replace"));
    }
    if attribute.required && attribute.unset != drctl::schema::Unset::Absent {
        complain(format!("`{path}` is required, but has a meaning when unset"));
    }
    for inner in attribute.kind.block().unwrap_or_default() {
        check_attribute(inner, &format!("{path}.{}", inner.name), complain);
    }
}

fn check_resource(spec: &TypeSpec, wrong: &mut Vec<String>) {
    let known: BTreeSet<&str> = spec.inputs.iter().map(|attribute| attribute.name).collect();
    for output in spec.outputs.iter().filter(|output| known.contains(output.name)) {
        wrong.push(format!("{}: `{}` is both input and output", spec.name, output.name));
    }
    let Some(arn) = spec.arn else { return };
    for part in arn.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        if !known.contains(name) && !["partition", "region", "account"].contains(&name) {
            wrong.push(format!("{}: its ARN names `{name}`, which does not exist", spec.name));
        }
    }
}

fn sentence(text: &str) -> bool {
    let first = text.trim().chars().next();
    let starts = first.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || c == '`');
    starts && text.trim().ends_with(['.', '`', ')'])
}

fn snake_case(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Creates the sample of a type, finds no difference, makes each edit and finds exactly it, makes
/// it so, replacing where it must, deletes, and finds nothing left.
#[expect(clippy::print_stdout, reason = "shown only if the test fails")]
fn live_as_declared(type_name: &str) {
    let kind = resources::ALL.iter().find(|kind| kind.spec().name == type_name);
    let kind = kind.expect("the type is declared");
    let mut sample = Sample::of(type_name)
        .unwrap_or_else(|| panic!("write a sample: tests/it/samples/{type_name}.hcl"));
    all_is_sampled(kind.spec(), &sample);
    let place = Place::new(type_name);
    if !sample.before.is_empty() {
        place.python(&sample.before);
    }
    let before = Emulator::get().requests(&place.account).len();
    place.write("stack.hcl", "drctl {\n  stack = \"contract\"\n}\n");
    let show = |sample: &Sample| {
        place.write("sample.hcl", &sample.text().replace("111111111111", &place.account));
    };
    show(&sample);

    let planned = resource(&place.plan(), type_name);
    let always = kind.spec().identity == Identity::Single;
    if always {
        assert!(matches!(planned.change, Change::Update { .. }), "{type_name} is always there");
    } else {
        assert_eq!(planned.change, Change::Create, "{type_name} is not there yet");
    }
    canonical_is_stable(&planned);
    place.drctl("apply plan").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);

    for edit in sample.edits.clone() {
        println!("{:?} of {:?}", edit.effect, edit.attributes);
        let before = sample.clone();
        sample.edit(&edit);
        show(&sample);
        if edit.effect == Effect::Replace && kind.spec().data_bearing {
            refused(&place, &edit);
            sample = before;
            continue;
        }
        let planned = resource(&place.plan(), type_name);
        canonical_is_stable(&planned);
        expect(&planned.change, &edit, &sample.text());
        match edit.effect {
            Effect::Update => {
                place.drctl("apply plan").exits(0);
            }
            Effect::Replace => {
                place.drctl("apply plan").exits(0);
                place.drctl("plan -detailed-exitcode").exits(0);
            }
            // Which attributes are set is noted in a tag.
            Effect::Nothing if planned.change != Change::Keep => {
                place.drctl("apply plan").exits(0);
            }
            Effect::Nothing => {}
        }
    }
    show(&sample);
    place.drctl("plan -detailed-exitcode").exits(0);

    place.drctl("destroy -auto-approve").exits(0);
    let planned = resource(&place.plan(), type_name);
    let left = if always { Change::Keep } else { Change::Create };
    assert_eq!(planned.change, left, "{type_name} after its deletion");
    let requests = Emulator::get().requests(&place.account).split_off(before);
    permissions::hold(&place, type_name, &requests);
}

/// What holds data is not replaced because an attribute changes.
fn refused(place: &Place, edit: &Edit) {
    let names: Vec<&str> = edit.attributes.iter().map(String::as_str).collect();
    let ran = place.drctl("plan").exits(5);
    // Lines are broken where the screen ends.
    let said = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = format!("{} cannot be changed in place", names.join(", "));
    assert!(said.contains(&expected), "expected to read {expected:?}\n{ran}");
}

/// Every attribute that can change does so in the sample.
fn all_is_sampled(spec: &TypeSpec, sample: &Sample) {
    let set = sample.set();
    let edited = |effect: Effect| -> BTreeSet<&String> {
        let edits = sample.edits.iter().filter(|edit| edit.effect == effect);
        edits.flat_map(|edit| &edit.attributes).collect()
    };
    let (updated, replaced) = (edited(Effect::Update), edited(Effect::Replace));
    let mut missing = Vec::new();
    for attribute in spec.inputs {
        let name = attribute.name.to_owned();
        let covered = match attribute.role {
            Role::State if attribute.replaces => replaced.contains(&name),
            Role::State => updated.contains(&name),
            Role::Key | Role::Initial | Role::Option => true,
        };
        if !covered && !sample.untested.contains(&name) {
            let way = if attribute.replaces { "=>" } else { "->" };
            missing.push(format!("`{name}` is never changed (`# {way}`)"));
        }
        if attribute.required && !set.contains(&name) {
            missing.push(format!("`{name}` is required, but not set"));
        }
        if covered && sample.untested.contains(&name) && attribute.role == Role::State {
            missing.push(format!("`{name}` is tested, but said not to be"));
        }
    }
    assert!(missing.is_empty(), "in the sample of {}:\n{}", spec.name, missing.join("\n"));
}

fn resource(plan: &Plan, type_name: &str) -> Planned {
    let address = format!("{type_name}.sample");
    let found = plan.changes.values().find(|planned| planned.address.to_string() == address);
    found.unwrap_or_else(|| panic!("{address} is not in the plan")).clone()
}

fn expect(change: &Change, edit: &Edit, text: &str) {
    let names = |fields: &[drctl::diff::FieldChange]| -> BTreeSet<String> {
        fields.iter().map(|field| field.name.to_owned()).collect()
    };
    let good = match (edit.effect, change) {
        (Effect::Update, Change::Update { fields, .. }) => names(fields) == edit.attributes,
        (Effect::Replace, Change::Replace { because: Because::Attributes(because), .. }) => {
            because.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>()
                == edit.attributes
        }
        (Effect::Nothing, Change::Keep) => true,
        (Effect::Nothing, Change::Update { fields, .. }) => fields.is_empty(),
        _ => false,
    };
    let (effect, attributes) = (edit.effect, &edit.attributes);
    assert!(good, "{effect:?} of {attributes:?} was planned as {change:#?}\n{text}");
}

/// The canonical form of what is canonical is itself, and the same as itself.
fn canonical_is_stable(planned: &Planned) {
    for attribute in planned.spec.inputs {
        let value = planned.want.get(attribute.name).revealed();
        if !value.is_known() || value == Value::Null {
            continue;
        }
        let once = (attribute.canonical)(&value).expect("a planned value is of its type");
        let twice = (attribute.canonical)(&once).expect("its canonical form is, too");
        let name = attribute.name;
        assert_eq!(once, twice, "the canonical form of `{name}` has another canonical form");
        assert!((attribute.same)(&once, &once), "`{name}` is not the same as itself");
    }
}
