//! Metrics that do not exist, and lag alarms that cannot do what they are for. CloudWatch accepts
//! an alarm on anything: one on a metric that nobody reports is silent for ever.
use super::{Scene, nested};
use crate::config::Body;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::value::{Number, Value};

/// Metrics of the services that a recovery hangs on. Of RDS there are more, of other engines.
const METRICS: &[(&str, &[&str])] = &[
    (
        "AWS/RDS",
        &[
            "ACUUtilization",
            "AbortedClients",
            "ActiveTransactions",
            "AuroraBinlogReplicaLag",
            "AuroraDMLRejectedMasterFull",
            "AuroraDMLRejectedWriterFull",
            "AuroraEstimatedSharedMemoryBytes",
            "AuroraGlobalDBDataTransferBytes",
            "AuroraGlobalDBProgressLag",
            "AuroraGlobalDBReplicatedWriteIO",
            "AuroraGlobalDBReplicationLag",
            "AuroraGlobalDBRPOLag",
            "AuroraMemoryHealthState",
            "AuroraReplicaLag",
            "AuroraReplicaLagMaximum",
            "AuroraReplicaLagMinimum",
            "AuroraVolumeBytesLeftTotal",
            "BacktrackChangeRecordsCreationRate",
            "BacktrackChangeRecordsStored",
            "BackupRetentionPeriodStorageUsed",
            "BlockedTransactions",
            "BufferCacheHitRatio",
            "BurstBalance",
            "CommitLatency",
            "CommitThroughput",
            "ConnectionAttempts",
            "CPUCreditBalance",
            "CPUCreditUsage",
            "CPUSurplusCreditBalance",
            "CPUSurplusCreditsCharged",
            "CPUUtilization",
            "DatabaseConnections",
            "DBLoad",
            "DBLoadCPU",
            "DBLoadNonCPU",
            "DBLoadRelativeToNumVCPUs",
            "DDLLatency",
            "DDLThroughput",
            "Deadlocks",
            "DeleteLatency",
            "DeleteThroughput",
            "DiskQueueDepth",
            "DMLLatency",
            "DMLThroughput",
            "EBSByteBalance%",
            "EBSIOBalance%",
            "EngineUptime",
            "FreeLocalStorage",
            "FreeStorageSpace",
            "FreeableMemory",
            "InsertLatency",
            "InsertThroughput",
            "LoginFailures",
            "MaximumUsedTransactionIDs",
            "NetworkReceiveThroughput",
            "NetworkThroughput",
            "NetworkTransmitThroughput",
            "NumBinaryLogFiles",
            "OldestReplicationSlotLag",
            "Queries",
            "RDSToAuroraPostgreSQLReplicaLag",
            "ReadIOPS",
            "ReadLatency",
            "ReadThroughput",
            "ReplicaLag",
            "ReplicationSlotDiskUsage",
            "ResultSetCacheHitRatio",
            "RollbackSegmentHistoryListLength",
            "RowLockTime",
            "SelectLatency",
            "SelectThroughput",
            "ServerlessDatabaseCapacity",
            "SnapshotStorageUsed",
            "StorageNetworkReceiveThroughput",
            "StorageNetworkThroughput",
            "StorageNetworkTransmitThroughput",
            "SumBinaryLogSize",
            "SwapUsage",
            "TempStorageIOPS",
            "TempStorageThroughput",
            "TotalBackupStorageBilled",
            "TransactionLogsDiskUsage",
            "TransactionLogsGeneration",
            "UpdateLatency",
            "UpdateThroughput",
            "VolumeBytesUsed",
            "VolumeReadIOPs",
            "VolumeWriteIOPs",
            "WriteIOPS",
            "WriteLatency",
            "WriteThroughput",
        ],
    ),
    (
        "AWS/Lambda",
        &[
            "AsyncEventAge",
            "AsyncEventsDropped",
            "AsyncEventsReceived",
            "ClaimedAccountConcurrency",
            "ConcurrentExecutions",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Duration",
            "Errors",
            "Invocations",
            "IteratorAge",
            "OffsetLag",
            "OversizedRecordCount",
            "PostRuntimeExtensionsDuration",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "ProvisionedConcurrencyUtilization",
            "ProvisionedConcurrentExecutions",
            "RecursiveInvocationsDropped",
            "SignatureValidationErrors",
            "Throttles",
            "UnreservedConcurrentExecutions",
        ],
    ),
    (
        "AWS/Events",
        &[
            "DeadLetterInvocations",
            "Events",
            "FailedInvocations",
            "IngestiontoInvocationCompleteLatency",
            "IngestionToInvocationCompleteLatency",
            "IngestiontoInvocationStartLatency",
            "IngestionToInvocationStartLatency",
            "InvocationAttempts",
            "InvocationLatency",
            "Invocations",
            "InvocationsCreated",
            "InvocationsFailedToBeSentToDlq",
            "InvocationsSentToDlq",
            "MatchedEvents",
            "PutEventsApproximateCallCount",
            "PutEventsApproximateFailedCount",
            "PutEventsApproximateSuccessCount",
            "PutEventsApproximateThrottledCount",
            "PutEventsEntriesCount",
            "PutEventsFailedEntriesCount",
            "PutEventsLatency",
            "PutEventsRequestSize",
            "PutPartnerEventsApproximateCallCount",
            "PutPartnerEventsApproximateFailedCount",
            "PutPartnerEventsApproximateSuccessCount",
            "PutPartnerEventsApproximateThrottledCount",
            "PutPartnerEventsEntriesCount",
            "PutPartnerEventsFailedEntriesCount",
            "PutPartnerEventsLatency",
            "RetryInvocationAttempts",
            "SuccessfulInvocationAttempts",
            "ThrottledRules",
            "TriggeredRules",
        ],
    ),
    (
        "AWS/Backup",
        &[
            "NumberOfBackupJobsAborted",
            "NumberOfBackupJobsCompleted",
            "NumberOfBackupJobsCreated",
            "NumberOfBackupJobsExpired",
            "NumberOfBackupJobsFailed",
            "NumberOfBackupJobsPending",
            "NumberOfBackupJobsRunning",
            "NumberOfCopyJobsCompleted",
            "NumberOfCopyJobsCreated",
            "NumberOfCopyJobsFailed",
            "NumberOfCopyJobsRunning",
            "NumberOfRecoveryPointsCold",
            "NumberOfRecoveryPointsCompleted",
            "NumberOfRecoveryPointsDeleting",
            "NumberOfRecoveryPointsExpired",
            "NumberOfRecoveryPointsPartial",
            "NumberOfRestoreJobsCompleted",
            "NumberOfRestoreJobsFailed",
            "NumberOfRestoreJobsPending",
            "NumberOfRestoreJobsRunning",
        ],
    ),
    (
        "AWS/SNS",
        &[
            "NumberOfMessagesPublished",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsFailedToRedriveToDlq",
            "NumberOfNotificationsFilteredOut",
            "NumberOfNotificationsFilteredOut-InvalidAttributes",
            "NumberOfNotificationsFilteredOut-InvalidMessageBody",
            "NumberOfNotificationsFilteredOut-MessageAttributes",
            "NumberOfNotificationsFilteredOut-MessageBody",
            "NumberOfNotificationsFilteredOut-NoMessageAttributes",
            "NumberOfNotificationsRedrivenToDlq",
            "PublishSize",
            "SMSMonthToDateSpentUSD",
            "SMSSuccessRate",
        ],
    ),
];

