//! Every AWS type that drctl knows, one file each.
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;

use sha2::Digest as _;

use crate::address::{Address, Scope};
use crate::aws::{Aws, AwsError};
use crate::diff;
use crate::schema::{Identity, Mismatch, Placement, Problem, Record, Timeouts, TypeSpec};
use crate::value::{Kept, Object, Readiness};

pub mod archive;
pub mod backup;
pub mod checks;
pub mod cloudwatch;
pub mod ec2;
mod erased;
pub mod events;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod meta;
pub mod organizations;
mod owned;
pub mod policy;
pub mod rds;
pub mod route53;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod sts;
pub mod tags;

pub use crate::schema::Key;
pub use erased::{DataType, ErasedData, ErasedLocal, ErasedResource, Later, ResourceType};
pub use owned::Tagged;

/// Every type of resource, in the order of the reference manual.
pub static ALL: &[&dyn ResourceType] = &[
    &ErasedResource::<backup::framework::Framework>::NEW,
    &ErasedResource::<backup::global_settings::GlobalSettings>::NEW,
    &ErasedResource::<backup::logically_air_gapped_vault::AirGappedVault>::NEW,
    &ErasedResource::<backup::plan::BackupPlan>::NEW,
    &ErasedResource::<backup::region_settings::RegionSettings>::NEW,
    &ErasedResource::<backup::report_plan::ReportPlan>::NEW,
    &ErasedResource::<backup::restore_testing_plan::RestoreTestingPlan>::NEW,
    &ErasedResource::<backup::restore_testing_selection::RestoreTestingSelection>::NEW,
    &ErasedResource::<backup::selection::BackupSelection>::NEW,
    &ErasedResource::<backup::vault::BackupVault>::NEW,
    &ErasedResource::<backup::vault_lock_configuration::VaultLock>::NEW,
    &ErasedResource::<backup::vault_notifications::VaultNotifications>::NEW,
    &ErasedResource::<backup::vault_policy::VaultPolicy>::NEW,
    &ErasedResource::<cloudwatch::composite_alarm::CompositeAlarm>::NEW,
    &ErasedResource::<cloudwatch::dashboard::Dashboard>::NEW,
    &ErasedResource::<cloudwatch::metric_alarm::MetricAlarm>::NEW,
    &ErasedResource::<events::bus::CloudwatchEventBus>::NEW,
    &ErasedResource::<events::bus_policy::CloudwatchEventBusPolicy>::NEW,
    &ErasedResource::<events::permission::CloudwatchEventPermission>::NEW,
    &ErasedResource::<events::rule::EventRule>::NEW,
    &ErasedResource::<events::target::EventTarget>::NEW,
    &ErasedResource::<iam::policy::IamPolicy>::NEW,
    &ErasedResource::<iam::role::IamRole>::NEW,
    &ErasedResource::<iam::role_policy::IamRolePolicy>::NEW,
    &ErasedResource::<iam::role_policy_attachment::IamRolePolicyAttachment>::NEW,
    &ErasedResource::<kms::alias::KmsAlias>::NEW,
    &ErasedResource::<kms::key::KmsKey>::NEW,
    &ErasedResource::<kms::replica_key::KmsReplicaKey>::NEW,
    &ErasedResource::<lambda::event_invoke_config::EventInvokeConfig>::NEW,
    &ErasedResource::<lambda::function::LambdaFunction>::NEW,
    &ErasedResource::<lambda::permission::LambdaPermission>::NEW,
    &ErasedResource::<logs::log_group::CloudwatchLogGroup>::NEW,
    &ErasedResource::<rds::cluster::RdsCluster>::NEW,
    &ErasedResource::<rds::cluster_instance::RdsClusterInstance>::NEW,
    &ErasedResource::<rds::cluster_parameter_group::RdsClusterParameterGroup>::NEW,
    &ErasedResource::<rds::event_subscription::DbEventSubscription>::NEW,
    &ErasedResource::<rds::global_cluster::GlobalCluster>::NEW,
    &ErasedResource::<rds::parameter_group::DbParameterGroup>::NEW,
    &ErasedResource::<rds::subnet_group::DbSubnetGroup>::NEW,
    &ErasedResource::<route53::record::Route53Record>::NEW,
    &ErasedResource::<sns::topic::SnsTopic>::NEW,
    &ErasedResource::<sns::topic_policy::SnsTopicPolicy>::NEW,
    &ErasedResource::<sns::topic_subscription::SnsTopicSubscription>::NEW,
    &ErasedResource::<sqs::queue::SqsQueue>::NEW,
    &ErasedResource::<ssm::parameter::SsmParameter>::NEW,
];

