//! From a provider block to clients: credentials, the account behind them, time limits.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::address::{AccountId, Region, Scope};
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
        let aws = self.aws(provider, scope, None).await?;
        let identity = aws.sts().get_caller_identity().send().await?;
        let account = identity.account.unwrap_or_default();
        AccountId::parse(&account).ok_or_else(|| {
            let message = format!("AWS named {account:?} as the account, which is no account id");
            AwsError::new("sts GetCallerIdentity", None, &message, Failure::Fault)
        })
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
            .timeout_config(timeouts(batch.is_some()))
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
            .timeout_config(timeouts(false));
        if let Some(region) = &provider.region {
            loader = loader.region(aws_types::region::Region::new(region.clone()));
        } else {
            // The instance metadata service is not asked: a Region is to be said, not guessed.
            let chain = aws_config::environment::region::EnvironmentVariableRegionProvider::new();
            let profile = aws_config::profile::region::ProfileFileRegionProvider::builder();
            let profile = match &provider.profile {
                Some(name) => profile.profile_name(name),
                None => profile,
            };
            loader = loader.region(
                aws_config::meta::region::RegionProviderChain::first_try(chain)
                    .or_else(profile.build()),
            );
        }
        if let Some(profile) = &provider.profile {
            // Who names a profile means that account, whatever the environment says.
            let named = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
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

    async fn assume(
        &self,
        role: &AssumeRole,
        config: &SdkConfig,
        provider: &Provider,
    ) -> AssumeRoleProvider {
        let AssumeRole { role_arn, external_id, session_name, duration } = role;
        let sts = provider.endpoints.as_ref().and_then(|endpoints| endpoints.sts.clone());
        let config = match sts {
            Some(url) => config.to_builder().endpoint_url(url).build(),
            None => config.clone(),
        };
        let mut builder = AssumeRoleProvider::builder(role_arn.as_str())
            .configure(&config)
            .session_name(session_name.as_deref().unwrap_or("drctl"));
        if let Some(id) = external_id {
            builder = builder.external_id(id);
        }
        if let Some(length) = duration {
            builder = builder.session_length(length.duration());
        }
        builder.build().await
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

/// Time limits. A plan would rather say that a Region does not answer than wait for it.
pub(super) fn timeouts(reading: bool) -> TimeoutConfig {
    let (attempt, operation) = if reading { (6, 9) } else { (60, 180) };
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(if reading { 6 } else { 30 }))
        .operation_attempt_timeout(Duration::from_secs(attempt))
        .operation_timeout(Duration::from_secs(operation))
        .build()
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
