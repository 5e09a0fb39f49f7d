//! What each kind of action is told. What is said here is the manual; what it does in AWS is
//! `handlers/responder/actions`, in a file of the same name.
//!
//! In every text of an action these words are filled in when it runs: `{region}`, `{account}` and
//! `{partition}` of the function; `{cluster}`, `{cluster_endpoint}` and `{reader_endpoint}` of the
//! member there; `{global_cluster}` and `{global_endpoint}`; `{phase}`, `{event_id}` and
//! `{event_time}`. So one configuration serves the functions of all Regions.
use std::collections::{BTreeMap, BTreeSet};

use crate::attributes;
use crate::function::responder::choice::choice;
use crate::schema::Length;

attributes! {
    /// Points a record of Route 53 to the cluster that writes now.
    ///
    /// It is idempotent: the record is looked at first, and left alone if it is right. Changes of
    /// records need Route 53's control plane, which is in us-east-1: a record that has to move when
    /// that Region is lost is better an alias under health checks, or the global writer endpoint.
    ///
    /// Needs `route53:ListResourceRecordSets` and `route53:ChangeResourceRecordSets` on the zone,
    /// and `route53:GetChange` on the changes.
    pub struct Route53Record {
        /// Id of the hosted zone.
        zone_id: String,
        /// Name of the record, in full.
        name: String,
        /// `CNAME`, or `A` or `AAAA` for an alias.
        r#type: String => default_text("CNAME"),
        /// Seconds for which resolvers keep it. For 5 AWS's own endpoints are kept; more is time
        /// for which clients go to the old writer.
        ttl: i64 => default_int(5),
        /// What the record is to say.
        value: String => default_text("{cluster_endpoint}"),
        /// Another record, to which this one becomes an alias; `value` and `ttl` then say nothing.
        /// Route 53 has no aliases to clusters: name a record of the same zone for each Region.
        alias: Option<Alias>,
        /// Makes it one of several records of the name, of which each gets its share of the clients.
        weighted: Option<Weighted>,
        /// Whether to wait until all of Route 53's servers answer with it.
        wait: bool => default_bool(true),
    }
}

attributes! {
    /// Another record, for which a record stands.
    pub struct Alias {
        /// Its name, for example `orders-{region}.example.com`.
        name: String,
        /// Id of its hosted zone: the record's own for one of the same zone.
        zone_id: String,
        /// Whether its health counts.
        evaluate_target_health: bool => default_bool(false),
    }
}

attributes! {
    /// The share of one record among several of its name.
    pub struct Weighted {
        /// What tells it from the others of the name.
        set_identifier: String => default_text("{region}"),
        /// Its weight.
        weight: i64 => default_int(100),
        /// The weight that all others of the name get in the same change. They keep theirs when absent.
        others: Option<i64>,
    }
}

attributes! {
    /// Restarts EC2 instances, so that what runs there connects anew.
    ///
    /// EC2 keeps no note of a restart that could be looked at, so it is remembered in the cluster's
    /// tags that it was done. By Systems Manager, a token made from the event makes it idempotent, too.
    ///
    /// Needs `ec2:DescribeInstances` and `ec2:RebootInstances`; by Systems Manager
    /// `ssm:StartAutomationExecution` instead, and `iam:PassRole` on the role.
    pub struct Ec2Restart {
        /// Ids of the instances.
        instance_ids: BTreeSet<String>,
        /// Tags that instances must have, all of them; those that run are restarted.
        tags: BTreeMap<String, String>,
        /// `reboot`, or `automation` for the document AWS-RestartEC2Instance of Systems Manager,
        /// which stops and starts them: onto other hardware.
        method: RestartMethod => default_text("reboot"),
        /// ARN of the role that the document runs as.
        automation_role_arn: Option<String>,
    }
}

choice! {
    /// How an instance is restarted.
    pub enum RestartMethod, "a way to restart: `reboot` or `automation`" {
        /// By EC2.
        Reboot = "reboot",
        /// By Systems Manager: stopped and started.
        Automation = "automation",
    }
}

