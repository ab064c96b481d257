"""`preview` shows what the function then sends, byte for byte, and leaves no trace."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cli import account as accounts
from demo.page import Mail, Post, Tick, render
from simulator.account import PartnerAccount
from tests.cli.conftest import Shell
from tests.deployed import READER, START, Notifier

ROOT = Path(__file__).parents[2]
READS = {"GetCallerIdentity", "ListEngagementInvitations", "GetEngagementInvitation"}
PANES = re.compile(r'<section class="pane.*?</section>', re.DOTALL)


@pytest.fixture
def at_start(user: PartnerAccount) -> Iterator[PartnerAccount]:
    """Return the user's account, at the moment at which the notifier then runs."""
    with time_machine.travel(START, tick=False):
        yield user


INBOXES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one": [{"title": "Only one"}],
    "several kinds": [
        {"title": "First", "expires_in": timedelta(days=9)},
        {"title": "Second", "kind": "LeadInvitation", "expires_in": timedelta(hours=20)},
        {"title": "Third", "sender": "Kestrel Data"},
    ],
    "markup": [{"title": "<!channel> *b* & \u202egnp <e.example|x> 漢 🚀"}],
    "a flood": [
        {"title": f"Number {n}", "expires_in": timedelta(hours=9 * n)} for n in range(1, 90)
    ],
}


def sent_by_function(user: PartnerAccount) -> tuple[list[Any], list[Any]]:
    """Return the texts and blocks, and the mails, that the deployed function sends at START."""
    with time_machine.travel(START, tick=False) as clock:
        notifier = Notifier(user, clock)
        notifier.tick()
        posts = [(post.payload["text"], post.payload.get("blocks")) for post in notifier.posts]
        mails = [
            (mail.subject, mail.email, mail.default, mail.attributes) for mail in notifier.mails
        ]
    return posts, mails


@pytest.mark.parametrize("invitations", INBOXES.values(), ids=INBOXES)
def test_it_shows_what_is_then_sent(
    at_start: PartnerAccount, shell: Shell, invitations: list[dict[str, Any]]
) -> None:
    """Subjects, texts and blocks are equal, and so is what the page draws of them."""
    for invitation in invitations:
        at_start.partner_central.invite(**invitation)
    answer = shell("preview", "--json", "-c", f"emails={READER}")
    assert answer.code == 0, answer.err
    messages = answer.json["messages"]
    posts, mails = sent_by_function(at_start)
    assert _bytes([(p["text"], p.get("blocks")) for p in _payloads(messages, "slack")]) == _bytes(
        posts
    )
    assert _bytes([_mail(p) for p in _payloads(messages, "sns")]) == _bytes(mails)


def test_nothing_is_called_but_what_reads_invitations(
    at_start: PartnerAccount, shell: Shell
) -> None:
    """At the other end, who calls and what is pending was asked; nobody was told of anything."""
    at_start.partner_central.invite()
    assert shell("preview").code == 0
    assert {operation for _, operation in at_start.wire.count()} == READS
    assert not at_start.slack.posts


def test_the_text_holds_every_word(at_start: PartnerAccount, shell: Shell) -> None:
    """The terminal has each email as it is, and the words of each block."""
    at_start.partner_central.invite(title="Harbour logistics")
    shown = shell("preview").out
    assert "Pending invitations in the AWS catalog: 1" in shown
    posts, ((subject, text, *_),) = sent_by_function(at_start)
    assert subject in shown
    assert text.rstrip() in shown
    for said in _plain_texts(posts):
        assert said in shown


@pytest.mark.parametrize("invitations", INBOXES.values(), ids=INBOXES)
def test_the_page_draws_what_is_then_sent(
    at_start: PartnerAccount, shell: Shell, invitations: list[dict[str, Any]]
) -> None:
    """Both panes are those that the demo draws from the bytes that Slack and SNS accepted."""
    for invitation in invitations:
        at_start.partner_central.invite(**invitation)
    shell("preview")
    page = Path("build", "preview.html").read_text("utf-8")
    sent_by_function(at_start)
    tick = Tick(
        at=START,
        title="Sent",
        note="",
        posts=tuple(Post(ts=post.ts, body=post.raw) for post in at_start.slack.posts),
        mails=tuple(
            Mail(subject=mail.subject or "", text=mail.email) for mail in at_start.aws.inbox(READER)
        ),
    )
    drawn = render([tick], zone=ZoneInfo("UTC"), heading="Sent", catalog="AWS")
    assert "Nothing was sent." in page
    assert _panes(page) == _panes(drawn)


def test_the_configuration_is_that_of_deploy(at_start: PartnerAccount, shell: Shell) -> None:
    """A setting changes what is shown as it changes what is sent."""
    at_start.partner_central.invite()
    answer = shell("preview", "--json", "-c", "slack=false", "-c", "emails=a@example.com")
    assert {message["channel"] for message in answer.json["messages"]} == {"sns"}


