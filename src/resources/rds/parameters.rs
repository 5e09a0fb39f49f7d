//! What both sorts of parameter groups share: reading, setting and resetting parameters.
use std::collections::BTreeMap;

use aws_sdk_rds::types;

use crate::attributes;
use crate::aws::Aws;
use crate::resources::Result;
use crate::schema::{Attribute, Kind, LowerName, Mismatch, Unordered};
use crate::value::Value;

attributes! {
    /// A parameter of the engine that differs from its default.
    pub struct Parameter {
        /// Name of the parameter. AWS keeps it in lower case.
        name: LowerName,
        /// Its value, as a string.
        value: ParameterValue,
        /// `immediate` or `pending-reboot`. Best left out: dynamic parameters are then changed at
        /// once and static ones with the next restart, which is all that AWS can do. AWS does not
        /// hold it, so it is not compared.
        apply_method: Option<String> => option,
    }
}

/// Value of a parameter. AWS may answer with other capitals and without the spaces of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterValue(String);

impl ParameterValue {
    /// The value.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    fn plain(&self) -> String {
        let parts: Vec<&str> = self.0.split(',').map(str::trim).collect();
        parts.join(",").to_lowercase()
    }
}

impl Attribute for ParameterValue {
    const KIND: Kind = Kind::Text;
    fn decode(value: &Value) -> Result<Self, Mismatch> {
        String::decode(value).map(Self)
    }
    fn encode(&self) -> Value {
        Value::text(&self.0)
    }
    fn same(live: &Self, want: &Self) -> bool {
        live.plain() == want.plain()
    }
}

