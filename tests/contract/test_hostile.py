"""Whatever Partner Central hands over, every message is accepted and shows the words as words."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.adapters.aws import lenient_timestamp
from notifier.adapters.partner_central import parse_details, parse_invitation
from notifier.adapters.slack import blocks as block_kit
from notifier.adapters.slack.channel import SlackChannel
from notifier.adapters.sns import contract, email
from notifier.adapters.sns.channel import MESSAGE_LIMIT, SnsChannel
from notifier.core.compose import compose, line
from notifier.core.message import Message
from notifier.core.model import ACCOUNT_PLAN, LEAD, OPPORTUNITY, Alert, Details, Kind, Record
from notifier.core.policy import Policy
from notifier.core.standing import Period, standing
from notifier.run.standing import fitted
from simulator.slack_rules import refusal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Pacific/Chatham")
URL = "https://us-east-1.console.aws.amazon.com/partnercentral/home?a=1&b=2"

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<https://evil.example|click>",
        "&lt;!here&gt; & <@U1>",
        "\u202egnp.exe\u2066",
        "a\r\nBcc: everyone@example.com",
        "*bold* _it_ ~no~ `code` ```pre```",
        "\x00\x1b[2J\ud83d",
        "\U0001d54c👩‍💻 ﷽ \U0010ffff",
        "<b>html</b><script>alert(1)</script>",
        "x" * 5000,
        "&" * 5000,
        "<" * 5000,
        " ",
        "",
    ]
)
TEXT = st.one_of(
    NASTY,
    st.text(st.characters(codec=None, categories=None), max_size=300),
    st.lists(NASTY, max_size=4).map(" ".join),
)
ANY = st.one_of(TEXT, st.none(), st.integers(), st.lists(TEXT, max_size=2), st.booleans())
DATES = st.one_of(
    st.sampled_from(["", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01"]),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.floats(),
).map(lenient_timestamp)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects in which any of the fields may be missing."""
    return st.fixed_dictionaries({}, optional=fields)


SUMMARY_FIELDS = {
    "Arn": ANY,
    "EngagementTitle": ANY,
    "EngagementId": ANY,
    "PayloadType": st.one_of(
        st.sampled_from([OPPORTUNITY, LEAD, ACCOUNT_PLAN, "CoSellInvitation"]), ANY
    ),
    "Status": st.one_of(st.just("PENDING"), ANY),
    "InvitationDate": DATES,
    "ExpirationDate": DATES,
    "Receiver": some(Account=some(Alias=ANY, AwsAccountId=ANY), SDK_UNKNOWN_MEMBER=some(name=ANY)),
    "SenderAwsAccountId": ANY,
    "SenderCompanyName": ANY,
}
SUMMARIES = st.builds(
    lambda id_, fields: {"Id": id_, "Catalog": "AWS", **fields},
    st.one_of(st.from_regex(r"\Aengi-[0-9a-z]{13}\Z"), st.text(min_size=1, max_size=600)),
    some(**SUMMARY_FIELDS),
)
CUSTOMER = some(CompanyName=ANY, Industry=ANY, CountryCode=ANY, WebsiteUrl=ANY)
CONTACTS = st.lists(
    some(Email=ANY, FirstName=ANY, LastName=ANY, BusinessTitle=ANY, Phone=ANY), max_size=3
)
PAYLOADS = some(
    OpportunityInvitation=some(
        SenderContacts=CONTACTS,
        ReceiverResponsibilities=st.lists(ANY, max_size=8),
        OpportunityType=ANY,
        Customer=CUSTOMER,
        Project=some(
            Title=ANY,
            BusinessProblem=ANY,
            TargetCompletionDate=ANY,
            ExpectedCustomerSpend=st.lists(
                some(Amount=ANY, CurrencyCode=ANY, Frequency=ANY, TargetCompany=ANY), max_size=10
            ),
        ),
    ),
    LeadInvitation=some(
        Customer=CUSTOMER, Interaction=some(Usecase=ANY, SourceName=ANY, ContactBusinessTitle=ANY)
    ),
    AccountPlanningInvitation=some(
        AccountIdentifier=ANY,
        Customer=CUSTOMER,
        SenderContacts=CONTACTS,
        PreferredContact=some(Window=ANY, Timezone=ANY),
    ),
    SDK_UNKNOWN_MEMBER=some(name=ANY),
)
INSIGHTS = some(
    LeadReadinessScore=ANY,
    ChannelRecommendation=some(
        RecommendedChannel=ANY,
        BestOutreachWindows=st.lists(some(Day=ANY, StartTimeUtc=ANY, EndTimeUtc=ANY), max_size=7),
    ),
)
ALERTS = st.builds(
    lambda summary, kind, hours: Alert(
        kind=kind,
        invitation=parse_invitation(summary, "AWS"),
        reason="because",
        since=NOW,
        stage=timedelta(hours=hours) if kind is Kind.EXPIRING else None,
    ),
    SUMMARIES,
    st.sampled_from(Kind),
    st.integers(1, 720),
)
DETAILS = st.builds(
    lambda summary, extra: parse_details({**summary, **extra}, "AWS"),
    SUMMARIES,
    some(
        Payload=PAYLOADS,
        InvitationMessage=ANY,
        EngagementDescription=ANY,
        EnrichmentContext=some(LeadInsights=INSIGHTS),
    ),
)

