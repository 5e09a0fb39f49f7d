//! `aws_route53_record`: a name that leads to the database.
use std::collections::BTreeSet;

use aws_sdk_route53::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::route53::{self, Fqdn, ZoneId, record_wire};
use crate::resources::{Error, Key, Listing, Live, Resource, Result, Retry, Token};
use crate::schema::{Attribute, Identity, Kind, Mismatch, Placement, Timeouts};
use crate::text_type;
use crate::value::{Readiness, Value};

attributes! {
    /// A record in a zone of Route 53.
    ///
    /// The writer endpoint of a global database follows the writer by itself, so most recoveries
    /// need no record. Where applications use a name of their own, give it a CNAME to that endpoint
    /// with a short `ttl`; endpoints of RDS cannot be aliases. If something else changes the record
    /// when it acts on a failover, name `records` in `lifecycle { ignore_changes }`: it is then no
    /// desired state.
    ///
    /// Nothing in AWS says whose a record is. One that is there already is shown as a difference and
    /// changed, if the plan is approved.
    pub struct Route53Record {
        /// Id of the zone.
        zone_id: ZoneId => key,
        /// Name of the record, whole or relative to the zone, in any case; `*` stands for any label.
        name: Fqdn => key,
        /// `A`, `AAAA`, `CNAME`, `TXT` and so on.
        r#type: RecordType => key,
        /// Tells records of one name and type apart; every routing policy needs it.
        set_identifier: Option<String> => key,
        /// Seconds for which an answer may be kept: how long the world goes to the old writer. Five
        /// to sixty for a database. An alias has none.
        ttl: Option<i64>,
        /// What the name leads to. Of `TXT`, each without the quotation marks around it.
        records: BTreeSet<String>,
        /// A resource of AWS that the name leads to, instead of `records`.
        alias: Option<Alias>,
        /// Answers by share of the requests.
        weighted_routing_policy: Option<Weighted>,
        /// Answers by the health of the primary.
        failover_routing_policy: Option<Failover>,
        /// Answers by the nearest Region.
        latency_routing_policy: Option<Latency>,
        /// Answers by where the request comes from.
        geolocation_routing_policy: Option<Geolocation>,
        /// Answers by where the request comes from and how far it is.
        geoproximity_routing_policy: Option<Geoproximity>,
        /// Answers by the address that the request comes from.
        cidr_routing_policy: Option<Cidr>,
        /// Whether up to eight healthy records are answered at once.
        multivalue_answer_routing_policy: Option<bool> => default_bool(false),
        /// Id of the health check without which the record is not answered.
        health_check_id: Option<String>,
        /// Write over a record that somebody else makes between plan and apply. One that is there
        /// when the plan is made is shown as a difference, with or without this.
        allow_overwrite: bool => option | default_bool(false),
    }
}

attributes! {
    /// A resource of AWS that the name leads to.
    pub struct Alias {
        /// Name of the resource in the domain name system.
        name: AliasName,
        /// Id of the zone that the name is in: the service's own, not the record's.
        zone_id: ZoneId,
        /// Whether the record is answered only while the resource is healthy.
        evaluate_target_health: bool,
    }
}

attributes! {
    /// Answers by share of the requests.
    pub struct Weighted {
        /// The share, 0 to 255, of the sum of all; 0 is never answered while others are there.
        weight: i64,
    }
}

attributes! {
    /// Answers by the health of the primary.
    pub struct Failover {
        /// `PRIMARY` or `SECONDARY`.
        r#type: String,
    }
}

attributes! {
    /// Answers by the nearest Region.
    pub struct Latency {
        /// Region that the record is for.
        region: String,
    }
}

attributes! {
    /// Answers by where the request comes from.
    pub struct Geolocation {
        /// Continent, by its two letters.
        continent: Option<String>,
        /// Country, by its two letters, or `*` for what no other record is for.
        country: Option<String>,
        /// State of the United States or Ukraine, by its letters.
        subdivision: Option<String>,
    }
}

