"""A console on loopback, and a page of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.fakes.console import Console, open_console
from tests.fakes.tab import Tab


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with open_console(tmp_path) as opened:
        yield opened


@pytest.fixture
async def tab(console: Console) -> AsyncIterator[Tab]:
    async with ClientSession() as session:
        made = Tab(session, console)
        await made.look()
        yield made
