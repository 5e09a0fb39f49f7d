//! Many accounts: one provider block, one session for each, and nothing asked through the wrong one.
use serde_json::Value as Tree;
use serde_json::json;

use crate::estate::changes;
use crate::support::Emulator;
use crate::support::Place;

/// Two accounts of a test's own, each with a role that the caller may act as.
struct Accounts {
    place: Place,
    a: String,
    b: String,
}

fn accounts(test: &str) -> Accounts {
    let place = Place::new(test);
    let other = |first: &str| format!("{first}{}", &place.account[1..]);
    let (a, b) = (other("4"), other("5"));
    place.python(&format!(
        "trust = {{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Action': 'sts:AssumeRole',\n\
         'Principal': {{'AWS': f'arn:aws:iam::{{ACCOUNT}}:root'}},\n\
         'Condition': {{'StringEquals': {{'sts:ExternalId': 'orders'}}}}}}]}}\n\
         for account in ({a:?}, {b:?}):\n    \
         iam = seed.client('iam', ENDPOINT, account=account)\n    \
         iam.create_role(RoleName='drctl', AssumeRolePolicyDocument=json.dumps(trust))"
    ));
    place.write(
        "providers.tf",
        &format!(
            r#"
drctl {{
  stack = "accounts"
}}

provider "aws" {{
  alias    = "by_account"
  for_each = {{ a = "{a}", b = "{b}" }}
  region   = "us-east-1"

  allowed_account_ids = [each.value]

  assume_role {{
    role_arn     = "arn:aws:iam::${{each.value}}:role/drctl"
    external_id  = "orders"
    session_name = "recovery"
    duration     = "15m"
  }}

  default_tags {{
    tags = {{ account = each.key }}
  }}
}}
"#
        ),
    );
    place.write(
        "main.tf",
        r#"
resource "aws_sns_topic" "alerts" {
  for_each = toset(["a", "b"])
  provider = aws.by_account[each.key]
  name     = "alerts-${each.key}"
}

resource "aws_sqs_queue" "west" {
  provider = aws.by_account["b"]
  region   = "us-west-2"
  name     = "dead"
}

output "arns" {
  value = [for topic in aws_sns_topic.alerts : topic.arn]
}
"#,
    );
    Accounts { place, a, b }
}

fn named<'t>(requests: &'t [Tree], action: &str) -> Vec<&'t Tree> {
    requests.iter().filter(|request| request["action"] == action).collect()
}

/// Each request of an account's resources is signed by that account's session, and by no other.
#[test]
fn every_account_by_its_own_session() {
    let Accounts { place, a, b } = accounts("every_account_by_its_own_session");
    let emulator = Emulator::get();
    let ran = place.drctl("apply -auto-approve").exits(0);
    assert!(ran.out.contains(&format!("arn:aws:sns:us-east-1:{a}:alerts-a")), "{ran}");
    assert!(ran.out.contains(&format!("arn:aws:sns:us-east-1:{b}:alerts-b")), "{ran}");
    let (of_a, of_b) = (emulator.requests(&a), emulator.requests(&b));
    let topics = |requests: &[Tree]| -> Vec<String> {
        let created = named(requests, "CreateTopic");
        created.iter().map(|r| r["parameters"]["Name"].to_string()).collect()
    };
    assert_eq!(
        (topics(&of_a), topics(&of_b)),
        (vec!["\"alerts-a\"".to_owned()], vec!["\"alerts-b\"".to_owned()])
    );
    assert_eq!((named(&of_a, "CreateQueue").len(), named(&of_b, "CreateQueue").len()), (0, 1));
    assert_eq!(named(&of_b, "CreateQueue")[0]["region"], "us-west-2");
    // The caller itself makes nothing; it acts as each role once, and asks who it is then.
    let own = emulator.requests(&place.account);
    let own: Vec<Tree> = own.into_iter().filter(|r| r["service"] != "iam").collect();
    assert_eq!(changes(&own), [""; 0], "{ran}");
    let assumed = named(&own, "AssumeRole");
    assert_eq!(assumed.len(), 2, "{assumed:?}");
    for request in assumed {
        let parameters = &request["parameters"];
        assert_eq!(parameters["ExternalId"], "orders");
        assert_eq!(parameters["RoleSessionName"], "recovery");
        assert_eq!(parameters["DurationSeconds"], 900);
    }
    // Whose they are is asked before anything else.
    for requests in [&of_a, &of_b] {
        let first = requests.iter().find(|request| request["service"] != "iam");
        assert_eq!(first.map(|request| &request["action"]), Some(&json!("GetCallerIdentity")));
    }
    place.drctl("plan -detailed-exitcode").exits(0);
    place.drctl("destroy -auto-approve").exits(0);
}

