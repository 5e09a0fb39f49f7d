//! Reads what the dashboard's widget shows.
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_sdk_rds::types::{Event, SourceType};
use futures::future::join_all;

use crate::address::Region;
use crate::aws::Aws;
use crate::function::Responder;
use crate::function::responder::Member;
use crate::function::responder::widget::{Lag, Picture, Shown};
use crate::handlers::responder::look;
use crate::handlers::{Context, Error, Result};

/// For how long back data counts as current.
const RECENT: Duration = Duration::from_mins(15);

/// Minutes for which RDS keeps events: fourteen days.
const KEPT: i32 = 20_160;

/// What a Region may take to answer: CloudWatch shows no widget that takes longer than that.
const PATIENCE: Duration = Duration::from_secs(8);

/// The better one first: the lag of users' transactions. Older versions have only the other.
const METRICS: [&str; 2] = ["AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"];

/// Reads the picture. What cannot be read is said in its place.
pub(super) async fn read(responder: &Responder, context: &Context) -> Picture {
    let aws = context.aws.within(PATIENCE);
    let global = responder.global_cluster_identifier.clone();
    match look::global(responder, &aws).await {
        Ok(Some(found)) => {
            let mut members = found.members;
            members.sort_by_key(|member| !member.writer);
            let shown = join_all(members.iter().map(|member| shown(&aws, member))).await;
            let endpoint = found.endpoint;
            Picture { global, status: Ok(found.status), endpoint, members: shown }
        }
        Ok(None) => {
            let status = Err("there is no global database of that name".to_owned());
            Picture { global, status, endpoint: None, members: Vec::new() }
        }
        Err(error) => {
            Picture { global, status: Err(error.to_string()), endpoint: None, members: Vec::new() }
        }
    }
}

async fn shown(aws: &Aws, member: &Member) -> Shown {
    let aws = aws.in_region(&Region::new(member.arn.region()));
    let cluster = member.arn.name();
    let (lag, last) = futures::join!(
        async {
            if member.writer {
                return Lag::Writer;
            }
            match lag(&aws, cluster).await {
                Ok(Some(lag)) => Lag::Milliseconds(lag),
                Ok(None) => Lag::Silent,
                Err(error) => Lag::Unreadable(error.to_string()),
            }
        },
        last(&aws, cluster),
    );
    Shown {
        region: member.arn.region().to_owned(),
        cluster: cluster.to_owned(),
        writer: member.writer,
        synchronization: member.synchronization.clone(),
        lag,
        last: last.map_err(|error| error.to_string()),
    }
}

/// How far a reader is behind, in milliseconds; `None` if nothing was reported for a while.
async fn lag(aws: &Aws, cluster: &str) -> Result<Option<f64>> {
    let now = SystemTime::now();
    let mut call = aws
        .cloudwatch()
        .get_metric_data()
        .start_time((now - RECENT).into())
        .end_time(now.into())
        .scan_by(ScanBy::TimestampDescending);
    for (number, name) in METRICS.iter().enumerate() {
        let dimension = Dimension::builder().name("DBClusterIdentifier").value(cluster).build();
        let metric = Metric::builder().namespace("AWS/RDS").metric_name(*name);
        let metric = metric.dimensions(dimension).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Maximum").build();
        let query = MetricDataQuery::builder().id(format!("m{number}")).metric_stat(stat).build();
        call = call.metric_data_queries(query);
    }
    let told = call.send().await?;
    let results = told.metric_data_results.unwrap_or_default();
    let latest = |number: usize| {
        let id = format!("m{number}");
        let result = results.iter().find(|result| result.id.as_ref() == Some(&id))?;
        result.values.as_ref()?.first().copied()
    };
    Ok((0..METRICS.len()).find_map(latest))
}

/// When and what RDS said last of the cluster's part in its global database.
async fn last(aws: &Aws, cluster: &str) -> Result<Option<(String, String)>> {
    let call = aws.rds().describe_events().source_identifier(cluster);
    let pages = call.source_type(SourceType::DbCluster).duration(KEPT).into_paginator();
    let events: Vec<Event> = pages.items().send().try_collect().await.map_err(Error::from)?;
    let about_global = |event: &&Event| {
        let categories = event.event_categories.iter().flatten();
        // Spelt with a blank or with a hyphen, depending on where one looks.
        categories.map(|category| category.replace('-', " ")).any(|c| c.contains("global"))
    };
    let latest = events.iter().filter(about_global).max_by_key(|event| event.date);
    Ok(latest.map(|event| {
        let at = event.date.map(|at| at.to_string()).unwrap_or_default();
        (at, event.message.clone().unwrap_or_default())
    }))
}
