//! Asks AWS: what there is, and what of it belongs to what the search began with.
use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt};

use crate::aws::{Aws, AwsError, Batch, Failure, Sessions};
use crate::discover::leaves::{Leaf, leaves};
use crate::discover::links::{Listed, own_part};
use crate::discover::owner::owner;
use crate::discover::{Estate, Found, Id, Place, Start, Unread};
use crate::resources::{CATALOG, Error, Key, Listing, ResourceType, kms};
use crate::schema::Placement;
use crate::value::{Object, Value};

/// How many questions are open at once; each client keeps to AWS's limits besides.
const AT_ONCE: usize = 24;

/// What the search begins with when it is told nothing else: what holds data, or copies it.
const DATABASES: &[&str] =
    &["aws_rds_global_cluster", "aws_rds_cluster", "aws_rds_cluster_instance"];
const BACKUPS: &[&str] = &[
    "aws_backup_vault",
    "aws_backup_logically_air_gapped_vault",
    "aws_backup_plan",
    "aws_backup_framework",
    "aws_backup_report_plan",
    "aws_backup_restore_testing_plan",
];
/// What is read to learn whether it is about one of those.
const WATCHING: &[&str] = &[
    "aws_backup_selection",
    "aws_cloudwatch_composite_alarm",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_metric_alarm",
    "aws_db_event_subscription",
];
/// What is read only when something needs it.
const NEEDED: &[&str] = &[
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_log_group",
    "aws_db_parameter_group",
    "aws_db_subnet_group",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_lambda_function",
    "aws_rds_cluster_parameter_group",
    "aws_sns_topic",
    "aws_sqs_queue",
];
/// What stands in alarms and rules that are about every database, or every backup.
const ABOUT_ALL: &[&str] = &["aws.rds", "aws.backup", "AWS/RDS", "AWS/Backup"];
/// Every account has this bus in every Region. It is no resource, but rules are parts of it.
const DEFAULT_BUS: (&str, &str) = ("aws_cloudwatch_event_bus", "default");
/// Who may do something is said there; nothing is needed because of it.
const PERMITTING: &[&str] = &["policy", "assume_role_policy"];

/// Looks through the places. With `tools`, what tags say is Terraform's or another tool's counts as
/// nobody's.
///
/// # Errors
/// When the clients cannot be made. What AWS does not answer is part of the result.
pub async fn search(
    sessions: &Sessions,
    places: &[Place],
    start: &Start,
    tools: bool,
) -> Result<Estate, AwsError> {
    let mut clients = Vec::new();
    for place in places {
        let batch = Some(Batch::of_all().into());
        clients.push(sessions.aws(&place.provider, place.scope.clone(), batch).await?);
    }
    let mut search = Search {
        places,
        clients,
        tools,
        ids: BTreeMap::new(),
        read: BTreeMap::new(),
        arns: BTreeSet::new(),
        listed: Listed::default(),
        unread: BTreeSet::new(),
        silent: BTreeSet::new(),
    };
    let (selected, missing) = search.run(start).await;
    let keys_of_aws = search.keys_of_aws().await;
    let mut read = search.read;
    let found = selected.into_iter().filter_map(|id| Some((id.clone(), read.remove(&id)?)));
    Ok(Estate {
        found: found.collect(),
        keys_of_aws,
        unread: search.unread.into_iter().collect(),
        missing,
    })
}

struct Search<'a> {
    places: &'a [Place],
    clients: Vec<Aws>,
    tools: bool,
    /// What was listed, by type.
    ids: BTreeMap<&'static str, BTreeSet<Id>>,
    read: BTreeMap<Id, Found>,
    /// ARNs of what was read: a global database is seen from several Regions.
    arns: BTreeSet<String>,
    listed: Listed,
    unread: BTreeSet<Unread>,
    /// Places that do not answer; they are asked nothing more.
    silent: BTreeSet<usize>,
}

