"""What becomes of each member below the two calls that are made, and of each value of its enums.

A member of a renewed model that is on no list fails `test_service_model.py`, and so does one that
is on the wrong list. Members go by their path, from the call on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from notifier.core import countries
from notifier.core.model import KNOWN_STATUSES

LIST, GET = "ListEngagementInvitations", "GetEngagementInvitation"
SUMMARY = f"{LIST}.EngagementInvitationSummaries[]"
OPPORTUNITY = f"{GET}.Payload.OpportunityInvitation"
LEAD = f"{GET}.Payload.LeadInvitation"
PLAN = f"{GET}.Payload.AccountPlanningInvitation"
PROSPECT = f"{GET}.EnrichmentContext.ProspectingResultAws"
INSIGHTS = f"{GET}.EnrichmentContext.LeadInsights"
OUTREACH = f"{INSIGHTS}.ChannelRecommendation"


def _under(place: str, *names: str) -> Iterator[str]:
    return (f"{place}.{name}" for name in names)


_CUSTOMER = ("CompanyName", "Industry", "CountryCode", "WebsiteUrl")
_CONTACT = ("Email", "FirstName", "LastName", "BusinessTitle", "Phone")
_SHOWN = ("EngagementTitle", "PayloadType", "InvitationDate", "ExpirationDate", "SenderCompanyName")
_KEPT = (
    *("Arn", "Id", "EngagementId", "Status", "Catalog", "SenderAwsAccountId"),
    *("Receiver.Account.Alias", "Receiver.Account.AwsAccountId"),
)

SHOWN = frozenset(
    [
        *_under(SUMMARY, *_SHOWN),
        *_under(GET, *_SHOWN, "InvitationMessage", "EngagementDescription"),
        f"{GET}.ExistingMembers[].CompanyName",
        *_under(f"{OPPORTUNITY}.Customer", *_CUSTOMER),
        *_under(f"{OPPORTUNITY}.SenderContacts[]", *_CONTACT),
        *_under(OPPORTUNITY, "ReceiverResponsibilities[]", "OpportunityType"),
        *_under(f"{OPPORTUNITY}.Project", "Title", "BusinessProblem", "TargetCompletionDate"),
        *_under(
            f"{OPPORTUNITY}.Project.ExpectedCustomerSpend[]",
            *("Amount", "CurrencyCode", "Frequency", "TargetCompany"),
        ),
        *_under(f"{LEAD}.Customer", *_CUSTOMER, "AwsMaturity", "MarketSegment"),
        *_under(f"{LEAD}.Interaction", "SourceType", "SourceName", "Usecase"),
        f"{LEAD}.Interaction.ContactBusinessTitle",
        *_under(f"{PLAN}.Customer", *_CUSTOMER),
        *_under(f"{PLAN}.SenderContacts[]", *_CONTACT),
        *_under(PLAN, "AccountIdentifier", "PreferredContact.Window", "PreferredContact.Timezone"),
        *_under(f"{PROSPECT}.Customer", "Geo", "Region", "SubRegion", "SubIndustry", "Segment"),
        *_under(f"{PROSPECT}.Customer", "CompanySize", "EligiblePrograms[]"),
        f"{PROSPECT}.Customer.PublicProfileSummary",
        *_under(f"{PROSPECT}.Insights", "MarketplaceEngagementScore", "SolutionScore"),
        *_under(f"{PROSPECT}.Insights", "SolutionCategory", "SolutionSubCategory"),
        *_under(INSIGHTS, "LeadReadinessScore"),
        f"{OUTREACH}.RecommendedChannel",
        *_under(f"{OUTREACH}.BestOutreachWindows[]", "Day", "StartTimeUtc", "EndTimeUtc"),
    ]
)
"""What people see in the message that tells them first."""

IN_PLACE_OF = {f"{LEAD}.Interaction.SourceType": f"{LEAD}.Interaction.SourceName"}
"""What is shown only where something better is missing."""

KEPT = frozenset([*_under(SUMMARY, *_KEPT, "ParticipantType"), *_under(GET, *_KEPT)])
"""What people need not see: programs get it in the message contract."""

LEFT_OUT: Mapping[str, str] = {
    f"{LIST}.NextToken": "it is about the listing, whose next page it names",
    f"{GET}.RejectionReason": "only what somebody here rejected has one, and they wrote it",
    f"{GET}.ExistingMembers[].WebsiteUrl": "the name says who it is",
    f"{OPPORTUNITY}.Project.ExpectedCustomerSpend[].EstimationUrl": "the amount is shown; how it "
    "was reckoned is a click away in Partner Central",
    f"{LEAD}.Interaction.SourceId": "a campaign's id says nothing to people; its name is shown",
    f"{PROSPECT}.Customer.AccountName": "the payload names the customer",
    f"{PROSPECT}.Customer.Country": "the payload names the customer's country",
    f"{PROSPECT}.Customer.Industry": "the payload names the customer's industry",
}
"""What nobody gets, and why."""

SENT = frozenset(
    [
        *_under(LIST, "Catalog", "ParticipantType", "Status[]", "PayloadType[]", "MaxResults"),
        *_under(LIST, "NextToken", "Sort.SortBy", "Sort.SortOrder"),
        *_under(GET, "Catalog", "Identifier"),
    ]
)
"""What a request may say."""

NOT_SENT: Mapping[str, str] = {
    f"{LIST}.EngagementIdentifier[]": "no engagement is followed by itself",
    f"{LIST}.SenderAwsAccountId[]": "every sender's invitations count; routes tell them apart",
}


def _as_it_is(value: str) -> str:
    return value


def _known_status(value: str) -> str:
    if value not in KNOWN_STATUSES:
        raise KeyError(value)
    return value


WORDS: Mapping[str, Callable[[str], str]] = {
    "EngagementInvitationPayloadType": {
        "OpportunityInvitation": "New opportunity:",
        "LeadInvitation": "New lead:",
        "AccountPlanningInvitation": "New account plan:",
    }.__getitem__,
    "InvitationStatus": _known_status,
    "ParticipantType": _as_it_is,
    "Industry": _as_it_is,
    "ReceiverResponsibility": _as_it_is,
    "OpportunityType": _as_it_is,
    "CurrencyCode": _as_it_is,
    "PaymentFrequency": {"Monthly": "a month"}.__getitem__,
    "CountryCode": countries.NAMES.__getitem__,
    "ContactWindow": {
        "MORNING": "in the morning",
        "AFTERNOON": "in the afternoon",
        "EVENING": "in the evening",
    }.__getitem__,
    "DayOfWeek": str.capitalize,
}
"""How each enumeration's values are said; a table fails for a value that it has no words for."""