def test_no_pending_invitations(shell: Shell) -> None:
    """It says so, and how to see what they would look like."""
    answer = shell("preview")
    assert answer.code == 0
    assert "Pending invitations in the AWS catalog: 0" in answer.out
    assert "make preview ARGS=--example" in answer.out


def test_examples_need_no_account(user: PartnerAccount, shell: Shell) -> None:
    """Made-up invitations are shown without asking anybody."""
    answer = shell("preview", "--example", "--json")
    assert answer.code == 0
    assert len(answer.json["invitations"]) == 3
    assert len(answer.json["messages"]) == 6
    assert not user.wire.calls


def test_details_are_capped(at_start: PartnerAccount, shell: Shell) -> None:
    """However much is pending, the quota is left to others; the preview says what it lacks."""
    for number in range(25):
        at_start.partner_central.invite(title=f"Number {number}")
    answer = shell("preview", "-c", "digest_above=100", "-c", "slack=false", "-c", "emails=a@b.co")
    count = at_start.wire.count()
    assert count["partnercentral", "GetEngagementInvitation"] == 20
    assert "5 messages lack their details here" in answer.out


def test_reads_are_paced() -> None:
    """A preview takes a fifth of what the account may read."""
    assert accounts.READS_PER_SECOND == 2


def test_missing_credentials_end_in_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not signed in is told how to sign in."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    answer = shell("preview")
    assert answer.code == 1
    assert answer.err.startswith("no usable AWS credentials (NoCredentialsError); sign in with")
    assert answer.err.count("\n") == 1


def test_it_imports_neither_cdk_nor_stand_ins() -> None:
    """It starts in a moment: whatever it does not need is not imported."""
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, cli.preview, cli.sandbox; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'lambdas'}{os.pathsep}{ROOT}"},
    ).stdout.split()
    assert not {"aws_cdk", "jsii", "moto", "werkzeug"} & set(imported)


def test_help_imports_no_sdk() -> None:
    """`--help` reads no more than the options."""
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, cli.__main__; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.split()
    assert not {"boto3", "botocore", "slack_sdk", "notifier"} & set(imported)


def test_a_refused_listing_ends_in_one_line(at_start: PartnerAccount, shell: Shell) -> None:
    """What AWS refuses is named, with 1, and no stack trace."""
    at_start.partner_central.reader = "arn:aws:iam::210987654321:role/another"
    answer = shell("preview")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert "ListEngagementInvitations" in answer.err
    assert "grant it to your credentials" in answer.err


def test_a_title_cannot_steer_the_terminal(at_start: PartnerAccount, shell: Shell) -> None:
    """Escape sequences in a title arrive as plain characters."""
    at_start.partner_central.invite(title="Red \x1b[31mtitle\x07 [bold]now[/bold]")
    shown = shell("preview").out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold]now[/bold]" in shown


def _panes(page: str) -> list[str]:
    """Return what both channels show, without the fraction of a second that Slack numbers by."""
    return [re.sub(r'(datetime="[^".]*)\.\d+', r"\1", pane) for pane in PANES.findall(page)]


def _payloads(messages: list[Any], channel: str) -> list[Any]:
    return [message["payload"] for message in messages if message["channel"] == channel]


def _mail(payload: dict[str, Any]) -> tuple[Any, ...]:
    message, attributes = json.loads(payload["Message"]), payload["MessageAttributes"]
    values = {name: value["StringValue"] for name, value in attributes.items()}
    return payload["Subject"], message["email"], message["default"], values


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _plain_texts(posts: list[Any]) -> Iterator[str]:
    for _, blocks in posts:
        for block in blocks:
            if block.get("text", {}).get("type") == "plain_text":
                yield from block["text"]["text"].split("\n")


ROUTES = (
    '[{"name": "leads", "when": {"payload_type": ["LeadInvitation"]}, "slack_channel": "C0LEADS"},'
    ' {"name": "sap", "when": {"title": ["SAP"]}}]'
)


def test_routes_are_previewed_each_in_its_place(user: PartnerAccount, shell: Shell) -> None:
    """One without a place of its own uses the default one, and is not greeted apart."""
    user.partner_central.invite(kind="LeadInvitation", title="Lead of Lyon")
    user.partner_central.invite(title="SAP in Oslo")
    answer = shell("preview", "-c", f"routes={ROUTES}")
    assert (answer.code, answer.err) == (0, "")
    page = Path("build", "preview.html").read_text("utf-8")
    assert page.count("# C0LEADS") == 1
    lead = answer.out.partition("── Slack C0LEADS, message ")[2]
    assert "Lead of Lyon" in lead.partition("── ")[0]
    slack = answer.out.partition("── Slack, message ")[2]
    assert "SAP in Oslo" in slack.partition("── ")[0]
