"""The ledger in DynamoDB."""

from __future__ import annotations

from .table import DynamoLedger as DynamoLedger
