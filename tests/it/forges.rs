//! `drctl comment` and `drctl drift -github-issue`, against a stand-in for GitHub and GitLab.
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value as Tree;
use serde_json::json;

use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;
use crate::support::python;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
const TOPIC: &str = "drctl {\n  stack = \"orders\"\n}\nresource \"aws_sns_topic\" \"alerts\" {\n  \
                     name         = \"alerts\"\n  display_name = \"Alerts\"\n}\n";

/// The stand-in; it ends with this.
struct Forge {
    process: Child,
    url: String,
    token: String,
}

impl Drop for Forge {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself; waiting tells the system that nobody else will ask.
        let _ = self.process.wait();
    }
}

impl Forge {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python/forge.py");
        let mut process = Command::new(python())
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a Python");
        let mut line = String::new();
        let out = process.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("it says where it listens");
        let told: Tree = serde_json::from_str(&line).expect("it says so as JSON");
        Self {
            process,
            url: format!("http://127.0.0.1:{}", told["port"]),
            token: told["token"].as_str().expect("a text").to_owned(),
        }
    }

    fn ask(&self, place: &Place, path: &str, body: &Tree) -> Tree {
        let url = format!("{}{path}", self.url);
        let said = place.python(&format!(
            "import urllib.request\n\
             request = urllib.request.Request({url:?}, json.dumps(json.loads({:?})).encode())\n\
             print(urllib.request.urlopen(request).read().decode())",
            body.to_string()
        ));
        serde_json::from_str(&said).expect("it is JSON")
    }

    fn state(&self, place: &Place) -> Tree {
        self.ask(place, "/_state", &json!({}))
    }

    fn set(&self, place: &Place, told: &Tree) {
        self.ask(place, "/_set", told);
    }

    /// What GitHub Actions sets in the environment of a run for pull request 7.
    fn actions(&self, place: Place) -> Place {
        let event = json!({ "pull_request": { "number": 7, "head": { "sha": SHA } } });
        place.write("event.json", &event.to_string());
        let path = |name: &str| place.path().join(name).display().to_string();
        let (event, summary) = (path("event.json"), path("summary.md"));
        place
            .with("GITHUB_ACTIONS", "true")
            .with("GITHUB_TOKEN", &self.token)
            .with("GITHUB_API_URL", &self.url)
            .with("GITHUB_GRAPHQL_URL", &format!("{}/graphql", self.url))
            .with("GITHUB_SERVER_URL", "https://github.example")
            .with("GITHUB_RUN_ID", "99")
            .with("GITHUB_REPOSITORY", "acme/orders")
            .with("GITHUB_SHA", "ffffffffffffffffffffffffffffffffffffffff")
            .with("GITHUB_EVENT_PATH", &event)
            .with("GITHUB_STEP_SUMMARY", &summary)
    }

    /// What GitLab CI sets in the environment of a job for merge request 7.
    fn job(&self, place: Place) -> Place {
        place
            .with("GITLAB_CI", "true")
            .with("GITLAB_TOKEN", &self.token)
            .with("CI_API_V4_URL", &format!("{}/api/v4", self.url))
            .with("CI_PROJECT_ID", "12")
            .with("CI_PROJECT_URL", "https://gitlab.example/acme/orders")
            .with("CI_MERGE_REQUEST_IID", "7")
            .with("CI_COMMIT_SHA", SHA)
            .with("CI_JOB_URL", "https://gitlab.example/acme/orders/-/jobs/5")
    }

    /// Runs drctl, which never says the token.
    fn drctl(&self, place: &Place, arguments: &str) -> Ran {
        let ran = place.drctl(arguments);
        assert!(!ran.out.contains(&self.token) && !ran.err.contains(&self.token), "{ran}");
        ran
    }
}

/// A plan, saved as `plan`.
fn planned(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", TOPIC);
    place.drctl("plan -out=plan").exits(0);
    place
}

fn bodies(state: &Tree, kind: &str) -> Vec<String> {
    let all = state[kind].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one["body"].as_str().unwrap_or_default().to_owned()).collect()
}

