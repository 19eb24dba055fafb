"""What only some want to know of a task: final prompt, times, size, seed."""

from collections.abc import Iterator
from typing import Final

from bot.domain.subscription import StoredTask
from bot.domain.task import Snapshot
from bot.present.card import Block, Card, CardButton, Ink, Moment, Shape, Span, Tone
from bot.present.faces import face_of, name_of, title_block
from bot.present.reader import Reader, code
from bot.present.task_card import action_words
from bot.present.text import outside

_TEXT_LIMIT: Final = 700  # each; all of them fit the smallest message
_WORD_LIMIT: Final = 100
_SEED_LIMIT: Final = 64


def details_card(task: StoredTask, reader: Reader) -> Card:
    """Show what the card leaves out; nobody's hook, message or account."""
    blocks = [title_block(task, reader)]
    if task.snapshot:
        blocks += _details(task.snapshot, reader)
    if len(blocks) == 1:
        blocks.append(reader.say("details.none"))
    return reader.card(*blocks, code(task.task_id), tone=face_of(task).tone)


def seed_card(task: StoredTask, seed: str, reader: Reader) -> Card:
    """Give the image seed, to copy."""
    shown = outside(seed, _SEED_LIMIT)
    copy = CardButton(label=reader.words("button.copy"), emoji="📋", copy=shown)
    return reader.card(
        reader.say("seed.is", seed=Span(shown, Ink.CODE), prompt=name_of(task)),
        reader.say("seed.next", seed=shown),
        tone=Tone.DONE,
        buttons=((copy,),),
    )


def seed_missing_card(reader: Reader) -> Card:
    """The task is known, its seed is not there (yet)."""
    return reader.card(reader.say("trouble.no_seed"), tone=Tone.WAITING)


def _details(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    yield from _texts(snapshot, reader)
    yield from _lines(snapshot, reader)
    yield from _times(snapshot, reader)


def _texts(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    shown = {outside(snapshot.prompt, _TEXT_LIMIT)}
    for key, text in (
        ("details.prompt_en", snapshot.prompt_en),
        ("details.final_prompt", snapshot.final_prompt),
    ):
        cleaned = outside(text, _TEXT_LIMIT)
        if cleaned and cleaned not in shown:
            shown.add(cleaned)
            yield reader.say(key)
            yield Block((Span(cleaned),), Shape.FOLDED)


def _lines(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    if action := action_words(snapshot, reader):
        yield Block((Span(action),))
    if state := outside(snapshot.custom_state, _WORD_LIMIT):
        yield reader.say("details.state", state=Span(state, Ink.CODE))
    width, height = snapshot.image_width or 0, snapshot.image_height or 0
    if width > 0 and height > 0:
        yield reader.say("details.size", size=f"{width} × {height}")  # noqa: RUF001 - the sign of sizes


def _times(snapshot: Snapshot, reader: Reader) -> Iterator[Block]:
    for key, at in (
        ("details.submitted", snapshot.submitted_at),
        ("details.started", snapshot.started_at),
        ("details.finished", snapshot.finished_at),
    ):
        if believed := reader.believable(at):
            moment: Moment = reader.instant(believed)
            yield reader.say(key, at=moment)
