"""Read Partner Central's engagement invitations: every page or an error, and one's details.

API: https://docs.aws.amazon.com/partner-central/latest/APIReference/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ..core.model import (
    ACCOUNT_PLAN,
    EXPIRED,
    KNOWN_STATUSES,
    LEAD,
    OPPORTUNITY,
    PENDING,
    Contact,
    Details,
    Invitation,
    PreferredTime,
    Spend,
)
from ..core.ports import ListingError, LookupFailed, Page, StaleTokenError
from ..core.text import clean, one_line

if TYPE_CHECKING:
    from types_boto3_partnercentral_selling import PartnerCentralSellingAPIClient

PAGE_SIZE = 100
SHORT_TEXT = 300
LONG_TEXT = 4000
_READABLE = (OPPORTUNITY, LEAD, ACCOUNT_PLAN)
"""The payloads that are read; botocore drops one of which its model knows nothing."""

_OUTREACH = {"EMAIL": "email", "CALL": "phone"}
_ID = re.compile(r"[!-~]{1,255}")
"""Within the API's limit, and fit for the ledger's sort key."""


class PartnerCentral:
    """The invitations of one catalog, as `InvitationSource`.

    `enough_time` says whether another page may be asked for: a listing that would outlive its
    run is given up in time, so that the lease is released.
    """

    def __init__(
        self,
        client: PartnerCentralSellingAPIClient,
        *,
        catalog: str,
        payload_types: Sequence[str] = (),
        enough_time: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client = client
        self._catalog = catalog
        self._payload_types = payload_types
        self._enough_time = enough_time
        self.unread = 0

    def pending(self) -> list[Invitation]:
        found: list[Invitation] = []
        for number, page in enumerate(self._pages(PENDING, "ASCENDING", None), start=1):
            found += page.invitations
            if page.next_token and not self._enough_time():
                raise ListingError(
                    f"ListEngagementInvitations: out of time after page {number}; "
                    "nothing is concluded from a partial listing"
                )
        return found

    def expired(self, token: str | None) -> Iterator[Page]:
        return self._pages(EXPIRED, "DESCENDING", token)

    def details(self, invitation_id: str) -> Details:
        try:
            answer = self._client.get_engagement_invitation(
                Catalog=self._catalog, Identifier=invitation_id
            )
            return parse_details(answer, self._catalog)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise LookupFailed(
                _explain(error, "GetEngagementInvitation", self._catalog, "Catalog, Identifier")
            ) from None
        except (AttributeError, TypeError, ValueError) as error:
            raise LookupFailed(
                f"the answer about {invitation_id} cannot be read ({type(error).__name__})"
            ) from None

    def _pages(self, status: str, order: str, token: str | None) -> Iterator[Page]:
        """Yield a listing's pages; raise ListingError in one line for whatever goes wrong."""
        request = self._request(status, order)
        start: dict[str, Any] = {"NextToken": token} if token else {}
        try:
            paginator = self._client.get_paginator("list_engagement_invitations")
            config: Any = {"PageSize": PAGE_SIZE}
            shown = {token}
            for answer in paginator.paginate(**(request | start), PaginationConfig=config):
                page = self._page(answer)
                yield page
                if page.next_token is not None and page.next_token in shown:
                    raise ListingError(
                        "ListEngagementInvitations: its pages go round in a circle "
                        f"(a NextToken came again after page {len(shown)})"
                    )
                shown.add(page.next_token)
                start = {}
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            if start and _code(error) == "ValidationException":
                raise StaleTokenError(
                    "ListEngagementInvitations: cannot go on where it was left; beginning anew"
                ) from None
            sent = ", ".join(f"{key}={value}" for key, value in request.items())
            raise ListingError(
                _explain(error, "ListEngagementInvitations", self._catalog, sent)
            ) from None
        except (AttributeError, TypeError, ValueError) as error:
            raise ListingError(
                f"ListEngagementInvitations: the answer cannot be read ({type(error).__name__})"
            ) from None

    def _page(self, answer: Mapping[str, Any]) -> Page:
        summaries = answer.get("EngagementInvitationSummaries") or ()
        named = [summary for summary in summaries if _name(summary)]
        self.unread += len(summaries) - len(named)
        found = [parse_invitation(summary, self._catalog) for summary in named]
        return Page(found, answer.get("NextToken"))

    def _request(self, status: str, order: str) -> dict[str, Any]:
        request: dict[str, Any] = {
            "Catalog": self._catalog,
            "ParticipantType": "RECEIVER",
            "Status": [status],
            "Sort": {"SortBy": "InvitationDate", "SortOrder": order},
        }
        return request | ({"PayloadType": list(self._payload_types)} if self._payload_types else {})


