"""The whole template, as it was when somebody last reviewed its changes."""

from __future__ import annotations

import copy
import difflib
import json
import os
import re
from pathlib import Path

import pytest

from tests.infra.conftest import Synth
from tests.infra.templates import EVERYTHING, Template, dashboard, only

SNAPSHOTS = Path(__file__).parent / "snapshots"

RENEW = "RENEW_SNAPSHOTS"
HOW = f"{RENEW}=1 .venv/bin/python -m pytest tests/infra/test_snapshot.py"

CONFIGURATIONS: dict[str, dict[str, object]] = {"default": {}, "everything": EVERYTHING}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_template_is_as_it_was(synth: Synth, name: str) -> None:
    """Changes are shown line by line, so that nobody overlooks a resource that is replaced."""
    path = SNAPSHOTS / f"{name}.json"
    made = text_of(synth(**CONFIGURATIONS[name]))
    if os.environ.get(RENEW):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, "utf-8")
    kept = path.read_text("utf-8") if path.exists() else ""
    changes = difflib.unified_diff(
        kept.splitlines(), made.splitlines(), "as it was", "as it is", n=2, lineterm=""
    )
    if kept != made:
        pytest.fail(
            f"the template has changed; if all these lines are intended, renew {path.name} with\n"
            f"  {HOW}\n" + "\n".join(changes),
            pytrace=False,
        )


def text_of(template: Template) -> str:
    """Return a template as readable lines, without the hash of what ships."""
    shown = copy.deepcopy(template)
    _, widgets = only(shown, "AWS::CloudWatch::Dashboard")
    widgets["Properties"]["DashboardBody"] = dashboard(template)
    text = json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False)
    return re.sub(r"\b[0-9a-f]{64}\b", "<hash>", text) + "\n"
