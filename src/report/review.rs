//! A plan for whoever reviews a change: Markdown with the verdict first, what is dangerous loudly on
//! top, and as many details as fit.
use std::collections::BTreeMap;

use crate::address::Scope;
use crate::plan::{Change, Counts, Plan, Planned};
use crate::recoverability::Severity;
use crate::report::markdown::{
    Fitted, Item, Marker, cell, code, details, diff, fenced, fit, html_code,
};
use crate::report::places::Places;
use crate::report::{Paint, blocked, plan as text_plan, resource, text};

/// What GitHub takes as a comment, in bytes; it counts characters, of which there are never more.
pub const GITHUB: usize = 65_536;
/// What GitLab takes as a comment.
pub const GITLAB: usize = 1_000_000;
/// What GitHub takes as the summary of a step.
pub const SUMMARY: usize = 1_048_576;

/// Lines of what is dangerous that are shown at most; of more it says how many.
const LOUD: usize = 50;
/// Columns of the blocks.
const WIDTH: usize = 100;

/// What there is to say beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Name of the stack.
    pub stack: &'a str,
    /// What stands for the plan where it is approved; none if it cannot be approved.
    pub hash: Option<&'a str>,
    /// How many bytes there may be.
    pub limit: usize,
    /// Where the whole plan can be read.
    pub link: Option<&'a str>,
}

/// The review, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Markdown, at most as long as was asked for, with a marker in its first line.
    pub text: String,
    /// The hash that it offers for approval: none if something was left out.
    pub approves: Option<String>,
}

/// How a plan is judged, in one word for labels and statuses: the worst that is true of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// There is nothing to do.
    NoChanges,
    /// Things change, and nothing goes away.
    Changes,
    /// Things go away.
    Destroys,
    /// Afterwards recovery is impossible, slower or blind, or data is gone.
    LowersRecoverability,
    /// Parts could not be planned, or are refused.
    Incomplete,
}

impl Verdict {
    /// From the best to the worst.
    pub const ALL: [Self; 5] = [
        Self::NoChanges,
        Self::Changes,
        Self::Destroys,
        Self::LowersRecoverability,
        Self::Incomplete,
    ];

    /// Of a plan.
    pub fn of(plan: &Plan) -> Self {
        let acting = |one: &&Planned| text_plan::acts(&one.change);
        let goes = |one: &Planned| matches!(one.change, Change::Delete | Change::Replace { .. });
        let (refused, unknown) = blocked::counts(plan);
        if refused + unknown > 0 || !plan.unreadable.is_empty() {
            Self::Incomplete
        } else if !plan.lowered().is_empty() || plan.changes.values().any(Planned::destroys_data) {
            Self::LowersRecoverability
        } else if plan.changes.values().any(goes) {
            Self::Destroys
        } else if plan.changes.values().any(|one| acting(&one)) {
            Self::Changes
        } else {
            Self::NoChanges
        }
    }

    /// The label of a pull request.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoChanges => "drctl/no-changes",
            Self::Changes => "drctl/changes",
            Self::Destroys => "drctl/destroys",
            Self::LowersRecoverability => "drctl/lowers-recoverability",
            Self::Incomplete => "drctl/incomplete",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::NoChanges => "✅",
            Self::Changes => "📝",
            Self::Destroys => "⚠️",
            Self::LowersRecoverability => "🛑",
            Self::Incomplete => "❓",
        }
    }
}

/// The review of a plan.
pub fn render(plan: &Plan, about: &About<'_>) -> Review {
    let verdict = Verdict::of(plan);
    let items = items(plan);
    let marker = |hash: Option<&str>| {
        Marker {
            kind: "plan".to_owned(),
            stack: about.stack.to_owned(),
            hash: hash.map(str::to_owned),
        }
        .line()
    };
    let head = |marker: String, loud: usize| {
        let mut out = format!(
            "{marker}\n### {} {}: {}\n",
            verdict.mark(),
            code(about.stack),
            text_plan::summary(plan).trim_start_matches("Plan: ")
        );
        out.push_str(&dangers(plan, loud));
        out.push_str(&not_planned(plan, loud));
        out.push_str(&table(plan));
        out
    };
    // With the hash the head is longest; whether it may be offered is known only afterwards.
    let hash = about.hash;
    let mut loud = LOUD;
    let mut begun = head(marker(hash), loud);
    // Where nothing is to be done there is nothing to approve in so many words.
    let ending = ending(hash.filter(|_| verdict != Verdict::NoChanges), about.link);
    while begun.len() + ending.len() + FOOT > about.limit && loud > 0 {
        loud /= 2;
        begun = head(marker(hash), loud);
    }
    let room = about.limit.saturating_sub(begun.len() + ending.len() + FOOT);
    let fitted = fit(&items, room);
    let said_all = fitted.is_whole() && loud_lines(plan) <= loud;
    if said_all {
        let text = format!("{begun}{}{ending}", fitted.text);
        return Review { text, approves: hash.map(str::to_owned) };
    }
    let begun = head(marker(None), loud);
    let text = format!("{begun}{}{}", fitted.text, cut(&fitted, items.len(), about.link));
    Review { text, approves: None }
}