/// Every type of data source, in the order of the reference manual.
pub static ALL_DATA: &[&dyn DataType] = &[
    &ErasedLocal::<archive::file::ArchiveFile>::NEW,
    &ErasedData::<backup::plan_data::BackupPlanData>::NEW,
    &ErasedData::<backup::vault_data::BackupVaultData>::NEW,
    &ErasedLocal::<archive::package::DrctlPackage>::NEW,
    &ErasedData::<ec2::security_group::SecurityGroupData>::NEW,
    &ErasedData::<ec2::subnets::SubnetsData>::NEW,
    &ErasedData::<ec2::vpc::VpcData>::NEW,
    &ErasedData::<events::bus::CloudwatchEventBusData>::NEW,
    &ErasedLocal::<iam::policy_document::IamPolicyDocument>::NEW,
    &ErasedData::<iam::role_data::IamRoleData>::NEW,
    &ErasedData::<kms::alias::KmsAliasData>::NEW,
    &ErasedData::<kms::key_data::KmsKeyData>::NEW,
    &ErasedData::<meta::partition::Partition>::NEW,
    &ErasedData::<meta::region::RegionData>::NEW,
    &ErasedData::<organizations::organization::OrganizationData>::NEW,
    &ErasedData::<rds::cluster_data::RdsClusterData>::NEW,
    &ErasedData::<rds::engine_version_data::RdsEngineVersion>::NEW,
    &ErasedData::<rds::instance_data::DbInstanceData>::NEW,
    &ErasedData::<rds::orderable_instance_data::RdsOrderableDbInstance>::NEW,
    &ErasedData::<rds::subnet_group::DbSubnetGroupData>::NEW,
    &ErasedData::<route53::zone_data::Route53ZoneData>::NEW,
    &ErasedData::<sns::topic_data::SnsTopicData>::NEW,
    &ErasedData::<ssm::parameter_data::SsmParameterData>::NEW,
    &ErasedData::<sts::caller_identity::CallerIdentity>::NEW,
];

