//! From a provider block to clients: credentials, the account behind them, time limits.
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::address::{AccountId, Region, Scope};
use crate::aws::error;
use crate::aws::http::{self, Paced};
use crate::aws::pace::Pace;
use crate::aws::{Aws, AwsError, Batch, Failure, Meter, Notes, Result};
use crate::config::provider::{AssumeRole, Provider};

/// All ways into AWS of one run: one HTTP client, one set of limits, one identity cache a provider.
#[derive(Debug)]
pub struct Sessions {
    http: SharedHttpClient,
    pace: Arc<Pace>,
    meter: Meter,
    notes: Notes,
    bases: Mutex<HashMap<String, Arc<tokio::sync::OnceCell<Result<SdkConfig>>>>>,
}

impl Sessions {
    /// No connection is made before the first call.
    pub fn new() -> Self {
        Self::over(http::client())
    }

    /// Everything goes over this client, to where it likes.
    pub fn over(http: SharedHttpClient) -> Self {
        Self {
            http,
            pace: Arc::default(),
            meter: Meter::default(),
            notes: Notes::default(),
            bases: Mutex::default(),
        }
    }

    /// What was called so far.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The Region that a provider means when it does not say: the environment's or the profile's.
    ///
    /// # Errors
    /// When neither says one.
    pub async fn region(&self, provider: &Provider) -> Result<Region> {
        let base = self.base(provider).await?;
        base.region().map(|region| Region::new(region.as_ref())).ok_or_else(|| {
            let message = "no Region is set: give the provider block a `region`, or set AWS_REGION";
            AwsError::new("configuration", None, message, Failure::Credentials)
        })
    }

    /// The account that the provider's credentials belong to.
    ///
    /// # Errors
    /// When there are no credentials, they are no longer good, or the service cannot be reached.
    pub async fn account(&self, provider: &Provider, region: &Region) -> Result<AccountId> {
        let nobody = AccountId::parse("000000000000").expect("twelve digits");
        let scope = Scope { account: nobody, region: region.clone() };
        // The credentials are the same everywhere: a Region that is gone must not take with it what
        // lives elsewhere.
        let there = Scope { region: elsewhere(region), ..scope.clone() };
        let (here, there) = (self.caller(provider, &scope), self.caller(provider, &there));
        let (account, _) = match hedged(here, there, AwsError::unanswered).await {
            Ok(caller) => caller,
            Err(error) => return Err(Box::pin(self.not_assumed(provider, &scope, error)).await),
        };
        AccountId::parse(&account).ok_or_else(|| {
            let message = format!("AWS named {account:?} as the account, which is no account id");
            AwsError::new("sts GetCallerIdentity", None, &message, Failure::Fault)
        })
    }

    /// The account and the ARN of whom the provider's credentials belong to.
    async fn caller(&self, provider: &Provider, scope: &Scope) -> Result<(String, String)> {
        let aws = self.connect(provider, scope.clone(), None, READING).await?;
        let told = aws.sts().get_caller_identity().send().await?;
        Ok((told.account.unwrap_or_default(), told.arn.unwrap_or_default()))
    }

    /// What it means that a provider with a role cannot say who it is: STS's words alone do not
    /// always tell which role, and who asked for it.
    async fn not_assumed(&self, provider: &Provider, scope: &Scope, error: AwsError) -> AwsError {
        let Some(role) = &provider.assume_role else { return error };
        let asker = Provider { assume_role: None, ..provider.clone() };
        match self.caller(&asker, scope).await {
            Ok((_, caller)) => {
                let role = role.role_arn.as_str();
                error.of(format!("{caller} cannot act as {role}"))
            }
            // Without credentials of one's own it is not about the role.
            Err(_) => error,
        }
    }

    /// Clients for one scope; with a batch, for reading a plan.
    ///
    /// # Errors
    /// When the provider's configuration cannot be loaded.
    pub async fn aws(
        &self,
        provider: &Provider,
        scope: Scope,
        batch: Option<Arc<Batch>>,
    ) -> Result<Aws> {
        let limits = if batch.is_some() { READING } else { CHANGING };
        self.connect(provider, scope, batch, limits).await
    }

    async fn connect(
        &self,
        provider: &Provider,
        scope: Scope,
        batch: Option<Arc<Batch>>,
        limits: Limits,
    ) -> Result<Aws> {
        let base = self.base(provider).await?;
        let paced = Paced {
            inner: self.http.clone(),
            pace: Arc::clone(&self.pace),
            account: scope.account.to_string(),
        };
        let config = base
            .to_builder()
            .region(aws_types::region::Region::new(scope.region.as_str().to_owned()))
            .http_client(paced)
            .timeout_config(limits.config())
            .build();
        let endpoints = provider.endpoints.clone().map(Arc::new);
        Ok(Aws {
            scope,
            config,
            endpoints,
            batch,
            meter: self.meter.clone(),
            notes: self.notes.clone(),
        })
    }

