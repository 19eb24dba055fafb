"""An id that no relay knew when it was watched is found on whichever comes to know it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.keys import relay_access
from bot.domain.task import AccountId, TaskKey
from bot.domain.transition import Tell
from bot.errors import StoreError
from bot.watch.options import WatchOptions
from bot.watch.seeking import Seeker
from bot.watch.watcher import Watcher
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, CHAT, Commanding, commanding
from tests.fakes.relay import FakeRelay
from tests.flow.core.conftest import ONE, TWO

STEP = WatchOptions().poll_seconds


@dataclass(frozen=True, slots=True)
class Search:
    """What watches and what seeks, behind the commands."""

    desk: Commanding
    watcher: Watcher
    seeker: Seeker

    async def turns(self, count: int = 1) -> None:
        """Let time pass; both have their turn each time."""
        for _ in range(count):
            await self.watcher.turn()
            await self.seeker.turn()
            self.desk.clock.move(STEP)

    async def told(self) -> list[tuple[str, Tell]]:
        """Say what has come into the outbox: of which relay's task, and what."""
        notes = await self.desk.store.lease(
            CHAT, now=self.desk.clock.now(), limit=9, lease_for=timedelta(days=7)
        )
        return [(note.task.relay, note.tell) for note in notes]


@pytest.fixture
async def second() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        yield opened


@pytest.fixture
async def search(
    store: SqlStore,
    clock: MovedClock,
    tmp_path: Path,
    relay: FakeRelay,
    second: FakeRelay,
) -> AsyncIterator[Search]:
    async with commanding(store, clock, tmp_path / "p", [relay, second]) as desk:
        yield await searching(desk)


async def searching(desk: Commanding) -> Search:
    core, options = desk.core, WatchOptions()
    watcher = Watcher(
        store=desk.store,
        intake=core.intake,
        access=await relay_access(core.relays, desk.store, core.keyring),
        clock=desk.clock,
        bell=core.watch_bell,
        options=options,
    )
    relays = core.relays.in_order()
    seeker = Seeker(
        rotas=watcher.rotas,
        relays=[(await desk.store.account(each.name), each) for each in relays],
        store=desk.store,
        clock=desk.clock,
        bell=core.watch_bell,
        every_seconds=0.0,
    )
    return Search(desk, watcher, seeker)


async def test_it_is_found_where_it_comes_to_be_known(
    search: Search, second: FakeRelay
) -> None:
    await search.desk.commands.watch(ANN, ONE)
    await search.turns(2)
    second.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    await search.turns(2)
    second.becomes(ONE, status="SUCCESS")
    await search.turns(2)

    assert await search.told() == [("r2", Tell.ENDED)]


async def test_it_is_found_while_the_default_relay_is_down(
    search: Search, relay: FakeRelay, second: FakeRelay
) -> None:
    await search.desk.commands.watch(ANN, ONE)
    relay.fault(http=503, times=None)
    await search.turns(2)
    second.task(ONE, status="SUCCESS")
    await search.turns(3)

    assert await search.told() == [("r2", Tell.ENDED)]


async def test_what_nobody_comes_to_know_is_lost_all_the_same(search: Search) -> None:
    await search.desk.commands.watch(ANN, ONE)

    await search.turns(40)

    assert await search.told() == [("r1", Tell.LOST)]


async def test_a_relay_that_is_down_finds_nothing_and_stops_nothing(
    search: Search, relay: FakeRelay, second: FakeRelay
) -> None:
    await search.desk.commands.watch(ANN, ONE)
    second.fault(http=503, times=None)
    await search.turns(3)
    relay.task(ONE, status="SUCCESS")
    await search.turns(2)

    assert await search.told() == [("r1", Tell.ENDED)]


async def test_nobody_is_asked_for_what_the_default_relay_knows(
    search: Search, relay: FakeRelay, second: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", hold=True)
    await search.desk.commands.watch(ANN, f"r1:{ONE}")

    await search.turns(3)

    assert second.requests == []


async def test_an_id_of_a_named_relay_is_not_sought_elsewhere(
    search: Search, relay: FakeRelay
) -> None:
    await search.desk.commands.watch(ANN, f"r2:{TWO}")

    await search.turns(3)

    assert relay.requests == []


async def test_one_relay_alone_seeks_nothing(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    async with commanding(store, clock, tmp_path / "p", [relay]) as desk:
        search = await searching(desk)

        await search.seeker.run()

    assert relay.requests == []


async def test_a_search_that_memory_refused_is_made_again(
    search: Search, second: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await search.desk.commands.watch(ANN, ONE)
    await search.turns(2)
    second.task(ONE, status="IN_PROGRESS", hold=True)
    moved, move_task = asyncio.Event(), search.desk.store.move_task
    refusals = [StoreError("the disk is full")]

    async def refused_once(key: TaskKey, account: AccountId) -> None:
        if refusals:
            raise refusals.pop()
        await move_task(key, account)
        moved.set()

    monkeypatch.setattr(search.desk.store, "move_task", refused_once)
    running = asyncio.create_task(search.seeker.run())
    await moved.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    await search.turns(1)
    r2 = await search.desk.store.account(search.desk.core.relays.names[1])
    assert [w.task_id for w in search.watcher.rotas[r2].watches] == [ONE]
