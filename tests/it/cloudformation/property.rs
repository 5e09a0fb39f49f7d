//! CloudFormation's schemas, as far as a table can be held against them.
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value as Tree;

/// The schema of one type of CloudFormation.
#[derive(Debug)]
pub(super) struct Schema(pub(super) Tree);

/// A property, at whatever depth; the whole type is the property with an empty path.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    schema: &'a Schema,
    tree: &'a Tree,
    /// Names that lead to it: `ServerlessV2ScalingConfiguration.MinCapacity`.
    pub(super) path: String,
    /// Whether what it is in must have it.
    pub(super) required: bool,
}

impl Schema {
    /// The property at that path.
    pub(super) fn property(&self, path: &str) -> Option<Property<'_>> {
        let root = Property { schema: self, tree: &self.0, path: String::new(), required: false };
        path.split('.').filter(|name| !name.is_empty()).try_fold(root, |above, name| {
            above.properties().into_iter().find(|inner| inner.name() == name)
        })
    }

    /// Whether a list of the schema, such as `createOnlyProperties`, names that path.
    fn lists(&self, list: &str, path: &str) -> bool {
        let pointers = self.0[list].as_array().into_iter().flatten().filter_map(Tree::as_str);
        pointers.map(plain).any(|listed| listed == path)
    }

    /// Paths of what identifies a resource.
    pub(super) fn identifier(&self) -> BTreeSet<String> {
        let pointers = self.0["primaryIdentifier"].as_array().into_iter().flatten();
        pointers.filter_map(Tree::as_str).map(plain).collect()
    }
}

/// `/properties/Rules/*/Name` as a path.
fn plain(pointer: &str) -> String {
    let steps = pointer.split('/').filter(|step| !["", "*", "properties", "items"].contains(step));
    steps.collect::<Vec<_>>().join(".")
}

impl<'a> Property<'a> {
    /// Its own name.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// What it refers to, and the choices that it offers.
    fn meanings(&self) -> Vec<&'a Tree> {
        fn add<'a>(schema: &'a Schema, tree: &'a Tree, found: &mut Vec<&'a Tree>) {
            if let Some(reference) = tree["$ref"].as_str() {
                let target = schema.0.pointer(reference.trim_start_matches('#'));
                add(schema, target.expect("what is referred to is there"), found);
                return;
            }
            found.push(tree);
            for choices in ["oneOf", "anyOf", "allOf"] {
                for choice in tree[choices].as_array().into_iter().flatten() {
                    add(schema, choice, found);
                }
            }
        }
        let mut found = Vec::new();
        add(self.schema, self.tree, &mut found);
        found
    }

    /// The first of its meanings that has this keyword.
    pub(super) fn keyword(&self, name: &str) -> Option<&'a Tree> {
        self.meanings().into_iter().find_map(|tree| tree.get(name))
    }

    /// All values of a keyword in its meanings.
    pub(super) fn keywords(&self, name: &str) -> Vec<&'a Tree> {
        self.meanings().into_iter().filter_map(|tree| tree.get(name)).collect()
    }

    /// Sorts of values that it takes; empty if it does not say.
    pub(super) fn types(&self) -> BTreeSet<&'a str> {
        let types = self.keywords("type").into_iter();
        types
            .flat_map(|types| match types {
                Tree::Array(several) => several.iter().filter_map(Tree::as_str).collect(),
                one => one.as_str().into_iter().collect::<Vec<_>>(),
            })
            .collect()
    }

    /// The same, looked at as one of its members, if it is a list.
    pub(super) fn item(&self) -> Option<Self> {
        let tree = self.keyword("items")?;
        Some(Self { tree, required: false, ..self.clone() })
    }

    /// What is inside, or inside of its members.
    pub(super) fn properties(&self) -> Vec<Self> {
        let holder = self.item().unwrap_or_else(|| self.clone());
        let mut found = BTreeMap::new();
        for tree in holder.meanings() {
            let required = tree["required"].as_array().into_iter().flatten();
            let required: BTreeSet<&str> = required.filter_map(Tree::as_str).collect();
            for (name, inner) in tree["properties"].as_object().into_iter().flatten() {
                let path = if self.path.is_empty() {
                    name.clone()
                } else {
                    format!("{}.{name}", self.path)
                };
                let required = required.contains(name.as_str());
                let property = Self { schema: self.schema, tree: inner, path, required };
                found.entry(name.clone()).or_insert(property);
            }
        }
        found.into_values().collect()
    }

    /// Cannot be changed afterwards.
    pub(super) fn create_only(&self) -> bool {
        self.schema.lists("createOnlyProperties", &self.path)
    }

    /// Cannot always be changed afterwards.
    pub(super) fn sometimes_create_only(&self) -> bool {
        self.schema.lists("conditionalCreateOnlyProperties", &self.path)
    }

    /// Only AWS sets it, or what it is in.
    pub(super) fn read_only(&self) -> bool {
        let ends = self.path.match_indices('.').map(|(at, _)| at).chain([self.path.len()]);
        ends.map(|end| &self.path[..end]).any(|path| self.schema.lists("readOnlyProperties", path))
    }

    /// AWS does not tell it again.
    pub(super) fn write_only(&self) -> bool {
        self.schema.lists("writeOnlyProperties", &self.path)
    }

    /// How CloudFormation brings what was written into the form in which AWS tells it.
    pub(super) fn transform(&self) -> Option<&'a str> {
        let transforms = self.schema.0["propertyTransform"].as_object()?;
        transforms.iter().find(|(path, _)| plain(path) == self.path)?.1.as_str()
    }
}
