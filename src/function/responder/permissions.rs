//! The least that a function needs to be allowed for its configuration.
use serde_json::{Value as Json, json};

use crate::address::{AccountId, Region, Scope};
use crate::function::responder::actions::RestartMethod;
use crate::function::responder::{Responder, Step, fill_text};
use crate::schema::Arn;

/// Calls, and what they may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Actions of IAM.
    pub actions: Vec<&'static str>,
    /// ARNs, with `*` where the configuration does not say more.
    pub resources: Vec<String>,
}

impl Responder {
    /// A policy for the role of the function in that account and Region: what it looks at and what
    /// its actions need. Not in it are its own log, and keys of KMS, whose names are not known here.
    pub fn policy(&self, here: &Scope) -> Json {
        policy(self.permissions(here))
    }

    /// The same for one role that the functions in the Regions of all members share.
    pub fn policy_of_all(&self) -> Json {
        let scope = |arn: &Arn| {
            let account = AccountId::parse(arn.account())?;
            Some(Scope { account, region: Region::new(arn.region()) })
        };
        let scopes = self.member_cluster_arns.iter().filter_map(scope);
        policy(scopes.flat_map(|here| self.permissions(&here)))
    }

    fn permissions(&self, here: &Scope) -> Vec<Permission> {
        let mut permissions = self.reading(here);
        permissions.extend(self.action.iter().flat_map(|step| step.permissions(self, here)));
        if let Some(topic) = &self.summary_topic_arn {
            permissions.push(allow(&["sns:Publish"], [place(topic, here)]));
        }
        permissions
    }

    fn reading(&self, here: &Scope) -> Vec<Permission> {
        let (partition, account) = (here.region.partition(), here.account.as_str());
        let global = &self.global_cluster_identifier;
        let members: Vec<String> =
            self.member_cluster_arns.iter().map(|arn| arn.as_str().to_owned()).collect();
        let mut reading = vec![
            allow(
                &["rds:DescribeGlobalClusters"],
                [format!("arn:{partition}:rds::{account}:global-cluster:{global}")],
            ),
            allow(&["rds:DescribeDBClusters"], members.clone()),
            // For the dashboard: neither can be limited.
            allow(&["cloudwatch:GetMetricData", "rds:DescribeEvents"], ["*".to_owned()]),
        ];
        if self.remember {
            reading.push(allow(&["rds:AddTagsToResource"], members));
        }
        reading
    }
}

