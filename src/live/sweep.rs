//! Finds what carries the tags of a stack, whether or not it is declared.
use crate::aws::{Aws, Failure};
use crate::plan::{ADDRESS_TAG, Answer, Ours};
use crate::resources::{Catalog, Error, Key, ResourceType, Tagged};
use crate::schema::{Placement, with_options};
use crate::value::{Object, Observed};

/// Everything of the stack in one place. `account`: also what has no Region and is not told of by
/// the tagging service.
///
/// # Errors
/// When AWS cannot be asked.
pub(super) async fn sweep(
    catalog: Catalog,
    aws: &Aws,
    stack: &str,
    account: bool,
) -> Result<Answer, Error> {
    let mut found = Vec::new();
    let mut untold = None;
    for (arn, tags) in aws.everything_owned(stack).await?.iter() {
        let (arn, tags) = (arn.clone(), tags.clone());
        let at = tags.get(ADDRESS_TAG).map(String::as_str).unwrap_or_default();
        if let Some((kind, key)) = kind_of(catalog, &arn, at) {
            found.push(Ours { spec: kind.spec(), key, arn, tags });
        }
    }
    if account {
        let global = |kind: &&&dyn ResourceType| kind.spec().placement == Placement::Global;
        for kind in catalog.resources.iter().filter(global) {
            match kind.tagged(aws, stack).await {
                Ok(all) => found.extend(all.into_iter().map(|Tagged { key, arn, tags }| Ours {
                    spec: kind.spec(),
                    key,
                    arn,
                    tags,
                })),
                Err(Error::Aws(error)) if error.failure == Failure::Denied => {
                    untold = Some(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(Answer::Swept(found, untold))
}

/// The type of what an ARN names, and its key. Where ARNs of several types look alike, the address
/// in the tags tells.
fn kind_of(catalog: Catalog, arn: &str, address: &str) -> Option<(&'static dyn ResourceType, Key)> {
    let mut all = catalog.resources.iter().filter_map(|kind| Some((*kind, kind.key_of(arn)?)));
    let is_named = |kind: &dyn ResourceType| {
        let name = kind.spec().name;
        address.starts_with(&format!("{name}.")) || address.contains(&format!(".{name}."))
    };
    all.find(|(kind, _)| is_named(*kind))
}

/// One thing that was found, as its service has it, with what keeps it from being removed.
///
/// # Errors
/// When AWS cannot be asked.
pub(super) async fn confirm(
    kind: &dyn ResourceType,
    aws: &Aws,
    key: &Key,
    want: &Object,
) -> Result<Answer, Error> {
    let Some(mut live) = kind.read(aws, key).await? else { return Ok(Answer::Resource(None)) };
    let told = Observed { inputs: with_options(kind.spec(), &live.inputs, want), ..live.clone() };
    live.kept = match kind.kept(&told)? {
        Some(kept) => Some(kind.kept_because(aws, &told, kept).await?),
        None => None,
    };
    let parts = kind.parts(aws, &live).await?;
    if !parts.is_empty() {
        live.remarks.push(format!("what is part of it goes with it: {}", parts.join(", ")));
    }
    Ok(Answer::Resource(Some((key.clone(), live))))
}