/// How one type of AWS resource is read and changed.
///
/// Implementations make AWS calls and return. They do not sleep, poll, retry, log, print, read
/// the environment or look at any other resource: the engine owns those. It works towards what is
/// wanted from what is there:
///
/// * After `create` it reads until the resource is there and [`Ready`](Readiness::Ready). If that
///   differs from what is wanted, it calls `update`. So `create` need not set what its call cannot.
/// * After `update` it reads until the resource has settled, and if there still is a difference it
///   calls `update` again, as long as each call leaves fewer. So `update` may make the next step
///   only, where AWS takes one at a time.
/// * After `delete` it reads until the resource is gone; if it has settled and is still there, it
///   calls `delete` again. So `delete` may make the next step only: detach now, delete next time.
pub trait Resource: Record + Send + Sync + 'static {
    /// What AWS tells us and nobody configures, e.g. an ARN.
    type Outputs: Record + Send + Sync + 'static;
    /// Terraform's name of the type.
    const TYPE: &'static str;
    /// The attribute that `id` repeats: `name`, `arn`, …
    const ID: &'static str;
    /// Where it lives.
    const PLACEMENT: Placement = Placement::Regional;
    /// How a live one is found.
    const IDENTITY: Identity = Identity::Named;
    /// Its ARN, foretold; see [`TypeSpec::arn`].
    const ARN: Option<&'static str> = None;
    /// Holds data that cannot be had back; see [`TypeSpec::data_bearing`].
    const DATA_BEARING: bool = false;
    /// Its successor comes before it goes; see [`TypeSpec::created_first`].
    const CREATED_FIRST: bool = false;
    /// How long it may take to settle.
    const TIMEOUTS: Timeouts = Timeouts::SHORT;
    /// Answers to `create`, `update` and `delete` that pass by themselves, because something made
    /// just before is not known everywhere yet.
    const RETRIES: &'static [Retry] = &[];
    /// Answers that pass when something else has done its work: tried again for as long as this
    /// resource itself may take.
    const BUSY: &'static [Retry] = &[];
    /// How all that exist are found.
    const LISTING: Listing = Listing::Never("nobody has said how they are found");

    /// Keys of all that exist, less those that AWS makes and keeps by itself. Of a type that is
    /// found [`Within`](Listing::Within) another: of those that are parts of these. That a key is
    /// told does not promise that there is something to read.
    fn list(_aws: &Aws, within: &[Key]) -> impl Future<Output = Result<Vec<Key>>> + Send {
        let keys = within.to_vec();
        async { Ok(keys) }
    }

    /// The live resource, or `None` when it surely is not there.
    fn read(aws: &Aws, key: &Key) -> impl Future<Output = Result<Option<Live<Self>>>> + Send;
    /// Creates it and says what to read it by; the same `token` twice must not make two.
    fn create(aws: &Aws, want: &Self, token: &Token) -> impl Future<Output = Result<Key>> + Send;
    /// Changes what differs between `live` and `want`; never called for a difference that replaces.
    fn update(aws: &Aws, live: &Live<Self>, want: &Self)
    -> impl Future<Output = Result<()>> + Send;
    /// Deletes it; already gone is success. Options of the configuration are in `live.inputs`.
    /// What cannot be deleted and need not be is [`Error::Left`].
    fn delete(aws: &Aws, live: &Live<Self>) -> impl Future<Output = Result<()>> + Send;
    /// What is wrong, or worth a warning, in attributes that are each right by themselves; see
    /// [`TypeSpec::check`].
    fn check(_want: &Object) -> Vec<Problem> {
        Vec::new()
    }
    /// What is said by arguments that others have replaced, said by those; see
    /// [`TypeSpec::reworded`].
    fn reworded(want: Object) -> Object {
        want
    }
    /// What may be the wanted one, for a type that AWS names itself: by what is unique about it, as
    /// far as that is known. Of an [`Identity::Minted`] it is asked for only when no tags tell, and
    /// what somebody tagged as his is not taken for it.
    fn alike(_aws: &Aws, _want: &Object) -> impl Future<Output = Result<Vec<Alike>>> + Send {
        async { Ok(Vec::new()) }
    }
    /// What was made minutes ago, for an [`Identity::Minted`] whose creation no token keeps from
    /// making two: the tagging service is late, and would not know yet that there is one.
    fn recent(_aws: &Aws) -> impl Future<Output = Result<Vec<Key>>> + Send {
        async { Ok(Vec::new()) }
    }
    /// Whether what was read has settled.
    fn readiness(_live: &Live<Self>) -> Readiness {
        Readiness::Ready
    }
    /// Facts to show beside the plan that are no desired state, such as who writes.
    fn remarks(_live: &Live<Self>) -> Vec<String> {
        Vec::new()
    }
    /// Tags of what it is part of, for a type that has none itself ([`Identity::Child`]): it
    /// belongs to whoever that belongs to, whatever the address. `None`, the default, says that
    /// nobody knows, and then it counts as ours as soon as it exists. Worth a call only if that is
    /// shared with others: [`Aws::tags`] asks none for what the sweep has seen.
    fn parent_tags(
        _aws: &Aws,
        _live: &Live<Self>,
    ) -> impl Future<Output = Result<Option<ParentTags>>> + Send {
        async { Ok(None) }
    }
    /// What it is known by, told from an ARN, if that is the ARN of one: so what carries our tags is
    /// found again when nobody declares it any more. Worth writing where [`ARN`](Self::ARN) does not
    /// tell, or tells too much.
    fn key_of(arn: &str) -> Option<Key> {
        owned::key_of(arn, Self::ARN, Self::TABLE, Self::IDENTITY)
    }
    /// All in the account that carry the tags of a stack, for a type that the tagging service does
    /// not tell of.
    fn tagged(_aws: &Aws, _stack: &str) -> impl Future<Output = Result<Vec<Tagged>>> + Send {
        async { Ok(Vec::new()) }
    }
    /// What is part of it and must be gone before AWS deletes it, in words: told when nobody declares
    /// the thing any more, so that nobody may declare its parts either.
    fn parts(_aws: &Aws, _live: &Live<Self>) -> impl Future<Output = Result<Vec<String>>> + Send {
        async { Ok(Vec::new()) }
    }
    /// Takes those parts away.
    fn clear(_aws: &Aws, _live: &Live<Self>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
    /// What it is written into together with others, where AWS loses one of two writes that are
    /// made at once: the policy of a bus, say. Steps that name the same in one account and Region
    /// run one after another.
    fn shared(_key: &Key) -> Option<String> {
        None
    }
    /// Why it must not be changed now, such as a failover under way.
    fn locked(_live: &Live<Self>) -> Option<String> {
        None
    }
    /// Why it can never become what is wanted, so that a plan can refuse before anything is tried: a
    /// sentence without its full stop. Asked only where there is a difference.
    fn refused(_live: &Live<Self>, _want: &Self) -> Option<String> {
        None
    }
    /// What else there is to say about why it is kept, when all is to be destroyed: worth calls that
    /// an ordinary plan does not make.
    fn kept_because(
        _aws: &Aws,
        _live: &Live<Self>,
        kept: Kept,
    ) -> impl Future<Output = Result<Kept>> + Send {
        async { Ok(kept) }
    }
    /// Why it must not be deleted as things are, so that a plan can refuse before anything is
    /// gone. Options of the configuration are in `live.inputs`.
    fn kept(_live: &Live<Self>) -> Option<Kept> {
        None
    }
}

