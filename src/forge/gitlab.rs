//! GitLab's REST interface.
use reqwest::Method;
use serde_json::{Value as Tree, json};

use crate::forge::{Client, Comment, Error, Result, Status};

/// A project, and the merge request that it is about.
#[derive(Debug)]
pub struct GitLab {
    /// Calls it.
    pub client: Client,
    /// Number of the project, or its path with `%2F` for each slash.
    pub project: String,
    /// Number of the merge request within its project.
    pub number: Option<u64>,
    /// Where the project is read by people.
    pub web: String,
}

impl GitLab {
    fn at(&self, path: &str) -> String {
        format!("projects/{}/{path}", self.project)
    }

    fn request(&self, path: &str) -> Result<String> {
        let number = self.number.ok_or_else(|| Error {
            call: format!("project {}", self.project),
            status: None,
            said: "it is not known which merge request this is about".to_owned(),
        })?;
        Ok(self.at(&format!("merge_requests/{number}{path}")))
    }

    /// Our notes on the merge request, the oldest first.
    pub(super) async fn comments(&self) -> Result<Vec<Comment>> {
        let user = self.client.get("user").await?;
        let path = self.request("/notes?per_page=100&sort=asc&order_by=created_at")?;
        let all = self.client.list(&path).await?;
        let ours = all.iter().filter(|one| one["author"]["id"] == user["id"]);
        Ok(ours.map(|one| self.comment(one)).collect())
    }

    pub(super) async fn create(&self, body: &str) -> Result<Comment> {
        let path = self.request("/notes")?;
        let made = self.client.send(Method::POST, &path, Some(&json!({ "body": body }))).await?;
        Ok(self.comment(&made))
    }

    pub(super) async fn edit(&self, old: &Comment, body: &str) -> Result<()> {
        let path = self.request(&format!("/notes/{}", old.id))?;
        self.client.send(Method::PUT, &path, Some(&json!({ "body": body }))).await.map(drop)
    }

    pub(super) async fn delete(&self, old: &Comment) -> Result<()> {
        let path = self.request(&format!("/notes/{}", old.id))?;
        self.client.send(Method::DELETE, &path, None).await.map(drop)
    }

    /// GitLab cannot hide a note: its text is put behind a line that says so. It is no longer found
    /// as a plan.
    pub(super) async fn hide(&self, old: &Comment) -> Result<()> {
        let text = old.body.split_once('\n').map_or("", |(_, text)| text);
        let hidden = format!("<details><summary>Outdated</summary>\n\n{text}\n</details>\n");
        self.edit(old, &hidden).await
    }

    pub(super) async fn status(&self, status: &Status<'_>) -> Result<()> {
        let Status { commit, good, context, description, link } = status;
        let description: String = description.chars().take(140).collect();
        let mut told = json!({
            "state": if *good { "success" } else { "failed" },
            "name": context,
            "description": description,
        });
        if let Some(link) = link {
            told["target_url"] = json!(link);
        }
        let path = self.at(&format!("statuses/{commit}"));
        self.client.send(Method::POST, &path, Some(&told)).await.map(drop)
    }

    pub(super) async fn label(&self, add: &str, remove: &[&str]) -> Result<()> {
        let told = json!({ "add_labels": add, "remove_labels": remove.join(",") });
        self.client.send(Method::PUT, &self.request("")?, Some(&told)).await.map(drop)
    }

    /// The merge request that brought a commit, if one did: the merged one, if there are several.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn request_of(&self, commit: &str) -> Result<Option<u64>> {
        let path = self.at(&format!("repository/commits/{commit}/merge_requests?per_page=100"));
        let all = self.client.list(&path).await?;
        let merged = all.iter().find(|one| one["state"] == "merged");
        Ok(merged.or(all.first()).and_then(|one| one["iid"].as_u64()))
    }

    fn comment(&self, told: &Tree) -> Comment {
        let id = told["id"].to_string();
        let number = self.number.unwrap_or_default();
        let url = format!("{}/-/merge_requests/{number}#note_{id}", self.web);
        let body = told["body"].as_str().unwrap_or_default().to_owned();
        Comment { id, node: String::new(), body, url }
    }
}
