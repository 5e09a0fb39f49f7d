//! Types of resources that exist only here, one for each way in which real ones differ.
use std::collections::BTreeMap;
use std::sync::Arc;

use drctl::attributes;
use drctl::aws::Aws;
use drctl::resources::tags::Tags;
use drctl::resources::{
    Catalog, DataType, Error, Key, Later, Machine, ResourceType, Result, Retry, Token,
};
use drctl::schema::{
    Attribute, Identity, LowerName, Placement, Record, Role, Timeouts, TypeSpec, as_written,
    nothing_to_check,
};
use drctl::value::{Object, Observed, Readiness, Value};

use crate::cloud::{Call, Cloud, Place, State, Thing, refused};

attributes! {
    /// Named, tagged, there at once.
    pub(crate) struct Network {
        /// Its name.
        name: String => key,
        /// Anything.
        note: Option<String>,
        /// How large.
        size: i64 => default_int(1),
        /// Cannot be changed.
        shape: Option<String> => replaces,
        /// Where; the cloud chooses if nobody does.
        zone: Option<String> => aws_decides,
        /// Id of what it stands on; cannot be changed.
        on: Option<String> => replaces,
        /// Ids of what it uses.
        uses: Vec<String>,
        /// Tags.
        tags: Tags,
    }
}

attributes! {
    /// Holds data, takes its time, and changes one attribute at a time.
    pub(crate) struct Cluster {
        /// Its name, which the cloud keeps in lower case.
        name: LowerName => key,
        /// Anything.
        note: Option<String>,
        /// How large.
        size: i64 => default_int(1),
        /// Cannot be changed.
        shape: Option<String> => replaces,
        /// Ids of what it uses.
        uses: Vec<String>,
        /// It cannot be deleted while this is set.
        protected: bool => default_bool(false),
        /// Counts at creation only.
        origin: Option<String> => initial,
        /// Without it, it is not deleted.
        skip_snapshot: bool => option | default_bool(true),
        /// Tags.
        tags: Tags,
    }
}

attributes! {
    /// Part of a cluster; has no tags.
    pub(crate) struct Member {
        /// Id of its cluster.
        cluster: String => key,
        /// Its name within the cluster.
        name: String => key,
        /// Anything.
        note: Option<String>,
        /// How large.
        size: i64 => default_int(1),
        /// Cannot be changed.
        shape: Option<String> => replaces,
        /// Ids of what it uses.
        uses: Vec<String>,
    }
}

attributes! {
    /// The cloud picks its id.
    pub(crate) struct Minted {
        /// Anything.
        note: Option<String>,
        /// How large.
        size: i64 => default_int(1),
        /// Cannot be changed.
        shape: Option<String> => replaces,
        /// Id of what it stands on; cannot be changed.
        on: Option<String> => replaces,
        /// Ids of what it uses.
        uses: Vec<String>,
        /// Tags.
        tags: Tags,
    }
}

attributes! {
    /// What only the cloud tells.
    pub(crate) struct Outputs {
        /// Minted when it is made.
        uid: String,
    }
}

attributes! {
    /// Looks a network up.
    pub(crate) struct Lookup {
        /// Its name.
        name: String,
    }
}

attributes! {
    /// What there is to know about a network.
    pub(crate) struct Found {
        /// Its id.
        uid: String,
        /// Its note.
        note: Option<String>,
        /// Its shape.
        shape: Option<String>,
    }
}

const fn spec(
    name: &'static str,
    identity: Identity,
    data_bearing: bool,
    inputs: &'static [drctl::schema::AttributeSpec],
) -> TypeSpec {
    TypeSpec {
        name,
        about: "A toy.",
        placement: Placement::Regional,
        identity,
        id: "uid",
        arn: None,
        data_bearing,
        created_first: false,
        timeouts: Timeouts::SHORT,
        inputs,
        outputs: Outputs::TABLE,
        check: nothing_to_check,
        reworded: as_written,
    }
}

static NETWORK: TypeSpec = spec("toy_network", Identity::Named, false, Network::TABLE);
static CLUSTER: TypeSpec = spec("toy_cluster", Identity::Named, true, Cluster::TABLE);
static MEMBER: TypeSpec = spec("toy_member", Identity::Child, false, Member::TABLE);
static KEY: TypeSpec = spec("toy_key", Identity::Minted("toy:key"), false, Minted::TABLE);
static LOOKUP: TypeSpec = TypeSpec {
    name: "toy_lookup",
    inputs: Lookup::TABLE,
    outputs: Found::TABLE,
    ..spec("toy_lookup", Identity::Named, false, Lookup::TABLE)
};

