"""Routes as a deployer writes them; one line for each mistake, with the route that it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier import settings
from notifier.core.model import DEFAULT_ROUTE
from notifier.core.recipients import recipient
from notifier.core.routes import CONDITIONS, Route, is_email
from notifier.core.text import clean
from notifier.settings import Reader, many, matching, one

from . import countries, industries, lossless, payload_types
from .refusal import Need, refusal, refuse_unmet, shown, unknown

if TYPE_CHECKING:
    from .config import Config

MOST = 20
"""More would hardly be read before the first one that takes an invitation is found."""

_LIST = "a list of routes, as JSON or as @ and the name of a file"
_ROUTE = 'an object such as {"name": "dach", "when": {"country": ["DE", "AT", "CH"]}}'
_NAME = "1 to 20 of the characters a-z, 0-9 and -, the first one a letter"
_WHEN = f"an object with at least one of {', '.join(CONDITIONS)}"
_TEXTS = "a text, or a list of at least one text, none of them blank"
_LONGEST = 300
"""Characters of a text that the function keeps; a longer one would never be found in it."""

_READERS: Mapping[str, Reader] = {
    "slack_channel": one(settings.slack_channel),
    "mention": one(settings.mention),
    "emails": many(settings.email),
    "escalate_hours": settings.escalate_hours,
    "escalate_to": settings.escalate_to,
}
KEYS = ("name", "when", *_READERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredRoute(Route):
    """A route as it is configured: with the addresses of which the function knows the ids."""

    emails: tuple[str, ...] = ()


def read(value: object) -> tuple[ConfiguredRoute, ...]:
    """Read routes: a list, its JSON, or `@` and the name of a file that holds it."""
    given = _parsed(value.strip()) if isinstance(value, str) else value
    if not isinstance(given, list):
        raise ValueError(_LIST)  # noqa: TRY004  (what a reader raises)
    if len(given) > MOST:
        raise ValueError(f"at most {MOST} routes, not {len(given)}")
    found: list[ConfiguredRoute] = []
    for place, entry in enumerate(given, start=1):
        found.append(_route(place, entry, found))
    return tuple(found)


def refuse_contradictions(config: Config) -> None:
    """Raise ConfigError for what the rest of the configuration makes useless or impossible."""
    for route in config.routes:
        refuse_unmet(
            Need(_what(route.name, key), value, is_met, allowed)
            for key, value, is_met, allowed in _needs(route, config)
        )
        if not (config.slack or route.emails or config.emails_hear_all):
            allowed = "at least one email address while slack is false, or emails_hear_all"
            raise refusal(_what(route.name, "emails"), [], allowed)


def advice(config: Config) -> Iterator[str]:
    """Yield a line for each condition that holds for less than it seems to."""
    for route in config.routes:
        for text in route.when.get("industry", ()):
            if problem := industries.problem(text):
                yield f"context key routes, route {route.name}: industry {shown(text)} {problem}"


def _needs(route: ConfiguredRoute, config: Config) -> Iterator[tuple[str, object, object, str]]:
    """Yield a route's values that depend on other keys, whether they may be, what is allowed."""
    allowed = "no value while slack is false"
    yield "slack_channel", route.slack_channel, config.slack, allowed
    yield "mention", route.mention, config.slack, allowed
    allowed = "neither country nor industry while details is none, for only the details say them"
    yield "when", dict(route.when), config.details == "full" or not route.asks_details, allowed
    listed, types = config.payload_types, route.when.get("payload_type", ())
    allowed = f"types that are in payload_types: {', '.join(listed)}"
    yield "payload_type", types, not listed or _folded(types) <= _folded(listed), allowed
    hours, to = route.escalate_hours, route.escalate_to
    is_reached = config.slack or all(map(is_email, to))
    yield "escalate_to", to, is_reached, "email addresses while slack is false"
    allowed = "no value without escalate_hours, here or at the top"
    yield "escalate_to", to, hours or config.escalate_hours, allowed
    allowed = "no value without escalate_to, here or at the top"
    yield "escalate_hours", hours, to or config.escalate_to, allowed


def _parsed(text: str) -> object:
    """Return what a text, or the file that it names, holds; an empty text is no route."""
    if not text:
        return []
    if text.startswith("@"):
        text = _content(Path(text[1:]))
    try:
        return lossless.parsed(text)
    except ValueError as error:
        problem = str(error)
    raise ValueError(f"{_LIST} ({problem})")


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        problem = error.strerror
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    raise ValueError(f"{_LIST} ({problem})")


def _route(place: int, entry: object, before: Sequence[Route]) -> ConfiguredRoute:
    if not isinstance(entry, dict):
        raise refusal(f"routes: route {place}", entry, _ROUTE)
    given = {key: value for key, value in entry.items() if value is not None}
    name = _name(place, given.get("name"), before)
    for key in given:
        if key not in KEYS:
            raise unknown(f"routes: route {name}: key ", key, KEYS)
    values = {
        key: _read(name, key, reader, given[key])
        for key, reader in _READERS.items()
        if key in given
    }
    ids = tuple(map(recipient, values.get("emails", ())))
    route = ConfiguredRoute(
        name=name, when=_when(name, given.get("when")), recipients=ids, **values
    )
    _refuse_what_another_takes(route, before)
    return route


def _name(place: int, given: object, before: Sequence[Route]) -> str:
    name = str(_read(place, "name", one(matching(r"[a-z][a-z0-9-]{0,19}", _NAME)), given))
    if name == DEFAULT_ROUTE:
        allowed = "another name: default is the route of what no other takes"
        raise refusal(_what(place, "name"), name, allowed)
    for number, route in enumerate(before, start=1):
        if route.name == name:
            raise refusal(_what(place, "name"), name, f"another name: route {number} has it")
    return name


def _when(route: str, given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict) or not given:
        raise refusal(_what(route, "when"), given, _WHEN)
    for name in given:
        if name not in CONDITIONS:
            raise unknown(f"routes: route {route}: condition ", name, CONDITIONS)
    return {
        name: _read(route, name, _CONDITIONS.get(name, _texts), values)
        for name, values in given.items()
    }


def _texts(value: object) -> tuple[str, ...]:
    """Read what is compared with texts of invitations, cleaned as they are."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        raise ValueError(_TEXTS)
    cleaned = [clean(text, limit=_LONGEST + 1) for text in texts]
    words = [" ".join(text.split()) for text in cleaned if text]
    if len(words) < len(texts):
        raise ValueError(_TEXTS)
    if max(map(len, words)) > _LONGEST:
        raise ValueError(f"texts of at most {_LONGEST} characters, which is all that is compared")
    return tuple(dict.fromkeys(words))


def _types(value: object) -> tuple[str, ...]:
    return tuple(map(payload_types.in_any_case, _texts(value)))


def _countries(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(countries.exact, _texts(value))))


_CONDITIONS: Mapping[str, Reader] = {"payload_type": _types, "country": _countries}
"""Those whose values are known."""


def _refuse_what_another_takes(route: Route, before: Sequence[Route]) -> None:
    for earlier in before:
        if earlier.takes_all_of(route):
            allowed = f"what does not all go to route {earlier.name}, which comes first"
            raise refusal(_what(route.name, "when"), dict(route.when), allowed)


def _folded(texts: Iterable[str]) -> set[str]:
    return {text.casefold() for text in texts}


def _read(route: str | int, key: str, reader: Reader, value: object) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        refused = refusal(_what(route, key), value, str(error))
    raise refused


def _what(route: str | int, key: str) -> str:
    return f"routes: route {route}: {key}"
