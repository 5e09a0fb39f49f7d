//! `aws_lambda_function`: code that AWS runs when something happens.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types as sdk;

use crate::attributes;
use crate::aws::{AbsentOn, Aws};
use crate::resources::lambda::FunctionName;
use crate::resources::lambda::package::Package;
use crate::resources::lambda::receive;
use crate::resources::lambda::send::{self, Source, configured};
use crate::resources::tags::{TagChanges, Tags};
use crate::resources::{Key, Listing, Live, Resource, Result, Retry, Token, differing};
use crate::schema::{Arn, Timeouts};
use crate::text_type;
use crate::value::Readiness;

attributes! {
    /// A function: code that AWS runs when something happens.
    ///
    /// In a recovery it acts on events where they happen, so it belongs into every Region that may
    /// have to act, with all it needs there.
    pub struct LambdaFunction {
        /// Name of the function, unique in its account and Region.
        function_name: FunctionName => key,
        /// ARN of the role that the function acts as. Lambda must be allowed to assume it.
        role: Arn,
        /// `Zip` for an archive, `Image` for a container image.
        package_type: PackageType => default_text("Zip") | replaces,
        /// Path of a zip archive on this machine, from the directory of the configuration. AWS has
        /// the package if it has a file of the same SHA-256, whatever its name: a plan shows a
        /// changed file even without `source_code_hash`. Give this, `s3_bucket` or `image_uri`.
        filename: Option<Package> => aws_decides,
        /// Bucket with the zip archive, in the function's Region. A disaster may take the bucket
        /// along, but not a function that was made from it.
        s3_bucket: Option<String> => option,
        /// Key of the archive in `s3_bucket`. AWS does not tell where code came from: without
        /// `source_code_hash` a changed archive goes unnoticed.
        s3_key: Option<String> => option,
        /// Version of the archive in `s3_bucket`.
        s3_object_version: Option<String> => option,
        /// SHA-256 of the archive in base64, as `filebase64sha256()` and `archive_file` give it.
        /// With `filename` it is a promise: another file is not uploaded.
        source_code_hash: Option<String> => aws_decides,
        /// URI of a container image, for the package type `Image`.
        image_uri: Option<String>,
        /// What overrides the image's own entry point.
        image_config: Option<ImageConfig>,
        /// Runtime of a zip archive, for example `python3.12` or `provided.al2023`. AWS creates no
        /// functions with runtimes that it has retired.
        runtime: Option<String>,
        /// Where in the archive to begin, for example `handler.main`.
        handler: Option<String>,
        /// Processor: `x86_64`, which AWS takes when absent, or `arm64`.
        architectures: BTreeSet<String> => aws_decides,
        /// What the function is for.
        description: Option<String>,
        /// Memory in MiB, and processor time in proportion.
        memory_size: i32 => default_int(128),
        /// Seconds after which a call is cut off. AWS's 3 are short for calls to other services.
        timeout: i32 => default_int(3),
        /// Variables that the code sees.
        environment: Option<Environment>,
        /// Key that encrypts the variables. A key of AWS's own when absent.
        kms_key_arn: Option<Arn>,
        /// ARNs of layers, with their versions; where files meet, later ones win.
        layers: Vec<String>,
        /// Subnets to run in. A function that only calls AWS needs none, and outside a network it
        /// still works when the network does not.
        vpc_config: Option<VpcConfig>,
        /// A file system that the function sees as a directory; needs `vpc_config`. It is one more
        /// thing that a recovery then depends on: code and data that travel in the package do not.
        file_system_config: Option<FileSystemConfig>,
        /// Lets Lambda keep a snapshot of each published version as it is when it has started, for
        /// runtimes that start slowly. The function itself starts as before: whoever calls it must
        /// name a version, and `publish` must be on.
        snap_start: Option<SnapStart>,
        /// Where events go that the function failed on. `aws_lambda_function_event_invoke_config`
        /// tells more with each.
        dead_letter_config: Option<DeadLetterConfig>,
        /// Whether calls are traced with AWS X-Ray.
        tracing_config: Option<TracingConfig> => aws_decides,
        /// Space in `/tmp`. AWS gives 512 MiB when absent.
        ephemeral_storage: Option<EphemeralStorage> => aws_decides,
        /// How and where the function logs. AWS makes the group `/aws/lambda/` with the name of the
        /// function, which keeps everything for ever; declare the group to give it a limit.
        logging_config: Option<LoggingConfig> => aws_decides,
        /// How many calls may run at once, kept free for this function; 0 stops it, -1 keeps none.
        /// AWS refuses to go below 100 that are kept for nobody, which small accounts reach at once.
        reserved_concurrent_executions: i32 => default_int(-1),
        /// Whether new code becomes a version of its own. A change of the settings alone does not.
        publish: bool => option | default_bool(false),
        /// Tags of the function.
        tags: Tags,
    }
}

