//! Who manages a live resource already, as far as its tags tell.
use std::collections::BTreeMap;

/// Keys of tags by which people say what manages a resource.
const SAYING: &[&str] =
    &["managedby", "createdby", "provisioner", "provisionedby", "deployedby", "iac", "tool"];

/// Tools of that sort, as such tags name them, and what they are called.
const TOOLS: &[(&str, &str)] = &[
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("tofu", "OpenTofu"),
    ("pulumi", "Pulumi"),
    ("crossplane", "Crossplane"),
    ("cloudformation", "CloudFormation"),
    ("cdk", "the CDK"),
];

/// Who manages what has these tags; AWS's own tags count. With `tools`, what the tags of people say
/// does not: a tool that forgets a resource leaves them behind.
pub(super) fn owner(tags: &BTreeMap<String, String>, tools: bool) -> Option<String> {
    if let Some(stack) = tags.get("drctl:stack") {
        return Some(format!("the drctl stack {stack}"));
    }
    if let Some(stack) = tags.get("aws:cloudformation:stack-name") {
        return Some(format!("the CloudFormation stack {stack}"));
    }
    if tags.keys().any(|key| key.starts_with("aws:servicecatalog:")) {
        return Some("Service Catalog".to_owned());
    }
    if let Some(of) = tags.keys().find(|key| key.starts_with("elasticbeanstalk:")) {
        return Some(format!("Elastic Beanstalk (tag {of})"));
    }
    tags.iter().filter(|_| !tools).find_map(|(key, value)| said(key, value))
}

/// What a tag such as `ManagedBy = Terraform`, or `terraform = true`, says.
fn said(key: &str, value: &str) -> Option<String> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (name, text) = (plain(key), plain(value));
    TOOLS.iter().find_map(|(word, tool)| {
        let named = SAYING.contains(&name.as_str()) && text.starts_with(word);
        let marked = name == *word && !matches!(text.as_str(), "false" | "no" | "0");
        (named || marked).then(|| format!("{tool} (tag {key} = {value})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, value: &str, expected: Option<&str>) {
        let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        assert_eq!(owner(&tags, false).as_deref(), expected, "{key} = {value}");
    }

    #[test]
    fn tags_tell_who_manages_something() {
        check("drctl:stack", "orders", Some("the drctl stack orders"));
        check("aws:cloudformation:stack-name", "net", Some("the CloudFormation stack net"));
        check("ManagedBy", "Terraform", Some("Terraform (tag ManagedBy = Terraform)"));
        check("managed-by", "terraform/net", Some("Terraform (tag managed-by = terraform/net)"));
        check("terraform", "true", Some("Terraform (tag terraform = true)"));
        check("terraform", "false", None);
        check("team", "terraform", None);
        check("managed_by", "dba", None);
        let tags = |key: &str| BTreeMap::from([(key.to_owned(), "terraform".to_owned())]);
        assert_eq!(owner(&tags("managed-by"), true), None);
        assert!(owner(&tags("drctl:stack"), true).is_some());
    }
}
