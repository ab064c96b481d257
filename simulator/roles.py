"""Roles that trust the function's own: another account's, through which it reads there."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from . import moto_app
from .answers import Answer, Request, ServiceError, aws_query_error

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_SIGNER = re.compile(r"Credential=([^/]+)/")


class Roles:
    """STS's AssumeRole, with the trust policies that matter here. Moto trusts everybody."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Make it as new: no role trusts anybody, and no credentials are out."""
        self._trusting: dict[str, str | None] = {}
        self._issued: dict[str, str] = {}

    def trust(self, role_arn: str, *, external_id: str | None = None) -> None:
        """Let the function take a role, if it says `external_id`."""
        self._trusting[role_arn] = external_id

    def assume(self, request: Request) -> Answer:
        """Answer AssumeRole: with credentials, or with the refusal that a wrong trust gives."""
        form = request.form()
        role = form.get("RoleArn", "")
        if role not in self._trusting or self._trusting[role] != form.get("ExternalId"):
            message = f"not authorized to perform: sts:AssumeRole on resource: {role}"
            raise ServiceError(aws_query_error("AccessDenied", message, 403))
        answer = moto_app.forward(request)
        key = ET.fromstring(answer.body).findtext(f".//{{{_NAMESPACE}}}AccessKeyId", "")
        self._issued[key] = role
        return answer

    def signed_by(self, request: Request) -> str | None:
        """Return the role in whose name a request comes; None if it is the function's own."""
        signer = _SIGNER.search(request.headers.get("authorization", ""))
        return self._issued.get(signer[1]) if signer else None
