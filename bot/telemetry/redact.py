"""What must not be written down, taken out of whatever is about to be.

Known secrets are left out wherever they stand; shapes of secrets are left out because
a relay or a library may show one that nobody told us of.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

REDACTED: Final = "[redacted]"
_SHORT: Final = 4  # characters; leaving out anything shorter would eat every word
_DEEP: Final = 6  # levels of nesting that are looked into
_NAMES: Final = re.compile(
    r"(?:proxy-)?authorization|mj-api-secret|(?:set-)?cookie|password|secret|"
    r"\w*(?:api[_-]?key|secret[_-]?(?:key|token)|_token)|token",
    re.IGNORECASE,
)
_SHAPES: Final = (
    (re.compile(r"/bot[^/\s\"'?#]+(?=/|$)"), f"/bot{REDACTED}"),
    (re.compile(r"/w/[^/\s\"'?#<>]+"), f"/w/{REDACTED}"),
    (
        re.compile(r"/(webhooks|interactions)/(\d+)/[^/\s\"'?#]+"),
        rf"/\1/\2/{REDACTED}",
    ),
    (re.compile(r"://[^/\s\"'@]+@"), f"://{REDACTED}@"),
    (re.compile(r"\b(Bearer|Bot)(\s+|%20)[^\s\"',;)}\]\\]{4,}"), rf"\1 {REDACTED}"),
    (
        re.compile(
            r"(mj-api-secret\\?[\"']?\s*[:=,]\s*\\?[\"']?)[^\s\"',;)}\\]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(?<![A-Za-z0-9])sk-[\w*.-]{3,}"), REDACTED),
    (re.compile(r"(?<!\d)\d{6,12}(?::|%3A)[\w-]{30,}"), REDACTED),  # Telegram's
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}\b"), REDACTED),  # Discord's
)
# All control characters but tab and line break, and those that turn text around: what
# a stranger wrote must not steer a terminal.
_STEERING: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


class Redaction:
    """The secrets that are known, each in the spellings it may appear in."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Leave a secret out from now on; anything shorter than 4 is too common."""
        if len(secret) < _SHORT:
            return
        self._spellings.update(_spellings(secret))
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        if self._known:
            text = self._known.sub(REDACTED, text)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text

    def value(self, value: object, *, depth: int = 0) -> object:
        """Give a value without secrets; what is no plain value becomes its text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return printable(self.text(value))
        if depth < _DEEP and isinstance(value, Mapping):
            return {
                self.text(str(name)): self.named(str(name), each, depth=depth + 1)
                for name, each in value.items()
            }
        if depth < _DEEP and isinstance(value, list | tuple | set | frozenset):
            return [self.value(each, depth=depth + 1) for each in value]
        return printable(self.text(str(value)))

    def named(self, name: str, value: object, *, depth: int = 0) -> object:
        """Give a value without secrets; under some names everything is one."""
        if isinstance(value, str | bytes) and _NAMES.fullmatch(name):
            return REDACTED
        return self.value(value, depth=depth)


def printable(text: str) -> str:
    """Show characters that would steer a terminal as their codes."""
    return _STEERING.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode("utf-8", "surrogateescape"))[2:-1]
