"""A store that closes waits for whoever still reads, and leaves no connection open."""

import asyncio
import gc
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import StoreError
from storage.engine import open_store
from storage.store import SqlStore
from tests.fakes.clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


async def test_a_read_under_way_ends_before_the_store_is_closed(
    clock: MovedClock, tmp_path: Path
) -> None:
    begun, go_on, found = asyncio.Event(), asyncio.Event(), []

    async def read(store: SqlStore) -> None:
        async with store._db.read() as conn:
            begun.set()
            await go_on.wait()
            found.append((await conn.execute(select(1))).scalar())

    async with asyncio.TaskGroup() as group:
        async with open_store(f"sqlite:///{tmp_path}/a.db", clock=clock) as store:
            group.create_task(read(store))
            await begun.wait()
            asyncio.get_running_loop().call_soon(go_on.set)
        assert found == [1]
    gc.collect()  # a connection that was left open would be warned of here


async def test_a_read_that_is_cancelled_with_the_store_leaves_nothing_open(
    clock: MovedClock, tmp_path: Path
) -> None:
    begun = asyncio.Event()

    async def read(store: SqlStore) -> None:
        async with store._db.read() as conn:
            begun.set()
            while True:
                await conn.execute(select(1))

    async with asyncio.TaskGroup() as group:
        async with open_store(f"sqlite:///{tmp_path}/a.db", clock=clock) as store:
            reading = group.create_task(read(store))
            await begun.wait()
            reading.cancel()
        assert reading.done()
    gc.collect()


async def test_a_closed_store_is_not_opened_again_by_a_latecomer(
    clock: MovedClock, tmp_path: Path
) -> None:
    async with open_store(f"sqlite:///{tmp_path}/a.db", clock=clock) as store:
        pass

    with pytest.raises(StoreError, match="closed"):
        await store.fact("x")
    with pytest.raises(StoreError, match="closed"):
        await store.save_fact("x", "y")


@pytest.mark.parametrize("turns", range(12))
async def test_an_opening_that_is_cancelled_leaves_no_thread_behind(
    clock: MovedClock, tmp_path: Path, turns: int
) -> None:
    async def opened() -> None:
        async with open_store(f"sqlite:///{tmp_path}/a.db", clock=clock):
            pass

    opening = asyncio.create_task(opened())
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening

    # One that still runs would speak to a loop that may be closed by then.
    left = [each.name for each in threading.enumerate() if "_worker_" in each.name]
    assert left == []
