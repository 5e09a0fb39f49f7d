//! What goes wrong, and what is then said to somebody who was woken by it.

use insta::assert_snapshot;
use serde_json::json;

use crate::estate::asked;
use crate::estate::calls;
use crate::estate::changes;
use crate::estate::nameless;
use crate::support::Emulator;
use crate::support::Place;
use crate::support::Ran;

const STACK: &str = "drctl {\n  stack = \"trouble\"\n}\n";
const TOPIC: &str = "resource \"aws_sns_topic\" \"alerts\" {\n  name = \"alerts\"\n}\n";
const TWO_REGIONS: &str = "resource \"aws_sns_topic\" \"west\" {\n  region = \"us-west-2\"\n  \
                           name   = \"alerts\"\n}\n";
const CLUSTER: &str = r#"
resource "aws_rds_cluster" "orders" {
  cluster_identifier  = "orders"
  engine              = "aurora-postgresql"
  master_username     = "postgres"
  master_password     = "not-a-secret-here"
  skip_final_snapshot = true
}
"#;

fn place(test: &str, configuration: &[&str]) -> Place {
    let place = Place::new(test);
    place.write("main.tf", &(STACK.to_owned() + &configuration.concat()));
    place
}

/// All that somebody sees.
fn seen(place: &Place, ran: &Ran) -> String {
    let mut text = String::new();
    for (stream, written) in [("stdout", &ran.out), ("stderr", &ran.err)] {
        if !written.is_empty() {
            text.push_str(&format!("[{stream}]\n{}\n", written.trim_end()));
        }
    }
    format!("{}\n[exit code {}]\n", nameless(&place.normal(&text)), ran.code)
}

macro_rules! see {
    ($place:expr, $ran:expr) => {
        assert_snapshot!(seen(&$place, &$ran))
    };
}

#[test]
fn no_credentials() {
    let place = place("no_credentials", &[TOPIC]).with("AWS_ACCESS_KEY_ID", "");
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn no_region() {
    let place = place("no_region", &[TOPIC]).with("AWS_REGION", "");
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn no_such_profile() {
    let place =
        place("no_such_profile", &["provider \"aws\" {\n  profile = \"nightly\"\n}\n", TOPIC]);
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn expired_credentials() {
    let place = place("expired_credentials", &[TOPIC]);
    let place = place.with("AWS_ACCESS_KEY_ID", "AKIAEXPIRED000000000");
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn invalid_credentials() {
    let place = place("invalid_credentials", &[TOPIC]);
    let place = place.with("AWS_ACCESS_KEY_ID", "AKIAINVALID000000000");
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn credentials_that_expire_on_the_way() {
    let place = place("credentials_that_expire_on_the_way", &[TOPIC, CLUSTER]);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic",
        "code": "ExpiredToken", "status": 403,
        "message": "The security token included in the request is expired",
    }));
    see!(place, place.drctl("apply -auto-approve -parallelism=1").exits(1));
    Emulator::get().calm(&place.account);
    place.drctl("apply -auto-approve").exits(0).says("1 added, 0 changed");
}

#[test]
fn wrong_account() {
    let provider = "provider \"aws\" {\n  allowed_account_ids = [\"999999999999\"]\n}\n";
    let place = place("wrong_account", &[provider, TOPIC]);
    see!(place, place.drctl("plan").exits(1));
}

fn assuming(test: &str, arn: &str) -> Place {
    let provider =
        format!("provider \"aws\" {{\n  assume_role {{\n    role_arn = \"{arn}\"\n  }}\n}}\n");
    place(test, &[&provider, TOPIC])
}

#[test]
fn a_role_that_does_not_exist() {
    let place = assuming("a_role_that_does_not_exist", "arn:aws:iam::222222222222:role/nobody");
    see!(place, place.drctl("plan").exits(1));
}

#[test]
fn a_role_that_does_not_trust_us() {
    let test = "a_role_that_does_not_trust_us";
    let place = assuming(test, "arn:aws:iam::222222222222:role/strict");
    place.python(
        "trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole',\n\
         'Principal': {'AWS': 'arn:aws:iam::222222222222:root'}}]}\n\
         iam = seed.client('iam', ENDPOINT, account='222222222222')\n\
         iam.create_role(RoleName='strict', AssumeRolePolicyDocument=json.dumps(trust))",
    );
    see!(place, place.drctl("plan").exits(1));
}

/// Denied is not the same as absent: a plan must not propose to create what it cannot see.
#[test]
fn a_denied_permission_is_no_absence() {
    let place = place("a_denied_permission_is_no_absence", &[TOPIC, CLUSTER]);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "rds", "action": "DescribeDBClusters",
        "code": "AccessDenied", "status": 403,
        "message": "User: arn:aws:sts::111111111111:assumed-role/reader/me is not authorized to \
                    perform: rds:DescribeDBClusters",
    }));
    see!(place, place.drctl("plan").exits(3));
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(3));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
}

