//! The handler `drift`: which configuration it looks at, and whom it tells.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use crate::attributes;

mod permissions;
mod target;

pub use target::Target;

/// Directory of a package in which the configuration lies.
pub const CARRIED: &str = "configuration";

attributes! {
    /// Looks whether what AWS has still is what a configuration declares, as `drctl drift` does, and
    /// changes nothing. The configuration is in the package, so that it needs no machine, no
    /// repository and no pipeline: a schedule invokes the function.
    ///
    /// It acts as the function's role, which must be allowed to read what the configuration
    /// declares, and to assume the roles of its providers. A `profile` of a provider is not there in
    /// Lambda.
    pub struct Drift {
        /// Directory of the configuration, as for `-chdir`; `"."` for the one that this block is in.
        /// All its files are carried, but not what begins with a dot, what ends in `.zip`, and files
        /// with values for variables that are not read.
        directory: String,
        /// Directory whose files are carried in place of those of `directory`, which is in it:
        /// needed where the configuration calls modules from beside it, as `../modules/network`.
        root: Option<String>,
        /// Files and directories below `root` to leave out; `*`, `?`, `[a-z]`, `{a,b}` and `**` are
        /// understood.
        excludes: BTreeSet<String>,
        /// Files with values for variables, from `directory`, as for `-var-file`.
        var_files: Vec<String>,
        /// Values for variables, as for `-var`. They are in the package, where whoever may read the
        /// code of the function reads them: give no secrets.
        variables: BTreeMap<String, String>,
        /// Who is told: ARNs of topics and of event buses, `https://` addresses of webhooks, and
        /// `cloudwatch:NAMESPACE`, as for `-notify`. What is found is in the function's log in any
        /// case.
        notify: Vec<Target>,
        /// Whether CloudTrail is asked who changed what.
        trail: bool => default_bool(true),
    }
}

impl Drift {
    /// Where parts do not fit each other.
    pub fn problems(&self) -> Vec<String> {
        let Self { directory, root: _, excludes: _, var_files, variables, notify, trail: _ } = self;
        let mut problems = Vec::new();
        if directory.is_empty() {
            problems.push("`directory` is empty; \".\" is the one of this block".to_owned());
        }
        for path in var_files {
            let leaves = |part| matches!(part, Component::ParentDir | Component::RootDir);
            if Path::new(path).components().any(leaves) {
                problems.push(format!("`var_files` has {path:?}, which is not in `directory`"));
            }
        }
        for name in variables.keys().filter(|name| name.is_empty() || name.contains('=')) {
            problems.push(format!("`variables` has {name:?}, which is no name of a variable"));
        }
        let twice = notify.iter().enumerate().find(|(at, one)| notify[..*at].contains(one));
        if let Some((_, target)) = twice {
            problems.push(format!("`notify` has {} twice", target.shown()));
        }
        problems
    }
}
