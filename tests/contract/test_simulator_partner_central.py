"""Partner Central as the simulator plays it, asked through boto3."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from simulator import pace
from simulator.account import PartnerAccount
from simulator.partner_central import PartnerCentral

if TYPE_CHECKING:
    from types_boto3_partnercentral_selling import PartnerCentralSellingAPIClient

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIST = {"Catalog": "AWS", "ParticipantType": "RECEIVER"}


@pytest.fixture
def world(untouched: PartnerAccount) -> PartnerCentral:
    untouched.partner_central.quota = None
    return untouched.partner_central


def listed(api: PartnerCentralSellingAPIClient, **query: Any) -> list[str]:
    pages = api.get_paginator("list_engagement_invitations").paginate(**{**LIST, **query})
    return [entry["Id"] for page in pages for entry in page["EngagementInvitationSummaries"]]


def raw_call(world: PartnerCentral, operation: str, content: object) -> Any:
    """Call the API without boto3, which sends nothing that it does not know."""
    request = urllib.request.Request(
        world.url,
        json.dumps(content).encode(),
        {
            "X-Amz-Target": f"AWSPartnerCentralSelling.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 made up",
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)


def test_the_paginator_sees_every_invitation(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """250 invitations come over three pages, each of them once, oldest first."""
    ids = [world.invite(invited_at=NOW + timedelta(seconds=n // 3)) for n in range(250)]
    ascending = {"SortBy": "InvitationDate", "SortOrder": "ASCENDING"}
    found = listed(api, Sort=ascending)
    assert len(found) == 250
    assert set(found) == set(ids)
    dates = [world.get(invitation)["InvitationDate"] for invitation in found]
    assert dates == sorted(dates)
    assert listed(api, Sort=ascending | {"SortOrder": "DESCENDING"}) == found[::-1]


@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_pages_are_stable_when_invitations_come_and_go(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient, order: Any
) -> None:
    """What was there all the time is shown once, whatever changes between two pages."""
    ids = [world.invite(invited_at=NOW + timedelta(minutes=n)) for n in range(10)]
    query: Any = {**LIST, "MaxResults": 5, "Sort": {"SortBy": "InvitationDate", "SortOrder": order}}
    first = api.list_engagement_invitations(**query)
    shown = [entry["Id"] for entry in first["EngagementInvitationSummaries"]]
    world.invite(invited_at=NOW - timedelta(days=1))
    world.invite(invited_at=NOW + timedelta(days=1))
    world.vanish(shown[0])
    world.vanish(shown[-1])
    rest = listed(api, **query, NextToken=first["NextToken"])
    assert set(ids) <= set(shown + rest)
    assert len(shown + rest) == len(set(shown + rest))


def test_filters_narrow_the_listing(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """Catalog, participant, status, payload type, engagement and sender select what is shown."""
    plain = world.invite()
    lead = world.invite(kind="LeadInvitation")
    accepted = world.invite()
    world.accept(accepted)
    rejected = world.invite()
    world.reject(rejected)
    sandbox = world.invite(catalog="Sandbox")
    sent = world.invite(ParticipantType="SENDER")
    partners = world.invite(sender="Oakline Systems")
    assert set(listed(api)) == {plain, lead, accepted, rejected, partners}
    assert set(listed(api, Status=["PENDING"])) == {plain, lead, partners}
    assert set(listed(api, Status=["ACCEPTED", "REJECTED"])) == {accepted, rejected}
    assert listed(api, PayloadType=["LeadInvitation"]) == [lead]
    assert listed(api, Catalog="Sandbox") == [sandbox]
    assert listed(api, ParticipantType="SENDER") == [sent]
    assert listed(api, SenderAwsAccountId=["210987654321"]) == [partners]
    assert listed(api, EngagementIdentifier=[world.get(lead)["EngagementId"]]) == [lead]


def test_a_pending_invitation_expires_with_the_clock(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """From its expiration date on an invitation reads as EXPIRED, in the list and in full."""
    with time_machine.travel(NOW, tick=False) as clock:
        invitation = world.invite(expires_in=timedelta(days=5))
        endless = world.invite(expires_in=None)
        assert set(listed(api, Status=["PENDING"])) == {invitation, endless}
        clock.shift(timedelta(days=5))
        assert listed(api, Status=["PENDING"]) == [endless]
        assert listed(api, Status=["EXPIRED"]) == [invitation]
        full = api.get_engagement_invitation(Catalog="AWS", Identifier=invitation)
        assert full["Status"] == "EXPIRED"
        assert full["ExpirationDate"] == NOW + timedelta(days=5)


def test_expiry_can_lag(world: PartnerCentral, api: PartnerCentralSellingAPIClient) -> None:
    """With a lag an invitation is still listed as pending for a while after its date."""
    world.expiry_lag = timedelta(minutes=10)
    with time_machine.travel(NOW, tick=False) as clock:
        invitation = world.invite(expires_in=timedelta(hours=1))
        clock.shift(timedelta(hours=1, minutes=9))
        assert listed(api, Status=["PENDING"]) == [invitation]
        clock.shift(timedelta(minutes=1))
        assert listed(api, Status=["PENDING"]) == []


def test_an_expiry_that_moves_reopens_the_invitation(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """Moved to a moment or by a span, the date decides the status anew."""
    with time_machine.travel(NOW, tick=False) as clock:
        invitation = world.invite(expires_in=timedelta(hours=1))
        clock.shift(timedelta(hours=2))
        world.move_expiry(invitation, timedelta(hours=3))
        assert listed(api, Status=["PENDING"]) == [invitation]
        world.move_expiry(invitation, NOW)
        assert listed(api, Status=["PENDING"]) == []


def test_the_default_details_are_complete(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """What a salesperson decides from is there without any setting up."""
    first, second = world.invite(), world.invite(kind="LeadInvitation", title="A lead")
    opportunity = api.get_engagement_invitation(Catalog="AWS", Identifier=first)
    project = opportunity["Payload"]["OpportunityInvitation"]["Project"]
    assert project["ExpectedCustomerSpend"][0]["CurrencyCode"] == "USD"
    assert opportunity["InvitationMessage"]
    lead = api.get_engagement_invitation(Catalog="AWS", Identifier=second)
    assert lead["EngagementTitle"] == "A lead"
    assert lead["Payload"]["LeadInvitation"]["Interaction"]["Usecase"]
    assert opportunity["EngagementTitle"] != lead["EngagementTitle"]


def test_ten_companies_take_turns(world: PartnerCentral) -> None:
    """Every made-up company fits the service's model, both ways."""
    titles = {world.get(world.invite())["EngagementTitle"] for _ in range(10)}
    assert len(titles) == 10
    assert all(world.invite(kind="LeadInvitation") for _ in range(10))


