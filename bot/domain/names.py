"""What counts as a task's name: in a command's argument, and in free text."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from bot.domain.scrub import holds_key, without_secrets
from bot.domain.task import RelayName, TaskId

_ID: Final = r"[A-Za-z0-9_-]{1,64}"
_NAME: Final = re.compile(rf"(?:(?P<relay>[A-Za-z0-9_-]{{1,32}}):)?(?P<id>{_ID})")
_LINK: Final = re.compile(
    rf"/mj/(?:task/(?P<a>{_ID})/fetch|image/(?P<b>{_ID}))(?![A-Za-z0-9_-])"
)
_TOKEN: Final = re.compile(r"[^\s,;\uff0c\uff1b\u3001]+")
# What holds digits without naming a task: addresses, and what chats write for a
# mention, an emoji, a time stamp.
_NO_NAMES: Final = re.compile(r"(?i:https?)://\S+|<(?:[@#/]|a?:|t:|id:)[^<>\s]*>")
# Bounded by ASCII alone: Chinese words stand beside an id without a space.
_FREE: Final = re.compile(
    r"(?<![A-Za-z0-9_:/.@#&=+-])(?:(?<=[^\x00-\x7f]):)?"
    r"((?:[A-Za-z0-9_-]{1,32}:)?[A-Za-z0-9_-]{1,64})(?![A-Za-z0-9_@-])"
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS_AT_LEAST: Final = 8
_LENGTH_AT_LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class TaskName:
    """A task as a person names it: the id, and a relay if they said one."""

    task_id: TaskId
    relay: RelayName | None = None

    def __str__(self) -> str:
        return f"{self.relay}:{self.task_id}" if self.relay else self.task_id


def parse_argument(text: str) -> tuple[TaskName, ...] | None:
    """Read a command's argument: every token an id or a relay link.

    Returns:
        The names, in order, each once; () for an empty argument; None if one
        token is neither an id nor a link, so that nothing is asked.
    """
    names = dict.fromkeys(parse_each(text))
    if any(isinstance(name, str) for name in names):
        return None
    return tuple(name for name in names if isinstance(name, TaskName))


def parse_each(text: str) -> Iterator[TaskName | str]:
    """Read token by token; what is neither id nor relay link, or a key, stays text."""
    for token in _TOKEN.finditer(text):
        yield _one(token[0]) or token[0]


def find_in_text(
    text: str, *, relays: Collection[RelayName] | None = None
) -> tuple[TaskName, ...]:
    """Find names in free text: relay links, `task_...`, and long runs of digits.

    A token of at least 10 characters with at least 8 digits counts; anything
    shorter would turn ordinary words and years into ids. Keys are never names.

    Args:
        text: What somebody wrote.
        relays: The configured ones; any other word before a colon is a word
            (`id:...`), not a relay. None: every such word is one.
    """
    safe = without_secrets(text)
    found = {m.start(): _linked(m) for m in _LINK.finditer(safe)}
    rest = _LINK.sub(_blank, _NO_NAMES.sub(_blank, safe))
    for match in _FREE.finditer(rest):
        name = _one(match[1])
        if name and _stands_out(name.task_id):
            found[match.start()] = _with_known_relay(name, relays)
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def _one(token: str) -> TaskName | None:
    if link := _LINK.search(token):
        return _linked(link)
    if (name := _NAME.fullmatch(token)) and not holds_key(token):
        relay = RelayName(name["relay"].lower()) if name["relay"] else None
        return TaskName(TaskId(name["id"]), relay)
    return None


def _linked(link: re.Match[str]) -> TaskName:
    return TaskName(TaskId(link["a"] or link["b"]))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _with_known_relay(name: TaskName, relays: Collection[RelayName] | None) -> TaskName:
    if relays is None or name.relay in relays:
        return name
    return TaskName(name.task_id)


def _stands_out(task_id: str) -> bool:
    if task_id.startswith("task_") and len(task_id) > len("task_"):
        return True
    digits = sum(c.isdigit() for c in task_id)
    is_long = len(task_id) >= _LENGTH_AT_LEAST and digits >= _DIGITS_AT_LEAST
    return is_long and not _DATE.fullmatch(task_id)
