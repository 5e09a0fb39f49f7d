"""Which bus and which function an event reaches, and what becomes of one that is not delivered."""

import io
import json
import time
import zipfile

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import WEST
from emulator.testing import Emulator
from emulator.testing import refused
from emulator.testing import wait_until

MANAGEMENT = "333333333333"
PATTERN = '{"source": ["orders"]}'
EVENT = {"Source": "orders", "DetailType": "t", "Detail": '{"id": 1}'}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/onward"
TRUST = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Way:
    """A rule in one place that sends on to the default bus of another, where a queue takes what arrives."""

    def __init__(self, emulator: Emulator, account: str, region: str):
        self.bus = f"arn:aws:events:{region}:{account}:event-bus/default"
        self.here, self.there = emulator.client("events"), emulator.client("events", region, account)
        self.iam = emulator.client("iam")
        self.arrived = self.queue(emulator, "arrived", region, account)
        self.there.put_rule(Name="r", EventPattern=PATTERN)
        self.there.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{region}:{account}:arrived"}])
        self.here.put_rule(Name="onward", EventPattern=PATTERN)
        self.dead = self.queue(emulator, "dead", EAST, ACCOUNT, policy=document(
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": "*", "Condition": {"ArnEquals": {
                 "aws:SourceArn": f"arn:aws:events:{EAST}:{ACCOUNT}:rule/onward"}}},
        ))  # fmt: skip
        self.make_role()
        self.aim()

    def make_role(self, trust=TRUST, resource=None):
        self.iam.create_role(RoleName="onward", AssumeRolePolicyDocument=document(trust))
        allow = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": resource or self.bus}
        self.iam.put_role_policy(RoleName="onward", PolicyName="p", PolicyDocument=document(allow))

    def aim(self, **more):
        dead = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{EAST}:{ACCOUNT}:dead"}}
        target = {"Id": "b", "Arn": self.bus, "RoleArn": ROLE, **dead, **more}
        self.here.put_targets(Rule="onward", Targets=[{k: v for k, v in target.items() if v}])

    @staticmethod
    def queue(emulator, name, region, account, policy=None):
        sqs = emulator.client("sqs", region, account)
        url = sqs.create_queue(QueueName=name, Attributes={"Policy": policy} if policy else {})["QueueUrl"]
        return lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])

    def let_in(self, **change):
        statement = {"Sid": "in", "Effect": "Allow", "Action": "events:PutEvents", "Resource": self.bus}
        statement |= {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **change}
        self.there.put_permission(Policy=document(statement))

    def goes(self):
        """Does an event arrive?  If not, it lies with the dead letters."""
        self.here.put_events(Entries=[EVENT])
        arrived, dead = self.arrived(), self.dead()
        assert bool(arrived) != bool(dead)
        self.why = dead and dead[0]["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
        self.message = json.loads((arrived or dead)[0]["Body"])
        return bool(arrived)


@pytest.fixture(params=[(ACCOUNT, WEST), (OTHER, EAST), (OTHER, WEST)], ids=["region", "account", "both"])
def way(request, emulator: Emulator):
    return Way(emulator, *request.param)


@pytest.fixture
def abroad(emulator: Emulator):
    return Way(emulator, OTHER, EAST)


def test_an_event_reaches_another_bus(way):
    if OTHER in way.bus:
        assert not way.goes() and "not authorized" in way.why, "nobody has let us in"
        with refused("AccessDeniedException"):
            way.here.put_events(Entries=[{**EVENT, "EventBusName": way.bus}])
        way.let_in()
    assert way.goes()
    assert (way.message["detail"], way.message["account"], way.message["region"]) == ({"id": 1}, ACCOUNT, EAST)


def test_the_role_is_asked_too(way):
    if OTHER in way.bus:
        way.let_in()
    way.iam.delete_role_policy(RoleName="onward", PolicyName="p")
    assert not way.goes() and "identity-based policy" in way.why
    way.iam.delete_role(RoleName="onward")
    assert not way.goes() and "assume" in way.why
    way.make_role(resource="arn:aws:events:us-east-1:999999999999:event-bus/default")
    assert not way.goes() and "identity-based policy" in way.why
    way.iam.delete_role_policy(RoleName="onward", PolicyName="p")
    way.iam.delete_role(RoleName="onward")
    way.make_role(trust={**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}})
    assert not way.goes() and "assume" in way.why


def test_a_policy_managed_by_the_account_will_do(abroad):
    abroad.let_in()
    abroad.iam.delete_role_policy(RoleName="onward", PolicyName="p")
    allow = {"Effect": "Allow", "Action": "events:Put*", "Resource": "*"}
    arn = abroad.iam.create_policy(PolicyName="put", PolicyDocument=document(allow))["Policy"]["Arn"]
    assert not abroad.goes()
    abroad.iam.attach_role_policy(RoleName="onward", PolicyArn=arn)
    assert abroad.goes()


def test_another_bus_needs_a_role(abroad):
    with refused("ValidationException", "RoleArn"):
        abroad.aim(RoleArn=None)