/// What allows all of this, each thing once.
fn policy(permissions: impl IntoIterator<Item = Permission>) -> Json {
    let mut statements: Vec<Json> = Vec::new();
    for Permission { actions, resources } in permissions {
        let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

impl Step {
    fn permissions(&self, responder: &Responder, here: &Scope) -> Vec<Permission> {
        let partition = here.region.partition();
        let account = here.account.as_str();
        let region = self.region.clone().unwrap_or_else(|| here.region.as_str().to_owned());
        let own = |service: &str, resource: &str| {
            let resource = place(resource, here);
            format!("arn:{partition}:{service}:{region}:{account}:{resource}")
        };
        let named = |service: &str, kind: &str, name: &str| {
            let name = place(name, here);
            if name.starts_with("arn:") { name } else { own(service, &format!("{kind}{name}")) }
        };
        let any = || ["*".to_owned()];
        let mut all = Vec::new();
        if let Some(record) = &self.route53_record {
            let zone =
                format!("arn:{partition}:route53:::hostedzone/{}", place(&record.zone_id, here));
            let calls = ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"];
            all.push(allow(&calls, [zone]));
            let changes = format!("arn:{partition}:route53:::change/*");
            all.push(allow(&["route53:GetChange"], [changes]));
        }
        if let Some(restart) = &self.ec2_restart {
            let instances: Vec<String> = if restart.instance_ids.is_empty() {
                vec![own("ec2", "instance/*")]
            } else {
                restart
                    .instance_ids
                    .iter()
                    .map(|id| own("ec2", &format!("instance/{id}")))
                    .collect()
            };
            all.push(allow(&["ec2:DescribeInstances"], any()));
            match restart.method {
                RestartMethod::Reboot => all.push(allow(&["ec2:RebootInstances"], instances)),
                RestartMethod::Automation => {
                    all.push(allow(
                        &["ssm:StartAutomationExecution"],
                        automation(&region, partition, "AWS-RestartEC2Instance"),
                    ));
                    match &restart.automation_role_arn {
                        Some(role) => all.push(allow(&["iam:PassRole"], [place(role, here)])),
                        // Without a role, the document acts as the function.
                        None => all.push(allow(
                            &[
                                "ec2:StartInstances",
                                "ec2:StopInstances",
                                "ec2:DescribeInstanceStatus",
                            ],
                            any(),
                        )),
                    }
                }
            }
        }
        if let Some(ecs) = &self.ecs_deployment {
            let cluster = place(&ecs.cluster, here);
            let cluster = cluster.rsplit('/').next().unwrap_or_default().to_owned();
            let services: Vec<String> = ecs
                .services
                .iter()
                .map(|service| own("ecs", &format!("service/{cluster}/{service}")))
                .collect();
            all.push(allow(&["ecs:DescribeServices", "ecs:UpdateService"], services));
        }
        if let Some(proxy) = &self.rds_proxy_target {
            // AWS mints the ARNs of proxies and target groups.
            let cluster = own("rds", &format!("cluster:{}", proxy.cluster_identifier));
            let cluster = match responder.member(here) {
                Some(own) if proxy.cluster_identifier == "{cluster}" => own.as_str().to_owned(),
                _ => cluster,
            };
            all.push(allow(
                &[
                    "rds:DescribeDBProxyTargets",
                    "rds:RegisterDBProxyTargets",
                    "rds:DeregisterDBProxyTargets",
                ],
                [own("rds", "db-proxy:*"), own("rds", "target-group:*"), cluster],
            ));
        }
        if let Some(secret) = &self.secret_endpoint {
            let secret = secret_arn(&named("secretsmanager", "secret:", &secret.secret_id));
            let calls = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"];
            all.push(allow(&calls, [secret]));
        }
        if let Some(parameter) = &self.ssm_parameter {
            let name = parameter.name.trim_start_matches('/');
            all.push(allow(
                &["ssm:GetParameter", "ssm:PutParameter"],
                [named("ssm", "parameter/", name)],
            ));
        }
        if let Some(command) = &self.ssm_command {
            let mut resources =
                vec![document(&region, partition, account, &place(&command.document_name, here))];
            if command.instance_ids.is_empty() {
                resources.push(own("ec2", "instance/*"));
            }
            resources.extend(
                command.instance_ids.iter().map(|id| own("ec2", &format!("instance/{id}"))),
            );
            all.push(allow(&["ssm:SendCommand"], resources));
            all.push(allow(&["ssm:ListCommands"], any()));
        }
        if let Some(automation_) = &self.ssm_automation {
            let name = place(&automation_.document_name, here);
            let resources = if name.starts_with("AWS-") {
                automation(&region, partition, &name)
            } else {
                vec![named("ssm", "automation-definition/", &format!("{name}:*"))]
            };
            all.push(allow(&["ssm:StartAutomationExecution"], resources));
            let roles = automation_.parameters.get("AutomationAssumeRole");
            for role in roles.into_iter().flatten() {
                all.push(allow(&["iam:PassRole"], [place(role, here)]));
            }
        }
        if let Some(machine) = &self.step_function {
            let machine = place(&machine.state_machine_arn, here);
            let executions = format!("{}:*", machine.replacen(":stateMachine:", ":execution:", 1));
            all.push(allow(&["states:StartExecution"], [machine]));
            all.push(allow(&["states:DescribeExecution"], [executions]));
        }
        if let Some(function) = &self.lambda_invoke {
            let arn = named("lambda", "function:", &function.function_name);
            let arn = match &function.qualifier {
                Some(qualifier) => format!("{arn}:{qualifier}"),
                None => arn,
            };
            all.push(allow(&["lambda:InvokeFunction"], [arn]));
        }
        if let Some(webhook) = &self.webhook {
            if let Some(name) = &webhook.secret_parameter {
                let name = name.trim_start_matches('/');
                all.push(allow(&["ssm:GetParameter"], [named("ssm", "parameter/", name)]));
            }
            if let Some(secret) = &webhook.secret_arn {
                all.push(allow(&["secretsmanager:GetSecretValue"], [place(secret, here)]));
            }
        }
        if let Some(message) = &self.sns_message {
            all.push(allow(&["sns:Publish"], [place(&message.topic_arn, here)]));
        }
        if let Some(copy) = &self.snapshot_copy {
            let others = responder.member_cluster_arns.iter();
            let mut resources = Vec::new();
            for member in others {
                let (region, name) = (member.region(), member.name());
                let snapshot = format!("arn:{partition}:rds:{region}:{account}:cluster-snapshot:");
                resources.push(member.as_str().to_owned());
                resources.push(format!("{snapshot}rds:unplanned-global-failover-{name}-*"));
                resources.push(format!("{snapshot}{}*", place(&copy.prefix, here)));
            }
            let calls = [
                "rds:DescribeDBClusterSnapshots",
                "rds:CopyDBClusterSnapshot",
                "rds:AddTagsToResource",
            ];
            all.push(allow(&calls, resources));
        }
        all
    }
}

fn allow(actions: &[&'static str], resources: impl IntoIterator<Item = String>) -> Permission {
    Permission { actions: actions.to_vec(), resources: resources.into_iter().collect() }
}

/// The text with what is known of the place; other words may be anything.
fn place(text: &str, here: &Scope) -> String {
    let star = || Some("*".to_owned());
    let words = [
        ("region", Some(here.region.as_str().to_owned())),
        ("account", Some(here.account.as_str().to_owned())),
        ("partition", Some(here.region.partition().to_owned())),
        ("cluster", star()),
        ("cluster_endpoint", star()),
        ("reader_endpoint", star()),
        ("global_cluster", star()),
        ("global_endpoint", star()),
        ("phase", star()),
        ("event_id", star()),
        ("event_time", star()),
    ];
    fill_text(text, &words).expect("every word has a value")
}

/// A secret's ARN ends in six letters that AWS adds.
fn secret_arn(arn: &str) -> String {
    let minted = arn.rsplit('-').next().is_some_and(|end| end.len() == 6);
    if minted { arn.to_owned() } else { format!("{arn}-??????") }
}

fn automation(region: &str, partition: &str, name: &str) -> Vec<String> {
    vec![format!("arn:{partition}:ssm:{region}::automation-definition/{name}:*")]
}

fn document(region: &str, partition: &str, account: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    let owner = if name.starts_with("AWS-") { "" } else { account };
    format!("arn:{partition}:ssm:{region}:{owner}:document/{name}")
}
