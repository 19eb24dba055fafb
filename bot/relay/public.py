"""The relay's own object for `--raw`, without what nobody is to see."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.domain.scrub import scrub, without_secrets

DEPTH_LIMIT: Final = 12
_SEPARATORS: Final = re.compile(r"[^a-z]")
# The caller's hook, the message with its mention, accounts, networks, keys.
_FORBIDDEN: Final = re.compile(
    r"hook|messagecontent|user|account|clientip|email|guild|channelid|instanceid|"
    r"partner|proxy|secret|password|token|apikey|authorization|cookie|nonce"
)
_LETTER_FOR_LETTER: Final = frozenset({"customId", "id"})
_MENTION: Final = re.compile(r"<@[!&]?\d+>")
_ADDRESS: Final = re.compile(r"(?i)https?://")


def public_object(
    raw: Mapping[str, Any], *, secrets: Iterable[str] = ()
) -> dict[str, Any]:
    """Copy an object without hooks, message text, ids of accounts, and keys."""
    return _object(raw, tuple(secrets), DEPTH_LIMIT)


def _object(
    raw: Mapping[str, Any], secrets: tuple[str, ...], depth: int
) -> dict[str, Any]:
    return {
        name: _value(name, value, secrets, depth - 1)
        for name, value in raw.items()
        if not _FORBIDDEN.search(_SEPARATORS.sub("", str(name).lower()))
    }


def _value(name: str, value: object, secrets: tuple[str, ...], depth: int) -> object:
    if depth <= 0:
        return None
    if isinstance(value, Mapping):
        return _object(value, secrets, depth)
    if isinstance(value, list):
        return [_value(name, each, secrets, depth - 1) for each in value]
    return _text(name, value, secrets) if isinstance(value, str) else value


def _text(name: str, text: str, secrets: tuple[str, ...]) -> str:
    if name in _LETTER_FOR_LETTER:
        return text
    if name == "failReason":
        return scrub(text, secrets=secrets)
    kept = text if _ADDRESS.match(text) else without_secrets(text, secrets=secrets)
    return _MENTION.sub("<@…>", kept)