/// What a role gives ends, and a run that takes longer asks for it again.
#[test]
fn sessions_are_renewed_before_they_end() {
    let Accounts { place, a, .. } = accounts("sessions_are_renewed_before_they_end");
    let emulator = Emulator::get();
    emulator.takes(&place.account, &json!({ "STS_LIFE": 6 }));
    // Each call takes longer than what the one before it was signed with is good for.
    emulator.fault(&json!({ "account": a, "service": "sns", "latency_ms": 2500 }));
    place.write(
        "more.tf",
        r#"
resource "aws_sns_topic" "second" {
  provider = aws.by_account["a"]
  name     = "second"

  depends_on = [aws_sns_topic.alerts]
}
"#,
    );
    let ran = place.drctl("apply -auto-approve").exits(0);
    let own = emulator.requests(&place.account);
    assert!(named(&own, "AssumeRole").len() > 3, "{ran}");
    assert_eq!(named(&emulator.requests(&a), "CreateTopic").len(), 2);
    // What has ended is refused, or this test would say nothing.
    emulator.calm(&a);
    emulator.takes(&place.account, &json!({ "STS_LIFE": 1 }));
    let told = place.python(&format!(
        "import time\n\
         role = client('sts').assume_role(RoleArn='arn:aws:iam::{a}:role/drctl', \
         RoleSessionName='it', ExternalId='orders')['Credentials']\n\
         time.sleep(1.2)\n\
         import boto3\n\
         sns = boto3.client('sns', endpoint_url=ENDPOINT, region_name='us-east-1', \
         aws_access_key_id=role['AccessKeyId'], aws_secret_access_key=role['SecretAccessKey'], \
         aws_session_token=role['SessionToken'])\n\
         try:\n    sns.list_topics()\n\
         except sns.exceptions.ClientError as error:\n    print(error.response['Error']['Code'])"
    ));
    assert_eq!(told.trim(), "ExpiredToken");
}

#[test]
fn an_account_that_does_not_answer_leaves_the_others() {
    let Accounts { place, b, .. } = accounts("an_account_that_does_not_answer_leaves_the_others");
    Emulator::get().fault(&json!({ "account": b, "service": "sts", "drop": true }));
    let ran = place.drctl("plan").exits(3).says("aws_sns_topic.alerts[\"a\"] will be created");
    assert!(!ran.out.contains("alerts[\"b\"] will be"), "{ran}");
    assert!(ran.out.contains("by_account[\"b\"]"), "{ran}");
}

#[test]
fn what_is_wrong_with_providers_is_told() {
    let Accounts { place, a, .. } = accounts("what_is_wrong_with_providers_is_told");
    let topic = |provider: &str| {
        format!(
            "resource \"aws_sns_topic\" \"x\" {{\n  provider = {provider}\n  name     = \"x\"\n}}\n"
        )
    };
    let says = |provider: &str, words: &str| {
        place.write("more.tf", &topic(provider));
        place.drctl("plan").exits(1).says(words);
    };
    says("aws.by_account", "The provider aws.by_account has for_each");
    says("aws.by_account[\"c\"]", "There is no provider aws.by_account[\"c\"]");
    says("aws.by_account[1]", "The key of a provider is a string");
    place.write("more.tf", "");
    let providers =
        std::fs::read_to_string(place.path().join("providers.tf")).expect("it is there");
    place.write(
        "providers.tf",
        &providers.replace("\"orders\"\n    session", "\"wrong\"\n    session"),
    );
    place
        .drctl("plan")
        .exits(1)
        .says("Provider aws.by_account[\"a\"] is not allowed in")
        .says(&format!("arn:aws:iam::{a}:role/drctl"))
        .says(&format!("arn:aws:iam::{}:root cannot act as", place.account));
    place.write("providers.tf", &providers.replace("[each.value]", "[\"999999999999\"]"));
    place.drctl("plan").exits(1).says("allowed_account_ids has only 999999999999");
    place.write("providers.tf", &providers.replace("alias    = \"by_account\"", ""));
    place.drctl("validate").exits(1).says("needs an alias");
}

/// A profile that acts as a role by the credentials of another profile.
#[test]
fn a_profile_that_chains_roles() {
    let Accounts { place, a, .. } = accounts("a_profile_that_chains_roles");
    let caller = place.account.clone();
    place.write(
        ".aws/config",
        &format!(
            "[profile base]\naws_access_key_id = {caller}\naws_secret_access_key = test\n\
             [profile recovery]\nrole_arn = arn:aws:iam::{a}:role/drctl\nexternal_id = orders\n\
             source_profile = base\nregion = us-west-2\n"
        ),
    );
    place.write(
        "providers.tf",
        "drctl {\n  stack = \"accounts\"\n}\nprovider \"aws\" {\n  profile = \"recovery\"\n}\n",
    );
    place.write(
        "main.tf",
        "data \"aws_caller_identity\" \"me\" {}\ndata \"aws_region\" \"here\" {}\noutput \"me\" {\n  value = \
         \"${data.aws_caller_identity.me.account_id} ${data.aws_region.here.region}\"\n}\n",
    );
    // Who names a profile means it, whatever else the environment says.
    let place = place.with("AWS_REGION", "");
    place.drctl("output me").exits(0).says(&format!("{a} us-west-2"));
}
