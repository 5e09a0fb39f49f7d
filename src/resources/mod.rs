//! Every AWS type that drctl knows, one file each.
use std::future::Future;
use std::path::Path;

use crate::aws::{Aws, AwsError};
use crate::schema::{Identity, Mismatch, Placement, Record, Timeouts, TypeSpec};
use crate::value::Readiness;

pub mod archive;
pub mod ec2;
mod erased;
pub mod iam;
mod key;
pub mod kms;
pub mod logs;
pub mod meta;
pub mod policy;
pub mod sns;
pub mod sts;
pub mod tags;

pub use erased::{DataType, ErasedData, ErasedLocal, ErasedResource, Later, ResourceType};
pub use key::Key;

/// Every type of resource, in the order of the reference manual.
pub static ALL: &[&dyn ResourceType] = &[
    &ErasedResource::<iam::role::IamRole>::NEW,
    &ErasedResource::<iam::role_policy::IamRolePolicy>::NEW,
    &ErasedResource::<iam::role_policy_attachment::IamRolePolicyAttachment>::NEW,
    &ErasedResource::<kms::alias::KmsAlias>::NEW,
    &ErasedResource::<kms::key::KmsKey>::NEW,
    &ErasedResource::<kms::replica_key::KmsReplicaKey>::NEW,
    &ErasedResource::<logs::log_group::CloudwatchLogGroup>::NEW,
    &ErasedResource::<sns::topic::SnsTopic>::NEW,
    &ErasedResource::<sns::topic_policy::SnsTopicPolicy>::NEW,
    &ErasedResource::<sns::topic_subscription::SnsTopicSubscription>::NEW,
];

/// Every type of data source, in the order of the reference manual.
pub static ALL_DATA: &[&dyn DataType] = &[
    &ErasedLocal::<archive::file::ArchiveFile>::NEW,
    &ErasedData::<ec2::security_group::SecurityGroupData>::NEW,
    &ErasedData::<iam::role_data::IamRoleData>::NEW,
    &ErasedLocal::<iam::policy_document::IamPolicyDocument>::NEW,
    &ErasedData::<kms::alias::KmsAliasData>::NEW,
    &ErasedData::<kms::key_data::KmsKeyData>::NEW,
    &ErasedData::<meta::partition::Partition>::NEW,
    &ErasedData::<meta::region::RegionData>::NEW,
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
    /// How long it may take to settle.
    const TIMEOUTS: Timeouts = Timeouts::SHORT;
    /// Answers to `create`, `update` and `delete` that pass by themselves, because something made
    /// just before is not known everywhere yet.
    const RETRIES: &'static [Retry] = &[];

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
    /// Whether what was read has settled.
    fn readiness(_live: &Live<Self>) -> Readiness {
        Readiness::Ready
    }
    /// Facts to show beside the plan that are no desired state, such as who writes.
    fn remarks(_live: &Live<Self>) -> Vec<String> {
        Vec::new()
    }
    /// Why it must not be changed now, such as a failover under way.
    fn locked(_live: &Live<Self>) -> Option<String> {
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
    /// Computes it; relative paths start at `base`.
    ///
    /// # Errors
    /// When a file cannot be read or what is asked for makes no sense.
    fn compute(base: &Path, want: &Self) -> Result<Self::Outputs>;
}

/// Makes a retried create harmless: the same for the same resource of the same stack.
#[derive(Debug, Clone)]
pub struct Token(pub String);

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

/// The type of resource of that name.
pub fn find(name: &str) -> Option<&'static dyn ResourceType> {
    ALL.iter().copied().find(|kind| kind.spec().name == name)
}

/// The type of data source of that name.
pub fn find_data(name: &str) -> Option<&'static dyn DataType> {
    ALL_DATA.iter().copied().find(|kind| kind.spec().name == name)
}

/// The tables of all types, for the core: resources first, then data sources.
pub fn specs() -> (Vec<&'static TypeSpec>, Vec<&'static TypeSpec>) {
    (ALL.iter().map(|t| t.spec()).collect(), ALL_DATA.iter().map(|t| t.spec()).collect())
}