#[test]
fn a_denied_change() {
    let place = place("a_denied_change", &[TOPIC, TWO_REGIONS]);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "region": "us-west-2",
        "code": "AuthorizationError", "status": 403,
        "message": "User is not authorized to perform: SNS:CreateTopic",
    }));
    see!(place, place.drctl("apply -auto-approve -parallelism=1").exits(1));
    Emulator::get().calm(&place.account);
    place.drctl("apply -auto-approve").exits(0).says("1 added, 0 changed");
}

/// One Region of two does not answer: the other is planned, soon, and nothing is taken away.
fn silent(test: &str, effect: &serde_json::Value) -> (Place, Ran) {
    let place = place(test, &[TOPIC, TWO_REGIONS]);
    let mut rule = json!({ "account": place.account, "region": "us-west-2" });
    let more = effect.as_object().expect("an object").clone();
    rule.as_object_mut().expect("an object").extend(more);
    Emulator::get().fault(&rule);
    let (ran, requests) = asked(&place, || place.drctl("plan -detailed-exitcode").exits(3));
    // How long it takes follows from how often each thing is asked: four seconds for each attempt
    // that is not answered, and eight for all of them.
    let unanswered = if effect["hang"] == true { 2 } else { 5 };
    for line in calls(&requests).lines().filter(|line| line.contains("us-west-2")) {
        let times: usize = line.split(' ').next().and_then(|n| n.parse().ok()).expect("a count");
        assert!(times <= unanswered, "{line}\n{ran}");
    }
    let (applied, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(3));
    assert_eq!(changes(&requests), [""; 0], "{applied}");
    (place, ran)
}

#[test]
fn a_region_that_hangs() {
    let (place, ran) = silent("a_region_that_hangs", &json!({ "hang": true }));
    see!(place, ran);
}

#[test]
fn a_region_that_drops() {
    let (place, ran) = silent("a_region_that_drops", &json!({ "drop": true }));
    see!(place, ran);
}

#[test]
fn a_region_with_a_fault() {
    let fault = json!({ "code": "ServiceUnavailable", "status": 503, "message": "try later" });
    let (place, ran) = silent("a_region_with_a_fault", &fault);
    see!(place, ran);
}

#[test]
fn a_region_that_throttles() {
    let fault = json!({ "code": "Throttling", "status": 400, "message": "Rate exceeded" });
    let (place, ran) = silent("a_region_that_throttles", &fault);
    see!(place, ran);
}

#[test]
fn a_region_that_refuses_connections() {
    let west = "provider \"aws\" {\n  alias  = \"west\"\n  region = \"us-west-2\"\n  endpoints {\n    \
                sns                      = \"http://127.0.0.1:9\"\n    \
                resourcegroupstaggingapi = \"http://127.0.0.1:9\"\n  }\n}\n\
                resource \"aws_sns_topic\" \"west\" {\n  provider = aws.west\n  name     = \"alerts\"\n}\n";
    let place = place("a_region_that_refuses_connections", &[TOPIC, west]);
    see!(place, place.drctl("plan").exits(3));
}

