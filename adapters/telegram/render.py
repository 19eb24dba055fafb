"""A card as Telegram shows it: plain text, entities beside it, a keyboard.

No parse mode is used, so no prompt can break a message. What Telegram would make
clickable by itself in other people's text (mentions, addresses, commands, tags) is
taken apart by an invisible joiner.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from telegram import InlineKeyboardMarkup, MessageEntity, User

from adapters.telegram.keyboard import keyboard_of
from adapters.telegram.limits import CAPTION_UNITS, ENTITIES, MENTIONS, TEXT_UNITS
from bot.domain.subscription import Person
from bot.present.card import Block, Card, Ink, Inline, Mention, Moment, Shape, Span
from bot.present.text import ELLIPSIS, clip, clusters, units

_JOINER: Final = "\u2060"  # word joiner: drawn as nothing, ends whatever it stands in
_LIVE: Final = re.compile(
    r"(?<=[@#$])(?=\w)"  # mentions, mail, tags
    r"|(?<=:/)(?=/)"  # schemes
    r"|(?<=\w\.)(?=[^\W\d_])"  # hosts
)
_COMMAND: Final = re.compile(r"(?<![\w/<>])/(?=\w)")
_USERNAME: Final = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")
_QUOTE_UNITS: Final = 40  # a quote is not made shorter than this; then it goes
_INKS: Final = {
    Ink.BOLD: MessageEntity.BOLD,
    Ink.ITALIC: MessageEntity.ITALIC,
    Ink.CODE: MessageEntity.CODE,
}
_SHAPES: Final = {
    Shape.QUOTE: MessageEntity.BLOCKQUOTE,
    Shape.FOLDED: MessageEntity.EXPANDABLE_BLOCKQUOTE,
    Shape.PRE: MessageEntity.PRE,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A card's words, ready for the wire."""

    text: str
    entities: tuple[MessageEntity, ...]
    keyboard: InlineKeyboardMarkup | None


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of text under one entity; None: under none."""

    text: str
    entity: MessageEntity | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """One block, taken apart into runs."""

    runs: tuple[_Run, ...]
    shape: Shape = Shape.TEXT
    rings: bool = False

    @property
    def size(self) -> int:
        return sum(units(run.text) for run in self.runs)


def render(card: Card, *, caption: bool = False) -> Rendered:
    """Turn a card into text and entities within the place's limit.

    Args:
        card: What to show.
        caption: It stands under a picture, where a quarter of the room is.
    """
    limit = CAPTION_UNITS if caption else TEXT_UNITS
    text, entities = _joined(_fit(list(_lines(card)), limit))
    if not (text.strip() or caption):
        text = ELLIPSIS  # a message without text is refused
    return Rendered(text, tuple(entities), keyboard_of(card.buttons))


def plain(card: Card, limit: int) -> str:
    """Say a card in one short text without any markup."""
    lines = (block.text for block in card.blocks)
    return clip("\n".join(line for line in lines if line), limit)


def defuse(text: str) -> str:
    """Take apart what a client would make clickable; it looks the same."""
    return _COMMAND.sub(f"/{_JOINER}", _LIVE.sub(_JOINER, text))


def _lines(card: Card) -> Iterator[_Line]:
    for block in card.blocks:
        runs = tuple(run for each in block.inlines for run in _runs(each, block))
        if any(run.text.strip() for run in runs):
            yield _Line(runs, block.shape)
    told = {
        inline.person.key
        for block in card.blocks
        for inline in block.inlines
        if isinstance(inline, Mention)
    }
    rung = [each for each in card.mentions if each.key not in told][:MENTIONS]
    if rung:
        yield _Line(tuple(_ring(rung)), rings=True)


def _ring(people: list[Person]) -> Iterator[_Run]:
    for index, person in enumerate(people):
        yield from (_Run(" "),) if index else ()
        yield _mention(person)


def _runs(inline: Inline, block: Block) -> Iterator[_Run]:
    match inline:
        case Span():
            yield _span(inline, block.shape)
        case Mention(person):
            yield _mention(person)
        case Moment(words=words):
            yield _Run(words)


def _span(span: Span, shape: Shape) -> _Run:
    text = span.text
    if shape is Shape.PRE:  # nothing may stand inside, and nothing is read in it
        return _Run(text)
    if span.ink is Ink.CODE:
        return _Run(text, MessageEntity(MessageEntity.CODE, 0, units(text)))
    shown = text if span.ours else defuse(text)
    kind = _INKS.get(span.ink)
    return _Run(shown, MessageEntity(kind, 0, units(shown)) if kind else None)


def _mention(person: Person) -> _Run:
    """Ring a person: by name where they have one, else by their number."""
    if _USERNAME.fullmatch(person.name):
        return _Run(person.name)
    words = defuse(person.name.strip()) or person.id
    if not person.id.isdecimal() or not 0 < int(person.id) < 2**52:
        return _Run(words)
    user = User(id=int(person.id), first_name=words, is_bot=False)
    entity = MessageEntity(MessageEntity.TEXT_MENTION, 0, units(words), user=user)
    return _Run(words, entity)


def _fit(lines: list[_Line], limit: int) -> list[_Line]:
    """Shorten to the limit: quotes first, then what stands between first and last."""
    for shape in (Shape.FOLDED, Shape.QUOTE):
        lines = _shrink(lines, limit, shape)
    while _over(lines, limit) > 0 and (spare := _spare(lines)) is not None:
        lines = [each for each in lines if each is not spare]
    while (excess := _over(lines, limit)) > 0:
        longest = max(lines, key=lambda line: line.size)
        cut = _cut(longest, max(longest.size - excess, 0))
        lines = [cut if each is longest else each for each in lines if each.size]
    return lines


def _over(lines: list[_Line], limit: int) -> int:
    return sum(line.size for line in lines) + max(len(lines) - 1, 0) - limit


def _shrink(lines: list[_Line], limit: int, shape: Shape) -> list[_Line]:
    """Cut blocks of one shape, longest first; what would be a stump goes."""
    wanted = [line for line in lines if line.shape is shape]
    for line in sorted(wanted, key=lambda each: -each.size):
        excess = _over(lines, limit)
        if excess <= 0:
            break
        room = line.size - excess
        kept = [_cut(line, room)] if room >= _QUOTE_UNITS else []
        lines = [new for each in lines for new in (kept if each is line else [each])]
    return lines


def _spare(lines: list[_Line]) -> _Line | None:
    """Choose the line to leave out next: from below, never the first, never a ring."""
    last = next((each for each in reversed(lines) if not each.rings), None)
    kept = (lines[0], last)
    between = [each for each in lines if each not in kept and not each.rings]
    return between[-1] if between else None


def _cut(line: _Line, room: int) -> _Line:
    """Keep the first `room` units of a line, an ellipsis included."""
    kept: list[_Run] = []
    room -= units(ELLIPSIS)
    for run in line.runs:
        text = _head(run.text, room)
        room -= units(text)
        kept.append(replace(run, text=text))
        if text != run.text:
            break
    ends = [*(run for run in kept if run.text), _Run(ELLIPSIS)]
    return replace(line, runs=tuple(ends) if room >= 0 else ())


def _head(text: str, room: int) -> str:
    kept = ""
    for cluster in clusters(text):
        room -= units(cluster)
        if room < 0:
            break
        kept += cluster
    return kept


def _joined(lines: list[_Line]) -> tuple[str, list[MessageEntity]]:
    """Put lines below each other; offsets are in UTF-16 units."""
    text, found, at = "", list[MessageEntity](), 0
    for line in lines:
        if text:
            text, at = f"{text}\n", at + 1
        words = "".join(run.text for run in line.runs)
        found += _entities(line, at)
        text, at = text + words, at + units(words)
    return text, _most_wanted(found)


def _entities(line: _Line, at: int) -> Iterator[MessageEntity]:
    if line.shape in _SHAPES and line.size:
        yield MessageEntity(_SHAPES[line.shape], at, line.size)
    for run in line.runs:
        size = units(run.text)
        if run.entity and size:
            yield _placed(run.entity, at, size)
        at += size


def _placed(entity: MessageEntity, offset: int, length: int) -> MessageEntity:
    return MessageEntity(entity.type, offset, length, user=entity.user)


def _most_wanted(entities: list[MessageEntity]) -> list[MessageEntity]:
    """Keep as many as Telegram keeps; rings before ink."""
    rings = [each for each in entities if each.type == MessageEntity.TEXT_MENTION]
    others = [each for each in entities if each.type != MessageEntity.TEXT_MENTION]
    kept = [*rings, *others][:ENTITIES]
    return sorted(kept, key=lambda each: (each.offset, -each.length))
