//! Which forge, repository and change a run is about: what flags say, else what the environment of
//! GitHub Actions and GitLab CI says.
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value as Tree;

use crate::diagnostic::Diagnostic;
use crate::forge::{Client, Forge, GitHub, GitLab, Secret};

/// A forge, and what a run there knows beside it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) forge: Forge,
    /// Whether it is known which change this is about.
    pub(super) has_request: bool,
    /// The commit that is being reviewed.
    pub(super) commit: Option<String>,
    /// Where the run can be read.
    pub(super) link: Option<String>,
    /// Where GitHub takes the summary of the step.
    pub(super) summary: Option<PathBuf>,
}

/// Where on GitHub.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct GitHubArguments {
    /// The repository. GITHUB_REPOSITORY, if absent.
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) repository: Option<String>,
    /// Number of the pull request. That of the event that GitHub Actions runs for, if absent.
    #[arg(long = "pull-request", value_name = "NUMBER")]
    pub(super) pull_request: Option<u64>,
    /// The commit that is reviewed. That of the event, or GITHUB_SHA, if absent.
    #[arg(long, value_name = "SHA")]
    pub(super) commit: Option<String>,
    /// Address of GitHub's REST interface. GITHUB_API_URL, or https://api.github.com, if absent.
    #[arg(long = "api-url", value_name = "URL")]
    pub(super) api_url: Option<String>,
    /// Who writes our comments. Needed only where the token cannot tell, and several bots comment.
    #[arg(long, value_name = "LOGIN")]
    pub(super) author: Option<String>,
}

/// Where on GitLab.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct GitLabArguments {
    /// Number or path of the project. CI_PROJECT_ID, if absent.
    #[arg(long, value_name = "ID")]
    pub(super) project: Option<String>,
    /// Number of the merge request. CI_MERGE_REQUEST_IID, if absent.
    #[arg(long = "merge-request", value_name = "NUMBER")]
    pub(super) merge_request: Option<u64>,
    /// The commit that is reviewed. CI_COMMIT_SHA, if absent.
    #[arg(long, value_name = "SHA")]
    pub(super) commit: Option<String>,
    /// Address of GitLab's REST interface. CI_API_V4_URL, or https://gitlab.com/api/v4, if absent.
    #[arg(long = "api-url", value_name = "URL")]
    pub(super) api_url: Option<String>,
}

/// A forge, where only its name is needed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ForgeName {
    /// GitHub, by its environment.
    #[value(name = "github")]
    GitHub,
    /// GitLab, by its environment.
    #[value(name = "gitlab")]
    GitLab,
    /// The one in whose CI this runs.
    Here,
}

