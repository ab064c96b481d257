"""Spare moto's DynamoDB a copy of the whole table for every item of a transaction.

It keeps a backup of the table to roll back to, but makes it anew for each of up to a hundred
items: with a thousand records in the table a transaction takes seconds. One backup, made before
the first item is written, is the same one.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_backups: dict[int, Table] | None = None
_write_items = DynamoDBBackend.transact_write_items


def install() -> None:
    """Make it so, for this process; moto is only ever called by one thread at a time here."""
    DynamoDBBackend.transact_write_items = _transact_write_items  # type: ignore[method-assign]
    Table.__deepcopy__ = _backup  # type: ignore[attr-defined]


def _transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    global _backups  # noqa: PLW0603  (it lives as long as one call)
    _backups = {}
    try:
        _write_items(self, transact_items)
    finally:
        _backups = None


def _backup(self: Table, memo: dict[int, Any]) -> Table:
    if _backups is not None and id(self) in _backups:
        return _backups[id(self)]
    twin: Table = object.__new__(type(self))
    memo[id(self)] = twin
    twin.__dict__.update({key: copy.deepcopy(part, memo) for key, part in vars(self).items()})
    if _backups is not None:
        _backups[id(self)] = twin
    return twin
