"""The loud message: what ended or needs somebody, and whom it rings."""

from collections.abc import Iterator
from typing import Final

from bot.domain.buttonref import Verb
from bot.domain.notification import Notification
from bot.domain.subscription import StoredTask
from bot.domain.transition import Tell
from bot.present.buttons import task_button
from bot.present.card import Block, Card, CardButton, Span
from bot.present.faces import face_of, title_block
from bot.present.reader import Reader
from bot.present.task_card import body, task_buttons

TOO_LARGE: Final = "too_large"  # the picture problem whose way out is the original
REDUCED: Final = "reduced"  # no problem, but the original is more: it is offered
AS_FILE: Final = "as_file"  # it came, but as a file to be opened


def ring_card(
    note: Notification,
    reader: Reader,
    *,
    picture_problem: str | None = None,
    picture_coming: bool = False,
    short: bool = False,
) -> Card:
    """Tell a chat what became of a task.

    Args:
        note: What to tell, and whom.
        reader: Who reads.
        picture_problem: Why there is no picture, a value of the media's closed
            list; one without words of its own gets general ones. Or how it differs
            from the original: REDUCED, AS_FILE.
        picture_coming: The message will be edited to hold its picture.
        short: One line alone, as a reply to a card that shows the result.
    """
    mentions = note.askers if note.settings.mention else ()
    face = face_of(note.task, note.tell)
    if short:
        line = reader.words("ring.short", symbol=face.symbol, state=face.word(reader))
        return reader.card(Block((Span(line),)), tone=face.tone, mentions=mentions)
    return reader.card(
        title_block(note.task, reader, tell=note.tell),
        *_remarks(reader, problem=picture_problem, coming=picture_coming),
        *body(note.task, reader, tell=note.tell),
        tone=face.tone,
        buttons=_buttons(note, reader, picture_problem),
        mentions=mentions,
    )


def _remarks(reader: Reader, *, problem: str | None, coming: bool) -> Iterator[Block]:
    if problem:
        key = f"picture.{problem}"
        yield reader.say(key if key in reader.words else "picture.failed")
    elif coming:
        yield reader.say("ring.picture_coming")


def _buttons(
    note: Notification, reader: Reader, problem: str | None
) -> tuple[tuple[CardButton, ...], ...]:
    watched = note.tell in {Tell.NEEDS_INPUT, Tell.STUCK}
    groups = task_buttons(note.task, reader, watched=watched, tell=note.tell)
    out = ways_out(note.task, reader, problem) if problem else ()
    return (*groups, tuple(out))


def ways_out(
    task: StoredTask, reader: Reader, problem: str | None
) -> Iterator[CardButton]:
    """Offer what helps where the picture is not there, or not whole."""
    words = reader.words
    if problem in {TOO_LARGE, REDUCED}:
        yield task_button(Verb.ORIGINAL, task, words("button.original"), emoji="📎")
    if problem not in {REDUCED, AS_FILE}:
        yield task_button(Verb.PICTURE, task, words("button.picture"), emoji="🖼")
