"""Row 13: what a chat with twenty running tasks costs its platform.

The shipped dispatcher, boards and store under a program clock, at each door's true
pace; the platform is a counter. Tasks come from a feed, live and end one by one, and
each is followed by another, so that twenty always run. Answers to people's commands
are not counted: there are none.
"""

import argparse
import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from adapters.discord import limits as discord
from adapters.telegram import limits as telegram
from benchmarks.report import Row, header, markdown
from bot.delivery.desk import Desk
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.lanes import Lanes
from bot.delivery.live import LiveCards
from bot.delivery.options import DeliveryOptions
from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.notification import Delivered, Outcome
from bot.domain.subscription import (
    Destination,
    Person,
    Place,
    Platform,
    Receipt,
    Standing,
    StoredTask,
)
from bot.domain.task import RelayName, Snapshot, State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition
from bot.doorbell import Doorbell
from bot.gallery import Gallery
from bot.ports import Joined, Letter, Limits, Pace, Store
from bot.present.card import Card
from bot.readers import Readers
from bot.telemetry.metrics import Metrics
from storage.engine import open_store

RUNNING: Final = 20
STEP_SECONDS: Final = 0.5
GOAL: Final = 2.0
LIVES: Final = (45.0, 90.0, 180.0)  # seconds from submit to end
NO_LIMITS: Final = Limits(person_watches=0, chat_watches=0)
DISCORD_PACE: Final = Pace(
    edit_seconds=discord.EDIT_SECONDS,
    old_edit_seconds=discord.OLD_EDIT_SECONDS,
    calls_a_minute=discord.CALLS_A_MINUTE,
    ring_seconds=discord.RING_SECONDS,
)
DOORS: Final = {
    Platform("discord"): (DISCORD_PACE, discord.CALLS_A_SECOND),
    telegram.PLATFORM: (telegram.pace_of(Place.GROUP), telegram.CALLS_A_SECOND),
}