/// How far a secondary Region is behind, in milliseconds.
const LAGS: [&str; 3] =
    ["AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag", "AuroraGlobalDBProgressLag"];

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for alarm in scene.resources("aws_cloudwatch_metric_alarm") {
        metric(scene, &alarm.body, problems);
        lag(scene, &alarm.body, problems);
        for query in nested(&alarm.body, "metric_query") {
            for body in nested(&query.body, "metric").map(|block| &block.body) {
                metric(scene, body, problems);
            }
        }
    }
}

/// A metric that nobody reports.
fn metric(scene: &Scene<'_>, body: &Body, problems: &mut Vec<Diagnostic>) {
    let (Some((namespace, at)), Some((name, span))) =
        (scene.text(body, "namespace"), scene.text(body, "metric_name"))
    else {
        return;
    };
    let silent = "Metric without data";
    let Some((_, metrics)) = METRICS.iter().find(|(known, _)| *known == namespace) else {
        let near = nearest(&namespace, METRICS.iter().map(|(known, _)| *known));
        // One edit away is no namespace of somebody's own.
        if let Some(near) = near.filter(|near| near.eq_ignore_ascii_case(&namespace)) {
            let detail = format!("Nobody reports metrics in the namespace \"{namespace}\".");
            let problem = Diagnostic::warning(silent, detail).at(at);
            problems.push(problem.hint(format!("Did you mean \"{near}\"?")));
        }
        return;
    };
    if metrics.contains(&name.as_str()) {
        return;
    }
    let near = nearest(&name, metrics.iter().copied());
    let complete = namespace != "AWS/RDS";
    if near.is_none() && !complete {
        return;
    }
    let detail = format!(
        "{namespace} has no metric \"{name}\" as far as drctl knows, so this alarm would never have \
         data."
    );
    let problem = Diagnostic::warning(silent, detail).at(span);
    problems.push(match near {
        Some(near) => problem.hint(format!("Did you mean \"{near}\"?")),
        None => problem.hint("Names of metrics are told from capital letters to the last one."),
    });
}