/// Room for what is said when something was left out.
const FOOT: usize = 600;

fn ending(hash: Option<&str>, link: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(hash) = hash {
        out.push_str(&format!(
            "\nPlan {}. `drctl apply -approved={hash}` does exactly this, or nothing.\n",
            code(hash)
        ));
    }
    if let Some(link) = link.and_then(address) {
        out.push_str(&format!("\n[Where it was made]({link})\n"));
    }
    out
}

fn cut(fitted: &Fitted, all: usize, link: Option<&str>) -> String {
    let hidden = fitted.brief + fitted.left;
    let whole = match link.and_then(address) {
        Some(link) => format!("[where it was made]({link}), or with `drctl show PLAN`"),
        None => "with `drctl show PLAN`".to_owned(),
    };
    let what = if hidden > 0 {
        format!("{hidden} of {} stand here without their attributes", text::count(all, "change"))
    } else {
        "some of what is dangerous is not named".to_owned()
    };
    format!(
        "\n**Truncated**: {what}. Read the plan whole {whole}. What was not shown cannot be \
         approved, so no hash is offered here.\n"
    )
}

/// An address of the web that can stand in a link as it is.
fn address(link: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&+,;=%".contains(c);
    let web = link.starts_with("https://") || link.starts_with("http://");
    (web && link.len() < 200 && link.chars().all(plain)).then_some(link)
}

fn loud_lines(plan: &Plan) -> usize {
    let data = plan.changes.values().filter(|one| one.destroys_data()).count();
    let (refused, unknown) = blocked::counts(plan);
    data.max(lowered(plan).len()).max(refused + unknown + plan.unreadable.len())
}

/// What lowers recoverability; that of what is destroyed on purpose is said with the data.
fn lowered(plan: &Plan) -> Vec<String> {
    let lines = plan
        .lowered()
        .into_iter()
        .filter(|(_, effect)| !plan.destroy || effect.severity == Severity::Critical);
    lines
        .map(|(planned, effect)| {
            let address = code(&planned.address.to_string());
            format!("* **{}**: {address}: {}\n", effect.severity.name(), code(&effect.text))
        })
        .collect()
}

/// A heading and lines, of which at most `most` are shown.
fn section(title: &str, lines: &[String], most: usize) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{title}\n\n");
    out.extend(lines.iter().take(most).map(String::as_str));
    if lines.len() > most {
        out.push_str(&format!("* and {} more\n", lines.len() - most));
    }
    out
}

fn dangers(plan: &Plan, most: usize) -> String {
    let data = plan.changes.values().filter(|one| one.destroys_data());
    let data: Vec<String> = data
        .map(|one| {
            let fate = if matches!(one.change, Change::Delete) { "destroyed" } else { "replaced" };
            format!("* {} is {fate}\n", code(&one.address.to_string()))
        })
        .collect();
    let title = "**🛑 Destroys data that cannot be had back**";
    let mut out = section(title, &data, most);
    out.push_str(&section("**🛑 Lowers recoverability**", &lowered(plan), most));
    out
}

fn not_planned(plan: &Plan, most: usize) -> String {
    let (mut refused, mut unknown) = (Vec::new(), Vec::new());
    for planned in plan.changes.values() {
        let Change::Blocked(why) = &planned.change else { continue };
        let (refusal, said) = blocked::in_short(why);
        let line = format!("* {}: {}\n", code(&planned.address.to_string()), code(&said));
        if refusal { refused.push(line) } else { unknown.push(line) }
    }
    for one in plan.unreadable.iter().filter(|one| !plan.changes.contains_key(&one.address)) {
        let line = format!("* {}: {}\n", code(&one.address.to_string()), code(&one.reason));
        unknown.push(line);
    }
    let mut out = section("**⛔ Refused**", &refused, most);
    out.push_str(&section("**❓ Not planned: nothing is claimed about these**", &unknown, most));
    out
}

/// How many rows the table may have; more places are counted together.
const ROWS: usize = 40;