def test_a_bus_can_let_an_organisation_in(emulator, abroad):
    emulator.control("/_dr/organization", "POST", {"management": MANAGEMENT, "members": [ACCOUNT, OTHER]})
    organization = emulator.client("organizations").describe_organization()["Organization"]["Id"]
    assert organization.startswith("o-")

    def of(identity):
        return {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": identity}}}

    abroad.let_in(**of("o-another0001"))
    assert not abroad.goes()
    abroad.let_in(**of(organization))
    assert abroad.goes()
    emulator.client("organizations", EAST, MANAGEMENT).remove_account_from_organization(AccountId=ACCOUNT)
    assert not abroad.goes()


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/another"}},
        {"Action": "events:PutRule"},
        {"Resource": f"arn:aws:events:{EAST}:{OTHER}:event-bus/another"},
        {"Condition": {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/another"}}},
        {"Condition": {"StringEquals": {"aws:SourceOrgID": "o-1234567890"}}},
        {"Condition": {"MadeUp": {"aws:PrincipalArn": ROLE}}},
        {"Effect": "Deny"},
    ],
)
def test_policies_that_do_not_let_us_in(abroad, statement):
    abroad.let_in(**statement)
    assert not abroad.goes()


def test_a_denial_is_stronger(abroad):
    allow = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "events:*", "Resource": "*"}
    abroad.there.put_permission(Policy=document(allow))
    assert abroad.goes()
    abroad.there.put_permission(Policy=document(allow, {**allow, "Effect": "Deny", "Principal": "*"}))
    assert not abroad.goes()


def test_permissions_of_others_stay(abroad):
    abroad.there.put_permission(StatementId="mine", Action="events:PutEvents", Principal=ACCOUNT)
    abroad.there.put_permission(StatementId="theirs", Action="events:PutEvents", Principal=MANAGEMENT)

    def statements():
        policy = abroad.there.describe_event_bus().get("Policy")
        return {s["Sid"]: s["Principal"]["AWS"] for s in json.loads(policy)["Statement"]} if policy else {}

    assert statements() == {
        "mine": f"arn:aws:iam::{ACCOUNT}:root",
        "theirs": f"arn:aws:iam::{MANAGEMENT}:root",
    }
    assert abroad.goes()
    abroad.there.remove_permission(StatementId="mine")
    assert list(statements()) == ["theirs"] and not abroad.goes()
    with refused("ResourceNotFoundException"):
        abroad.there.remove_permission(StatementId="mine")
    abroad.there.remove_permission(RemoveAllPermissions=True)
    assert statements() == {}


def test_an_event_is_not_sent_on_to_a_third_account(emulator, abroad):
    abroad.let_in()
    third = emulator.client("events", EAST, MANAGEMENT)
    arrived = Way.queue(emulator, "arrived", EAST, MANAGEMENT)
    third.put_rule(Name="r", EventPattern=PATTERN)
    third.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{EAST}:{MANAGEMENT}:arrived"}])
    bus = f"arn:aws:events:{EAST}:{MANAGEMENT}:event-bus/default"
    third.put_permission(StatementId="in", Action="events:PutEvents", Principal=OTHER)
    iam = emulator.client("iam", EAST, OTHER)
    role = iam.create_role(RoleName="onward", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
    iam.put_role_policy(RoleName="onward", PolicyName="p", PolicyDocument=document(allow))
    abroad.there.put_targets(Rule="r", Targets=[{"Id": "third", "Arn": bus, "RoleArn": role}])
    assert abroad.goes() and arrived() == []
    abroad.there.put_events(Entries=[EVENT])
    assert json.loads(arrived()[0]["Body"])["account"] == OTHER, "an event of its own does go there"


def test_events_do_not_go_round_in_circles(emulator):
    for here, there in ((EAST, WEST), (WEST, EAST)):
        way = Way.__new__(Way)
        way.bus, way.here = f"arn:aws:events:{there}:{ACCOUNT}:event-bus/default", emulator.client("events", here)
        way.iam = emulator.client("iam")
        way.here.put_rule(Name="onward", EventPattern=PATTERN)
        if here == EAST:
            way.make_role(resource="*")
        way.aim()
    arrived = Way.queue(emulator, "arrived", WEST, ACCOUNT)
    west = emulator.client("events", WEST)
    west.put_rule(Name="r", EventPattern=PATTERN)
    west.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{WEST}:{ACCOUNT}:arrived"}])
    emulator.client("events").put_events(Entries=[EVENT])
    assert len(arrived()) == 1 and arrived() == []


def test_a_function_must_let_the_rule_in(emulator):
    functions, events = emulator.client("lambda"), emulator.client("events")
    trust = {**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}
    role = emulator.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    time.sleep(0.35)  # DR_IAM_STEP
    url = emulator.client("sqs").create_queue(QueueName="invoked")["QueueUrl"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(
            "f.py",
            "import boto3\ndef handler(event, _):\n"
            f"    boto3.client('sqs').send_message(QueueUrl='{url}', MessageBody=event['source'])\n",
        )
    arn = functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="f.handler", Code={"ZipFile": code.getvalue()}
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="f")
    rule = events.put_rule(Name="r", EventPattern=PATTERN)["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "f", "Arn": arn}])

    def invoked():
        return emulator.client("sqs").receive_message(QueueUrl=url).get("Messages", [])

    def permit(identity, source):
        functions.add_permission(
            FunctionName="f", StatementId=identity, Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com", SourceArn=source,
        )  # fmt: skip

    permit("another", rule + "-another")
    events.put_events(Entries=[EVENT])
    time.sleep(1)
    assert invoked() == []
    permit("this", rule)
    events.put_events(Entries=[EVENT])
    assert wait_until(invoked)[0]["Body"] == "orders"

    # Events for which it has no room wait until it has.
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    events.put_events(Entries=[EVENT] * 3)
    seen = []
    wait_until(lambda: seen.extend(invoked()) or len(seen) >= 3)
