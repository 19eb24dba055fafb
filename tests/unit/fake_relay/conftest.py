"""A fake relay, and somebody who asks it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.relay import FakeRelay


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="geeknow", auth="none") as made:
        yield made
