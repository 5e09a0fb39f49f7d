//! Flags spelt as Terraform spells them, with one dash, for a parser that wants two; and the flags
//! that several commands share.
use std::ffi::OsString;

use clap::Args;

/// `-out=x` becomes `--out=x`; what is one letter, a number or behind `--` stays.
pub(super) fn normalised(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut verbatim = false;
    let double = |argument: OsString| -> OsString {
        let Some(text) = argument.to_str() else { return argument };
        verbatim |= text == "--";
        let mut letters = text.chars();
        let is_long = letters.next() == Some('-')
            && letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.next().is_some();
        if is_long && !verbatim { format!("-{text}").into() } else { argument }
    };
    arguments.into_iter().map(double).collect()
}

/// Where values of variables come from.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct VariableArguments {
    /// Set a variable: NAME=VALUE. May be given several times.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
    /// Set variables from a file. May be given several times.
    #[arg(long = "var-file", value_name = "FILE")]
    pub(super) var_file: Vec<std::path::PathBuf>,
}

/// What a plan is to look at, and how it is shown.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    pub(super) variables: VariableArguments,
    /// Look only at this resource and what it needs. May be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) target: Vec<String>,
    /// Replace this instance even if nothing else asks for it. May be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) replace: Vec<String>,
    /// Plan to take away everything that the configuration declares.
    #[arg(long)]
    pub(super) destroy: bool,
    #[command(flatten)]
    pub(super) output: OutputArguments,
    /// How many steps may run at once.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) parallelism: usize,
    /// Accepted for scripts written for Terraform: drctl never asks for variables.
    #[arg(long, value_name = "BOOL", hide = true)]
    pub(super) input: Option<bool>,
    /// Accepted for scripts written for Terraform: there is no state to lock.
    #[arg(long, value_name = "BOOL", hide = true)]
    pub(super) lock: Option<bool>,
}

/// How output looks.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct OutputArguments {
    /// Print a stream of JSON objects, one a line, as Terraform's machine-readable UI.
    #[arg(long)]
    pub(super) json: bool,
    /// No colours.
    #[arg(long = "no-color")]
    pub(super) no_color: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dash_becomes_two() {
        let given = ["drctl", "-chdir=x", "plan", "-out=p", "--json", "-h", "-1", "--", "-raw"];
        let normal = normalised(given.into_iter().map(OsString::from));
        let expected =
            ["drctl", "--chdir=x", "plan", "--out=p", "--json", "-h", "-1", "--", "-raw"];
        assert_eq!(normal, expected.map(OsString::from));
    }
}
