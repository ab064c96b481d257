"""Nothing that a deployer writes is dropped in silence: it is taken, or there is one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import context, lossless
from infra.config import Config
from infra.refusal import ConfigError

BOM = "\ufeff"
DACH = '{"name": "dach", "when": {"country": "DE"}}'


def refused(read: Any, *arguments: object) -> str:
    with pytest.raises(ConfigError) as caught:
        read(*arguments)
    (line,) = str(caught.value).splitlines()
    return line


def project(folder: Path, text: str, name: str = "cdk.json") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("name", ["cdk.json", "cdk.context.json"])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"context": {"emails": "a@x.com", "emails": "b@x.com"}}', "emails"),
        ('{"context": {}, "context": {}}', "context"),
        ('{"app": "a", "app": "a"}', "app"),
        ('{"context": {"routes": [{"name": "a", "when": {"title": "x", "title": "y"}}]}}', "title"),
    ],
)
def test_a_doubled_key_is_one_line(tmp_path: Path, name: str, text: str, key: str) -> None:
    """At any depth: JSON would take the last one."""
    assert refused(context.from_files, project(tmp_path, text, name)) == (
        f'{name} cannot be read: key "{key}" stands twice in one object; keep one'
    )


def test_a_doubled_key_in_routes_is_one_line(tmp_path: Path) -> None:
    """In a file of their own, and after `-c routes=`."""
    text = f'[{DACH[:-1]}, "emails": "a@x.com", "emails": "b@x.com"}}]'
    (tmp_path / "routes.json").write_text(text)
    for routes in (text, f"@{tmp_path / 'routes.json'}"):
        line = refused(Config.from_context, {"routes": routes})
        assert line.endswith('(key "emails" stands twice in one object; keep one)')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
)


@given(VALUES)
def test_json_without_doubled_keys_is_read_as_ever(value: object) -> None:
    """The check takes nothing away."""
    assert lossless.parsed(json.dumps(value)) == value


@pytest.mark.parametrize("name", ["cdk.json", ".cdk.json"])
@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("emails", "emails"),
        ("scheduleMinutes", "schedule_minutes"),
        ("working-hours", "working_hours"),
        ("Routes", "routes"),
    ],
)
def test_a_setting_beside_context_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, key: str, meant: str
) -> None:
    """The CDK CLI hands on what is inside alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    project(tmp_path, json.dumps({key: "x", "context": {}}), name)
    assert refused(context.from_files, tmp_path) == (
        f'{name} has "{key}" beside context, where nothing reads it; '
        f"allowed: {meant} inside context"
    )


CDKS = """
    app build output context profile requireApproval toolkitStackName toolkitBucket versionReporting
    pathMetadata assetMetadata staging watch notices rollback progress roleArn language tags lookups
    hotswap plugin browser proxy caBundlePath bootstrapQualifier debug verbose trace strict json
    concurrency unstable telemetryFile outputsFile changeSetName method
"""


def test_the_cdk_clis_own_keys_stay_beside_context(tmp_path: Path) -> None:
    """None of them is taken for one of ours."""
    project(
        tmp_path, json.dumps(dict.fromkeys(CDKS.split(), "x") | {"context": {"catalog": "AWS"}})
    )
    assert context.from_files(tmp_path)["catalog"] == "AWS"


@pytest.mark.parametrize("key", ["emails:", " emails", "emails ", "@emails", "emails/", "e:mails"])
def test_a_setting_with_a_stray_character_is_one_line(key: str) -> None:
    """It would count as one of CDK's own keys."""
    assert "is unknown; did you mean emails?" in refused(Config.from_context, {key: "a@x.com"})


@pytest.mark.parametrize(
    ("pairs", "line"),
    [
        (
            ["emails=a@x.com", "emails=b@x.com"],
            "-c emails is given twice; allowed: once, with several values separated by commas",
        ),
        (
            ["slack=true", "catalog=AWS", "slack=false"],
            "-c slack is given twice; allowed: once, with several values separated by commas",
        ),
        (["emails"], '-c "emails" has no value; allowed: -c key=value'),
        ([""], '-c "" has no value; allowed: -c key=value'),
    ],
)
def test_an_argument_that_would_be_lost_is_one_line(pairs: list[str], line: str) -> None:
    """Of two the last one would be taken, and one without a value would be the empty text."""
    assert refused(context.pairs, pairs) == line


def test_an_argument_may_be_repeated_as_it_is() -> None:
    """Nothing is lost then."""
    assert context.pairs(["catalog=AWS", "catalog=AWS", "emails="]) == {
        "catalog": "AWS",
        "emails": "",
    }


@pytest.mark.parametrize("name", ["cdk.json", "cdk.context.json", ".cdk.json"])
def test_a_byte_order_mark_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Some editors begin a file with it, and the CDK CLI takes it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = {"catalog": "Sandbox"}
    content = inside if name == "cdk.context.json" else {"context": inside}
    project(tmp_path, BOM + json.dumps(content), name)
    assert context.from_files(tmp_path) == inside


def test_a_byte_order_mark_is_taken_in_routes(tmp_path: Path) -> None:
    """As in the other files."""
    (tmp_path / "routes.json").write_text(f"{BOM}[{DACH}]", "utf-8")
    (route,) = Config.from_context({"routes": f"@{tmp_path}/routes.json"}).routes
    assert route.name == "dach"