@dataclass(slots=True)
class ProgramClock:
    """A clock that stands until it is moved."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Pictures(Gallery):
    """A picture for everybody, at once; it needs no relay and no folder."""

    def __init__(self) -> None:
        """Take nothing."""

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,  # noqa: ARG002 - the gallery's signature
        limits: MediaLimits,  # noqa: ARG002 - as above
        original: bool = False,  # noqa: ARG002 - as above
        anew: bool = False,  # noqa: ARG002 - as above
    ) -> list[Attachment]:
        name = f"{task.task_id}.png"
        return [Attachment(kind=FileKind.PHOTO, position=0, name=name)]


@dataclass(eq=False)
class CountingPlatform:
    """Takes everything, and counts the calls that it would have been."""

    platform: Platform
    chat_pace: Pace
    calls_a_second: float
    calls: Counter[str] = field(default_factory=Counter)

    def pace(self, destination: Destination) -> Pace:  # noqa: ARG002 - all are alike
        return self.chat_pace

    def media_limits(self, destination: Destination) -> MediaLimits:
        del destination
        return telegram.MEDIA

    def chat_name(self, destination: Destination) -> str:
        del destination
        return ""

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:  # noqa: ARG002 - no call is unsure here
        return False

    async def send(self, letter: Letter) -> Outcome:
        kind = "rings" if letter.loud else "boards posted"
        # Where files count, an album's card goes below it by a call of its own.
        album = len(letter.files) > 1 and self.chat_pace.album_files > 0
        self.calls[kind] += 2 if album else 1
        return Delivered(receipt=Receipt(f"m{self.calls.total()}"))

    async def edit(
        self,
        receipt: Receipt,
        card: Card,  # noqa: ARG002 - the port's signature
        *,
        to: Destination,  # noqa: ARG002 - as above
        files: tuple[Attachment, ...] = (),  # noqa: ARG002 - as above
    ) -> Outcome:
        self.calls["edits"] += 1
        return Delivered(receipt=receipt)

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        del letter, since
        return True

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        del person, card
        return Delivered(receipt=Receipt(key))


@dataclass(slots=True, kw_only=True)
class Chat:
    """One chat in which twenty tasks always run."""

    store: Store
    clock: ProgramClock
    to: Destination
    life_seconds: float
    born: dict[TaskKey, tuple[TaskId, float]] = field(default_factory=dict)
    count: int = 0
    ended: int = 0

    async def fill(self) -> None:
        """Watch as many as are missing; the first ones are of all ages."""
        first = not self.count
        account = await self.store.account(RelayName("bench"))
        while len(self.born) < RUNNING:
            age = self.life_seconds * len(self.born) / RUNNING if first else 0.0
            self.count += 1
            task_id = TaskId(f"17672256{self.count:08}")
            joined = await self.store.subscribe(
                account,
                task_id,
                destination=self.to,
                person=None,
                limits=NO_LIMITS,
                at=self.clock.now(),
            )
            if isinstance(joined, Joined):
                key = joined.subscription.task_key
                self.born[key] = (task_id, self.clock.seconds - age)

    async def live(self) -> None:
        """Let everybody grow a step, and end who has lived."""
        steps = [self._step(key, *life) for key, life in self.born.items()]
        await self.store.record(steps)
        over = [step.task_key for step in steps if step.tell]
        self.ended += len(over)
        for key in over:
            del self.born[key]
        await self.fill()

    def _step(self, key: TaskKey, task_id: TaskId, born: float) -> Transition:
        part = min((self.clock.seconds - born) / self.life_seconds, 1.0)
        over = part >= 1.0
        state = State.SUCCEEDED if over else State.RUNNING
        prompt = f"a paper boat, number {key}"
        snapshot = Snapshot(
            task_id=task_id, state=state, progress=int(part * 100), prompt=prompt
        )
        return Transition(
            task_key=key,
            at=self.clock.now(),
            state=state,
            progress=int(part * 100),
            snapshot=snapshot,
            standing=Standing.FINE,
            tell=Tell.ENDED if over else None,
            ends_watch=over,
        )


async def count(platform: Platform, life: float, *, seconds: float) -> dict[str, float]:
    """Run one chat; say how many calls of each kind there were for a finished task."""
    pace, rate = DOORS[platform]
    counter = CountingPlatform(platform, pace, rate)
    clock = ProgramClock()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'busy.db'}"
        async with open_store(url, clock=clock) as store:
            to = Destination(platform=platform, chat="-100", place=Place.GROUP)
            chat = Chat(store=store, clock=clock, to=to, life_seconds=life)
            desk = _desk(counter, store, clock)
            await chat.fill()
            await _run(chat, desk, seconds=seconds)
    found = {kind: calls / chat.ended for kind, calls in counter.calls.items()}
    return {"calls": sum(found.values()), **found, "ended": chat.ended}


async def _run(chat: Chat, desk: Desk, *, seconds: float) -> None:
    dispatcher = Dispatcher(desk, bells=(Doorbell(), Doorbell()))
    live = LiveCards(desk, bell=Doorbell())
    for number in range(int(seconds / STEP_SECONDS)):
        if number % 4 == 0:  # as often as a relay is asked
            await chat.live()
        await dispatcher.turn()
        await live.turn()
        chat.clock.seconds += STEP_SECONDS


def _desk(counter: CountingPlatform, store: Store, clock: ProgramClock) -> Desk:
    return Desk(
        messenger=counter,
        store=store,
        gallery=Pictures(),
        lanes=Lanes(pace=counter.pace, calls_a_second=counter.calls_a_second),
        readers=Readers(
            store=store, clock=clock, default_language="en", relays_shown=False
        ),
        clock=clock,
        metrics=Metrics(),
        chance=lambda: 0.5,
        options=DeliveryOptions(lane_wait_seconds=0.0),
    )


async def rows(*, quick: bool) -> list[Row]:
    """Count on each door, for tasks that live short, middling and long."""
    seconds = 240.0 if quick else 480.0
    return [
        await _row(number, platform, quick=quick, seconds=seconds)
        for number, platform in zip(("13", "13b"), DOORS, strict=True)
    ]


async def _row(number: str, platform: Platform, *, quick: bool, seconds: float) -> Row:
    found = {
        life: await count(platform, life, seconds=seconds)
        for life in (LIVES[1:2] if quick else LIVES)
    }
    said = ", ".join(
        f"{each['calls']:.2f} ({life:.0f} s)" for life, each in found.items()
    )
    return Row(
        number,
        f"calls to {platform} for a finished task in a group with {RUNNING} running "
        "(a task's life)",
        said,
        "the ring alone: 1",
        f"at most {GOAL:.0f}",
        all(each["calls"] <= GOAL for each in found.values()),
        f"{seconds:.0f} s" if quick else "",
        {f"{life:.0f}": each for life, each in found.items()},
    )


def main() -> None:
    """Count, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.busy_chat")
    parser.add_argument("--quick", action="store_true", help="90 s tasks alone")
    given = parser.parse_args()
    found = asyncio.run(rows(quick=given.quick))
    print(markdown(header(quick=given.quick), found))


if __name__ == "__main__":
    main()
