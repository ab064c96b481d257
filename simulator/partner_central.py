"""Partner Central's selling API over HTTP: protocol JSON 1.0, checked against botocore's model."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from http import HTTPStatus

from .answers import Answer, Refuse, Request, ServiceError, aws_json_error, json_answer
from .inbox import CATALOGS
from .invitations import Json
from .listing import TokenError, page
from .model_check import Problem
from .pace import SlidingWindow
from .referrals import Referrals
from .server import Server
from .service_model import check_answer, check_request, refuse_if
from .wire import Wire

READS_PER_SECOND = 10
"""https://docs.aws.amazon.com/partner-central/latest/APIReference/quotas.html"""

_READS = frozenset({"ListEngagementInvitations", "GetEngagementInvitation"})

_TARGET = "AWSPartnerCentralSelling."


class PartnerCentral(Referrals):
    """The API at `url`, and what partners and people do there as methods: see `Referrals`.

    `quota` is how many reads a second are answered; None lifts it. `reader` is the role that
    alone may read; None stands for the function's own. `signed_by` tells whose a request is.
    """

    def __init__(
        self, wire: Wire, *, signed_by: Callable[[Request], str | None] = lambda _: None
    ) -> None:
        super().__init__()
        self._wire = wire
        self._signed_by = signed_by
        self._operations: dict[str, Callable[[Json], Json]] = {
            "ListEngagementInvitations": self._list,
            "GetEngagementInvitation": self._get,
            "CreateOpportunity": self.create_opportunity,
            "RejectEngagementInvitation": self.reject_invitation,
        }
        self.reset()
        self._server = Server(self._answer, wire.errors)
        self.url = self._server.url

    def reset(self) -> None:
        """Make it as new: no invitations, the quota on, no lag."""
        with self._lock:
            self.empty()
            self.quota: int | None = READS_PER_SECOND
            self.reader: str | None = None
            self._reads = SlidingWindow()

    def close(self) -> None:
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        operation = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        effect = functools.partial(self._operate, request, operation)
        return self._wire.carry(request, "partnercentral", operation, effect)

    def _operate(self, request: Request, operation: str) -> Answer:
        if operation not in self._operations:
            raise ServiceError(aws_json_error("UnknownOperationException", operation))
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise ServiceError(aws_json_error("MissingAuthenticationTokenException", "not signed"))
        if self._signed_by(request) != self.reader:
            raise ServiceError(aws_json_error("AccessDeniedException", "not this account's role"))
        parameters = _parameters(request)
        with self._lock:
            if operation in _READS:
                self._meter()
            check_request(parameters, operation)
            if parameters["Catalog"] not in CATALOGS:
                raise ServiceError(_not_found(f"catalog {parameters['Catalog']}"))
            content = self._operations[operation](parameters)
        return json_answer(HTTPStatus.OK, content, kind="application/x-amz-json-1.0")

    def _meter(self) -> None:
        if self.quota is not None and not self._reads.admits(self.quota):
            raise ServiceError(aws_json_error("ThrottlingException", "Rate exceeded"))

    def _list(self, parameters: Json) -> Json:
        self.arrive()
        now = self._now()
        try:
            entries, more = page(self._entries, parameters, now)
        except TokenError:
            refuse_if([Problem("NextToken", "INVALID_VALUE", "is not from this listing")])
            raise
        for entry in entries:
            if not entry.raw:
                check_answer(entry.shown_in_list(now), "EngagementInvitationSummary")
        return {"EngagementInvitationSummaries": [e.shown_in_list(now) for e in entries]} | more

    def _get(self, parameters: Json) -> Json:
        try:
            entry = self._entry(parameters["Identifier"])
        except KeyError:
            raise ServiceError(_not_found(parameters["Identifier"])) from None
        if entry.summary.get("Catalog", parameters["Catalog"]) != parameters["Catalog"]:
            raise ServiceError(_not_found(parameters["Identifier"]))
        content = entry.shown_in_full(self._now())
        if not entry.raw:
            check_answer(content, "GetEngagementInvitationResponse")
        return content


def _parameters(request: Request) -> Json:
    try:
        parameters = json.loads(request.body)
    except ValueError:
        raise ServiceError(aws_json_error("SerializationException", "not JSON")) from None
    if not isinstance(parameters, dict):
        raise ServiceError(aws_json_error("SerializationException", "not a structure"))
    return parameters


def _not_found(what: str) -> Refuse:
    return aws_json_error("ResourceNotFoundException", f"{what} was not found")
