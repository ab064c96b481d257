"""Slack over HTTP: one webhook, and the part of the Web API that posts and updates messages."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from .answers import Answer, Request, json_answer, text_answer
from .pace import Bucket
from .server import Server
from .slack_http import SlackError, arguments_of, json_object, refused
from .slack_rules import refusal
from .wire import Wire

# Made up, but of the length and shape of real ones.
TEAM = "T0SIMULATED"
WEBHOOK_PATH = f"/services/{TEAM}/B0SIMULATED/madeUpSecretForSimulator"
BOT_TOKEN = "xoxb-made-up-for-the-simulator"
CHANNEL = "C0PARTNERS"

MESSAGES_PER_SECOND = 1.0
"""Per channel: https://docs.slack.dev/apis/web-api/rate-limits"""
BURST = 3
"""Slack tolerates "short bursts" without saying how short: a guess."""

SCOPES = ("chat:write", "channels:read")

TOKEN_ERRORS = frozenset({"account_inactive", "invalid_auth", "token_expired", "token_revoked"})
"""What auth.test answers too; the other errors are about a channel or a message."""

Via = Literal["webhook", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message that Slack accepted; `raw` is the request's body, `at` simulated time."""

    at: datetime
    raw: bytes = field(repr=False)
    payload: dict[str, Any]
    via: Via
    channel: str
    ts: str
    thread_ts: str | None


@dataclass(slots=True)
class Place:
    """How a channel or a person stands; a message to one that is no member's is refused."""

    id: str
    is_member: bool = True
    is_archived: bool = False
    bucket: Bucket = field(default_factory=Bucket)

    @property
    def webhook_path(self) -> str:
        return WEBHOOK_PATH if self.id == CHANNEL else f"{WEBHOOK_PATH}{self.id}"


class Slack:
    """Slack at `base_url`. Thread-safe.

    `posts` and `updates` hold what was accepted. `rate` is how many messages a second a channel
    takes, after `burst` at once, in real time; None lifts the limit. `down` answers everything
    with 503, `refuse_with` with that error, `redirect_to` with a redirect there. `scopes` are the
    bot token's. `place` is the channel that the secret names, and `open` makes others.
    """

    webhook_url = f"https://hooks.slack.com{WEBHOOK_PATH}"
    bot_token = BOT_TOKEN
    channel = CHANNEL

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.RLock()
        self._methods: dict[str, Callable[[dict[str, Any], bytes], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "conversations.info": self._conversations_info,
        }
        self.reset()
        self._server = Server(self._answer, wire.errors)
        self.base_url = self._server.url

    def reset(self) -> None:
        """Make it as new: no messages, in service, the rate limit on."""
        with self._lock:
            self.posts: list[Post] = []
            self.updates: list[Post] = []
            self._deleted: set[str] = set()
            self.down = False
            self.refuse_with: str | None = None
            self.redirect_to: str | None = None
            self.scopes: tuple[str, ...] = SCOPES
            self.place = Place(CHANNEL)
            self._places = {CHANNEL: self.place}
            self.rate: float | None = MESSAGES_PER_SECOND
            self.burst = BURST
            self._last_ts = 0

    def close(self) -> None:
        self._server.close()

    def open(self, id_: str) -> Place:
        """Make a channel, or a person, that can be posted to."""
        with self._lock:
            return self._places.setdefault(id_, Place(id_))

    def webhook_of(self, place: Place) -> str:
        return f"https://hooks.slack.com{place.webhook_path}"

    def on(self, place: Place) -> list[Post]:
        """Return what was posted in one place."""
        return [post for post in self.posts if post.channel == place.id]

    def delete(self, ts: str) -> None:
        """Delete a message, as somebody in the channel does."""
        with self._lock:
            self._deleted.add(ts)

    def shown(self) -> list[Post]:
        """Return what the channel shows now: every message that is left, as last updated."""
        with self._lock:
            latest = {post.ts: post for post in self.posts}
            latest |= {u.ts: replace(u, thread_ts=latest[u.ts].thread_ts) for u in self.updates}
            return [post for ts, post in latest.items() if ts not in self._deleted]

    def _answer(self, request: Request) -> Answer:
        method = request.path.removeprefix("/api/")
        is_api = method != request.path
        operation = method if is_api else "webhook"
        effect = functools.partial(self._operate, request, method if is_api else None)
        return self._wire.carry(request, "slack", operation, effect)

    def _operate(self, request: Request, method: str | None) -> Answer:
        if self.redirect_to is not None:
            return Answer(302, headers=(("Location", self.redirect_to),))
        try:
            with self._lock:
                return self._in_service(request, method)
        except SlackError as error:
            return refused(str(error), is_api=method is not None)

    def _in_service(self, request: Request, method: str | None) -> Answer:
        if self.down:
            raise SlackError("service_unavailable")
        if method is None:
            self._webhook(request)
            return text_answer(200, "ok")
        # https://docs.slack.dev/authentication/installing-with-oauth: scopes are in a header.
        answer = json_answer(200, {"ok": True} | self._call(request, method))
        scopes = ("X-OAuth-Scopes", ",".join(self.scopes))
        return Answer(answer.status, answer.body, (*answer.headers, scopes))

    def _webhook(self, request: Request) -> None:
        found = [p for p in self._places.values() if p.webhook_path == request.path]
        if request.method != "POST" or not found:
            raise SlackError("no_service")
        if found[0].is_archived:
            raise SlackError("channel_is_archived")
        payload = json_object(request.body, "invalid_payload")
        self._accept(payload, request.body, "webhook", found[0])

    def _call(self, request: Request, method: str) -> dict[str, Any]:
        arguments = arguments_of(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = arguments.pop("token", bearer)
        if token != self.bot_token:
            raise SlackError("invalid_auth" if token else "not_authed")
        if method not in self._methods:
            raise SlackError("unknown_method")
        return self._methods[method](arguments, request.body)

    def _auth_test(self, _arguments: dict[str, Any], _raw: bytes) -> dict[str, Any]:
        if self.refuse_with in TOKEN_ERRORS:
            raise SlackError(self.refuse_with)
        return {"team_id": TEAM, "user_id": "U0SIMULATED", "bot_id": "B0SIMULATED"}

    def _conversations_info(self, arguments: dict[str, Any], _raw: bytes) -> dict[str, Any]:
        """Answer as https://docs.slack.dev/reference/methods/conversations.info does."""
        if "channels:read" not in self.scopes:
            raise SlackError("missing_scope")
        place = self._place(arguments)
        standing = {"is_member": place.is_member, "is_archived": place.is_archived}
        return {"channel": {"id": place.id, "name": "partners", **standing}}

    def _post_message(self, arguments: dict[str, Any], raw: bytes) -> dict[str, Any]:
        place = self._writable(arguments)
        thread = arguments.get("thread_ts")
        if thread in self._deleted:
            # Slack posts it to the channel and says so by what it leaves out of its answer.
            # https://github.com/slack-go/slack/issues/1571
            arguments = {key: value for key, value in arguments.items() if key != "thread_ts"}
        elif thread is not None and self._posted(thread) is None:
            raise SlackError("cannot_reply_to_message")  # Which error Slack gives is unverified.
        post = self._accept(arguments, raw, "bot", place)
        message = {"text": arguments.get("text")}
        message |= {"thread_ts": post.thread_ts} if post.thread_ts else {}
        return {"channel": post.channel, "ts": post.ts, "message": message}

    def _update(self, arguments: dict[str, Any], raw: bytes) -> dict[str, Any]:
        place = self._writable(arguments)
        original = self._posted(arguments.get("ts"))
        if original is None or original.channel != place.id or original.ts in self._deleted:
            raise SlackError("message_not_found")
        if original.via != "bot":
            raise SlackError("cant_update_message")
        self._check_message(arguments)
        # https://docs.slack.dev/reference/methods/chat.update: blocks are kept unless others come.
        (now,) = (post for post in self.shown() if post.ts == original.ts)
        payload = {key: now.payload[key] for key in ("blocks",) if key in now.payload} | arguments
        self.updates.append(_post(payload, raw, "bot", original.channel, original.ts))
        return {"channel": original.channel, "ts": original.ts, "text": arguments.get("text", "")}

    def _accept(self, payload: dict[str, Any], raw: bytes, via: Via, place: Place) -> Post:
        self._check_message(payload)
        if self.rate is not None and not place.bucket.admits(self.rate, self.burst):
            raise SlackError("ratelimited")
        post = _post(payload, raw, via, place.id, self._next_ts())
        self.posts.append(post)
        return post

    def _place(self, arguments: dict[str, Any]) -> Place:
        found = self._places.get(str(arguments.get("channel")))
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def _writable(self, arguments: dict[str, Any]) -> Place:
        """Return where to write, as a bot.

        https://docs.slack.dev/reference/methods/chat.postMessage#errors
        """
        place = self._place(arguments)
        if not place.is_member:
            raise SlackError("not_in_channel")
        if place.is_archived:
            raise SlackError("is_archived")
        return place

    def _check_state(self) -> None:
        if self.refuse_with is not None:
            raise SlackError(self.refuse_with)

    def _check_message(self, payload: dict[str, Any]) -> None:
        self._check_state()
        error = refusal(payload)
        if error is not None:
            raise SlackError(error)

    def _posted(self, ts: Any) -> Post | None:
        return next((post for post in self.posts if post.ts == ts), None)

    def _next_ts(self) -> str:
        """Return a timestamp that is unique and grows, whatever the simulated clock does."""
        now = int(datetime.now(UTC).timestamp() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"


def _post(payload: dict[str, Any], raw: bytes, via: Via, channel: str, ts: str) -> Post:
    return Post(
        at=datetime.now(UTC),
        raw=raw,
        payload=payload,
        via=via,
        channel=channel,
        ts=ts,
        thread_ts=payload.get("thread_ts"),
    )
