//! A wanted function as Lambda's calls take it.
use std::collections::BTreeSet;

use aws_sdk_lambda::types as sdk;

use crate::resources::lambda::function::{
    FileSystemConfig, ImageConfig, LambdaFunction, LoggingConfig, SnapStart, VpcConfig,
};
use crate::resources::{Error, Result};

/// What `CreateFunction` and `UpdateFunctionConfiguration` take alike. `None` leaves a setting as
/// it is; what the function had and is to lose is sent empty.
pub(super) struct Settings {
    pub(super) description: Option<String>,
    pub(super) environment: Option<sdk::Environment>,
    pub(super) kms_key_arn: Option<String>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) vpc_config: Option<sdk::VpcConfig>,
    pub(super) file_system_configs: Option<Vec<sdk::FileSystemConfig>>,
    pub(super) snap_start: Option<sdk::SnapStart>,
    pub(super) dead_letter_config: Option<sdk::DeadLetterConfig>,
    pub(super) tracing_config: Option<sdk::TracingConfig>,
    pub(super) ephemeral_storage: Option<sdk::EphemeralStorage>,
    pub(super) logging_config: Option<sdk::LoggingConfig>,
    pub(super) image_config: Option<sdk::ImageConfig>,
}

/// The call with the settings that are wanted, of a function that has these now. The two calls
/// that take them have no type in common.
macro_rules! configured {
    ($call:expr, $want:expr, $has:expr) => {{
        let want: &$crate::resources::lambda::function::LambdaFunction = $want;
        let $crate::resources::lambda::send::Settings {
            description,
            environment,
            kms_key_arn,
            layers,
            vpc_config,
            file_system_configs,
            snap_start,
            dead_letter_config,
            tracing_config,
            ephemeral_storage,
            logging_config,
            image_config,
        } = $crate::resources::lambda::send::settings(want, $has)?;
        $call
            .role(want.role.as_str())
            .set_runtime(want.runtime.as_deref().map(Into::into))
            .set_handler(want.handler.clone())
            .memory_size(want.memory_size)
            .timeout(want.timeout)
            .set_description(description)
            .set_environment(environment)
            .set_kms_key_arn(kms_key_arn)
            .set_layers(layers)
            .set_vpc_config(vpc_config)
            .set_file_system_configs(file_system_configs)
            .set_snap_start(snap_start)
            .set_dead_letter_config(dead_letter_config)
            .set_tracing_config(tracing_config)
            .set_ephemeral_storage(ephemeral_storage)
            .set_logging_config(logging_config)
            .set_image_config(image_config)
    }};
}
pub(super) use configured;