attributes! {
    /// Answers by where the request comes from and how far it is.
    pub struct Geoproximity {
        /// Region in which the resource is.
        aws_region: Option<String>,
        /// How much more (up to 99) or less (down to -99) of the world it answers.
        bias: Option<i32> => default_int(0),
        /// Where the resource is, if it is not in a Region.
        coordinates: Vec<Coordinates>,
        /// Group of local zones in which the resource is.
        local_zone_group: Option<String>,
    }
}

attributes! {
    /// A place on earth.
    pub struct Coordinates {
        /// Degrees north, -90 to 90, as text.
        latitude: String,
        /// Degrees east, -180 to 180, as text.
        longitude: String,
    }
}

attributes! {
    /// Answers by the address that the request comes from.
    pub struct Cidr {
        /// Id of the collection of blocks of addresses.
        collection_id: String,
        /// Name of the location in it, or `*` for all others.
        location_name: String,
    }
}

attributes! {
    /// What is known of a record besides.
    pub struct Outputs {
        /// The whole name.
        fqdn: String,
        /// `PENDING` while not all name servers know of what this run has changed, else `INSYNC`.
        status: String,
    }
}

text_type! {
    /// The type of a record.
    pub struct RecordType,
        |s| ["A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF",
             "SRV", "SSHFP", "SVCB", "TLSA", "TXT"].contains(&s),
        "a type of record that Route 53 knows";
}

/// Name of what an alias leads to. AWS's console writes `dualstack.` in front of some, which means
/// the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasName(Fqdn);

impl AliasName {
    /// The name that AWS tells.
    pub fn new(name: &str) -> Self {
        Self(Fqdn::new(name))
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Attribute for AliasName {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Fqdn::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        self.0.encode()
    }
    fn same(live: &Self, want: &Self) -> bool {
        let bare = |name: &Self| name.as_str().trim_start_matches("dualstack.").to_owned();
        bare(live) == bare(want)
    }
}

const PENDING: &str = "PENDING";
const INSYNC: &str = "INSYNC";

/// What this run has changed last at a record, by which Route 53 says how far it is.
fn note(zone: &ZoneId, name: &Fqdn, kind: &str, set: Option<&str>) -> String {
    format!("route53 {} {} {kind} {}", zone.as_str(), name.as_str(), set.unwrap_or_default())
}

/// The whole name of a record; `None` if its zone is not there.
async fn whole_name(aws: &Aws, zone: &ZoneId, name: &Fqdn) -> Result<Option<Fqdn>> {
    let found = route53::zone(aws, zone.as_str()).await?;
    let Some(zone) = found.and_then(|found| found.hosted_zone) else { return Ok(None) };
    Ok(Some(name.within(&Fqdn::new(&zone.name))))
}

/// The record as Route 53 has it.
async fn find(
    aws: &Aws,
    zone: &ZoneId,
    name: &Fqdn,
    kind: &str,
    set: Option<&str>,
) -> Result<Option<sdk::ResourceRecordSet>> {
    let list = aws.route53().list_resource_record_sets().hosted_zone_id(zone.as_str());
    let list = list.start_record_name(name.as_str()).start_record_type(kind.into());
    let list = list.set_start_record_identifier(set.map(str::to_owned)).max_items(1);
    let Some(page) = list.send().await.absent_on(&["NoSuchHostedZone"])? else { return Ok(None) };
    // Route 53 begins with what comes next if there is no such record.
    Ok(page.resource_record_sets.into_iter().find(|found| {
        Fqdn::new(&found.name) == *name
            && found.r#type.as_str() == kind
            && found.set_identifier.as_deref() == set
    }))
}

/// Makes a change, and notes what to ask about it later.
async fn change(
    aws: &Aws,
    zone: &ZoneId,
    action: sdk::ChangeAction,
    record: sdk::ResourceRecordSet,
    note: String,
) -> Result<(), AwsError> {
    let built = |error: aws_smithy_types::error::operation::BuildError| {
        AwsError::new(
            "route53 ChangeResourceRecordSets",
            None,
            &error.to_string(),
            crate::aws::Failure::Refused,
        )
    };
    let change = sdk::Change::builder().action(action).resource_record_set(record);
    let batch = sdk::ChangeBatch::builder().changes(change.build().map_err(built)?);
    let batch = batch.build().map_err(built)?;
    let send = aws.route53().change_resource_record_sets().hosted_zone_id(zone.as_str());
    let done = send.change_batch(batch).send().await?;
    if let Some(info) = done.change_info {
        aws.notes().set(note, info.id);
    }
    Ok(())
}

/// How far the last change of this run is.
async fn status(aws: &Aws, note: &str) -> Result<&'static str> {
    let Some(id) = aws.notes().get(note) else { return Ok(INSYNC) };
    let got = aws.route53().get_change().id(&id).send().await.absent_on(&["NoSuchChange"])?;
    let info = got.and_then(|got| got.change_info);
    if info.is_some_and(|info| info.status == sdk::ChangeStatus::Pending) {
        return Ok(PENDING);
    }
    aws.notes().forget(note);
    Ok(INSYNC)
}

