"""What SNS takes for a message, where moto is less strict, and whom it sends the message to.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, takewhile
from typing import Any

MAX_SUBJECT = 99
"""Counted in UTF-16's units here, the strictest way: the documentation says "characters"."""

MAX_BYTES = 262_144

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0, in which SNS' and SQS' answers are written, is refused.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

ABSENT: Mapping[str, bool] = {"exists": False}
"""Passes messages without the attribute, if they have others.
https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html"""

FilterPolicy = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A message attribute as it was sent."""

    type: str
    value: str

    def values(self) -> list[Any]:
        """Return what a filter policy compares: each item of an array, or the string."""
        if self.type != "String.Array":
            return [self.value]
        items = json.loads(self.value)
        return items if isinstance(items, list) else [items]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One message that SNS accepted; `raw` is the request's body, `at` simulated time.

    `default` is what machines get and `email` what people get.
    """

    at: datetime
    raw: bytes = field(repr=False)
    subject: str | None
    default: str
    email: str
    attributes: dict[str, str]
    attribute_types: dict[str, str]


class AttributeValueError(ValueError):
    """What SNS says of a message attribute's value, with a code of its own."""

    code = "ParameterValueInvalid"


def read(form: Mapping[str, str], raw: bytes, *, ascii_subjects: bool = False) -> Published:
    """Return what a Publish says; raise ValueError, in SNS' words, for what it does not take."""
    attributes = dict(_attributes(form))
    subject, message = form.get("Subject"), form.get("Message", "")
    _check_subject(subject, ascii_only=ascii_subjects)
    _check_size(message, attributes)
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    texts = _structured(message) if form.get("MessageStructure") else {"default": message}
    _check_characters([message, *texts.values()])
    return Published(
        at=datetime.now(UTC),
        raw=raw,
        subject=subject,
        default=texts["default"],
        email=texts.get("email", texts["default"]),
        attributes={name: attribute.value for name, attribute in attributes.items()},
        attribute_types={name: attribute.type for name, attribute in attributes.items()},
    )


def passes(published: Published, policy: FilterPolicy | None) -> bool:
    """Return whether a filter policy on attributes lets a message through."""
    return all(_passes(published, name, wanted) for name, wanted in (policy or {}).items())


def _passes(published: Published, name: str, wanted: list[Any]) -> bool:
    if name not in published.attributes:
        return ABSENT in wanted and bool(published.attributes)
    return any(value in wanted for value in _attribute(published, name).values())


def check_policy(policy: FilterPolicy | None) -> None:
    """Raise NotImplementedError for a policy with more than exact strings, and absence."""
    for name, wanted in (policy or {}).items():
        if not all(isinstance(value, str) or value == ABSENT for value in wanted):
            raise NotImplementedError(f"filter policy {name}: only exact strings are simulated")


def _attribute(published: Published, name: str) -> Attribute:
    return Attribute(published.attribute_types[name], published.attributes[name])


def _attributes(form: Mapping[str, str]) -> Iterator[tuple[str, Attribute]]:
    entries = (f"MessageAttributes.entry.{number}." for number in count(1))
    for entry in takewhile(lambda entry: f"{entry}Name" in form, entries):
        kind, value = (form.get(f"{entry}Value.{part}", "") for part in ("DataType", "StringValue"))
        yield form[f"{entry}Name"], Attribute(kind, value)


def _check_subject(subject: str | None, *, ascii_only: bool) -> None:
    if subject is None:
        return
    fits = 1 <= len(subject.encode("utf-16-le")) // 2 <= MAX_SUBJECT
    if not fits or not _is_one_line(subject) or (ascii_only and not subject.isascii()):
        raise ValueError("Invalid parameter: Subject")


def _check_characters(texts: Iterable[str]) -> None:
    if any(map(ILLEGAL.search, texts)):
        raise ValueError("Invalid parameter: Message Reason: Invalid characters found")


def _is_one_line(text: str) -> bool:
    """Return whether a text is free of control characters and of every kind of line break."""
    breaks = any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text)
    return not breaks and not ILLEGAL.search(text)


def _check_size(message: str, attributes: Mapping[str, Attribute]) -> None:
    if not message:
        raise ValueError("Invalid parameter: Empty message")
    parts = [message]
    for name, attribute in attributes.items():
        parts += [name, attribute.type, attribute.value]
    if _bytes(parts) > MAX_BYTES:
        raise ValueError("Invalid parameter: Message too long")


def _bytes(parts: Iterable[str]) -> int:
    return sum(len(part.encode()) for part in parts)


def _check_attribute(name: str, attribute: Attribute) -> None:
    if not attribute.value:
        raise AttributeValueError(f"message attribute '{name}' has no value")
    if attribute.type == "String.Array" and not isinstance(_parsed(attribute.value), list):
        raise AttributeValueError(f"message attribute '{name}' is not a JSON array")


def _structured(message: str) -> dict[str, str]:
    texts = _parsed(message)
    problem = _problem(texts)
    if problem:
        raise ValueError(f"Invalid parameter: Message Structure - {problem}")
    return dict(texts)


def _problem(texts: Any) -> str | None:
    if not isinstance(texts, dict):
        return "JSON message body failed to parse"
    if not isinstance(texts.get("default"), str):
        return "No default entry in JSON message body"
    if not all(isinstance(text, str) for text in texts.values()):
        return "a value is not a string"
    return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
