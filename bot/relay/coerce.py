"""Read one odd value of a relay's object: what cannot be understood is None."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from bot.domain.task import State

NUL: Final = "\x00"  # no database takes it
PIXELS_LIMIT: Final = 1_000_000
# Before Midjourney, or a lifetime ahead: no instant of a task.
EARLIEST_SECONDS: Final = 1_420_070_400  # 2015
LATEST_SECONDS: Final = 4_102_444_800  # 2100
MS_FROM: Final = 100_000_000_000  # a count of seconds this large is the year 5138
EXACT_FLOAT: Final = 2**53

_PERCENT: Final = re.compile(r"([0-9]{1,9})(?:\.[0-9]*)?\s*[%\uff05]?")
_USUAL_PERCENTS: Final = {f"{number}%": number for number in range(101)}
_DIGITS: Final = re.compile(r"[0-9]{1,19}(?:\.[0-9]*)?")
_GAPS: Final = re.compile(r"[\s-]+")

# Seen in servers and look-alikes (relay protocol notes, 1.2); a word not listed is
# kept and stands for pending: never guessed to be an end.
STATES: Final = {
    "NOT_START": State.PENDING,
    "SUBMITTED": State.PENDING,
    "QUEUED": State.PENDING,
    "MODAL": State.NEEDS_INPUT,
    "IN_PROGRESS": State.RUNNING,
    "INPROGRESS": State.RUNNING,
    "RUNNING": State.RUNNING,
    "STARTED": State.RUNNING,
    "SUCCESS": State.SUCCEEDED,
    "SUCCEEDED": State.SUCCEEDED,
    "FINISHED": State.SUCCEEDED,
    "COMPLETED": State.SUCCEEDED,
    "COMPLETE": State.SUCCEEDED,
    "FAILURE": State.FAILED,
    "FAILED": State.FAILED,
    "CANCEL": State.CANCELLED,
    "CANCELED": State.CANCELLED,
    "CANCELLED": State.CANCELLED,
}


def state_of(word: object) -> State:
    """Put a relay's status word into ours; unknown, empty and odd are PENDING."""
    if not isinstance(word, str):
        return State.PENDING
    found = STATES.get(word)
    if found is None:
        found = STATES.get(_GAPS.sub("_", word.strip().upper()))
    return found or State.PENDING


def as_percent(value: object) -> int | None:
    """Read a progress; words, empty and numbers outside 0..100 are None."""
    if isinstance(value, str):
        if (usual := _USUAL_PERCENTS.get(value)) is not None:
            return usual
        match = _PERCENT.fullmatch(value.strip())
        return _within(int(match[1]), 100) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _within(int(value), 100) if abs(value) < EXACT_FLOAT else None


def as_id(value: object) -> str | None:
    """Read an id: text as it is, a number without loss."""
    if isinstance(value, str):
        return value.replace(NUL, "").strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else None


def as_text(value: object) -> str | None:
    """Read text; empty is None, a number is its digits."""
    if value is None or value == "":  # as most are
        return None
    if isinstance(value, str):
        text = value.replace(NUL, "") if NUL in value else value
        return text if text and not text.isspace() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value)


def as_word(value: object) -> str:
    """Read a status word; "" if there is none."""
    return value.replace(NUL, "").strip() if isinstance(value, str) else ""


def as_url(value: object) -> str | None:
    """Read an address letter for letter; whatever is no text is None."""
    return as_text(value) if isinstance(value, str) else None


def as_urls(value: object) -> tuple[str, ...]:
    """Read full-size addresses from a list of strings or objects, each once."""
    if not isinstance(value, list):
        return ()
    found = (as_url(e.get("url") if isinstance(e, dict) else e) for e in value)
    return tuple(dict.fromkeys(url for url in found if url))


def as_pixels(value: object) -> int | None:
    """Read a size in pixels; 0 is how relays spell unknown."""
    number = _number(value)
    if number is None or not 1 <= number <= PIXELS_LIMIT:
        return None
    return int(number)


def as_instant(value: object) -> datetime | None:
    """Read an epoch in ms (or seconds), or ISO 8601; 0 and absurd ones are None."""
    if not value:  # as most are, until a task has ended
        return None
    number = _number(value)
    if number is None:
        number = _written(value)
    if number is None:
        return None
    seconds = number / 1000 if number >= MS_FROM else number
    if not EARLIEST_SECONDS <= seconds <= LATEST_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def as_object(value: object) -> dict[str, Any]:
    """Read an object; whatever is none is empty."""
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    if value is None:
        return None
    if type(value) is int:  # no bool
        return value if abs(value) < EXACT_FLOAT else None
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < EXACT_FLOAT else None


def _written(value: object) -> float | None:
    """Read a written instant; without its offset from UTC it may be any."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def _within(number: int, most: int) -> int | None:
    return number if 0 <= number <= most else None
