"""AWS Organizations: who is in one organisation with whom, and who may look."""

import pytest

from emulator.testing import ACCOUNT
from emulator.testing import EAST
from emulator.testing import OTHER
from emulator.testing import Emulator
from emulator.testing import refused

MANAGEMENT = "333333333333"


@pytest.fixture
def member(emulator: Emulator):
    return emulator.client("organizations")


@pytest.fixture
def management(emulator: Emulator):
    return emulator.client("organizations", EAST, MANAGEMENT)


def test_nobody_is_in_one_at_first(member):
    for call in (member.describe_organization, member.list_accounts):
        with refused("AWSOrganizationsNotInUseException"):
            call()


def test_members_are_invited(emulator, member, management):
    made = management.create_organization(FeatureSet="ALL")["Organization"]
    assert made["MasterAccountId"] == MANAGEMENT and made["Id"].startswith("o-")
    with refused("AlreadyInOrganizationException"):
        management.create_organization()
    handshake = management.invite_account_to_organization(Target={"Id": ACCOUNT, "Type": "ACCOUNT"})["Handshake"]
    with refused("HandshakeNotFoundException"):
        emulator.client("organizations", EAST, OTHER).accept_handshake(HandshakeId=handshake["Id"])
    assert member.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert member.describe_organization()["Organization"]["Id"] == made["Id"]
    assert [a["Id"] for a in management.list_accounts()["Accounts"]] == [ACCOUNT, MANAGEMENT]
    pages = management.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})
    assert [len(page["Accounts"]) for page in pages] == [1, 1]
    management.remove_account_from_organization(AccountId=ACCOUNT)
    with refused("AWSOrganizationsNotInUseException"):
        member.describe_organization()


def test_members_see_little(emulator, member, management):
    emulator.control("/_dr/organization", "POST", {"management": MANAGEMENT, "members": [ACCOUNT, OTHER]})
    for call in (
        member.list_accounts, member.list_roots, member.list_delegated_administrators,
        member.list_aws_service_access_for_organization,
    ):  # fmt: skip
        with refused("AccessDeniedException"):
            call()
    with refused("ConstraintViolationException", "Trusted access"):
        management.register_delegated_administrator(AccountId=ACCOUNT, ServicePrincipal="backup.amazonaws.com")
    management.enable_aws_service_access(ServicePrincipal="backup.amazonaws.com")
    management.register_delegated_administrator(AccountId=ACCOUNT, ServicePrincipal="backup.amazonaws.com")
    assert [a["Id"] for a in member.list_accounts()["Accounts"]] == [ACCOUNT, OTHER, MANAGEMENT]
    found = management.list_delegated_administrators(ServicePrincipal="backup.amazonaws.com")
    assert [a["Id"] for a in found["DelegatedAdministrators"]] == [ACCOUNT]
    services = member.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [s["ServicePrincipal"] for s in services] == ["backup.amazonaws.com"]
    delegated = management.list_delegated_services_for_account(AccountId=ACCOUNT)["DelegatedServices"]
    assert [s["ServicePrincipal"] for s in delegated] == ["backup.amazonaws.com"]
    management.deregister_delegated_administrator(AccountId=ACCOUNT, ServicePrincipal="backup.amazonaws.com")
    with refused("AccessDeniedException"):
        member.list_accounts()
    root = management.list_roots()["Roots"][0]["Id"]
    assert len(management.list_accounts_for_parent(ParentId=root)["Accounts"]) == 3
