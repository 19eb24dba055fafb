"""A card as Discord's messages: an embed, what must stand outside it, and rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from unicodedata import category

import discord

from adapters.discord.limits import (
    BUTTONS,
    CONTENT_LIMIT,
    CUSTOM_ID_LIMIT,
    EMBED_TEXT_LIMIT,
    EMBED_TITLE_LIMIT,
    LABEL_LIMIT,
    MENTIONS,
    ROW_WIDTH,
    ROWS,
)
from adapters.discord.markup import code_block, inline_tokens, join_within, mention
from bot.present.card import Block, Card, CardButton, Shape, Span, Tone
from bot.relay.captions import real_emoji

_COLOURS: Final = {
    Tone.WAITING: 0x99AAB5,
    Tone.RUNNING: 0x5865F2,
    Tone.DONE: 0x57F287,
    Tone.FAILED: 0xED4245,
    Tone.ATTENTION: 0xFEE75C,
    Tone.QUIET: 0x4F545C,
}
_BLOCK_LIMIT: Final = 2000  # characters of one block as written; nobody reads more
_LINE_LIMIT: Final = 300  # of the first line outside the embed
_PRE_LIMIT: Final = EMBED_TEXT_LIMIT - 96
_BARE_LIMIT: Final = CONTENT_LIMIT - len(code_block(""))
_STYLES: Final = range(1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A button as Discord draws it."""

    label: str | None
    emoji: str | None
    style: int
    custom_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One message.

    Attributes:
        content: Text outside the embed; "" for none.
        embed: The card.
        rows: Buttons, at most five in each of at most five rows.
        mentions: Ids of the people whom the content may ring.
    """

    content: str = ""
    embed: discord.Embed | None = None
    rows: tuple[tuple[Key, ...], ...] = ()
    mentions: tuple[int, ...] = ()


def render(card: Card, *, loud: bool = False) -> list[Payload]:
    """Draw a card as one message, or as several where it has more than one holds.

    Args:
        card: What to show.
        loud: The message rings: its first line stands outside the embed, since
            that is what a phone shows of it.
    """
    if card.bare:
        return [Payload(content=_bare(card))]
    pages = _pages(card, outside=loud or bool(card.mentions))
    pages[0] = _with_content(pages[0], card, loud=loud)
    return [*pages[:-1], *_with_buttons(pages[-1], card.buttons)]


def report(custom_id: str, explanation: Card) -> Payload:
    """Show a customId as the whole content, explained in an embed beside it."""
    content = code_block(custom_id)[:CONTENT_LIMIT]
    if explanation.bare:
        return Payload(content=content)
    return Payload(content=content, embed=_pages(explanation, outside=False)[0].embed)


def plain_line(block: Block, limit: int) -> str:
    """Write a block as one line."""
    tokens = [" " if t == "\n" else t for t in inline_tokens(block.inlines)]
    return join_within(tokens, limit).strip()


# --- text -------------------------------------------------------------------------


def _bare(card: Card) -> str:
    text = "\n".join(block.text for block in card.blocks)
    return code_block(text[: _BARE_LIMIT // 2] if "```" in text else text[:_BARE_LIMIT])


def _with_content(payload: Payload, card: Card, *, loud: bool) -> Payload:
    """Set the first line outside the embed, and those whom it rings."""
    people = [p for p in dict.fromkeys(card.mentions) if mention(p)][:MENTIONS]
    if not (loud or people):
        return payload
    line = plain_line(card.blocks[0], _LINE_LIMIT) if card.blocks else ""
    tags = " ".join(mention(person) for person in people)
    ids = tuple(int(person.id) for person in people)
    return replace(payload, content=f"{line} {tags}".strip(), mentions=ids)


def _pages(card: Card, *, outside: bool) -> list[Payload]:
    """Pack the blocks into embeds, in order; there is always one payload."""
    blocks = list(card.blocks)
    title = "" if outside else _title(blocks)
    if blocks and (title or outside):
        blocks = blocks[1:]
    texts = list(_packed(piece for block in blocks for piece in _pieces(block)))
    colour = _COLOURS[card.tone]
    embeds = [discord.Embed(description=text, colour=colour) for text in texts]
    if title:
        embeds = embeds or [discord.Embed(colour=colour)]
        embeds[0].title = title
    return [Payload(embed=embed) for embed in embeds] or [Payload()]


def _title(blocks: Sequence[Block]) -> str:
    """The first line as an embed's title, where nothing but text is in it."""
    if not blocks or blocks[0].shape is not Shape.TEXT:
        return ""
    if not all(isinstance(inline, Span) for inline in blocks[0].inlines):
        return ""
    return plain_line(blocks[0], EMBED_TITLE_LIMIT)


