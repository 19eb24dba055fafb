"""What all of one platform's telling shares."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.delivery.lanes import Lanes
from bot.delivery.options import DeliveryOptions
from bot.delivery.outage import REST_SECONDS, Outage
from bot.delivery.posted import Picture
from bot.delivery.stops import Stops
from bot.domain.notification import Deferred, LiveCard, Notification, Outcome, Reason
from bot.domain.subscription import Destination
from bot.errors import PictureError
from bot.gallery import Gallery
from bot.ports import Clock, Messenger, Store
from bot.present.reader import Reader
from bot.readers import Readers
from bot.telemetry.metrics import Metrics

TOKEN_REFUSED: Final = Deferred(
    after_seconds=60.0,  # then it is tried again
    reason=Reason.TOKEN,
    whole_platform=True,
    counts=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One platform's messenger and the things that go with it.

    Attributes:
        messenger: The platform.
        store: The outbox and the live cards.
        gallery: Pictures.
        lanes: When which chat may be written to.
        readers: In which language.
        clock: Time.
        metrics: What was told, and how fast.
        chance: 0..1 at random, for the spread of retries.
        options: The numbers.
        stops: What a stop interrupted.
        outage: Whether the platform answers.
    """

    messenger: Messenger
    store: Store
    gallery: Gallery
    lanes: Lanes
    readers: Readers
    clock: Clock
    metrics: Metrics
    chance: Callable[[], float]
    options: DeliveryOptions
    stops: Stops = field(default_factory=Stops)
    outage: Outage = field(default_factory=Outage)

    def heed(self, outcome: Outcome) -> None:
        """Note what came of a message; a platform that is down gets a rest."""
        if self.outage.note(outcome):
            self.lanes.pause_all(until=self.clock.monotonic() + REST_SECONDS)

    async def reader(self, told: Notification | LiveCard) -> Reader:
        """Find who reads what a chat is told."""
        return await self.readers.of_chat(told.destination, told.settings, told.askers)

    async def take_turn(self, to: Destination, *, files: int = 0) -> float:
        """Wait until a ring may go to a chat, if that is soon.

        Args:
            to: The chat.
            files: How many go with the message.

        Returns:
            0.0: now; else the seconds to put the ring back for, as its turn is late.
        """
        now = self.clock.monotonic()
        at = self.lanes.ring_at(to, now)
        if at - now > self.options.lane_wait_seconds:
            return at - now
        self.lanes.rang(to, now, at=at, calls=self.lanes.cost(to, files, now))
        await asyncio.sleep(at - now)
        # Meanwhile the platform may have asked to leave the chat alone.
        return max(self.lanes.paused_until(to) - self.clock.monotonic(), 0.0)

    async def picture(
        self, note: Notification, *, seconds: float, anew: bool = False
    ) -> Picture:
        """Get a task's pictures as its chat takes them, as far as that is in time."""
        try:
            async with asyncio.timeout(seconds):
                files = await self.gallery.files(
                    note.task,
                    platform=self.messenger.platform,
                    limits=self.messenger.media_limits(note.destination),
                    anew=anew,
                )
        except TimeoutError:
            return Picture(coming=True)
        except PictureError as error:
            return Picture(problem=error.reason)
        return Picture(files=tuple(files))

    def pause(self, to: Destination, outcome: Deferred) -> None:
        """Leave a chat alone, or the whole platform, for as long as it asked."""
        until = self.clock.monotonic() + outcome.after_seconds
        if outcome.whole_platform:
            self.lanes.pause_all(until=until)
        else:
            self.lanes.pause(to, until=until)
