"""Cards of a busy chat: the board of what runs, the digest of what has ended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from bot.present.text import TITLE_LIMIT, clip, outside, units

_PICTURE: Final = "🖼"
# What every door holds in one message, counted as `_weight` does; 4096 is the least.
_DIGEST_ROOM: Final = 3_800
_HEAD_ROOM: Final = 200  # title, and that pictures follow
_NUMBER_ROOM: Final = 12  # of a line beside its id: number and symbol
_RUNG_MOST: Final = 50  # people whom a door rings in one message


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
    return reader.card(*blocks, tone=Tone.RUNNING)


def board_over(reader: Reader) -> Card:
    """What a board becomes when nothing runs any more: one line."""
    return reader.card(reader.say("board.over"))


def board_below(reader: Reader) -> Card:
    """What a board becomes when it was posted anew further down: one line."""
    return reader.card(reader.say("board.below"))


def boarded_card(task: StoredTask, reader: Reader) -> Card:
    """What a live card becomes when its task is on a board: one line."""
    line = reader.words("board.card", name=name_of(task))
    return reader.card(Block((Span(clip(line, TITLE_LIMIT)),)))


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
    people = _mentions(notes)
    room = _DIGEST_ROOM - _HEAD_ROOM - _names_room(people)
    blocks += _lines(notes, reader, room=room)
    numbered = enumerate(notes, start=1)
    buttons = tuple(_button(number, note) for number, note in numbered)
    return reader.card(*blocks, tone=_tone(notes), buttons=(buttons,), mentions=people)


def digest_holds(notes: Sequence[Notification]) -> int:
    """Say how many of these, from the first on, one message has room for: 1 at least.

    A line of the barest kind is counted; where there is room for more, it says more.
    """
    room = _DIGEST_ROOM - _HEAD_ROOM
    known: set[str] = set()
    for count, note in enumerate(notes):
        fresh = [each for each in _mentions([note]) if each.key not in known]
        known.update(each.key for each in fresh)
        room -= _NUMBER_ROOM + len(note.task.task_id) + _names_room(fresh)
        if room < 0:
            return max(count, 1)
    return len(notes)


def digest_short(notes: Sequence[Notification], reader: Reader) -> Card:
    """One line that rings, as a reply to a message that became the digest."""
    return reader.card(
        _sums(notes, reader),
        reader.say("ring.repeated"),
        tone=_tone(notes),
        mentions=_mentions(notes),
    )


def album_card(pictures: int, reader: Reader) -> Card:
    """The line under a digest's pictures, which follow it silently."""
    return reader.card(reader.say("digest.pictures", n=pictures))


def _sums(notes: Sequence[Notification], reader: Reader) -> Block:
    """Say how many and what, which is all that a phone's push shows."""
    counts = Counter(face_of(note.task, note.tell).symbol for note in notes)
    sums = DOT.join(f"{symbol} {count}" for symbol, count in counts.items())
    return reader.say("digest.title", n=len(notes), sums=sums)


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much a line of a digest says beside number, symbol and id."""

    prompt: int
    reason: int
    word: bool = True


_DETAILS: Final = (
    _Detail(40, 60),
    _Detail(20, 40),
    _Detail(0, 24),
    _Detail(0, 0, word=False),
)


def _lines(
    notes: Sequence[Notification], reader: Reader, *, room: int
) -> Sequence[Block]:
    """Write a line for each, with as much detail as there is room for."""
    lines: list[Block] = []
    for detail in _DETAILS:
        numbered = enumerate(notes, start=1)
        lines = [_line(number, note, reader, detail) for number, note in numbered]
        if sum(_weight(line.text) + 1 for line in lines) <= room:
            break
    return lines


def _line(number: int, note: Notification, reader: Reader, detail: _Detail) -> Block:
    face = face_of(note.task, note.tell)
    word = f" {face.word(reader)}" if detail.word else ""
    known = DOT.join((f"{number}. {face.symbol}{word}", *_known(note, detail)))
    between = DOT if detail.word else " "
    return Block((Span(f"{known}{between}"), Span(note.task.task_id, Ink.CODE)))


def _known(note: Notification, detail: _Detail) -> Iterator[str]:
    snapshot = note.task.snapshot
    if snapshot is None:
        return
    if prompt := outside(snapshot.prompt, detail.prompt):
        yield prompt
    if reason := outside(snapshot.fail_reason, detail.reason):
        yield reason


def _weight(text: str) -> int:
    """Count UTF-16 units, and what doors set before signs that mean something to them."""
    return units(text) + sum(not (sign.isalnum() or sign == " ") for sign in text)


def _names_room(people: Sequence[Person]) -> int:
    return sum(_weight(each.name or each.id) + 1 for each in people[:_RUNG_MOST])


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