def test_details_can_be_changed_member_by_member(world: PartnerCentral) -> None:
    """A test states what matters to it; None leaves a member out."""
    invitation = world.invite(
        details={
            "Payload": {"OpportunityInvitation": {"Customer": {"CompanyName": "A & B <Ltd>"}}},
            "InvitationMessage": None,
        },
        SenderCompanyName=None,
    )
    full = world.get(invitation)
    assert full["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"] == "A & B <Ltd>"
    assert full["Payload"]["OpportunityInvitation"]["Customer"]["CountryCode"] == "DE"
    assert not {"InvitationMessage", "SenderCompanyName"} & full.keys()


def test_an_identifier_may_be_an_arn(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """An invitation is found by its ARN too."""
    arn = world.get(world.invite())["Arn"]
    assert api.get_engagement_invitation(Catalog="AWS", Identifier=arn)["Arn"] == arn


def test_what_vanished_is_not_found(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """A vanished invitation is neither listed nor found; nor is one of another catalog."""
    gone, sandbox = world.invite(), world.invite(catalog="Sandbox")
    world.vanish(gone)
    assert listed(api) == []
    for invitation in (gone, sandbox):
        with pytest.raises(api.exceptions.ResourceNotFoundException):
            api.get_engagement_invitation(Catalog="AWS", Identifier=invitation)


def test_an_unknown_catalog_is_not_found(api: PartnerCentralSellingAPIClient) -> None:
    """The account has the catalogs AWS and Sandbox, and no other."""
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.list_engagement_invitations(Catalog="Nowhere", ParticipantType="RECEIVER")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Stauts": ["PENDING"]}, "INVALID_VALUE"),
        ({"Status": ["OPEN"]}, "INVALID_ENUM_VALUE"),
        ({"Status": "PENDING"}, "INVALID_VALUE"),
        ({"Status": []}, "NOT_ENOUGH_VALUES"),
        ({"ParticipantType": None}, "REQUIRED_FIELD_MISSING"),
        ({"Catalog": "AWS-1"}, "INVALID_STRING_FORMAT"),
        ({"MaxResults": 101}, "VALUE_OUT_OF_RANGE"),
        ({"MaxResults": "100"}, "INVALID_VALUE"),
        ({"Sort": {"SortBy": "ExpirationDate", "SortOrder": "ASCENDING"}}, "INVALID_ENUM_VALUE"),
        ({"NextToken": "made up"}, "INVALID_VALUE"),
    ],
)
def test_a_request_that_does_not_fit_the_model_is_refused(
    world: PartnerCentral, change: dict[str, object], code: str
) -> None:
    """Unknown members, wrong types, enums, patterns and ranges end in a ValidationException."""
    answer = raw_call(world, "ListEngagementInvitations", LIST | change)
    assert answer["__type"] == "ValidationException"
    assert code in [problem["Code"] for problem in answer["ErrorList"]]


