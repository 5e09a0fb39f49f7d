//! Modules through the binary: files of their own, addresses, saved plans, drawings, what is wrong.
use std::fs;

use insta::assert_snapshot;

use crate::support::Place;

const ROOT: &str = r#"
drctl {
  stack = "modules"
}

variable "names" {
  type    = set(string)
  default = ["a", "b"]
}

module "notice" {
  source   = "./modules/notice"
  for_each = var.names
  name     = "notice-${each.key}"
}

output "arns" {
  value = { for key, notice in module.notice : key => notice.arn }
}

output "words" {
  value = module.notice["a"].words
}
"#;

const NOTICE: &str = r#"
variable "name" {
  type = string
}

module "topic" {
  source = "../topic"
  name   = var.name
  policy = templatefile("${path.module}/words.tpl", { name = var.name })
}

output "arn" {
  value = module.topic.arn
}

output "words" {
  value = "${path.module} in ${path.root}: ${file("${path.module}/words.tpl")}"
}
"#;

const TOPIC: &str = r#"
variable "name" {}

variable "policy" {
  type     = string
  nullable = false
}

resource "aws_sns_topic" "this" {
  count        = 1
  name         = var.name
  display_name = var.policy
}

output "arn" {
  value = one(aws_sns_topic.this[*].arn)
}
"#;

fn place(test: &str) -> Place {
    let place = Place::new(test);
    fs::create_dir_all(place.path().join("modules/notice")).expect("it can be made");
    fs::create_dir_all(place.path().join("modules/topic")).expect("it can be made");
    place.write("main.tf", ROOT);
    place.write("modules/notice/main.hcl", NOTICE);
    place.write("modules/notice/words.tpl", "Hello ${name}");
    place.write("modules/topic/main.tf", TOPIC);
    place
}

