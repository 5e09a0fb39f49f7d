//! Writes what was found as files of a configuration.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::{Decorate, Ident};

use crate::address::Region;
use crate::config::provider::AssumeRole;
use crate::diagnostic::Source;
use crate::discover::documents::{self, reference};
use crate::discover::leaves::{document, leaves, quoted};
use crate::discover::links::{Index, is_global};
use crate::discover::{Estate, Found, Id, Place, choice, labels};
use crate::lang;
use crate::schema::{AttributeSpec, Identity, Kind};
use crate::value::{Object, Value};

/// A file of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text, in the canonical layout.
    pub text: String,
}

/// Which file a type goes into, by how its name begins; the first that fits.
const FILES: &[(&str, &str)] = &[
    ("aws_rds_", "databases.hcl"),
    ("aws_db_event_subscription", "monitoring.hcl"),
    ("aws_db_", "databases.hcl"),
    ("aws_backup_", "backups.hcl"),
    ("aws_kms_", "keys.hcl"),
    ("aws_iam_", "roles.hcl"),
    ("aws_lambda_", "functions.hcl"),
    ("aws_cloudwatch_event_", "events.hcl"),
    ("aws_cloudwatch_log_group", "functions.hcl"),
    ("aws_cloudwatch_", "monitoring.hcl"),
    ("", "messages.hcl"),
];

/// The configuration that an estate is: a file with settings, one for each sort of thing, and one
/// with `import` blocks.
pub fn write(estate: &Estate, places: &[Place], stack: &str) -> Vec<File> {
    let index = Index::new(estate, places);
    let writer = Writer {
        estate,
        places,
        labels: labels::labels(estate, places),
        needs: needs(estate, &index),
        index,
    };
    let mut bodies: BTreeMap<&str, Body> = BTreeMap::new();
    let mut secrets = Vec::new();
    let mut imports = Body::new();
    for (id, found) in estate.ours() {
        let (_, file) = FILES
            .iter()
            .find(|(begin, _)| id.type_name.starts_with(begin))
            .expect("the last one fits all");
        let mut block = writer.resource(id, found, &mut secrets);
        let body = bodies.entry(file).or_default();
        apart(&mut block, body);
        body.push(block);
        // What has no tags belongs to whoever that belongs to which it is a part of.
        if found.live.tags.is_some() {
            let mut import = writer.import(id, found);
            apart(&mut import, &imports);
            imports.push(import);
        }
    }
    let mut files = vec![File { name: "main.hcl".to_owned(), text: writer.main(stack, secrets) }];
    files.extend(bodies.into_iter().map(|(name, body)| file(name, "", &body)));
    if !imports.is_empty() {
        let about = "# What is taken over. Once `drctl apply` has done so, this file can go.\n\n";
        files.push(file("imports.hcl", about, &imports));
    }
    files
}

/// An empty line between blocks.
fn apart(block: &mut Block, body: &Body) {
    if !body.is_empty() {
        block.decor_mut().set_prefix("\n");
    }
}

fn file(name: &str, about: &str, body: &Body) -> File {
    let source = Source { name: name.to_owned(), text: format!("{about}{body}") };
    let text = lang::layout(&Arc::new(source)).expect("what is written here can be read");
    File { name: name.to_owned(), text }
}

/// Which resource refers to which; never in a circle, which no configuration may have.
fn needs(estate: &Estate, index: &Index<'_>) -> BTreeMap<Id, BTreeSet<Id>> {
    let mut needs: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    // Documents may name who names them: what an attribute says comes first.
    for documents in [false, true] {
        for (id, found) in estate.ours() {
            for leaf in leaves(&found.live.inputs) {
                let attribute = leaf.path.split('.').next().unwrap_or_default();
                let text = found.live.inputs.get(attribute).as_str();
                if text.and_then(document).is_some() != documents {
                    continue;
                }
                if let Some((other, _)) = index.meant(id, &leaf.path, &leaf.text)
                    && other != id
                    && !reaches(&needs, other, id)
                {
                    needs.entry(id.clone()).or_default().insert(other.clone());
                }
            }
        }
    }
    needs
}

fn reaches(needs: &BTreeMap<Id, BTreeSet<Id>>, from: &Id, to: &Id) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(needs.get(id).into_iter().flatten());
        }
    }
    false
}

struct Writer<'a> {
    estate: &'a Estate,
    places: &'a [Place],
    labels: BTreeMap<Id, String>,
    needs: BTreeMap<Id, BTreeSet<Id>>,
    index: Index<'a>,
}

/// A secret that a variable stands for.
struct Secret {
    variable: String,
    of: String,
}

