"""A thousand clients that never finish hold up nobody: through the whole program."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK: Final = "1767225600000001"
CROWD: Final = 1000
BODY_BYTES: Final = 262_144
PATH: Final = re.compile(r"/w/[\w-]+")
HALVES: Final = (
    b"GET /readyz HTTP/1.1\r\nHost: h\r\nX-Slow: ",  # a head that does not end
    b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + b"1" * 1000,
)


@asynccontextmanager
async def crowd(url: str, path: str) -> AsyncIterator[None]:
    """Have clients that have sent half of what they announced, and wait."""
    at = urlsplit(url)
    writers: list[asyncio.StreamWriter] = []
    try:
        for number in range(CROWD):
            _, writer = await asyncio.open_connection(at.hostname, at.port)
            writers.append(writer)
            half = HALVES[number % 2]
            writer.write(half % path.encode() if b"%b" in half else half)
            await writer.drain()
        yield
    finally:
        for each in writers:
            each.transport.abort()


@pytest.mark.slow
async def test_a_thousand_slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        alone = telegram.private(ana)
        settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        async with running_program(tmp_path, settings) as app:
            await until_ready(app)
            await telegram.say(ana, alone, "/feed")
            await telegram.until(lambda: telegram.messages(alone))
            found = PATH.search(telegram.messages(alone)[0].words)
            assert found is not None
            assert app.web_url is not None
            feed = f"{app.web_url}{found[0]}"
            async with crowd(app.web_url, found[0]), aiohttp.ClientSession() as client:
                ready = await client.get(f"{app.web_url}/readyz")
                fed = await client.post(feed, data=TASK)
                heavy = await client.post(feed, data=b"x" * (BODY_BYTES + 1))
            relay.becomes(TASK, status="SUCCESS")
            await telegram.until(lambda: telegram.rings, 15)

    assert (ready.status, fed.status) == (HTTPStatus.OK, HTTPStatus.OK)
    assert heavy.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
