"""What an answer of Partner Central has to look like before botocore takes it apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from botocore.parsers import ResponseParserError

LIST = "EngagementInvitationSummaries"
"""The member with the list in ListEngagementInvitations' answer.

https://docs.aws.amazon.com/partner-central/latest/APIReference/API_ListEngagementInvitations.html
"""


def check_answer(response_dict: MutableMapping[str, Any], **_: Any) -> None:
    """Raise ResponseParserError for an answer that is no JSON object.

    botocore reads a maintenance page with status 200 as an empty answer: an inbox without
    invitations. Takes what its `before-parse` event gives.
    """
    if response_dict["status_code"] < 300:
        _object(response_dict["body"])


def check_listing(response_dict: MutableMapping[str, Any], **_: Any) -> None:
    """Raise ResponseParserError for a listing in which anything else stands in the list's place.

    The service requires no member of the answer: an empty one may be an empty inbox. An entry
    that is none, of which botocore would make an error for all of them, is left as an empty one.
    """
    if response_dict["status_code"] >= 300:
        return
    answer = _object(response_dict["body"])
    if not answer:
        return
    entries = answer.get(LIST)
    if not isinstance(entries, list):
        raise ResponseParserError(f"no list under {LIST}")
    kept = [_entry(entry) for entry in entries]
    if any(one is not other for one, other in zip(entries, kept, strict=True)):
        response_dict["body"] = json.dumps({**answer, LIST: kept}).encode()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ResponseParserError("not a JSON object")
    return found


def _entry(entry: Any) -> Any:
    """Return an entry as botocore can take it apart."""
    if not isinstance(entry, dict):
        return {}
    if entry.get("Receiver") is None or _is_union(entry["Receiver"]):
        return entry
    return {name: value for name, value in entry.items() if name != "Receiver"}


def _is_union(value: Any) -> bool:
    """Say whether a value is a structure of which one member is set: botocore takes no other."""
    members = value.items() if isinstance(value, dict) else ()
    found = [member for name, member in members if member is not None and name != "__type"]
    return len(found) == 1 and isinstance(found[0], dict)
