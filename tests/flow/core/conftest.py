"""The real core, with a relay on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, Commanding, commanding, ref
from tests.fakes.relay import FakeRelay

ONE, TWO = "1767225600000001", "1767225600000002"


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        yield opened


@pytest.fixture
async def desk(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay]) as opened:
        yield opened


async def watching(desk: Commanding, relay: FakeRelay) -> str:
    """Begin a watch by Ann; gives the card's Stop button."""
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    reply = await desk.commands.watch(ANN, ONE)
    return ref(reply, "Stop")
