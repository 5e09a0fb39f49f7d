//! What a custom widget of a CloudWatch dashboard shows: who writes, who lags, what happened last.
use std::fmt::Write as _;

/// What was read for the widget.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The global database.
    pub global: String,
    /// What it is doing, or why that cannot be said.
    pub status: Result<String, String>,
    /// The endpoint that follows the writer.
    pub endpoint: Option<String>,
    /// The members, writers first.
    pub members: Vec<Shown>,
}

/// One member.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Its Region.
    pub region: String,
    /// Its identifier.
    pub cluster: String,
    /// Whether it writes.
    pub writer: bool,
    /// `connected`, or `pending-resync` while it is rebuilt.
    pub synchronization: Option<String>,
    /// How far it is behind.
    pub lag: Lag,
    /// When and what RDS said of it last, as far as global databases are concerned.
    pub last: Result<Option<(String, String)>, String>,
}

/// How far a member is behind.
#[derive(Debug, Clone, PartialEq)]
pub enum Lag {
    /// It writes: there is nothing to be behind of.
    Writer,
    /// Milliseconds.
    Milliseconds(f64),
    /// RDS has reported nothing for a while: replication may have died.
    Silent,
    /// Why it cannot be said.
    Unreadable(String),
}

/// What the widget says of itself when the dashboard asks, in Markdown.
pub const ABOUT: &str = "\
### Global database

Role of each member, how far it is behind the writer, and what RDS said last.

The widget takes no parameters: the function knows its global database. With `\"dry_run\": true` \
the same function tells what it would do on a failover.
";

/// The picture as HTML: no script, nothing to click, every text escaped.
pub fn html(picture: &Picture) -> String {
    let mut out = String::new();
    let status = match &picture.status {
        Ok(status) => escape(status),
        Err(why) => format!("<b>unknown</b>: {}", escape(why)),
    };
    let _ = write!(out, "<p><b>{}</b> is {status}", escape(&picture.global));
    if let Some(endpoint) = &picture.endpoint {
        let _ = write!(out, "<br>Writers connect to <code>{}</code>", escape(endpoint));
    }
    out.push_str("</p>");
    if picture.members.is_empty() {
        return out;
    }
    out.push_str(
        "<table><tr><th>Region</th><th>Cluster</th><th>Role</th><th>Behind</th><th>Last event</th></tr>",
    );
    for member in &picture.members {
        let role = match (member.writer, member.synchronization.as_deref()) {
            (true, _) => "<b>writer</b>".to_owned(),
            (false, None | Some("connected")) => "reader".to_owned(),
            (false, Some(state)) => format!("reader, {}", escape(state)),
        };
        let last = match &member.last {
            Ok(Some((at, message))) => format!("{}<br>{}", escape(at), escape(message)),
            Ok(None) => "none in 14 days".to_owned(),
            Err(why) => format!("unknown: {}", escape(why)),
        };
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{role}</td><td>{}</td><td>{last}</td></tr>",
            escape(&member.region),
            escape(&member.cluster),
            behind(&member.lag),
        );
    }
    out.push_str("</table>");
    out
}

fn behind(lag: &Lag) -> String {
    match lag {
        Lag::Writer => "&ndash;".to_owned(),
        Lag::Milliseconds(lag) if *lag < 1000.0 => format!("{lag:.0} ms"),
        Lag::Milliseconds(lag) if *lag < 120_000.0 => format!("{:.1} s", lag / 1000.0),
        Lag::Milliseconds(lag) => format!("<b>{:.0} min</b>", lag / 60_000.0),
        Lag::Silent => "<b>no data for 15 minutes</b>".to_owned(),
        Lag::Unreadable(why) => format!("unknown: {}", escape(why)),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
