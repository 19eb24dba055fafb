"""Cards of a busy chat: the board of what runs, the digest of what has ended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.domain.board import Board
from bot.domain.buttonref import Verb
from bot.domain.notification import Notification
from bot.domain.subscription import Person, StoredTask
from bot.present.buttons import task_button
from bot.present.card import Block, Card, CardButton, Ink, Span, Tone
from bot.present.faces import DOT, face_of, name_of
from bot.present.lists import task_line
from bot.present.reader import Reader
from bot.present.task_card import silent_block
from bot.present.text import TITLE_LIMIT, clip, outside

_PROMPT_LIMIT: Final = 40
_REASON_LIMIT: Final = 60
_PICTURE: Final = "🖼"


def board_card(
    board: Board, reader: Reader, *, silent_since: datetime | None = None
) -> Card:
    """List what runs, newest first.

    Args:
        board: What runs.
        reader: Who reads.
        silent_since: Since when a relay of these tasks has not answered.
    """
    blocks = [reader.say("board.title", n=board.running)]
    if silent_since and board.tasks:
        blocks.append(silent_block(board.tasks[0], reader, silent_since))
    blocks += [task_line(task, reader) for task in board.tasks]
    if more := board.running - len(board.tasks):
        blocks.append(reader.say("board.more", n=more))
    return _card(reader, blocks, tone=Tone.RUNNING)


def board_over(reader: Reader) -> Card:
    """What a board becomes when nothing runs any more: one line."""
    return _card(reader, [reader.say("board.over")])


def board_below(reader: Reader) -> Card:
    """What a board becomes when it was posted anew further down: one line."""
    return _card(reader, [reader.say("board.below")])


def boarded_card(task: StoredTask, reader: Reader) -> Card:
    """What a live card becomes when its task is on a board: one line."""
    line = reader.words("board.card", name=name_of(task))
    return _card(reader, [Block((Span(clip(line, TITLE_LIMIT)),))])


def digest_card(
    notes: Sequence[Notification],
    reader: Reader,
    *,
    pictures_coming: bool = False,
) -> Card:
    """Tell a chat what became of several tasks: a line and a button for each."""
    blocks = [_sums(notes, reader)]
    if pictures_coming:
        blocks.append(reader.say("digest.pictures_coming"))
    numbered = list(enumerate(notes, start=1))
    blocks += [_line(number, note, reader) for number, note in numbered]
    buttons = tuple(_button(number, note) for number, note in numbered)
    return Card(
        tone=_tone(notes),
        blocks=tuple(blocks),
        buttons=(buttons,),
        mentions=_mentions(notes),
        language=reader.words.language,
    )


def digest_short(notes: Sequence[Notification], reader: Reader) -> Card:
    """One line that rings, as a reply to a message that became the digest."""
    blocks = [_sums(notes, reader), reader.say("ring.repeated")]
    return Card(
        tone=_tone(notes),
        blocks=tuple(blocks),
        mentions=_mentions(notes),
        language=reader.words.language,
    )


def album_card(pictures: int, reader: Reader) -> Card:
    """The line under a digest's pictures, which follow it silently."""
    return _card(reader, [reader.say("digest.pictures", n=pictures)])


def _card(reader: Reader, blocks: Sequence[Block], *, tone: Tone = Tone.QUIET) -> Card:
    return Card(tone=tone, blocks=tuple(blocks), language=reader.words.language)


def _sums(notes: Sequence[Notification], reader: Reader) -> Block:
    """Say how many and what, which is all that a phone's push shows."""
    counts = Counter(face_of(note.task, note.tell).symbol for note in notes)
    sums = DOT.join(f"{symbol} {count}" for symbol, count in counts.items())
    return reader.say("digest.title", n=len(notes), sums=sums)


def _line(number: int, note: Notification, reader: Reader) -> Block:
    face = face_of(note.task, note.tell)
    words = "".join(
        f"{each}{DOT}"
        for each in (f"{number}. {face.symbol} {face.word(reader)}", *_known(note))
    )
    return Block((Span(words), Span(note.task.task_id, Ink.CODE)))


def _known(note: Notification) -> Iterator[str]:
    snapshot = note.task.snapshot
    if snapshot is None:
        return
    if prompt := outside(snapshot.prompt, _PROMPT_LIMIT):
        yield prompt
    if reason := outside(snapshot.fail_reason, _REASON_LIMIT):
        yield reason


def _button(number: int, note: Notification) -> CardButton:
    """Bring the picture where there is one, else the task's card."""
    snapshot = note.task.snapshot
    if snapshot and snapshot.pictured:
        return task_button(Verb.PICTURE, note.task, str(number), emoji=_PICTURE)
    symbol = face_of(note.task, note.tell).symbol
    return task_button(Verb.OPEN, note.task, str(number), emoji=symbol)


def _tone(notes: Sequence[Notification]) -> Tone:
    tones = {face_of(note.task, note.tell).tone for note in notes}
    return tones.pop() if len(tones) == 1 else Tone.ATTENTION


def _mentions(notes: Sequence[Notification]) -> tuple[Person, ...]:
    people = (
        person for note in notes if note.settings.mention for person in note.askers
    )
    return tuple({person.key: person for person in people}.values())
