//! Where changes are reviewed: comments, labels, statuses and issues on GitHub and GitLab.
//!
//! Everything goes through their public REST interfaces. What drctl has written is found again by a
//! marker in the first line and by its author, so that nobody else's words are ever touched.
use std::fmt;

use crate::report::markdown::Marker;

mod client;
pub mod drift;
pub mod github;
pub mod gitlab;

pub use client::{Client, Secret};
pub use github::GitHub;
pub use gitlab::GitLab;

/// A place where changes are reviewed, and the change that it is about.
#[derive(Debug)]
pub enum Forge {
    /// GitHub, or GitHub Enterprise.
    GitHub(GitHub),
    /// GitLab, wherever it runs.
    GitLab(GitLab),
}

/// A comment that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What the forge knows it by.
    pub id: String,
    /// What GitHub's other interface knows it by.
    pub node: String,
    /// Its text.
    pub body: String,
    /// Where a person reads it.
    pub url: String,
}

/// What becomes of comments about the same stack that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// The newest is written anew; there is only one.
    Update,
    /// They stay, and a new one is added.
    New,
    /// They are hidden as outdated, and a new one is added.
    HideAndNew,
    /// They are deleted, and a new one is added.
    DeleteAndNew,
}

/// What was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// What was done, in a few words.
    pub what: &'static str,
    /// Where a person reads it.
    pub url: String,
}

/// The light beside a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status<'a> {
    /// The commit.
    pub commit: &'a str,
    /// Whether all is well.
    pub good: bool,
    /// Which light it is.
    pub context: &'a str,
    /// In a few words.
    pub description: &'a str,
    /// Where to read more.
    pub link: Option<&'a str>,
}

/// Why something could not be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What was tried, such as `POST https://api.github.com/...`.
    pub call: String,
    /// The status that was answered, if any was.
    pub status: Option<u16>,
    /// What was said.
    pub said: String,
}

/// What was asked for came back.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Whether we are not allowed to: that is so for changes from forks.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, Some(401 | 403 | 404))
    }

    /// Whether nobody knows if it was done.
    fn is_unclear(&self) -> bool {
        self.status.is_none_or(|status| status >= 500)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, status, said } = self;
        match status {
            Some(status) => write!(f, "{call} answered {status}: {said}"),
            None => write!(f, "{call}: {said}"),
        }
    }
}

impl std::error::Error for Error {}

impl Forge {
    /// Posts a comment about the change; its first line is its marker.
    ///
    /// # Errors
    /// When it cannot be posted.
    pub async fn post(&self, body: &str, behavior: Behavior) -> Result<Posted> {
        let ours = self.ours(body).await?;
        match (behavior, ours.split_last()) {
            (Behavior::Update, Some((newest, _))) if newest.body.trim() == body.trim() => {
                Ok(Posted { what: "unchanged", url: newest.url.clone() })
            }
            (Behavior::Update, Some((newest, _))) => {
                self.edit(newest, body).await?;
                Ok(Posted { what: "updated", url: newest.url.clone() })
            }
            // First the new one: if that fails, the old ones are still there.
            (Behavior::HideAndNew, _) => {
                let posted = self.add(body).await?;
                for one in &ours {
                    self.hide(one).await?;
                }
                Ok(posted)
            }
            (Behavior::DeleteAndNew, _) => {
                let posted = self.add(body).await?;
                for one in &ours {
                    self.delete(one).await?;
                }
                Ok(posted)
            }
            (Behavior::Update | Behavior::New, _) => self.add(body).await,
        }
    }

    /// The newest comment of ours about that, if there is one.
    ///
    /// # Errors
    /// When comments cannot be read.
    pub async fn newest(&self, marker: &Marker) -> Result<Option<Comment>> {
        Ok(self.ours(&marker.line()).await?.pop())
    }

    /// The same about the change that brought a commit; none if no change brought it.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn about_commit(mut self, commit: &str) -> Result<Option<Self>> {
        match &mut self {
            Self::GitHub(github) if github.number.is_none() => {
                github.number = github.request_of(commit).await?;
                Ok(github.number.is_some().then_some(self))
            }
            Self::GitLab(gitlab) if gitlab.number.is_none() => {
                gitlab.number = gitlab.request_of(commit).await?;
                Ok(gitlab.number.is_some().then_some(self))
            }
            Self::GitHub(_) | Self::GitLab(_) => Ok(Some(self)),
        }
    }

    /// Comments of ours that are about the same as this text, the oldest first.
    async fn ours(&self, body: &str) -> Result<Vec<Comment>> {
        let Some(marker) = Marker::of(body) else { return Ok(Vec::new()) };
        let mut all = match self {
            Self::GitHub(github) => github.comments().await?,
            Self::GitLab(gitlab) => gitlab.comments().await?,
        };
        all.retain(|one| Marker::of(&one.body).is_some_and(|theirs| theirs.is_about(&marker)));
        Ok(all)
    }

    /// Adds a comment. When nobody knows whether that worked, it looks before it tries again.
    async fn add(&self, body: &str) -> Result<Posted> {
        let create = || async {
            match self {
                Self::GitHub(github) => github.create(body).await,
                Self::GitLab(gitlab) => gitlab.create(body).await,
            }
        };
        let posted = |one: Comment| Posted { what: "posted", url: one.url };
        match create().await {
            Ok(one) => Ok(posted(one)),
            Err(error) if error.is_unclear() => {
                self.client().pause().await;
                let same = |one: &Comment| one.body.trim() == body.trim();
                match self.ours(body).await?.into_iter().rfind(same) {
                    Some(one) => Ok(posted(one)),
                    None => create().await.map(posted),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn edit(&self, comment: &Comment, body: &str) -> Result<()> {
        match self {
            Self::GitHub(github) => github.edit(comment, body).await,
            Self::GitLab(gitlab) => gitlab.edit(comment, body).await,
        }
    }

    async fn hide(&self, comment: &Comment) -> Result<()> {
        match self {
            Self::GitHub(github) => github.hide(comment).await,
            Self::GitLab(gitlab) => gitlab.hide(comment).await,
        }
    }

    async fn delete(&self, comment: &Comment) -> Result<()> {
        let deleted = match self {
            Self::GitHub(github) => github.delete(comment).await,
            Self::GitLab(gitlab) => gitlab.delete(comment).await,
        };
        match deleted {
            // Somebody else was quicker.
            Err(error) if error.status == Some(404) => Ok(()),
            other => other,
        }
    }

    /// Sets a light beside a commit.
    ///
    /// # Errors
    /// When it cannot be set.
    pub async fn status(&self, status: &Status<'_>) -> Result<()> {
        match self {
            Self::GitHub(github) => github.status(status).await,
            Self::GitLab(gitlab) => gitlab.status(status).await,
        }
    }

    /// Puts one label on the change and takes others away.
    ///
    /// # Errors
    /// When that cannot be done.
    pub async fn label(&self, add: &str, remove: &[&str]) -> Result<()> {
        match self {
            Self::GitHub(github) => github.label(add, remove).await,
            Self::GitLab(gitlab) => gitlab.label(add, remove).await,
        }
    }

    fn client(&self) -> &Client {
        match self {
            Self::GitHub(github) => &github.client,
            Self::GitLab(gitlab) => &gitlab.client,
        }
    }
}