/// An alarm on the lag of a global database.
fn lag(scene: &Scene<'_>, body: &Body, problems: &mut Vec<Diagnostic>) {
    let Some((name, span)) = scene.text(body, "metric_name") else { return };
    if !LAGS.contains(&name.as_str()) {
        return;
    }
    if let Some((missing, at)) = scene.text(body, "treat_missing_data")
        && missing == "breaching"
    {
        let detail = format!(
            "{name} is reported in secondary Regions only, so that with missing data taken for \
             bad this alarm is always on where the cluster is the primary."
        );
        let problem = Diagnostic::warning("Alarm that is always on", detail).at(at);
        problems.push(problem.hint(
            "Leave it at \"missing\" and let insufficient_data_actions tell, together with an \
             alarm that knows the role of the Region.",
        ));
    }
    if let Some((threshold, at)) = scene.number(body, "threshold")
        && threshold < Number::from(1000)
    {
        let detail = format!("{name} is in milliseconds: this alarm goes off at {threshold} ms.");
        let problem = Diagnostic::warning("Threshold below a second", detail).at(at);
        problems.push(problem.hint("For 60 seconds write 60000."));
    }
    dimensions(scene, body, &name, &span, problems);
}

fn dimensions(
    scene: &Scene<'_>,
    body: &Body,
    name: &str,
    span: &Span,
    problems: &mut Vec<Diagnostic>,
) {
    let names: Vec<String> = match body.arguments.get("dimensions") {
        None => Vec::new(),
        Some(argument) => match scene.evaluated(&argument.value, super::LOCALS) {
            Some(Value::Object(object) | Value::Map(object)) => object.0.into_keys().collect(),
            _ => return,
        },
    };
    if names.iter().any(|name| name == "DBClusterIdentifier") {
        return;
    }
    let detail = format!(
        "{name} is a metric of clusters: without the dimension DBClusterIdentifier this alarm never \
         has data."
    );
    let problem = Diagnostic::warning("Metric without data", detail).at(span.clone());
    problems.push(problem.hint(
        "Write dimensions = { DBClusterIdentifier = aws_rds_cluster.NAME.cluster_identifier }.",
    ));
}