/// How a data source in AWS is looked up.
pub trait DataSource: Record + Send + Sync + 'static {
    /// What it tells.
    type Outputs: Record + Send + Sync + 'static;
    /// Terraform's name of the type.
    const TYPE: &'static str;
    /// The attribute that `id` repeats.
    const ID: &'static str;
    /// Where it lives.
    const PLACEMENT: Placement = Placement::Regional;
    /// Looks it up; not to find it is an error ([`Error::NotFound`]).
    fn read(aws: &Aws, want: &Self) -> impl Future<Output = Result<Self::Outputs>> + Send;
}

/// A data source that is computed on this machine and asks AWS nothing.
pub trait LocalSource: Record + Send + Sync + 'static {
    /// What it tells.
    type Outputs: Record + Send + Sync + 'static;
    /// Terraform's name of the type.
    const TYPE: &'static str;
    /// The attribute that `id` repeats.
    const ID: &'static str;
    /// Computes it.
    ///
    /// # Errors
    /// When a file cannot be read or what is asked for makes no sense.
    fn compute(machine: &Machine, want: &Self) -> Result<Self::Outputs>;
}

/// What data sources may use of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Where relative paths start.
    pub base: PathBuf,
    /// Executables of this program for functions, as `-lambda-package` names them; where there are
    /// none, the running one is taken.
    pub executables: Vec<PathBuf>,
}

impl Machine {
    /// With relative paths that start there, and nothing else named.
    pub fn at(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into(), executables: Vec::new() }
    }
}

/// Tags of what a resource is part of, AWS's own among them.
pub type ParentTags = BTreeMap<String, String>;

/// Makes a retried create harmless: the same for the same resource of the same stack, whatever the
/// run; another for a successor, which must not be taken for what it is to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl Token {
    /// The token for creating what is at that address.
    pub fn of(stack: &str, address: &Address, scope: &Scope, predecessor: Option<&Key>) -> Self {
        let mut text = format!("{stack}\n{address}\n{scope}");
        if let Some(old) = predecessor {
            text = format!("{text}\n{old}");
        }
        let hash = sha2::Sha256::digest(text);
        Self(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// How all that exist of a type are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// AWS lists them.
    All,
    /// Each is a part of one of that type.
    Within(&'static str),
    /// They are not looked for; the text says why.
    Never(&'static str),
}

/// What may be the wanted resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// What AWS knows it by.
    pub key: Key,
    /// The token that it was created with, if AWS tells.
    pub token: Option<String>,
}

/// An answer of AWS that passes by itself.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// AWS's code.
    pub code: &'static str,
    /// Words that must stand in the message; empty for any message.
    pub saying: &'static str,
}

/// A resource as AWS has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live<R: Resource> {
    /// What a configuration can set.
    pub inputs: R,
    /// What only AWS tells.
    pub outputs: R::Outputs,
}