/// The provider's own Region is gone, in four ways: what lives elsewhere is planned, and within ten
/// seconds; with `-partial` it is made.
#[test]
fn the_region_of_the_provider_is_gone() {
    let faults = [
        ("hangs", json!({ "hang": true })),
        ("drops", json!({ "drop": true })),
        ("fails", json!({ "code": "ServiceUnavailable", "status": 503, "message": "try later" })),
        ("is slow", json!({ "latency_ms": 30_000 })),
    ];
    std::thread::scope(|all| {
        for (how, fault) in &faults {
            all.spawn(move || {
                let test = format!("the_region_of_the_provider_is_gone {how}");
                let place = place(&test, &[TOPIC, TWO_REGIONS]);
                let mut rule = json!({ "account": place.account, "region": "us-east-1" });
                let more = fault.as_object().expect("an object").clone();
                rule.as_object_mut().expect("an object").extend(more);
                Emulator::get().fault(&rule);
                let begun = std::time::Instant::now();
                let ran = place.drctl("plan -partial").exits(3);
                let took = begun.elapsed();
                let ran = ran.says("aws_sns_topic.west will be created");
                let ran = ran.says("aws_sns_topic.alerts is not known: us-east-1 did not answer");
                // The limit is nine; a busy machine has some of its own.
                assert!(took < std::time::Duration::from_secs(13), "{how} took {took:?}\n{ran}");
                let hint = place.drctl("apply -auto-approve").exits(3);
                hint.says("Apply with -partial to do now what waits for nothing unknown.");
                place.drctl("apply -auto-approve -partial").exits(3).says("1 added");
                Emulator::get().calm(&place.account);
                place.drctl("apply -auto-approve").exits(0).says("1 added");
            });
        }
    });
}

/// Partly known is partly saved, and for as long as it is partly known.
#[test]
fn a_partial_plan_is_saved_and_applied() {
    let place = place("a_partial_plan_is_saved_and_applied", &[TOPIC, TWO_REGIONS]);
    Emulator::get()
        .fault(&json!({ "account": place.account, "region": "us-west-2", "drop": true }));
    place.drctl("plan -out=plan").exits(3).says("The plan was not saved");
    place.drctl("destroy -auto-approve -partial").exits(1).says("whole or not at all");
    place.drctl("plan -partial -out=plan").exits(3).says("drctl apply \"plan\"");
    place.drctl("plan -partial -out=other").exits(3);
    place.drctl("apply plan").exits(3).says("1 added");
    Emulator::get().calm(&place.account);
    place.drctl("apply other").exits(4).says("could not be read then, and can be now");
}

#[test]
fn nothing_answers_at_all() {
    let place =
        place("nothing_answers_at_all", &[TOPIC]).with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    see!(place, place.drctl("plan").exits(3));
}

#[test]
fn a_slow_region_is_waited_for() {
    let place = place("a_slow_region_is_waited_for", &[TOPIC, TWO_REGIONS]);
    Emulator::get().fault(&json!({
        "account": place.account, "region": "us-west-2", "latency_ms": 1500,
    }));
    place.drctl("plan").exits(0).says("Plan: 2 to add");
}

#[test]
fn throttling_that_passes() {
    let place = place("throttling_that_passes", &[TOPIC, TWO_REGIONS]);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "code": "Throttling", "message": "Rate exceeded",
        "times": 4,
    }));
    place.drctl("apply -auto-approve").exits(0).says("2 added");
}

#[test]
fn throttling_that_does_not_pass() {
    let place = place("throttling_that_does_not_pass", &[TOPIC]);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "code": "Throttling",
        "message": "Rate exceeded",
    }));
    see!(place, place.drctl("apply -auto-approve -parallelism=1").exits(1));
}

