"""A page of ListEngagementInvitations: filtered, sorted, and told where the next one begins."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import operator
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .invitations import Entry, Json, bare_id, read_date

DEFAULT_PAGE = 100
FILTERS = {
    "EngagementIdentifier": "EngagementId",
    "PayloadType": "PayloadType",
    "SenderAwsAccountId": "SenderAwsAccountId",
}
"""Which member of a summary each list of the request filters by."""

_TOKEN_KEY = b"made up, and the same in every simulator"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Position = tuple[float, str, int]


class TokenError(ValueError):
    """A NextToken that no listing with these parameters gave."""


def page(
    entries: Iterable[Entry], query: Mapping[str, Any], now: datetime
) -> tuple[list[Entry], Json]:
    """Return one page's entries, and NextToken in a dict if there are more.

    The token names the last entry shown, so that no entry is skipped or repeated when others
    come or go between two pages. Without `Sort` the newest invitation comes first (unverified).
    """
    newest_first = query.get("Sort", {}).get("SortOrder", "DESCENDING") == "DESCENDING"
    ordered = sorted(
        (entry for entry in entries if _is_wanted(entry, query, now)),
        key=_position,
        reverse=newest_first,
    )
    if "NextToken" in query:
        last = _opened(query["NextToken"], query)
        is_after = operator.lt if newest_first else operator.gt
        ordered = [entry for entry in ordered if is_after(_position(entry), last)]
    size = query.get("MaxResults", DEFAULT_PAGE)
    shown = ordered[:size]
    more = {"NextToken": _token(_position(shown[-1]), query)} if len(ordered) > size else {}
    return shown, more


def _is_wanted(entry: Entry, query: Mapping[str, Any], now: datetime) -> bool:
    """Return whether the filters let an entry through; what a raw one lacks counts as fitting."""
    summary = entry.summary
    fits = [
        summary.get(name, query[name]) == query[name] for name in ("Catalog", "ParticipantType")
    ]
    fits += [
        name not in summary or bare_id(summary[name]) in map(bare_id, query[wanted])
        for wanted, name in FILTERS.items()
        if wanted in query
    ]
    return all(fits) and ("Status" not in query or entry.status(now) in query["Status"])


def _position(entry: Entry) -> Position:
    invited = read_date(entry.summary.get("InvitationDate")) or _EPOCH
    return invited.timestamp(), entry.id or "", entry.number


def _token(last: Position, query: Mapping[str, Any]) -> str:
    text = json.dumps(last).encode()
    return base64.urlsafe_b64encode(_signature(text, query) + text).decode()


def _opened(token: str, query: Mapping[str, Any]) -> Position:
    try:
        content = base64.urlsafe_b64decode(token)
    except ValueError:
        raise TokenError from None
    size = hashlib.sha256().digest_size
    signature, text = content[:size], content[size:]
    if not hmac.compare_digest(signature, _signature(text, query)):
        raise TokenError
    moment, invitation_id, number = json.loads(text)
    return moment, invitation_id, number


def _signature(text: bytes, query: Mapping[str, Any]) -> bytes:
    """Sign a position for one listing: a token is of no use with other filters."""
    of_listing = {k: v for k, v in query.items() if k not in ("NextToken", "MaxResults")}
    listing = json.dumps(of_listing, sort_keys=True).encode()
    return hmac.digest(_TOKEN_KEY, listing + text, "sha256")
