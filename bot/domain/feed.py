"""Feeds: a chat's address for programs, and every shape in which ids reach it.

Of what a program sends only the ids are believed, and whom it wants mentioned.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NewType
from urllib.parse import parse_qs

from bot.domain.names import TaskName, find_in_text, parse_each
from bot.domain.scrub import holds_key, scrub
from bot.domain.subscription import Destination, Person
from bot.domain.task import Snapshot

FeedId = NewType("FeedId", int)

IDS_LIMIT: Final = 100  # of one body
REFUSED_LIMIT: Final = 20  # of one body; what more is refused is not listed
SHOWN_LIMIT: Final = 80  # characters of what is refused
_TOKENS_LIMIT: Final = 1000  # read of one text
_PASTED_LIMIT: Final = 20_000  # characters read of a pasted call
_DEPTH_LIMIT: Final = 3  # lists and objects within each other

# A promise: every token ever given out fits, and so will those of later releases.
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,128}")
_WHOLE: Final = re.compile(r"\d{1,64}\.0*")
_EXPONENT: Final = re.compile(r"\d(?:\.\d{1,64})?[eE]\+?\d{1,2}")
_ID_OF_PERSON: Final = re.compile(r"(?:<@!?)?(\d{1,20})>?")
_NAME_OF_PERSON: Final = re.compile(r"@?([^\s@<>]{1,64})")
_BETWEEN: Final = re.compile(r"[\s,]*")  # one JSON value and the next
_FORM: Final = re.compile(r"(?:ids?|task_id|taskId|result|for)=")
_PARTS: Final = re.compile(r"--\S{1,80}\s+content-disposition:", re.IGNORECASE)

# Codes of a relay's submit answer that say no, whatever stands beside them; 1 is
# success, 21 waits for a modal or was there before, 22 is queued: those name a task.
_REFUSALS: Final = frozenset({"3", "4", "5", "9", "23", "24", "30", "-1"})
# How languages print that there is nothing: `jq -r .result` says null.
_NO_IDS: Final = frozenset({"null", "none", "undefined", "true", "false"})
_ID_KEYS: Final = ("id", "task_id", "taskId")
_ANSWER_KEYS: Final = frozenset({"code", "success", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A chat's address for programs, made by one person of it.

    Attributes:
        name: For the command line; no secret.
        person: Who is mentioned unless a program names somebody.
        state_prefix: Only tasks whose `state` begins so; "": any.
        action: Only tasks of this action, in capitals; "": any.
        used_at: Correct to a minute; None: never.
        groups: Further names of the place for the allow list; None: not known.
    """

    id: FeedId
    name: str
    destination: Destination
    person: Person
    state_prefix: str = ""
    action: str = ""
    created_at: datetime
    used_at: datetime | None = None
    groups: tuple[str, ...] | None = None

    @property
    def filtered(self) -> bool:
        """Whether only some tasks are wanted."""
        return bool(self.state_prefix or self.action)

    def wants(self, snapshot: Snapshot | None) -> bool | None:
        """Whether a task is among the wanted; None: too little of it was seen."""
        if not self.filtered:
            return True
        if snapshot is None or (snapshot.slim and self.state_prefix):
            return None
        if self.action and (snapshot.action or "").upper() != self.action:
            return False
        return (snapshot.custom_state or "").startswith(self.state_prefix)


class FeedReason(StrEnum):
    """Why something was not watched; a promise to programs."""

    EMPTY = "empty"
    NOT_AN_ID = "not_an_id"
    TOO_MANY = "too_many_ids"
    NOT_ACCEPTED = "not_accepted"
    UNKNOWN_RELAY = "unknown_relay"
    UNKNOWN_TASK = "unknown_task"
    FINISHED = "finished"
    TOLD = "told_before"
    STOPPED = "stopped"
    FILTERED = "filtered"
    CHAT_LIMIT = "chat_limit"
    NOT_ALLOWED = "not_allowed"