/// Tables of the resources and of the data sources.
pub(crate) fn specs() -> (Vec<&'static TypeSpec>, Vec<&'static TypeSpec>) {
    (vec![&CLUSTER, &KEY, &MEMBER, &NETWORK], vec![&LOOKUP])
}

/// A type over a cloud.
struct Toy {
    cloud: Arc<Cloud>,
    spec: &'static TypeSpec,
    /// How many looks a change takes.
    slow: u32,
}

struct LookupType(Arc<Cloud>);

/// All types over one cloud. Tables and types live as long as the program, so they are leaked.
pub(crate) fn catalog(cloud: &Arc<Cloud>) -> Catalog {
    let toy = |spec, slow| -> &'static dyn ResourceType {
        Box::leak(Box::new(Toy { cloud: Arc::clone(cloud), spec, slow }))
    };
    let all = vec![toy(&CLUSTER, 2), toy(&KEY, 0), toy(&MEMBER, 1), toy(&NETWORK, 0)];
    let data: Vec<&'static dyn DataType> = vec![Box::leak(Box::new(LookupType(Arc::clone(cloud))))];
    Catalog {
        resources: Box::leak(all.into_boxed_slice()),
        data: Box::leak(data.into_boxed_slice()),
    }
}

impl Toy {
    fn place(&self, aws: &Aws, key: &Key) -> Place {
        let mut key = key.all().to_vec();
        if self.spec.name == "toy_cluster" {
            key[0] = key[0].to_lowercase();
        }
        Place {
            account: aws.scope.account.to_string(),
            region: aws.scope.region.as_str().to_owned(),
            kind: self.spec.name,
            key,
        }
    }

    /// Parts of a cluster.
    fn members(&self, live: &Observed) -> Vec<Place> {
        let uid = live.outputs.get("uid").as_str();
        let state = self.cloud.state();
        let of = |(place, thing): &(&Place, &Thing)| {
            place.kind == "toy_member" && thing.inputs.get("cluster").as_str() == uid
        };
        state.things.iter().filter(of).map(|(place, _)| place.clone()).collect()
    }

    fn minted(&self) -> bool {
        matches!(self.spec.identity, Identity::Minted(_))
    }

    fn prefix(&self) -> &'static str {
        self.spec.name.trim_start_matches("toy_")
    }

    fn observed(&self, thing: &Thing) -> Observed {
        let mut inputs = thing.inputs.clone();
        for spec in self.spec.inputs {
            if matches!(spec.role, Role::Initial | Role::Option) {
                inputs.set(spec.name, Value::Null);
            }
        }
        if let Some(tags) = &thing.tags {
            let own = tags.iter().filter(|(key, _)| !key.starts_with("drctl:"));
            let own: BTreeMap<String, String> = own.map(|(k, v)| (k.clone(), v.clone())).collect();
            inputs.set("tags", own.encode());
        }
        Observed {
            refused: None,
            kept: None,
            inputs,
            outputs: [("uid", Value::text(&thing.uid))].into_iter().collect(),
            readiness: match &thing.settling {
                Some((status, _)) => Readiness::Settling(status.clone()),
                None => Readiness::Ready,
            },
            remarks: Vec::new(),
            locked: thing.locked.clone(),
            tags: thing.tags.clone(),
        }
    }

    /// Refuses what refers to what is not there, and notes that the engine did it.
    fn references(&self, state: &mut State, place: &Place, want: &Object) -> Result<()> {
        let mut all = Vec::new();
        all.extend(want.get("on").as_str().map(str::to_owned));
        all.extend(want.get("cluster").as_str().map(str::to_owned));
        if let Value::List(items) = want.get("uses").unmarked() {
            all.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        let Some(missing) = all.into_iter().find(|uid| !state.has(uid)) else { return Ok(()) };
        state.wrongs.push(format!("{place} was made to refer to {missing}, which is not there"));
        Err(refused("InvalidReference", format!("there is no {missing}")))
    }
}

fn tags_of(want: &Object) -> BTreeMap<String, String> {
    BTreeMap::decode(want.get("tags").unmarked()).expect("tags are a map of strings")
}

fn without_tags(want: &Object) -> Object {
    let mut inputs = want.clone();
    inputs.set("tags", Value::Null);
    inputs
}

