"""An email as a subscriber sees it in the inbox."""

from __future__ import annotations

from demo.page.clock import Reader, stamp, time_of_day
from demo.page.fold import folded, line
from demo.page.markup import Html, esc, icon, linked, tag
from demo.page.story import Mail

SENDER_NAME = "AWS Notifications"
SENDER_ADDRESS = "no-reply@sns.amazonaws.com"


def message(mail: Mail, reader: Reader) -> Html:
    """Return one email, with the web addresses in it as links."""
    lines = [line(linked(words)) for words in mail.text.rstrip().splitlines()]
    text = folded(lines, most=reader.most)
    subject = tag("h4", esc(mail.subject), class_="subject", dir="auto")
    body = tag("div", text, class_="body")
    return tag("article", _head(reader), subject, body, class_="mail-message")


def _head(reader: Reader) -> Html:
    local = reader.local(reader.now)
    sender = tag(
        "p",
        tag("b", esc(SENDER_NAME), class_="name"),
        tag("span", esc(f"<{SENDER_ADDRESS}>"), class_="address"),
        class_="sender",
    )
    avatar = tag("span", icon("mail"), class_="avatar")
    when = stamp(reader.now, f"{local:%b} {local.day}, {time_of_day(local)}")
    return tag("header", avatar, tag("div", sender, when, class_="who"), class_="mail-head")
