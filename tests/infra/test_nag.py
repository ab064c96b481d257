"""cdk-nag is on, the stack passes it, and no finding is accepted without need."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct

from infra import nag
from infra.config import Config
from infra.stack import NotifierStack
from tests.infra.conftest import UNSTAGED
from tests.infra.templates import EVERYTHING, SECRET_ARN, STACKS

pytestmark = STACKS

ACKNOWLEDGING = ("permissions", "dead_letters", "slack_secret")

CONFIGURATIONS: list[dict[str, object]] = [
    {"emails": "a@example.com"},
    {"catalog": "Sandbox", "slack_secret_arn": SECRET_ARN},
    {"slack": False, "emails": "a@example.com"},
    EVERYTHING,
]


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(analytics_reporting=False, outdir=str(tmp_path), context=UNSTAGED)


def findings(synth: Callable[[], object]) -> set[str]:
    with pytest.raises(RuntimeError, match="ValidationFailed") as failed:
        synth()
    return set(re.findall(r"Acknowledge with 'AwsSolutions::([^']+)'", str(failed.value)))


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_stack_passes(app: App, configuration: dict[str, object]) -> None:
    """Synth succeeds with cdk-nag on, whatever is configured."""
    NotifierStack(app, config=Config.from_context(configuration))
    nag.check(app)
    assert app.synth().stacks


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_acknowledgement_answers_a_finding(
    app: App, configuration: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them cdk-nag finds exactly what they name: none is superfluous."""
    reasons: dict[str, str] = {}

    def withhold(_construct: IConstruct, finding: str, reason: str) -> None:
        reasons[finding] = reason

    for module in ACKNOWLEDGING:
        monkeypatch.setattr(f"infra.{module}.acknowledge", withhold)
    NotifierStack(app, config=Config.from_context(configuration))
    nag.check(app)
    assert findings(app.synth) == set(reasons)
    assert all(len(reason.split()) > 5 for reason in reasons.values())


def test_a_finding_fails_synth(app: App) -> None:
    """The check is really on: a queue without TLS does not pass."""
    sqs.Queue(Stack(app, "Careless"), "Queue")
    nag.check(app)
    assert findings(app.synth) == {"AwsSolutions-SQS3", "AwsSolutions-SQS4"}
