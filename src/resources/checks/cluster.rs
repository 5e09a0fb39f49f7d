//! Clusters, their instances and their global database, which must fit each other.
use super::{Scene, is_set};
use crate::diagnostic::Diagnostic;

pub(super) fn check(scene: &Scene<'_>, problems: &mut Vec<Diagnostic>) {
    for cluster in scene.resources("aws_rds_cluster") {
        let engine = scene.text(&cluster.body, "engine");
        for (global, _) in scene.referred(&cluster.body, "global_cluster_identifier") {
            if global.address.type_name == "aws_rds_global_cluster"
                && let (Some((ours, span)), Some((theirs, _))) =
                    (&engine, scene.text(&global.body, "engine"))
                && *ours != theirs
            {
                let detail = format!(
                    "The cluster has the engine {ours}, its global cluster {theirs}. All members \
                     of a global database have the same."
                );
                problems.push(Diagnostic::error("Invalid engine", detail).at(span.clone()));
            }
        }
    }
    for instance in scene.resources("aws_rds_cluster_instance") {
        let Some((class, span)) = scene.text(&instance.body, "instance_class") else { continue };
        for (cluster, _) in scene.referred(&instance.body, "cluster_identifier") {
            if cluster.address.type_name != "aws_rds_cluster" {
                continue;
            }
            let global = is_set(&cluster.body, "global_cluster_identifier");
            if global && class.starts_with("db.t") {
                let detail =
                    format!("{class} is too small a class for a member of a global database.");
                let problem = Diagnostic::error("Invalid instance class", detail);
                problems.push(problem.at(span.clone()).hint("Take db.r6g.large or larger."));
            }
            let scaling = is_set(&cluster.body, "serverlessv2_scaling_configuration");
            if class == "db.serverless" && !scaling {
                let detail = format!(
                    "An instance of the class db.serverless needs its cluster {} to have a \
                     serverlessv2_scaling_configuration block.",
                    cluster.address
                );
                problems.push(Diagnostic::error("Invalid instance class", detail).at(span.clone()));
            }
        }
    }
}