MEANINGS: Final[Mapping[FeedReason, str]] = {
    FeedReason.EMPTY: "there is nothing in it",
    FeedReason.NOT_AN_ID: "this is not an id: 1 to 64 of A-Z a-z 0-9 _ -",
    FeedReason.TOO_MANY: f"at most {IDS_LIMIT} ids at once; these were left out",
    FeedReason.NOT_ACCEPTED: "the relay did not accept the task",
    FeedReason.UNKNOWN_RELAY: "no relay of this name is configured",
    FeedReason.UNKNOWN_TASK: "no relay knows this task for the key that is used",
    FeedReason.FINISHED: "finished already; the chat is told now",
    FeedReason.TOLD: "finished, and the chat was told before",
    FeedReason.STOPPED: "the chat has stopped watching it",
    FeedReason.FILTERED: "this feed wants other tasks",
    FeedReason.CHAT_LIMIT: "the chat watches as many tasks as it may",
    FeedReason.NOT_ALLOWED: "this feed's chat, or who made it, may not use the bot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """One thing that was not watched.

    Attributes:
        text: The id, or what stood in its place; safe to show, clipped.
        said: The relay's own reason, if it gave one; secrets removed.
    """

    text: str
    reason: FeedReason
    said: str = ""

    @property
    def message(self) -> str:
        """The reason in words."""
        meaning = MEANINGS[self.reason]
        return f"{meaning}: {self.said}" if self.said else meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A person as a program names them: exactly one of the two."""

    id: str | None = None
    name: str | None = None  # without the @


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBody:
    """What was read of a body.

    Attributes:
        names: The tasks, each once, at most `IDS_LIMIT`.
        whom: Whom to mention; None: not said.
        hook: It was a whole task, so a relay (or whoever plays one) spoke.
    """

    names: tuple[TaskName, ...] = ()
    refused: tuple[Unwatched, ...] = ()
    whom: Whom | None = None
    hook: bool = False


def digest_of(token: str) -> str:
    """Digest a token; nothing else of it is ever kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def read_body(body: bytes) -> FeedBody:
    """Read whatever a program sent; never raises."""
    found = _Found()
    text = body.decode("utf-8-sig", "replace").strip()
    if text[:1] in {"{", "[", '"'}:
        _read_json(found, text)
    elif _FORM.match(text):
        _read_form(found, text)
    else:
        _read_text(found, text)
    return found.body()


def read_whom(value: object) -> Whom | None:
    """Read a `for`: a person's id, a mention as the platform writes it, or a name."""
    text = value.strip() if isinstance(value, str) else ""
    if number := _ID_OF_PERSON.fullmatch(text):
        return Whom(id=number[1])
    name = _NAME_OF_PERSON.fullmatch(text)
    return Whom(name=name[1]) if name and name[1].isprintable() else None


@dataclass(slots=True)
class _Found:
    """What has been read so far."""

    names: dict[TaskName, None] = field(default_factory=dict)
    refused: list[Unwatched] = field(default_factory=list)
    whom: Whom | None = None
    hook: bool = False
    read: int = 0  # tokens
    left_out: int = 0  # ids over the limit

    def refuse(self, text: str, reason: FeedReason, *, said: str = "") -> None:
        if len(self.refused) < REFUSED_LIMIT:
            shown = scrub(text[: SHOWN_LIMIT * 4], limit=SHOWN_LIMIT)
            self.refused.append(Unwatched(text=shown, reason=reason, said=said))

    def take(self, each: TaskName | str) -> None:
        if isinstance(each, str) or each.task_id.lower() in _NO_IDS:
            self.refuse(str(each), FeedReason.NOT_AN_ID)
        elif each in self.names or len(self.names) < IDS_LIMIT:
            self.names[each] = None
        else:
            self.left_out += 1

    def take_text(self, text: str) -> None:
        """Take every token of a text that stands where ids are expected."""
        if not text.strip():
            self.refuse(text, FeedReason.NOT_AN_ID)
        for each in self.tokens(text):
            self.take(each)

    def tokens(self, text: str) -> Iterator[TaskName | str]:
        """Read a text's tokens, as many as are read of one body."""
        for each in parse_each(text):
            self.read += 1
            if self.read > _TOKENS_LIMIT:
                self.left_out += 1
                return
            yield each

    def body(self) -> FeedBody:
        if self.left_out:
            left_out = Unwatched(text=str(self.left_out), reason=FeedReason.TOO_MANY)
            self.refused.append(left_out)
        if not self.names and not self.refused:
            self.refuse("", FeedReason.EMPTY)
        return FeedBody(
            names=tuple(self.names),
            refused=tuple(self.refused),
            whom=self.whom,
            hook=self.hook and bool(self.names),
        )


# --- text -----------------------------------------------------------------------


def _read_text(found: _Found, text: str) -> None:
    """Read plain text; an error page or a sentence that strayed in names no task."""
    if text.startswith("<") or _PARTS.match(text):
        found.refuse(text, FeedReason.NOT_AN_ID)
    elif holds_key(text):
        for name in find_in_text(text[:_PASTED_LIMIT]):
            found.take(name)
        if not found.names:
            found.refuse("", FeedReason.NOT_AN_ID)
    elif text:
        _read_tokens(found, text)


def _read_form(found: _Found, text: str) -> None:
    """Read what a form or a query says: `ids=...&for=...`."""
    try:
        fields = parse_qs(text, max_num_fields=2 * IDS_LIMIT)
    except ValueError:
        found.refuse(text, FeedReason.NOT_AN_ID)
        return
    found.whom = read_whom(next(iter(fields.get("for", [])), None))
    for key in ("ids", *_ID_KEYS, "result"):
        for value in fields.get(key, []):
            found.take_text(value)


def _read_tokens(found: _Found, text: str) -> None:
    """Take every token; among several, words without any digit are a sentence's."""
    alone = len(text.split(maxsplit=1)) == 1
    for each in found.tokens(text):
        wordy = isinstance(each, TaskName) and not any(map(str.isdigit, each.task_id))
        found.take(str(each) if wordy and not alone else each)


# --- JSON -----------------------------------------------------------------------


def _read_json(found: _Found, text: str) -> None:
    values = _decoded(text)
    if not values:
        found.refuse(text, FeedReason.NOT_AN_ID)
    for value in values[:_TOKENS_LIMIT]:
        _read_value(found, value, depth=0)
    found.left_out += len(values[_TOKENS_LIMIT:])


def _decoded(text: str) -> list[object]:
    """Decode JSON, one value after the other as a loop in a shell writes them.

    Numbers stay the digits that they were written in.
    """
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=_whole, parse_constant=_no_number
    )
    values: list[object] = []
    at = 0
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
            between = _BETWEEN.match(text, at)
            at = between.end() if between else at
    except (ValueError, RecursionError):
        return []
    return values