examples = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def no_client() -> Any:
    raise AssertionError("rendering needs no client")


POLICY = Policy(stages=(), digest_above=1)
SLACK = SlackChannel(no_client, url=URL)
SNS = SnsChannel(
    no_client, topic_arn="arn", subscriptions=no_client, policy=POLICY, zone=ZONE, url=URL
)


def slack_payload(message: Message) -> dict[str, Any]:
    content = compose(message)
    payload: dict[str, Any] = {"text": block_kit.plain(content)}
    if not message.plain:
        blocks = [block.to_dict() for block in block_kit.blocks(content, url=URL)]
        payload = {"text": block_kit.notification(content), "blocks": blocks}
    found: dict[str, Any] = json.loads(json.dumps(payload).encode("utf-8"))
    return found


def markup(payload: dict[str, Any]) -> str:
    """Return all that Slack would read as mrkdwn."""
    texts = [payload["text"]]
    for block in payload.get("blocks", ()):
        parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
        texts += [part["text"] for part in parts if part and part["type"] == "mrkdwn"]
    return "\n".join(texts)


def check_slack(message: Message) -> None:
    payload = slack_payload(message)
    assert refusal(payload) is None
    assert len(payload["text"]) < 4000
    shown = markup(payload)
    # The only markup is ours: the date, and the link to Partner Central.
    ours = shown.count("<!date^") + shown.count(f"<{html.escape(URL)}|")
    assert shown.count("<") == shown.count(">") == ours


def check_mail(message: Message) -> None:
    content = compose(message)
    subject = email.subject(content)
    assert 1 <= len(subject) < 100
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in subject)
    text = email.body(content, now=NOW, zone=ZONE, url=URL)
    body = json.dumps({"default": json.dumps(contract.contract(message)), "email": text})
    assert len(body.encode()) < MESSAGE_LIMIT


@examples
@given(ALERTS, st.none() | DETAILS, st.booleans(), st.none() | st.integers(0, 9))
def test_one_alert_is_a_message_that_is_accepted(
    alert: Alert,
    details: Details | None,
    plain: bool,  # noqa: FBT001  (hypothesis passes it by position)
    welcome: int | None,
) -> None:
    """Alone, with or without details, in full or plain form, as the first message or not."""
    message = Message(
        catalog="AWS", now=NOW, alerts=(alert,), details=details, plain=plain, welcome=welcome
    )
    check_slack(message)
    check_mail(message)


@examples
@given(st.lists(ALERTS, min_size=2, max_size=120), st.booleans())
def test_a_digest_is_messages_that_are_accepted(
    alerts: list[Alert],
    plain: bool,  # noqa: FBT001  (hypothesis passes it by position)
) -> None:
    """However it is split, each part is within the limits and every alert is in one."""
    for channel, check in ((SLACK, check_slack), (SNS, check_mail)):
        parts = channel.split(alerts)
        assert [alert for part in parts for alert in part] == alerts
        for number, part in enumerate(parts, start=1):
            check(
                Message(
                    catalog="AWS",
                    now=NOW,
                    alerts=part,
                    part=number,
                    parts=len(parts),
                    plain=plain,
                    welcome=9,
                )
            )


@examples
@given(st.lists(ALERTS, min_size=2, max_size=30))
def test_a_digest_names_every_invitation(alerts: list[Alert]) -> None:
    """Each title's first words stand in the mail and, unescaped, in Slack."""
    (part, *_rest) = SLACK.split(alerts)
    message = Message(catalog="AWS", now=NOW, alerts=part, parts=2)
    mail = " ".join(email.body(compose(message), now=NOW, zone=ZONE, url=URL).split())
    shown = json.dumps(slack_payload(message)["blocks"], ensure_ascii=False)
    for alert in part:
        assert line(alert).title[:20].strip() in mail
        assert json.dumps(line(alert).title[:15].strip(), ensure_ascii=False)[1:-1] in shown


