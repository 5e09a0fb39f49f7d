//! Counts and logs every call: an interceptor in each client.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What was called, in which Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallCount {
    /// Service and operation: `RDS.DescribeDBClusters`.
    pub operation: String,
    /// Requests sent, retries among them.
    pub requests: usize,
}

/// Counts the requests that all clients send.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Meter {
    /// What was called so far and how often, by name.
    pub fn counts(&self) -> Vec<CallCount> {
        let counts = self.counts.lock().expect("no one panics while holding it");
        let count = |(operation, requests): (&String, &usize)| CallCount {
            operation: operation.clone(),
            requests: *requests,
        };
        counts.iter().map(count).collect()
    }
    /// All requests so far.
    pub fn total(&self) -> usize {
        self.counts().iter().map(|count| count.requests).sum()
    }
}

fn name(bag: &ConfigBag) -> String {
    bag.load::<Metadata>()
        .map_or_else(|| "unknown".to_owned(), |m| format!("{}.{}", m.service(), m.name()))
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "drctl::Meter"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name = name(bag);
        tracing::debug!(call = %name, uri = context.request().uri(), "request");
        *self.counts.lock().expect("no one panics while holding it").entry(name).or_default() += 1;
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let status = context.response().map(|response| response.status().as_u16());
        tracing::debug!(call = %name(bag), ?status, "answer");
        Ok(())
    }
}
