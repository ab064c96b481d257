"""Botocore's model of Partner Central, walked member by member, and messages made from it."""

from __future__ import annotations

import copy
import functools
import html
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from notifier.adapters.partner_central import parse_details, parse_invitation
from notifier.adapters.slack import blocks as block_kit
from notifier.adapters.sns import contract, email
from notifier.core.compose import compose
from notifier.core.message import Message
from notifier.core.model import Alert, Details, Invitation, Kind
from tests.contract.members import GET, LIST, SUMMARY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://example.com"

Read = Callable[[Mapping[str, Any], str], Details]
Leaf = tuple[str, Shape]
Said = tuple[str, str, str]


@functools.cache
def _raw() -> dict[str, Any]:
    found: dict[str, Any] = Loader().load_service_model("partnercentral-selling", "service-2")
    return found


def model(change: Callable[[dict[str, Any]], None] = lambda _shapes: None) -> ServiceModel:
    """Return the model that ships; `change` may alter a copy of its shapes."""
    raw = copy.deepcopy(_raw())
    change(raw["shapes"])
    return ServiceModel(raw, "partnercentral-selling")


@functools.cache
def answered(service: ServiceModel) -> dict[str, Shape]:
    """Return every member of both calls' answers that holds a value, by its path."""
    calls = {name: service.operation_model(name).output_shape for name in (LIST, GET)}
    return {path: shape for name, call in calls.items() for path, shape in _leaves(call, name)}


def asked(service: ServiceModel) -> set[str]:
    """Return the path of every member of both calls' requests that holds a value."""
    calls = {name: service.operation_model(name).input_shape for name in (LIST, GET)}
    return {path for name, call in calls.items() for path, _ in _leaves(call, name)}


def _leaves(shape: Shape | None, path: str) -> Iterator[Leaf]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from _leaves(member, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        yield from _leaves(shape.member, f"{path}[]")
    elif shape is not None:
        yield path, shape


class Sample:
    """Answers in which every member holds a value that no other does.

    `given` are values that some members hold instead; None leaves a member out.
    """

    def __init__(self, service: ServiceModel, given: Mapping[str, Any] | None = None) -> None:
        self._given = given or {}
        self._shapes = answered(service)
        self._numbers = {path: number for number, path in enumerate(self._shapes)}

    def value(self, path: str) -> Any:
        if path in self._given:
            return self._given[path]
        number = self._numbers[path]
        if self._shapes[path].type_name == "timestamp":
            return NOW + timedelta(days=1 + number)
        return "zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}") + "z"

    def words(self, path: str) -> str:
        """Return how the value is said."""
        value = self.value(path)
        return f"{value:%d %b %Y}" if isinstance(value, datetime) else str(value)

    def answer(self, place: str, union: str | None = None) -> dict[str, Any]:
        """Return the structure at a path; of the payload's members only one."""
        found: dict[str, Any] = {}
        for path in self._shapes:
            is_other = union and ".Payload." in path and f".Payload.{union}." not in path
            if path.startswith(f"{place}.") and not is_other and self.value(path) is not None:
                _put(found, path.removeprefix(f"{place}.").split("."), self.value(path))
        return found


def _put(into: dict[str, Any], names: list[str], value: Any) -> None:
    """Put a value into structures and lists of one, of which the last name is a member."""
    name, *others = names
    key = name.removesuffix("[]")
    if not others:
        into[key] = [value] if key != name else value
        return
    inner = into.setdefault(key, [{}] if key != name else {})
    _put(inner[0] if key != name else inner, others, value)


def told(service: ServiceModel, sample: Sample, read: Read = parse_details) -> list[Said]:
    """Return what Slack shows, the email says and programs get: of a summary, then of each type."""
    payloads = service.shape_for("Payload")
    assert isinstance(payloads, StructureShape)
    full = (read(sample.answer(GET, union), "AWS") for union in payloads.members)
    summary = parse_invitation(sample.answer(SUMMARY), "AWS")
    return [_said(summary, None), *(_said(details.invitation, details) for details in full)]


def _said(invitation: Invitation, details: Details | None) -> Said:
    alert = Alert(kind=Kind.NEW, invitation=invitation, reason="never told", since=NOW)
    message = Message(catalog="AWS", now=NOW, alerts=(alert,), details=details)
    content = compose(message)
    # A channel shows a moment on its reader's clock; beside it stands the same one in words.
    slack = [block.to_dict() for block in block_kit.blocks(content, url=URL)]
    mail = email.subject(content), email.body(content, now=NOW, zone=UTC, url=URL)
    return (
        squeezed(html.unescape(json.dumps(slack, ensure_ascii=False))),
        squeezed(" ".join(mail)),
        squeezed(json.dumps(contract.contract(message), ensure_ascii=False)),
    )


def squeezed(text: str) -> str:
    """Return a text without its spaces, its line breaks and its case."""
    return "".join(text.split()).casefold()
