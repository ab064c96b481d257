"""A run that cannot see says so, for as long as it takes, and concludes nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.wire import Drop, Fault, Refuse, aws_json_error
from tests.deployed import Notifier

TICK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LIST = "ListEngagementInvitations"
ADDRESS = "AWS_ENDPOINT_URL_PARTNERCENTRAL_SELLING"
DEAD_HOST = "partnercentral.invalid"
JSON = (("Content-Type", "application/x-amz-json-1.0"),)

Harm = Callable[[PartnerAccount, Notifier], object]


@pytest.fixture(autouse=True)
def _no_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name server be asked."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == DEAD_HOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def answers(answer: Any, *, operation: str | None = None) -> Harm:
    return lambda account, _: account.wire.inject(
        Fault("partnercentral", answer, operation=operation, times=None)
    )


def refuses(code: str, status: int = 400) -> Harm:
    return answers(aws_json_error(code, "no", status))


def moved_to(address: str) -> Harm:
    def move(_account: PartnerAccount, notifier: Notifier) -> None:
        notifier.runtime.environment[ADDRESS] = address
        notifier.runtime.cold_start()

    return move


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


HARMS: dict[str, tuple[Harm, str]] = {
    "access denied": (refuses("AccessDeniedException"), "AccessDenied"),
    "throttled": (refuses("ThrottlingException"), "ThrottlingException"),
    "a server error": (refuses("InternalServerException", 500), "InternalServerException"),
    "not in this catalog": (refuses("ResourceNotFoundException"), "ResourceNotFoundException"),
    "an expired token": (refuses("ExpiredTokenException", 403), "ExpiredTokenException"),
    "no JSON": (answers(Refuse(200, b"<html>oops</html>")), "ResponseParserError"),
    "an empty body": (answers(Refuse(200, b"", JSON)), "ResponseParserError"),
    "half an answer": (answers(Refuse(200, b'{"EngagementInvit', JSON)), "ResponseParserError"),
    "null": (answers(Refuse(200, b"null", JSON)), "ResponseParserError"),
    "no answer": (answers(Drop()), "ConnectionClosedError"),
    "a dead endpoint": (moved_to(closed_port()), "EndpointConnectionError"),
    "no such host": (moved_to(f"http://{DEAD_HOST}"), "EndpointConnectionError"),
}


def invite(account: PartnerAccount, *titles: str, expires_in: timedelta = 9 * DAY) -> list[str]:
    return [account.partner_central.invite(title=t, expires_in=expires_in) for t in titles]


def subjects(notifier: Notifier) -> list[str]:
    return sorted(mail.subject or "" for mail in notifier.mails)


def records(account: PartnerAccount) -> list[dict[str, Any]]:
    return sorted(
        (item for item in account.aws.items() if item["sk"]["S"] != "lease"),
        key=lambda item: str(item["sk"]),
    )


@pytest.mark.parametrize(("harm", "reason"), HARMS.values(), ids=HARMS.keys())
def test_hours_of_blindness_conclude_nothing(
    account: PartnerAccount, connected: Notifier, harm: Harm, reason: str
) -> None:
    """Every run fails and says why; nothing is closed or told till it sees, and then all is."""
    accepted, *_ = invite(account, "Accepted", "Kept")
    invite(account, "Expires", expires_in=3 * HOUR)
    connected.tick()
    connected.forget()
    before = records(account)
    harm(account, connected)
    account.partner_central.accept(accepted)
    invite(account, "Untold")
    for _ in range(5):
        run = connected.tick(after=HOUR, fails=True)
        assert run.metrics == {"Blind": 1} | (
            {"AccessDenied": 1} if reason == "AccessDenied" else {}
        )
        assert reason in str(run.error)
        assert (run.summary["complete"], run.summary["level"]) == (False, "ERROR")
    assert records(account) == before
    assert connected.told() == {"mails": 0, "posts": 0}

    account.wire.heal_all()
    connected.configure()
    run = connected.tick(after=TICK)
    assert (run.summary["closed"], run.metrics["Heartbeat"], run.metrics["Pending"]) == (2, 1, 2)
    assert subjects(connected) == ["Expired unanswered: Expires", "New opportunity: Untold"]
    assert len(connected.posts) == 2


def test_a_catalog_the_account_is_not_in(account: PartnerAccount, notifier: Notifier) -> None:
    """A mistaken catalog is an error that names it, and never an empty inbox."""
    invite(account, "In the other catalog")
    refused = aws_json_error("AccessDeniedException", "not linked", 403)
    account.wire.inject(Fault("partnercentral", refused, containing=b'"Sandbox"', times=None))
    notifier.configure(catalog="Sandbox")
    for _ in range(3):
        run = notifier.tick(after=HOUR, fails=True)
        assert "catalog Sandbox" in str(run.error)
        assert run.metrics == {"Blind": 1, "AccessDenied": 1}
    notifier.configure(catalog="AWS")
    assert notifier.tick(after=TICK).metrics["Pending"] == 1


def test_a_later_page_denied_for_hours(account: PartnerAccount, connected: Notifier) -> None:
    """What the first page shows is not told, and what it lacks is neither asked for nor closed."""
    connected.list_by(10)
    invite(account, *(f"Project {n}" for n in range(12)))
    connected.tick()
    connected.forget()
    invite(account, "Untold")
    denied = aws_json_error("AccessDeniedException", "no", 403)
    account.wire.inject(Fault("partnercentral", denied, LIST, containing=b"NextToken", times=None))
    for _ in range(6):
        run = connected.tick(after=HOUR, fails=True)
        assert run.metrics == {"Blind": 1, "AccessDenied": 1}
    assert account.wire.count()[("partnercentral", "GetEngagementInvitation")] == 0
    assert connected.told() == {"mails": 0, "posts": 0}
    account.wire.heal_all()
    run = connected.tick(after=TICK)
    assert (run.summary["new"], run.summary["closed"], run.summary["missed"]) == (1, 0, 0)


def test_a_gap_that_cannot_be_looked_into_is_no_sight(
    account: PartnerAccount, connected: Notifier
) -> None:
    """After a blind day what is pending is told, but until the gap was looked into it is blind."""
    invite(account, "Missed", expires_in=5 * HOUR)
    invite(account, "Pending", expires_in=5 * DAY)
    denied = aws_json_error("AccessDeniedException", "no", 403)
    account.wire.inject(Fault("partnercentral", denied, LIST, containing=b'"EXPIRED"', times=None))
    blind = connected.tick(after=2 * DAY, fails=True)
    assert blind.metrics["Blind"] == 1
    assert "Heartbeat" not in blind.metrics
    assert subjects(connected) == ["New opportunity: Pending"]
    account.wire.heal_all()
    assert connected.tick(after=TICK).metrics["Missed"] == 1
    assert subjects(connected) == [
        "Expired unanswered: Missed",
        "New opportunity: Pending",
    ]


def test_an_expired_invitation_that_is_listed_twice_counts_once(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Two pages may show the same entry; that must not fail the run after a gap."""
    (id_,) = invite(account, "Missed", expires_in=5 * HOUR)
    connected.pass_time(2 * DAY)
    names = ("Id", "Catalog", "EngagementTitle", "Status", "ExpirationDate")
    shown = {name: account.partner_central.get(id_)[name] for name in names}
    body = json.dumps({"EngagementInvitationSummaries": [shown, shown]}).encode()
    account.wire.inject(
        Fault("partnercentral", Refuse(200, body, JSON), LIST, containing=b'"EXPIRED"', times=None)
    )
    assert connected.tick().metrics["Missed"] == 1


def test_the_questions_about_what_left_the_list_may_fail_for_hours(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Denied GetEngagementInvitation alone: it sees, counts, closes none, and tells the new."""
    accepted, *_ = invite(account, "Accepted", "Kept")
    connected.tick()
    connected.forget()
    account.partner_central.accept(accepted)
    answers(
        aws_json_error("AccessDeniedException", "no", 403), operation="GetEngagementInvitation"
    )(account, connected)
    for _ in range(6):
        run = connected.tick(after=HOUR)
        assert (run.metrics["Unresolved"], run.metrics["Heartbeat"]) == (1, 1)
        assert run.summary["closed"] == 0
    invite(account, "Untold")
    assert connected.tick(after=TICK).metrics["New"] == 1
    account.wire.heal_all()
    assert connected.tick(after=TICK).summary["closed"] == 1
    assert subjects(connected) == ["New opportunity: Untold"]
