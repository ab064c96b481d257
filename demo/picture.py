"""`python -m demo.picture`: draws docs/demo.png, the README's picture, from the demo's page.

It needs Chromium or Chrome and nothing else; run `make demo` first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from .__main__ import PAGE

PICTURE = Path("docs", "demo.png")

SCENES = ("A new opportunity", "Nobody answered")
"""The titles of the scenes in the picture: as many as fit a README."""

WIDTH = 1400

FONT = "Arial, 'Liberation Sans', sans-serif"
"""The same metrics on every system; default fonts differ widely."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_TITLE = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_HEIGHT = re.compile(r'data-height="(\d+)"')
# The page itself runs no script and forbids it; this copy of it measures itself.
_MEASURE = (
    "<script>window.top.document.documentElement.dataset.height ="
    " Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)</script>"
)
_NARROWEST = 500
"""Chromium's windows are no narrower; what is gets a frame of its own."""


class PictureError(Exception):
    """The picture cannot be drawn; one line that says what is missing."""


def main() -> int:
    """Draw the picture; return 1, with one line on stderr, if that is impossible."""
    try:
        draw(_needed_browser(), extract(_page()), PICTURE, width=WIDTH, scheme="light")
    except PictureError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{PICTURE} ({PICTURE.stat().st_size // 1024} KB)\n")
    return 0


def extract(page: str, titles: Sequence[str] = SCENES) -> str:
    """Return the page with only these scenes; raise PictureError if one is missing."""
    found = _TITLE.findall(page)
    missing = [title for title in titles if escape(title) not in found]
    if missing:
        raise PictureError(f"{PAGE} has no scene {missing[0]!r}: run `make demo`")
    shown = ", ".join(f":nth-child({found.index(escape(title)) + 1})" for title in titles)
    return styled(
        page,
        f".timeline > li:not({shown}), h1, .totals, .legend, .gap, .bottom {{ display: none }}"
        " .top { padding-block: 1.5rem 0.75rem } main { padding-bottom: 1px }",
    )


def styled(page: str, style: str) -> str:
    """Return a copy of a page, with this style, that can measure itself."""
    added = f"<style>{style} body {{ font-family: {FONT} }}</style>"
    return _POLICY.sub("", page).replace("</head>", f"{added}</head>") + _MEASURE


def browser() -> str | None:
    """Return the browser to draw with, if there is one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def _needed_browser() -> str:
    found = browser()
    if found is None:
        raise PictureError(f"a browser is needed to draw {PICTURE}: {', '.join(_BROWSERS[:3])}")
    return found


def _page() -> str:
    try:
        return PAGE.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PictureError(f"there is no {PAGE} yet: run `make demo`") from None


def draw(browser: str, page: str, target: Path, *, width: int, scheme: str) -> None:
    """Draw a page of `styled` as high as it is; raise PictureError if that is impossible."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "picture.html")
        copy.write_text(page if width >= _NARROWEST else _framed(page, width), encoding="utf-8")
        options = (f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",)
        measured = _HEIGHT.search(_run(browser, copy, (width, 1000), *options, "--dump-dom"))
        if measured is None:
            raise PictureError(f"{browser} did not measure the page")
        target.parent.mkdir(exist_ok=True)
        size = (width, int(measured[1]))
        _run(browser, copy, size, *options, f"--screenshot={target.absolute()}")


def _framed(page: str, width: int) -> str:
    return (
        "<!doctype html><style>body { margin: 0 } iframe { display: block; border: 0; height:"
        f' 100vh; width: {width}px }}</style><iframe srcdoc="{escape(page)}"></iframe>'
    )


def _run(browser: str, page: Path, size: tuple[int, int], *options: str) -> str:
    command = (
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
        f"--user-data-dir={page.parent / 'profile'}",
        f"--window-size={size[0]},{size[1]}",
        *options,
        page.as_uri(),
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise PictureError(f"{browser} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
