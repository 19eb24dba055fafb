"""Other people's text into Discord's Markdown, so that none of its marks take effect.

Text becomes a row of tokens, a character and what protects it, so that a cut never
goes through the middle of an escape.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.subscription import Person
from bot.present.card import Ink, Inline, Mention, Moment, Span

_NOTHING: Final = "\u200b"  # shown as nothing, and it breaks what looks like a tag
_ELLIPSIS: Final = "…"
# Emphasis, spoilers, code, masked links; a backslash before any sign is not shown.
_MARKS: Final = frozenset("\\*_~`|[]")
# Of a tag `<@1>`, `<#1>`, `<:a:1>`, `<a:b:1>`, `<t:1>`, `</x:1>`, `<id:x>`, `<http..>`
# the server reads what no backslash hides, so the tag itself is broken.
_TAG: Final = re.compile(r"<(?=[@#:/A-Za-z]|\Z)")
_EVERYBODY: Final = re.compile(r"@(?=everyone|here|\Z)", re.IGNORECASE)
_SCHEME: Final = re.compile(r":(?=//)")
_INVITE: Final = re.compile(
    r"(?:\.(?=gg\b)|\.(?=com/invite\b)|(?<=\.gg)/|(?<=invite)/)", re.IGNORECASE
)
# What counts only where a line begins: headings, small print, quotes, lists.
_LEADING: Final = re.compile(r"[ \t]*(?:#{1,3}|-#?|>{1,3}|\+|\d+(?=[.)]))")
_ID: Final = re.compile(r"\d{1,20}")
_RUN_LIMIT: Final = 1000  # characters of a run with an ink of its own
_MOMENT_MOST: Final = 8_640_000_000_000  # what a client's clock can draw, seconds


def tokens(text: str) -> Iterator[str]:
    """Split text into signs, each with what keeps it from being a mark."""
    broken = {m.start() for m in _TAG.finditer(text)}
    broken |= {m.start() for m in _EVERYBODY.finditer(text)}
    hidden = {m.start() for m in _SCHEME.finditer(text)}
    hidden |= {m.start() for m in _INVITE.finditer(text)}
    for line in re.finditer(r"[^\n]+", text):
        hidden |= _leading(line[0], line.start())
    for index, sign in enumerate(text):
        if index in broken:
            yield sign + _NOTHING
        elif sign in _MARKS or index in hidden:
            yield "\\" + sign
        else:
            yield sign


def escape(text: str, limit: int | None = None) -> str:
    """Escape text; with a limit, cut it to so many characters, escapes included."""
    return join_within(list(tokens(text)), limit)


def join_within(parts: Sequence[str], limit: int | None) -> str:
    """Join tokens; if they are too long, as many as leave room for an ellipsis."""
    if limit is None or sum(map(len, parts)) <= limit:
        return "".join(parts)
    kept: list[str] = []
    room = limit - len(_ELLIPSIS)
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept).rstrip() + _ELLIPSIS if limit > 0 else ""


def inline_tokens(inlines: Sequence[Inline]) -> list[str]:
    """Turn a block's runs into tokens; a tag, a link or a code is one token each."""
    return [token for inline in inlines for token in _inline(inline)]


def code(text: str) -> str:
    """Set text in monospace, letter for letter where that can be written at all."""
    line = " ".join(text.split())
    if not line:
        return ""
    if "`" not in line:
        return f"`{line}`"
    if "``" not in line:
        return f"`` {line} ``"
    return escape(line)


def code_block(text: str) -> str:
    """Set text in a block of code that nothing in it can close."""
    inside = text.replace("```", f"``{_NOTHING}`")
    return f"```\n{inside}\n```"


def mention(person: Person) -> str:
    """Write the tag that rings a person; "" for somebody of another platform."""
    return f"<@{person.id}>" if _ID.fullmatch(person.id) else ""


def _leading(line: str, start: int) -> set[int]:
    found = _LEADING.match(line)
    if not found:
        return set()
    sign = found.end() - 1
    # A number is a list by the dot behind it; the rest by the sign itself.
    return {start + sign + 1 if line[sign].isdigit() else start + sign} | {
        start + at for at in range(sign) if line[at] in "#->"
    }


def _inline(inline: Inline) -> Iterator[str]:
    match inline:
        case Span(text=text, ink=ink):
            yield from _span(text, ink)
        case Mention(person=person):
            yield mention(person) or escape(person.name)
        case Moment():
            yield _moment(inline)


def _span(text: str, ink: Ink) -> Iterator[str]:
    match ink:
        case Ink.PLAIN:
            yield from tokens(text)
        case Ink.CODE:
            yield code(text[:_RUN_LIMIT])
        case Ink.BOLD:
            yield _inked(text, "**")
        case Ink.ITALIC:
            yield _inked(text, "*")


def _inked(text: str, mark: str) -> str:
    """Put marks tightly around the words: beside a space they would be shown."""
    bare = text.strip()
    if not bare:
        return text
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{head}{mark}{escape(bare, _RUN_LIMIT)}{mark}{tail}"


def _moment(moment: Moment) -> str:
    seconds = int(moment.at.timestamp())
    if abs(seconds) > _MOMENT_MOST:
        return escape(moment.words)
    return f"<t:{seconds}:{'R' if moment.relative else 'f'}>"
