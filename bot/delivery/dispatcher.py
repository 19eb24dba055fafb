"""The dispatcher of one platform: leases what is to be told, keeps live cards fresh."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from bot.delivery.desk import Desk
from bot.delivery.digests import Digests
from bot.delivery.farewells import Farewells
from bot.delivery.following import Following
from bot.delivery.grouping import Group, is_digest, together
from bot.delivery.live import LiveCards
from bot.delivery.ringing import Ringer
from bot.domain.notification import Notification, NotificationId
from bot.domain.transition import Tell
from bot.doorbell import Doorbell
from bot.errors import StoreError

log = structlog.get_logger(__name__)

STORE_REST_SECONDS: Final = 5.0  # after memory could not be written
CROWD_MOST: Final = 1_000  # leased at once for places that have so much to hear
HURRY: Final = 30  # under way: then no digest waits for its pictures
BUSY_SECONDS: Final = 0.1  # what is due may be waiting for its chat


class Dispatcher:
    """Tells; rings and edits in loops of their own, so that none waits for the other.

    Args:
        desk: The platform.
        bells: One for rings, one for cards; they ring when there may be something
            to tell.
    """

    def __init__(self, desk: Desk, *, bells: tuple[Doorbell, Doorbell]) -> None:
        self._desk = desk
        self._bell = bells[0]
        self._ringer = Ringer(desk)
        self._digests = Digests(desk)
        self._following = Following(desk)
        self._farewells = Farewells(desk)
        self._live = LiveCards(desk, bell=bells[1])
        self._under_way: set[NotificationId] = set()
        self._messages = 0  # that these become
        self._stopping = False
        self._settled = Doorbell()
        self.heartbeat_at = desk.clock.monotonic()

    async def run(self) -> None:
        """Tell for ever; only cancellation ends it."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._run_rings(), name="rings")
                group.create_task(self._live.run(), name="cards")
                group.create_task(self._farewells.run(), name="farewells")
        finally:
            await self._desk.stops.give_back(self._desk.store)

    async def turn(self) -> int:
        """Tell what is due now, and wait for it; say how much there was."""
        notes = await self._lease()
        try:
            async with asyncio.TaskGroup() as group:
                for some in self._groups(notes):
                    group.create_task(self._tell(some))
            await self._farewells.turn()
        finally:
            await self._desk.stops.give_back(self._desk.store)
        return len(notes)

    async def drain(self, seconds: float) -> None:
        """Lease nothing more; give what is on its way so long to arrive."""
        self._stopping = True
        self._bell.ring()
        try:
            async with asyncio.timeout(seconds):
                await self._live.drain()
                while self._under_way:
                    await self._settled.wait(seconds)
        except TimeoutError:
            log.warning("delivery.cut_off", under_way=len(self._under_way))

    async def _run_rings(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await self._bell.wait(await self._ring_some(group))

    async def _ring_some(self, group: asyncio.TaskGroup) -> float:
        """Begin to tell what is due; say how many seconds the next may take."""
        try:
            notes = await self._lease()
            for some in self._groups(notes):
                group.create_task(self._tell(some), name=f"ring-{some[0].id}")
            seconds = 0.0 if notes else await self._idle_seconds()
        except StoreError:
            log.warning("delivery.no_lease")
            return STORE_REST_SECONDS
        self.heartbeat_at = self._desk.clock.monotonic()
        return seconds

    async def _lease(self) -> Sequence[Notification]:
        now = self._desk.clock.monotonic()
        free = self._desk.options.in_flight - self._messages
        paused = self._desk.lanes.all_paused_until() > now
        if self._stopping or free <= 0 or paused:
            return ()
        down = self._desk.outage.down
        notes = await self._desk.store.lease(
            self._desk.messenger.platform,
            now=self._desk.clock.now(),
            limit=1 if down else free,
            lease_for=self._desk.options.lease_for,
            busy=self._desk.lanes.paused(
                now, longer_than=self._desk.options.lane_wait_seconds
            ),
            crowd=0 if down else CROWD_MOST,
        )
        # One whose lease ran out while it is still being told is in good hands.
        fresh = [note for note in notes if note.id not in self._under_way]
        self._under_way.update(note.id for note in fresh)
        return fresh

    def _groups(self, notes: Sequence[Notification]) -> list[Group]:
        pace = self._desk.messenger.pace
        groups = together(notes, lines_of=lambda to: pace(to).digest_lines)
        self._messages += len(groups)
        return groups

    async def _tell(self, notes: Group) -> None:
        try:
            await self._told(notes)
        except StoreError:
            # The lease runs out, and the mark says that a try may have gone out.
            log.warning("delivery.unsettled", notification=notes[0].id)
        finally:
            self._messages -= 1
            self._under_way.difference_update(note.id for note in notes)
            self._settled.ring()

    async def _told(self, notes: Group) -> None:
        """Tell a group in the way that it calls for."""
        if not is_digest(notes):
            await self._ringer.tell(notes[0])
        elif notes[0].tell is Tell.AMEND:
            await self._following.tell(notes)
        else:
            for alone in await self._digests.tell(notes, hurried=self._hurried()):
                await self._ringer.tell(alone)

    def _hurried(self) -> bool:
        return len(self._under_way) > HURRY

    async def _idle_seconds(self) -> float:
        due = await self._desk.store.next_due_at(self._desk.messenger.platform)
        if due is None:
            return self._desk.options.idle_seconds
        wait = (due - self._desk.clock.now()).total_seconds()
        return min(max(wait, BUSY_SECONDS), self._desk.options.idle_seconds)
