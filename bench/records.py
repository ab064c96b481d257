"""The ledger's records in memory: what the function wrote, and what its Query is to be answered.

It understands the one kind of update that the function writes, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

PAGE_BYTES = 1024 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""

_CLAUSES = re.compile(r"(?:SET (?P<sets>.*?))?\s*(?:REMOVE (?P<removes>.*))?")
_SET = re.compile(r"(?P<name>#\d+) = (?P<absent>if_not_exists\(#\d+, )?(?P<value>:\d+)")

Item = dict[str, Any]


class Records:
    """Items by their sort key, in one partition."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def write(self, body: bytes) -> None:
        """Take a TransactWriteItems request as DynamoDB would."""
        for entry in json.loads(body)["TransactItems"]:
            ((kind, write),) = entry.items()
            key = write["Key"]["sk"]["S"]
            if kind == "Delete":
                self._items.pop(key, None)
            else:
                _update(self._items.setdefault(key, dict(write["Key"])), write)

    def pages(self, prefix: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield a Query's answers, each with what its request contains and no other one does."""
        items = [self._items[key] for key in sorted(self._items) if key.startswith(prefix)]
        parts = list(_parts(items)) or [[]]
        asked = b""
        for number, part in enumerate(parts, start=1):
            last = {name: part[-1][name] for name in ("catalog", "sk")} if part else {}
            more = {"LastEvaluatedKey": last} if number < len(parts) else {}
            answer = {"Items": part, "Count": len(part), "ScannedCount": len(part)} | more
            yield asked, json.dumps(answer).encode()
            asked = last["sk"]["S"].encode() if more else b""


def _update(item: Item, write: Item) -> None:
    clauses = _CLAUSES.fullmatch(write["UpdateExpression"])
    if clauses is None or write.keys() & {"ConditionExpression"}:
        raise NotImplementedError(write["UpdateExpression"])
    names, values = write["ExpressionAttributeNames"], write.get("ExpressionAttributeValues", {})
    for change in _SET.finditer(clauses["sets"] or ""):
        name, value = names[change["name"]], values[change["value"]]
        if not (change["absent"] and name in item):
            item[name] = value
    for short in (clauses["removes"] or "").split(", "):
        item.pop(names.get(short, ""), None)


def _parts(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Cut items where a page of DynamoDB's ends."""
    part: list[Item] = []
    room = PAGE_BYTES
    for item in items:
        size = sum(len(name) + len(str(v).encode()) for name, t in item.items() for v in t.values())
        if part and size > room:
            yield part
            part, room = [], PAGE_BYTES
        part.append(item)
        room -= size
    if part:
        yield part
