//! What exists already is taken over: by an `import` block, by `-adopt`, by `drctl import`.
use insta::assert_snapshot;

use crate::support::Place;

const HEAD: &str = r#"
drctl {
  stack = "adoption"
}

resource "aws_sns_topic" "this" {
  name         = "theirs"
  display_name = "ours"
}
"#;

const MADE: &str = r"
sns = client('sns')
sns.create_topic(Name='theirs', Attributes={'DisplayName': 'by hand'}, Tags=[{'Key': 'team', 'Value': 'dba'}])
sns.create_topic(Name='second')
print(client('kms').create_key(Description='by hand')['KeyMetadata']['KeyId'])
";

const TAGS: &str = r"
sns = client('sns')
arn = [t['TopicArn'] for t in sns.list_topics()['Topics'] if t['TopicArn'].endswith(':theirs')][0]
tags = {t['Key']: t['Value'] for t in sns.list_tags_for_resource(ResourceArn=arn)['Tags']}
print(sns.get_topic_attributes(TopicArn=arn)['Attributes'].get('DisplayName'), sorted(tags.items()))
";

#[test]
fn what_exists_is_refused_then_imported_then_changed() {
    let place = Place::new("adoption");
    let key = place.python(MADE);
    place.write("main.tf", HEAD);
    let refused = place.drctl("plan").exits(5);
    assert_snapshot!("adoption_refused", place.normal(&refused.out));
    // Pasted as it is printed.
    let lines = refused.out.lines().skip_while(|line| line.trim() != "import {");
    let block: Vec<&str> = lines.take_while(|line| !line.trim().is_empty()).collect();
    let imported = format!("{HEAD}\n{}\n", block.join("\n"));
    place.write(
        "main.tf",
        &imported.replace("  display_name", "  tags = { team = \"dba\" }\n  display_name"),
    );
    let planned = place.drctl("plan").exits(0);
    assert_snapshot!("adoption_plan", place.normal(&planned.out));
    place.drctl("apply -auto-approve").exits(0).says("1 imported, 0 added, 0 changed");
    let tags = place.python(TAGS);
    assert!(tags.starts_with("by hand "), "{tags}");
    assert!(tags.contains("('drctl:address', 'aws_sns_topic.this')"), "{tags}");
    assert!(tags.contains("('team', 'dba')"), "{tags}");
    place.drctl("apply -auto-approve").exits(0).says("0 added, 1 changed");
    assert!(place.python(TAGS).starts_with("ours "), "it is as wanted");
    place.drctl("plan -detailed-exitcode").exits(0);

    // What AWS named itself, by its id; and a named thing, by its name.
    let more = "resource \"aws_kms_key\" \"key\" {\n  description = \"by hand\"\n}\n\
                resource \"aws_sns_topic\" \"second\" {\n  name = \"second\"\n}\n";
    place.write("more.tf", more);
    let import =
        |address: &str, id: &str| place.drctl_with(&["import", address, id, "-auto-approve"], "");
    import("aws_sns_topic.nowhere", "x").exits(1).says("is not declared");
    import("aws_kms_key.key", "11111111-2222-3333-4444-555555555555")
        .exits(1)
        .says("Nothing to adopt");
    import("aws_sns_topic.second", "third").exits(1).says("Another thing");
    import("aws_kms_key.key", &key).exits(0).says("1 imported");
    let saved = place.drctl_with(&["plan", "-adopt=aws_sns_topic.second", "-out=plan"], "");
    saved.exits(0).says("1 to import, 0 to add");
    place.drctl("apply plan").exits(0).says("1 imported");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
    let json = place.drctl("plan -json").exits(0);
    assert!(json.out.contains(r#""import":0"#), "{}", json.out);
}

#[test]
fn what_aws_named_itself_keeps_its_id_when_its_block_moves() {
    let place = Place::new("moving");
    let head = "drctl {\n  stack = \"moving\"\n}\n";
    let block = |name: &str| {
        format!(
            "resource \"aws_kms_key\" \"{name}\" {{\n  description = \"it\"\n}}\n\
                 output \"id\" {{\n  value = aws_kms_key.{name}.key_id\n}}\n"
        )
    };
    place.write("main.tf", &format!("{head}{}", block("old")));
    place.drctl("apply -auto-approve").exits(0);
    let before = place.drctl("output -raw id").exits(0).out;
    let moved = "moved {\n  from = aws_kms_key.old\n  to   = aws_kms_key.new\n}\n";
    place.write("main.tf", &format!("{head}{}{moved}", block("new")));
    place.drctl("apply -auto-approve").exits(0).says("moved from aws_kms_key.old");
    assert_eq!(place.drctl("output -raw id").exits(0).out, before);
    place.drctl("plan -detailed-exitcode").exits(0);
}