/// AWS has done it, and nobody was told.
#[test]
fn a_lost_answer() {
    let key = "resource \"aws_kms_key\" \"storage\" {\n  description = \"storage\"\n}\n";
    let place = place("a_lost_answer", &[TOPIC, CLUSTER, key]);
    for (service, action) in
        [("sns", "CreateTopic"), ("rds", "CreateDBCluster"), ("kms", "CreateKey")]
    {
        // Each try is done and lost: the program is alone with what it finds.
        Emulator::get().fault(&json!({
            "account": place.account, "service": service, "action": action,
            "drop": true, "after": true, "times": 1,
        }));
    }
    let first = place.drctl("apply -auto-approve");
    if first.code != 0 {
        place.drctl("apply -auto-approve").exits(0);
    }
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
    let made = "print(len(client('rds').describe_db_clusters()['DBClusters']),\n\
                len([k for k in client('kms').list_keys()['Keys']\n\
                if client('kms').describe_key(KeyId=k['KeyId'])['KeyMetadata']['Description'] == 'storage']),\n\
                len(client('sns').list_topics()['Topics']))";
    assert_eq!(place.python(made), "1 1 1", "nothing was made twice\n{first}");
}

#[test]
fn a_role_that_is_not_known_everywhere_yet() {
    let function = r#"
resource "aws_iam_role" "f" {
  name               = "f"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
data "archive_file" "f" {
  type                    = "zip"
  source_content          = "def handle(event, context): return 1"
  source_content_filename = "f.py"
  output_path             = "f.zip"
}
resource "aws_lambda_function" "f" {
  function_name    = "f"
  role             = aws_iam_role.f.arn
  filename         = data.archive_file.f.output_path
  source_code_hash = data.archive_file.f.output_base64sha256
  runtime          = "python3.12"
  handler          = "f.handle"
}
"#;
    let place = place("a_role_that_is_not_known_everywhere_yet", &[function]);
    Emulator::get().takes(&place.account, &json!({ "IAM_STEP": 2 }));
    place.drctl("apply -auto-approve").exits(0).says("2 added");
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn too_late() {
    let timeouts =
        CLUSTER.replace("skip_final", "timeouts {\n    create = \"2s\"\n  }\n  skip_final");
    let place = place("too_late", &[&timeouts]);
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 5 }));
    see!(place, place.drctl("apply -auto-approve -parallelism=1").exits(1));
    Emulator::get().takes(&place.account, &json!({ "RDS_STEP": 0.1 }));
}

#[test]
fn not_ours() {
    let place = place("not_ours", &[TOPIC, TWO_REGIONS]);
    place.python(
        "client('sns').create_topic(Name='alerts')\n\
         tags = [{'Key': 'drctl:stack', 'Value': 'payments'}, {'Key': 'drctl:address', 'Value': 'aws_sns_topic.x'}]\n\
         client('sns', 'us-west-2').create_topic(Name='alerts', Tags=tags)",
    );
    see!(place, place.drctl("plan").exits(5));
    let (ran, requests) = asked(&place, || place.drctl("apply -auto-approve").exits(5));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    // What is not ours is not ours to destroy either.
    let (ran, requests) = asked(&place, || place.drctl("destroy -auto-approve").exits(0));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    see!(place, ran);
}