def parse_invitation(summary: Mapping[str, Any], catalog: str) -> Invitation:
    """Read a summary, or the details' own copy of it; any field but the id may be missing."""
    receiver = summary.get("Receiver") or {}
    account = receiver.get("Account") or {}
    return Invitation(
        id=short_id(_name(summary) or str(summary.get("Id"))),
        catalog=_short(summary, "Catalog") or catalog,
        arn=_short(summary, "Arn"),
        title=_short(summary, "EngagementTitle"),
        engagement_id=_short(summary, "EngagementId"),
        payload_type=_short(summary, "PayloadType"),
        status=_status(summary),
        participant_type=_short(summary, "ParticipantType"),
        invited_at=_moment(summary, "InvitationDate"),
        expires_at=_moment(summary, "ExpirationDate"),
        receiver_alias=_short(account, "Alias"),
        receiver_account_id=_short(account, "AwsAccountId"),
        sender_account_id=_short(summary, "SenderAwsAccountId"),
        sender_name=_short(summary, "SenderCompanyName"),
    )


def _name(summary: Mapping[str, Any]) -> str | None:
    """Return what an invitation goes by: its id, or else its ARN."""
    names = (summary.get(key) for key in ("Id", "Arn"))
    return next((name for name in names if isinstance(name, str) and name.strip()), None)


def parse_details(answer: Mapping[str, Any], catalog: str) -> Details:
    """Read GetEngagementInvitation's answer, whatever its type, known or not."""
    payload = answer.get("Payload") or {}
    offer: Mapping[str, Any] = next(filter(None, map(payload.get, _READABLE)), {})
    customer = offer.get("Customer") or {}
    project = offer.get("Project") or {}
    interaction = offer.get("Interaction") or {}
    country = _short(customer, "CountryCode")
    return Details(
        invitation=parse_invitation(answer, catalog),
        unread=not offer,
        customer=_short(customer, "CompanyName"),
        industry=_short(customer, "Industry"),
        country=country,
        country_name=_country_name(country),
        website=_short(customer, "WebsiteUrl"),
        project=_short(project, "Title"),
        problem=_long(project, "BusinessProblem"),
        target_date=_short(project, "TargetCompletionDate"),
        spend=tuple(map(_spend, project.get("ExpectedCustomerSpend") or ())),
        contacts=tuple(map(_contact, offer.get("SenderContacts") or ())),
        responsibilities=tuple(_words(offer, "ReceiverResponsibilities")),
        opportunity_type=_short(offer, "OpportunityType"),
        account=_short(offer, "AccountIdentifier"),
        preferred_time=_preferred_time(offer.get("PreferredContact") or {}),
        use_case=_short(interaction, "Usecase"),
        source=_short(interaction, "SourceName") or _short(interaction, "SourceType"),
        contact_title=_short(interaction, "ContactBusinessTitle"),
        aws_maturity=_short(customer, "AwsMaturity"),
        market_segment=_short(customer, "MarketSegment"),
        members=tuple(_names(answer.get("ExistingMembers"), "CompanyName")),
        triage=tuple(_triage(answer.get("EnrichmentContext") or {})),
        message=_long(answer, "InvitationMessage"),
        description=_long(answer, "EngagementDescription"),
    )


