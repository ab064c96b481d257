"""Web addresses from outside: shown as they are where they lead where they say, else made harmless.

A mail program makes a link of whatever looks like an address, and readers believe its beginning.
"""

from __future__ import annotations

import re

from .text import ELLIPSIS

_PARTS = r"(https?://)?([^/?#@:\\\s]+)(:[0-9]{1,5})?([/?#][^\\\s]*)?"
"""Scheme, host, port and the rest: neither a user before the host nor a space anywhere."""

_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"


def website(text: str) -> str:
    """Return a website as it is shown: in ASCII, an international name beside what it stands for.

    What is none keeps its words; brackets around dots, colons and at signs keep it from being a
    link: `https[:]//console[.]example[@]evil[.]example`.
    """
    parts = re.fullmatch(_PARTS, text, re.IGNORECASE)
    host = parts and _ascii(parts[2])
    if parts is None or host is None or text.endswith(ELLIPSIS):
        return re.sub("[.:@]+", r"[\g<0>]", text)
    scheme, named, port, rest = (part or "" for part in parts.groups())
    shown = f"{scheme}{host}{port}{re.sub('[^!-~]', _escaped, rest)}"
    return shown if named.isascii() else f"{shown} ({named})"


def _escaped(character: re.Match[str]) -> str:
    """Return a character as an address holds it.

    https://www.rfc-editor.org/rfc/rfc3986#section-2.1
    """
    return "".join(f"%{byte:02X}" for byte in character[0].encode())


def _ascii(host: str) -> str | None:
    """Return a host as browsers look it up, or None if it is none or they might disagree."""
    name = host
    if not host.isascii():
        try:
            name = host.encode("idna").decode("ascii")
            is_same = name.encode("ascii").decode("idna") == host.lower()
        except UnicodeError:
            return None
        if not is_same:  # The codec's rules are of 2003: by them ß is ss, and joiners are nothing.
            return None
    return name if re.fullmatch(_HOST, name, re.IGNORECASE) else None
