//! `data "aws_iam_policy_document"`: a policy document from blocks.
use std::collections::BTreeSet;

use crate::attributes;
use crate::resources::iam::policy_model::{Condition, Document, Principal, Statement, Texts};
use crate::resources::{Error, LocalSource, Machine, Result};
use crate::schema::Unordered;

attributes! {
    /// Writes a policy document, so that configurations need not contain JSON.
    pub struct IamPolicyDocument {
        /// Version of the policy language: `2012-10-17`, which is the default, or `2008-10-17`.
        version: Option<String> => default_text("2012-10-17"),
        /// Id of the document; few services ask for one.
        policy_id: Option<String>,
        /// Documents to build on, as JSON. Their statements come first and no two may have the same
        /// `sid`; a `statement` block with the `sid` of one takes its place.
        source_policy_documents: Vec<String>,
        /// Documents, as JSON, whose statements take the place of those with the same `sid`; others
        /// are added.
        override_policy_documents: Vec<String>,
        /// One statement of the document.
        statement: Vec<StatementBlock>,
    }
}

attributes! {
    /// One statement: who may do what to what, and when.
    pub struct StatementBlock {
        /// Name of the statement within its document, letters and digits.
        sid: Option<String>,
        /// `Allow` or `Deny`. `Allow` when absent.
        effect: Option<String> => default_text("Allow"),
        /// What is meant, for example `kms:Decrypt`.
        actions: BTreeSet<String>,
        /// Everything but this is meant.
        not_actions: BTreeSet<String>,
        /// ARNs of what it may be done to.
        resources: BTreeSet<String>,
        /// ARNs of what is left out.
        not_resources: BTreeSet<String>,
        /// Who is meant.
        principals: Unordered<PrincipalBlock>,
        /// Everybody but these is meant.
        not_principals: Unordered<PrincipalBlock>,
        /// What must hold besides; all conditions must.
        condition: Unordered<ConditionBlock>,
    }
}

attributes! {
    /// Principals of one type.
    pub struct PrincipalBlock {
        /// `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.
        r#type: String,
        /// Who: ARNs, numbers of accounts, names of services, or `*`.
        identifiers: BTreeSet<String>,
    }
}

attributes! {
    /// One condition.
    pub struct ConditionBlock {
        /// The operator, for example `StringEquals`.
        test: String,
        /// The key that is looked at, for example `aws:SourceAccount`.
        variable: String,
        /// Values, of which one must match.
        values: Vec<String>,
    }
}

attributes! {
    /// The document.
    pub struct Told {
        /// The document, indented.
        json: String,
        /// The document on one line, which counts less against the limits of services.
        minified_json: String,
    }
}

impl LocalSource for IamPolicyDocument {
    type Outputs = Told;
    const TYPE: &'static str = "aws_iam_policy_document";
    const ID: &'static str = "minified_json";

    fn compute(_machine: &Machine, want: &Self) -> Result<Told> {
        let Self {
            version,
            policy_id,
            source_policy_documents,
            override_policy_documents,
            statement,
        } = want;
        let version = version.as_deref().unwrap_or("2012-10-17");
        if !["2012-10-17", "2008-10-17"].contains(&version) {
            let why = format!("`version` is {version:?}, not \"2012-10-17\" or \"2008-10-17\"");
            return Err(Error::Refused(why));
        }
        let mut merged = Document::default();
        let mut sids = BTreeSet::new();
        for text in source_policy_documents {
            let source = Document::parse(text)?;
            unique(&mut sids, &source.statements, "`source_policy_documents`")?;
            merged.merge(source);
        }
        let statements = statement
            .iter()
            .map(|block| to_statement(block, version))
            .collect::<Result<Vec<_>>>()?;
        unique(&mut BTreeSet::new(), &statements, "the `statement` blocks")?;
        merged.merge(Document {
            version: version.to_owned(),
            id: policy_id.clone().unwrap_or_default(),
            statements,
        });
        for text in override_policy_documents {
            merged.merge(Document::parse(text)?);
        }
        let (json, minified_json) = merged.texts();
        Ok(Told { json, minified_json })
    }
}

fn unique(sids: &mut BTreeSet<String>, statements: &[Statement], place: &str) -> Result<()> {
    for sid in statements.iter().map(|statement| &statement.sid).filter(|sid| !sid.is_empty()) {
        if !sids.insert(sid.clone()) {
            return Err(Error::Refused(format!("there are two statements {sid:?} in {place}")));
        }
    }
    Ok(())
}

