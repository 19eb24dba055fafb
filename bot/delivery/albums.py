"""The pictures of a digest: with it where all are at hand, else silently after it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.delivery import plan
from bot.delivery.desk import Desk
from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import Notification, NotificationId

_SHOWN: Final = frozenset({FileKind.PHOTO, FileKind.VIDEO})  # what an album holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One task's picture, or why there is none.

    Attributes:
        file: The first picture of the task; None: it cannot be had, or not so.
        late: It is still on its way.
    """

    note: Notification
    file: Attachment | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The pictures that go into one message.

    Attributes:
        shown: Whose pictures they are, in order.
        owed: Whose pictures are to follow.
    """

    shown: tuple[Found, ...] = ()
    owed: frozenset[NotificationId] = frozenset()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files, numbered by their place in the album."""
        files = (each.file for each in self.shown if each.file)
        return tuple(
            replace(file, position=number) for number, file in enumerate(files)
        )

    def uploads(
        self, made: dict[int, str]
    ) -> dict[NotificationId, dict[tuple[str, int], str]]:
        """Name what the platform holds now by the task's own numbering."""
        return {
            each.note.id: {(each.file.upload_kind, each.file.position): made[number]}
            for number, each in enumerate(self.shown)
            if each.file and number in made
        }


async def at_once(desk: Desk, notes: Sequence[Notification], *, wait: bool) -> Album:
    """Take the pictures if each of these has one, in time; else they are owed."""
    wanted = [note for note in notes if plan.wants_picture(note)]
    owed = Album(owed=frozenset(note.id for note in wanted))
    most = desk.messenger.media_limits(notes[0].destination).album_count
    if not wait or len(wanted) < len(notes) or len(notes) > most:
        return owed
    found = await look(desk, wanted)
    shown = fitting(desk, found)
    return Album(shown=shown) if len(shown) == len(notes) else owed


async def look(desk: Desk, notes: Sequence[Notification]) -> list[Found]:
    """Get the first picture of each, as far as they are there in time."""
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(_look(desk, note)) for note in notes]
    return [each.result() for each in tries]


def fitting(desk: Desk, found: Sequence[Found]) -> tuple[Found, ...]:
    """Choose what one message holds here and now, from the first on."""
    to = found[0].note.destination
    now = desk.clock.monotonic()
    limits = desk.messenger.media_limits(to)
    most = limits.album_count
    borne = desk.lanes.album_files(to, now)
    most = most if borne is None else min(most, borne)
    return tuple(_within(found, most=most, size_bytes=limits.total_bytes))


def _within(found: Sequence[Found], *, most: int, size_bytes: int) -> Iterator[Found]:
    for each in found:
        if each.file is None:
            continue
        size_bytes -= each.file.size_bytes
        most -= 1
        if size_bytes < 0 or most < 0:
            return
        yield each


async def _look(desk: Desk, note: Notification) -> Found:
    wait = plan.picture_wait(
        note,
        now=desk.clock.now(),
        most_seconds=desk.options.picture_wait_seconds,
    )
    picture = await desk.picture(note, seconds=wait)
    first = next(iter(picture.files), None)
    shown = first if first and first.kind in _SHOWN else None
    return Found(note=note, file=shown, late=picture.coming)