/// Ids of what a thing cannot be without.
fn stands_on(thing: &Thing) -> impl Iterator<Item = &str> {
    ["on", "cluster"].into_iter().filter_map(|name| thing.inputs.get(name).as_str())
}

impl ResourceType for Toy {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }
    fn retries(&self) -> &'static [Retry] {
        &[Retry { code: "NotYet", saying: "" }]
    }
    fn read<'a>(&'a self, aws: &'a Aws, key: &'a Key) -> Later<'a, Option<Observed>> {
        Box::pin(async move {
            let place = self.place(aws, key);
            self.cloud
                .call(&place, Call::Read, |state| {
                    let seen = state.seen(&place);
                    Ok(seen.map(|thing| self.observed(&thing)))
                })
                .await
        })
    }
    fn key_of(&self, arn: &str) -> Option<Key> {
        let (_, name) = arn.split_once(&format!(":{}/", self.prefix()))?;
        arn.starts_with("arn:aws:toy:").then(|| Key::parts(name.split('/')))
    }
    fn parts<'a>(&'a self, _aws: &'a Aws, live: &'a Observed) -> Later<'a, Vec<String>> {
        Box::pin(async move {
            let members = self.members(live);
            Ok(members.iter().map(|place| format!("the member {}", place.key[1])).collect())
        })
    }
    fn clear<'a>(&'a self, _aws: &'a Aws, live: &'a Observed) -> Later<'a, ()> {
        Box::pin(async move {
            for place in self.members(live) {
                let remove = |state: &mut State| {
                    state.things.remove(&place);
                    Ok(())
                };
                self.cloud.call(&place, Call::Delete, remove).await?;
            }
            Ok(())
        })
    }
    fn parent_tags<'a>(
        &'a self,
        _aws: &'a Aws,
        live: &'a Observed,
    ) -> Later<'a, Option<BTreeMap<String, String>>> {
        Box::pin(async move {
            let state = self.cloud.state();
            let uid = live.inputs.get("cluster").as_str();
            let parent = state.things.values().find(|thing| Some(thing.uid.as_str()) == uid);
            Ok(parent.and_then(|parent| parent.tags.clone()))
        })
    }
    fn recent<'a>(&'a self, aws: &'a Aws) -> Later<'a, Vec<Key>> {
        Box::pin(async move {
            let state = self.cloud.state();
            let here = |place: &&Place| {
                place.kind == self.spec.name
                    && place.account == aws.scope.account.as_str()
                    && place.region == aws.scope.region.as_str()
            };
            Ok(state
                .unswept
                .iter()
                .filter(here)
                .map(|place| Key::parts(place.key.clone()))
                .collect())
        })
    }
    fn create<'a>(&'a self, aws: &'a Aws, want: &'a Object, token: &'a Token) -> Later<'a, Key> {
        Box::pin(async move {
            assert!(want.0.values().all(Value::is_known), "what is created is known");
            let same = |thing: &Thing| thing.token == token.0;
            let (place, again) = {
                let mut state = self.cloud.state();
                let forgetful = state.forgetful;
                let twin = state.things.iter().find(|(place, thing)| {
                    place.kind == self.spec.name && same(thing) && self.minted() && !forgetful
                });
                let twin = twin.map(|(place, _)| place.clone());
                let again = twin.is_some();
                let place = twin.unwrap_or_else(|| {
                    let key = if self.minted() {
                        Key::only(state.mint(self.prefix()))
                    } else {
                        Key::of(self.spec.inputs, want).expect("all is known")
                    };
                    self.place(aws, &key)
                });
                (place, again)
            };
            let key = Key::parts(place.key.clone());
            self.cloud
                .call(&place, Call::Create, |state| {
                    if again {
                        return Ok(key.clone());
                    }
                    if let Some(there) = state.things.get(&place) {
                        let uid = &there.uid;
                        return Err(refused("AlreadyExists", format!("{place} exists ({uid})")));
                    }
                    self.references(state, &place, want)?;
                    let uid = if self.minted() {
                        place.key[0].clone()
                    } else {
                        state.mint(self.prefix())
                    };
                    let mut inputs = without_tags(want);
                    if self.spec.name == "toy_network" && inputs.get("zone").is_null() {
                        inputs.set("zone", Value::text("a"));
                    }
                    let tagged = self.spec.inputs.iter().any(|spec| spec.name == "tags");
                    let thing = Thing {
                        uid,
                        inputs,
                        tags: tagged.then(|| tags_of(want)),
                        token: token.0.clone(),
                        settling: (self.slow > 0).then(|| ("creating".to_owned(), self.slow)),
                        going: false,
                        locked: None,
                    };
                    state.things.insert(place.clone(), thing);
                    Ok(key.clone())
                })
                .await
        })
    }
    fn update<'a>(&'a self, aws: &'a Aws, live: &'a Observed, want: &'a Object) -> Later<'a, ()> {
        Box::pin(async move {
            assert!(want.0.values().all(Value::is_known), "what is changed is known");
            let key = if self.minted() {
                Key::only(live.outputs.get("uid").as_str().unwrap_or_default())
            } else {
                Key::of(self.spec.inputs, &live.inputs).expect("all is known")
            };
            let place = self.place(aws, &key);
            self.cloud
                .call(&place, Call::Update, |state| {
                    self.references(state, &place, want)?;
                    let Some(thing) = state.things.get_mut(&place) else {
                        return Err(refused("NotFound", format!("there is no {place}")));
                    };
                    if let Some((status, _)) = &thing.settling {
                        return Err(refused("InvalidState", format!("{place} is {status}")));
                    }
                    let one_at_a_time = self.slow > 0;
                    for spec in self.spec.inputs {
                        let settable = spec.role == Role::State && !spec.replaces;
                        let (has, wanted) = (thing.inputs.get(spec.name), want.get(spec.name));
                        let silent = wanted.is_null() && spec.name == "zone";
                        if !settable || spec.name == "tags" || silent || has == wanted {
                            continue;
                        }
                        thing.inputs.set(spec.name, wanted.clone());
                        if one_at_a_time {
                            thing.settling = Some(("modifying".to_owned(), self.slow));
                            return Ok(());
                        }
                    }
                    if let Some(tags) = &mut thing.tags {
                        *tags = tags_of(want);
                    }
                    Ok(())
                })
                .await
        })
    }
    fn delete<'a>(&'a self, aws: &'a Aws, live: &'a Observed) -> Later<'a, ()> {
        Box::pin(async move {
            let key = if self.minted() {
                Key::only(live.outputs.get("uid").as_str().unwrap_or_default())
            } else {
                Key::of(self.spec.inputs, &live.inputs).expect("all is known")
            };
            let place = self.place(aws, &key);
            self.cloud
                .call(&place, Call::Delete, |state| {
                    let Some(thing) = state.things.get(&place).cloned() else { return Ok(()) };
                    let user = state.things.iter().find(|(_, other)| {
                        !other.going && stands_on(other).any(|uid| uid == thing.uid)
                    });
                    if let Some((user, _)) = user {
                        let text = format!("{place} is in use by {user}");
                        state.wrongs.push(format!("deleting: {text}"));
                        return Err(refused("InUse", text));
                    }
                    if *thing.inputs.get("protected") == Value::Bool(true) {
                        return Err(refused("Protected", format!("{place} is protected")));
                    }
                    let snapshot = self.spec.name == "toy_cluster"
                        && *live.inputs.get("skip_snapshot") != Value::Bool(true);
                    if snapshot {
                        return Err(refused("NoSnapshot", "name a snapshot, or skip it"));
                    }
                    if self.slow > 0 {
                        let thing = state.things.get_mut(&place).expect("it is there");
                        thing.going = true;
                        thing.settling = Some(("deleting".to_owned(), self.slow));
                    } else {
                        state.things.remove(&place);
                    }
                    Ok(())
                })
                .await
        })
    }
}

impl DataType for LookupType {
    fn spec(&self) -> &'static TypeSpec {
        &LOOKUP
    }
    fn read<'a>(
        &'a self,
        aws: Option<&'a Aws>,
        _machine: &'a Machine,
        want: &'a Object,
    ) -> Later<'a, Object> {
        Box::pin(async move {
            let scope = &aws.expect("the engine gives clients to what is not local").scope;
            let name = want.get("name").as_str().expect("all is known").to_owned();
            let place = Place {
                account: scope.account.to_string(),
                region: scope.region.as_str().to_owned(),
                kind: "toy_network",
                key: vec![name.clone()],
            };
            let call = |state: &mut State| {
                let thing = state.things.get(&place);
                let thing = thing.ok_or_else(|| {
                    Error::NotFound(format!("there is no network named {name:?}"))
                })?;
                let mut found: Object = ["note", "shape"]
                    .into_iter()
                    .map(|name| (name, thing.inputs.get(name).clone()))
                    .collect();
                found.set("uid", Value::text(&thing.uid));
                Ok(found)
            };
            self.0.call(&place, Call::Read, call).await
        })
    }
}