/// Tags that say it, but not that they are its own, make a thing ours where it is declared.
#[test]
fn adopted_by_tags() {
    let place = place("adopted_by_tags", &[TOPIC]);
    place.python(
        "sns = client('sns')\n\
         arn = sns.create_topic(Name='alerts')['TopicArn']\n\
         tags = [{'Key': 'drctl:stack', 'Value': 'trouble'},\n\
         {'Key': 'drctl:address', 'Value': 'aws_sns_topic.alerts'}]\n\
         sns.tag_resource(ResourceArn=arn, Tags=tags)",
    );
    place.drctl("apply -auto-approve").exits(0).says("only its tags change");
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn aws_refuses() {
    let broken = CLUSTER.replace("master_password     = \"not-a-secret-here\"\n", "");
    let place = place("aws_refuses", &[&broken, TOPIC]);
    see!(place, place.drctl("apply -auto-approve -parallelism=1").exits(1));
}

#[test]
fn changed_while_it_is_applied() {
    let place = place("changed_while_it_is_applied", &[TOPIC, TWO_REGIONS]);
    place.drctl("apply -auto-approve").exits(0);
    let change = "aws_sns_topic.alerts";
    place.write(
        "main.tf",
        &format!("{STACK}{}{TWO_REGIONS}", TOPIC.replace('}', "  display_name = \"Wanted\"\n}")),
    );
    place.drctl("plan -out=plan").exits(0).says(change);
    place.python(
        "sns = client('sns')\n\
         sns.set_topic_attributes(TopicArn=sns.list_topics()['Topics'][0]['TopicArn'],\n\
         AttributeName='DisplayName', AttributeValue='Theirs')",
    );
    let (ran, requests) = asked(&place, || place.drctl("apply plan").exits(4));
    assert_eq!(changes(&requests), [""; 0], "{ran}");
    see!(place, ran);
}

/// Each wrong in its own way; all are told at once where one run can see them all.
#[test]
fn wrong_configurations() {
    let wrong = [
        ("a brace that is not closed", "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n"),
        (
            "an argument that there is not",
            "resource \"aws_sns_topic\" \"a\" {\n  nmae = \"a\"\n}\n",
        ),
        ("a type that there is not", "resource \"aws_sns_topik\" \"a\" {\n  name = \"a\"\n}\n"),
        ("a type of another provider", "resource \"google_sql_instance\" \"a\" {}\n"),
        (
            "a wrong type of value",
            "resource \"aws_cloudwatch_log_group\" \"a\" {\n  name              = \"a\"\n  retention_in_days = \"a week\"\n}\n",
        ),
        (
            "a required argument is missing",
            "resource \"aws_rds_cluster\" \"a\" {\n  cluster_identifier = \"a\"\n}\n",
        ),
        (
            "a reference to nothing",
            "resource \"aws_sns_topic\" \"a\" {\n  name = aws_sns_topic.b.name\n}\n",
        ),
        (
            "a variable that there is not",
            "locals {\n  a = var.nmae\n}\nvariable \"name\" {\n  default = 1\n}\noutput \"a\" {\n  value = local.a\n}\n",
        ),
        (
            "an attribute that there is not",
            "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n}\noutput \"a\" {\n  value = aws_sns_topic.a.arm\n}\n",
        ),
        ("a function that there is not", "output \"a\" {\n  value = uper(\"a\")\n}\n"),
        (
            "the same block twice",
            "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n}\nresource \"aws_sns_topic\" \"a\" {\n  name = \"b\"\n}\n",
        ),
        (
            "the same argument twice",
            "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n  name = \"b\"\n}\n",
        ),
        (
            "a cycle",
            "resource \"aws_sns_topic\" \"a\" {\n  name = aws_sns_topic.b.arn\n}\nresource \"aws_sns_topic\" \"b\" {\n  name = local.c\n}\nlocals {\n  c = aws_sns_topic.a.arn\n}\n",
        ),
        (
            "count and for_each",
            "resource \"aws_sns_topic\" \"a\" {\n  count    = 1\n  for_each = {}\n  name     = \"a\"\n}\n",
        ),
        (
            "a block that does not belong here",
            "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n  ingress {\n    port = 1\n  }\n}\n",
        ),
        (
            "a provider that there is not",
            "resource \"aws_sns_topic\" \"a\" {\n  provider = aws.west\n  name     = \"a\"\n}\n",
        ),
        ("what comes later", "module \"a\" {\n  source = \"./a\"\n}\n"),
        ("a block that nobody knows", "resourse \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n}\n"),
        ("a newer version is asked for", "drctl {\n  required_version = \">= 99\"\n}\n"),
    ];
    let mut text = String::new();
    for (sort, hcl) in wrong {
        let place = Place::of_account("300000000000");
        place.write("main.tf", hcl);
        let ran = place.drctl("validate");
        text.push_str(&format!("=== {sort}\n{}\n", seen(&place, &ran)));
    }
    assert_snapshot!(text);
}

/// What only values show.
#[test]
fn wrong_values() {
    let wrong = [
        ("a variable without value", "variable \"name\" {\n  type = string\n}\n"),
        (
            "a value that is not allowed",
            "variable \"days\" {\n  default = 400\n  validation {\n    condition     = var.days < 366\n    error_message = \"A year at most.\"\n  }\n}\n",
        ),
        (
            "a wrong type of variable",
            "variable \"days\" {\n  type    = number\n  default = \"many\"\n}\n",
        ),
        (
            "a key that is not in the map",
            "locals {\n  m = { a = 1 }\n}\noutput \"a\" {\n  value = local.m[\"b\"]\n}\n",
        ),
        ("division by zero", "output \"a\" {\n  value = 1 / 0\n}\n"),
        (
            "a failed precondition",
            "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n  lifecycle {\n    precondition {\n      condition     = 1 > 2\n      error_message = \"Arithmetic has failed.\"\n    }\n  }\n}\n",
        ),
        (
            "for_each over a list",
            "resource \"aws_sns_topic\" \"a\" {\n  for_each = [\"a\"]\n  name     = each.key\n}\n",
        ),
        ("a file that there is not", "output \"a\" {\n  value = file(\"nowhere.txt\")\n}\n"),
        ("no stack name", ""),
    ];
    let mut text = String::new();
    for (sort, hcl) in wrong {
        let place = Place::of_account("300000000001");
        let stack =
            if sort == "no stack name" { "output \"a\" {\n  value = 1\n}\n" } else { STACK };
        place.write("main.tf", &(stack.to_owned() + hcl));
        let ran = place.drctl("plan").exits(1);
        text.push_str(&format!("=== {sort}\n{}\n", seen(&place, &ran)));
    }
    assert_snapshot!(text);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let place = Place::of_account("300000000002");
    place.write("a.tf", "resource \"aws_sns_topic\" \"a\" {\n  nmae = \"a\"\n}\n");
    place.write("b.tf", "output \"b\" {\n  value = var.b\n}\n");
    place.write("c.tf", "resource \"aws_sns_topik\" \"c\" {}\n");
    see!(place, place.drctl("validate").exits(1));
}

#[test]
fn wrong_files() {
    let mut text = String::new();
    let mut note = |sort: &str, place: &Place, arguments: &str| {
        let ran = place.drctl(arguments).exits(1);
        text.push_str(&format!("=== {sort}\n{}\n", seen(place, &ran)));
    };
    let place = Place::of_account("300000000003");
    note("an empty directory", &place, "plan");
    note("no such directory", &place, "-chdir=nowhere plan");
    note("no such variables", &place, "plan -var-file=nowhere.tfvars");
    std::fs::create_dir(place.path().join("directory.tf")).expect("there is room");
    note("a directory with the name of a file", &place, "plan");
    let place = Place::of_account("300000000003");
    std::fs::write(place.path().join("latin.tf"), b"# caf\xe9\n").expect("there is room");
    note("not UTF-8", &place, "plan");
    let place = Place::of_account("300000000003");
    place.write("main.tf", STACK);
    note("a variable that is not declared", &place, "plan -var nobody=1");
    note("no value", &place, "plan -var nobody");
    place.write("broken.auto.tfvars", "a = = 1\n");
    note("broken variables", &place, "plan");
    assert_snapshot!(text);
}
