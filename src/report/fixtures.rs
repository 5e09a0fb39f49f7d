//! A type, a plan and a run to render, for the tests of this room.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::{AccountId, Address, BlockAddress, InstanceKey, Region, Scope};
use crate::attributes;
use crate::diff::diff;
use crate::event::{Event, Outcome};
use crate::plan::{Because, Change, Counts, LetGo, Planned, ReplaceOrder, StepId, Verb};
use crate::schema::{
    Identity, Placement, Record, Timeouts, TypeSpec, as_written, nothing_to_check,
};
use crate::value::{Object, Observed, Readiness, Unknown, Value};

attributes! {
    /// A thing with every kind of attribute.
    pub(super) struct Thing {
        /// Its name.
        name: String => key,
        /// A text.
        note: Option<String>,
        /// A number with a default.
        size: i64 => default_int(1),
        /// Replaces when it changes.
        engine: Option<String> => replaces,
        /// A secret.
        password: Option<String> => sensitive,
        /// AWS chooses.
        key_id: Option<String> => aws_decides | replaces,
        /// In order.
        zones: Vec<String>,
        /// In no order.
        actions: BTreeSet<String>,
        /// By name.
        tags: BTreeMap<String, String>,
        /// Counts at creation.
        snapshot: Option<String> => initial,
        /// One block.
        scaling: Option<Scaling>,
        /// Blocks with a natural key.
        rule: Vec<Rule>,
    }
}
attributes! {
    /// One block.
    pub(super) struct Scaling {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    }
}
attributes! {
    /// A block that may be repeated.
    pub(super) struct Rule {
        /// Its name.
        rule_name: String,
        /// When.
        schedule: Option<String>,
        /// A block in a block.
        lifecycle: Option<Lifecycle>,
    }
}
attributes! {
    /// A block in a block.
    pub(super) struct Lifecycle {
        /// Days.
        delete_after: i64,
    }
}
attributes! {
    /// What AWS tells.
    pub(super) struct Told {
        /// Where it answers.
        endpoint: Option<String>,
        /// ARN.
        arn: Option<String>,
    }
}

/// A type that holds data.
pub(super) static STORE: TypeSpec = TypeSpec { name: "test_store", data_bearing: true, ..THING };
/// A type that holds none.
pub(super) static THING: TypeSpec = TypeSpec {
    name: "test_thing",
    about: "A thing.",
    placement: Placement::Regional,
    identity: Identity::Named,
    id: "name",
    arn: None,
    data_bearing: false,
    created_first: false,
    timeouts: Timeouts::SHORT,
    inputs: Thing::TABLE,
    outputs: Told::TABLE,
    check: nothing_to_check,
    reworded: as_written,
};

pub(super) fn text(text: &str) -> Value {
    Value::text(text)
}

pub(super) fn map(items: &[(&str, Value)]) -> Value {
    Value::Map(object(items))
}

pub(super) fn record(items: &[(&str, Value)]) -> Value {
    Value::Object(object(items))
}

pub(super) fn object(items: &[(&str, Value)]) -> Object {
    items.iter().map(|(name, value)| (*name, value.clone())).collect()
}

pub(super) fn unknown() -> Value {
    Value::Unknown(Unknown::default())
}

pub(super) fn set(items: &[&str]) -> Value {
    Value::Set(items.iter().map(|item| text(item)).collect())
}

pub(super) fn address(name: &str) -> Address {
    BlockAddress::managed("test_thing", name).instance(InstanceKey::None)
}

pub(super) fn keyed(name: &str, key: &str) -> Address {
    BlockAddress::managed("test_thing", name).instance(InstanceKey::Key(key.to_owned()))
}

pub(super) fn scope(account: u8, region: &str) -> Scope {
    let account = AccountId::parse(&account.to_string().repeat(12)).expect("twelve digits");
    Scope { account, region: Region::new(region) }
}

pub(super) fn observed(inputs: &[(&str, Value)]) -> Observed {
    Observed {
        refused: None,
        kept: None,
        inputs: object(inputs),
        outputs: object(&[("endpoint", text("x.example.com")), ("arn", text("arn:aws:x"))]),
        readiness: Readiness::Ready,
        remarks: Vec::new(),
        locked: None,
        tags: Some(BTreeMap::from([("drctl:stack".to_owned(), "main".to_owned())])),
    }
}