fn to_statement(block: &StatementBlock, version: &str) -> Result<Statement> {
    let StatementBlock {
        sid,
        effect,
        actions,
        not_actions,
        resources,
        not_resources,
        principals,
        not_principals,
        condition,
    } = block;
    let sid = sid.clone().unwrap_or_default();
    if !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::Refused(format!(
            "`sid` is {sid:?}; it may have letters and digits only"
        )));
    }
    let effect = effect.as_deref().unwrap_or("Allow");
    if !["Allow", "Deny"].contains(&effect) {
        return Err(Error::Refused(format!("`effect` is {effect:?}, not \"Allow\" or \"Deny\"")));
    }
    let plain = |set: &BTreeSet<String>| set.iter().cloned().collect();
    let list = |texts: Vec<String>| (!texts.is_empty()).then(|| Texts::of_set(texts).into_tree());
    Ok(Statement {
        sid,
        effect: effect.to_owned(),
        actions: list(plain(actions)),
        not_actions: list(plain(not_actions)),
        resources: list(filled(resources, version)?),
        not_resources: list(filled(not_resources, version)?),
        principals: to_principals(principals, version)?,
        not_principals: to_principals(not_principals, version)?,
        conditions: condition
            .0
            .iter()
            .map(|ConditionBlock { test, variable, values }| {
                let values = filled(values, version)?;
                Ok(Condition { test: test.clone(), variable: variable.clone(), values })
            })
            .collect::<Result<_>>()?,
    })
}

