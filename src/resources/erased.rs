//! From typed resources to the engine, which does not know the types.
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use crate::aws::{Aws, AwsError};
use crate::resources::{
    Alike, DataSource, Error, Key, Listing, Live, LocalSource, Machine, ParentTags, Resource,
    Result, Retry, Tagged, Token,
};
use crate::schema::{
    Attribute, Identity, Mismatch, Placement, Record, Timeouts, TypeSpec, as_written, marked,
    nothing_to_check,
};
use crate::value::{Kept, Object, Observed, Readiness, Value};

/// A future of the engine's.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A type of resource, for the engine.
pub trait ResourceType: Send + Sync {
    /// Its table.
    fn spec(&self) -> &'static TypeSpec;
    /// Answers of AWS that pass by themselves.
    fn retries(&self) -> &'static [Retry];
    /// See [`Resource::LISTING`].
    fn listing(&self) -> Listing {
        Listing::Never("nobody has said how they are found")
    }
    /// See [`Resource::list`].
    fn list<'a>(&'a self, _aws: &'a Aws, _within: &'a [Key]) -> Later<'a, Vec<Key>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// See [`Resource::BUSY`].
    fn busy(&self) -> &'static [Retry] {
        &[]
    }
    /// See [`Resource::read`].
    fn read<'a>(&'a self, aws: &'a Aws, key: &'a Key) -> Later<'a, Option<Observed>>;
    /// See [`Resource::parent_tags`].
    fn parent_tags<'a>(
        &'a self,
        _aws: &'a Aws,
        _live: &'a Observed,
    ) -> Later<'a, Option<ParentTags>> {
        Box::pin(async { Ok(None) })
    }
    /// See [`Resource::readiness`], for inputs that hold the options of the configuration.
    ///
    /// # Errors
    /// When what was observed is not of this type.
    fn readiness(&self, live: &Observed) -> Result<Readiness> {
        Ok(live.readiness.clone())
    }
    /// See [`Resource::kept`], for inputs that hold the options of the configuration.
    ///
    /// # Errors
    /// When what was observed is not of this type.
    fn kept(&self, live: &Observed) -> Result<Option<Kept>> {
        Ok(live.kept.clone())
    }
    /// See [`Resource::refused`].
    ///
    /// # Errors
    /// When what was observed or is wanted is not of this type.
    fn refused(&self, _live: &Observed, _want: &Object) -> Result<Option<String>> {
        Ok(None)
    }
    /// See [`Resource::kept_because`].
    fn kept_because<'a>(
        &'a self,
        _aws: &'a Aws,
        _live: &'a Observed,
        kept: Kept,
    ) -> Later<'a, Kept> {
        Box::pin(async { Ok(kept) })
    }
    /// See [`Resource::alike`].
    fn alike<'a>(&'a self, _aws: &'a Aws, _want: &'a Object) -> Later<'a, Vec<Alike>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// See [`Resource::recent`].
    fn recent<'a>(&'a self, _aws: &'a Aws) -> Later<'a, Vec<Key>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// See [`Resource::key_of`].
    fn key_of(&self, _arn: &str) -> Option<Key> {
        None
    }
    /// See [`Resource::tagged`].
    fn tagged<'a>(&'a self, _aws: &'a Aws, _stack: &'a str) -> Later<'a, Vec<Tagged>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// See [`Resource::parts`].
    fn parts<'a>(&'a self, _aws: &'a Aws, _live: &'a Observed) -> Later<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// See [`Resource::clear`].
    fn clear<'a>(&'a self, _aws: &'a Aws, _live: &'a Observed) -> Later<'a, ()> {
        Box::pin(async { Ok(()) })
    }
    /// See [`Resource::shared`].
    fn shared(&self, _key: &Key) -> Option<String> {
        None
    }
    /// See [`Resource::create`].
    fn create<'a>(&'a self, aws: &'a Aws, want: &'a Object, token: &'a Token) -> Later<'a, Key>;
    /// See [`Resource::update`].
    fn update<'a>(&'a self, aws: &'a Aws, live: &'a Observed, want: &'a Object) -> Later<'a, ()>;
    /// See [`Resource::delete`].
    fn delete<'a>(&'a self, aws: &'a Aws, live: &'a Observed) -> Later<'a, ()>;
}

/// A type of data source, for the engine.
pub trait DataType: Send + Sync {
    /// Its table.
    fn spec(&self) -> &'static TypeSpec;
    /// Looks it up, or computes it; `aws` is there unless its placement is
    /// [`Local`](Placement::Local).
    fn read<'a>(
        &'a self,
        aws: Option<&'a Aws>,
        machine: &'a Machine,
        want: &'a Object,
    ) -> Later<'a, Object>;
}

