"""Notice what AWS refuses for lack of permission, whichever part of a run asked for it."""

from __future__ import annotations

from typing import Any

CODES = frozenset({"AccessDenied", "AuthorizationError", "KMSAccessDenied"})
"""Some services add "Exception"; SNS has words of its own.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
"""


class Denials:
    """Collects refused calls by name, from every client that `note` is registered with."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def note(self, **call: Any) -> None:
        """Look at one call's answer: takes what botocore's `after-call` event gives."""
        code = call["parsed"].get("Error", {}).get("Code", "")
        if code.removesuffix("Exception") in CODES:
            model = call["model"]
            self._names.append(f"{model.service_model.service_name}:{model.name}")

    def taken(self) -> list[str]:
        """Return the refused calls since this was last asked, one entry a call."""
        names, self._names = self._names, []
        return names
