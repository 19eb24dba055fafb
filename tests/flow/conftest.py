"""Memory on SQLite; a relay, and a watcher that asks it.

What an engine must do is in the contract, tried on both; the flows need one.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.contract.conftest import clock, desk, migrated_file, store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.relay import FakeRelay
from tests.fakes.telling import Telling
from tests.fakes.watching import RELAY, Line, opened

__all__ = ["clock", "desk", "migrated_file", "store"]


@pytest.fixture
def store_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    path = tmp_path / "mjwatch.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def held_relay() -> AsyncIterator[FakeRelay]:
    """A relay whose tasks change when they are told to."""
    async with FakeRelay(hold=True) as server:
        yield server


@pytest.fixture
async def line(
    desk: Desk, clock: MovedClock, held_relay: FakeRelay
) -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        made = Line(desk, clock)
        made.clients[RELAY] = await stack.enter_async_context(opened(held_relay, clock))
        yield made


@pytest.fixture
def telling(desk: Desk, clock: MovedClock) -> Telling:
    return Telling(desk, clock)