fn normal(place: &Place, text: &str) -> String {
    let hash = regex::Regex::new("[0-9a-f]{32}").expect("it is a pattern");
    hash.replace_all(&place.normal(text), "<hash>").into_owned()
}

#[test]
fn one_comment_for_each_stack_is_kept_on_github() {
    let forge = Forge::start();
    let place = forge.actions(planned("one_comment_for_each_stack_is_kept_on_github"));
    // Others talk, too: more than fits on a page, and one of them pretends to be us.
    let other = |number: u64, body: &str| {
        json!({ "id": number, "node_id": format!("IC_{number}"), "body": body, "html_url": "x",
            "user": { "login": "someone", "type": "User" } })
    };
    let pretended =
        "<!-- drctl v1 {\"kind\":\"plan\",\"stack\":\"orders\",\"hash\":null} -->\nmine";
    let mut others: Vec<Tree> = (1..=230).map(|number| other(number, "Looks good")).collect();
    others.push(other(231, pretended));
    forge.set(&place, &json!({ "comments": others }));

    let ran = forge.drctl(&place, "comment github plan -status -labels").exits(0);
    ran.says("Comment posted: https://github.example/acme/orders/pull/7#issuecomment-");
    let state = forge.state(&place);
    assert_eq!(bodies(&state, "comments").len(), 232);
    let body = bodies(&state, "comments").pop().expect("it was posted");
    assert_snapshot!("comment_github", normal(&place, &body));
    assert_eq!(state["labels"], json!(["drctl/changes"]));
    assert_eq!(
        state["statuses"],
        json!([{
            "sha": SHA, "state": "success", "context": "drctl/orders",
            "description": "Plan: 1 to add, 0 to change, 0 to destroy.",
            "target_url": "https://github.example/acme/orders/actions/runs/99",
        }])
    );
    let summary = fs::read_to_string(place.path().join("summary.md")).expect("it was written");
    assert_eq!(summary, body, "the summary of the step says the same");

    // Again, with nothing new, and then with something new: it is still one comment.
    forge.drctl(&place, "comment github plan").exits(0).says("Comment unchanged");
    place.write("main.tf", &TOPIC.replace("Alerts", "Changed"));
    place.drctl("plan -out=plan").exits(0);
    forge.drctl(&place, "comment github plan").exits(0).says("Comment updated");
    let now = bodies(&forge.state(&place), "comments");
    assert_eq!(
        (now.len(), &now[230]),
        (232, &pretended.to_owned()),
        "nobody else's words are touched"
    );
    assert!(now[231].contains("Changed"), "{}", now[231]);
    // Another stack has a comment of its own.
    place.write("main.tf", &TOPIC.replace("\"orders\"", "\"billing\""));
    place.drctl("plan -out=plan").exits(0);
    forge.drctl(&place, "comment github plan").exits(0).says("Comment posted");
    assert_eq!(bodies(&forge.state(&place), "comments").len(), 233);
    // What failed is told under the same roof.
    place.write("said.txt", "\u{1b}[31mError\u{1b}[0m: nothing works\n");
    forge
        .drctl(&place, "comment github -failed=said.txt -stack=orders -status")
        .exits(0)
        .says("updated");
    let state = forge.state(&place);
    assert_snapshot!("comment_failed", bodies(&state, "comments")[231]);
    assert_eq!(state["statuses"][1]["state"], "failure");
}

#[test]
fn old_comments_are_left_hidden_or_deleted() {
    let forge = Forge::start();
    let place = forge.actions(planned("old_comments_are_left_hidden_or_deleted"));
    let comments = || forge.state(&place)["comments"].as_array().cloned().expect("a list");
    for (behavior, expected) in [("new", 1), ("new", 2), ("hide-and-new", 3), ("delete-and-new", 1)]
    {
        let ran = forge.drctl(&place, &format!("comment github plan -behavior={behavior}"));
        ran.exits(0).says("Comment posted");
        assert_eq!(comments().len(), expected, "{behavior}");
        if behavior == "hide-and-new" {
            let hidden: Vec<bool> = comments().iter().map(|one| one["minimized"] == true).collect();
            assert_eq!(hidden, [true, true, false]);
        }
    }
    // GitHub Enterprise has everything on one host.
    let enterprise =
        format!("comment github plan -behavior=hide-and-new -api-url={}/api/v3", forge.url);
    forge.drctl(&place, &enterprise).exits(0);
    assert_eq!(comments()[0]["minimized"], true);
}

