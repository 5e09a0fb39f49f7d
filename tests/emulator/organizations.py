"""AWS Organizations, wholly ours: one or more organisations, each with a management account and its members.

ministack makes an organisation of its own for every account that looks, so no two accounts are ever in the same
one.  Here nobody is in one until somebody says so, by the calls of AWS (CreateOrganization in the management
account, InviteAccountToOrganization, AcceptHandshake) or at once, in a test:

    POST /_dr/organization {"management": "333333333333", "members": ["111111111111", "222222222222"]}

Others ask here: ``organization_of`` (for conditions on aws:PrincipalOrgID), ``same``, ``management_of``.
"""

import hashlib
import time
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ministack.core.responses import get_account_id

from emulator import paging
from emulator.operations import WHOLLY_OURS
from emulator.operations import AwsError
from emulator.operations import Parameters
from emulator.operations import control
from emulator.operations import on_reset
from emulator.operations import operation

WHOLLY_OURS.add("organizations")


@dataclass
class Organization:
    id: str
    root: str
    management: str
    #: Account -> what is known of it, in the form in which AWS shows it; the management account is one of them.
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Service principal -> when it was trusted.
    trusted: dict[str, float] = field(default_factory=dict)
    #: (account, service principal) -> when it became a delegated administrator.
    delegated: dict[tuple[str, str], float] = field(default_factory=dict)
    #: Handshake -> account that is invited.
    invited: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:organizations::{self.management}:organization/{self.id}"

    def add(self, account: str, how: str) -> dict[str, Any]:
        self.accounts[account] = {
            "Id": account,
            "Arn": f"arn:aws:organizations::{self.management}:account/{self.id}/{account}",
            "Email": f"aws+{account}@example.com",
            "Name": f"account-{account}",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": [f"{self.id}/{self.root}/"],
            "JoinedMethod": how,
            "JoinedTimestamp": time.time(),
        }
        return self.accounts[account]


_organizations: list[Organization] = []
on_reset(_organizations.clear)


def _create(management: str) -> Organization:
    digest = hashlib.sha256(management.encode()).hexdigest()  # the same each time: tests can write it down
    made = Organization(f"o-{digest[:10]}", f"r-{digest[10:14]}", management)
    made.add(management, "CREATED")
    _organizations.append(made)
    return made


def find(account: str) -> Organization | None:
    return next((o for o in _organizations if account in o.accounts), None)


def organization_of(account: str) -> str | None:
    """The id of the organisation that this account is in."""
    found = find(account)
    return found.id if found else None


def path_of(account: str) -> str | None:
    found = find(account)
    return found.accounts[account]["Paths"][0] if found else None


def management_of(account: str) -> str | None:
    found = find(account)
    return found.management if found else None


def same(one: str, other: str) -> bool:
    """Are both in one organisation?"""
    found = find(one)
    return found is not None and other in found.accounts


@control("/_dr/organization")
def seed(_: dict[str, str], document: dict | None) -> dict:
    """Show all organisations; or make one, of a management account and its members."""
    if document is not None:
        made = find(document["management"]) or _create(document["management"])
        for account in document.get("members", []):
            if (other := find(account)) not in (None, made):
                raise ValueError(f"{account} is a member of {other.id}")
            if other is None:
                made.add(account, "INVITED")
    return {o.id: {"management": o.management, "accounts": sorted(o.accounts)} for o in _organizations}


# --- Who may ask -----------------------------------------------------------------------------------------------------


def _mine() -> Organization:
    found = find(get_account_id())
    if found is None:
        raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    return found


def _managed() -> Organization:
    """For what only the management account may change."""
    found = _mine()
    if get_account_id() != found.management:
        raise _denied()
    return found


def _readable() -> Organization:
    """For what the management account and delegated administrators may read."""
    found, account = _mine(), get_account_id()
    if account != found.management and account not in {delegate for delegate, _ in found.delegated}:
        raise _denied()
    return found


def _denied() -> AwsError:
    return AwsError("AccessDeniedException", "You don't have permissions to access this resource.")


def _member(found: Organization, account: str) -> dict[str, Any]:
    if account not in found.accounts:
        raise AwsError(
            "AccountNotFoundException", "You specified an account that doesn't exist or isn't in this organization."
        )
    return found.accounts[account]


# --- The organisation and its accounts -------------------------------------------------------------------------------


def _view(found: Organization) -> dict:
    return {
        "Organization": {
            "Id": found.id,
            "Arn": found.arn,
            "FeatureSet": "ALL",
            "MasterAccountArn": found.accounts[found.management]["Arn"],
            "MasterAccountId": found.management,
            "MasterAccountEmail": found.accounts[found.management]["Email"],
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }
    }