attributes! {
    /// Replaces all tasks of ECS services by new ones, which connect anew.
    ///
    /// It is idempotent: a service of which a deployment began after the event is left alone.
    ///
    /// Needs `ecs:DescribeServices` and `ecs:UpdateService` on the services.
    pub struct EcsDeployment {
        /// Name or ARN of the ECS cluster.
        cluster: String,
        /// Names of the services.
        services: BTreeSet<String>,
    }
}

attributes! {
    /// Restarts deployments of an EKS cluster, as `kubectl rollout restart` does.
    ///
    /// It is idempotent: a deployment whose pods were restarted after the event is left alone. The
    /// function asks Kubernetes and nobody else: where it is and how to know it are told here.
    ///
    /// Needs no permission of AWS. The function's role needs an access entry of the EKS cluster, and
    /// in Kubernetes the verbs `get`, `list` and `patch` on deployments of the namespace.
    pub struct EksRestart {
        /// Name of the EKS cluster.
        cluster_name: String,
        /// Address of the Kubernetes API, as `aws_eks_cluster` tells it.
        endpoint: String,
        /// Certificate of the authority that it is known by, in base64, as `aws_eks_cluster` tells it.
        certificate_authority_data: String,
        /// The namespace.
        namespace: String => default_text("default"),
        /// Names of deployments.
        deployments: BTreeSet<String>,
        /// Labels of deployments, as `kubectl -l` takes them: `app=orders`.
        selector: Option<String>,
    }
}

attributes! {
    /// Makes the member of the Region the target of an RDS proxy.
    ///
    /// It is idempotent: a target that is registered is left alone. A proxy reaches clusters of its own
    /// Region and network only.
    ///
    /// Needs `rds:DescribeDBProxyTargets`, `rds:RegisterDBProxyTargets` and
    /// `rds:DeregisterDBProxyTargets` on the proxy, its target group and the clusters.
    pub struct RdsProxyTarget {
        /// Name of the proxy.
        proxy_name: String,
        /// Name of its target group.
        target_group_name: String => default_text("default"),
        /// Identifier of the cluster.
        cluster_identifier: String => default_text("{cluster}"),
    }
}

attributes! {
    /// Writes the endpoint of the cluster that writes now into a secret.
    ///
    /// It is idempotent: a secret that says so already is left alone. What else is in the secret stays,
    /// and nothing of it is ever logged. A replica of a secret cannot be written to: AWS says so, and
    /// the secret must be promoted first.
    ///
    /// Needs `secretsmanager:GetSecretValue` and `secretsmanager:PutSecretValue` on the secret, and
    /// `kms:Decrypt` and `kms:GenerateDataKey` on its key.
    pub struct SecretEndpoint {
        /// Name or ARN of the secret, which holds a JSON object.
        secret_id: String,
        /// Keys of the object and what they are to say, for example `host = "{cluster_endpoint}"`.
        values: BTreeMap<String, String>,
    }
}

attributes! {
    /// Writes a parameter of Systems Manager.
    ///
    /// It is idempotent: a parameter that says so already is left alone.
    ///
    /// Needs `ssm:GetParameter` and `ssm:PutParameter` on the parameter.
    pub struct SsmParameter {
        /// Name of the parameter.
        name: String,
        /// What it is to say.
        value: String => default_text("{cluster_endpoint}"),
    }
}

attributes! {
    /// Runs a command document of Systems Manager on instances.
    ///
    /// Systems Manager takes no token, so a command with this event's mark in its comment is looked for
    /// first, and what was sent is left alone.
    ///
    /// Needs `ssm:ListCommands`, and `ssm:SendCommand` on the document and the instances.
    pub struct SsmCommand {
        /// Name or ARN of the document, for example `AWS-RunShellScript`.
        document_name: String,
        /// Its version.
        document_version: Option<String>,
        /// Ids of the instances.
        instance_ids: BTreeSet<String>,
        /// Tags of instances, with the values that they may have.
        tags: BTreeMap<String, Vec<String>>,
        /// What the document is told.
        parameters: BTreeMap<String, Vec<String>>,
        /// On how many instances at once: a number or a percentage.
        max_concurrency: Option<String>,
        /// After how many failures it ends: a number or a percentage.
        max_errors: Option<String>,
    }
}