/// The settings that are wanted, of a function that has these now.
pub(super) fn settings(want: &LambdaFunction, has: Option<&LambdaFunction>) -> Result<Settings> {
    let had = |set: fn(&LambdaFunction) -> bool| has.is_some_and(set);
    let or_empty = |text: Option<String>, had: bool| text.or_else(|| had.then(String::new));
    let list = |set: &BTreeSet<String>| Some(set.iter().cloned().collect::<Vec<_>>());

    let variables = want.environment.as_ref().map(|environment| &environment.variables);
    let environment = sdk::Environment::builder().set_variables(Some(
        variables.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
    ));
    let vpc = match &want.vpc_config {
        Some(VpcConfig { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack }) => {
            sdk::VpcConfig::builder()
                .set_subnet_ids(list(subnet_ids))
                .set_security_group_ids(list(security_group_ids))
                .set_ipv6_allowed_for_dual_stack(*ipv6_allowed_for_dual_stack)
        }
        None => sdk::VpcConfig::builder()
            .set_subnet_ids(Some(Vec::new()))
            .set_security_group_ids(Some(Vec::new())),
    };
    let files =
        want.file_system_config.as_ref().map(|FileSystemConfig { arn, local_mount_path }| {
            sdk::FileSystemConfig::builder()
                .arn(arn.as_str())
                .local_mount_path(local_mount_path.as_str())
                .build()
        });
    let files = files.transpose()?;
    let snapshots = match &want.snap_start {
        Some(SnapStart { apply_on }) => apply_on.as_str().into(),
        None => sdk::SnapStartApplyOn::None,
    };
    let dead_letter = want.dead_letter_config.as_ref().map(|d| d.target_arn.as_str().to_owned());
    let storage = want.ephemeral_storage.as_ref();
    let storage = storage.map(|s| sdk::EphemeralStorage::builder().size(s.size).build());
    let logging = want.logging_config.as_ref().map(|logging| {
        let LoggingConfig { log_format, log_group, application_log_level, system_log_level } =
            logging;
        sdk::LoggingConfig::builder()
            .log_format(log_format.as_str().into())
            .set_log_group(log_group.clone())
            .set_application_log_level(application_log_level.as_deref().map(Into::into))
            .set_system_log_level(system_log_level.as_deref().map(Into::into))
            .build()
    });
    let image = match &want.image_config {
        Some(ImageConfig { command, entry_point, working_directory }) => {
            sdk::ImageConfig::builder()
                .set_command(Some(command.clone()))
                .set_entry_point(Some(entry_point.clone()))
                .set_working_directory(working_directory.clone())
        }
        None => sdk::ImageConfig::builder(),
    };
    Ok(Settings {
        description: or_empty(want.description.clone(), had(|f| f.description.is_some())),
        environment: (variables.is_some() || had(|f| f.environment.is_some()))
            .then(|| environment.build()),
        kms_key_arn: or_empty(
            want.kms_key_arn.as_ref().map(|arn| arn.as_str().to_owned()),
            had(|f| f.kms_key_arn.is_some()),
        ),
        layers: (!want.layers.is_empty() || had(|f| !f.layers.is_empty()))
            .then(|| want.layers.clone()),
        vpc_config: (want.vpc_config.is_some() || had(|f| f.vpc_config.is_some()))
            .then(|| vpc.build()),
        file_system_configs: (files.is_some() || had(|f| f.file_system_config.is_some()))
            .then(|| files.into_iter().collect()),
        snap_start: (want.snap_start.is_some() || had(|f| f.snap_start.is_some()))
            .then(|| sdk::SnapStart::builder().apply_on(snapshots).build()),
        dead_letter_config: or_empty(dead_letter, had(|f| f.dead_letter_config.is_some()))
            .map(|arn| sdk::DeadLetterConfig::builder().target_arn(arn).build()),
        tracing_config: want
            .tracing_config
            .as_ref()
            .map(|t| sdk::TracingConfig::builder().mode(t.mode.as_str().into()).build()),
        ephemeral_storage: storage.transpose()?,
        logging_config: logging,
        image_config: (want.image_config.is_some() || had(|f| f.image_config.is_some()))
            .then(|| image.build()),
    })
}

/// Where the code is to come from; exactly one of three.
pub(super) enum Source<'a> {
    Zip(Vec<u8>),
    S3 { bucket: &'a str, key: &'a str, version: Option<&'a str> },
    Image(&'a str),
}

/// The code that is wanted; a file is read here.
pub(super) fn source(want: &LambdaFunction) -> Result<Source<'_>> {
    let refused = |text: &str| Err(Error::Refused(text.to_owned()));
    match (&want.filename, &want.s3_bucket, &want.image_uri) {
        (Some(package), None, None) => {
            let (bytes, digest) = package.open()?;
            match &want.source_code_hash {
                Some(promised) if *promised != digest => Err(Error::Refused(format!(
                    "`source_code_hash` is {promised:?}, but the SHA-256 of the file in `filename` \
                     is {digest:?}; give the one as filebase64sha256() of the other"
                ))),
                _ => Ok(Source::Zip(bytes)),
            }
        }
        (None, Some(bucket), None) => match &want.s3_key {
            Some(key) => Ok(Source::S3 { bucket, key, version: want.s3_object_version.as_deref() }),
            None => refused("`s3_bucket` needs `s3_key` beside it"),
        },
        (None, None, Some(uri)) => Ok(Source::Image(uri)),
        _ => refused("give the code as exactly one of `filename`, `s3_bucket` and `image_uri`"),
    }
}

/// The processors; AWS chooses where none is named.
pub(super) fn architectures(want: &LambdaFunction) -> Option<Vec<sdk::Architecture>> {
    let names = want.architectures.iter().map(|name| name.as_str().into());
    (!want.architectures.is_empty()).then(|| names.collect())
}
