//! Members of a global database must be able to take over from each other.
use crate::check::{Check, Ground, Later, place, text, unknown};
use crate::finding::{Finding, Verdict};
use crate::resources::{Error, rds};
use crate::schema::Arn;

pub(super) struct GlobalMembers;

const NAME: &str = "global-members";

impl Check for GlobalMembers {
    fn name(&self) -> &'static str {
        NAME
    }
    fn look<'a>(&'a self, ground: &'a Ground<'a>) -> Later<'a> {
        Box::pin(look(ground))
    }
}

/// A member, as far as it can be seen.
#[derive(Debug, Clone)]
struct Member {
    name: String,
    engine: String,
    version: String,
    instances: usize,
}

async fn look(ground: &Ground<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for global in ground.all("aws_rds_global_cluster") {
        let Some(id) = text(global.object, "global_cluster_identifier") else { continue };
        let subject = format!("global database {id}");
        let read = async {
            let aws = ground.aws(global.scope).await?;
            let Some(live) = rds::global_cluster(&aws, id).await? else { return Ok(None) };
            let mut members = Vec::new();
            for member in live.global_cluster_members() {
                let arn = Arn::parse(member.db_cluster_arn().unwrap_or_default())?;
                let scope = place(&global.scope.account, arn.region());
                let aws = ground.aws(&scope).await?;
                let Some(cluster) = rds::cluster(&aws, arn.name()).await? else { continue };
                members.push(Member {
                    name: format!("{} in {}", arn.name(), arn.region()),
                    engine: cluster.engine().unwrap_or_default().to_owned(),
                    version: cluster.engine_version().unwrap_or_default().to_owned(),
                    instances: cluster.db_cluster_members().len(),
                });
            }
            Ok::<_, Error>(Some(members))
        };
        match read.await {
            Err(error) => found.push(unknown(NAME, subject, &error)),
            // Nothing can be wrong with what is not there.
            Ok(None) => {}
            Ok(Some(members)) => found.extend(judged(&subject, &members)),
        }
    }
    found
}

fn judged(subject: &str, members: &[Member]) -> Vec<Finding> {
    let mut found = Vec::new();
    let list = |members: &[&Member]| {
        members.iter().map(|m| format!("{} ({})", m.name, m.version)).collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&Member> = members.iter().collect();
    if let Some(first) = members.first() {
        let apart = |member: &&Member| !take_over(&first.engine, &first.version, &member.version);
        if members.iter().any(|member| apart(&member)) {
            found.push(
                Finding::pass(
                    NAME,
                    subject,
                    format!("Its members cannot take over from each other: {}.", list(&all)),
                )
                .but(
                    Verdict::Fail,
                    "Upgrade them to one version: there is no switchover and no failover before.",
                ),
            );
        }
    }
    let mixed = members.iter().any(|m| poisoned(&m.version))
        && !members.iter().all(|m| poisoned(&m.version));
    if mixed {
        let (bad, _): (Vec<&Member>, Vec<&Member>) =
            members.iter().partition(|m| poisoned(&m.version));
        found.push(
            Finding::pass(
                NAME,
                subject,
                format!(
                    "Only some members have a patch that others cannot follow: {}.",
                    list(&bad)
                ),
            )
            .but(Verdict::Fail, "Upgrade all members to that patch or a newer one."),
        );
    }
    for headless in members.iter().filter(|member| member.instances == 0) {
        found.push(
            Finding::pass(NAME, subject, format!("{} has no instance.", headless.name)).but(
                Verdict::Warn,
                "It cannot take over before it has one: keep at least one reader warm.",
            ),
        );
    }
    if found.is_empty() && members.len() > 1 {
        found.push(Finding::pass(
            NAME,
            subject,
            format!("Its members can take over from each other: {}.", list(&all)),
        ));
    }
    found
}

/// Numbers of a version, as `8.0.mysql_aurora.3.04.1` or `16.6`.
fn numbers(version: &str) -> Vec<u32> {
    let own = version.rsplit("aurora.").next().unwrap_or(version);
    own.split('.').map_while(|part| part.parse().ok()).collect()
}

/// Whether a member of one version can take over from one of the other: MySQL needs the same patch,
/// PostgreSQL from these versions on the same minor one.
fn take_over(engine: &str, one: &str, other: &str) -> bool {
    let (a, b) = (numbers(one), numbers(other));
    if one == other || engine != "aurora-postgresql" {
        return one == other;
    }
    let minor = |version: &[u32]| (version.first().copied(), version.get(1).copied());
    let free = match minor(&a) {
        (Some(major), _) if major >= 15 => true,
        (Some(14), Some(minor)) => minor >= 5,
        (Some(13), Some(minor)) => minor >= 8,
        (Some(12), Some(minor)) => minor >= 12,
        (Some(11), Some(minor)) => minor >= 17,
        _ => false,
    };
    free && minor(&a) == minor(&b)
}

/// Patches of Aurora PostgreSQL from which nothing older can follow, by minor version.
const POISONED: [[u32; 3]; 16] = [
    [16, 1, 6],
    [16, 2, 4],
    [16, 3, 2],
    [16, 4, 2],
    [15, 3, 8],
    [15, 4, 9],
    [15, 5, 6],
    [15, 6, 4],
    [15, 7, 2],
    [15, 8, 2],
    [14, 8, 8],
    [14, 9, 9],
    [14, 10, 6],
    [14, 11, 4],
    [14, 12, 2],
    [14, 13, 2],
];

fn poisoned(version: &str) -> bool {
    let version = numbers(version);
    let [major, minor, patch] = version.as_slice() else { return false };
    POISONED.iter().any(|[a, b, c]| (a, b) == (major, minor) && patch >= c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_take_over() {
        let check = |engine: &str, one: &str, other: &str, expected: bool| {
            assert_eq!(take_over(engine, one, other), expected, "{engine} {one} {other}");
        };
        check("aurora-postgresql", "16.6", "16.6", true);
        check("aurora-postgresql", "16.6.1", "16.6.2", true);
        check("aurora-postgresql", "16.6", "16.7", false);
        check("aurora-postgresql", "14.4.1", "14.4.2", false);
        check("aurora-mysql", "8.0.mysql_aurora.3.04.1", "8.0.mysql_aurora.3.04.2", false);
        check("aurora-mysql", "8.0.mysql_aurora.3.04.1", "8.0.mysql_aurora.3.04.1", true);
    }

    #[test]
    fn a_patch_that_not_all_have() {
        let member = |version: &str| Member {
            name: "a".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            version: version.to_owned(),
            instances: 1,
        };
        let told = judged("g", &[member("16.4.2"), member("16.4.1")]);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].verdict, Verdict::Fail);
        assert_eq!(judged("g", &[member("16.4.2"), member("16.4.3")])[0].verdict, Verdict::Pass);
        let cold = Member { instances: 0, ..member("16.6") };
        assert_eq!(judged("g", &[cold])[0].verdict, Verdict::Warn);
    }
}