fn table(plan: &Plan) -> String {
    let mut places: BTreeMap<Option<&Scope>, Plan> = BTreeMap::new();
    for planned in plan.changes.values().filter(|one| !matches!(one.change, Change::Keep)) {
        let place = places.entry(planned.scope.as_ref()).or_default();
        place.changes.insert(planned.address.clone(), planned.clone());
    }
    if places.is_empty() {
        return String::new();
    }
    let mut out =
        "\n| account and Region | add | change | replace | destroy | import | not planned |\n\
                   |---|---|---|---|---|---|---|\n"
            .to_owned();
    let beyond = places.len().saturating_sub(ROWS);
    for (scope, part) in places.iter().take(ROWS) {
        let Counts { import, add, change, destroy, blocked, forget: _, stay: _ } = part.counts();
        let replaced = part
            .changes
            .values()
            .filter(|one| matches!(one.change, Change::Replace { .. }))
            .count();
        let place =
            scope.map_or_else(|| "on this machine".to_owned(), |one| cell(&one.to_string()));
        let (add, destroy) = (add - replaced, destroy - replaced);
        let cells = [add, change, replaced, destroy, import, blocked];
        let cells = cells.map(|count| if count == 0 { String::new() } else { count.to_string() });
        out.push_str(&format!("| {place} | {} |\n", cells.join(" | ")));
    }
    if beyond > 0 {
        out.push_str(&format!("| and {beyond} more | | | | | | |\n"));
    }
    out
}

/// Changes, the most important first.
fn items(plan: &Plan) -> Vec<Item> {
    let places = Places::of(plan);
    let paint = Paint { width: WIDTH, ..Paint::PLAIN };
    let mut changes: Vec<&Planned> =
        plan.changes.values().filter(|one| text_plan::acts(&one.change)).collect();
    changes.sort_by_key(|one| (weight(one), &one.address));
    let item = |planned: &&Planned| {
        let (sign, address) = (sign(&planned.change), planned.address.to_string());
        let place = places.of_instance(&planned.address);
        let place = place.map(|place| format!(" in {}", html_code(&place))).unwrap_or_default();
        let summary = format!("{} {}{place}", html_code(sign), html_code(&address));
        let shown = resource::render(planned, &places, plan.destroy, paint);
        Item {
            full: details(&summary, &diff(&shown)),
            brief: format!("* {} {}\n", code(sign), code(&address)),
        }
    };
    changes.iter().map(item).collect()
}

/// The less, the more important.
fn weight(planned: &Planned) -> (bool, std::cmp::Reverse<Option<Severity>>, u8) {
    let worst = planned.effects().first().map(|effect| effect.severity);
    let kind = match &planned.change {
        Change::Delete => 0,
        Change::Replace { .. } => 1,
        Change::Update { .. } => 2,
        Change::Adopt { .. } => 3,
        Change::Create => 4,
        Change::Forget | Change::Read | Change::Keep | Change::Stay(_) | Change::Blocked(_) => 5,
    };
    (!planned.destroys_data(), std::cmp::Reverse(worst), kind)
}

const fn sign(change: &Change) -> &'static str {
    match change {
        Change::Create => "+",
        Change::Update { .. } | Change::Adopt { .. } => "~",
        Change::Replace { .. } => "-/+",
        Change::Delete => "-",
        Change::Read => "<=",
        Change::Forget => ".",
        Change::Keep | Change::Stay(_) | Change::Blocked(_) => " ",
    }
}

/// What is posted when there is no plan to show: what the run said, as much of its beginning and its
/// end as fits.
pub fn failed(stack: &str, said: &str, limit: usize) -> String {
    let marker = Marker { kind: "plan".to_owned(), stack: stack.to_owned(), hash: None };
    let head = format!("{}\n### ❌ {}: the plan failed\n\n", marker.line(), code(stack));
    let said = text::safe_lines(&console::strip_ansi_codes(said));
    let lines: Vec<&str> = said.lines().collect();
    let mut shown = lines.len();
    loop {
        let (first, last) = (shown.div_ceil(2), shown / 2);
        let hidden = lines.len() - shown;
        let middle = format!("... {} left out ...", text::count(hidden, "line"));
        let mut parts = lines[..first].to_vec();
        if hidden > 0 {
            parts.push(&middle);
        }
        parts.extend(&lines[lines.len() - last..]);
        let out = format!("{head}{}", fenced("", &parts.join("\n")));
        if out.len() <= limit || shown == 0 {
            return out;
        }
        shown = shown * 9 / 10;
    }
}
