//! What one call tells about many, kept while a plan is read.
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::aws::{Aws, AwsError, Result};

/// Tags by ARN.
type Swept = BTreeMap<String, BTreeMap<String, String>>;
type Answer = Arc<dyn Any + Send + Sync>;
type Cell<T> = Arc<OnceCell<Result<T>>>;

/// What was answered in one scope. Each thing is asked for at most once, also if that failed: what
/// was denied once is not asked for a hundred times.
#[derive(Debug, Default)]
pub struct Batch {
    stack: Option<String>,
    answers: Mutex<HashMap<(TypeId, String), Cell<Answer>>>,
    swept: OnceCell<Result<Arc<Swept>>>,
}

impl Batch {
    /// Nothing listed yet; the sweep will ask for what is tagged as belonging to `stack`.
    pub fn new(stack: &str) -> Self {
        Self { stack: Some(stack.to_owned()), ..Self::default() }
    }

    /// Nothing listed yet; the sweep will ask for all that has tags, whosever it is.
    pub fn of_all() -> Self {
        Self::default()
    }

    /// The answer to a question: of all of its type, the one of that name.
    pub(super) async fn asked<T, F>(&self, name: &str, ask: impl FnOnce() -> F) -> Result<Arc<T>>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        let cell = {
            let mut answers = self.answers.lock().expect("no one panics while holding it");
            answers.entry((TypeId::of::<T>(), name.to_owned())).or_default().clone()
        };
        let answer = cell
            .get_or_init(|| async { ask().await.map(|answer| Arc::new(answer) as Answer) })
            .await
            .clone()?;
        Ok(answer.downcast().expect("the answer under a type's id is of that type"))
    }

    pub(super) async fn swept(&self, aws: &Aws) -> Result<Arc<Swept>> {
        self.swept
            .get_or_init(|| async { sweep(aws, self.stack.as_deref()).await.map(Arc::new) })
            .await
            .clone()
    }
}

/// Everything in the scope that is tagged as belonging to the stack, or that is tagged at all.
pub(super) async fn sweep(aws: &Aws, stack: Option<&str>) -> Result<Swept> {
    let filter = stack.map(|stack| {
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder();
        vec![filter.key("drctl:stack").values(stack).build()]
    });
    let mut pages = aws.tagging().get_resources().set_tag_filters(filter).into_paginator().send();
    let mut found = Swept::new();
    while let Some(page) = pages.next().await {
        for resource in page.map_err(AwsError::from)?.resource_tag_mapping_list.unwrap_or_default()
        {
            let tags =
                resource.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
            found.insert(resource.resource_arn.unwrap_or_default(), tags.collect());
        }
    }
    Ok(found)
}