def _whole(text: str) -> str | None:
    """Read a number that was written with a point or an exponent, without loss."""
    if _WHOLE.fullmatch(text):
        return text.partition(".")[0]
    if not _EXPONENT.fullmatch(text):
        return None
    number = Decimal(text)
    return str(int(number)) if number == number.to_integral_value() else None


def _no_number(_text: str) -> None:
    return None


def _read_value(found: _Found, value: object, *, depth: int) -> None:
    if isinstance(value, str):
        found.take_text(value)
    elif depth < _DEPTH_LIMIT and isinstance(value, dict):
        _read_object(found, value, depth=depth)
    elif depth < _DEPTH_LIMIT and isinstance(value, list):
        _read_list(found, value, depth=depth)
    else:
        found.refuse(_kind(value), FeedReason.NOT_AN_ID)


def _read_list(found: _Found, values: list[Any], *, depth: int) -> None:
    for value in values[:_TOKENS_LIMIT]:
        _read_value(found, value, depth=depth + 1)
    found.left_out += len(values[_TOKENS_LIMIT:])


def _read_object(found: _Found, wire: dict[str, Any], *, depth: int) -> None:
    task_id = next((wire[key] for key in _ID_KEYS if wire.get(key)), None)
    if "ids" in wire:
        found.whom = read_whom(wire.get("for")) or found.whom
        _read_value(found, wire["ids"], depth=depth + 1)
    elif "result" in wire or (task_id is None and _ANSWER_KEYS & wire.keys()):
        _read_answer(found, wire, depth=depth)
    elif "status" in wire:
        found.hook = True
        _read_value(found, task_id, depth=depth + 1)
    else:
        found.whom = read_whom(wire.get("for")) or found.whom
        _read_value(found, task_id, depth=depth + 1)


def _read_answer(found: _Found, wire: dict[str, Any], *, depth: int) -> None:
    """Read a relay's answer to a submit: the result names the task, or says why not."""
    result = wire.get("result")
    refused = str(wire.get("code")) in _REFUSALS or wire.get("success") is False
    if refused or not result:
        found.refuse("", FeedReason.NOT_ACCEPTED, said=_said(wire))
        return
    found.whom = read_whom(wire.get("for")) or found.whom
    _read_value(found, result, depth=depth + 1)


def _said(wire: dict[str, Any]) -> str:
    """Put a relay's refusal in one line: its code and its own words."""
    error = wire.get("error")
    inner = error if isinstance(error, dict) else wire
    words = [inner.get(key) for key in ("description", "message")]
    words.append(error if isinstance(error, str) else None)
    text = next((each for each in words if isinstance(each, str) and each), "")
    code = inner.get("code")
    number = f"code {code}" if isinstance(code, str) and code else ""
    return scrub(" ".join(filter(None, (number, text))), limit=200)


def _kind(value: object) -> str:
    return "" if value is None else type(value).__name__