/// Bridges a typed [`Resource`] to the engine. Decoding is also the proof that all is known.
pub struct ErasedResource<R>(PhantomData<fn() -> R>);

/// Bridges a typed [`DataSource`] to the engine.
pub struct ErasedData<D>(PhantomData<fn() -> D>);

/// Bridges a typed [`LocalSource`] to the engine.
pub struct ErasedLocal<D>(PhantomData<fn() -> D>);

impl<R: Resource> ErasedResource<R> {
    /// The bridge.
    pub const NEW: Self = Self(PhantomData);
}

impl<D: DataSource> ErasedData<D> {
    /// The bridge.
    pub const NEW: Self = Self(PhantomData);
}

impl<D: LocalSource> ErasedLocal<D> {
    /// The bridge.
    pub const NEW: Self = Self(PhantomData);
}

fn typed<R: Record>(object: &Object) -> Result<R, Mismatch> {
    R::decode(&Value::Object(object.clone()).revealed())
}

pub(super) fn untyped<R: Record>(record: &R) -> Object {
    match record.encode() {
        Value::Object(object) => marked(R::TABLE, object),
        _ => unreachable!("a record encodes to an object"),
    }
}

const TAGS: &str = "tags";

fn observed<R: Resource>(live: &Live<R>) -> Observed {
    let mut inputs = untyped(&live.inputs);
    let tags = R::TABLE.iter().any(|spec| spec.name == TAGS).then(|| {
        BTreeMap::<String, String>::decode(inputs.get(TAGS)).expect("tags are a map of strings")
    });
    if let Some(tags) = &tags {
        let ours = |key: &&String| !key.starts_with("drctl:");
        let users: BTreeMap<String, String> =
            tags.keys().filter(ours).map(|key| (key.clone(), tags[key].clone())).collect();
        inputs.set(TAGS, users.encode());
    }
    Observed {
        readiness: R::readiness(live),
        remarks: R::remarks(live),
        locked: R::locked(live),
        refused: None,
        kept: R::kept(live),
        outputs: untyped(&live.outputs),
        inputs,
        tags,
    }
}

fn live<R: Resource>(observed: &Observed) -> Result<Live<R>, Mismatch> {
    let mut inputs = observed.inputs.clone();
    if let Some(tags) = &observed.tags {
        inputs.set(TAGS, tags.encode());
    }
    Ok(Live { inputs: typed(&inputs)?, outputs: typed(&observed.outputs)? })
}

/// Tags are often asked for after the thing itself, which may be gone by then.
fn gone_meanwhile(error: &AwsError) -> bool {
    let of_tags = error.operation.ends_with("ListTagsForResource")
        || error.operation.ends_with("ListResourceTags")
        || error.operation.ends_with(" ListTags");
    of_tags && error.code.as_deref().is_some_and(|code| code.contains("NotFound"))
}