@operation("organizations", "CreateOrganization")
def create_organization(_: Parameters) -> dict:
    if find(get_account_id()):
        raise AwsError("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
    return _view(_create(get_account_id()))


@operation("organizations", "DescribeOrganization")
def describe_organization(_: Parameters) -> dict:
    return _view(_mine())


@operation("organizations", "InviteAccountToOrganization")
def invite(parameters: Parameters) -> dict:
    found, target = _managed(), parameters["Target"]["Id"]
    if find(target):
        raise AwsError("HandshakeConstraintViolationException", "The account is already a member of an organization.")
    identity = "h-" + hashlib.sha256(f"{found.id}{target}".encode()).hexdigest()[:12]
    found.invited[identity] = target
    return _handshake(found, identity, "OPEN")


@operation("organizations", "AcceptHandshake")
def accept(parameters: Parameters) -> dict:
    identity = parameters["HandshakeId"]
    found = next((o for o in _organizations if o.invited.get(identity) == get_account_id()), None)
    if found is None:
        raise AwsError("HandshakeNotFoundException", "The handshake that you specified does not exist.")
    found.add(found.invited.pop(identity), "INVITED")
    return _handshake(found, identity, "ACCEPTED")


def _handshake(found: Organization, identity: str, state: str) -> dict:
    arn = f"arn:aws:organizations::{found.management}:handshake/{found.id}/invite/{identity}"
    return {"Handshake": {"Id": identity, "Arn": arn, "State": state, "Action": "INVITE"}}


@operation("organizations", "RemoveAccountFromOrganization")
def remove_account(parameters: Parameters) -> None:
    found, account = _managed(), parameters["AccountId"]
    _member(found, account)
    if account == found.management:
        raise AwsError("MasterCannotLeaveOrganizationException", "The management account cannot leave.")
    del found.accounts[account]


@operation("organizations", "DescribeAccount")
def describe_account(parameters: Parameters) -> dict:
    return {"Account": _member(_readable(), parameters["AccountId"])}


@operation("organizations", "ListAccounts")
def list_accounts(parameters: Parameters) -> dict:
    return paging.page(_readable().accounts.values(), "Id", parameters, "Accounts", code="InvalidInputException")


@operation("organizations", "ListRoots")
def list_roots(_: Parameters) -> dict:
    found = _readable()
    arn = f"arn:aws:organizations::{found.management}:root/{found.id}/{found.root}"
    return {"Roots": [{"Id": found.root, "Arn": arn, "Name": "Root", "PolicyTypes": []}]}


@operation("organizations", "ListParents")
def list_parents(parameters: Parameters) -> dict:
    found = _readable()
    if parameters["ChildId"] not in found.accounts:
        raise AwsError("ChildNotFoundException", "We can't find the child.")
    return {"Parents": [{"Id": found.root, "Type": "ROOT"}]}


@operation("organizations", "ListAccountsForParent")
def list_accounts_for_parent(parameters: Parameters) -> dict:
    found = _readable()
    if parameters["ParentId"] != found.root:
        raise AwsError("ParentNotFoundException", "We can't find a root or organizational unit with that ID.")
    return paging.page(found.accounts.values(), "Id", parameters, "Accounts", code="InvalidInputException")


@operation("organizations", "ListOrganizationalUnitsForParent")
def list_units(_: Parameters) -> dict:
    _readable()
    return {"OrganizationalUnits": []}


# --- Trusted services and delegated administrators -------------------------------------------------------------------


@operation("organizations", "EnableAWSServiceAccess")
def enable_service(parameters: Parameters) -> None:
    _managed().trusted.setdefault(parameters["ServicePrincipal"], time.time())


@operation("organizations", "DisableAWSServiceAccess")
def disable_service(parameters: Parameters) -> None:
    _managed().trusted.pop(parameters["ServicePrincipal"], None)


@operation("organizations", "ListAWSServiceAccessForOrganization")
def list_services(parameters: Parameters) -> dict:
    trusted = [{"ServicePrincipal": name, "DateEnabled": when} for name, when in _readable().trusted.items()]
    return paging.page(
        trusted, "ServicePrincipal", parameters, "EnabledServicePrincipals", code="InvalidInputException"
    )


@operation("organizations", "RegisterDelegatedAdministrator")
def register(parameters: Parameters) -> None:
    found, key = _managed(), (parameters["AccountId"], parameters["ServicePrincipal"])
    _member(found, key[0])
    if key in found.delegated:
        raise AwsError("AccountAlreadyRegisteredException", "The account is already a delegated administrator.")
    if key[1] not in found.trusted:
        raise AwsError("ConstraintViolationException", f"Trusted access is not enabled for {key[1]}.")
    found.delegated[key] = time.time()


@operation("organizations", "DeregisterDelegatedAdministrator")
def deregister(parameters: Parameters) -> None:
    found, key = _managed(), (parameters["AccountId"], parameters["ServicePrincipal"])
    if key not in found.delegated:
        raise AwsError("AccountNotRegisteredException", "The account is not a delegated administrator.")
    del found.delegated[key]


@operation("organizations", "ListDelegatedAdministrators")
def list_delegated(parameters: Parameters) -> dict:
    found, service = _readable(), parameters.get("ServicePrincipal")
    administrators = {
        account: {**found.accounts[account], "DelegationEnabledDate": when}
        for (account, principal), when in found.delegated.items()
        if service in (None, principal) and account in found.accounts
    }
    return paging.page(
        administrators.values(), "Id", parameters, "DelegatedAdministrators", code="InvalidInputException"
    )


@operation("organizations", "ListDelegatedServicesForAccount")
def list_delegated_services(parameters: Parameters) -> dict:
    found, account = _readable(), parameters["AccountId"]
    services = [
        {"ServicePrincipal": principal, "DelegationEnabledDate": when}
        for (delegate, principal), when in found.delegated.items()
        if delegate == account
    ]
    if not services:
        raise AwsError("AccountNotRegisteredException", "The account is not a delegated administrator.")
    return paging.page(services, "ServicePrincipal", parameters, "DelegatedServices", code="InvalidInputException")
