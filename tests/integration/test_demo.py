"""The demo: its story holds, its page shows it, and it does not pretend when it does not hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import picture
from demo.story import HOSTILE

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("demo")  # The story is played once, not once a worker.

BROKEN = """
import sys
from demo import __main__ as demo, theatre

def play(theatre_):
    theatre_.scene("Connected", "", receives=theatre.both("41 new invitations"))

sys.exit(demo.main(play))
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a finished demo left."""

    console: str
    page: str


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder of its own, as `make demo` does in the repository."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "lambdas", ROOT))),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo")
    done = run(folder, "-m", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    page = (folder / "build" / "demo.html").read_text(encoding="utf-8")
    return Shown(done.stdout, page)


def test_the_console_tells_the_story_in_plain_rows(shown: Shown) -> None:
    """Without a terminal there is no colour; each scene has its row, and a summary ends it."""
    assert "\x1b" not in shown.console
    assert "\r" not in shown.console
    for row in (
        r"Mon 02 Mar  09:00     2      1  Connected",
        r"Mon 02 Mar  09:05     -      -  Nothing new, so not a word",
        r"Mon 02 Mar  14:20     2      2  41 invitations arrive at once",
        r"Mon 16 Mar  14:40     -      1  Slack is down, email goes on",
        r"Mon 16 Mar  15:59     2      -  Slack is back and catches up",
        "! run failed: slack: HTTP 503",
        "! metric FailedSlack: 1",
    ):
        assert row in shown.console
    tail = shown.console.rpartition("\n\n")[2]
    for line in (
        r"^Runs +\d+, of which 4 failed while Slack was down$",
        r"^Messages +21 in Slack, 19 by email$",
        r"^Calls +Partner Central \d+, .*Slack 30$",
        r"^Page +build/demo.html$",
    ):
        assert re.search(line, tail, re.MULTILINE)


def slack_at(page: str, scene: str) -> str:
    """Return the HTML of what Slack showed in a scene."""
    (step,) = [part for part in page.split("<li>") if f">{scene}</h2>" in part]
    panes: list[str] = re.findall(r"<section.*?</section>", step, re.DOTALL)
    return panes[0]


def test_the_page_shows_both_channels(shown: Shown) -> None:
    """Every message that arrived, where it arrived; leads have a channel of their own."""
    assert "<b>21</b> Slack messages" in shown.page
    assert shown.page.count('<article class="mail-message">') == 19
    assert "# leads" in slack_at(shown.page, "A new lead")
    assert "# leads" not in slack_at(shown.page, "A new opportunity")


def test_an_account_plan_is_shown_through_its_life(shown: Shown) -> None:
    """New, with whom to call and when; reminded of in its thread; and one line at its end."""
    new = slack_at(shown.page, "An account plan")
    assert "New account plan: Brightwater: account plan for 2027" in new
    assert "in the morning, America/Chicago time (UTC\N{MINUS SIGN}06:00)" in new
    assert 'class="thread"' in slack_at(shown.page, "Nobody has planned yet")
    accepted = slack_at(shown.page, "The account plan is accepted")
    assert "✅ Brightwater: account plan for 2027 · from AWS" in accepted


def test_the_page_shows_threads_and_cards_as_slack_does(shown: Shown) -> None:
    """What is broadcast stands in the channel too, and a card changes where it is updated."""
    reminder, lost = (slack_at(shown.page, s) for s in ("Three days left", "Nobody answered"))
    assert 'class="thread"' in reminder
    assert "replied to a thread" not in reminder
    assert "replied to a thread" in lost
    assert "(edited)" in lost
    accepted = slack_at(shown.page, "Accepted in time")
    assert "✅ Nordhafen: warehouse system to AWS · from AWS" in accepted
    assert "<h4" not in accepted
    assert shown.page.count('class="step changed"') == 4


def test_the_page_is_safe_to_open(shown: Shown) -> None:
    """A hostile title is words, and nothing is fetched or run."""
    words = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert f"New opportunity: {words}</h4>" in shown.page
    assert 'class="mention"' not in shown.page
    messages = re.findall(r'<article class="slack-message">.*?</article>', shown.page, re.DOTALL)
    assert 'href="https://evil.example' not in "".join(messages)
    assert not re.search(r"<(?:script|img|iframe|link|object|embed)\b", shown.page)
    assert not re.search(r"\bsrc=|url\(|@import", shown.page)
    assert "default-src 'none'" in shown.page


def test_the_picture_shows_scenes_that_the_page_has(shown: Shown) -> None:
    """The README's picture is made from the page, and says so if it cannot be."""
    for title in picture.SCENES:
        assert f">{title}</h2>" in picture.extract(shown.page)
    with pytest.raises(picture.PictureError, match="has no scene 'Gone'"):
        picture.extract(shown.page, ("Gone",))


def test_a_demo_that_is_not_as_told_ends_with_1_and_one_line(tmp_path: Path) -> None:
    """That line holds what was received and what the story says, and no page is drawn."""
    done = run(tmp_path, "-c", BROKEN)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The demo is not as the story says: Connected (2026-03-02T08:00Z): ")
    assert "email received ['Connected to the AWS catalog: 0 invitations pending.']" in line
    assert "the story says ['41 new invitations']" in line
    assert not (tmp_path / "build").exists()
