"""A thousand clients that never finish what they began to say to the web server."""

import asyncio
import re
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.report import Finding
from tests.chaos.servers import START_SECONDS
from tests.chaos.stage import Stage

CROWD: Final = 1000
BODY_BYTES: Final = 262_144  # more is refused
PATH: Final = re.compile(r"/w/[\w-]+")


@asynccontextmanager
async def crowd(url: str, path: str, *, clients: int = CROWD) -> AsyncIterator[None]:
    """Have clients that have sent half of what they announced, and wait.

    Half of them are in the middle of a head, the others of a body.
    """
    head = b"GET /readyz HTTP/1.1\r\nHost: h\r\nX-Slow: "
    post = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n1"
    at = urlsplit(url)
    _room_for(clients)
    writers: list[asyncio.StreamWriter] = []
    try:
        for number in range(clients):
            _, writer = await asyncio.open_connection(at.hostname, at.port)
            writers.append(writer)
            writer.write(post.encode() if number % 2 else head)
            await writer.drain()
        yield
    finally:
        for each in writers:
            each.transport.abort()


def _room_for(clients: int) -> None:
    """Let this program have as many files open as that takes, twice in one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * clients
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def answers(url: str, path: str, body: str) -> tuple[int, int, int]:
    """Ask whether it is ready, feed it, and feed it too much; give what it says."""
    feed = f"{url}{path}"
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{url}/readyz") as ready,
        client.post(feed, data=body) as fed,
        client.post(feed, data=b"x" * (BODY_BYTES + 1)) as heavy,
    ):
        return ready.status, fed.status, heavy.status


async def crowd_at_the_door(stage: Stage) -> Finding:
    """Feed a task while a thousand hang; it is watched, and told."""
    telegram = stage.chats[0]
    await stage.bot.start()
    await stage.bot.ready()
    [(chat, [task])] = wishes = stage.new_wishes(1, each=1)
    await stage.make([task])
    await telegram.open([chat])
    await telegram.say(chat, "feed", "")
    url, path = f"http://127.0.0.1:{stage.bot.port}", await _address(stage)
    async with crowd(url, path):
        said = await answers(url, path, task)
    await stage.end([task])
    wanted = [(telegram.platform, chat, task)]
    late = await stage.until_told(wanted)
    good = (HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    broken = [] if said == good else [f"answered {said}"]
    return Finding(
        what="slow clients",
        times=CROWD,
        broken=broken + [f"{each} untold" for each in wishes if late > START_SECONDS],
    )


async def _address(stage: Stage) -> str:
    async with asyncio.timeout(START_SECONDS):
        while True:
            for each in await stage.chats[0].said():
                if found := PATH.search(each.words):
                    return found[0]
            await asyncio.sleep(LOOK_SECONDS)
