"""The proxy fails in the way that it is told to."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.chaos import proxy
from tests.chaos.proxy import Proxy, Way
from tests.fakes.patience import PATIENCE_SECONDS

ANSWER = b"0123456789"
SOON = 0.3  # for what does not come


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """A proxy before a server that says ten digits to whoever says anything."""
    monkeypatch.setattr(proxy, "DELAY_SECONDS", 0.05)
    monkeypatch.setattr(proxy, "DRIP_SECONDS", 0.005)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            writer.write(ANSWER)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Proxy(f"http://127.0.0.1:{port}").serving() as made:
        yield made


async def asked(line: Proxy, seconds: float = PATIENCE_SECONDS) -> bytes:
    """Connect, say something, take what comes."""
    port = int(line.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"?")
        async with asyncio.timeout(seconds):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        (Way.PASS, ANSWER),
        (Way.DELAY, ANSWER),
        (Way.DRIP, ANSWER),
        (Way.CUT, ANSWER[:5]),
        (Way.HALF_CLOSE, b""),
    ],
)
async def test_what_passes_is_treated_as_told(
    line: Proxy, way: Way, answer: bytes
) -> None:
    line.behave(way)

    assert await asked(line) == answer
    assert line.connections == 1


async def test_a_black_hole_says_nothing_and_stays_open(line: Proxy) -> None:
    line.behave(Way.BLACK_HOLE)

    with pytest.raises(TimeoutError):
        await asked(line, SOON)


async def test_a_reset_is_noticed_at_once(line: Proxy) -> None:
    line.behave(Way.RESET)

    with pytest.raises(ConnectionResetError):
        await asked(line)