attributes! {
    /// Starts an automation document of Systems Manager.
    ///
    /// It is idempotent: the token made from the event lets AWS start it once.
    ///
    /// Needs `ssm:StartAutomationExecution` on the document, and `iam:PassRole` on the role that its
    /// parameter `AutomationAssumeRole` names.
    pub struct SsmAutomation {
        /// Name or ARN of the document.
        document_name: String,
        /// Its version.
        document_version: Option<String>,
        /// What the document is told.
        parameters: BTreeMap<String, Vec<String>>,
    }
}

attributes! {
    /// Starts an execution of a state machine of Step Functions.
    ///
    /// It is idempotent: the execution's name is made from the event, and there is one of each name.
    ///
    /// Needs `states:StartExecution` on the state machine, and `states:DescribeExecution` on its
    /// executions.
    pub struct StepFunction {
        /// ARN of the state machine, of the type `STANDARD`: an express one knows no names.
        state_machine_arn: String,
        /// What it is told, as JSON; what happened and who writes now, when absent.
        input: Option<String>,
    }
}

attributes! {
    /// Invokes another function: an action of your own.
    ///
    /// It is remembered in the cluster's tags that it was invoked. Should that fail, it is invoked
    /// again: `idempotency_key` in what it is told is the same then.
    ///
    /// Needs `lambda:InvokeFunction` on the function.
    pub struct LambdaInvoke {
        /// Name or ARN of the function.
        function_name: String,
        /// Version or alias of it.
        qualifier: Option<String>,
        /// What it is told, as JSON; what happened and who writes now, when absent.
        payload: Option<String>,
        /// Whether to wait for its answer: an error of the function is then a failure of the action.
        wait: bool => default_bool(true),
    }
}

attributes! {
    /// Posts what happened and who writes now as JSON to an HTTPS address.
    ///
    /// With a secret, the header `X-Drctl-Signature-256` is `sha256=` and the HMAC-SHA256 of the body in
    /// hexadecimal. It is remembered in the cluster's tags that it was sent. Should that fail, it is sent again, with
    /// the same header `Idempotency-Key`. Redirects are followed to HTTPS only.
    ///
    /// Needs, by where the secret is, `ssm:GetParameter` or `secretsmanager:GetSecretValue`, and
    /// `kms:Decrypt` on its key.
    pub struct Webhook {
        /// The address.
        url: String,
        /// Name of the environment variable with the secret.
        secret_variable: Option<String>,
        /// Name of the parameter of Systems Manager with the secret.
        secret_parameter: Option<String>,
        /// ARN of the secret in Secrets Manager.
        secret_arn: Option<String>,
        /// Further headers.
        headers: BTreeMap<String, String>,
        /// Certificate, in PEM, of the authority that knows the address, if no public one does.
        certificate_authority: Option<String>,
    }
}

attributes! {
    /// Publishes a message to a topic.
    ///
    /// It is remembered in the cluster's tags that it was published; a FIFO topic also gets a
    /// deduplication id.
    ///
    /// Needs `sns:Publish` on the topic, and `kms:Decrypt` and `kms:GenerateDataKey` on its key.
    pub struct SnsMessage {
        /// ARN of the topic.
        topic_arn: String,
        /// Subject of mails.
        subject: Option<String>,
        /// The message; what happened and who writes now as JSON, when absent.
        message: Option<String>,
    }
}

attributes! {
    /// Copies the snapshots that AWS takes of the old writer's volume at a failover,
    /// `rds:unplanned-global-failover-...`, to manual ones: AWS's own expire with the old cluster's
    /// backups, and what had not been replicated is nowhere else.
    ///
    /// It is idempotent: a copy that exists is left alone. It looks in the Regions of all other members,
    /// one of which may not answer yet: have it done on `resynchronised`, too.
    ///
    /// Needs `rds:DescribeDBClusterSnapshots`, `rds:CopyDBClusterSnapshot` and `rds:AddTagsToResource`
    /// on snapshots of the members, and for encrypted ones `kms:CreateGrant` and `kms:DescribeKey` on the key.
    pub struct SnapshotCopy {
        /// How names of copies begin; the name of AWS's snapshot follows.
        prefix: String => default_text("kept-"),
        /// Key for the copies, by Region; the snapshot's own when absent.
        kms_key_ids: BTreeMap<String, String>,
        /// For how long back snapshots are copied.
        younger_than: Length => default_text("168h"),
    }
}
