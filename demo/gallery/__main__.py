"""`make gallery`: draw every message on one page, and as pictures if there is a browser."""

from __future__ import annotations

import sys
from pathlib import Path

from demo import picture

from .examples import sections
from .invitations import BERLIN
from .page import render
from .sending import shown

PAGE = Path("build", "gallery.html")
WIDTHS = {"wide": 1400, "narrow": 390}
SCHEMES = ("light", "dark")

_ALONE = ".kinds:not(#{name}), .gallery .top {{ display: none }}"


def main() -> int:
    """Write the page and its pictures; return 1, with one line on stderr, if a picture fails."""
    held = [(section, shown(section.examples)) for section in sections()]
    PAGE.parent.mkdir(exist_ok=True)
    page = render(held, zone=BERLIN)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {sum(len(examples) for _, examples in held)} examples\n")
    browser = picture.browser()
    if browser is None:
        sys.stdout.write("No pictures: there is neither Chromium nor Chrome.\n")
        return 0
    try:
        _draw(browser, page, [section.name for section, _ in held])
    except picture.PictureError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _draw(browser: str, page: str, names: list[str]) -> None:
    for name in names:
        alone = picture.styled(page, _ALONE.format(name=name))
        for size, width in WIDTHS.items():
            for scheme in SCHEMES:
                target = PAGE.with_name(f"gallery-{name}-{size}-{scheme}.png")
                picture.draw(browser, alone, target, width=width, scheme=scheme)
    count = len(names) * len(WIDTHS) * len(SCHEMES)
    sys.stdout.write(f"{PAGE.with_name('gallery-*.png')}: {count} pictures\n")


if __name__ == "__main__":
    sys.exit(main())
