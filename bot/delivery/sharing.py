"""One upload for a whole platform: the first chat's, while the others wait a little."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bot.delivery.posted import Picture, Posted
from bot.domain.notification import Delivered, Notification, NotificationId
from bot.domain.task import TaskKey

WAIT_SECONDS: Final = 5.0  # for another chat's upload; then it goes up once more

PictureOf = Callable[[Notification], Awaitable[Picture]]


@dataclass(frozen=True, slots=True)
class _Lead:
    """The ring that uploads a task's pictures for all."""

    note: NotificationId
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Uploads:
    """Lets rings of one task take turns until the platform holds its pictures."""

    def __init__(self) -> None:
        self._leads: dict[TaskKey, _Lead] = {}
        self._reusable = True  # until a platform is seen to give its uploads no names

    async def shared(
        self, note: Notification, picture: Picture, *, again: PictureOf
    ) -> Picture:
        """Take the lead, or wait for who has it and take what is known then."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while _fresh(picture) and (lead := self._other(note)):
                    await lead.over.wait()
                    newer = await again(note)
                    picture = newer if newer.files else picture
        except TimeoutError:
            pass  # two uploads are better than a late ring
        return picture

    def told(self, posted: Posted) -> None:
        """Learn whether waiting pays on this platform."""
        outcome = posted.outcome
        if isinstance(outcome, Delivered) and _fresh(posted.picture):
            self._reusable = bool(outcome.uploads)

    def over(self, note: Notification) -> None:
        """Let the next one go, if this one had the lead."""
        lead = self._leads.get(note.task.key)
        if lead is not None and lead.note == note.id:
            del self._leads[note.task.key]
            lead.over.set()

    def _other(self, note: Notification) -> _Lead | None:
        if not self._reusable:
            return None
        lead = self._leads.setdefault(note.task.key, _Lead(note.id))
        return None if lead.note == note.id else lead


def _fresh(picture: Picture) -> bool:
    return any(file.file_id is None for file in picture.files)
