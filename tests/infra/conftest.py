"""Stacks synthesized in this process; the function's package is built once and kept in build/."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import infra  # noqa: F401  isort: skip  (names Node before aws_cdk starts it)
from aws_cdk import App

from infra.config import Config
from infra.stack import NotifierStack
from tests.infra.templates import MAIL, Template

# A copy of the package beside each template would be most of these tests' time.
UNSTAGED = {"aws:cdk:disable-asset-staging": True}

Synth = Callable[..., Template]


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Return a function from configuration values to the template; each is made once."""
    made: dict[str, Template] = {}

    def template(**context: object) -> Template:
        key = json.dumps(context, sort_keys=True)
        if key not in made:
            made[key] = _template(context, tmp_path_factory.mktemp("cdk"))
        return made[key]

    return template


@pytest.fixture(scope="session")
def template(synth: Synth) -> Template:
    """Return a template that has every part: mail, and a Slack secret of its own."""
    return synth(emails=MAIL)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Return what CDK's CLI reads of a synthesis."""
    outdir = tmp_path_factory.mktemp("cdk")
    _template({"emails": MAIL}, outdir)
    loaded: Template = json.loads((outdir / "manifest.json").read_text("utf-8"))
    return loaded


def _template(context: Mapping[str, object], outdir: Path) -> Template:
    app = App(analytics_reporting=False, outdir=str(outdir), context=UNSTAGED)
    stack = NotifierStack(app, config=Config.from_context(context))
    app.synth()
    loaded: Template = json.loads((outdir / stack.template_file).read_text("utf-8"))
    return loaded
