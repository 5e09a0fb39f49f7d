//! AWS for one account and Region: clients, what one listing tells about many, and failures.
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;

mod batch;
mod error;
mod http;
mod metering;
mod notes;
mod pace;
mod presign;
mod query;
mod session;

pub use batch::Batch;
pub use error::{AbsentOn, AwsError, Failure, Result};
pub use metering::{CallCount, Meter};
pub use notes::Notes;
pub(crate) use presign::Presigned;
pub use session::Sessions;

use crate::address::{Region, Scope};
use crate::config::provider::Endpoints;

/// Clients for one account and Region. There is no other way to reach AWS.
///
/// While a plan is read, calls that list whole objects are made once for all ([`listed`]); while
/// changes are made, everything is asked for anew.
///
/// [`listed`]: Self::listed
#[derive(Debug, Clone)]
pub struct Aws {
    /// The account and Region.
    pub scope: Scope,
    config: SdkConfig,
    endpoints: Option<Arc<Endpoints>>,
    batch: Option<Arc<Batch>>,
    meter: Meter,
    notes: Notes,
}

/// A client of the service, at the provider's own endpoint for it if it names one.
macro_rules! clients {
    ($( $(#[$doc:meta])* $name:ident: $service:ident, $endpoint:ident; )*) => {
        impl Aws { $(
            $(#[$doc])*
            pub fn $name(&self) -> $service::Client {
                let config = $service::config::Builder::from(&self.config)
                    .interceptor(self.meter.clone())
                    .retry_partition($service::config::retry::RetryPartition::new(
                        format!("{}-{}", self.scope, stringify!($name)),
                    ));
                let endpoint = self.endpoints.as_ref().and_then(|e| e.$endpoint.clone());
                $service::Client::from_conf(match endpoint {
                    Some(url) => config.endpoint_url(url).build(),
                    None => config.build(),
                })
            }
        )* }
    };
}

clients! {
    /// AWS Backup.
    backup: aws_sdk_backup, backup;
    /// AWS CloudTrail: who did what.
    cloudtrail: aws_sdk_cloudtrail, cloudtrail;
    /// Amazon CloudWatch: alarms and dashboards.
    cloudwatch: aws_sdk_cloudwatch, cloudwatch;
    /// Amazon ECS.
    ecs: aws_sdk_ecs, ecs;
    /// Amazon EventBridge.
    events: aws_sdk_eventbridge, events;
    /// AWS Identity and Access Management.
    iam: aws_sdk_iam, iam;
    /// AWS Key Management Service.
    kms: aws_sdk_kms, kms;
    /// AWS Lambda.
    lambda: aws_sdk_lambda, lambda;
    /// Amazon CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs, logs;
    /// AWS Organizations.
    organizations: aws_sdk_organizations, organizations;
    /// Amazon RDS and Aurora.
    rds: aws_sdk_rds, rds;
    /// Amazon Route 53.
    route53: aws_sdk_route53, route53;
    /// AWS Secrets Manager.
    secrets: aws_sdk_secretsmanager, secretsmanager;
    /// Amazon SNS.
    sns: aws_sdk_sns, sns;
    /// Amazon SQS.
    sqs: aws_sdk_sqs, sqs;
    /// AWS Systems Manager.
    ssm: aws_sdk_ssm, ssm;
    /// AWS Step Functions.
    states: aws_sdk_sfn, sfn;
    /// AWS Security Token Service.
    sts: aws_sdk_sts, sts;
    /// The tagging service.
    tagging: aws_sdk_resourcegroupstagging, resourcegroupstaggingapi;
}

impl Aws {
    /// The same account in another Region, sharing nothing that was listed.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        let scope = Scope { account: self.scope.account.clone(), region: region.clone() };
        let name = aws_types::region::Region::new(region.as_str().to_owned());
        let config = self.config.to_builder().region(name).build();
        Self { scope, config, batch: None, ..self.clone() }
    }

    /// The same clients with the short time limits of a plan: for who would rather know that a
    /// Region does not answer than wait for it.
    #[must_use]
    pub fn quick(&self) -> Self {
        let config = self.config.to_builder().timeout_config(session::READING.config()).build();
        Self { config, ..self.clone() }
    }

    /// The same clients, with no call to last longer than that.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let config = self.config.to_builder().timeout_config(session::limited(limit)).build();
        Self { config, ..self.clone() }
    }

    /// The partition, as it stands in ARNs.
    pub fn partition(&self) -> &'static str {
        self.scope.region.partition()
    }

    /// What this run has noted.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The configuration that all clients share, for a request that is signed by hand.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Another address for EC2, if the provider names one.
    pub(crate) fn ec2_endpoint(&self) -> Option<&str> {
        self.endpoints.as_ref()?.ec2.as_deref()
    }

    /// Everything of the SDK's type `T` in this scope, fetched once for the whole plan; `None`
    /// while changes are made, when each thing is to be asked for by its name.
    ///
    /// # Errors
    /// What `fetch` failed with, told to everyone who asks.
    pub async fn listed<T, F>(&self, fetch: impl FnOnce() -> F) -> Option<Result<Arc<Vec<T>>>>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<Vec<T>>>,
    {
        match &self.batch {
            Some(batch) => Some(batch.asked("", fetch).await),
            None => None,
        }
    }

    /// What several resources read the same of: the policy of a function, say, of which each
    /// permission is a part. While a plan is read it is asked for once; `name` tells it from others
    /// of its type, which is the asking module's own.
    ///
    /// # Errors
    /// What `ask` failed with, told to everyone who asks.
    pub async fn asked<T, F>(&self, name: &str, ask: impl FnOnce() -> F) -> Result<Arc<T>>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T>>,
    {
        match &self.batch {
            Some(batch) => batch.asked(name, ask).await,
            None => ask().await.map(Arc::new),
        }
    }

    /// The tags of a resource: from one sweep over everything of the stack while a plan is read,
    /// otherwise, and for what the sweep does not know, from the service itself.
    ///
    /// # Errors
    /// What `ask` failed with. That the sweep is not allowed is no error.
    pub async fn tags(
        &self,
        arn: &str,
        ask: impl Future<Output = Result<BTreeMap<String, String>>>,
    ) -> Result<BTreeMap<String, String>> {
        if let Some(batch) = &self.batch
            && let Ok(swept) = batch.swept(self).await
            && let Some(tags) = swept.get(arn)
        {
            return Ok(tags.clone());
        }
        ask.await
    }

    /// All of this stack that the tagging service knows, by ARN, with all tags. While a plan is read
    /// one sweep serves all.
    ///
    /// # Errors
    /// When the tagging service cannot be asked.
    pub async fn everything_owned(
        &self,
        stack: &str,
    ) -> Result<Arc<BTreeMap<String, BTreeMap<String, String>>>> {
        match &self.batch {
            Some(batch) => batch.swept(self).await,
            None => Ok(Arc::new(batch::sweep(self, Some(stack)).await?)),
        }
    }

    /// What of this stack the tagging service knows, by ARN, with all tags.
    ///
    /// `types` narrows it to types as that service names them: `kms:key`. While a plan is read one
    /// sweep serves all.
    ///
    /// # Errors
    /// When the tagging service cannot be asked.
    pub async fn owned(
        &self,
        stack: &str,
        types: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
        let (service, kind) = types.split_once(':').unwrap_or((types, ""));
        let of_type = |arn: &str| {
            let mut parts = arn.splitn(6, ':').skip(2);
            let resource = || parts.clone().nth(3).unwrap_or_default();
            parts.clone().next() == Some(service)
                && (kind.is_empty() || resource().split(['/', ':']).next() == Some(kind))
                && parts.next().is_some()
        };
        let all = self.everything_owned(stack).await?;
        Ok(all
            .iter()
            .filter(|(arn, _)| of_type(arn))
            .map(|(a, t)| (a.clone(), t.clone()))
            .collect())
    }
}
