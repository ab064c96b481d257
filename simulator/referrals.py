"""What a partner may do: create opportunities, and reject invitations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .answers import ServiceError, aws_json_error
from .inbox import Inbox
from .invitations import Json, date_text
from .model_check import Problem
from .service_model import check_answer, refuse_if

AWS_REFERRAL = "AWS Referral"


class Referrals(Inbox):
    """An inbox that a partner's own calls change.

    In the Sandbox catalog, an opportunity that says AWS referred it becomes an invitation to
    oneself, `referral_lag` later. How long that really takes is not documented.
    """

    def empty(self) -> None:
        super().empty()
        with self._lock:
            self.referral_lag: timedelta | None = timedelta()
            self._created: dict[str, Json] = {}
            self._coming: list[tuple[datetime, str]] = []

    def create_opportunity(self, parameters: Json) -> Json:
        """Answer CreateOpportunity; the same token creates nothing anew."""
        is_referral = parameters.get("Origin") == AWS_REFERRAL
        # The model's own words on Origin: with Catalog AWS it must be Partner Referral.
        if is_referral and parameters["Catalog"] != "Sandbox":
            refuse_if([Problem("Origin", "INVALID_VALUE", "must be Partner Referral")])
        token = parameters["ClientToken"]
        if token not in self._created:
            now = datetime.now(UTC)
            answer = {
                "Id": f"O{len(self._created) + 1_000_000}",
                "LastModifiedDate": date_text(now),
            }
            check_answer(answer, "CreateOpportunityResponse")
            self._created[token] = answer
            if is_referral and self.referral_lag is not None:
                title = parameters.get("Project", {}).get("Title", "")
                self._coming.append((now + self.referral_lag, title[:40]))
        return self._created[token]

    def arrive(self) -> None:
        """Let the invitations come whose time it is."""
        now = datetime.now(UTC)
        for moment, title in [coming for coming in self._coming if coming[0] <= now]:
            self._coming.remove((moment, title))
            self.invite(catalog="Sandbox", title=title, invited_at=moment)

    def reject_invitation(self, parameters: Json) -> Json:
        """Answer RejectEngagementInvitation, which says nothing."""
        identifier = parameters["Identifier"]
        try:
            entry = self._entry(identifier)
        except KeyError:
            entry = None
        if entry is None or entry.summary.get("Catalog") != parameters["Catalog"]:
            raise ServiceError(
                aws_json_error("ResourceNotFoundException", f"{identifier} was not found")
            )
        try:
            self.reject(identifier)
        except ValueError as error:
            raise ServiceError(aws_json_error("ConflictException", str(error))) from None
        return {}
