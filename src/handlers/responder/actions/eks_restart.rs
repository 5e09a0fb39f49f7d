//! `eks_restart`: restarts deployments of Kubernetes, as `kubectl rollout restart` does.
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::config::AuthInfo;
use kube::{Client, Config, ResourceExt};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::aws::{Aws, Presigned};
use crate::function::responder::actions::EksRestart;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};

/// What `kubectl rollout restart` writes to the pods' template.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// How long a token is good for before it is used; Kubernetes keeps it for a quarter of an hour.
const TOKEN_LASTS: Duration = Duration::from_mins(1);

impl Action for EksRestart {
    type Found = (Api<Deployment>, Vec<String>);

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Self::Found>> {
        let since = super::instant(&scene.occasion.at)?;
        let api: Api<Deployment> = Api::namespaced(self.client(scene).await?, &self.namespace);
        let mut stale = Vec::new();
        for deployment in self.deployments(&api).await? {
            if restarted(&deployment).is_none_or(|at| at < since) {
                stale.push(deployment.name_any());
            }
        }
        if stale.is_empty() {
            return Ok(Need::Nothing("every deployment was restarted since then".to_owned()));
        }
        let what = format!("restart {} in {}", stale.join(", "), self.namespace);
        Ok(Need::Change(what, (api, stale)))
    }

    async fn act(&self, scene: &Scene<'_>, found: Self::Found) -> Result<String> {
        let (api, stale) = found;
        // Not before the event, however the two clocks go.
        let since = OffsetDateTime::parse(&scene.occasion.at, &Rfc3339).ok();
        let now = since.map_or_else(OffsetDateTime::now_utc, |s| s.max(OffsetDateTime::now_utc()));
        let now = now.format(&Rfc3339).map_err(|error| Error::Failed(error.to_string()))?;
        let annotations = json!({ RESTARTED: now });
        let patch =
            json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } });
        for name in &stale {
            let patched = api.patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await;
            patched.map_err(|error| refused(&format!("deployment {name}"), &error))?;
        }
        Ok(format!("restarted {}", stale.join(", ")))
    }
}

impl EksRestart {
    async fn deployments(&self, api: &Api<Deployment>) -> Result<Vec<Deployment>> {
        if let Some(selector) = &self.selector {
            let listed = api.list(&ListParams::default().labels(selector)).await;
            return Ok(listed.map_err(|error| refused("deployments", &error))?.items);
        }
        let mut found = Vec::new();
        for name in &self.deployments {
            let deployment = api.get(name).await;
            found.push(deployment.map_err(|error| refused(&format!("deployment {name}"), &error))?);
        }
        Ok(found)
    }

    async fn client(&self, scene: &Scene<'_>) -> Result<Client> {
        let wrong = |what: &str, why: String| Error::Configuration(format!("`{what}`: {why}"));
        let endpoint = self.endpoint.parse().map_err(|error| {
            wrong("endpoint", format!("{:?} is no address: {error}", self.endpoint))
        })?;
        let authority = STANDARD
            .decode(self.certificate_authority_data.trim())
            .map_err(|error| wrong("certificate_authority_data", error.to_string()))?;
        let certificates = certificates(&authority)
            .ok_or_else(|| wrong("certificate_authority_data", "it holds no certificate".into()))?;
        let token = token(&scene.aws, &self.cluster_name).await?;
        let mut config = Config::new(endpoint);
        config.root_cert = Some(certificates);
        config.auth_info = AuthInfo { token: Some(token.into()), ..AuthInfo::default() };
        Client::try_from(config).map_err(|error| Error::Configuration(error.to_string()))
    }
}

/// The token by which EKS knows a role: a request to STS that only EKS can use.
async fn token(aws: &Aws, cluster: &str) -> Result<String> {
    let url = aws
        .presigned(Presigned {
            operation: "sts GetCallerIdentity",
            service: "sts",
            region: aws.scope.region.as_str(),
            parameters: &[("Action", Some("GetCallerIdentity")), ("Version", Some("2011-06-15"))],
            headers: &[("x-k8s-aws-id", cluster)],
            lasts: TOKEN_LASTS,
        })
        .await?;
    Ok(format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url)))
}

/// The certificates of a PEM file, in DER.
fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = std::str::from_utf8(pem).ok()?;
    let mut found = Vec::new();
    for part in text.split("-----BEGIN CERTIFICATE-----").skip(1) {
        let body = part.split("-----END CERTIFICATE-----").next()?;
        let body: String = body.split_whitespace().collect();
        found.push(STANDARD.decode(body).ok()?);
    }
    (!found.is_empty()).then_some(found)
}

/// When the pods were restarted last, in seconds.
fn restarted(deployment: &Deployment) -> Option<i64> {
    let template = &deployment.spec.as_ref()?.template;
    let at = template.metadata.as_ref()?.annotations.as_ref()?.get(RESTARTED)?;
    Some(OffsetDateTime::parse(at, &Rfc3339).ok()?.unix_timestamp())
}

/// Why Kubernetes did not do it: what it will never do is no failure that may pass.
fn refused(what: &str, error: &kube::Error) -> Error {
    match error {
        kube::Error::Api(answer) if (400..500).contains(&answer.code) && answer.code != 429 => {
            Error::Configuration(format!(
                "{what}: Kubernetes answered {}: {}",
                answer.code, answer.message
            ))
        }
        other => {
            let mut causes = vec![other.to_string()];
            let mut next = std::error::Error::source(other);
            while let Some(cause) = next {
                causes.push(cause.to_string());
                next = cause.source();
            }
            Error::Failed(format!("{what}: {}", causes.join(": ")))
        }
    }
}