@examples
@given(
    st.lists(SUMMARIES, max_size=120, unique_by=lambda s: s["Id"]),
    st.integers(0, 120),
    st.booleans(),
)
def test_a_standing_digest_is_one_message_that_is_accepted(
    summaries: list[dict[str, Any]],
    lost: int,
    plain: bool,  # noqa: FBT001  (hypothesis passes it by position)
) -> None:
    """It names what fits, and counts the rest."""
    records = [
        Record(
            invitation=replace(parse_invitation(summary, "AWS"), id=f"{number}"),
            first_seen=NOW,
            ended_at=NOW if number < lost else None,
            end_seen=NOW if number < lost else None,
        )
        for number, summary in enumerate(summaries)
    ]
    week = Period(since=NOW - timedelta(days=7), until=NOW, before=NOW - timedelta(days=14))
    held = standing(records, week, zone=ZONE, contacted_at=NOW - timedelta(days=30))
    for channel, check in ((SLACK, check_slack), (SNS, check_mail)):
        fits = fitted(held, channel)
        message = Message(catalog="AWS", now=NOW, standing=fits, plain=plain)
        check(message)
        content = compose(message)
        assert len(content.lines) == len(fits.listed)


ADDRESSES = st.sampled_from(
    ["a@example.com", f"{'{' * 64}@{'x' * 200}.com", f"{'=' * 64}@x.y", "\u00fc@x.com", "a@b" * 99]
)
LONG = st.builds(
    lambda text, times: text * times,
    st.sampled_from(
        ["x", "\u79fb", "\U0001f469\u200d\U0001f4bb ", "&", "\u00e9", "|", ">", "%", "\n", '"']
    ),
    st.integers(1, 400),
)


@examples
@given(ADDRESSES, LONG, LONG, st.sampled_from(Kind))
def test_a_link_to_a_mail_is_accepted(address: str, title: str, name: str, kind: Kind) -> None:
    """However long it becomes, in a link: a letter of most languages takes nine characters."""
    summary = {"Id": "engi-1", "EngagementTitle": title, "SenderCompanyName": name}
    contact = {"Email": address, "FirstName": name, "BusinessTitle": title}
    payload = {OPPORTUNITY: {"SenderContacts": [contact]}}
    details = parse_details({**summary, "Payload": payload}, "AWS")
    alert = Alert(
        kind=kind,
        invitation=parse_invitation(summary, "AWS"),
        reason="because",
        since=NOW,
        stage=timedelta(hours=4) if kind is Kind.EXPIRING else None,
    )
    message = Message(catalog="AWS", now=NOW, alerts=(alert,), details=details)
    assert refusal(slack_payload(message)) is None
    check_mail(message)


@pytest.mark.parametrize("address", [URL + "x" * 5000, URL + "&" * 5000])
def test_a_link_that_is_too_long_is_left_out(address: str) -> None:
    """Its words stay, and the message is accepted."""
    content = compose(Message(catalog="AWS", now=NOW, welcome=3))
    blocks = [block.to_dict() for block in block_kit.blocks(content, url=address)]
    assert refusal({"text": "-", "blocks": blocks}) is None
    assert "Open Partner Central" in str(blocks)


@pytest.mark.parametrize(
    ("title", "prefilled"),
    [
        ("x" * 200, {"subject", "body"}),
        ("\u79fb" * 60, {"subject", "body"}),
        ("\u79fb" * 200, {"subject"}),
    ],
)
def test_a_link_says_as_much_as_it_has_room_for(title: str, prefilled: set[str]) -> None:
    """What to write is left out before whom to write to."""
    summary = {"Id": "engi-1", "EngagementTitle": title}
    payload = {OPPORTUNITY: {"SenderContacts": [{"Email": "a@example.com"}]}}
    alert = Alert(
        kind=Kind.CLOSED_EXPIRED,
        invitation=parse_invitation(summary, "AWS"),
        reason="because",
        since=NOW,
    )
    details = parse_details({**summary, "Payload": payload}, "AWS")
    shown = markup(slack_payload(Message(catalog="AWS", now=NOW, alerts=(alert,), details=details)))
    link = r"Ask a@example\.com[^<]*<(mailto:a@example\.com\?[^|]*)\|a@example\.com>"
    found = re.search(link, shown)
    assert found is not None
    assert set(parse_qs(urlsplit(found[1]).query)) == prefilled