fn kind(type_name: &str) -> &'static dyn ResourceType {
    let mut all = CATALOG.resources.iter().copied();
    all.find(|kind| kind.spec().name == type_name).expect("the types of the tables exist")
}

impl Search<'_> {
    /// What is to be told of, and what of the names to begin with is not there.
    async fn run(&mut self, start: &Start) -> (BTreeSet<Id>, Vec<String>) {
        let types: Vec<&'static str> = match start {
            Start::Everything => CATALOG.resources.iter().map(|kind| kind.spec().name).collect(),
            Start::Types(named) => {
                let all = CATALOG.resources.iter().map(|kind| kind.spec().name);
                all.filter(|name| named.iter().any(|named| named == name)).collect()
            }
            Start::Recovery | Start::From(_) => [DATABASES, BACKUPS, WATCHING].concat(),
        };
        for type_name in &types {
            self.list(type_name).await;
        }
        let of_types = |search: &Self| -> Vec<Id> {
            types.iter().filter_map(|name| search.ids.get(name)).flatten().cloned().collect()
        };
        let all = of_types(self);
        self.read_all(all).await;
        match start {
            Start::Everything | Start::Types(_) => (of_types(self).into_iter().collect(), vec![]),
            Start::Recovery => {
                let roots: Vec<Id> = self.read.keys().filter(|id| is_root(id)).cloned().collect();
                (self.follow(roots, true).await, Vec::new())
            }
            Start::From(names) => {
                let named = |id: &Id, found: &Found, name: &String| {
                    own_part(&id.key) == name || found.arn() == Some(name)
                };
                let (mut roots, mut missing) = (Vec::new(), Vec::new());
                for name in names {
                    let read = self.read.iter().filter(|(id, _)| is_root(id));
                    let these: Vec<Id> = read
                        .filter(|(id, found)| named(id, found, name))
                        .map(|(id, _)| id.clone())
                        .collect();
                    if these.is_empty() {
                        missing.push(name.clone());
                    }
                    roots.extend(these);
                }
                (self.follow(roots, false).await, missing)
            }
        }
    }

    /// Everything that belongs to these.
    async fn follow(&mut self, roots: Vec<Id>, all: bool) -> BTreeSet<Id> {
        for type_name in NEEDED {
            self.list(type_name).await;
        }
        let mut anchors: BTreeSet<Id> = roots.iter().cloned().collect();
        let mut selected = BTreeSet::new();
        let mut next = roots;
        while !next.is_empty() {
            let mut wanted: BTreeSet<Id> = BTreeSet::new();
            for id in next {
                if DATABASES.contains(&id.type_name) || id.type_name.ends_with("_alarm") {
                    anchors.insert(id.clone());
                }
                // What is part of what others manage is theirs.
                let ours = self.read.get(&id).is_some_and(|found| found.owner.is_none());
                if ours {
                    wanted.extend(self.needs(&id));
                    wanted.extend(self.parts(&id).await);
                }
                selected.insert(id);
            }
            let about = self.read.keys().filter(|id| !selected.contains(*id));
            wanted.extend(about.filter(|id| self.is_about(id, &anchors, all)).cloned());
            let wanted: Vec<Id> = wanted.into_iter().filter(|id| !selected.contains(id)).collect();
            self.read_all(wanted.clone()).await;
            next = wanted.into_iter().filter(|id| self.read.contains_key(id)).collect();
        }
        selected
    }

    /// What a resource cannot do without.
    fn needs(&self, id: &Id) -> Vec<Id> {
        let found = &self.read[id];
        let texts = leaves(&found.live.inputs).into_iter();
        let needed = texts.filter(|leaf| !PERMITTING.contains(&leaf.path.as_str()));
        let told = ["global_cluster_members", "global_cluster_peers"];
        let told = told.into_iter().map(|name| (name, found.live.outputs.get(name).clone()));
        let told = leaves(&told.collect::<Object>());
        let mut needs = Vec::new();
        for leaf in needed.chain(told) {
            needs.extend(self.listed.meant(self.places, id, &leaf).into_iter().cloned());
        }
        needs
    }

    /// What is a part of a resource.
    async fn parts(&mut self, id: &Id) -> Vec<Id> {
        let mut parts = Vec::new();
        for kind in CATALOG.resources {
            if kind.listing() == Listing::Within(id.type_name) {
                let within = std::slice::from_ref(&id.key);
                parts.extend(self.ask(*kind, id.place, within).await);
            }
        }
        parts
    }

    /// Whether a resource is there for the sake of one of these; with `all`, for that of every
    /// database or backup.
    fn is_about(&self, id: &Id, anchors: &BTreeSet<Id>, all: bool) -> bool {
        let found = &self.read[id];
        let watches = WATCHING.contains(&id.type_name);
        if !watches && !is_root(id) {
            return false;
        }
        let texts = leaves(&found.live.inputs);
        let names = |anchor: &Id, leaf: &Leaf| {
            watches
                && id != anchor
                && id.place == anchor.place
                && leaf.text == own_part(&anchor.key)
        };
        let about = |leaf: &Leaf| {
            let meant = self.listed.meant(self.places, id, leaf);
            meant.into_iter().any(|id| anchors.contains(id))
                || anchors.iter().any(|anchor| {
                    names(anchor, leaf) || self.read[anchor].arn() == Some(&leaf.text)
                })
                || (all && watches && ABOUT_ALL.contains(&leaf.text.as_str()))
        };
        let everywhere = id.type_name == "aws_db_event_subscription" && all;
        everywhere || texts.iter().any(about) || self.selects(id, anchors)
    }

    /// Whether a selection of a backup plan takes one of these by its tags.
    fn selects(&self, id: &Id, anchors: &BTreeSet<Id>) -> bool {
        let by = self.read[id].live.inputs.get("selection_tag");
        let (Value::List(by), "aws_backup_selection") = (by, id.type_name) else { return false };
        let tagged = |tag: &Value| {
            let tag = tag.as_object()?;
            let (key, value) = (tag.get("key").as_str()?, tag.get("value").as_str()?);
            let has = |anchor: &&Id| {
                let tags = self.read.get(*anchor).and_then(|found| found.live.tags.as_ref());
                tags.is_some_and(|tags| tags.get(key).is_some_and(|has| has == value))
            };
            anchors.iter().find(has)
        };
        by.iter().any(|tag| tagged(tag).is_some())
    }

    /// Lists all of a type, once; for parts of something, that first.
    async fn list(&mut self, type_name: &'static str) {
        if self.ids.contains_key(type_name) {
            return;
        }
        let kind = kind(type_name);
        let mut all = BTreeSet::new();
        match kind.listing() {
            Listing::Never(_) => {}
            Listing::All => {
                for place in self.places_of(kind) {
                    all.extend(self.ask(kind, place, &[]).await);
                }
            }
            Listing::Within(parent) => {
                Box::pin(self.list(parent)).await;
                for place in self.places_of(kind) {
                    let of_place = self.ids[parent].iter().filter(|id| id.place == place);
                    let mut within: Vec<Key> = of_place.map(|id| id.key.clone()).collect();
                    if parent == DEFAULT_BUS.0 {
                        within.push(Key::only(DEFAULT_BUS.1));
                    }
                    all.extend(self.ask(kind, place, &within).await);
                }
            }
        }
        self.ids.insert(type_name, all);
    }

    /// Where things of the type are asked for: what has no Region once an account.
    fn places_of(&self, kind: &dyn ResourceType) -> Vec<usize> {
        let first = |place: &usize| {
            let account = &self.places[*place].scope.account;
            let earlier = &self.places[..*place];
            // Another Region tells the same, should the first one be silent.
            !earlier
                .iter()
                .enumerate()
                .any(|(at, other)| other.scope.account == *account && !self.silent.contains(&at))
        };
        let all = 0..self.places.len();
        match kind.spec().placement {
            Placement::Global => all.filter(first).collect(),
            Placement::Regional | Placement::Local => all.collect(),
        }
    }

    async fn ask(
        &mut self,
        kind: &'static dyn ResourceType,
        place: usize,
        within: &[Key],
    ) -> Vec<Id> {
        if self.silent.contains(&place) {
            self.skipped(kind, place);
            return Vec::new();
        }
        match kind.list(&self.clients[place], within).await {
            Ok(keys) => {
                let type_name = kind.spec().name;
                let ids = keys.into_iter().map(|key| Id { place, type_name, key });
                let ids: Vec<Id> = ids.collect();
                for id in &ids {
                    self.listed.add(id);
                }
                ids
            }
            Err(error) => {
                self.failed(kind, place, &error);
                Vec::new()
            }
        }
    }

    /// Reads what was not read yet.
    async fn read_all(&mut self, ids: Vec<Id>) {
        let (clients, tools) = (&self.clients, self.tools);
        let ids = ids.into_iter().filter(|id| !self.read.contains_key(id));
        let ids = ids.filter(|id| !self.silent.contains(&id.place)).collect::<BTreeSet<_>>();
        let asked = ids.into_iter().map(|id| async move {
            let answer = read(kind(id.type_name), &clients[id.place], &id.key, tools).await;
            (id, answer)
        });
        let mut answers: Vec<(Id, Result<Option<Found>, Error>)> =
            stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        answers.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (id, answer) in answers {
            match answer {
                Ok(Some(found)) => {
                    // The database that several Regions tell of is the one of the first of them.
                    let arn = found.arn().map(str::to_owned);
                    if arn.is_none_or(|arn| self.arns.insert(arn)) {
                        self.read.insert(id, found);
                    }
                }
                Ok(None) => {}
                Err(error) => self.failed(kind(id.type_name), id.place, &error),
            }
        }
    }

    fn failed(&mut self, kind: &dyn ResourceType, place: usize, error: &Error) {
        let denied = match error {
            Error::Aws(error) => {
                if error.failure == Failure::Unreachable {
                    self.silent.insert(place);
                }
                error.failure == Failure::Denied
            }
            _ => false,
        };
        self.unread.insert(Unread {
            scope: self.places[place].scope.clone(),
            type_name: kind.spec().name,
            why: error.to_string(),
            denied,
        });
    }

    fn skipped(&mut self, kind: &dyn ResourceType, place: usize) {
        self.unread.insert(Unread {
            scope: self.places[place].scope.clone(),
            type_name: kind.spec().name,
            why: "not asked, because the Region did not answer before".to_owned(),
            denied: false,
        });
    }

    /// Keys of AWS's own, where they can be listed.
    async fn keys_of_aws(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (place, aws) in self.clients.iter().enumerate() {
            if !self.silent.contains(&place) {
                all.extend(kms::keys_of_aws(aws).await.unwrap_or_default());
            }
        }
        all
    }
}

fn is_root(id: &Id) -> bool {
    DATABASES.contains(&id.type_name) || BACKUPS.contains(&id.type_name)
}

async fn read(
    kind: &'static dyn ResourceType,
    aws: &Aws,
    key: &Key,
    tools: bool,
) -> Result<Option<Found>, Error> {
    let Some(live) = kind.read(aws, key).await? else { return Ok(None) };
    let mut tags = live.tags.clone().unwrap_or_default();
    // What AWS itself has written on it, which `live` leaves out.
    let arn = live.outputs.get("arn").as_str();
    if let (Some(arn), true) = (arn, live.tags.is_some()) {
        tags.extend(aws.tags(arn, async { Ok(BTreeMap::new()) }).await?);
    }
    if live.tags.is_none() {
        tags = kind.parent_tags(aws, &live).await?.unwrap_or_default();
    }
    let owner = owner(&tags, tools);
    Ok(Some(Found { kind, live, owner }))
}
