"""A watcher between a real client on the wire and a real memory, and the moving of time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from bot.domain.notification import Notification
from bot.domain.task import AccountId, RelayName, TaskId, TaskKey
from bot.domain.transition import Tell
from bot.doorbell import Doorbell
from bot.intake import Intake
from bot.relay import RelayClient, RelayOptions, open_relay
from bot.watch.options import WatchOptions
from bot.watch.watcher import Access, Watcher
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay

RELAY: Final = RelayName("relay")
OTHER: Final = RelayName("other")
OPTIONS: Final = WatchOptions()
INTERVAL: Final = OPTIONS.poll_seconds
IDS: Final = tuple(f"task_{n}" for n in range(4))
BUTTONS: Final = [{"customId": "MJ::JOB::upsample::1::x", "label": "U1"}]


@asynccontextmanager
async def opened(relay: FakeRelay, clock: MovedClock) -> AsyncIterator[RelayClient]:
    options = RelayOptions(
        name=RELAY,
        hosts=(relay.url,),
        key=relay.key,
        rate_per_second=1000,
        timeout_seconds=PATIENCE_SECONDS,
    )
    async with open_relay(options, clock=clock) as client:
        yield client


class Line:
    """A watcher, its relays, and the moving of time."""

    def __init__(self, desk: Desk, clock: MovedClock) -> None:
        self.desk = desk
        self.clock = clock
        self.clients: dict[RelayName, RelayClient] = {}
        self.rung = Doorbell()
        self.bell = Doorbell()
        self.watcher = self.started()

    def started(self, options: WatchOptions = OPTIONS) -> Watcher:
        """Start a watcher; the one before is dead."""
        self.watcher = Watcher(
            store=self.desk.store,
            intake=Intake(store=self.desk.store, bells=[self.rung]),
            access=self._access,
            clock=self.clock,
            bell=self.bell,
            options=options,
        )
        return self.watcher

    async def turns(self, seconds: float, *, step: float = 1.0) -> int:
        """Let time pass in steps, a turn at each; say how many looks there were."""
        looks = await self.watcher.turn()
        for _ in range(int(seconds / step)):
            self.clock.move(step)
            looks += await self.watcher.turn()
        return looks

    async def settled(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until what runs by itself has hung up all watches again."""
        async with asyncio.timeout(seconds):
            while any(r.next_due() is None for r in self.watcher.rotas.values()):  # noqa: ASYNC110 - no event says so
                await asyncio.sleep(0.01)

    def ring(self) -> None:
        """Wake all loops, since time was moved."""
        self.bell.ring()
        for rota in self.watcher.rotas.values():
            rota.bell.ring()

    async def told(self) -> list[Notification]:
        """Lease and settle all that the outbox holds."""
        notes = await self.desk.lease(limit=500)
        for note in notes:
            await self.desk.told(note)
        return notes

    async def tells(self) -> list[Tell]:
        """Name what is told now."""
        return [note.tell for note in await self.told()]

    async def _access(self, account: AccountId) -> Access | None:
        for name, client in self.clients.items():
            if await self.desk.store.account(name) == account:
                return Access(relay=name, client=client)
        return None


async def watching(
    line: Line, relay: FakeRelay, ids: Sequence[str] = IDS, **fields: str
) -> list[TaskKey]:
    """Watch tasks that run."""
    keys = []
    for each in ids:
        relay.task(each)
        relay.becomes(each, **{"status": "IN_PROGRESS", "progress": "10%", **fields})
        keys.append((await line.desk.watch(each)).task_key)
    return keys


async def still_watched(line: Line, keys: Sequence[TaskKey]) -> bool:
    tasks = await line.desk.store.tasks(keys)
    return all(task.watched for task in tasks.values())


def id_of(text: str) -> TaskId:
    return TaskId(text)
