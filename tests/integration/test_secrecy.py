"""A secret is in no log line, exception, metric, message or record, whatever happens."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from simulator.account import PartnerAccount
from simulator.runtime import Invocation
from simulator.slack import BOT_TOKEN, CHANNEL, WEBHOOK_PATH
from simulator.wire import Drop, Fault, Hang, Refuse, aws_json_error
from tests.deployed import Notifier

DAY = timedelta(days=1)

CANARIES = (WEBHOOK_PATH.rpartition("/")[2], BOT_TOKEN)
SECRETS: dict[str, dict[str, str] | str] = {
    "webhook alone": f"https://hooks.slack.com{WEBHOOK_PATH}",
    "webhook": {"webhook_url": f"https://hooks.slack.com{WEBHOOK_PATH}"},
    "bot": {"bot_token": BOT_TOKEN, "channel": CHANNEL},
}


class Everything(logging.Handler):
    """Keeps every record that reaches the root logger, formatted with its exception."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[Everything]:
    """Turn everything up to DEBUG, as an engineer in need might."""
    root, handler = logging.getLogger(), Everything()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    logging.getLogger("anybody").debug("listens")
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def break_nothing(_account: PartnerAccount) -> None:
    pass


def slack(action: Any) -> Callable[[PartnerAccount], object]:
    return lambda account: account.wire.inject(Fault("slack", action, times=None))


def secrets(action: Any) -> Callable[[PartnerAccount], object]:
    return lambda account: account.wire.inject(Fault("secretsmanager", action, times=None))


def redirect(account: PartnerAccount) -> None:
    account.slack.redirect_to = "https://evil.example/"


def answer(status: int, word: str) -> Refuse:
    body = f'{{"ok": false, "error": "{word}"}}'.encode()
    return Refuse(status, body, (("Content-Type", "application/json"),))


BREAKAGES: dict[str, Callable[[PartnerAccount], object]] = {
    "nothing": break_nothing,
    "a redirect": redirect,
    "rate limited": slack(answer(429, "ratelimited")),
    "a server error": slack(Refuse(500, b"<html>oops</html>")),
    "an unknown word": slack(answer(200, "some_new_error")),
    "a message at fault": slack(answer(400, "invalid_blocks")),
    "a sender at fault": slack(answer(403, "token_revoked")),
    "an answer that is no JSON": slack(Refuse(200, b"\xff\xfe not text")),
    "an answer that repeats the secret": slack(Refuse(400, " ".join(CANARIES).encode())),
    "a dropped connection": slack(Drop(before=True)),
    "a lost answer": slack(Drop(before=False)),
    "a time-out": slack(Hang(30)),
    "a secret that may not be read": secrets(aws_json_error("AccessDeniedException", "no", 400)),
    "a secret service that fails": secrets(aws_json_error("InternalServiceError", "no", 500)),
    "a secret service that babbles": secrets(Refuse(200, b"<html>" + CANARIES[0].encode())),
}
CASES = [
    (way, breakage)
    for way in SECRETS
    for breakage in BREAKAGES
    if way == "bot" or not breakage.startswith("a secret")
]


def chain(error: BaseException | None) -> Iterator[str]:
    """Yield every exception behind an error as it would be printed, causes and contexts."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            yield from traceback.format_exception_only(error)
            yield repr(error.args)
            waiting += [error.__cause__, error.__context__]


def everything(account: PartnerAccount, run: Invocation, logged: Everything) -> str:
    """Return all that a run let out, but for what it sent to Slack as its credentials."""
    sent = [call.body.decode(errors="replace") for call in account.wire.calls]
    return "\n".join(
        [run.output, *logged.lines, *chain(run.error), *sent, str(account.aws.items())]
    )


@pytest.mark.parametrize(("way", "breakage"), CASES)
def test_the_secret_never_shows(
    account: PartnerAccount,
    notifier: Notifier,
    logged: Everything,
    way: str,
    breakage: str,
) -> None:
    """With all loggers at DEBUG, in runs that succeed and in runs that fail in every way."""
    account.aws.put_secret(SECRETS[way])
    notifier.runtime.environment |= {
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    }
    notifier.runtime.cold_start()
    account.partner_central.invite(title="Move to cloud", expires_in=5 * DAY)
    BREAKAGES[breakage](account)
    if breakage == "a time-out":
        notifier.lose_patience_with_slack()
    run = notifier.runtime.invoke({})
    assert logged.lines[0] == "anybody listens"
    assert run.summary["complete"]
    let_out = everything(account, run, logged)
    assert "Move to cloud" in let_out
    for canary in CANARIES:
        assert canary not in let_out
