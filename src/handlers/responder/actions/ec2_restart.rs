//! `ec2_restart`: restarts instances.
use serde::Deserialize;

use crate::function::responder::actions::{Ec2Restart, RestartMethod, SsmAutomation};
use crate::handlers::responder::actions::{Action, Need, Scene};
use crate::handlers::{Error, Result};

/// A page of instances, as EC2 writes it.
#[derive(Debug, Deserialize)]
struct Page {
    #[serde(rename = "reservationSet", default)]
    reservations: List<Reservation>,
    #[serde(rename = "nextToken")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct List<T> {
    #[serde(default = "Vec::new")]
    item: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { item: Vec::new() }
    }
}

#[derive(Debug, Deserialize)]
struct Reservation {
    #[serde(rename = "instancesSet", default)]
    instances: List<Instance>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    instance_id: String,
    instance_state: State,
}

#[derive(Debug, Deserialize)]
struct State {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Rebooted {}

impl Action for Ec2Restart {
    type Found = Vec<String>;
    const REMEMBERED: bool = true;

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<Vec<String>>> {
        let found = self.find(scene).await?;
        let running: Vec<String> = found
            .iter()
            .filter(|instance| instance.instance_state.name == "running")
            .map(|instance| instance.instance_id.clone())
            .collect();
        let missing: Vec<&str> = self
            .instance_ids
            .iter()
            .map(String::as_str)
            .filter(|id| !running.iter().any(|running| running == id))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(Error::Configuration(format!("no instances that run: {missing}")));
        }
        if running.is_empty() {
            return Ok(Need::Nothing("no instance with these tags runs".to_owned()));
        }
        let what = format!("restart {} by {}", running.join(", "), self.method);
        Ok(Need::Change(what, running))
    }

    async fn act(&self, scene: &Scene<'_>, instances: Vec<String>) -> Result<String> {
        match self.method {
            RestartMethod::Reboot => {
                let ids = (1..).zip(&instances);
                let ids = ids.map(|(number, id)| (format!("InstanceId.{number}"), id.clone()));
                let Rebooted {} = scene.aws.ec2("RebootInstances", ids.collect()).await?;
                Ok(format!("rebooted {}", instances.join(", ")))
            }
            RestartMethod::Automation => {
                let role = self.automation_role_arn.iter();
                let role = role.map(|role| ("AutomationAssumeRole".to_owned(), vec![role.clone()]));
                let automation = SsmAutomation {
                    document_name: "AWS-RestartEC2Instance".to_owned(),
                    document_version: None,
                    parameters: role.chain([("InstanceId".to_owned(), instances)]).collect(),
                };
                automation.start(scene).await
            }
        }
    }
}

impl Ec2Restart {
    async fn find(&self, scene: &Scene<'_>) -> Result<Vec<Instance>> {
        let ids = (1..).zip(&self.instance_ids);
        let mut parameters: Vec<(String, String)> =
            ids.map(|(number, id)| (format!("InstanceId.{number}"), id.clone())).collect();
        for (number, (key, value)) in (1..).zip(&self.tags) {
            parameters.push((format!("Filter.{number}.Name"), format!("tag:{key}")));
            parameters.push((format!("Filter.{number}.Value.1"), value.clone()));
        }
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut parameters = parameters.clone();
            parameters.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
            let page: Page = scene.aws.ec2("DescribeInstances", parameters).await?;
            found.extend(page.reservations.item.into_iter().flat_map(|r| r.instances.item));
            match page.next_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }
}
