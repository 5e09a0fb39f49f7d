//! What goes wrong outside the configuration, and what a tired person reads then.
use serde_json::json;

use crate::support::Emulator;
use crate::support::Place;

const TOPIC: &str = "drctl {\n  stack = \"guards\"\n}\n\nresource \"aws_sns_topic\" \"this\" {\n  name = \"orders\"\n}\n";

/// How many keys there are that AWS did not make.
const KEYS: &str = "kms = client('kms')\n\
    keys = [kms.describe_key(KeyId=key['KeyId'])['KeyMetadata'] for key in kms.list_keys()['Keys']]\n\
    print(sum(key['KeyManager'] == 'CUSTOMER' for key in keys))";

fn topic(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.hcl", TOPIC);
    place
}

#[test]
fn missing_credentials() {
    let place =
        topic("no credentials").with("AWS_ACCESS_KEY_ID", "").with("AWS_SECRET_ACCESS_KEY", "");
    place.drctl("plan").exits(1).says("No credentials were found: set AWS_PROFILE");
}

#[test]
fn expired_credentials() {
    let place = topic("expired").with("AWS_ACCESS_KEY_ID", "AKIAEXPIRED000000000");
    place.drctl("plan").exits(1).says("The credentials have expired");
}

#[test]
fn unknown_credentials() {
    let place = topic("unknown").with("AWS_ACCESS_KEY_ID", "AKIAINVALID000000000");
    place.drctl("plan").exits(1).says("AWS does not accept these credentials");
}

#[test]
fn no_region() {
    let place = topic("no region").with("AWS_REGION", "");
    place.drctl("plan").exits(1).says("give the provider block a `region`");
}

#[test]
fn another_account() {
    let place = topic("another account");
    place.write(
        "provider.hcl",
        "provider \"aws\" {\n  allowed_account_ids = [\"999999999999\"]\n}\n",
    );
    let ran = place.drctl("plan").exits(1);
    ran.says("allowed_account_ids has only 999999999999");
}

#[test]
fn unreachable() {
    // Nobody listens on the discard port.
    let place = topic("unreachable").with("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    place.drctl("plan").exits(3);
}

#[test]
fn a_denied_read_is_no_absence() {
    let place = topic("denied read");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "GetTopicAttributes",
        "code": "AuthorizationError", "status": 403, "message": "not authorized",
    }));
    let ran = place.drctl("plan").exits(3);
    assert!(!ran.out.contains("will be created"), "{ran}");
}

#[test]
fn a_denied_change_says_so() {
    let place = topic("denied change");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic",
        "code": "AuthorizationError", "status": 403, "message": "not authorized",
    }));
    place
        .drctl("apply -auto-approve")
        .exits(1)
        .says("aws_sns_topic.this was not created")
        .says("a policy forbids this call");
}

#[test]
fn throttling_passes() {
    let place = topic("throttled");
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "times": 2,
        "code": "Throttling", "status": 400, "message": "Rate exceeded",
    }));
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
}

/// The call succeeded, and the answer was lost.
#[test]
fn a_lost_answer_makes_nothing_twice() {
    let place = topic("lost answer");
    place.write(
        "key.hcl",
        "resource \"aws_kms_key\" \"this\" {\n  deletion_window_in_days = 7\n}\n",
    );
    Emulator::get().fault(&json!({
        "account": place.account, "service": "kms", "action": "CreateKey", "times": 1,
        "drop": true, "after": true,
    }));
    place.drctl("apply -auto-approve");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0);
    assert_eq!(place.python(KEYS), "1", "a second key was made");
}

#[test]
fn what_somebody_else_made_is_refused() {
    let place = topic("not ours");
    place.python("client('sns').create_topic(Name='orders')");
    place.drctl("plan").exits(5).says("aws_sns_topic.this");
    place.drctl("apply -auto-approve").exits(5);
    place.drctl("destroy -auto-approve").exits(0);
    let topics = place.python("print(len(client('sns').list_topics()['Topics']))");
    assert_eq!(topics, "1", "what is not ours is not destroyed");
}

#[test]
fn a_saved_plan_is_refused_when_aws_has_moved() {
    let place = topic("stale");
    place.drctl("apply -auto-approve").exits(0);
    place
        .write("main.hcl", &TOPIC.replace("\"orders\"", "\"orders\"\n  display_name = \"Orders\""));
    place.drctl("plan -out=plan").exits(0);
    place.drctl("show plan").exits(0).says("display_name");
    place.python(
        "sns = client('sns')\n\
         arn = sns.list_topics()['Topics'][0]['TopicArn']\n\
         sns.set_topic_attributes(TopicArn=arn, AttributeName='DisplayName', AttributeValue='Other')",
    );
    place.drctl("apply plan").exits(4).says("display_name has changed in AWS");
}

#[test]
fn a_plan_of_what_exists_by_now_is_stale() {
    let place = topic("exists by now");
    place.drctl("plan -out=plan").exits(0);
    place.drctl("apply plan").exits(0);
    place.drctl("apply plan").exits(4).says("exists by now");
}

/// Killed in the middle, it goes on from what is there.
#[cfg(unix)]
#[test]
fn a_killed_apply_is_taken_up_again() {
    let place = topic("killed");
    let many = "resource \"aws_sns_topic\" \"many\" {\n  count = 20\n  name  = \"many-${count.index}\"\n}\n\
                resource \"aws_kms_key\" \"many\" {\n  count = 5\n  deletion_window_in_days = 7\n}\n";
    place.write("many.hcl", many);
    Emulator::get().fault(&json!({
        "account": place.account, "service": "sns", "action": "CreateTopic", "latency_ms": 300,
    }));
    let mut running = place.start(&["apply", "-auto-approve", "-parallelism=3"]);
    let made = || {
        let requests = Emulator::get().requests(&place.account);
        requests.iter().filter(|request| request["action"] == "CreateTopic").count()
    };
    while made() < 5 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(running.try_wait().expect("it can be asked").is_none(), "it ended before");
    }
    running.kill().expect("it runs");
    running.wait().expect("it was killed");
    place.drctl("apply -auto-approve").exits(0);
    place.drctl("plan -detailed-exitcode").exits(0).says("No changes.");
    let topics = place.python("print(len(client('sns').list_topics()['Topics']))");
    assert_eq!((topics.as_str(), place.python(KEYS).as_str()), ("21", "5"));
}
