"""A card as the page reads it: plain JSON, no markup; the page builds nodes from it.

Bars that the core draws with signs become numbers, so that the page can draw them and
a screen reader can say them.
"""

import re
from collections.abc import Iterator
from typing import Final

from adapters.browser.limits import YOU
from bot.domain.attachment import Attachment, FileKind
from bot.media.picture import Mime
from bot.present.card import (
    Block,
    Card,
    CardButton,
    Ink,
    Inline,
    Mention,
    Moment,
    Shape,
    Span,
)

Json = dict[str, object]

_BAR: Final = re.compile(r"^(.{0,12}?)([▰▱]{4,}) (\d{1,3})(\s?%)")
_SHOWN_KINDS: Final = {
    mime.value: FileKind.VIDEO if mime.is_video else FileKind.PHOTO for mime in Mime
}


def card_json(card: Card) -> Json:
    """Turn a card into what the page draws."""
    return {
        "tone": card.tone.value,
        "language": card.language,
        "title": card.title,
        "bare": card.bare,
        "blocks": [_block(each) for each in card.blocks if each.text.strip()],
        "buttons": [[_button(each) for each in group] for group in card.buttons],
        "rings": any(person.key == YOU.key for person in card.mentions),
        "others": [p.name or p.id for p in card.mentions if p.key != YOU.key],
    }


def file_json(file: Attachment, served: str) -> Json:
    """Describe a file; `served` is the name under which the page asks for it."""
    shown = _SHOWN_KINDS.get(file.mime, FileKind.DOCUMENT)
    kind = file.kind if file.kind is shown else FileKind.DOCUMENT
    return {
        "kind": kind.value,
        "served": served,
        "name": file.name,
        "bytes": file.size_bytes,
        "width": file.width,
        "height": file.height,
    }


def refs_of(card: Json) -> frozenset[str]:
    """List the refs of all of a drawn card's buttons."""
    groups = card.get("buttons")
    if not isinstance(groups, list):
        return frozenset()
    buttons = (each for group in groups for each in group)
    return frozenset(str(each["ref"]) for each in buttons if each.get("ref"))


def _block(block: Block) -> Json:
    runs = [run for each in block.inlines for run in _runs(each, block.shape)]
    return {"shape": block.shape.value, "runs": runs}


def _runs(inline: Inline, shape: Shape) -> Iterator[Json]:
    match inline:
        case Span(text, ink):
            yield from _span(text, ink, shape)
        case Mention(person):
            mine = person.key == YOU.key
            yield {"is": "you"} if mine else _text(person.name or person.id)
        case Moment(at, words, relative):
            yield {
                "is": "time",
                "at": at.isoformat(),
                "text": words,
                "relative": relative,
            }


def _span(text: str, ink: Ink, shape: Shape) -> Iterator[Json]:
    drawn = _BAR.match(text) if shape is Shape.TEXT and ink is Ink.PLAIN else None
    if drawn is None:
        yield _text(text, ink)
        return
    lead, percent, rest = drawn[1], drawn[3], text[drawn.end() :]
    if lead:
        yield _text(lead)
    yield {"is": "bar", "percent": min(int(percent), 100), "text": percent + drawn[4]}
    if rest:
        yield _text(rest)


def _text(text: str, ink: Ink = Ink.PLAIN) -> Json:
    return {"is": ink.value, "text": text}


def _button(button: CardButton) -> Json:
    drawn: Json = {"label": button.label, "style": button.style}
    if button.emoji:
        drawn["emoji"] = button.emoji
    if button.ref:
        drawn["ref"] = button.ref
    elif button.copy is not None:
        drawn["copy"] = button.copy
    return drawn
