//! A function as Lambda tells it.
use std::collections::BTreeSet;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types as sdk;

use crate::aws::{Aws, AwsError, Failure};
use crate::resources::lambda::FunctionName;
use crate::resources::lambda::function::{
    DeadLetterConfig, Environment, EphemeralStorage, FileSystemConfig, ImageConfig, LambdaFunction,
    LoggingConfig, MountPath, Outputs, PackageType, SnapStart, SnapStartOn, TracingConfig,
    VpcConfig,
};
use crate::resources::lambda::package::Package;
use crate::resources::tags::Tags;
use crate::resources::{Error, Live, Result};
use crate::schema::{Arn, Given};

fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn set_of<T: ToString>(list: Option<Vec<T>>) -> BTreeSet<String> {
    list.unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// A status with AWS's reason for it.
fn because(status: &str, reason: Option<String>) -> String {
    match text(reason) {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    }
}

/// The answer is good, but a part of it could not be told.
fn withheld(code: Option<&str>, message: &str) -> Error {
    AwsError::new("lambda GetFunction", code, message, Failure::Denied).into()
}

/// The variables; none and no environment are the same to Lambda.
fn environment(has: Option<sdk::EnvironmentResponse>) -> Result<Option<Environment>> {
    let Some(has) = has else { return Ok(None) };
    if let Some(error) = has.error {
        // They are there, but their key will not open them.
        return Err(withheld(error.error_code(), error.message().unwrap_or_default()));
    }
    let variables = has.variables.unwrap_or_default();
    let some = (!variables.is_empty()).then(|| variables.into_iter().collect());
    Ok(some.map(|variables| Environment { variables }))
}

/// The network; one without subnets and groups is none.
fn network(has: sdk::VpcConfigResponse) -> Option<VpcConfig> {
    let network = VpcConfig {
        subnet_ids: set_of(has.subnet_ids),
        security_group_ids: set_of(has.security_group_ids),
        ipv6_allowed_for_dual_stack: has.ipv6_allowed_for_dual_stack,
    };
    (!network.subnet_ids.is_empty() || !network.security_group_ids.is_empty()).then_some(network)
}

/// The file system; Lambda's list takes one.
fn files(has: Option<Vec<sdk::FileSystemConfig>>) -> Result<Option<FileSystemConfig>> {
    let Some(has) = has.and_then(|list| list.into_iter().next()) else { return Ok(None) };
    Ok(Some(FileSystemConfig {
        arn: Arn::parse(has.arn)?,
        local_mount_path: MountPath::parse(has.local_mount_path)?,
    }))
}

/// What snapshots are kept of; `None` of AWS's own is none.
fn snapshots(has: sdk::SnapStartResponse) -> Result<Option<SnapStart>> {
    let on = has.apply_on.filter(|on| *on != sdk::SnapStartApplyOn::None);
    let on = on.map(|on| SnapStartOn::parse(on.as_str())).transpose()?;
    Ok(on.map(|apply_on| SnapStart { apply_on }))
}

fn logging(has: sdk::LoggingConfig) -> LoggingConfig {
    LoggingConfig {
        log_format: has.log_format.map_or_else(|| "Text".to_owned(), |format| format.to_string()),
        log_group: has.log_group,
        application_log_level: has.application_log_level.map(|level| level.to_string()),
        system_log_level: has.system_log_level.map(|level| level.to_string()),
    }
}

fn image(has: sdk::ImageConfig) -> ImageConfig {
    ImageConfig {
        command: has.command.unwrap_or_default(),
        entry_point: has.entry_point.unwrap_or_default(),
        working_directory: text(has.working_directory),
    }
}

/// What AWS tells in one call: settings, code, tags and how many calls are kept free.
pub(super) fn live(aws: &Aws, found: GetFunctionOutput) -> Result<Live<LambdaFunction>> {
    if let Some(error) = found.tags_error {
        return Err(withheld(Some(&error.error_code), &error.message));
    }
    let has = found.configuration.given("Configuration")?;
    let arn = Arn::parse(has.function_arn.given("FunctionArn")?)?;
    let sha256 = text(has.code_sha256);
    let dead_letter = text(has.dead_letter_config.and_then(|config| config.target_arn));
    let dead_letter = dead_letter.map(Arn::parse).transpose()?;
    let reserved = found.concurrency.and_then(|kept| kept.reserved_concurrent_executions);
    let state = has.state.map_or_else(|| "Active".to_owned(), |state| state.to_string());
    let last = has.last_update_status.map_or_else(|| "Successful".to_owned(), |s| s.to_string());
    let package_type = has.package_type.map_or_else(|| "Zip".to_owned(), |t| t.to_string());
    let zip = sha256.clone().filter(|_| package_type == "Zip");
    let image_config = has.image_config_response.and_then(|response| response.image_config);
    let tracing = has.tracing_config.and_then(|tracing| tracing.mode);
    Ok(Live {
        inputs: LambdaFunction {
            function_name: FunctionName::parse(&has.function_name.given("FunctionName")?)?,
            role: Arn::parse(has.role.given("Role")?)?,
            package_type: PackageType::parse(package_type)?,
            filename: zip.map(Package::Sha256),
            s3_bucket: None,
            s3_key: None,
            s3_object_version: None,
            source_code_hash: sha256.clone(),
            image_uri: found.code.and_then(|code| text(code.image_uri)),
            image_config: image_config.map(image),
            runtime: has.runtime.map(|runtime| runtime.to_string()),
            handler: text(has.handler),
            architectures: set_of(has.architectures),
            description: text(has.description),
            memory_size: has.memory_size.unwrap_or(128),
            timeout: has.timeout.unwrap_or(3),
            environment: environment(has.environment)?,
            kms_key_arn: text(has.kms_key_arn).map(Arn::parse).transpose()?,
            layers: has.layers.unwrap_or_default().into_iter().filter_map(|l| l.arn).collect(),
            vpc_config: has.vpc_config.and_then(network),
            file_system_config: files(has.file_system_configs)?,
            snap_start: has.snap_start.map_or(Ok(None), snapshots)?,
            dead_letter_config: dead_letter.map(|target_arn| DeadLetterConfig { target_arn }),
            tracing_config: tracing.map(|mode| TracingConfig { mode: mode.to_string() }),
            ephemeral_storage: has.ephemeral_storage.map(|s| EphemeralStorage { size: s.size }),
            logging_config: has.logging_config.map(logging),
            reserved_concurrent_executions: reserved.unwrap_or(-1),
            publish: false,
            tags: Tags::from_aws(found.tags.unwrap_or_default()),
        },
        outputs: Outputs {
            invoke_arn: format!(
                "arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{}/invocations",
                aws.partition(),
                aws.scope.region,
                arn.as_str()
            ),
            arn,
            code_sha256: sha256.unwrap_or_default(),
            source_code_size: has.code_size,
            last_modified: has.last_modified,
            state: because(&state, has.state_reason),
            last_update_status: because(&last, has.last_update_status_reason),
        },
    })
}
