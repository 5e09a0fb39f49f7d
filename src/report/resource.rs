//! One change of a plan: its heading, its reasons, its block.
use crate::address::InstanceKey;
use crate::plan::{Because, Change, LetGo, Planned, ReplaceOrder};
use crate::report::changed;
use crate::report::observed;
use crate::report::places::Places;
use crate::report::style::{Paint, Style};
use crate::report::text;
use crate::report::tree::Writer;
use crate::value::{Observed, Value};

/// Writes the change, without an empty line around it.
pub(super) fn render(planned: &Planned, places: &Places, destroy: bool, paint: Paint) -> String {
    let mut out = heading(planned, paint);
    let mut note = |text: &str, style: Style| {
        out.push_str(&format!("  {}\n", paint.paint(style, &format!("# {text}"))));
    };
    for reason in reasons(planned, destroy) {
        note(&reason, Style::Bold);
    }
    if let Some(place) = places.of_instance(&planned.address) {
        note(&place, Style::Dim);
    }
    if let Some(live) = &planned.live {
        for remark in observed::remarks(live) {
            note(&format!("observed: {remark}"), Style::Dim);
        }
    }
    out.push_str(&opening(planned, paint));
    let mut writer = Writer::new(paint);
    writer.block(0, &changed::node(planned));
    out.push_str(&writer.out);
    out.push('\n');
    out
}

fn heading(planned: &Planned, paint: Paint) -> String {
    let address = paint.paint(Style::Bold, &format!("# {}", text::address(&planned.address)));
    let loud = |word| paint.paint(Style::Error, word);
    let fate = match &planned.change {
        Change::Create => "will be created".to_owned(),
        Change::Read => "will be read during apply".to_owned(),
        Change::Delete => format!("will be {}", loud("destroyed")),
        Change::Forget => {
            "will no longer be managed by drctl, but will not be destroyed".to_owned()
        }
        Change::Stay(_) => "is left as it is".to_owned(),
        Change::Update { fields, moved_from: Some(_), .. } if fields.is_empty() => {
            "has moved: only its tags change".to_owned()
        }
        Change::Update { fields, moved_from: None, .. } if fields.is_empty() => {
            if untagged(planned.live.as_ref()) {
                "will be adopted: only its tags change".to_owned()
            } else {
                "will be updated in-place: only its tags change".to_owned()
            }
        }
        Change::Update { .. } if untagged(planned.live.as_ref()) => {
            "will be adopted and updated in-place".to_owned()
        }
        Change::Adopt { .. } => "will be imported: only its tags change".to_owned(),
        Change::Update { .. } => "will be updated in-place".to_owned(),
        Change::Replace { because: Because::Requested, .. } => {
            format!("will be {}, as requested", loud("replaced"))
        }
        Change::Replace { because: Because::Triggered, .. } => {
            format!("will be {} due to changes in replace_triggered_by", loud("replaced"))
        }
        Change::Replace { because: Because::Attributes(_), .. } => {
            format!("must be {}", loud("replaced"))
        }
        Change::Keep => "stays as it is".to_owned(),
        Change::Blocked(_) => "is not planned".to_owned(),
    };
    format!("  {address} {fate}\n")
}

/// True for something that can carry tags and does not say yet that this program looks after it.
fn untagged(live: Option<&Observed>) -> bool {
    let tags = live.and_then(|live| live.tags.as_ref());
    tags.is_some_and(|tags| !tags.contains_key("drctl:stack"))
}

fn reasons(planned: &Planned, destroy: bool) -> Vec<String> {
    match &planned.change {
        Change::Read if planned.want.0.values().all(Value::is_known) => {
            vec!["(depends on a resource with changes pending)".to_owned()]
        }
        Change::Read => vec!["(config refers to values not yet known)".to_owned()],
        Change::Delete | Change::Stay(_) if !destroy => vec![undeclared(planned)],
        Change::Forget => vec!["(destroy = false is set in the configuration)".to_owned()],
        Change::Adopt { fields } if !fields.is_empty() => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            let forces = fields.iter().any(|field| field.replaces);
            let then = if forces { "which would replace it" } else { "which changes that" };
            vec![format!("(differs in {}; plan again after this, {then})", names.join(", "))]
        }
        Change::Update { moved_from, let_go, .. } => {
            let moved = moved_from.iter().map(|from| format!("(moved from {})", text::safe(from)));
            moved.chain(let_go_of(let_go)).collect()
        }
        Change::Replace { fields, because: Because::Attributes(names), .. } => {
            let unknown = |name: &&'static str| {
                let mut named = fields.iter().filter(|field| field.name == *name);
                named.any(|field| !field.after.is_known())
            };
            if !names.is_empty() && names.iter().all(unknown) {
                let names: Vec<&str> = names.iter().copied().collect();
                let names = names.join(", ");
                vec![format!("(if {names} turns out to be another value; otherwise it stays)")]
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    }
}

/// Why what is ours is not wanted any more.
fn undeclared(planned: &Planned) -> String {
    match &planned.address.key {
        InstanceKey::Former(own, _) => {
            let now = planned.address.block.instance((**own).clone());
            format!("(because {} is another one in the configuration)", text::address(&now))
        }
        InstanceKey::None | InstanceKey::Index(_) | InstanceKey::Key(_) => {
            format!("(because {} is not in the configuration)", text::address(&planned.address))
        }
    }
}

/// What the configuration says nothing about any more.
fn let_go_of(let_go: &LetGo) -> Vec<String> {
    let LetGo { released, reset } = let_go;
    let mut reasons = Vec::new();
    if !reset.is_empty() {
        reasons.push(format!("(not set, so reset to the default: {})", reset.join(", ")));
    }
    if !released.is_empty() {
        let names = released.join(", ");
        reasons.push(format!("(no longer set, so released: {names}; AWS decides from now on)"));
    }
    reasons
}

fn opening(planned: &Planned, paint: Paint) -> String {
    let block = &planned.address.block;
    let labels = format!("{} {}", text::quote(&block.type_name), text::quote(&block.name));
    let plus = || paint.paint(Style::Added, "+");
    let minus = || paint.paint(Style::Removed, "-");
    match &planned.change {
        Change::Create => format!("  {} resource {labels} ", plus()),
        Change::Delete => format!("  {} resource {labels} ", minus()),
        Change::Read => format!(" {} data {labels} ", paint.paint(Style::Read, "<=")),
        Change::Replace { order: ReplaceOrder::DeleteFirst, .. } => {
            format!("{}/{} resource {labels} ", minus(), plus())
        }
        Change::Replace { order: ReplaceOrder::CreateFirst, .. } => {
            format!("{}/{} resource {labels} ", plus(), minus())
        }
        Change::Update { .. } | Change::Adopt { .. } => {
            format!("  {} resource {labels} ", paint.paint(Style::Changed, "~"))
        }
        Change::Forget => format!("  {} resource {labels} ", paint.paint(Style::Dim, ".")),
        Change::Keep | Change::Stay(_) | Change::Blocked(_) => {
            format!("    resource {labels} ")
        }
    }
}