/// The two sorts of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group<'a> {
    /// For a cluster.
    Cluster(&'a str),
    /// For an instance.
    Instance(&'a str),
}

/// How many parameters AWS takes in one call.
const AT_ONCE: usize = 20;

/// Steps from one set of parameters to another.
#[derive(Debug, PartialEq)]
struct Steps {
    set: Vec<Parameter>,
    reset: Vec<LowerName>,
}

fn steps(live: &[Parameter], want: &[Parameter]) -> Steps {
    let named = |name: &LowerName| live.iter().find(|parameter| parameter.name == *name);
    let differs = |want: &&Parameter| {
        named(&want.name).is_none_or(|live| !ParameterValue::same(&live.value, &want.value))
    };
    let mut set: Vec<Parameter> = want.iter().filter(differs).cloned().collect();
    // A collation is checked against the character set that is there by then.
    set.sort_by_key(|parameter| !parameter.name.as_str().starts_with("character_set"));
    let gone = |live: &&Parameter| !want.iter().any(|want| want.name == live.name);
    Steps { set, reset: live.iter().filter(gone).map(|live| live.name.clone()).collect() }
}

impl Group<'_> {
    /// The parameters that were changed from their defaults, by name.
    pub(super) async fn changed(self, aws: &Aws) -> Result<Unordered<Parameter>> {
        let rds = aws.rds();
        let found: Vec<types::Parameter> = match self {
            Self::Cluster(name) => {
                let call = rds.describe_db_cluster_parameters();
                let call = call.db_cluster_parameter_group_name(name).source("user");
                call.into_paginator().items().send().try_collect().await?
            }
            Self::Instance(name) => {
                let call = rds.describe_db_parameters();
                let call = call.db_parameter_group_name(name).source("user");
                call.into_paginator().items().send().try_collect().await?
            }
        };
        let parameter = |found: types::Parameter| {
            Some(Parameter {
                name: LowerName::new(found.parameter_name?),
                value: ParameterValue::new(found.parameter_value?),
                apply_method: None,
            })
        };
        let mut parameters: Vec<_> = found.into_iter().filter_map(parameter).collect();
        parameters.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Unordered(parameters))
    }

    /// Sets what differs and resets what is no longer wanted.
    pub(super) async fn change(
        self,
        aws: &Aws,
        family: &str,
        live: &Unordered<Parameter>,
        want: &Unordered<Parameter>,
    ) -> Result<()> {
        let Steps { set, reset } = steps(&live.0, &want.0);
        let decided = |p: &Parameter| p.apply_method.as_deref() == Some("pending-reboot");
        let kinds = if reset.is_empty() && set.iter().all(decided) {
            BTreeMap::new()
        } else {
            self.kinds(aws, family).await?
        };
        let method = |name: &LowerName, asked: Option<&str>| match kinds.get(name.as_str()) {
            Some(kind) if kind == "static" => types::ApplyMethod::PendingReboot,
            _ => asked.map_or(types::ApplyMethod::Immediate, types::ApplyMethod::from),
        };
        let resets = reset.iter().map(|name| {
            let parameter = types::Parameter::builder().parameter_name(name.as_str());
            parameter.apply_method(method(name, None)).build()
        });
        for some in resets.collect::<Vec<_>>().chunks(AT_ONCE) {
            self.reset(aws, some).await?;
        }
        let sets = set.iter().map(|Parameter { name, value, apply_method }| {
            let parameter = types::Parameter::builder().parameter_name(name.as_str());
            let method = method(name, apply_method.as_deref());
            parameter.parameter_value(&value.0).apply_method(method).build()
        });
        for some in sets.collect::<Vec<_>>().chunks(AT_ONCE) {
            self.set(aws, some).await?;
        }
        Ok(())
    }

    /// `static` or `dynamic`, by name of the parameter.
    async fn kinds(self, aws: &Aws, family: &str) -> Result<BTreeMap<String, String>> {
        let rds = aws.rds();
        let all: Vec<types::Parameter> = match self {
            Self::Cluster(_) => {
                let call = rds.describe_engine_default_cluster_parameters();
                let call = call.db_parameter_group_family(family);
                call.into_paginator().items().send().try_collect().await?
            }
            Self::Instance(_) => {
                let call = rds.describe_engine_default_parameters();
                let call = call.db_parameter_group_family(family);
                call.into_paginator().items().send().try_collect().await?
            }
        };
        let kind = |parameter: types::Parameter| {
            Some((parameter.parameter_name?.to_lowercase(), parameter.apply_type?))
        };
        Ok(all.into_iter().filter_map(kind).collect())
    }

    async fn set(self, aws: &Aws, some: &[types::Parameter]) -> Result<()> {
        let (rds, some) = (aws.rds(), Some(some.to_vec()));
        match self {
            Self::Cluster(name) => {
                let call = rds.modify_db_cluster_parameter_group();
                let call = call.db_cluster_parameter_group_name(name).set_parameters(some);
                call.send().await?;
            }
            Self::Instance(name) => {
                let call = rds.modify_db_parameter_group().db_parameter_group_name(name);
                call.set_parameters(some).send().await?;
            }
        }
        Ok(())
    }

    async fn reset(self, aws: &Aws, some: &[types::Parameter]) -> Result<()> {
        let (rds, some) = (aws.rds(), Some(some.to_vec()));
        match self {
            Self::Cluster(name) => {
                let call = rds.reset_db_cluster_parameter_group().reset_all_parameters(false);
                let call = call.db_cluster_parameter_group_name(name).set_parameters(some);
                call.send().await?;
            }
            Self::Instance(name) => {
                let call = rds.reset_db_parameter_group().reset_all_parameters(false);
                call.db_parameter_group_name(name).set_parameters(some).send().await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, value: &str) -> Parameter {
        Parameter {
            name: LowerName::new(name),
            value: ParameterValue::new(value),
            apply_method: None,
        }
    }

    #[test]
    fn only_what_differs_is_set_and_what_is_gone_is_reset() {
        let live = [parameter("a", "1"), parameter("b", "X, y"), parameter("c", "3")];
        let want = [parameter("B", "x,Y"), parameter("c", "4"), parameter("d", "5")];
        assert_eq!(
            steps(&live, &want),
            Steps {
                set: vec![parameter("c", "4"), parameter("d", "5")],
                reset: vec![LowerName::new("a")],
            }
        );
    }

    #[test]
    fn character_sets_come_before_collations() {
        let want = [parameter("collation_server", "c"), parameter("character_set_server", "s")];
        let Steps { set, .. } = steps(&[], &want);
        assert_eq!(set[0].name.as_str(), "character_set_server");
    }
}
