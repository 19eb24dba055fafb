"""Make a foreign server's words safe to show: no secrets, no markup, one line."""

import re
from collections.abc import Iterable
from typing import Final

from bot.domain.clean import clean_line

REASON_LIMIT: Final = 1000  # characters
_HIDDEN: Final = "•••"  # asterisks would be taken for markup
_READ_LIMIT: Final = 20_000  # characters looked at; the rest is cut off unread
_SECRET_LENGTH: Final = 6  # a shorter key of ours would blot out ordinary words

_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]*>|<[@#:][^<>]*>")
_OPENED: Final = re.compile(r"<(?=[A-Za-z/!?@#])")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS: Final = re.compile(r"\*\*+|~~+|\|\|+|`+")
_SECRETS: Final = (
    (
        re.compile(
            r"(?i)\b(mj-api-secret|authorization)[\"']?\s*[:=]\s*[\"']?"
            r"(?:(?:bearer|basic)\s+)?[^\s\"',;]+"
        ),
        rf"\1: {_HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=*-]{4,}"), rf"\1 {_HIDDEN}"),
    (re.compile(r"(?i)\b[sprak]k[-_][\w*.-]{3,}"), _HIDDEN),
    (
        re.compile(
            r"(?i)\b((?:api|access|secret|auth)?[-_ ]?(?:key|token|secret|password|passwd))"
            r"[\"']?\s*[:=]\s*[\"']?(?=[\w.~+/=*-]*\d)[\w.~+/=*-]{6,}"
        ),
        rf"\1: {_HIDDEN}",
    ),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"), _HIDDEN),  # a JSON web token
    (re.compile(r"\b\d{6,12}:[\w-]{30,}"), _HIDDEN),  # a Telegram bot's token
    (re.compile(r"(?i)(/webhooks/\d+/)[\w-]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"(?i)(\bhttps?://)[^\s/@?#]+@"), r"\1"),
    (re.compile(r"(?i)(\bhttps?://[^\s?#]+)[?#][^\s\"'<>)]*"), r"\1"),
    (re.compile(r"(?i)(remainquota\s*=\s*)-?[\d.]+"), rf"\1{_HIDDEN}"),
)

_KEYS: Final = (
    re.compile(r"(?i)\b(?:bearer|mj-api-secret[\"']?\s*[:=])\s*[\"']?[\w.~+/=-]{4,}"),
    re.compile(r"\bsk-[\w-]{8,}"),
)


def holds_key(text: str) -> bool:
    """Whether somebody pasted a relay key along, as in a whole curl call."""
    return any(pattern.search(text[:_READ_LIMIT]) for pattern in _KEYS)


def scrub(text: str, *, secrets: Iterable[str] = (), limit: int = REASON_LIMIT) -> str:
    """Take out secrets and markup and fold the rest into one line.

    Args:
        text: Whatever a server said.
        secrets: Keys of ours that it may have repeated.
        limit: Characters at most; a longer text ends in an ellipsis.
    """
    line = without_secrets(clean_line(text[:_READ_LIMIT]), secrets=secrets)
    line = clean_line(without_secrets(_without_markup(line), secrets=secrets))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_secrets(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Blot out keys, tokens, and what an address carries behind its path."""
    for secret in secrets:
        bare = secret.removeprefix("sk-")
        if len(bare) >= _SECRET_LENGTH:
            text = text.replace(secret, _HIDDEN).replace(bare, _HIDDEN)
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _without_markup(text: str) -> str:
    """Remove tags, mentions, links' targets and the marks of bold, code, spoilers."""
    for _ in range(4):  # what removal joins together may be a tag again
        text, count = _TAG.subn(" ", text)
        if not count:
            break
    text = _LINK.sub(r"\1", _OPENED.sub("", text))
    return _MARKS.sub("", text)