attributes! {
    /// What overrides an image's own entry point.
    pub struct ImageConfig {
        /// Arguments.
        command: Vec<String>,
        /// Program and its first arguments.
        entry_point: Vec<String>,
        /// Working directory.
        working_directory: Option<String>,
    }
}

attributes! {
    /// Variables that the code sees.
    pub struct Environment {
        /// Names and values. Whoever may read the function may read them: keep secrets elsewhere.
        variables: BTreeMap<String, String>,
    }
}

attributes! {
    /// Subnets to run in.
    pub struct VpcConfig {
        /// Ids of the subnets.
        subnet_ids: BTreeSet<String>,
        /// Ids of the security groups.
        security_group_ids: BTreeSet<String>,
        /// Whether to reach out over IPv6 from dual-stack subnets.
        ipv6_allowed_for_dual_stack: Option<bool> => aws_decides,
    }
}

attributes! {
    /// A file system that the function sees as a directory.
    pub struct FileSystemConfig {
        /// ARN of an access point of EFS in the function's Region.
        arn: Arn,
        /// The directory, which must begin with `/mnt/`.
        local_mount_path: MountPath,
    }
}

attributes! {
    /// A snapshot of each published version as it is when it has started.
    pub struct SnapStart {
        /// `PublishedVersions`.
        apply_on: SnapStartOn,
    }
}

attributes! {
    /// Where events go that the function failed on.
    pub struct DeadLetterConfig {
        /// ARN of a queue or topic.
        target_arn: Arn,
    }
}

attributes! {
    /// Whether calls are traced.
    pub struct TracingConfig {
        /// `Active` to trace a part of all calls, `PassThrough` to trace those that are already.
        mode: String,
    }
}

attributes! {
    /// Space in `/tmp`.
    pub struct EphemeralStorage {
        /// MiB, from 512 to 10240.
        size: i32 => default_int(512),
    }
}

attributes! {
    /// How and where a function logs.
    pub struct LoggingConfig {
        /// `Text` or `JSON`.
        log_format: String,
        /// Name of the log group.
        log_group: Option<String> => aws_decides,
        /// With `JSON`: what the code's own messages must be at least, for example `INFO`.
        application_log_level: Option<String> => aws_decides,
        /// With `JSON`: what Lambda's own messages must be at least, for example `WARN`.
        system_log_level: Option<String> => aws_decides,
    }
}

attributes! {
    /// What AWS tells about a function.
    pub struct Outputs {
        /// ARN of the function.
        arn: Arn,
        /// ARN by which API Gateway calls it.
        invoke_arn: String,
        /// SHA-256 of the package, in base64.
        code_sha256: String,
        /// Size of the package in bytes.
        source_code_size: i64,
        /// When it was last changed.
        last_modified: Option<String>,
        /// `Active`, `Pending`, `Inactive` when it has not been called for long, or `Failed`, with
        /// AWS's reason.
        state: String,
        /// How its last change ended: `Successful`, `InProgress` or `Failed`, with AWS's reason.
        last_update_status: String,
    }
}

text_type! {
    /// What a function's code comes as.
    pub struct PackageType, |s| matches!(s, "Zip" | "Image"), "`Zip` or `Image`";
}

text_type! {
    /// Where a function sees a file system.
    pub struct MountPath,
        |s| s.len() <= 160 && s.strip_prefix("/mnt/").is_some_and(|name| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        }),
        "a path below `/mnt`: `/mnt/` and a name of letters, digits, `-`, `_` or `.`";
}

text_type! {
    /// What snapshots are kept of; to keep none is to leave out the block.
    pub struct SnapStartOn, |s| s == "PublishedVersions", "`PublishedVersions`";
}

/// Attributes that `UpdateFunctionCode` changes.
const CODE: [&str; 4] = ["filename", "source_code_hash", "image_uri", "architectures"];
/// Attributes that calls of their own change, whatever else is going on.
const APART: [&str; 2] = ["tags", "reserved_concurrent_executions"];

