"""Show the messages that would be sent about the pending invitations, and send none of them."""

from __future__ import annotations

from . import account
from .asked import Asked


def run(asked: Asked, *, deployed: bool, example: bool, as_json: bool) -> int:
    del deployed, example, as_json
    account.read_only(asked)
    raise NotImplementedError


def send_test(asked: Asked, *, channel: str, yes: bool, as_json: bool) -> int:
    raise NotImplementedError
