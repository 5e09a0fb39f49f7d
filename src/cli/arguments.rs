//! Flags spelt as Terraform spells them, with one dash, for a parser that wants two; and the flags
//! that several commands share.
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, value_parser};

use crate::schema::Length;
use crate::workspace::variables::{VariableArgument, VariableArguments};
use crate::workspace::{Adopted, Request};

/// `-out=x` becomes `--out=x`; what is one letter, a number or behind `--` stays.
pub(super) fn normalised(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut verbatim = false;
    let mut first = 0;
    let double = |argument: OsString| -> OsString {
        first += 1;
        let Some(text) = argument.to_str() else { return argument };
        match (first, text) {
            (2, "-v" | "-version" | "--version") => return "version".into(),
            (2, "help") => return "--help".into(),
            _ => {}
        }
        verbatim |= text == "--";
        let mut letters = text.chars();
        let is_long = letters.next() == Some('-')
            && letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.next().is_some();
        if is_long && !verbatim { format!("-{text}").into() } else { argument }
    };
    arguments.into_iter().map(double).collect()
}

const PAIR: &str = "var";
const FILE: &str = "var_file";

impl Args for VariableArguments {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
            .arg(
                Arg::new(PAIR)
                    .long("var")
                    .value_name("NAME=VALUE")
                    .action(ArgAction::Append)
                    .help("Set a variable. May be given several times"),
            )
            .arg(
                Arg::new(FILE)
                    .long("var-file")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Set variables from a file. May be given several times"),
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for VariableArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let positions = |name| matches.indices_of(name).into_iter().flatten();
        let pairs = matches.get_many::<String>(PAIR).into_iter().flatten().cloned();
        let files = matches.get_many::<PathBuf>(FILE).into_iter().flatten().cloned();
        let mut all: Vec<(usize, VariableArgument)> = positions(PAIR)
            .zip(pairs.map(VariableArgument::Pair))
            .chain(positions(FILE).zip(files.map(VariableArgument::File)))
            .collect();
        all.sort_by_key(|(position, _)| *position);
        Ok(Self(all.into_iter().map(|(_, argument)| argument).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
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
    /// Take over this instance, which exists already and carries nobody's tags. May be given several
    /// times.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) adopt: Vec<String>,
    /// The only thing to be done, and the id that makes it possible.
    #[arg(skip)]
    pub(super) import: Option<Adopted>,
    /// How many resources may be destroyed at once because nothing declares them any more; 10 unless
    /// the drctl block says another `removal_limit`.
    #[arg(long = "max-removals", value_name = "N")]
    pub(super) max_removals: Option<usize>,
    /// Look here too for what is no longer declared: a Region that has left the configuration, in
    /// every account or in the one that is named. May be given several times.
    #[arg(long = "also-sweep", value_name = "[ACCOUNT/]REGION")]
    pub(super) also_sweep: Vec<String>,
    /// Nobody wants to know what is ours and not declared.
    #[arg(skip)]
    pub(super) declared_only: bool,
    /// Plan to take away everything that the configuration declares.
    #[arg(long)]
    pub(super) destroy: bool,
    /// The executable of drctl that `drctl_package` packs for functions, where it is not to be the
    /// running one; once for each architecture. DRCTL_LAMBDA_PACKAGE names it, too.
    #[arg(long = "lambda-package", value_name = "FILE")]
    pub(super) lambda_package: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputArguments,
    /// How many steps may run at once.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) parallelism: usize,
    /// Accepted for scripts written for Terraform: drctl never asks for variables.
    #[arg(long, value_name = "BOOL", hide = true)]
    pub(super) input: Option<bool>,
    /// Where a Region or account does not answer, go on with what lives elsewhere and waits for
    /// nothing unknown. Nothing is destroyed then.
    #[arg(long)]
    pub(super) partial: bool,
    /// `-lock=false` changes things without the lock that `drctl { lock {} }` asks for; `-lock=true`
    /// takes it though no such block is there. Plans never lock.
    #[arg(long, value_name = "BOOL")]
    pub(super) lock: Option<bool>,
    /// How long to wait for a lock that somebody else has: "30s", "10m".
    #[arg(long = "lock-timeout", value_name = "TIME", value_parser = patience)]
    pub(super) lock_timeout: Option<Duration>,
}

/// How long to wait on the command line. Terraform's `0s` is not at all.
fn patience(text: &str) -> Result<Duration, String> {
    if text == "0s" { Ok(Duration::ZERO) } else { length(text).map(Length::duration) }
}

/// A length of time on the command line.
pub(super) fn length(text: &str) -> Result<Length, String> {
    Length::parse(text).map_err(|mismatch| mismatch.to_string())
}

impl PlanArguments {
    /// What is to be planned, whatever it is then shown as.
    pub(super) fn request(&self) -> Request {
        Request {
            variables: self.variables.clone(),
            target: self.target.clone(),
            replace: self.replace.clone(),
            adopt: self.adopt.clone(),
            import: self.import.clone(),
            max_removals: self.max_removals,
            also_sweep: self.also_sweep.clone(),
            declared_only: self.declared_only,
            destroy: self.destroy,
            lambda_package: self.lambda_package.clone(),
        }
    }
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

    #[test]
    fn version_and_help_are_asked_for_in_many_ways() {
        let check = |given: &str, expected: &str| {
            let normal = normalised(["drctl", given].map(OsString::from));
            assert_eq!(normal, ["drctl", expected].map(OsString::from));
        };
        check("-version", "version");
        check("--version", "version");
        check("-v", "version");
        check("help", "--help");
        check("-help", "--help");
    }

    #[test]
    fn values_keep_the_order_of_the_command_line() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            variables: VariableArguments,
        }
        let given = ["drctl", "--var", "a=1", "--var-file", "f", "--var=b=2"];
        let line = <Line as clap::Parser>::try_parse_from(given).expect("they are good");
        let expected = [
            VariableArgument::Pair("a=1".to_owned()),
            VariableArgument::File("f".into()),
            VariableArgument::Pair("b=2".to_owned()),
        ];
        assert_eq!(line.variables.0, expected);
    }
}
