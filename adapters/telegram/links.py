"""Deep links: `t.me/<bot>?start=...` opens a task's card, `w_...` watches it too.

Telegram lets 64 characters of A-Z a-z 0-9 _ - through; what does not fit, or would
be read as something else, is kept in memory under a short token.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from adapters.telegram.limits import START_CHARS
from bot.domain.names import TaskName
from bot.ports import Facts

USERNAME_FACT: Final = "telegram:username"
_WATCH: Final = "w_"
_TOKEN: Final = "k_"  # noqa: S105 - a prefix, no secret
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN_CHARS: Final = 24


@dataclass(frozen=True, slots=True)
class Start:
    """What a deep link asks for."""

    text: str  # as after /status or /watch
    watch: bool


async def make_link(facts: Facts, name: TaskName, *, watch: bool) -> str | None:
    """Write the link to a task; None: the bot has not connected yet, nobody knows it."""
    username = await facts.fact(USERNAME_FACT)
    if username is None:
        return None
    return f"https://t.me/{username}?start={await payload(facts, name, watch=watch)}"


async def payload(facts: Facts, name: TaskName, *, watch: bool) -> str:
    """Write what stands after `start=`."""
    prefix, words = _WATCH if watch else "", str(name)
    if _fits(prefix + words) and not words.startswith((_WATCH, _TOKEN)):
        return prefix + words
    token = _TOKEN + hashlib.sha256(words.encode()).hexdigest()[:_TOKEN_CHARS]
    await facts.save_fact(_fact(token), words)
    return prefix + token


async def read_payload(facts: Facts, words: str) -> Start:
    """Read what stood after `start=`; whatever it was, as an argument to look at."""
    watch = words.startswith(_WATCH)
    words = words.removeprefix(_WATCH)
    if words.startswith(_TOKEN):
        words = await facts.fact(_fact(words)) or words
    return Start(words, watch)


def _fits(words: str) -> bool:
    return len(words) <= START_CHARS and _PLAIN.fullmatch(words) is not None


def _fact(token: str) -> str:
    return f"telegram:link:{token[:START_CHARS]}"
