"""No change of the stack depends on whether a subscription still exists, or was ever confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.config import Config
from infra.deploy import upgrade
from infra.deploy.subscribers import Audience
from infra.subscriptions import attributes, by_recipient, filter_policy
from tests.infra import landed
from tests.infra.conftest import Synth, template_of
from tests.infra.formation import FailedError, Formation, Subscription
from tests.infra.templates import STACKS, Template, output

ROUTE: dict[str, Any] = {"name": "dach", "when": {"country": "DE"}, "emails": ["one@x.com"]}
OTHER = ROUTE | {"name": "leads", "when": {"payload_type": "LeadInvitation"}}
BEFORE: dict[str, Any] = {"emails": ["all@x.com"], "routes": [ROUTE]}
CHANGES: dict[str, dict[str, Any]] = {
    "a route added": BEFORE | {"routes": [ROUTE, OTHER]},
    "a route changed": BEFORE | {"routes": [ROUTE | {"when": {"country": "AT"}}]},
    "a route removed": {"emails": ["all@x.com"]},
    "an address added": BEFORE | {"emails": ["all@x.com", "new@x.com"]},
    "an address moved": {"emails": ["all@x.com", "one@x.com"]},
    "an address removed": BEFORE | {"routes": [ROUTE | {"emails": ["all@x.com"]}]},
    "nobody hears alarms": BEFORE | {"ops_emails": []},
}
STATES: dict[str, Callable[[Formation], object]] = {}


def state(name: str) -> Callable[[Callable[[Formation], object]], Callable[[Formation], object]]:
    """Name what has become of whoever is in the route."""

    def named(become: Callable[[Formation], object]) -> Callable[[Formation], object]:
        STATES[name] = become
        return become

    return named


@state("confirmed")
def confirmed(formation: Formation) -> None:
    formation.sns.confirm()


@state("pending")
def pending(formation: Formation) -> None:
    """Nobody has confirmed anything yet."""


@state("gone")
def gone(formation: Formation) -> None:
    """Unsubscribed, or deleted by SNS after two days; alarms as well."""
    formation.sns.confirm()
    formation.sns.found.clear()


@state("made by hand")
def by_hand(formation: Formation) -> None:
    """As the documents show it; and another address, which a later change adds."""
    formation.sns.found.clear()
    for address in ("one@x.com", "new@x.com"):
        topic = next(r["Properties"]["TopicArn"]["Ref"] for r in formation.said.values())
        policy = {"FilterPolicy": filter_policy(address), "FilterPolicyScope": "MessageAttributes"}
        formation.sns.subscribe(topic, address, policy)
    formation.sns.confirm()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("become", STATES)
def test_a_change_is_never_rolled_back(synth: Synth, change: str, become: str) -> None:
    """Nor is its undoing; what was confirmed stays confirmed, with its filter."""
    formation = Formation()
    formation.update(synth(**BEFORE))
    STATES[become](formation)
    before = {arn: json.dumps(s.attributes) for arn, s in formation.sns.found.items()}
    for context in (CHANGES[change], BEFORE, CHANGES[change]):
        formation.update(synth(**context))
    assert {a: json.dumps(formation.sns.found[a].attributes) for a in before} == before
    assert not [a for a in before if formation.sns.found[a].is_pending and become != "pending"]


def test_the_stand_in_fails_as_the_handler_does(synth: Synth) -> None:
    """With filters that know routes, and without Retain, each of these was rolled back."""
    before = synth(**BEFORE)
    changed = old(synth(**BEFORE), Config.from_context(BEFORE))
    for id_, resource in changed["Resources"].items():
        if id_.startswith("Landed"):
            resource["Properties"] |= {"FilterPolicy": {"route": ["other"]}}
    formation = Formation()
    formation.update(old(before, Config.from_context(BEFORE)))
    with pytest.raises(FailedError, match="pending confirmation"):
        formation.update({"Resources": {}})
    formation.sns.found.clear()
    with pytest.raises(FailedError, match="not found"):
        formation.update(changed)


def old(template: Template, config: Config) -> Template:
    """Return a template as the version before recipients made it: other ids, filters, no Retain."""
    copied: Template = json.loads(json.dumps(template))
    topic, _ = output(template, "TopicArn")
    found = copied["Resources"]
    for id_, resource in list(found.items()):
        if resource["Type"] == "AWS::SNS::Subscription":
            resource.pop("DeletionPolicy")
            resource.pop("UpdateReplacePolicy")
            if resource["Properties"]["TopicArn"] == {"Ref": topic}:
                del found[id_]
    for number, (address, policy) in enumerate(landed.filters(config).items()):
        properties = {"Protocol": "email", "TopicArn": {"Ref": topic}, "Endpoint": address}
        found[f"Landed{number}"] = {
            "Type": "AWS::SNS::Subscription",
            "Properties": properties | {"FilterPolicy": policy},
        }
    return copied


class Client:
    """CloudFormation's and SNS's clients, as far as the upgrade asks them."""

    def __init__(self, formation: Formation, template: Template, *, fixed: bool) -> None:
        self._formation = formation
        self._template = template
        self._fixed = fixed

    def client(self, *_: object, **__: object) -> Client:
        return self

    def get_template(self, **_: object) -> dict[str, Any]:
        return {"TemplateBody": self._template}

    def get_paginator(self, _: str) -> Client:
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        ids = self._formation.ids.items()
        found = [{"LogicalResourceId": i, "PhysicalResourceId": arn} for i, arn in ids]
        yield {"StackResourceSummaries": found}

    def get_subscription_attributes(self, *, SubscriptionArn: str) -> dict[str, Any]:  # noqa: N803
        found = self._found(SubscriptionArn)
        policy = json.dumps(found.attributes.get("FilterPolicy", {}))
        return {"Attributes": {"Endpoint": found.endpoint, "FilterPolicy": policy}}

    def set_subscription_attributes(
        self,
        *,
        SubscriptionArn: str,  # noqa: N803
        AttributeName: str,  # noqa: N803
        AttributeValue: str,  # noqa: N803
    ) -> None:
        found = self._found(SubscriptionArn)
        if self._fixed and found.is_pending:
            raise ClientError({"Error": {"Code": "InvalidParameter", "Message": ""}}, "Set")
        value = json.loads(AttributeValue) if AttributeName == "FilterPolicy" else AttributeValue
        found.attributes[AttributeName] = value

    def _found(self, arn: str) -> Subscription:
        try:
            return self._formation.sns.found[arn]
        except KeyError:
            raise ClientError({"Error": {"Code": "NotFound", "Message": ""}}, "Get") from None


@STACKS
@pytest.mark.parametrize("become", STATES)
def test_the_upgrade_asks_nobody_to_confirm_again(synth: Synth, become: str) -> None:
    """Whoever was confirmed stays so, under the same ARN; what has gone is made again."""
    config = Config.from_context(BEFORE)
    formation = Formation()
    deployed = old(synth(**BEFORE), config)
    formation.update(deployed)
    STATES[become](formation)
    before = {a: s for a, s in formation.sns.found.items() if not s.is_pending}
    session: Any = Client(formation, deployed, fixed=False)
    found = upgrade.landed(session, "stack")
    formation.update(template_of(BEFORE, found))
    addresses = {address: attributes(address) for address in by_recipient(config).values()}
    audience = Audience("arn", "invitations", addresses, listed(formation))
    assert not [*upgrade.renew(session, audience, "stack", found)]
    formation.update(synth(**BEFORE))
    assert all(formation.sns.found.get(arn) is s for arn, s in before.items())
    held = [s.attributes.get("FilterPolicy") for s in formation.sns.found.values()]
    assert all(filter_policy(address) in held for address in addresses)


def test_who_leaves_with_the_upgrade_falls_silent(synth: Synth) -> None:
    """Its subscription stays, and nothing names it any more."""
    formation = Formation()
    deployed = old(synth(**BEFORE), Config.from_context(BEFORE))
    formation.update(deployed)
    formation.sns.confirm()
    session: Any = Client(formation, deployed, fixed=False)
    found = upgrade.landed(session, "stack")
    audience = Audience("arn", "invitations", {"all@x.com": attributes("all@x.com")}, {})
    assert not [*upgrade.renew(session, audience, "stack", found)]
    (left,) = (s for s in formation.sns.of("one@x.com").values() if s.attributes)
    assert left.attributes["FilterPolicy"] == filter_policy("one@x.com")


@STACKS
def test_what_cannot_be_changed_yet_is_named(synth: Synth) -> None:
    """The second update waits for it; after the first all are told as before."""
    config = Config.from_context(BEFORE)
    formation = Formation()
    deployed = old(synth(**BEFORE), config)
    formation.update(deployed)
    session: Any = Client(formation, deployed, fixed=True)
    found = upgrade.landed(session, "stack")
    formation.update(template_of(BEFORE, found))
    addresses = {address: attributes(address) for address in by_recipient(config).values()}
    audience = Audience("arn", "invitations", addresses, listed(formation))
    left = [*upgrade.renew(session, audience, "stack", found)]
    assert len(left) == len(addresses)
    assert all(line.endswith(" (InvalidParameter)") for line in left)
    with pytest.raises(FailedError, match="different attributes"):
        formation.update(synth(**BEFORE))


def test_a_stack_that_is_not_there_has_nothing_to_upgrade(session: boto3.Session) -> None:
    """As at the first deployment."""
    assert upgrade.landed(session, "InvitationNotifier-AWS") == {}


def listed(formation: Formation) -> dict[str, frozenset[str]]:
    """Return what SNS lists: no ARN of what is pending."""
    return {
        s.endpoint: frozenset({"PendingConfirmation" if s.is_pending else arn})
        for arn, s in formation.sns.found.items()
    }
