"""CloudFormation's own handler for email subscriptions, and SNS as it finds it.

It behaves as its public source does (aws-cloudformation-resource-providers-sns, aws-sns-
subscription): an update first reads what is there, a deletion refuses what is pending.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

KIND = "AWS::SNS::Subscription"

Template = Mapping[str, Any]
Properties = Mapping[str, Any]


class FailedError(Exception):
    """The update failed, and is rolled back."""


@dataclass(slots=True)
class Subscription:
    """What SNS holds; a pending one has an ARN too, which only its maker knows."""

    topic: str
    endpoint: str
    attributes: dict[str, Any]
    is_pending: bool = True


@dataclass(slots=True)
class Sns:
    """The subscriptions of both topics, by ARN."""

    found: dict[str, Subscription] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    def subscribe(self, topic: str, endpoint: str, attributes: Mapping[str, Any]) -> str:
        """Subscribe; the same again is the same, with other attributes it is refused."""
        for arn, known in self.found.items():
            if (known.topic, known.endpoint.lower()) == (topic, endpoint.lower()):
                if known.attributes != attributes:
                    raise FailedError(f"{endpoint} already exists with different attributes")
                return arn
        arn = f"arn:aws:sns:us-east-1:111122223333:{topic}:{next(self._numbers)}"
        self.found[arn] = Subscription(topic, endpoint, dict(attributes))
        return arn

    def confirm(self) -> None:
        for subscription in self.found.values():
            subscription.is_pending = False

    def of(self, endpoint: str) -> dict[str, Subscription]:
        return {arn: s for arn, s in self.found.items() if s.endpoint == endpoint}


@dataclass(slots=True)
class Formation:
    """A stack's subscriptions: what the template said of them last, and their physical ids."""

    sns: Sns = field(default_factory=Sns)
    said: dict[str, Template] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def update(self, template: Template) -> None:
        """Create, update, then delete, as an update does; raise FailedError at what it refuses."""
        wanted = {i: r for i, r in template["Resources"].items() if r["Type"] == KIND}
        for id_, resource in wanted.items():
            properties = resource["Properties"]
            if id_ not in self.said:
                self.ids[id_] = self._create(properties)
            elif self.said[id_]["Properties"] != properties:
                self._change(self.ids[id_], self.said[id_]["Properties"], properties)
        for id_ in self.said.keys() - wanted.keys():
            if self.said[id_].get("DeletionPolicy") != "Retain":
                self._delete(self.ids[id_])
        self.said = wanted

    def _create(self, properties: Properties) -> str:
        topic = properties["TopicArn"]["Ref"]
        return self.sns.subscribe(topic, properties["Endpoint"], attributes(properties))

    def _change(self, arn: str, before: Properties, after: Properties) -> None:
        if arn not in self.sns.found:
            raise FailedError(f"{arn} was not found")
        assert before["Endpoint"] == after["Endpoint"], "a replacement"
        self.sns.found[arn].attributes = attributes(after)

    def _delete(self, arn: str) -> None:
        if arn in self.sns.found and self.sns.found[arn].is_pending:
            raise FailedError(f"{arn} cannot be deleted if pending confirmation")
        self.sns.found.pop(arn, None)


def attributes(properties: Properties) -> dict[str, Any]:
    """Return what a subscription is told beside its address."""
    names = ("FilterPolicy", "FilterPolicyScope")
    return {name: json.loads(json.dumps(properties[name])) for name in names if name in properties}
