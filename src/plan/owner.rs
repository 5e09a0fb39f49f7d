//! Whose a live resource is, as its tags say, and what those tags are.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::address::{Address, Scope};
use crate::schema::{Key, Placement, TypeSpec, Unset};
use crate::value::Object;

/// Tag that names the stack of a resource.
pub const STACK_TAG: &str = "drctl:stack";
/// Tag that names the address of a resource within its stack.
pub const ADDRESS_TAG: &str = "drctl:address";
/// Tag that binds the others to the one thing that they were written on: AWS copies tags, to a
/// snapshot and to what is restored from it, and a copy proves nothing.
pub const ID_TAG: &str = "drctl:id";
/// Tag that says which resource this one was created to replace, before that was destroyed.
pub const REPLACES_TAG: &str = "drctl:replaces";
/// Tag that names the attributes which the configuration set and which AWS would else decide. What
/// does not fit into one tag goes on in those with `.2`, `.3` and so on behind the name.
pub const MANAGED_TAG: &str = "drctl:managed";

/// How many characters the value of a tag may have.
const LONGEST: usize = 256;

/// Whose a live resource is.
#[derive(Debug, PartialEq)]
pub(super) enum Owner {
    /// This stack's, at this address. `proven`: its tags say that they are its own.
    Us {
        /// Whether they do; those of an earlier version do not say.
        proven: bool,
    },
    /// This stack's, at another address.
    UsElsewhere(String),
    /// It carries tags of this stack, which were written on another thing or may have been; the
    /// address in them.
    Unproven(String),
    /// Nobody's that we know of.
    Nobody,
    /// Somebody else's.
    Other(String),
}

/// What the tags must say of whoever is ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    /// Name of the stack.
    pub(super) stack: &'a str,
    /// The address.
    pub(super) address: &'a Address,
    /// Addresses that it had before.
    pub(super) before: &'a [Address],
    /// What [`ID_TAG`] says on it; none where that cannot be known.
    pub(super) id: Option<&'a str>,
}

impl Claim<'_> {
    pub(super) fn on(&self, tags: &BTreeMap<String, String>) -> Owner {
        let Some(stack) = tags.get(STACK_TAG) else {
            return match tags.get("aws:cloudformation:stack-name") {
                Some(stack) => Owner::Other(format!("the CloudFormation stack {stack}")),
                None => Owner::Nobody,
            };
        };
        if stack != self.stack {
            return Owner::Other(format!("the drctl stack {stack}"));
        }
        let at = tags.get(ADDRESS_TAG).cloned().unwrap_or_default();
        let here = at == label(self.address);
        match (tags.get(ID_TAG), self.id) {
            (Some(id), Some(own)) if id != own => Owner::Unproven(at),
            (Some(_), _) if here => Owner::Us { proven: true },
            (Some(_), _) => Owner::UsElsewhere(at),
            // Earlier versions wrote no id. What is named here and says so itself is ours all the same.
            (None, _) if here => Owner::Us { proven: self.id.is_none() },
            (None, _) if self.before.iter().any(|before| label(before) == at) => {
                Owner::UsElsewhere(at)
            }
            (None, _) => Owner::Unproven(at),
        }
    }
}

/// The address as a tag can hold it: tags allow no `[`, `]` or `"`.
pub fn label(address: &Address) -> String {
    let text = address.to_string();
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    let replaced = text.replace("[\"", "/").replace("\"]", "").replace('[', "/").replace(']', "");
    let label: String = replaced.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    if label.chars().count() <= LONGEST {
        return label;
    }
    // What is cut off still tells two addresses apart.
    let digest = hex(&Sha256::digest(text)[..8]);
    let kept: String = label.chars().take(LONGEST - digest.len() - 1).collect();
    format!("{kept}+{digest}")
}

/// The address that a label was made of, as far as it can be told: a key of digits is taken for a
/// number, and what a tag cannot hold is lost.
pub(super) fn address_of(label: &str, type_name: &str) -> Option<Address> {
    let own = format!("{type_name}.");
    let start = match label.strip_prefix(&own) {
        Some(_) => 0,
        None => label.rfind(&format!(".{own}"))? + 1,
    };
    let (modules, rest) = label.split_at(start);
    let key = |text: &str| match text.parse::<u64>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!("[{}]", serde_json::Value::from(text)),
    };
    let keyed = |text: &str| match text.split_once('/') {
        Some((name, own)) => format!("{name}{}", key(own)),
        None => text.to_owned(),
    };
    let mut whole = String::new();
    for module in modules.split("module.").filter(|step| !step.is_empty()) {
        let _ = write!(whole, "module.{}.", keyed(module.trim_end_matches('.')));
    }
    Address::parse(&format!("{whole}{own}{}", keyed(&rest[own.len()..])))
}

/// What [`ID_TAG`] says on one thing: a digest of where it is, what it is and whose.
pub fn identity(stack: &str, spec: &TypeSpec, scope: &Scope, key: &Key) -> String {
    let region = if is_everywhere(spec) { "" } else { scope.region.as_str() };
    let place = [stack, scope.region.partition(), scope.account.as_str(), region, spec.name];
    let mut hash = Sha256::new();
    for part in place.into_iter().chain(key.all().iter().map(String::as_str)) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..12])
}