#[test]
fn modules_are_planned_applied_and_told() {
    let place = place("modules");
    let planned = place.drctl("plan").exits(0);
    assert_snapshot!("modules_plan", place.normal(&planned.out));
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
    let words = place.drctl("output -raw words").exits(0);
    assert_eq!(words.out, "modules/notice in .: Hello ${name}");
    let drawn = place.drctl("graph").exits(0);
    assert!(drawn.out.contains("module.notice.module.topic.aws_sns_topic.this"), "{}", drawn.out);
    let code = r"
sns = client('sns')
for topic in sorted(sns.list_topics()['Topics'], key=str):
    tags = sns.list_tags_for_resource(ResourceArn=topic['TopicArn'])['Tags']
    print([tag['Value'] for tag in tags if tag['Key'] == 'drctl:address'])
";
    assert_eq!(
        place.python(code).trim(),
        "['module.notice/a.module.topic.aws_sns_topic.this/0']\n\
         ['module.notice/b.module.topic.aws_sns_topic.this/0']"
    );
    let one = "module.notice[\"b\"].module.topic.aws_sns_topic.this[0]";
    let replaced = place.drctl_with(&["plan", &format!("-replace={one}"), "-json"], "").exits(0);
    assert!(
        replaced.out.contains(r#""module":"module.notice[\"b\"].module.topic""#),
        "{}",
        replaced.out
    );
    place.drctl("destroy -auto-approve -target=module.notice").exits(0).says("2 destroyed");
}

#[test]
fn a_saved_plan_holds_the_files_of_all_modules() {
    let place = place("modules-saved");
    place.drctl("plan -out=plan").exits(0);
    fs::remove_file(place.path().join("modules/topic/main.tf")).expect("it is there");
    place.write("modules/notice/main.hcl", "nonsense = true");
    place.drctl("plan").exits(1);
    place
        .drctl("show plan")
        .exits(0)
        .says("module.notice[\"a\"].module.topic.aws_sns_topic.this[0]");
    place.drctl("apply plan").exits(0).says("2 added");
}

#[test]
fn what_is_wrong_in_a_module_says_where_and_who_calls_it() {
    let place = place("modules-wrong");
    place.write("modules/topic/main.tf", &TOPIC.replace("display_name", "displayname"));
    let wrong = place.drctl("validate").exits(1);
    assert_snapshot!("modules_wrong", place.normal(&wrong.err));
    let wrong = place.drctl("validate -json").exits(1);
    assert_snapshot!("modules_wrong_json", place.normal(&wrong.out));
    place.write(
        "modules/topic/main.tf",
        "module \"again\" {\n  source = \"../notice\"\n  name = 1\n}\n",
    );
    place.drctl("validate").exits(1).says("these call each other");
    fs::remove_dir_all(place.path().join("modules/topic")).expect("it is there");
    place.drctl("validate").exits(1).says("There is no directory modules/topic.");
    place.write("main.tf", "module \"m\" {\n  source = \"drctl:nothing-like-it\"\n}\n");
    place.drctl("validate").exits(1).says("There is no built-in module \"nothing-like-it\".");
}

#[test]
fn a_call_says_which_of_several_providers_a_module_gets() {
    let check = |handed: &str, used: &str, words: &str| {
        let place = Place::new("which_of_several_providers");
        place.write(
            "main.tf",
            &format!(
                "provider \"aws\" {{\n  alias    = \"each\"\n  for_each = {{ a = \"us-east-1\" }}\n  \
                 region   = each.value\n}}\n\nprovider \"aws\" {{\n  alias = \"one\"\n}}\n\n\
                 module \"m\" {{\n  source    = \"./m\"\n  for_each  = toset([\"a\"])\n  \
                 providers = {{ aws.handed = {handed} }}\n}}\n"
            ),
        );
        let topic =
            "resource \"aws_sns_topic\" \"t\" {\n  provider = PROVIDER\n  name     = \"t\"\n}\n";
        place.write("m/main.tf", &topic.replace("PROVIDER", used));
        let ran = place.drctl("validate");
        assert_eq!(ran.code, i32::from(words != "Success!"), "{handed}, {used}: {ran}");
        ran.says(words);
    };
    check("aws.each[each.key]", "aws.handed", "Success!");
    check("aws.each", "aws.handed[\"a\"]", "Success!");
    check("aws.one", "aws.handed", "Success!");
    check("aws.each", "aws.handed", "Say which, as `provider = aws.handed[each.key]`.");
    check("aws.each[each.key]", "aws.handed[\"a\"]", "The call of this module already says");
    check("aws.one[each.key]", "aws.handed", "This provider has no for_each");
    check("aws.each[each.value.x.y]", "aws.handed", "Success!");
    check("aws.each[local.nothing]", "aws.handed", "\"nothing\"");
}

#[test]
fn what_is_ephemeral_is_shown_nowhere() {
    let place = Place::new("what_is_ephemeral");
    let declared = "drctl {\n  stack = \"e\"\n}\n\nvariable \"secret\" {\n  ephemeral = true\n  default   = \"hush\"\n}\n";
    let output = "output \"o\" {\n  value     = var.secret\n  MORE\n}\n";
    place.write("main.tf", &(declared.to_owned() + &output.replace("MORE", "sensitive = true")));
    let shown = place.drctl("plan").exits(0);
    assert!(!format!("{shown}").contains("hush"), "{shown}");
    place.write("main.tf", &(declared.to_owned() + &output.replace("MORE", "")));
    place.drctl("plan").exits(1).says("Output refers to sensitive values");
    place.write("main.tf", &(declared.to_owned() + &output.replace("MORE", "ephemeral = true")));
    place.drctl("validate").exits(1).says("Ephemeral output not allowed");
    place.write("main.tf", "ephemeral \"random_password\" \"p\" {\n}\n");
    place.drctl("validate").exits(1).says("Look the value up with a `data` block.");
}

#[test]
fn a_name_that_must_be_foreseen_is_asked_for_with_the_reason() {
    let place = Place::new("a_name_that_must_be_foreseen");
    place.write(
        "main.tf",
        "resource \"aws_rds_cluster_instance\" \"i\" {\n  cluster_identifier = \"orders\"\n  \
         engine             = \"aurora-postgresql\"\n  instance_class     = \"db.r6g.large\"\n}\n",
    );
    let ran = place.drctl("validate").exits(1);
    ran.says("\"identifier\"").says("drctl keeps no state");
}