    /// The configuration of a provider, loaded once; its identity cache makes every role be
    /// assumed once, however many clients need it.
    async fn base(&self, provider: &Provider) -> Result<SdkConfig> {
        let key = format!("{provider:?}");
        let cell = {
            let mut bases = self.bases.lock().expect("no one panics while holding it");
            bases.entry(key).or_default().clone()
        };
        cell.get_or_init(|| self.load(provider)).await.clone()
    }

    async fn load(&self, provider: &Provider) -> Result<SdkConfig> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(5)
                    .with_initial_backoff(Duration::from_millis(100))
                    .with_max_backoff(Duration::from_secs(5)),
            )
            .timeout_config(READING.config())
            .identity_cache(IdentityCache::lazy().buffer_time(RENEWED_BEFORE).build());
        let region = Self::region_of(provider).await;
        loader = loader.region(region.clone());
        if let Some(profile) = &provider.profile {
            // Who names a profile means that account, whatever the environment says.
            let named = ProfileFileCredentialsProvider::builder()
                .configure(&self.around(region))
                .profile_name(profile)
                .build();
            loader = loader.profile_name(profile).credentials_provider(named);
        }
        if let (Some(key), Some(secret)) = (&provider.access_key, &provider.secret_key) {
            let token = provider.token.clone();
            loader = loader.credentials_provider(Credentials::new(
                key,
                secret,
                token,
                None,
                "provider block",
            ));
        }
        let mut config = loader.load().await;
        if let Some(role) = &provider.assume_role {
            let assumed = self.assume(role, &config, provider).await;
            config = config
                .into_builder()
                .credentials_provider(SharedCredentialsProvider::new(assumed))
                .build();
        }
        Ok(config)
    }

    /// What credentials that take calls of their own are got with: SSO, roles of profiles.
    fn around(&self, region: Option<aws_types::region::Region>) -> ProviderConfig {
        let around = ProviderConfig::without_region().with_region(region);
        around.with_http_client(self.http.clone()).with_timeout_config(READING.config())
    }

    /// The Region that is said, by the provider, the environment or the profile. The instance
    /// metadata service is not asked: a Region is to be said, not guessed.
    async fn region_of(provider: &Provider) -> Option<aws_types::region::Region> {
        if let Some(region) = &provider.region {
            return Some(aws_types::region::Region::new(region.clone()));
        }
        let chain = aws_config::environment::region::EnvironmentVariableRegionProvider::new();
        let profile = aws_config::profile::region::ProfileFileRegionProvider::builder();
        let profile = match &provider.profile {
            Some(name) => profile.profile_name(name),
            None => profile,
        };
        let chain = aws_config::meta::region::RegionProviderChain::first_try(chain);
        chain.or_else(profile.build()).region().await
    }

    async fn assume(&self, role: &AssumeRole, config: &SdkConfig, provider: &Provider) -> Assumed {
        let AssumeRole { role_arn, external_id, session_name, duration } = role;
        let sts = provider.endpoints.as_ref().and_then(|endpoints| endpoints.sts.clone());
        let config = match sts {
            Some(url) => config.to_builder().endpoint_url(url).build(),
            None => config.clone(),
        };
        let in_region = |region: Option<aws_types::region::Region>| {
            let mut builder = AssumeRoleProvider::builder(role_arn.as_str())
                .configure(&config)
                .session_name(session_name.as_deref().unwrap_or("drctl"));
            if let Some(region) = region {
                builder = builder.region(region);
            }
            if let Some(id) = external_id {
                builder = builder.external_id(id);
            }
            if let Some(length) = duration {
                builder = builder.session_length(length.duration());
            }
            builder.build()
        };
        let other = config.region().map(|region| elsewhere(&Region::new(region.as_ref())));
        let other = other.map(|region| aws_types::region::Region::new(region.as_str().to_owned()));
        Assumed { here: in_region(None).await, there: in_region(other).await }
    }
}

/// A role, assumed by the STS of the provider's Region, or of another where that does not answer.
#[derive(Debug)]
struct Assumed {
    here: AssumeRoleProvider,
    there: AssumeRoleProvider,
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let Self { here, there } = self;
        future::ProvideCredentials::new(hedged(
            here.provide_credentials(),
            there.provide_credentials(),
            error::without_answer,
        ))
    }
}

