"""A run that cannot see says so, for as long as it takes, and concludes nothing."""

from __future__ import annotations

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
MEMBER = "EngagementInvitationSummaries"
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


def answers(answer: Any) -> Harm:
    return lambda account, _: account.wire.inject(Fault("partnercentral", answer, times=None))


def refuses(code: str, status: int = 400) -> Harm:
    return answers(aws_json_error(code, "no", status))


def in_a_circle(account: PartnerAccount, _: Notifier) -> None:
    """Let the first page name A, A name B, and B name A."""
    for containing, token in ((b'"B"', "A"), (b'"A"', "B"), (b"", "A")):
        page = Refuse(200, f'{{"{MEMBER}": [], "NextToken": "{token}"}}'.encode(), JSON)
        account.wire.inject(Fault("partnercentral", page, containing=containing, times=None))


def moved_to(address: str) -> Harm:
    def move(_account: PartnerAccount, notifier: Notifier) -> None:
        notifier.runtime.environment[ADDRESS] = address
        notifier.runtime.cold_start()

    return move


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


HARMS: dict[str, tuple[Harm, str]] = {
    "access denied": (refuses("AccessDeniedException"), "AccessDenied: partnercentral:"),
    "throttled": (refuses("ThrottlingException"), f"{LIST} (catalog AWS): ThrottlingException"),
    "a server error": (refuses("InternalServerException", 500), "InternalServerException"),
    "no JSON": (answers(Refuse(200, b"<html>oops</html>")), "ResponseParserError"),
    "half an answer": (answers(Refuse(200, b'{"EngagementInvit', JSON)), "ResponseParserError"),
    "no list": (answers(Refuse(200, b'{"EngagementInvitationSummaries": 7}', JSON)), "ParserError"),
    "a message for a list": (answers(Refuse(200, b'{"message": "busy"}', JSON)), "ParserError"),
    "a list that is null": (answers(Refuse(200, f'{{"{MEMBER}": null}}'.encode(), JSON)), "Parser"),
    "another list": (answers(Refuse(200, b'{"Invitations": []}', JSON)), "ResponseParserError"),
    "a token and no list": (answers(Refuse(200, b'{"NextToken": "x"}', JSON)), "ParserError"),
    "null": (answers(Refuse(200, b"null", JSON)), "ResponseParserError"),
    "pages in a circle": (in_a_circle, "a NextToken came again after page 3"),
    "no answer": (answers(Drop()), "ConnectionClosedError"),
    "a dead endpoint": (moved_to(closed_port()), "EndpointConnectionError"),
    "no such host": (moved_to(f"http://{DEAD_HOST}"), "EndpointConnectionError"),
}


@pytest.mark.parametrize(("harm", "reason"), HARMS.values(), ids=HARMS.keys())
def test_a_blind_run_says_why_and_concludes_nothing(
    account: PartnerAccount, connected: Notifier, harm: Harm, reason: str
) -> None:
    """Nothing is closed or told till it sees, and then all is; it is never an empty inbox."""
    inbox = account.partner_central
    accepted = inbox.invite(title="Accepted", expires_in=9 * DAY)
    connected.tick()
    connected.forget()
    harm(account, connected)
    inbox.accept(accepted)
    inbox.invite(title="Untold", expires_in=9 * DAY)
    run = connected.tick(after=HOUR, fails=True)
    denied = {"AccessDenied": 1} if "AccessDenied" in reason else {}
    assert run.metrics == {"Blind": 1} | denied
    (line,) = str(run.error).splitlines()
    assert reason in line
    assert (run.summary["complete"], run.summary["level"]) == (False, "ERROR")
    assert connected.told() == {"mails": 0, "posts": 0}

    account.wire.heal_all()
    connected.configure()
    run = connected.tick(after=TICK)
    assert (run.summary["closed"], run.metrics["Heartbeat"], run.metrics["Pending"]) == (1, 1, 1)
    assert [mail.subject for mail in connected.mails] == ["New opportunity: Untold"]


def test_a_catalog_the_account_is_not_in(account: PartnerAccount, notifier: Notifier) -> None:
    """A mistaken catalog is an error that names it, and never an empty inbox."""
    refused = aws_json_error("AccessDeniedException", "not linked", 403)
    account.wire.inject(Fault("partnercentral", refused, containing=b'"Sandbox"', times=None))
    notifier.configure(catalog="Sandbox")
    run = notifier.tick(fails=True)
    assert "catalog Sandbox" in str(run.error)
    assert run.metrics == {"Blind": 1, "AccessDenied": 1}
    notifier.configure(catalog="AWS")
    assert notifier.tick(after=TICK).metrics["Pending"] == 0