def _pieces(block: Block) -> Iterator[str]:
    """Write a block; code that is longer than an embed goes on in the next."""
    match block.shape:
        case Shape.TEXT:
            yield plain_line(block, _BLOCK_LIMIT)
        case Shape.QUOTE | Shape.FOLDED:
            yield _quote(block)
        case Shape.PRE:
            yield from map(code_block, _cut(block.text.replace("```", "``\u200b`")))


def _quote(block: Block) -> str:
    text = join_within(inline_tokens(block.inlines), _BLOCK_LIMIT)
    lines = [line for line in text.split("\n") if line.strip()]
    return "\n".join(f"> {line}" for line in lines)[:EMBED_TEXT_LIMIT]


def _cut(text: str) -> Iterator[str]:
    """Cut code at its line breaks, or anywhere in a line that is too long."""
    part = ""
    for line in text.splitlines(keepends=True):
        rest = line
        while len(part) + len(rest) > _PRE_LIMIT:
            room = 0 if part else _PRE_LIMIT
            yield part + rest[:room]
            part, rest = "", rest[room:]
        part += rest
    if part.strip():
        yield part.rstrip("\n")


def _packed(pieces: Iterable[str]) -> Iterator[str]:
    page = ""
    for piece in pieces:
        if not piece:
            continue
        if page and len(page) + 1 + len(piece) > EMBED_TEXT_LIMIT:
            yield page
            page = piece
        else:
            page = f"{page}\n{piece}" if page else piece
    if page:
        yield page


# --- buttons ------------------------------------------------------------------------


def _with_buttons(
    last: Payload, groups: Sequence[Sequence[CardButton]]
) -> list[Payload]:
    """Hang the buttons under the last message; what it cannot hold follows alone."""
    rows = _rows(groups)
    parts = [tuple(rows[i : i + ROWS]) for i in range(0, len(rows), ROWS)] or [()]
    return [replace(last, rows=parts[0]), *(_follower(part) for part in parts[1:])]


def _follower(rows: tuple[tuple[Key, ...], ...]) -> Payload:
    return Payload(content="…", rows=rows)


def _rows(groups: Sequence[Sequence[CardButton]]) -> list[tuple[Key, ...]]:
    """Lay groups out in rows of their own, or close together if that saves a message."""
    seen: set[str] = set()
    keys = [list(_keys(group, seen)) for group in groups]
    rows = [row for group in keys for row in _chunks(group)]
    every = [key for group in keys for key in group]
    close = list(_chunks(every))
    fits = len(every) <= BUTTONS or -(-len(close) // ROWS) < -(-len(rows) // ROWS)
    return close if len(rows) > ROWS and fits else rows


def _chunks(keys: Sequence[Key]) -> Iterator[tuple[Key, ...]]:
    for start in range(0, len(keys), ROW_WIDTH):
        yield tuple(keys[start : start + ROW_WIDTH])


def _keys(group: Sequence[CardButton], seen: set[str]) -> Iterator[Key]:
    """Draw what Discord can: no clipboard buttons, and no id twice in a card."""
    for button in group:
        key = _key(button)
        if key and key.custom_id not in seen:
            seen.add(key.custom_id)
            yield key


def _key(button: CardButton) -> Key | None:
    if not button.ref or len(button.ref) > CUSTOM_ID_LIMIT:
        return None
    label, emoji = _caption(button)
    style = button.style if button.style in _STYLES else 2
    return Key(label=label, emoji=emoji, style=style, custom_id=button.ref)


def _caption(button: CardButton) -> tuple[str | None, str | None]:
    """A plain emoji is drawn; any other stands before the label as text."""
    emoji = _plain(real_emoji(button.emoji))
    words = button.label if emoji else f"{button.emoji or ''} {button.label}"
    label = " ".join(words.split())[:LABEL_LIMIT]
    return (label or (None if emoji else "?")), emoji


def _plain(emoji: str | None) -> str | None:
    """Give it back if it is one sign that Unicode has had for long.

    Discord refuses a whole message for one that it does not know; as text it takes any.
    """
    bare = (emoji or "").removesuffix("\ufe0f")
    return emoji if len(bare) == 1 and category(bare) != "Cn" else None
