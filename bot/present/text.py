"""Cutting and drawing text: never in the middle of what a reader sees as one sign."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from bot.domain.clean import clean_line, clean_text

ELLIPSIS: Final = "…"
TITLE_LIMIT: Final = 60  # product: what a phone's push shows
_FULL: Final = "▰"
_EMPTY: Final = "▱"
_JOINER: Final = "\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_JAMO_TAILS: Final = range(0x1160, 0x1200)
_CLUSTER_LIMIT: Final = 32  # code points; longer ones are somebody's joke


def units(text: str) -> int:
    """Count UTF-16 units, as phones and platforms do: never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clusters(text: str) -> Iterator[str]:
    """Split text into what a reader sees as single signs; nothing is lost."""
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or _parts(text, start, index):
            yield text[start:index]
            start = index


def clip(text: str, limit: int) -> str:
    """Shorten to at most `limit` UTF-16 units, with an ellipsis if anything went."""
    if units(text) <= limit:
        return text
    kept, room = "", limit - units(ELLIPSIS)
    for cluster in clusters(text):
        room -= units(cluster)
        if room < 0:
            break
        kept += cluster
    return kept.rstrip() + ELLIPSIS if limit >= units(ELLIPSIS) else ""


def outside(text: str | None, limit: int) -> str:
    """Make other people's text one clean line of at most `limit`; "" for None."""
    return clip(clean_line(text or ""), limit)


def outside_text(text: str | None, limit: int) -> str:
    """Clean other people's text and keep its line breaks; "" for None."""
    return clip(clean_text(text or ""), limit)


def bar(percent: int, *, width: int = 10) -> str:
    """Draw progress; full only at 100, empty only below one step."""
    filled = max(0, min(percent, 100)) * width // 100
    return _FULL * filled + _EMPTY * (width - filled)


def _parts(text: str, start: int, index: int) -> bool:
    """Say whether a new sign begins at `index`."""
    before, char = text[index - 1], text[index]
    if index - start >= _CLUSTER_LIMIT:
        return True
    if _extends(char) or before == _JOINER:
        return False
    if ord(before) in _FLAG_LETTERS and ord(char) in _FLAG_LETTERS:
        return (index - start) % 2 == 0
    return True


def _extends(char: str) -> bool:
    if char == _JOINER or ord(char) in _SKIN_TONES or ord(char) in _JAMO_TAILS:
        return True
    return unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}