impl Resource for LambdaFunction {
    type Outputs = Outputs;
    const TYPE: &'static str = "aws_lambda_function";
    const ID: &'static str = "function_name";
    const LISTING: Listing = Listing::All;
    const ARN: Option<&'static str> =
        Some("arn:{partition}:lambda:{region}:{account}:function:{function_name}");
    const TIMEOUTS: Timeouts = Timeouts::minutes(10);
    const RETRIES: &'static [Retry] = &[
        Retry { code: "InvalidParameterValueException", saying: "cannot be assumed by Lambda" },
        Retry {
            code: "InvalidParameterValueException",
            saying: "execution role does not have permissions",
        },
        Retry {
            code: "InvalidParameterValueException",
            saying: "KMS key is invalid for CreateGrant",
        },
        Retry { code: "InvalidParameterValueException", saying: "throttled by EC2" },
        Retry {
            code: "InvalidParameterValueException",
            saying: "Lambda was unable to configure access to your environment variables",
        },
        Retry { code: "ResourceConflictException", saying: "update is in progress" },
        Retry { code: "ResourceConflictException", saying: "is currently in the following state" },
        Retry { code: "ResourceConflictException", saying: "concurrent update operation" },
    ];

    async fn list(aws: &Aws, _within: &[Key]) -> Result<Vec<Key>> {
        let mut pages = aws.lambda().list_functions().into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(function) = pages.next().await {
            keys.extend(function?.function_name.map(Key::only));
        }
        Ok(keys)
    }

    async fn read(aws: &Aws, key: &Key) -> Result<Option<Live<Self>>> {
        let name = key.name()?;
        let found = aws.lambda().get_function().function_name(name).send().await;
        match found.absent_on(&["ResourceNotFoundException"])? {
            Some(found) => receive::live(aws, found).map(Some),
            None => Ok(None),
        }
    }

    async fn create(aws: &Aws, want: &Self, _token: &Token) -> Result<Key> {
        let code = sdk::FunctionCode::builder();
        let code = match send::source(want)? {
            Source::Zip(bytes) => code.zip_file(bytes.into()),
            Source::S3 { bucket, key, version } => {
                code.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.map(str::to_owned))
            }
            Source::Image(uri) => code.image_uri(uri),
        };
        let name = want.function_name.as_str();
        let create = aws
            .lambda()
            .create_function()
            .function_name(name)
            .package_type(want.package_type.as_str().into())
            .code(code.build())
            .set_architectures(send::architectures(want))
            .publish(want.publish)
            .set_tags(Some(want.tags.to_map()));
        configured!(create, want, None).send().await?;
        Ok(Key::only(name))
    }

    /// AWS takes one change of settings or code at a time, and settles in between.
    async fn update(aws: &Aws, live: &Live<Self>, want: &Self) -> Result<()> {
        let (lambda, has) = (aws.lambda(), &live.inputs);
        let name = want.function_name.as_str();
        let changed = differing(has, want);
        let arn = live.outputs.arn.as_str();
        let TagChanges { set, unset } = has.tags.changes_to(&want.tags);
        if !set.is_empty() {
            let set = set.into_iter().collect();
            lambda.tag_resource().resource(arn).set_tags(Some(set)).send().await?;
        }
        if !unset.is_empty() {
            lambda.untag_resource().resource(arn).set_tag_keys(Some(unset)).send().await?;
        }
        if changed.contains(&"reserved_concurrent_executions") {
            match want.reserved_concurrent_executions {
                ..0 => {
                    lambda.delete_function_concurrency().function_name(name).send().await?;
                }
                reserved => {
                    let put = lambda.put_function_concurrency().function_name(name);
                    put.reserved_concurrent_executions(reserved).send().await?;
                }
            }
        }
        if changed.iter().any(|name| !CODE.contains(name) && !APART.contains(name)) {
            return configure(aws, has, want).await;
        }
        if !changed.iter().any(|name| CODE.contains(name)) {
            return Ok(());
        }
        let update = lambda
            .update_function_code()
            .function_name(name)
            .set_architectures(send::architectures(want))
            .publish(want.publish);
        let update = match send::source(want)? {
            Source::Zip(bytes) => update.zip_file(bytes.into()),
            Source::S3 { bucket, key, version } => update
                .s3_bucket(bucket)
                .s3_key(key)
                .set_s3_object_version(version.map(str::to_owned)),
            Source::Image(uri) => update.image_uri(uri),
        };
        update.send().await?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Live<Self>) -> Result<()> {
        let name = live.inputs.function_name.as_str();
        let deleted = aws.lambda().delete_function().function_name(name).send().await;
        deleted.absent_on(&["ResourceNotFoundException"])?;
        Ok(())
    }

    fn readiness(live: &Live<Self>) -> Readiness {
        let Outputs { state, last_update_status, .. } = &live.outputs;
        let is = |status: &str, word: &str| status.split(':').next() == Some(word);
        if is(state, "Pending") || is(state, "Deleting") {
            Readiness::Settling(state.clone())
        } else if is(last_update_status, "InProgress") {
            Readiness::Settling(last_update_status.clone())
        } else if is(state, "Failed") {
            Readiness::Failed(state.clone())
        } else if is(last_update_status, "Failed") {
            Readiness::Failed(last_update_status.clone())
        } else {
            Readiness::Ready
        }
    }
}

async fn configure(aws: &Aws, has: &LambdaFunction, want: &LambdaFunction) -> Result<()> {
    let update = aws.lambda().update_function_configuration();
    let update = update.function_name(want.function_name.as_str());
    configured!(update, want, Some(has)).send().await?;
    Ok(())
}