fn planned(address: Address, change: Change) -> Planned {
    Planned {
        address,
        spec: &THING,
        scope: Some(scope(1, "us-east-1")),
        key: None,
        live: None,
        want: Object::default(),
        after: Object::default(),
        change,
    }
}

/// A creation; what AWS tells is not known yet.
pub(super) fn create(name: &str, want: &[(&str, Value)]) -> Planned {
    let mut after = object(want);
    for name in ["endpoint", "arn", "key_id", "id"] {
        if after.get(name).is_null() {
            after.set(name, unknown());
        }
    }
    after.set("id", object(want).get("name").clone());
    Planned { want: object(want), after, ..planned(address(name), Change::Create) }
}

/// An update, from what AWS has to what is wanted.
pub(super) fn update(name: &str, live: &[(&str, Value)], want: &[(&str, Value)]) -> Planned {
    let live = observed(live);
    let fields = diff(THING.inputs, &live.inputs, &object(want));
    let mut after = object(want);
    after.0.extend(live.outputs.0.clone());
    let change = Change::Update { fields, moved_from: None, let_go: LetGo::default() };
    Planned { want: object(want), after, live: Some(live), ..planned(address(name), change) }
}

/// A replacement, from what AWS has to what is wanted.
pub(super) fn replace(name: &str, live: &[(&str, Value)], want: &[(&str, Value)]) -> Planned {
    let updated = update(name, live, want);
    let Change::Update { fields, .. } = updated.change else { unreachable!("it is an update") };
    let forced = fields.iter().filter(|field| field.replaces).map(|field| field.name).collect();
    let because = Because::Attributes(forced);
    let change = Change::Replace { fields, because, order: ReplaceOrder::DeleteFirst };
    let after = create(name, want).after;
    Planned { after, change, ..updated }
}

/// Something that goes away.
pub(super) fn delete(name: &str, live: &[(&str, Value)]) -> Planned {
    Planned { live: Some(observed(live)), ..planned(address(name), Change::Delete) }
}

/// Something that stays, or is blocked.
pub(super) fn other(name: &str, change: Change) -> Planned {
    planned(address(name), change)
}

/// A run in which everything happens that can.
pub(super) fn run() -> Vec<Event> {
    let seconds = Duration::from_secs;
    let id = |id: &str| Outcome::Done { id: Some(id.to_owned()) };
    let start = |step, name, verb| Event::StepStarted {
        step: StepId(step),
        address: address(name),
        scope: None,
        verb,
        id: (verb != Verb::Create).then(|| name.to_owned()),
    };
    let finish = |step, name, verb, took, outcome| Event::StepFinished {
        step: StepId(step),
        address: address(name),
        verb,
        took: seconds(took),
        outcome,
    };
    let data = BlockAddress::data("test_thing", "found").instance(InstanceKey::None);
    vec![
        Event::ReadStarted { address: address("a") },
        Event::ReadFinished { address: address("a"), key: Some("a".into()), took: seconds(0) },
        Event::ReadStarted { address: data.clone() },
        Event::ReadFinished { address: data, key: Some("found/1".into()), took: seconds(1) },
        Event::ApplyStarted { steps: 7 },
        start(0, "a", Verb::Create),
        start(1, "b", Verb::Update),
        Event::StepWaiting {
            step: StepId(0),
            address: address("a"),
            verb: Verb::Create,
            waited: seconds(70),
            on: "creating".into(),
        },
        finish(0, "a", Verb::Create, 75, id("a\u{1b}[2J")),
        finish(1, "b", Verb::Update, 3, Outcome::Unchanged),
        start(2, "c", Verb::Delete),
        finish(2, "c", Verb::Delete, 1, id("c")),
        start(3, "d", Verb::Create),
        finish(
            3,
            "d",
            Verb::Create,
            2,
            Outcome::Failed {
                error: "AccessDenied: not allowed to create it\nrequest 1234".into(),
                hint: Some("Allow sns:CreateTopic.".into()),
            },
        ),
        finish(4, "e", Verb::Update, 0, Outcome::Stale { moved: vec!["size".into()] }),
        finish(5, "f", Verb::Create, 0, Outcome::Skipped { because: Some(address("d")) }),
        Event::Stopping { lock: None },
        finish(6, "g", Verb::Create, 0, Outcome::Skipped { because: None }),
        Event::ApplyFinished {
            done: Counts { add: 1, destroy: 1, ..Counts::default() },
            failed: 2,
            skipped: 2,
        },
    ]
}
