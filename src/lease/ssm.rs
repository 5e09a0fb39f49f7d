//! Leases as parameters `/drctl/STACK/lock/NUMBER`.
use std::time::Duration;

use aws_sdk_ssm::types::{Parameter, ParameterType};
use time::OffsetDateTime;

use crate::aws::{AbsentOn, Aws, AwsError, Failure, Result};
use crate::lease::{Entry, Record, Store};

/// Parameter Store of one account and Region, for one stack.
#[derive(Debug, Clone)]
pub struct Parameters {
    aws: Aws,
    path: String,
}

impl Parameters {
    /// Nothing is asked yet. Who waits for a lock would rather know that a Region does not answer.
    pub fn new(aws: &Aws, stack: &str) -> Self {
        Self { aws: aws.quick(), path: format!("/drctl/{stack}/lock") }
    }

    /// The path of the parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn name(&self, number: u64) -> String {
        format!("{}/{number}", self.path)
    }
}

fn encoded(record: &Record) -> String {
    serde_json::to_string(record).expect("a record has nothing that JSON has not")
}

/// A parameter of ours. Whatever else lies there is none.
fn entry(parameter: Parameter, now: OffsetDateTime) -> Result<Option<Entry>> {
    let Parameter { name, value, last_modified_date, .. } = parameter;
    let number = name.as_deref().and_then(|name| name.rsplit('/').next()?.parse().ok());
    let (Some(number), Some(value)) = (number, value) else { return Ok(None) };
    let record: Record = serde_json::from_str(&value).map_err(|error| {
        // To take it for free would be to guess.
        let text = format!("{} is no lease of drctl: {error}", name.unwrap_or_default());
        AwsError::new("ssm GetParametersByPath", None, &text, Failure::Refused)
    })?;
    let written = last_modified_date
        .map_or(now, |at| OffsetDateTime::from_unix_timestamp(at.secs()).unwrap_or(now));
    let age = Duration::try_from(now - written).unwrap_or_default();
    Ok(Some(Entry { number, record, age }))
}

impl Store for Parameters {
    async fn list(&self) -> Result<Vec<Entry>> {
        let list = self.aws.ssm().get_parameters_by_path().path(&self.path);
        let mut pages = list.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(AwsError::from)?;
            let now = OffsetDateTime::now_utc();
            for parameter in page.parameters.unwrap_or_default() {
                found.extend(entry(parameter, now)?);
            }
        }
        Ok(found)
    }

    async fn create(&self, number: u64, record: &Record) -> Result<bool> {
        let put = self.aws.ssm().put_parameter().name(self.name(number)).value(encoded(record));
        let put = put.r#type(ParameterType::String).overwrite(false);
        let put = put.description("Who changes what drctl looks after. Look before you delete it.");
        if put.send().await.absent_on(&["ParameterAlreadyExists"])?.is_some() {
            return Ok(true);
        }
        // The first of two tries may have made it, and its answer was lost.
        let get = self.aws.ssm().get_parameter().name(self.name(number)).send().await;
        let found = get.absent_on(&["ParameterNotFound"])?.and_then(|found| found.parameter);
        let Some(found) = found else { return Ok(false) };
        let found = entry(found, OffsetDateTime::now_utc())?;
        Ok(found.is_some_and(|found| found.record.nonce == record.nonce))
    }

    async fn write(&self, number: u64, record: &Record) -> Result<()> {
        let put = self.aws.ssm().put_parameter().name(self.name(number)).value(encoded(record));
        put.r#type(ParameterType::String).overwrite(true).send().await?;
        Ok(())
    }

    async fn delete(&self, number: u64) -> Result<()> {
        let delete = self.aws.ssm().delete_parameter().name(self.name(number)).send().await;
        delete.absent_on(&["ParameterNotFound"])?;
        Ok(())
    }
}
