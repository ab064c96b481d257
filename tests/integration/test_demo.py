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
    theatre_.scene("Connected", "", receives={receives})

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
    """Without a terminal there is no colour, and each scene has its row with the counts."""
    assert "\x1b" not in shown.console
    assert "\r" not in shown.console
    for row in (
        r"Mon 02 Mar  09:00     2      1  Connected",
        r"Mon 02 Mar  09:05     -      -  Nothing new, so not a word",
        r"Mon 02 Mar  14:20     2      2  41 invitations arrive at once",
        r"Wed 04 Mar  09:30     1      1  An account plan",
        r"Thu 05 Mar  11:00     -      -  Somebody accepts the lead",
        r"Fri 06 Mar  12:02     1      1  Nobody has planned yet",
        r"Fri 06 Mar  12:05     -      -  A reminder that is not needed",
        r"Fri 06 Mar  14:20     -      -  The account plan is accepted",
        r"Mon 09 Mar  09:00     2      1  The Monday digest",
        r"Fri 13 Mar  17:00     1      1  Friday, five o'clock, instead of Sunday",
        r"Mon 16 Mar  09:00     1      1  The second Monday",
        r"Mon 16 Mar  10:02     1      1  Nobody answered",
        r"Mon 16 Mar  14:40     -      1  Slack is down, email goes on",
        r"Mon 16 Mar  15:59     2      -  Slack is back and catches up",
    ):
        assert row in shown.console
    assert "! run failed: slack: HTTP 503" in shown.console
    assert "! metric FailedSlack: 1" in shown.console


def test_the_console_ends_with_a_summary(shown: Shown) -> None:
    """Runs, invitations, messages, calls and where the page is."""
    tail = shown.console.rpartition("\n\n")[2]
    assert re.search(r"^Runs +\d+, of which 4 failed while Slack was down$", tail, re.MULTILINE)
    assert re.search(r"^Invitations +47$", tail, re.MULTILINE)
    assert re.search(r"^Messages +21 in Slack, 19 by email$", tail, re.MULTILINE)
    assert re.search(r"^Cards +5 updates$", tail, re.MULTILINE)
    assert re.search(r"^Calls +Partner Central \d+, .*Slack 30$", tail, re.MULTILINE)
    assert re.search(r"^Page +build/demo.html$", tail, re.MULTILINE)


def slack_at(page: str, scene: str) -> str:
    """Return the HTML of what Slack showed in a scene."""
    (step,) = [part for part in page.split("<li>") if f">{scene}</h2>" in part]
    panes: list[str] = re.findall(r"<section.*?</section>", step, re.DOTALL)
    return panes[0]


def test_the_page_shows_both_channels(shown: Shown) -> None:
    """Every message that arrived is on the page, on the channel on which it arrived."""
    assert "<b>21</b> Slack messages" in shown.page
    assert shown.page.count('<article class="mail-message">') == 19
    for hours in ("3 days", "24 hours", "4 hours"):
        headline = f"Under {hours} left: Nordhafen: warehouse system to AWS"
        assert f"⏳ {headline}</h4>" in shown.page
        assert shown.page.count(f">{headline}</h4>") == 1


def test_leads_have_a_channel_of_their_own(shown: Shown) -> None:
    """Their alerts and their digest are there, and what concerns nobody there is not."""
    assert "# leads" in slack_at(shown.page, "A new lead")
    assert "# leads" not in slack_at(shown.page, "A new opportunity")
    monday = slack_at(shown.page, "The Monday digest")
    assert (monday.count("# leads"), monday.count("# invitations")) == (1, 1)


def test_an_account_plan_is_shown_through_its_life(shown: Shown) -> None:
    """New, with whom to call and when; reminded of in its thread; and one line at its end."""
    new = slack_at(shown.page, "An account plan")
    assert "New account plan: Brightwater: account plan for 2027" in new
    assert "in the morning, America/Chicago time (UTC\N{MINUS SIGN}06:00)" in new
    assert 'class="thread"' in slack_at(shown.page, "Nobody has planned yet")
    accepted = slack_at(shown.page, "The account plan is accepted")
    assert "✅ Brightwater: account plan for 2027 · from AWS" in accepted


@pytest.mark.parametrize(
    ("scene", "where"),
    [
        ("Three days left", ("thread",)),
        ("Four hours left", ("thread", "replied to a thread")),
        ("Friday, five o&#x27;clock, instead of Sunday", ("thread", "replied to a thread")),
        ("Nobody answered", ("thread", "replied to a thread", "(edited)")),
    ],
)
def test_reminders_stand_in_the_thread_of_their_card(
    shown: Shown, scene: str, where: tuple[str, ...]
) -> None:
    """The last one, and the loss, are shown in the channel too."""
    slack = slack_at(shown.page, scene)
    assert 'class="thread"' in slack
    assert all(words in slack for words in where)
    assert ("replied to a thread" in slack) == (len(where) > 1)


def test_cards_change_in_the_step_of_their_update(shown: Shown) -> None:
    """An accepted one is one line, a moved expiry date is on its card, and nobody is told."""
    accepted = slack_at(shown.page, "Accepted in time")
    assert "✅ Nordhafen: warehouse system to AWS · from AWS" in accepted
    assert "<b>accepted</b>" in accepted or "<strong>accepted</strong>" in accepted
    assert "<h4" not in accepted
    assert "(edited)" in slack_at(shown.page, "The expiry date moves")
    assert shown.page.count('class="step changed"') == 4


def test_the_page_shows_a_hostile_title_as_words(shown: Shown) -> None:
    """Nobody is pinged, and there is no link to where the title wants one."""
    words = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert f"New opportunity: {words}</h4>" in shown.page
    assert 'class="mention"' not in shown.page
    slack = "".join(
        re.findall(r'<article class="slack-message">.*?</article>', shown.page, re.DOTALL)
    )
    assert 'href="https://evil.example' not in slack


def test_the_page_loads_nothing_from_outside(shown: Shown) -> None:
    """It has links to follow, and nothing that a browser would fetch or run."""
    assert not re.search(r"<(?:script|img|iframe|link|object|embed)\b", shown.page)
    assert not re.search(r"\bsrc=|url\(|@import", shown.page)
    assert "default-src 'none'" in shown.page


def test_the_picture_shows_scenes_that_the_page_has(shown: Shown) -> None:
    """The README's picture is made from the page, and says so if it cannot be."""
    for title in picture.SCENES:
        assert f">{title}</h2>" in picture.extract(shown.page)
    with pytest.raises(picture.PictureError, match="has no scene 'Gone'"):
        picture.extract(shown.page, ("Gone",))


@pytest.mark.parametrize(
    ("receives", "complaint"),
    [
        (
            "theatre.SILENCE",
            "email received ['Connected to the AWS catalog: 0 invitations pending.']",
        ),
        ("theatre.both('41 new invitations')", "the story says ['41 new invitations']"),
        ("theatre.both(*2 * ['Connected to the AWS catalog'])", "the story says ['Connected"),
    ],
)
def test_a_demo_that_is_not_as_told_ends_with_1_and_one_line(
    tmp_path: Path, receives: str, complaint: str
) -> None:
    """That line holds what was received and what the story says, and no page is drawn."""
    done = run(tmp_path, "-c", BROKEN.format(receives=receives))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The demo is not as the story says: Connected (2026-03-02T08:00Z): ")
    assert complaint in line
    assert not (tmp_path / "build").exists()