/// Whether things of a type are the same in all Regions of an account.
pub(super) fn is_everywhere(spec: &TypeSpec) -> bool {
    spec.placement == Placement::Global || spec.arn.is_some_and(|arn| !arn.contains("{region}"))
}

/// The tags that say whose a resource is. `id`: what [`identity`] says, if it can be known yet.
pub fn ownership(stack: &str, address: &Address, id: Option<String>) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([
        (STACK_TAG.to_owned(), stack.to_owned()),
        (ADDRESS_TAG.to_owned(), label(address)),
    ]);
    tags.extend(id.map(|id| (ID_TAG.to_owned(), id)));
    tags
}

/// Names of the attributes that the configuration sets and AWS would else decide.
fn managed(spec: &'static TypeSpec, want: &Object) -> BTreeSet<&'static str> {
    let decided = spec.inputs.iter().filter(|spec| spec.unset == Unset::AwsDecides);
    decided.map(|spec| spec.name).filter(|name| !want.get(name).is_null()).collect()
}

/// What [`MANAGED_TAG`] says of an object, in as many tags as it takes.
pub fn managed_tags(spec: &'static TypeSpec, want: &Object) -> BTreeMap<String, String> {
    let mut values: Vec<String> = Vec::new();
    for name in managed(spec, want) {
        match values.last_mut() {
            Some(last) if last.len() + name.len() < LONGEST => {
                last.push(' ');
                last.push_str(name);
            }
            _ => values.push(name.to_owned()),
        }
    }
    let name = |index: usize| match index {
        0 => MANAGED_TAG.to_owned(),
        more => format!("{MANAGED_TAG}.{}", more + 1),
    };
    values.into_iter().enumerate().map(|(index, value)| (name(index), value)).collect()
}

/// Those of the tags that say which attributes were set.
pub fn told_managed(tags: &BTreeMap<String, String>) -> BTreeMap<&String, &String> {
    tags.iter().filter(|(key, _)| key.starts_with(MANAGED_TAG)).collect()
}

/// Attributes that the configuration set when it was last applied and sets no longer, and that AWS
/// decides from now on.
pub(super) fn released(
    spec: &'static TypeSpec,
    want: &Object,
    tags: &BTreeMap<String, String>,
) -> Vec<&'static str> {
    let now = managed(spec, want);
    let told: BTreeSet<&str> =
        told_managed(tags).into_values().flat_map(|value| value.split(' ')).collect();
    let decided = spec.inputs.iter().filter(|spec| spec.unset == Unset::AwsDecides);
    decided.map(|spec| spec.name).filter(|n| told.contains(n) && !now.contains(n)).collect()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_its_label() {
        let check = |address: &str, type_name: &str| {
            let address = Address::parse(address).expect("an address");
            assert_eq!(address_of(&label(&address), type_name), Some(address));
        };
        check("aws_sns_topic.main", "aws_sns_topic");
        check("aws_sns_topic.main[3]", "aws_sns_topic");
        check("aws_sns_topic.main[\"us-east-1/x.y\"]", "aws_sns_topic");
        check("module.a.module.b[\"k\"].aws_sns_topic.main[0]", "aws_sns_topic");
        check("module.a[\"x.y\"].aws_sns_topic.main[\"a b\"]", "aws_sns_topic");
        assert_eq!(address_of("aws_sns_topic.main", "aws_sqs_queue"), None);
        assert_eq!(address_of("", "aws_sqs_queue"), None);
        // What a tag cannot hold is another key.
        let address = Address::parse("a_b.c[\"x*\"]").expect("an address");
        assert_eq!(address_of(&label(&address), "a_b"), Address::parse("a_b.c[\"x_\"]"));
    }

    #[test]
    fn copied_tags_prove_nothing() {
        let address = Address::parse("a_b.c").expect("an address");
        let old = [Address::parse("a_b.old").expect("an address")];
        let claim = Claim { stack: "s", address: &address, before: &old, id: Some("1") };
        let check = |tags: &[(&str, &str)], expected: Owner| {
            let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(claim.on(&tags), expected, "{tags:?}");
        };
        let stack = (STACK_TAG, "s");
        check(&[stack, (ADDRESS_TAG, "a_b.c"), (ID_TAG, "1")], Owner::Us { proven: true });
        check(&[stack, (ADDRESS_TAG, "a_b.c"), (ID_TAG, "2")], Owner::Unproven("a_b.c".into()));
        check(&[stack, (ADDRESS_TAG, "a_b.c")], Owner::Us { proven: false });
        check(&[stack, (ADDRESS_TAG, "a_b.d"), (ID_TAG, "1")], Owner::UsElsewhere("a_b.d".into()));
        check(&[stack, (ADDRESS_TAG, "a_b.old")], Owner::UsElsewhere("a_b.old".into()));
        check(&[stack, (ADDRESS_TAG, "a_b.d")], Owner::Unproven("a_b.d".into()));
        check(&[(STACK_TAG, "t"), (ID_TAG, "1")], Owner::Other("the drctl stack t".into()));
        check(&[(ADDRESS_TAG, "a_b.c")], Owner::Nobody);
        check(&[], Owner::Nobody);
    }
}
