"""One platform's telling over a real memory: a dispatcher, a messenger, a gallery."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

from bot.delivery.desk import Desk as TellingDesk
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.lanes import Lanes
from bot.delivery.live import LiveCards
from bot.delivery.options import DeliveryOptions
from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.subscription import Platform, StoredTask, Subscription
from bot.domain.task import Button
from bot.doorbell import Doorbell
from bot.errors import PictureError
from bot.gallery import Gallery
from bot.readers import Readers
from bot.telemetry.metrics import Metrics
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, CHAT, Desk
from tests.fakes.messenger import FakeMessenger

PICTURE: Final = Attachment(kind=FileKind.PHOTO, position=0, name="t1.png")
BUTTON: Final = Button(custom_id="MJ::1", label="U1")
SOON: Final = DeliveryOptions(picture_wait_seconds=0.05)


@dataclass(eq=False)
class Shelf(Gallery):
    """A gallery that has what it is told to have.

    Attributes:
        ready: Whether pictures are there; until then askers wait.
        problem: Why there are none; an Exception is raised as it is.
        asked: How often it was asked.
        held: The platform's name of an earlier upload.
    """

    ready: asyncio.Event = field(default_factory=asyncio.Event)
    problem: str | Exception | None = None
    asked: int = 0
    held: str | None = None

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> list[Attachment]:
        """Give the picture when it is there; once `held`, its name alone."""
        self.asked += 1
        if isinstance(self.problem, Exception):
            raise self.problem
        if self.problem:
            raise PictureError(self.problem)
        await self.ready.wait()
        held = self.held if not anew else None
        return [replace(PICTURE, path=None, file_id=held) if held else PICTURE]


class Telling:
    """A dispatcher and all that it tells with."""

    def __init__(self, desk: Desk, clock: MovedClock) -> None:
        self.desk = desk
        self.clock = clock
        self.messenger = FakeMessenger(clock=clock)
        self.shelf = Shelf()
        self.shelf.ready.set()
        self.metrics = Metrics()
        self.restart()

    def restart(self, options: DeliveryOptions = SOON) -> None:
        """Begin anew with nothing but memory; the one before is dead."""
        lanes = Lanes(
            pace=self.messenger.pace, calls_a_second=self.messenger.calls_a_second
        )
        self.parts = TellingDesk(
            messenger=self.messenger,
            store=self.desk.store,
            gallery=self.shelf,
            lanes=lanes,
            readers=Readers(
                store=self.desk.store,
                clock=self.clock,
                default_language="en",
                relays_shown=False,
            ),
            clock=self.clock,
            metrics=self.metrics,
            chance=lambda: 0.5,
            options=options,
        )
        self.bells = (Doorbell(), Doorbell())
        self.dispatcher = Dispatcher(self.parts, bells=self.bells)
        self.live = LiveCards(self.parts, bell=self.bells[1])

    async def ended(self, *subscriptions: Subscription, **fields: object) -> None:
        """Let tasks succeed, in full."""
        full = {"image_url": "https://x/1.png", "buttons": (BUTTON,), **fields}
        keys = [each.task_key for each in subscriptions]
        await self.desk.ended(*keys, **full)

    async def turns(self, seconds: float, *, step: float = 1.0) -> int:
        """Let time pass in steps, a turn at each; say how much was told."""
        told = await self.dispatcher.turn()
        for _ in range(int(seconds / step)):
            self.clock.move(step)
            told += await self.dispatcher.turn()
        return told

    async def watch_many(self, count: int, *, chats: int = 1) -> list[Subscription]:
        """Watch tasks, spread over some chats."""
        return [
            await self.desk.watch(
                f"t{n}", to=replace(CHAT, chat=f"chat-{n % chats}"), by=ANN
            )
            for n in range(count)
        ]