/// How long a Region may take to answer before another one is asked, too.
const HEDGE: Duration = Duration::from_secs(1);

/// What is told here; and where nobody answers, or not soon, what is told there.
async fn hedged<T, E>(
    here: impl Future<Output = Result<T, E>>,
    there: impl Future<Output = Result<T, E>>,
    silent: fn(&E) -> bool,
) -> Result<T, E> {
    let (mut here, mut there) = (std::pin::pin!(here), std::pin::pin!(there));
    match tokio::time::timeout(HEDGE, &mut here).await {
        Ok(Err(error)) if silent(&error) => return there.await.map_err(|_| error),
        Ok(told) => return told,
        Err(_) => {}
    }
    tokio::select! {
        told = &mut here => match told {
            Err(error) if silent(&error) => there.await.map_err(|_| error),
            told => told,
        },
        told = &mut there => match told {
            Ok(told) => Ok(told),
            Err(_) => here.await,
        },
    }
}

/// Another Region of the partition, which no account has switched off.
fn elsewhere(region: &Region) -> Region {
    let all = match region.partition() {
        "aws-cn" => ["cn-north-1", "cn-northwest-1"],
        "aws-us-gov" => ["us-gov-west-1", "us-gov-east-1"],
        _ => ["us-west-2", "eu-west-1"],
    };
    Region::new(all.into_iter().find(|other| *other != region.as_str()).unwrap_or(all[0]))
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

/// How long before they expire credentials are renewed, at the most: the SDK takes up to half of it
/// away, at random. What is left is longer than any one call may take.
const RENEWED_BEFORE: Duration = Duration::from_mins(8);

/// Time limits, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    connect: u64,
    attempt: u64,
    operation: u64,
}

/// A plan would rather say that a Region does not answer than wait for it: after ten seconds all is
/// known that can be.
pub(super) const READING: Limits = Limits { connect: 3, attempt: 4, operation: 8 };
/// What changes something is given time: to give up does not undo it.
const CHANGING: Limits = Limits { connect: 3, attempt: 60, operation: 180 };

impl Limits {
    pub(super) fn config(self) -> TimeoutConfig {
        let Self { connect, attempt, operation } = self;
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(connect))
            .read_timeout(Duration::from_secs(attempt.min(30)))
            .operation_attempt_timeout(Duration::from_secs(attempt))
            .operation_timeout(Duration::from_secs(operation))
            .build()
    }
}

/// Time limits of who has so much time for a call, whatever it takes.
pub(super) fn limited(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3).min(limit))
        .read_timeout(limit)
        .operation_attempt_timeout(limit)
        .operation_timeout(limit)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_is_stood_in_for() {
        type Told = Result<&'static str, &'static str>;
        async fn after(seconds: u64, told: Told) -> Told {
            let never = std::future::pending::<()>();
            // Time goes by and nothing else.
            drop(tokio::time::timeout(Duration::from_millis(seconds * 1000), never).await);
            told
        }
        let check = |here: (u64, Told), there: (u64, Told), expected: Told| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let silent = |error: &&str| *error == "silent";
            let (here, there) = (after(here.0, here.1), after(there.0, there.1));
            let told = runtime.expect("a runtime").block_on(hedged(here, there, silent));
            assert_eq!(told, expected);
        };
        check((0, Ok("here")), (0, Ok("there")), Ok("here"));
        check((0, Err("refused")), (0, Ok("there")), Err("refused"));
        check((0, Err("silent")), (0, Ok("there")), Ok("there"));
        check((0, Err("silent")), (0, Err("refused")), Err("silent"));
        check((9, Ok("here")), (0, Ok("there")), Ok("there"));
        check((2, Ok("here")), (0, Err("refused")), Ok("here"));
        check((2, Err("refused")), (9, Ok("there")), Err("refused"));
    }

    #[test]
    fn another_region_is_another_one_of_the_partition() {
        for region in ["us-east-1", "us-west-2", "cn-north-1", "us-gov-west-1", "ap-south-1"] {
            let region = Region::new(region);
            let other = elsewhere(&region);
            assert!(other != region && other.partition() == region.partition(), "{region}");
        }
    }

    #[test]
    fn credentials_outlast_every_call() {
        assert!(RENEWED_BEFORE.as_secs() / 2 > CHANGING.operation);
    }

    #[test]
    fn a_silent_region_is_known_within_ten_seconds() {
        let Limits { connect, attempt, operation } = READING;
        let all = HEDGE + Duration::from_secs(operation);
        assert!(all < Duration::from_secs(10), "who is asking, then all attempts of one operation");
        assert!(attempt * 2 <= operation && connect < attempt, "one lost packet is no silence");
    }
}