def _triage(enrichment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what AWS adds to rate an invitation, labelled, the ratings first."""
    result = enrichment.get("ProspectingResultAws") or {}
    lead = enrichment.get("LeadInsights") or {}
    insights, customer = result.get("Insights") or {}, result.get("Customer") or {}
    solution = [_short(insights, key) for key in ("SolutionCategory", "SolutionSubCategory")]
    place = [_short(customer, key) for key in ("Geo", "Region", "SubRegion")]
    found = {
        "Lead readiness": _short(lead, "LeadReadinessScore"),
        "Engagement score": _short(insights, "MarketplaceEngagementScore"),
        "Solution score": _short(insights, "SolutionScore"),
        "Similar leads": _outreach(lead.get("ChannelRecommendation") or {}),
        "Solution": ", ".join(filter(None, solution)),
        "Eligible programs": ", ".join(_words(customer, "EligiblePrograms")),
        "Segment": _short(customer, "Segment"),
        "Company size": _short(customer, "CompanySize"),
        "Sub-industry": _short(customer, "SubIndustry"),
        "Region": ", ".join(filter(None, place)),
        "Company profile": _long(customer, "PublicProfileSummary"),
    }
    yield from ((label, text) for label, text in found.items() if text)


def _country_name(country: str | None) -> str | None:
    """Return what a country is called, which the API may name by its code or in any words."""
    from ..core import countries  # noqa: PLC0415  (a table that a quiet run does not need)

    return countries.name(country) if country else None


def short_id(identifier: str) -> str:
    """Reduce an identifier that may be an ARN to its last part, `engi-…`.

    What is no identifier at all gets a name of the same form, always the same one.
    """
    last = identifier.rsplit("/", 1)[-1] or identifier
    if _ID.fullmatch(last):
        return last
    return "engi-" + hashlib.sha256(last.encode("utf-8", "surrogatepass")).hexdigest()


def _spend(entry: Mapping[str, Any]) -> Spend:
    return Spend(
        amount=_short(entry, "Amount"),
        currency=_short(entry, "CurrencyCode"),
        frequency=_short(entry, "Frequency"),
        company=_short(entry, "TargetCompany"),
    )


def _contact(entry: Mapping[str, Any]) -> Contact:
    names = filter(None, (_short(entry, "FirstName"), _short(entry, "LastName")))
    return Contact(
        name=" ".join(names) or None,
        title=_short(entry, "BusinessTitle"),
        email=_short(entry, "Email"),
        phone=_short(entry, "Phone"),
    )


def _preferred_time(entry: Mapping[str, Any]) -> PreferredTime | None:
    window, timezone = _short(entry, "Window"), _short(entry, "Timezone")
    return PreferredTime(window=window, timezone=timezone) if window or timezone else None


def _outreach(advice: Mapping[str, Any]) -> str | None:
    """Return how and when leads of the same place and segment are best reached, in words."""
    channel = _short(advice, "RecommendedChannel")
    if channel is None:
        return None
    windows = map(_window, _structures(advice.get("BestOutreachWindows")))
    times = ", ".join(filter(None, windows))
    by = f"best reached by {_OUTREACH.get(channel) or channel.replace('_', ' ').lower()}"
    return f"{by}: {times} (UTC)" if times else by


def _window(entry: Mapping[str, Any]) -> str:
    day, start, end = (_short(entry, key) for key in ("Day", "StartTimeUtc", "EndTimeUtc"))
    hours = "-".join(filter(None, (start, end)))
    return " ".join(filter(None, ((day or "").capitalize(), hours)))


def _words(values: Mapping[str, Any], key: str) -> list[str]:
    texts = (clean(value, limit=SHORT_TEXT) for value in _some(values, key))
    return [text for text in texts if text]


def _names(entries: object, key: str) -> Iterator[str]:
    return filter(None, (_short(entry, key) for entry in _structures(entries)))


def _structures(entries: object) -> list[dict[str, Any]]:
    listed = entries if isinstance(entries, list) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _some(values: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else ()


def _status(summary: Mapping[str, Any]) -> str | None:
    """Return the status, however it is written; one that nobody knows is kept as it is."""
    status = _short(summary, "Status")
    return status.upper() if status and status.upper() in KNOWN_STATUSES else status


def _short(values: Mapping[str, Any], key: str) -> str | None:
    text = clean(values.get(key), limit=SHORT_TEXT)
    return " ".join(text.split()) if text else None


def _long(values: Mapping[str, Any], key: str) -> str | None:
    return clean(values.get(key), limit=LONG_TEXT)


def _moment(values: Mapping[str, Any], key: str) -> datetime | None:
    moment = values.get(key)
    return moment if isinstance(moment, datetime) else None


def _code(error: Exception) -> str:
    response = error.response if isinstance(error, ClientError) else {}
    return response.get("Error", {}).get("Code", "unknown error")


def _explain(error: Exception, operation: str, catalog: str, sent: str) -> str:
    """Say in one line what went wrong and, where a person can mend it, what to do."""
    if not isinstance(error, ClientError):
        return f"{operation} (catalog {catalog}): no usable answer ({type(error).__name__})"
    code = _code(error)
    if error.operation_name == "AssumeRole":
        return (
            f"{operation} (catalog {catalog}): the role partner_central_role_arn cannot be assumed "
            f"({code}); let its trust policy name the function's role, with the same external id"
        )
    if code == "AccessDeniedException":
        return (
            f"AccessDenied: partnercentral:{operation} is not allowed in catalog {catalog}; "
            "grant it to the function's role, and check that the account is linked to it"
        )
    if code == "ValidationException":
        said = clean(error.response.get("Error", {}).get("Message"), limit=200) or "no reason given"
        return (
            f"{operation}: the service refused the parameters sent ({sent}): {one_line(said, 200)}"
        )
    return f"{operation} (catalog {catalog}): {code}"