def test_boto3_reads_the_refusal(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """A refusal arrives as the exception that the model describes."""
    world.invite()
    with pytest.raises(api.exceptions.ValidationException, match="NextToken") as raised:
        api.list_engagement_invitations(Catalog="AWS", ParticipantType="RECEIVER", NextToken="x")
    answer: Any = raised.value.response
    assert answer["Reason"] == "REQUEST_VALIDATION_FAILED"


def test_a_token_is_of_no_use_for_another_listing(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """A NextToken belongs to the filters that it was given for."""
    for _ in range(2):
        world.invite()
    first: Any = api.list_engagement_invitations(**LIST, MaxResults=1)  # type: ignore[arg-type]
    with pytest.raises(api.exceptions.ValidationException):
        listed(api, Status=["PENDING"], NextToken=first["NextToken"])


def test_an_unknown_operation_is_refused(world: PartnerCentral) -> None:
    """Only what is simulated is answered."""
    answer = raw_call(world, "AcceptEngagementInvitation", {})
    assert answer["__type"] == "UnknownOperationException"


def test_an_unsigned_request_is_refused(world: PartnerCentral) -> None:
    """Nobody reads invitations without credentials."""
    target = {"X-Amz-Target": "AWSPartnerCentralSelling.ListEngagementInvitations"}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(world.url, b"{}", target))
    with refused.value as error:
        assert json.load(error)["__type"] == "MissingAuthenticationTokenException"


def test_the_eleventh_read_in_a_second_is_throttled(
    world: PartnerCentral,
    api: PartnerCentralSellingAPIClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten reads a second, of both operations together, are answered."""
    world.quota = 10
    monkeypatch.setattr(pace, "monotonic", lambda: 1000.0)
    invitation = world.invite()
    for _ in range(5):
        listed(api)
        api.get_engagement_invitation(Catalog="AWS", Identifier=invitation)
    with pytest.raises(api.exceptions.ThrottlingException):
        listed(api)
    with pytest.raises(api.exceptions.ThrottlingException):
        api.get_engagement_invitation(Catalog="AWS", Identifier=invitation)
    monkeypatch.setattr(pace, "monotonic", lambda: 1001.0)
    assert listed(api) == [invitation]


def test_raw_entries_are_answered_as_they_are(world: PartnerCentral) -> None:
    """A malformed entry goes out unchanged, sorted and filtered as far as its fields allow."""
    ordinary = world.invite()
    broken = {"Id": "engi-broken", "Catalog": "AWS", "ExpirationDate": "not-a-date", "New": [1]}
    odd: dict[str, Any] = {"Id": None, "InvitationDate": 12, "Receiver": {"SDK_UNKNOWN_MEMBER": {}}}
    closed = {"Id": "engi-closed", "Status": "WITHDRAWN"}
    for entry in (broken, odd, closed):
        world.add_raw(entry)
    answer = raw_call(world, "ListEngagementInvitations", LIST | {"Status": ["PENDING"]})
    shown = answer["EngagementInvitationSummaries"]
    assert shown[0]["Id"] == ordinary
    assert [entry for entry in shown if entry in (broken, odd, closed)] == [broken, odd]


def test_raw_details_are_answered_as_they_are(world: PartnerCentral) -> None:
    """The details of a raw entry are its own, or its summary again."""
    world.add_raw({"Id": "engi-0000000000001"}, {"Id": 5})
    world.add_raw({"Id": "engi-0000000000002"})
    answers = [
        raw_call(world, "GetEngagementInvitation", {"Catalog": "AWS", "Identifier": identifier})
        for identifier in ("engi-0000000000001", "engi-0000000000002")
    ]
    assert answers == [{"Id": 5}, {"Id": "engi-0000000000002"}]


def test_duplicates_are_both_listed(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """Two entries with one id are both shown, even over the edge of a page."""
    for _ in range(3):
        world.add_raw({"Id": "engi-0000000000001", "Catalog": "AWS"})
    assert listed(api, MaxResults=1, PaginationConfig={"PageSize": 1}) == ["engi-0000000000001"] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x" * 41},
        {"catalog": "Nowhere"},
        {"kind": "Invitation"},
        {"Status": "OPEN"},
        {"Titel": "x"},
        {"details": {"Payload": {"OpportunityInvitation": {"Project": {"Title": ""}}}}},
    ],
)
def test_an_invitation_that_the_api_could_not_show_is_refused(
    world: PartnerCentral, wrong: dict[str, Any]
) -> None:
    """A test that means a malformed entry has to say so."""
    with pytest.raises(ValueError, match=r"\w"):
        world.invite(**wrong)
    assert raw_call(world, "ListEngagementInvitations", LIST) == {
        "EngagementInvitationSummaries": []
    }


def test_an_answered_invitation_cannot_be_answered_again(world: PartnerCentral) -> None:
    """People decide once."""
    invitation = world.invite()
    world.accept(invitation)
    with pytest.raises(ValueError, match="is ACCEPTED already"):
        world.reject(invitation)


def test_ids_are_the_same_in_every_run(box: PartnerAccount, world: PartnerCentral) -> None:
    """What is shown can be compared from run to run."""
    first = [world.invite(), world.invite()]
    box.reset()
    assert [world.invite(), world.invite()] == first
    assert first[0] != first[1]


def test_throttling_is_an_error_like_any_other(
    box: PartnerAccount, world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """Every call counts in the log, refused ones too."""
    world.quota = 0
    with pytest.raises(ClientError):
        listed(api)
    assert [call.status for call in box.wire.calls] == [400]


REFERRAL: dict[str, Any] = {
    "Catalog": "Sandbox",
    "ClientToken": "one",
    "Origin": "AWS Referral",
    "Project": {"Title": "A test"},
}
SANDBOX = {"Catalog": "Sandbox", "Status": ["PENDING"]}


def test_a_referral_in_the_sandbox_comes_back_as_an_invitation(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """It comes after a while, and once, however often it was asked for with one token."""
    world.referral_lag = timedelta(minutes=1)
    with time_machine.travel(NOW, tick=False) as clock:
        first = api.create_opportunity(**REFERRAL)
        assert api.create_opportunity(**REFERRAL)["Id"] == first["Id"]
        assert not listed(api, **SANDBOX)
        clock.shift(60)
        (invitation,) = listed(api, **SANDBOX)
        assert world.get(invitation)["EngagementTitle"] == "A test"
    assert not listed(api)


def test_only_the_sandbox_takes_referrals(api: PartnerCentralSellingAPIClient) -> None:
    """The AWS catalog takes a partner's own alone, as the model's description says."""
    with pytest.raises(ClientError, match="Origin: must be Partner Referral"):
        api.create_opportunity(**{**REFERRAL, "Catalog": "AWS"})


def test_what_the_model_does_not_allow_is_refused(world: PartnerCentral) -> None:
    """An opportunity is checked as every other request is."""
    answer = raw_call(world, "CreateOpportunity", {**REFERRAL, "Origin": "Rumour"})
    assert answer["ErrorList"][0]["Code"] == "INVALID_ENUM_VALUE"


def test_an_invitation_is_rejected_once(
    world: PartnerCentral, api: PartnerCentralSellingAPIClient
) -> None:
    """It leaves the listing; a second time is a conflict, and an unknown one is not found."""
    invitation = world.invite()
    api.reject_engagement_invitation(Catalog="AWS", Identifier=invitation)
    assert world.get(invitation)["Status"] == "REJECTED"
    with pytest.raises(ClientError, match="ConflictException"):
        api.reject_engagement_invitation(Catalog="AWS", Identifier=invitation)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.reject_engagement_invitation(Catalog="Sandbox", Identifier=invitation)