#[test]
fn the_token_of_a_workflow_finds_its_comment_too() {
    let forge = Forge::start();
    let place = forge.actions(planned("the_token_of_a_workflow_finds_its_comment_too"));
    forge.set(&place, &json!({ "ours": "github-actions[bot]" }));
    forge.drctl(&place, "comment github plan").exits(0).says("Comment posted");
    forge.drctl(&place, "comment github plan").exits(0).says("Comment unchanged");
    // What another bot has written is that one's, where the name of ours is known.
    forge.drctl(&place, "comment github plan -author=other[bot]").exits(0).says("Comment posted");
}

#[test]
fn a_forge_that_is_busy_or_ill_is_asked_again() {
    let forge = Forge::start();
    let place = forge.actions(planned("a_forge_that_is_busy_or_ill_is_asked_again"));
    let fails = |rules: Tree| forge.set(&place, &json!({ "fail": rules, "comments": [] }));
    let run = || forge.drctl(&place, "comment github plan -no-summary");
    let count = || bodies(&forge.state(&place), "comments").len();
    fails(json!([
        { "method": "GET", "path": "/comments$", "status": 502, "times": 2 },
        { "method": "POST", "path": "/comments$", "status": 403, "headers": { "Retry-After": "0" } },
        { "method": "GET", "path": "/user$", "status": 429,
          "headers": { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1" } },
    ]));
    run().exits(0).says("Comment posted");
    assert_eq!(count(), 1);
    // A comment of which nobody knows whether it was posted is not posted twice.
    fails(json!([{ "method": "POST", "path": "/comments$", "status": 502, "after": true }]));
    run().exits(0).says("Comment posted");
    assert_eq!(count(), 1);
    fails(json!([{ "method": "POST", "path": "/comments$", "status": 502 }]));
    run().exits(0).says("Comment posted");
    assert_eq!(count(), 1);
    // An hour is too long to wait for.
    fails(json!([{ "path": "/user$", "status": 403, "times": 9,
        "headers": { "Retry-After": "3600" } }]));
    run().exits(1).says("nothing more for 3600 seconds");
    fails(json!([{ "path": "/user$", "status": 500, "times": 9, "said": "ouch" }]));
    run().exits(1).says("answered 500: ouch");
    let dead = format!("comment github plan -no-summary -api-url=http://127.0.0.1:9/{}", "x");
    forge.drctl(&place, &dead).exits(1).says("The comment was not posted");
}

#[test]
fn a_change_from_a_fork_gets_its_plan_in_the_summary() {
    let forge = Forge::start();
    let place = forge.actions(planned("a_change_from_a_fork_gets_its_plan_in_the_summary"));
    let refusal = json!([{ "method": "POST", "path": "/comments$", "status": 403, "times": 9,
        "said": "Resource not accessible by integration" }]);
    forge.set(&place, &json!({ "fail": refusal }));
    let ran = forge.drctl(&place, "comment github plan").exits(0);
    ran.says("No leave to comment")
        .says("Resource not accessible")
        .says("summary of the step instead");
    let summary = fs::read_to_string(place.path().join("summary.md")).expect("it was written");
    assert!(summary.contains("1 to add"), "{summary}");
    // Where there is no summary either, it is printed, and somebody must look.
    let ran = forge.drctl(&place, "comment github plan -no-summary").exits(1);
    assert!(ran.out.contains("1 to add"), "{ran}");
}

#[test]
fn what_the_environment_does_not_say_is_asked_for() {
    let forge = Forge::start();
    let place = planned("what_the_environment_does_not_say_is_asked_for");
    place.drctl("comment github plan").exits(1).says("No token for GitHub");
    place.drctl("comment gitlab plan").exits(1).says("No token for GitLab");
    let place = place.with("GITHUB_TOKEN", &forge.token).with("GITLAB_TOKEN", &forge.token);
    let run = |arguments: &str| forge.drctl(&place, arguments).exits(1);
    run("comment github plan").says("No repository");
    run("comment github plan -repository=acme").says("is not written as OWNER/NAME");
    run("comment gitlab plan").says("No project");
    let at = format!("-repository=acme/orders -api-url={}", forge.url);
    run(&format!("comment github plan {at}")).says("which pull request");
    run("comment github plan -repository=acme/orders -pull-request=7 -api-url=http://example.com")
        .says("use https://");
    run(&format!("comment github main.tf -pull-request=7 {at}")).says("Cannot read main.tf");
    let ran = forge.drctl(&place, &format!("comment github plan -pull-request=7 {at} -status"));
    ran.exits(1).says("Comment posted").says("which commit");
    // Outside of a pull request the summary is all there is.
    let place = forge.actions(place).with("GITHUB_EVENT_PATH", "");
    forge.drctl(&place, "comment github plan").exits(0).says("about no pull request");
}

#[test]
fn one_note_for_each_stack_is_kept_on_gitlab() {
    let forge = Forge::start();
    let place = forge.job(planned("one_note_for_each_stack_is_kept_on_gitlab"));
    let others: Vec<Tree> =
        (1..=120).map(|id| json!({ "id": id, "body": "Nice", "author": { "id": 1 } })).collect();
    forge.set(&place, &json!({ "notes": others, "merge_labels": ["drctl/destroys", "team"] }));
    let ran = forge.drctl(&place, "comment gitlab plan -status -labels").exits(0);
    ran.says("Comment posted: https://gitlab.example/acme/orders/-/merge_requests/7#note_");
    let state = forge.state(&place);
    assert_eq!(state["merge_labels"], json!(["team", "drctl/changes"]));
    assert_eq!(state["statuses"][0]["state"], "success");
    forge.drctl(&place, "comment gitlab plan").exits(0).says("Comment unchanged");
    forge.drctl(&place, "comment gitlab plan -behavior=hide-and-new").exits(0);
    let notes = bodies(&forge.state(&place), "notes");
    assert_eq!(notes.len(), 122);
    assert!(notes[120].starts_with("<details><summary>Outdated</summary>"), "{}", notes[120]);
    forge.drctl(&place, "comment gitlab plan -behavior=delete-and-new").exits(0);
    assert_eq!(bodies(&forge.state(&place), "notes").len(), 122);
    forge.drctl(&place, "comment gitlab plan -project=acme/orders").exits(0).says("unchanged");
}

#[test]
fn only_what_was_reviewed_is_applied() {
    let forge = Forge::start();
    let place = forge.actions(planned("only_what_was_reviewed_is_applied"));
    let apply =
        |arguments: &str| forge.drctl(&place, &format!("apply -approved-from-comment {arguments}"));
    apply("").exits(4).says("No plan was approved").says("No comment on the change");
    forge.drctl(&place, "comment github plan").exits(0);
    // Another stack's comment says nothing about this one.
    place.write("other.tf", "variable \"x\" { default = 1 }\n");
    apply("").exits(4).says("Another plan than the approved one");
    fs::remove_file(place.path().join("other.tf")).expect("it is there");
    // The run after the merge is about no pull request: the commit leads to it.
    let merged = json!({ "number": 7, "merged_at": "2026-01-01T00:00:00Z" });
    let commit = "ffffffffffffffffffffffffffffffffffffffff";
    forge
        .set(&place, &json!({ "pulls": { commit: [{ "number": 3, "merged_at": null }, merged] } }));
    let place = place.with("GITHUB_EVENT_PATH", "");
    let apply =
        |arguments: &str| forge.drctl(&place, &format!("apply -approved-from-comment {arguments}"));
    apply("").exits(0).says("Apply complete! Resources: 1 added");
    apply("plan").exits(4);
    forge.set(&place, &json!({ "pulls": {} }));
    apply("").exits(4).says("No reviewed change has brought the commit");
    // A comment that does not show all offers nothing.
    forge.set(&place, &json!({ "pulls": { commit: [{ "number": 7, "merged_at": "x" }] } }));
    place.write("said.txt", "no\n");
    let failed = "comment github -failed=said.txt -stack=orders -pull-request=7";
    forge.drctl(&place, failed).exits(0);
    apply("").exits(4).says("offers no plan");
    forge.set(&place, &json!({ "fail": [{ "path": "/user$", "status": 500, "times": 9 }] }));
    apply("").exits(1).says("The approved plan is not known");
    let place = place.with("GITHUB_ACTIONS", "");
    forge.drctl(&place, "apply -approved-from-comment").exits(1).says("No forge");
}

#[test]
fn an_issue_follows_what_has_drifted() {
    let forge = Forge::start();
    let place = forge.actions(Place::new("an_issue_follows_what_has_drifted"));
    place.write("main.tf", TOPIC);
    place.drctl("apply -auto-approve").exits(0);
    let set = |name: &str, value: &str| {
        place.python(&format!(
            "client('sns').set_topic_attributes(TopicArn=f'arn:aws:sns:us-east-1:{{ACCOUNT}}:alerts', \
             AttributeName={name:?}, AttributeValue={value:?})"
        ));
    };
    let look = |code: i32, said: &str| {
        let ran = forge.drctl(&place, "drift -no-trail -github-issue").exits(code);
        if said.is_empty() {
            assert!(!ran.err.contains("Issue"), "{ran}");
        } else {
            ran.says(said);
        }
        let issues = forge.state(&place)["issues"].as_array().cloned().expect("a list");
        assert!(issues.len() < 2, "there is one issue for each stack");
        issues.into_iter().next().unwrap_or_default()
    };
    let said = |issue: &Tree| issue["said"].as_array().map_or(0, Vec::len);

    assert_eq!(look(0, ""), Tree::Null, "nobody is bothered with good news");
    set("DisplayName", "Changed");
    let issue = look(2, "Issue opened: https://github.example/acme/orders/issues/");
    assert_snapshot!("drift_issue", place.normal(issue["body"].as_str().expect("a text")));
    assert_eq!((&issue["title"], said(&issue)), (&json!("Drift in orders"), 0));
    look(2, "Issue unchanged");
    // Another value of the same attribute is written down, and nobody is called for it.
    set("DisplayName", "Again");
    let issue = look(2, "Issue updated");
    assert_eq!(said(&issue), 0);
    assert!(issue["body"].as_str().expect("a text").contains("Again"));
    // Another attribute is news.
    place.python(
        "client('sns').tag_resource(ResourceArn=f'arn:aws:sns:us-east-1:{ACCOUNT}:alerts', \
         Tags=[{'Key': 'team', 'Value': 'others'}])",
    );
    let issue = look(2, "Issue updated");
    assert_eq!(said(&issue), 1, "{issue}");
    // What cannot be read is not said to be fine.
    let account = place.account.clone();
    Emulator::get().fault(&json!({
        "account": account, "service": "sns", "code": "AccessDenied", "status": 403,
    }));
    let issue = look(3, "Issue marked as not known");
    assert_eq!(
        (&issue["title"], &issue["state"]),
        (&json!("Drift in orders (not known)"), &json!("open"))
    );
    assert_eq!(said(&look(3, "Issue unchanged")), 2);
    Emulator::get().calm(&account);
    let issue = look(2, "Issue updated");
    assert_eq!((&issue["title"], said(&issue)), (&json!("Drift in orders"), 2));
    // Set right: closed. Again: reopened.
    place.drctl("apply -auto-approve").exits(0);
    let issue = look(0, "Issue closed");
    assert_eq!((&issue["state"], &issue["state_reason"]), (&json!("closed"), &json!("completed")));
    assert_eq!(look(0, "")["state"], "closed");
    set("DisplayName", "Changed");
    let issue = look(2, "Issue reopened");
    assert_eq!((&issue["state"], said(&issue)), (&json!("open"), 4));
    // A forge that does not answer is an error, and the drift is told all the same.
    let place = place.with("GITHUB_API_URL", "http://127.0.0.1:9");
    place
        .drctl("drift -no-trail -github-issue")
        .exits(1)
        .says("was not brought up to date")
        .says("Drift in orders");
    place.drctl("drift -no-trail -github-issue=nonsense").exits(1).says("OWNER/NAME");
}
