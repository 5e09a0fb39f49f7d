//! What the Describe calls of EC2 have in common: filters, pages, lists and tags.
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::attributes;
use crate::aws::{Aws, AwsError};
use crate::resources::tags::Tags;
use crate::schema::Unordered;

attributes! {
    /// A filter of EC2's.
    pub struct Filter {
        /// EC2's name of it, for example `group-name` or `tag:Name`.
        name: String,
        /// Values, of which one must match; `*` and `?` stand for any letters.
        values: BTreeSet<String>,
    }
}

/// What EC2 writes as a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    /// Its members.
    #[serde(default = "Vec::new")]
    pub(super) item: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { item: Vec::new() }
    }
}

/// A tag.
#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

impl List<Tag> {
    pub(super) fn tags(self) -> Tags {
        Tags::from_aws(self.item.into_iter().map(|tag| (tag.key, tag.value)))
    }
}

/// A page of an answer.
pub(super) trait Page: DeserializeOwned {
    /// What is listed.
    type Item;
    /// What is on this page, and how to ask for the next.
    fn split(self) -> (Vec<Self::Item>, Option<String>);
}

/// Parameters of a request: a name and a value each, as EC2 numbers them.
pub(super) type Parameters = Vec<(String, String)>;

/// Filters as EC2 numbers them: by name, by tags, and whatever else must hold.
pub(super) fn filters<'a>(
    named: impl IntoIterator<Item = (&'a str, &'a Option<String>)>,
    tags: &Tags,
    others: &Unordered<Filter>,
) -> Parameters {
    let named = named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), vec![value.as_ref()?.clone()])));
    let tagged = tags.iter().map(|(key, value)| (format!("tag:{key}"), vec![value.to_owned()]));
    let others = others
        .0
        .iter()
        .map(|Filter { name, values }| (name.clone(), values.iter().cloned().collect::<Vec<_>>()));
    let mut parameters = Parameters::new();
    for ((name, values), number) in named.chain(tagged).chain(others).zip(1..) {
        parameters.push((format!("Filter.{number}.Name"), name));
        for (value, place) in values.into_iter().zip(1..) {
            parameters.push((format!("Filter.{number}.Value.{place}"), value));
        }
    }
    parameters
}

/// All pages of a Describe call; nothing if EC2 says with this code that there is no such thing.
pub(super) async fn all<P: Page>(
    aws: &Aws,
    operation: &'static str,
    parameters: Parameters,
    absent: &str,
) -> Result<Vec<P::Item>, AwsError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut asked = parameters.clone();
        asked.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
        let page: P = match aws.ec2(operation, asked).await {
            Ok(page) => page,
            Err(error) if error.is(&[absent]) => return Ok(found),
            Err(error) => return Err(error),
        };
        let (items, next) = page.split();
        found.extend(items);
        match next.filter(|token| !token.is_empty()) {
            Some(next) => token = Some(next),
            None => return Ok(found),
        }
    }
}