impl ForgeName {
    /// The site, by the environment alone.
    pub(super) fn site(self) -> Result<Site, Box<Diagnostic>> {
        let runs_in = |name| variable(name).is_some();
        match self {
            Self::GitHub => GitHubArguments::default().site(),
            Self::GitLab => GitLabArguments::default().site(),
            Self::Here if runs_in("GITHUB_ACTIONS") => GitHubArguments::default().site(),
            Self::Here if runs_in("GITLAB_CI") => GitLabArguments::default().site(),
            Self::Here => {
                Err(missing("No forge", "Name it: -approved-from-comment=github, or =gitlab."))
            }
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn missing(what: &str, hint: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(what, "Neither a flag nor the environment says it.");
    Box::new(problem.hint(hint))
}

impl GitHubArguments {
    /// The site, by these flags and the environment.
    pub(super) fn site(&self) -> Result<Site, Box<Diagnostic>> {
        let token = variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN")).ok_or_else(|| {
            missing(
                "No token for GitHub",
                "Set GITHUB_TOKEN: `env: GITHUB_TOKEN: ${{ github.token }}`.",
            )
        })?;
        let repository = self.repository.clone().or_else(|| variable("GITHUB_REPOSITORY"));
        let repository = repository.ok_or_else(|| {
            missing("No repository", "Name it: -repository=OWNER/NAME, or set GITHUB_REPOSITORY.")
        })?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let named = |part: &str| !part.is_empty() && part.chars().all(plain);
        let parts = repository.split_once('/');
        if !parts.is_some_and(|(owner, name)| named(owner) && named(name)) {
            let text = format!("\"{repository}\" is not written as OWNER/NAME.");
            return Err(Box::new(Diagnostic::error("Not a repository", text)));
        }
        let event = event();
        let number = |path: &str| event.pointer(path).and_then(Tree::as_u64);
        let of_ref = || {
            let reference = variable("GITHUB_REF")?;
            reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
        };
        let pull_request = self
            .pull_request
            .or_else(|| number("/pull_request/number"))
            .or_else(|| {
                event.pointer("/issue/pull_request")?;
                number("/issue/number")
            })
            .or_else(of_ref);
        let head = event.pointer("/pull_request/head/sha").and_then(Tree::as_str);
        // GITHUB_SHA of a pull request is a merge that exists nowhere else.
        let commit = self.commit.clone().or_else(|| head.map(str::to_owned));
        let commit = commit.or_else(|| variable("GITHUB_SHA"));
        let api = self.api_url.clone().or_else(|| variable("GITHUB_API_URL"));
        let api = api.unwrap_or_else(|| "https://api.github.com".to_owned());
        let graphql = variable("GITHUB_GRAPHQL_URL").filter(|_| self.api_url.is_none());
        let graphql = graphql.unwrap_or_else(|| {
            format!("{}/graphql", api.trim_end_matches('/').trim_end_matches("/v3"))
        });
        let link = variable("GITHUB_SERVER_URL").zip(variable("GITHUB_RUN_ID"));
        let link = link.map(|(server, run)| format!("{server}/{repository}/actions/runs/{run}"));
        let client = Client::new(&api, "authorization", "Bearer ", &Secret::new(token));
        let client = client.map_err(|error| unusable(&error))?;
        let author = self.author.clone();
        let github = GitHub { client, graphql, repository, number: pull_request, author };
        Ok(Site {
            forge: Forge::GitHub(github),
            has_request: pull_request.is_some(),
            commit,
            link,
            summary: variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
        })
    }
}

impl GitLabArguments {
    /// The site, by these flags and the environment.
    pub(super) fn site(&self) -> Result<Site, Box<Diagnostic>> {
        let token = variable("GITLAB_TOKEN").ok_or_else(|| {
            missing(
                "No token for GitLab",
                "Set GITLAB_TOKEN to a project access token with the scope `api`; the token of a job \
                 cannot write notes.",
            )
        })?;
        let project = self.project.clone().or_else(|| variable("CI_PROJECT_ID"));
        let project = project
            .ok_or_else(|| missing("No project", "Name it: -project=ID, or set CI_PROJECT_ID."))?;
        let project = project.replace('/', "%2F");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.%".contains(c);
        if project.is_empty() || !project.chars().all(plain) {
            let text = format!("\"{project}\" is neither a number nor a path.");
            return Err(Box::new(Diagnostic::error("Not a project", text)));
        }
        let number = self.merge_request;
        let number = number.or_else(|| variable("CI_MERGE_REQUEST_IID")?.parse().ok());
        // Of a merged result the commit that was pushed is another.
        let pushed = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
        let commit = self.commit.clone().or(pushed).or_else(|| variable("CI_COMMIT_SHA"));
        let api = self.api_url.clone().or_else(|| variable("CI_API_V4_URL"));
        let api = api.unwrap_or_else(|| "https://gitlab.com/api/v4".to_owned());
        let client = Client::new(&api, "private-token", "", &Secret::new(token));
        let client = client.map_err(|error| unusable(&error))?;
        let web = variable("CI_PROJECT_URL").unwrap_or_default();
        Ok(Site {
            forge: Forge::GitLab(GitLab { client, project, number, web }),
            has_request: number.is_some(),
            commit,
            link: variable("CI_JOB_URL"),
            summary: None,
        })
    }
}

/// What GitHub Actions runs for.
fn event() -> Tree {
    let text = variable("GITHUB_EVENT_PATH").and_then(|path| std::fs::read_to_string(path).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn unusable(error: &crate::forge::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Cannot reach the forge", error.to_string()))
}
