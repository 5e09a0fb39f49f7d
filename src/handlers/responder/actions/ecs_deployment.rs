//! `ecs_deployment`: replaces the tasks of services.
use aws_sdk_ecs::types::Service;

use crate::function::responder::actions::EcsDeployment;
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};

/// How many services ECS describes in one call.
const PAGE: usize = 10;

impl Action for EcsDeployment {
    type Found = Vec<String>;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Vec<String>>> {
        let since = super::instant(&scene.occasion.at)?;
        let services: Vec<String> = self.services.iter().cloned().collect();
        let mut stale = Vec::new();
        for some in services.chunks(PAGE) {
            let call = scene.aws.ecs().describe_services().cluster(&self.cluster);
            let told = call.set_services(Some(some.to_vec())).send().await?;
            if let Some(failure) = told.failures.iter().flatten().next() {
                let (arn, reason) = (&failure.arn, &failure.reason);
                return Err(Error::Configuration(format!(
                    "{} of {} cannot be described: {}",
                    arn.as_deref().unwrap_or("a service"),
                    self.cluster,
                    reason.as_deref().unwrap_or("ECS does not say why")
                )));
            }
            let old = told.services.iter().flatten().filter(|service| began(service) < since);
            stale.extend(old.filter_map(|service| service.service_name.clone()));
        }
        if stale.is_empty() {
            return Ok(Need::Nothing("every service was deployed since then".to_owned()));
        }
        Ok(Need::Change(format!("deploy {} anew", stale.join(", ")), stale))
    }

    async fn act(&self, scene: &Scene<'_>, services: Vec<String>) -> Result<String> {
        let ecs = scene.aws.ecs();
        for service in &services {
            let call = ecs.update_service().cluster(&self.cluster).service(service);
            call.force_new_deployment(true).send().await?;
        }
        Ok(format!("new deployments of {} have begun", services.join(", ")))
    }
}

/// When the deployment began that the service runs now or is moving to; long ago if it has none.
fn began(service: &Service) -> i64 {
    let deployments = service.deployments.iter().flatten();
    let primary = deployments.filter(|deployment| deployment.status.as_deref() == Some("PRIMARY"));
    primary.filter_map(|deployment| deployment.created_at).map(|at| at.secs()).max().unwrap_or(0)
}