fn to_principals(blocks: &Unordered<PrincipalBlock>, version: &str) -> Result<Vec<Principal>> {
    let principal = |PrincipalBlock { r#type, identifiers }: &PrincipalBlock| {
        let identifiers = Texts::of_set(filled(identifiers, version)?);
        Ok(Principal { kind: r#type.clone(), identifiers })
    };
    blocks.0.iter().map(principal).collect()
}

/// `&{aws:username}` for `${aws:username}`, which in a configuration would be an expression.
fn filled<'a>(texts: impl IntoIterator<Item = &'a String>, version: &str) -> Result<Vec<String>> {
    let fill = |text: &String| {
        if version == "2008-10-17" && text.contains("&{") {
            let why = format!("version 2008-10-17 of the policy language has no `&{{`: {text:?}");
            return Err(Error::Refused(why));
        }
        Ok(text.replace("&{", "${"))
    };
    texts.into_iter().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> IamPolicyDocument {
        IamPolicyDocument {
            version: None,
            policy_id: None,
            source_policy_documents: Vec::new(),
            override_policy_documents: Vec::new(),
            statement: Vec::new(),
        }
    }

    fn statement() -> StatementBlock {
        StatementBlock {
            sid: None,
            effect: None,
            actions: BTreeSet::new(),
            not_actions: BTreeSet::new(),
            resources: BTreeSet::new(),
            not_resources: BTreeSet::new(),
            principals: Unordered::default(),
            not_principals: Unordered::default(),
            condition: Unordered::default(),
        }
    }

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn principal(kind: &str, identifiers: &[&str]) -> Unordered<PrincipalBlock> {
        let identifiers = set(identifiers);
        Unordered(vec![PrincipalBlock { r#type: kind.to_owned(), identifiers }])
    }

    fn condition(test: &str, variable: &str, values: &[&str]) -> ConditionBlock {
        ConditionBlock {
            test: test.to_owned(),
            variable: variable.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    fn check(want: &IamPolicyDocument, expected: &str) {
        let told = IamPolicyDocument::compute(&Machine::at(""), want).unwrap();
        assert_eq!(told.minified_json, expected);
    }

    fn check_refused(want: &IamPolicyDocument, words: &str) {
        let error = IamPolicyDocument::compute(&Machine::at(""), want).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    /// The example of Terraform's documentation, with the text that Terraform makes of it.
    #[test]
    fn the_layout_is_terraforms() {
        let want = IamPolicyDocument {
            statement: vec![
                StatementBlock {
                    sid: Some("1".to_owned()),
                    actions: set(&["s3:ListAllMyBuckets", "s3:GetBucketLocation"]),
                    resources: set(&["arn:aws:s3:::*"]),
                    ..statement()
                },
                StatementBlock {
                    actions: set(&["s3:ListBucket"]),
                    resources: set(&["arn:aws:s3:::bucket"]),
                    condition: Unordered(vec![condition(
                        "StringLike",
                        "s3:prefix",
                        &["", "home/", "home/&{aws:username}/"],
                    )]),
                    ..statement()
                },
            ],
            ..document()
        };
        let told = IamPolicyDocument::compute(&Machine::at(""), &want).unwrap();
        let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "1",
      "Effect": "Allow",
      "Action": [
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation"
      ],
      "Resource": "arn:aws:s3:::*"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::bucket",
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "",
            "home/",
            "home/${aws:username}/"
          ]
        }
      }
    }
  ]
}"#;
        assert_eq!(told.json, expected);
    }

    #[test]
    fn principals_stand_before_conditions_and_behind_resources() {
        let want = IamPolicyDocument {
            statement: vec![StatementBlock {
                actions: set(&["kms:*"]),
                resources: set(&["*"]),
                principals: Unordered(
                    [principal("Service", &["b", "c"]), principal("AWS", &["1"])]
                        .into_iter()
                        .flat_map(|block| block.0)
                        .collect(),
                ),
                condition: Unordered(vec![
                    condition("StringEquals", "b", &["2"]),
                    condition("StringEquals", "a", &["1"]),
                    condition("Bool", "c", &["true"]),
                ]),
                ..statement()
            }],
            ..document()
        };
        check(
            &want,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"1","Service":["c","b"]},"Condition":{"Bool":{"c":"true"},"StringEquals":{"a":"1","b":"2"}}}]}"#,
        );
    }

    #[test]
    fn only_everybody_of_every_type_is_a_star() {
        let who = |kind: &str| IamPolicyDocument {
            statement: vec![StatementBlock { principals: principal(kind, &["*"]), ..statement() }],
            ..document()
        };
        check(
            &who("*"),
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*"}]}"#,
        );
        check(
            &who("AWS"),
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"}}]}"#,
        );
    }

    #[test]
    fn documents_are_merged_by_sid() {
        let source = r#"{"Version":"2008-10-17","Id":"old","Statement":[
            {"Sid":"a","Effect":"Allow","Action":["x:1"],"Principal":{"AWS":["1","2"]}},
            {"Effect":"Deny","Action":"x:2"}]}"#;
        let over = r#"{"Statement":[{"Sid":"b","Effect":"Deny","Action":"x:9"}]}"#;
        let named = |sid: &str, action: &str| StatementBlock {
            sid: Some(sid.to_owned()),
            actions: set(&[action]),
            ..statement()
        };
        let want = IamPolicyDocument {
            source_policy_documents: vec![source.to_owned()],
            override_policy_documents: vec![over.to_owned()],
            statement: vec![named("b", "x:3")],
            ..document()
        };
        check(
            &want,
            r#"{"Version":"2012-10-17","Id":"old","Statement":[{"Sid":"a","Effect":"Allow","Action":["x:1"],"Principal":{"AWS":["2","1"]}},{"Effect":"Deny","Action":"x:2"},{"Sid":"b","Effect":"Deny","Action":"x:9"}]}"#,
        );
        let twice = vec![source.to_owned(), source.to_owned()];
        check_refused(
            &IamPolicyDocument { source_policy_documents: twice, ..document() },
            "two statements \"a\"",
        );
        check_refused(
            &IamPolicyDocument {
                statement: vec![named("b", "x:3"), named("b", "x:4")],
                ..document()
            },
            "two statements \"b\"",
        );
    }

    #[test]
    fn an_empty_document_and_letters_of_html() {
        check(&document(), r#"{"Version":"2012-10-17"}"#);
        let resources = set(&["<a&b>"]);
        let want = IamPolicyDocument {
            statement: vec![StatementBlock { resources, ..statement() }],
            ..document()
        };
        check(
            &want,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"\u003ca\u0026b\u003e"}]}"#,
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let old = Some("2008-10-17".to_owned());
        let resources = set(&["&{a}"]);
        let block = StatementBlock { resources, ..statement() };
        check_refused(
            &IamPolicyDocument { version: old, statement: vec![block], ..document() },
            "2008-10-17",
        );
        let source_policy_documents = vec!["[]".to_owned()];
        check_refused(&IamPolicyDocument { source_policy_documents, ..document() }, "JSON object");
    }
}
