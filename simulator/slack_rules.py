"""What Slack takes for a message, and the error it gives for what it does not take.

https://docs.slack.dev/reference/block-kit/blocks and the pages of each block below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

MAX_BLOCKS = 50
MAX_ATTACHMENTS = 100
MAX_TEXT = 40_000
"""https://docs.slack.dev/reference/methods/chat.postMessage"""
MAX_BLOCKS_TEXT = 10_000
"""Undocumented: beyond it Slack has been seen to answer msg_blocks_too_long."""

HEADER_TEXT = 150
SECTION_TEXT = 3000
FIELDS = 10
FIELD_TEXT = 2000
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
URL = 3000
ALT_TEXT = 2000
BLOCK_ID = 255
ACTION_ID = 255

Check = Callable[[Any], bool]
Json = Mapping[str, Any]


def refusal(payload: Json) -> str | None:
    """Return Slack's name for what is wrong with a message, or None."""
    text, blocks = payload.get("text"), payload.get("blocks")
    attachments = payload.get("attachments")
    attachments = attachments if isinstance(attachments, list) else []
    errors = (
        ("invalid_payload", not isinstance(text, str | None)),
        ("no_text", not (text or blocks or attachments)),
        ("too_many_attachments", len(attachments) > MAX_ATTACHMENTS),
        ("invalid_blocks", bool(blocks) and not _are_blocks(blocks)),
        ("msg_blocks_too_long", sum(map(len, _texts(blocks))) > MAX_BLOCKS_TEXT),
        ("msg_too_long", len(str(text or "")) > MAX_TEXT),
        ("invalid_metadata_format", not _is_metadata(payload.get("metadata"))),
    )
    return next((name for name, is_so in errors if is_so), None)


def _are_blocks(blocks: Any) -> bool:
    if not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS:
        return False
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict)]
    named = [block_id for block_id in ids if block_id is not None]
    return all(map(_is_block, blocks)) and len(named) == len(set(map(str, named)))


def _is_block(block: Any) -> bool:
    kind = block.get("type") if isinstance(block, dict) else None
    return isinstance(kind, str) and kind in _BLOCKS and _BLOCKS[kind](block)


def _structure(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    *,
    any_of: tuple[str, ...] = (),
) -> Check:
    """Return a check for an object with these members, `type` aside, and no others."""
    members = {**required, **(optional or {}), "type": _is_string}

    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys()
            and value.keys() <= members.keys()
            and all(members[name](member) for name, member in value.items())
            and (not any_of or any(name in value for name in any_of))
        )

    return check


def _list(of: Check, least: int, most: int) -> Check:
    return lambda v: isinstance(v, list) and least <= len(v) <= most and all(map(of, v))


def _one_of(checks: Mapping[str, Check]) -> Check:
    """Return a check that goes by the value's `type`."""

    def check(value: Any) -> bool:
        kind = value.get("type") if isinstance(value, dict) else None
        return isinstance(kind, str) and kind in checks and checks[kind](value)

    return check


def _string(most: int, least: int = 0) -> Check:
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _plain(most: int) -> Check:
    return _one_of({"plain_text": _structure({"text": _string(most, 1)}, {"emoji": _is_flag})})


def _any_text(most: int) -> Check:
    mrkdwn = _structure({"text": _string(most, 1)}, {"verbatim": _is_flag})
    return _one_of({"plain_text": _plain(most), "mrkdwn": mrkdwn})


def _is_metadata(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and isinstance(value.get("event_type"), str)
        and isinstance(value.get("event_payload"), dict)
    )


def _texts(value: Any) -> Iterator[str]:
    """Yield every text that blocks show, wherever it stands."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for member in value.values():
            yield from _texts(member)


_ID = {"block_id": _string(BLOCK_ID)}
_IMAGE = _structure({"image_url": _string(URL, 1), "alt_text": _string(ALT_TEXT)})
_BUTTON = _structure(
    {"text": _plain(BUTTON_TEXT)},
    {
        "action_id": _string(ACTION_ID),
        "url": _string(URL),
        "value": _string(BUTTON_VALUE),
        "style": lambda value: value in ("primary", "danger"),
        "accessibility_label": _string(BUTTON_TEXT),
    },
)
_CONTEXT_ELEMENT = _one_of(
    {"image": _IMAGE, "plain_text": _any_text(FIELD_TEXT), "mrkdwn": _any_text(FIELD_TEXT)}
)
_RICH_TEXT_ELEMENT = _one_of(
    dict.fromkeys(
        ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"),
        lambda element: isinstance(element.get("elements"), list),
    )
)
_BLOCKS: dict[str, Check] = {
    "header": _structure({"text": _plain(HEADER_TEXT)}, _ID),
    "section": _structure(
        {},
        {
            "text": _any_text(SECTION_TEXT),
            "fields": _list(_any_text(FIELD_TEXT), 1, FIELDS),
            "accessory": _one_of({"button": _BUTTON, "image": _IMAGE}),
            "expand": _is_flag,
            **_ID,
        },
        any_of=("text", "fields"),
    ),
    "context": _structure({"elements": _list(_CONTEXT_ELEMENT, 1, CONTEXT_ELEMENTS)}, _ID),
    "divider": _structure({}, _ID),
    "actions": _structure(
        {"elements": _list(_one_of({"button": _BUTTON}), 1, ACTION_ELEMENTS)}, _ID
    ),
    "image": _structure(
        {"image_url": _string(URL, 1), "alt_text": _string(ALT_TEXT)},
        {"title": _plain(ALT_TEXT), **_ID},
    ),
    "rich_text": _structure({"elements": _list(_RICH_TEXT_ELEMENT, 1, MAX_BLOCKS)}, _ID),
}