async fn put(aws: &Aws, want: &Route53Record, action: sdk::ChangeAction) -> Result<()> {
    record_wire::check(want)?;
    let Route53Record { zone_id, name, r#type, set_identifier, .. } = want;
    let whole = whole_name(aws, zone_id, name).await?.ok_or_else(|| {
        Error::Refused(format!("there is no zone {} in this account", zone_id.as_str()))
    })?;
    let note = note(zone_id, name, r#type.as_str(), set_identifier.as_deref());
    let record = record_wire::to_aws(want, &whole)?;
    Ok(change(aws, zone_id, action, record, note).await?)
}

impl Resource for Route53Record {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_route53_record";
    const ID: &'static str = "fqdn";
    const LISTING: Listing = Listing::Never(
        "records of a zone belong to whoever the zone belongs to: name those that lead to the database",
    );
    const PLACEMENT: Placement = Placement::Global;
    const IDENTITY: Identity = Identity::Child;
    const TIMEOUTS: Timeouts = Timeouts::minutes(30);
    const RETRIES: &'static [Retry] = route53::RETRIES;

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let [zone, name, kind, set] = key.split()?;
        let (zone, name, kind) = (ZoneId::new(zone), Fqdn::new(name), RecordType::parse(kind)?);
        let set = Some(set).filter(|set| !set.is_empty());
        let Some(whole) = whole_name(aws, &zone, &name).await? else { return Ok(None) };
        let Some(has) = find(aws, &zone, &whole, kind.as_str(), set).await? else {
            return Ok(None);
        };
        let status = status(aws, &note(&zone, &name, kind.as_str(), set)).await?;
        let outputs = Outputs { fqdn: whole.as_str().to_owned(), status: status.to_owned() };
        Ok(Some(Live { inputs: record_wire::from_aws(zone, name, kind, has)?, outputs }))
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let overwrite = want.allow_overwrite;
        let action = if overwrite { sdk::ChangeAction::Upsert } else { sdk::ChangeAction::Create };
        put(aws, want, action).await?;
        let Self { zone_id, name, r#type, set_identifier, .. } = want;
        let set = set_identifier.as_deref().unwrap_or_default();
        Ok(Key::parts([zone_id.as_str(), name.as_str(), r#type.as_str(), set]))
    }

    async fn update(aws: &Aws, _live: &Live<Self>, want: &Self) -> Result<()> {
        put(aws, want, sdk::ChangeAction::Upsert).await
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let Self { zone_id, name, r#type, set_identifier, .. } = &live.inputs;
        let (kind, set) = (r#type.as_str(), set_identifier.as_deref());
        let whole = Fqdn::new(&live.outputs.fqdn);
        // Route 53 deletes only what is named down to the last letter, so as it has it now.
        let Some(has) = find(aws, zone_id, &whole, kind, set).await? else { return Ok(()) };
        let note = note(zone_id, name, kind, set);
        match change(aws, zone_id, sdk::ChangeAction::Delete, has, note).await {
            Err(error) if error.is(&["NoSuchHostedZone"]) => Ok(()),
            Err(error) if error.message.contains("but it was not found") => Ok(()),
            done => Ok(done?),
        }
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        match live.outputs.status.as_str() {
            PENDING => Readiness::Settling("not known to all name servers yet".to_owned()),
            _ => Readiness::Ready,
        }
    }
}