impl Writer<'_> {
    fn address(&self, id: &Id) -> String {
        format!("{}.{}", id.type_name, self.labels[id])
    }

    fn resource(&self, id: &Id, found: &Found, secrets: &mut Vec<Secret>) -> Block {
        let spec = found.kind.spec();
        let mut body = Body::new();
        if let Some(alias) = self.alias(id) {
            body.push(attribute("provider", reference(&format!("aws.{alias}"))));
        }
        let packed = id.type_name == "aws_lambda_function"
            && found.told("package_type").as_str() != Some("Image");
        if packed {
            let name = found.told("function_name").as_str().unwrap_or_default();
            let path = format!("\"${{path.module}}/functions/{name}.zip\"");
            let mut package = attribute("filename", reference(&path));
            package.decor_mut().set_prefix(
                "# The package is not fetched: put it there before the function is made anew.\n",
            );
            body.push(package);
        }
        self.attributes(id, found, spec.inputs, &found.live.inputs, "", &mut body, secrets);
        if packed {
            let mut lifecycle = Block::new(Ident::new("lifecycle"));
            lifecycle.body.push(attribute("ignore_changes", reference("[filename]")));
            lifecycle.decor_mut().set_prefix("\n");
            body.push(lifecycle);
        }
        if id.type_name == "aws_cloudwatch_composite_alarm" {
            self.depends(id, found, &mut body);
        }
        let mut block =
            Block::builder(Ident::new("resource")).labels([id.type_name, &self.labels[id]]).build();
        block.body = body;
        block
    }

    /// Alarms that stand in a rule by their names.
    fn depends(&self, id: &Id, found: &Found, body: &mut Body) {
        let rule = found.told("alarm_rule").as_str().unwrap_or_default();
        let named: Vec<&str> = quoted(rule).collect();
        let others = self.estate.ours().filter(|(other, _)| {
            *other != id && other.place == id.place && other.type_name.ends_with("_alarm")
        });
        let meant = others.filter(|(other, _)| named.contains(&other.key.all()[0].as_str()));
        let addresses: Vec<String> = meant.map(|(other, _)| self.address(other)).collect();
        if !addresses.is_empty() {
            let list = reference(&format!("[{}]", addresses.join(", ")));
            let mut depends = attribute("depends_on", list);
            depends.decor_mut().set_prefix("\n");
            body.push(depends);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place in a resource takes that many words")]
    fn attributes(
        &self,
        id: &Id,
        found: &Found,
        table: &'static [AttributeSpec],
        object: &Object,
        path: &str,
        body: &mut Body,
        secrets: &mut Vec<Secret>,
    ) {
        for spec in table {
            let value = object.get(spec.name);
            let path = if path.is_empty() {
                spec.name.to_owned()
            } else {
                format!("{path}.{}", spec.name)
            };
            if let Value::Sensitive(_) = value {
                let of = format!("{}.{path}", self.address(id));
                let variable = format!("{}_{}", self.labels[id], path.replace('.', "_"));
                body.push(attribute(spec.name, reference(&format!("var.{variable}"))));
                secrets.push(Secret { variable, of });
                continue;
            }
            if !choice::is_written(self.estate, found, &path, spec, value)
                || choice::is_nothing(value)
            {
                continue;
            }
            match (spec.kind, value) {
                (Kind::Record(inner), Value::Object(object)) => {
                    self.block(id, found, spec.name, inner, object, &path, body, secrets);
                }
                (
                    Kind::List(Kind::Record(inner)) | Kind::Set(Kind::Record(inner)),
                    Value::List(all),
                ) => {
                    for object in all.iter().filter_map(Value::as_object) {
                        self.block(id, found, spec.name, inner, object, &path, body, secrets);
                    }
                }
                (Kind::Map(_), _) => {
                    let named =
                        |name: &str, text: &str| self.named(id, &format!("{path}.{name}"), text);
                    let members = value.as_object().into_iter().flat_map(Object::iter);
                    let members = members.map(|(name, value)| {
                        (name, documents::expression(value, &|text: &str| named(name, text)))
                    });
                    add(body, attribute(spec.name, documents::object(members)));
                }
                _ => {
                    let replace = |text: &str| self.named(id, &path, text);
                    add(body, attribute(spec.name, documents::attribute(spec, value, &replace)));
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place in a resource takes that many words")]
    fn block(
        &self,
        id: &Id,
        found: &Found,
        name: &str,
        table: &'static [AttributeSpec],
        object: &Object,
        path: &str,
        body: &mut Body,
        secrets: &mut Vec<Secret>,
    ) {
        let mut inner = Body::new();
        self.attributes(id, found, table, object, path, &mut inner, secrets);
        if inner.is_empty() {
            return;
        }
        let mut block = Block::new(Ident::new(name));
        block.body = inner;
        if !body.is_empty() {
            block.decor_mut().set_prefix("\n");
        }
        body.push(block);
    }

    /// A reference to what a text means, if that is written too.
    fn named(&self, id: &Id, path: &str, text: &str) -> Option<Expression> {
        let (other, attribute) = self.index.meant(id, path, text)?;
        let needed = self.needs.get(id).is_some_and(|needs| needs.contains(other));
        needed.then(|| reference(&format!("{}.{attribute}", self.address(other))))
    }

    fn import(&self, id: &Id, found: &Found) -> Block {
        let spec = found.kind.spec();
        let told = found.told(spec.id).as_str().unwrap_or_default().to_owned();
        let name = match (spec.identity, id.key.all()) {
            (Identity::Minted(_), _) => id.key.to_string(),
            (_, [_]) if !told.is_empty() => told,
            _ => id.key.to_string(),
        };
        let body = Body::builder()
            .attribute(attribute("to", reference(&self.address(id))))
            .attribute(attribute("id", name.as_str().into()));
        let mut block = Block::new(Ident::new("import"));
        block.body = body.build();
        block
    }

    /// The alias of a place's provider; none for the first, which is the default.
    fn alias(&self, id: &Id) -> Option<String> {
        // Of what has no Region, any Region of the account will do.
        let account = &self.places[id.place].scope.account;
        let same = |place: &Place| place.scope.account == *account;
        let place =
            if is_global(id.type_name) { self.places.iter().position(same)? } else { id.place };
        alias(self.places, place)
    }

    fn main(&self, stack: &str, secrets: Vec<Secret>) -> String {
        let mut text = String::from(
            "# What AWS has, as `drctl discover` found it. `drctl plan` shows what it would take over;\n\
             # `drctl apply` writes ownership tags and nothing else.\n\n",
        );
        text.push_str(&self.notes());
        let mut body = Body::new();
        let mut settings = Block::new(Ident::new("drctl"));
        let mut name = attribute("stack", stack.into());
        name.decor_mut()
            .set_prefix("# Goes into the tags of everything: choose it before the first apply.\n");
        settings.body.push(name);
        body.push(settings);
        for (at, place) in self.places.iter().enumerate() {
            let mut provider = self.provider(at, place);
            provider.decor_mut().set_prefix("\n");
            body.push(provider);
        }
        for Secret { variable, of } in secrets {
            let mut block = Block::builder(Ident::new("variable")).label(variable).build();
            block.body = Body::builder()
                .attribute(attribute("type", reference("string")))
                .attribute(attribute("sensitive", true.into()))
                .build();
            let about = format!("\n# The value of {of}, which is written into no file.\n");
            block.decor_mut().set_prefix(about);
            body.push(block);
        }
        file("main.hcl", &text, &body).text
    }

    /// What is not in the files, as comments.
    fn notes(&self) -> String {
        let mut text = String::new();
        let others: Vec<_> =
            self.estate.found.iter().filter(|(_, found)| found.owner.is_some()).collect();
        if !others.is_empty() {
            text.push_str("# Left alone, because somebody else manages it:\n");
            for (id, found) in others {
                let owner = found.owner.as_deref().unwrap_or_default();
                let place = &self.places[id.place].scope;
                let _ = writeln!(
                    text,
                    "#   {} {} in {place}: {}",
                    id.type_name,
                    line(&id.key.to_string()),
                    line(owner)
                );
            }
            text.push('\n');
        }
        if !self.estate.unread.is_empty() {
            text.push_str("# Not read, so nothing is claimed about it:\n");
            for unread in &self.estate.unread {
                let _ = writeln!(
                    text,
                    "#   {} in {}: {}",
                    unread.type_name,
                    unread.scope,
                    line(&unread.why)
                );
            }
            text.push('\n');
        }
        text
    }

    fn provider(&self, at: usize, place: &Place) -> Block {
        let mut body = Body::new();
        if let Some(alias) = alias(self.places, at) {
            body.push(attribute("alias", alias.into()));
        }
        body.push(attribute("region", place.scope.region.as_str().into()));
        if let Some(profile) = &place.provider.profile {
            body.push(attribute("profile", profile.as_str().into()));
        }
        let account = place.scope.account.as_str();
        body.push(attribute("allowed_account_ids", reference(&format!("[\"{account}\"]"))));
        if let Some(AssumeRole { role_arn, external_id, .. }) = &place.provider.assume_role {
            let mut role = Block::new(Ident::new("assume_role"));
            role.body.push(attribute("role_arn", role_arn.as_str().into()));
            if let Some(id) = external_id {
                role.body.push(attribute("external_id", id.as_str().into()));
            }
            role.decor_mut().set_prefix("\n");
            body.push(role);
        }
        let mut block = Block::builder(Ident::new("provider")).label("aws").build();
        block.body = body;
        block
    }
}

/// How a provider is called: by its Region, and by its account too where there are several.
fn alias(places: &[Place], at: usize) -> Option<String> {
    let plain = |region: &Region| region.as_str().replace('-', "_");
    let (place, first) = (&places[at], &places[0]);
    if at == 0 {
        return None;
    }
    let region = plain(&place.scope.region);
    let alone = place.scope.account == first.scope.account;
    Some(if alone { region } else { format!("_{}_{region}", place.scope.account) })
}

/// One line of a comment.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An attribute behind all others, with an empty line after a block.
fn add(body: &mut Body, mut attribute: Attribute) {
    if body.iter().last().is_some_and(|last| last.as_block().is_some()) {
        attribute.decor_mut().set_prefix("\n");
    }
    body.push(attribute);
}

fn attribute(name: &str, value: Expression) -> Attribute {
    Attribute::new(Ident::new(name), value)
}
