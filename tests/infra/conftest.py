"""Stacks synthesized in this process, and accounts to deploy into.

The function's package is built once and kept in build/.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3
import pytest

from toolchain import cdk

cdk.point_jsii_at_node()

from aws_cdk import App

from infra.config import Config
from infra.deploy import deployment
from infra.deploy.account import BOOTSTRAP_VERSION
from infra.deploy.upgrade import Resources
from infra.stack import NotifierStack
from simulator.account import PartnerAccount
from tests.infra.deploying import bootstrapped
from tests.infra.templates import EMAILS, STACKS, Template

# A copy of the package beside each template would be most of these tests' time.
UNSTAGED = {"aws:cdk:disable-asset-staging": True}

Synth = Callable[..., Template]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"synth", "manifest"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(STACKS)


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Return a function from configuration values to the template; each is made only once."""
    made: dict[str, Template] = {}

    def template(**context: object) -> Template:
        key = json.dumps(context, sort_keys=True)
        if key not in made:
            made[key] = template_of(context, outdir=tmp_path_factory.mktemp("cdk"))
        return made[key]

    return template


@pytest.fixture(scope="session")
def template(synth: Synth) -> Template:
    """Return a template with every part: emails, and the stack's own Slack secret."""
    return synth(emails=EMAILS)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Return what the CDK CLI reads of a synthesis."""
    outdir = tmp_path_factory.mktemp("cdk")
    template_of({"emails": EMAILS}, outdir=outdir)
    loaded: Template = json.loads((outdir / "manifest.json").read_text("utf-8"))
    return loaded


@pytest.fixture
def session(
    account: PartnerAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> boto3.Session:
    """Return a session in a bootstrapped account, on a machine of its own."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.aws.url)
    monkeypatch.setattr(deployment, "OUTPUTS", tmp_path / "outputs.json")
    bootstrapped(str(BOOTSTRAP_VERSION))
    return boto3.Session("AKIAMADEUP", "made-up")


def template_of(
    context: Mapping[str, object], landed: Resources | None = None, *, outdir: Path | None = None
) -> Template:
    """Synthesize the stack, where subscriptions of an older version may have landed."""
    given = str(outdir) if outdir else tempfile.mkdtemp()
    app = App(analytics_reporting=False, outdir=given, context=UNSTAGED)
    stack = NotifierStack(app, config=Config.from_context(context), landed=landed)
    app.synth()
    loaded: Template = json.loads((Path(given) / stack.template_file).read_text("utf-8"))
    return loaded
