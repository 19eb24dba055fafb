"""Several tasks on one card: a line each, and what can be done with each."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.domain.buttonref import Verb
from bot.domain.look import Denied, Look, Seen, Unavailable, Unknown
from bot.domain.names import TaskName
from bot.domain.subscription import StoredTask, Watched
from bot.domain.task import Snapshot
from bot.present.buttons import LABEL_LIMIT, paging, task_button
from bot.present.card import Block, Card, CardButton, Ink, Span
from bot.present.faces import DOT, Face, face_of, face_of_snapshot, name_of, percent_of
from bot.present.reader import Reader
from bot.present.text import bar, outside

_PROMPT_LIMIT: Final = 40
_BAR_WIDTH: Final = 6


def status_list(
    entries: Sequence[tuple[TaskName, Look | StoredTask]], reader: Reader
) -> Card:
    """Answer for several ids: a line each; stored tasks can be opened by number."""
    lines = [_entry_line(name, found, reader) for name, found in entries]
    stored = [found for _, found in entries if isinstance(found, StoredTask)]
    opened = tuple(
        _open_button(number, task) for number, task in enumerate(stored, start=1)
    )
    head = reader.say("list.status", n=len(entries))
    return reader.card(head, *lines, buttons=(opened,))


def watch_list(
    watched: Sequence[Watched], *, total: int, page: int, pages: int, reader: Reader
) -> Card:
    """The chat's running watches, each with its own stop button.

    Args:
        watched: Those of this page, newest first.
        total: How many there are in all.
        page: Counted from 0.
        pages: How many pages there are.
        reader: Who reads.
    """
    if not watched:
        return reader.card(reader.say("list.no_watches"))
    tasks = [each.task for each in watched]
    stops = tuple(
        task_button(Verb.STOP, task, str(number), emoji="🔕")
        for number, task in enumerate(tasks, start=1)
    )
    return reader.card(
        reader.say("list.watches", n=total),
        *_numbered(tasks, reader),
        buttons=(stops, paging(Verb.LIST_PAGE, page, pages, reader)),
    )


def recent_list(
    tasks: Sequence[StoredTask], *, total: int, page: int, pages: int, reader: Reader
) -> Card:
    """The chat's last finished tasks, each reopening its card; pages from 0."""
    if not tasks:
        return reader.card(reader.say("list.no_recent"))
    opened = tuple(
        _open_button(number, task) for number, task in enumerate(tasks, start=1)
    )
    return reader.card(
        reader.say("list.recent", n=total),
        *_numbered(tasks, reader),
        buttons=(opened, paging(Verb.RECENT_PAGE, page, pages, reader)),
    )


def choose_unwatch(watched: Sequence[Watched], reader: Reader) -> Card:
    """Ask which watch to stop; the answer to `/unwatch` without an id."""
    if not watched:
        return reader.card(reader.say("list.no_watches"))
    tasks = (each.task for each in watched)
    return _choice(reader, "choose.unwatch", _named(Verb.STOP, tasks))


def choose_watch(tasks: Sequence[StoredTask], reader: Reader) -> Card:
    """Offer what was looked at last; the answer to `/watch` without an id."""
    return _choice(reader, "choose.watch", _named(Verb.WATCH, tasks))


def _choice(reader: Reader, key: str, buttons: tuple[CardButton, ...]) -> Card:
    groups = [(button,) for button in buttons]  # one below the other
    return reader.card(reader.say(key), buttons=groups)


def _named(verb: Verb, tasks: Iterable[StoredTask]) -> tuple[CardButton, ...]:
    return tuple(
        task_button(
            verb, task, f"{face_of(task).symbol} {name_of(task, LABEL_LIMIT - 4)}"
        )
        for task in tasks
    )


def _open_button(number: int, task: StoredTask) -> CardButton:
    return task_button(Verb.OPEN, task, str(number), emoji=face_of(task).symbol)


def _numbered(tasks: Sequence[StoredTask], reader: Reader) -> list[Block]:
    return [
        task_line(task, reader, number=number)
        for number, task in enumerate(tasks, start=1)
    ]


def task_line(task: StoredTask, reader: Reader, *, number: int | None = None) -> Block:
    """A task in one line: symbol, bar or word, prompt, id to copy."""
    lead = "" if number is None else f"{number}. "
    words = _stand(face_of(task), task.snapshot, reader)
    return _line(f"{lead}{words}", task.snapshot, task.task_id)


def _entry_line(name: TaskName, found: Look | StoredTask, reader: Reader) -> Block:
    match found:
        case StoredTask():
            return task_line(found, reader)
        case Seen(snapshot=snapshot):
            words = _stand(face_of_snapshot(snapshot), snapshot, reader)
            return _line(words, snapshot, name.task_id)
        case Unknown():
            return _line(reader.words("list.unknown"), None, name.task_id)
        case Denied():
            return _line(reader.words("list.denied"), None, name.task_id)
        case Unavailable():
            return _line(reader.words("list.unavailable"), None, name.task_id)


def _stand(face: Face, snapshot: Snapshot | None, reader: Reader) -> str:
    percent = percent_of(snapshot)
    if percent is None:
        return f"{face.symbol} {face.word(reader)}"
    drawn = bar(percent, width=_BAR_WIDTH)
    return f"{face.symbol} {drawn} {reader.words.percent(percent)}"


def _line(words: str, snapshot: Snapshot | None, task_id: str) -> Block:
    prompt = outside(snapshot.prompt, _PROMPT_LIMIT) if snapshot else ""
    named = f"{words}{DOT}{prompt}" if prompt else words
    return Block((Span(f"{named}{DOT}"), Span(task_id, Ink.CODE)))