@pytest.mark.parametrize("page", [1, 2])
def test_an_error_on_a_later_page_fails_the_whole_listing(
    account: PartnerAccount, connected: Notifier, page: int
) -> None:
    """What other pages show is not told, and what is missing is neither asked for nor closed."""
    connected.list_by(10)
    for number in range(12):
        account.partner_central.invite(title=f"Project {number}", expires_in=9 * DAY)
    connected.tick()
    connected.forget()
    for number in range(9):
        account.partner_central.invite(title=f"Untold {number}", expires_in=9 * DAY)
    denied = aws_json_error("AccessDeniedException", "no", 403)
    account.wire.inject(Fault("partnercentral", denied, LIST, skip=page))
    run = connected.tick(after=HOUR, fails=True)
    assert run.metrics == {"Blind": 1, "AccessDenied": 1}
    assert account.wire.count()["partnercentral", "GetEngagementInvitation"] == 0
    written = {op for (service, op) in account.wire.count() if service == "dynamodb"}
    assert written == {"UpdateItem"}  # The lease, taken and given back.
    run = connected.tick(after=TICK)
    assert (run.summary["new"], run.summary["closed"], run.summary["missed"]) == (9, 0, 0)


def test_a_table_that_refuses_all_is_blindness_too(
    account: PartnerAccount, connected: Notifier
) -> None:
    """Nothing is told without the lease, and the line names what is refused."""
    account.partner_central.invite(expires_in=9 * DAY)
    account.wire.inject(
        Fault("dynamodb", aws_json_error("AccessDeniedException", "no"), times=None)
    )
    run = connected.tick(fails=True)
    assert "ledger table invitations: UpdateItem failed: AccessDenied" in str(run.error)
    assert run.metrics == {"Blind": 1, "AccessDenied": 1}
    assert connected.told() == {"mails": 0, "posts": 0}


def test_the_questions_about_what_left_the_list_may_fail(
    account: PartnerAccount, connected: Notifier
) -> None:
    """It sees, counts what it could not learn, and closes it once it can."""
    accepted = account.partner_central.invite(title="Accepted", expires_in=9 * DAY)
    connected.tick()
    account.partner_central.accept(accepted)
    denied = aws_json_error("AccessDeniedException", "no", 403)
    account.wire.inject(Fault("partnercentral", denied, "GetEngagementInvitation"))
    run = connected.tick(after=HOUR)
    assert (run.metrics["Unresolved"], run.metrics["Heartbeat"]) == (1, 1)
    assert run.summary["closed"] == 0
    assert connected.tick(after=TICK).summary["closed"] == 1


@pytest.mark.parametrize(
    "broken", [{"DIGEST_ABOVE": "many"}, {"TOPIC_ARN": ""}, {"RECIPIENTS": "true"}], ids=str
)
def test_a_wrong_setting_is_a_failed_run(
    account: PartnerAccount, notifier: Notifier, broken: dict[str, str]
) -> None:
    """It has its one JSON line, which the runbook's filter and the dashboard find, and a metric."""
    notifier.runtime.environment.update(broken)
    notifier.runtime.cold_start()
    run = notifier.tick(fails=True)
    ((name, value),) = broken.items()
    assert run.summary["level"] == "ERROR"
    assert run.summary["errors"] == [str(run.error)]
    assert str(run.error).startswith(f"setting {name} is '{value}'; allowed: ")
    assert run.metrics == {"Blind": 1}
    assert not account.wire.calls


def test_an_unexpected_error_is_a_failed_run_too(
    notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours has its line as well, without the words that may hold a secret."""
    run_module: Any = notifier.runtime.module("notifier.run.run")

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("xoxb-CANARY")

    monkeypatch.setattr(run_module, "plan", broken)
    run = notifier.tick(fails=True)
    assert run.summary["errors"] == [str(run.error)]
    assert "unexpected error: KeyError at test_blindness.py" in str(run.error)
    assert "CANARY" not in run.output
    monkeypatch.undo()
    assert not notifier.tick(after=TICK).summary["held"]