impl<R: Resource> ResourceType for ErasedResource<R> {
    fn spec(&self) -> &'static TypeSpec {
        const {
            &TypeSpec {
                name: R::TYPE,
                about: R::ABOUT,
                placement: R::PLACEMENT,
                identity: R::IDENTITY,
                id: R::ID,
                arn: R::ARN,
                data_bearing: R::DATA_BEARING,
                created_first: R::CREATED_FIRST,
                timeouts: R::TIMEOUTS,
                inputs: R::TABLE,
                outputs: <R::Outputs as Record>::TABLE,
                check: R::check,
                reworded: R::reworded,
            }
        }
    }
    fn retries(&self) -> &'static [Retry] {
        R::RETRIES
    }
    fn listing(&self) -> Listing {
        R::LISTING
    }
    fn list<'a>(&'a self, aws: &'a Aws, within: &'a [Key]) -> Later<'a, Vec<Key>> {
        Box::pin(R::list(aws, within))
    }
    fn busy(&self) -> &'static [Retry] {
        R::BUSY
    }
    fn read<'a>(&'a self, aws: &'a Aws, key: &'a Key) -> Later<'a, Option<Observed>> {
        Box::pin(async move {
            match R::read(aws, key).await {
                Err(Error::Aws(error)) if gone_meanwhile(&error) => Ok(None),
                found => Ok(found?.as_ref().map(observed)),
            }
        })
    }
    fn parent_tags<'a>(&'a self, aws: &'a Aws, now: &'a Observed) -> Later<'a, Option<ParentTags>> {
        Box::pin(async move { R::parent_tags(aws, &live(now)?).await })
    }
    fn readiness(&self, now: &Observed) -> Result<Readiness> {
        Ok(R::readiness(&live(now)?))
    }
    fn kept(&self, now: &Observed) -> Result<Option<Kept>> {
        Ok(R::kept(&live(now)?))
    }
    fn refused(&self, now: &Observed, want: &Object) -> Result<Option<String>> {
        Ok(R::refused(&live(now)?, &typed(want)?))
    }
    fn kept_because<'a>(&'a self, aws: &'a Aws, now: &'a Observed, kept: Kept) -> Later<'a, Kept> {
        Box::pin(async move { R::kept_because(aws, &live(now)?, kept).await })
    }
    fn alike<'a>(&'a self, aws: &'a Aws, want: &'a Object) -> Later<'a, Vec<Alike>> {
        Box::pin(R::alike(aws, want))
    }
    fn recent<'a>(&'a self, aws: &'a Aws) -> Later<'a, Vec<Key>> {
        Box::pin(R::recent(aws))
    }
    fn key_of(&self, arn: &str) -> Option<Key> {
        R::key_of(arn)
    }
    fn tagged<'a>(&'a self, aws: &'a Aws, stack: &'a str) -> Later<'a, Vec<Tagged>> {
        Box::pin(R::tagged(aws, stack))
    }
    fn parts<'a>(&'a self, aws: &'a Aws, now: &'a Observed) -> Later<'a, Vec<String>> {
        Box::pin(async move { R::parts(aws, &live(now)?).await })
    }
    fn clear<'a>(&'a self, aws: &'a Aws, now: &'a Observed) -> Later<'a, ()> {
        Box::pin(async move { R::clear(aws, &live(now)?).await })
    }
    fn shared(&self, key: &Key) -> Option<String> {
        R::shared(key)
    }
    fn create<'a>(&'a self, aws: &'a Aws, want: &'a Object, token: &'a Token) -> Later<'a, Key> {
        Box::pin(async move { R::create(aws, &typed(want)?, token).await })
    }
    fn update<'a>(&'a self, aws: &'a Aws, now: &'a Observed, want: &'a Object) -> Later<'a, ()> {
        Box::pin(async move { R::update(aws, &live(now)?, &typed(want)?).await })
    }
    fn delete<'a>(&'a self, aws: &'a Aws, now: &'a Observed) -> Later<'a, ()> {
        Box::pin(async move { R::delete(aws, &live(now)?).await })
    }
}

/// The table of a data source.
const fn data_spec<D: Record, O: Record>(
    name: &'static str,
    placement: Placement,
    id: &'static str,
) -> TypeSpec {
    TypeSpec {
        name,
        about: D::ABOUT,
        placement,
        identity: Identity::Named,
        id,
        arn: None,
        data_bearing: false,
        created_first: false,
        timeouts: Timeouts::SHORT,
        inputs: D::TABLE,
        outputs: O::TABLE,
        check: nothing_to_check,
        reworded: as_written,
    }
}

impl<D: DataSource> DataType for ErasedData<D> {
    fn spec(&self) -> &'static TypeSpec {
        const { &data_spec::<D, D::Outputs>(D::TYPE, D::PLACEMENT, D::ID) }
    }
    fn read<'a>(
        &'a self,
        aws: Option<&'a Aws>,
        _machine: &'a Machine,
        want: &'a Object,
    ) -> Later<'a, Object> {
        Box::pin(async move {
            let aws = aws.expect("the engine gives clients to what is not local");
            Ok(untyped(&D::read(aws, &typed(want)?).await?))
        })
    }
}

impl<D: LocalSource> DataType for ErasedLocal<D> {
    fn spec(&self) -> &'static TypeSpec {
        const { &data_spec::<D, D::Outputs>(D::TYPE, Placement::Local, D::ID) }
    }
    fn read<'a>(
        &'a self,
        _aws: Option<&'a Aws>,
        machine: &'a Machine,
        want: &'a Object,
    ) -> Later<'a, Object> {
        Box::pin(async move {
            let (machine, want) = (machine.clone(), typed(want)?);
            // Reading and packing files takes its time; what is asked of AWS goes on meanwhile.
            let computed = tokio::task::spawn_blocking(move || D::compute(&machine, &want)).await;
            match computed {
                Ok(told) => Ok(untyped(&told?)),
                Err(gone) => match gone.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(gone) => Err(Error::Refused(gone.to_string())),
                },
            }
        })
    }
}
