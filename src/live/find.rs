//! Finds what AWS named itself.
use crate::address::Address;
use crate::aws::Aws;
use crate::plan::{Answer, ID_TAG, REPLACES_TAG, identity, label};
use crate::resources::{Alike, Error, Key, ResourceType, Token};
use crate::schema::Identity;
use crate::value::{Object, Observed};

/// A live resource that may be the wanted one.
struct Found {
    /// What tells it from others: its ARN or its key.
    name: String,
    key: Key,
    live: Observed,
    succeeds: Succeeds,
}

/// How a successor says what it was created to replace.
enum Succeeds {
    /// By a tag that names the key.
    Tag(Option<String>),
    /// By the token that it was created with.
    Token(Option<String>),
}

/// What is looked for, and whose it is to be.
pub(super) struct Search<'a> {
    pub(super) kind: &'static dyn ResourceType,
    pub(super) aws: &'a Aws,
    pub(super) stack: &'a str,
    pub(super) address: &'a Address,
    /// Addresses that it had before.
    pub(super) before: &'a [Address],
    /// What AWS knows it by, if it may be adopted.
    pub(super) adopt: Option<&'a Key>,
    pub(super) want: &'a Object,
}

impl Search<'_> {
    /// The resource, if it is there.
    ///
    /// # Errors
    /// When AWS cannot be asked, and when several answer to what is looked for.
    pub(super) async fn run(&self) -> Result<Answer, Error> {
        let Self { kind, address, .. } = self;
        match kind.spec().identity {
            Identity::Minted(tagged) => {
                let mut ours = self.tagged(tagged, address).await?;
                for before in self.before {
                    if ours.is_empty() {
                        ours = self.tagged(tagged, before).await?;
                    }
                }
                if !ours.is_empty() {
                    return self.one_of(ours, |names| {
                        format!(
                            "several live resources carry the ownership tags of {address}: \
                             {names}. Take the tag drctl:address off all but one."
                        )
                    });
                }
                if let Some(key) = self.adopt {
                    let live = kind.read(self.aws, key).await?;
                    return Ok(Answer::Resource(live.map(|live| (key.clone(), live))));
                }
                let nobodys = |found: &Found| {
                    found.live.tags.as_ref().is_none_or(|tags| !tags.contains_key("drctl:stack"))
                };
                let found = self.alike().await?.into_iter().filter(nobodys).collect();
                self.one_of(found, |names| {
                    format!(
                        "several live resources are what {address} asks for, and nothing says \
                         which is ours: {names}. Give one of them its ownership tags \
                         (drctl:stack = {}, drctl:address = {}), or give {address} another name.",
                        self.stack,
                        label(address)
                    )
                })
            }
            _ => self.one_of(self.alike().await?, |names| {
                format!(
                    "several live resources are what {address} asks for: {names}. Delete all but \
                     one of them."
                )
            }),
        }
    }

    /// All that carry the ownership tags of an address.
    async fn tagged(&self, tagged: &str, address: &Address) -> Result<Vec<Found>, Error> {
        let label = label(address);
        let mut found = Vec::new();
        for (arn, tags) in self.aws.owned(self.stack, tagged).await? {
            let key = Key::of_arn(&arn);
            let id = identity(self.stack, self.kind.spec(), &self.aws.scope, &key);
            // Tags that AWS copied from another thing prove nothing.
            let copied = tags.get(ID_TAG).is_some_and(|told| *told != id);
            if tags.get("drctl:address") != Some(&label) || copied {
                continue;
            }
            if let Some(live) = self.kind.read(self.aws, &key).await? {
                let succeeds = Succeeds::Tag(tags.get(REPLACES_TAG).cloned());
                found.push(Found { name: arn, key, live, succeeds });
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        // The tagging service may be too late to know of what was made minutes ago.
        for key in self.kind.recent(self.aws).await? {
            let Some(live) = self.kind.read(self.aws, &key).await? else { continue };
            let tag = |name: &str| live.tags.as_ref().and_then(|tags| tags.get(name).cloned());
            let stack = tag("drctl:stack").is_some_and(|stack| stack == self.stack);
            if stack && tag("drctl:address").as_ref() == Some(&label) {
                let succeeds = Succeeds::Tag(tag(REPLACES_TAG));
                found.push(Found { name: key.to_string(), key, live, succeeds });
            }
        }
        Ok(found)
    }

    /// All that are the wanted one by what is told of them.
    async fn alike(&self) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        for Alike { key, token } in self.kind.alike(self.aws, self.want).await? {
            if let Some(live) = self.kind.read(self.aws, &key).await? {
                let succeeds = Succeeds::Token(token);
                found.push(Found { name: key.to_string(), key, live, succeeds });
            }
        }
        Ok(found)
    }

    fn one_of(
        &self,
        mut found: Vec<Found>,
        too_many: impl FnOnce(String) -> String,
    ) -> Result<Answer, Error> {
        // A run that was cut off between the two halves of a replacement leaves both.
        if let [one, other] = found.as_slice()
            && let Some(old) = match (self.succeeds(one, other), self.succeeds(other, one)) {
                (true, false) => Some(other),
                (false, true) => Some(one),
                _ => None,
            }
        {
            let Found { key, live, .. } = old;
            let mut live = live.clone();
            live.remarks.push(
                "A run that was cut off has created the successor already; this run goes on from \
                 there."
                    .to_owned(),
            );
            return Ok(Answer::Unfinished(key.clone(), live));
        }
        if found.len() > 1 {
            let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
            return Err(Error::Refused(too_many(names.join(", "))));
        }
        Ok(Answer::Resource(found.pop().map(|one| (one.key, one.live))))
    }

    /// Whether one was created to replace the other.
    fn succeeds(&self, one: &Found, other: &Found) -> bool {
        match &one.succeeds {
            Succeeds::Tag(replaces) => replaces.as_deref() == Some(&other.key.to_string()),
            Succeeds::Token(token) => {
                let Self { stack, address, aws, .. } = self;
                let successors = Token::of(stack, address, &aws.scope, Some(&other.key));
                token.as_ref() == Some(&successors.0)
            }
        }
    }
}
