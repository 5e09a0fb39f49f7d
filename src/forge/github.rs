//! GitHub's REST interface, of github.com and of GitHub Enterprise.
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value as Tree, json};

use crate::forge::{Client, Comment, Error, Result, Status};

/// A repository, and the pull request that it is about.
#[derive(Debug)]
pub struct GitHub {
    /// Calls it.
    pub client: Client,
    /// Where GraphQL is asked; hiding a comment needs it.
    pub graphql: String,
    /// `owner/name`.
    pub repository: String,
    /// Number of the pull request; not needed for issues and statuses.
    pub number: Option<u64>,
    /// Who writes our comments, if that was said; else the owner of the token.
    pub author: Option<String>,
}

/// Who writes our comments.
enum Author {
    Login(String),
    /// The token of an app or a workflow does not tell.
    SomeBot,
}

impl Author {
    fn wrote(&self, thing: &Tree) -> bool {
        let user = &thing["user"];
        match self {
            Self::Login(login) => user["login"].as_str() == Some(login),
            Self::SomeBot => user["type"].as_str() == Some("Bot"),
        }
    }
}

/// An issue that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// Where a person reads it.
    pub url: String,
}

impl GitHub {
    fn at(&self, path: &str) -> String {
        format!("repos/{}/{path}", self.repository)
    }

    fn request(&self, path: &str) -> Result<String> {
        let number = self.number.ok_or_else(|| Error {
            call: format!("{}/issues", self.repository),
            status: None,
            said: "it is not known which pull request this is about".to_owned(),
        })?;
        Ok(self.at(&format!("issues/{number}/{path}")))
    }

    async fn author(&self) -> Result<Author> {
        if let Some(login) = &self.author {
            return Ok(Author::Login(login.clone()));
        }
        match self.client.get("user").await {
            Ok(user) => match user["login"].as_str() {
                Some(login) => Ok(Author::Login(login.to_owned())),
                None => Ok(Author::SomeBot),
            },
            Err(error) if matches!(error.status, Some(403 | 404)) => Ok(Author::SomeBot),
            Err(error) => Err(error),
        }
    }

    /// Our comments on the pull request, the oldest first.
    pub(super) async fn comments(&self) -> Result<Vec<Comment>> {
        let author = self.author().await?;
        let all = self.client.list(&self.request("comments?per_page=100")?).await?;
        Ok(all.iter().filter(|one| author.wrote(one)).map(comment).collect())
    }

    pub(super) async fn create(&self, body: &str) -> Result<Comment> {
        let path = self.request("comments")?;
        let made = self.client.send(Method::POST, &path, Some(&json!({ "body": body }))).await?;
        Ok(comment(&made))
    }

    pub(super) async fn edit(&self, old: &Comment, body: &str) -> Result<()> {
        let path = self.at(&format!("issues/comments/{}", old.id));
        self.client.send(Method::PATCH, &path, Some(&json!({ "body": body }))).await.map(drop)
    }

    pub(super) async fn delete(&self, old: &Comment) -> Result<()> {
        let path = self.at(&format!("issues/comments/{}", old.id));
        self.client.send(Method::DELETE, &path, None).await.map(drop)
    }

    /// Collapses a comment as outdated; only GraphQL can.
    pub(super) async fn hide(&self, old: &Comment) -> Result<()> {
        let query = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: \
                     OUTDATED}) { minimizedComment { isMinimized } } }";
        let asked = json!({ "query": query, "variables": { "id": old.node } });
        let told = self.client.send_to(&self.graphql, &asked).await?;
        match told["errors"][0]["message"].as_str() {
            None => Ok(()),
            Some(said) => Err(Error {
                call: "minimizeComment".to_owned(),
                status: None,
                said: said.to_owned(),
            }),
        }
    }

    pub(super) async fn status(&self, status: &Status<'_>) -> Result<()> {
        let Status { commit, good, context, description, link } = status;
        let description: String = description.chars().take(140).collect();
        let mut told = json!({
            "state": if *good { "success" } else { "failure" },
            "context": context,
            "description": description,
        });
        if let Some(link) = link {
            told["target_url"] = json!(link);
        }
        let path = self.at(&format!("statuses/{commit}"));
        self.client.send(Method::POST, &path, Some(&told)).await.map(drop)
    }

    pub(super) async fn label(&self, add: &str, remove: &[&str]) -> Result<()> {
        let all = self.client.list(&self.request("labels?per_page=100")?).await?;
        let has = |name: &str| all.iter().any(|label| label["name"].as_str() == Some(name));
        for name in remove.iter().filter(|name| has(name)) {
            let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
            let path = self.request(&format!("labels/{name}"))?;
            self.client.send(Method::DELETE, &path, None).await?;
        }
        if !has(add) {
            let path = self.request("labels")?;
            self.client.send(Method::POST, &path, Some(&json!({ "labels": [add] }))).await?;
        }
        Ok(())
    }

    /// The pull request that brought a commit, if one did: the merged one, if there are several.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn request_of(&self, commit: &str) -> Result<Option<u64>> {
        let all =
            self.client.list(&self.at(&format!("commits/{commit}/pulls?per_page=100"))).await?;
        let merged = all.iter().find(|one| !one["merged_at"].is_null());
        Ok(merged.or(all.first()).and_then(|one| one["number"].as_u64()))
    }

    /// Our issues with that label, open and closed, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn issues(&self, label: &str) -> Result<Vec<Issue>> {
        let author = self.author().await?;
        let path = self.at(&format!("issues?state=all&labels={label}&per_page=100"));
        let all = self.client.list(&path).await?;
        let ours = all.iter().filter(|one| author.wrote(one) && one["pull_request"].is_null());
        Ok(ours.map(issue).collect())
    }

    /// Opens an issue.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self, title: &str, body: &str, label: &str) -> Result<Issue> {
        let told = json!({ "title": title, "body": body, "labels": [label] });
        let made = self.client.send(Method::POST, &self.at("issues"), Some(&told)).await?;
        Ok(issue(&made))
    }

    /// Changes an issue.
    ///
    /// # Errors
    /// When it cannot be changed.
    pub async fn change(&self, number: u64, told: &Tree) -> Result<()> {
        let path = self.at(&format!("issues/{number}"));
        self.client.send(Method::PATCH, &path, Some(told)).await.map(drop)
    }

    /// Says something on an issue.
    ///
    /// # Errors
    /// When it cannot be said.
    pub async fn say(&self, number: u64, body: &str) -> Result<()> {
        let path = self.at(&format!("issues/{number}/comments"));
        self.client.send(Method::POST, &path, Some(&json!({ "body": body }))).await.map(drop)
    }
}

fn comment(told: &Tree) -> Comment {
    let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    Comment {
        id: told["id"].to_string(),
        node: word("node_id"),
        body: word("body"),
        url: word("html_url"),
    }
}

fn issue(told: &Tree) -> Issue {
    let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    Issue {
        number: told["number"].as_u64().unwrap_or_default(),
        title: word("title"),
        body: word("body"),
        open: word("state") == "open",
        url: word("html_url"),
    }
}