/// Why reading or changing one resource failed. Carries no address: the engine knows it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A wanted attribute is of the wrong type, or AWS's answer is not as declared.
    #[error(transparent)]
    Attributes(#[from] Mismatch),
    /// A data source found nothing, or more than one; the text says what was looked for.
    #[error("{0}")]
    NotFound(String),
    /// drctl will not do it; the text says why and what to do.
    #[error("{0}")]
    Refused(String),
    /// Only from `delete`: what is left stays for now and that is no fault, because AWS drops it
    /// by itself later or an option says to keep it. The step counts as done, nobody waits for the
    /// thing to be gone, and the text is shown.
    #[error("{0}")]
    Left(String),
}

impl<E>
    From<
        aws_smithy_runtime_api::client::result::SdkError<E, aws_smithy_runtime_api::http::Response>,
    > for Error
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata
        + std::error::Error
        + Send
        + Sync
        + 'static,
{
    fn from(
        error: aws_smithy_runtime_api::client::result::SdkError<
            E,
            aws_smithy_runtime_api::http::Response,
        >,
    ) -> Self {
        Self::Aws(error.into())
    }
}

impl From<aws_smithy_types::error::operation::BuildError> for Error {
    fn from(error: aws_smithy_types::error::operation::BuildError) -> Self {
        Self::Attributes(Mismatch::Invalid(error.to_string()))
    }
}

/// What reading or changing a resource gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names of the attributes in which what AWS has differs from what is wanted, as a plan tells it:
/// what AWS decides and what counts at creation only are never among them.
pub fn differing<R: Record>(has: &R, want: &R) -> Vec<&'static str> {
    let changes = diff::diff(R::TABLE, &erased::untyped(has), &erased::untyped(want));
    changes.into_iter().map(|change| change.name).collect()
}

/// The types that an engine works with.
#[derive(Clone, Copy)]
pub struct Catalog {
    /// Types of resources.
    pub resources: &'static [&'static dyn ResourceType],
    /// Types of data sources.
    pub data: &'static [&'static dyn DataType],
}

/// All that this program knows.
pub static CATALOG: Catalog = Catalog { resources: ALL, data: ALL_DATA };

impl Catalog {
    /// The type of resource that a table is of.
    ///
    /// # Panics
    /// When the table is none of this catalog's, from which all plans are made.
    pub fn resource(&self, spec: &TypeSpec) -> &'static dyn ResourceType {
        let mut types = self.resources.iter().copied();
        types.find(|kind| kind.spec().name == spec.name).expect("plans are made from this catalog")
    }

    /// The type of data source that a table is of.
    ///
    /// # Panics
    /// When the table is none of this catalog's, from which all plans are made.
    pub fn data(&self, spec: &TypeSpec) -> &'static dyn DataType {
        let mut types = self.data.iter().copied();
        types.find(|kind| kind.spec().name == spec.name).expect("plans are made from this catalog")
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let resources = self.resources.iter().map(|kind| kind.spec().name);
        let data = self.data.iter().map(|kind| kind.spec().name);
        f.debug_struct("Catalog")
            .field("resources", &resources.collect::<Vec<_>>())
            .field("data", &data.collect::<Vec<_>>())
            .finish()
    }
}

/// The tables of all types, for the core: resources first, then data sources.
pub fn specs() -> (Vec<&'static TypeSpec>, Vec<&'static TypeSpec>) {
    (ALL.iter().map(|t| t.spec()).collect(), ALL_DATA.iter().map(|t| t.spec()).collect())
}
