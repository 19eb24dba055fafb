"""The program killed between a ring and its answer, back when the nonce is forgotten."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.bot import Bot
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.ports import held_port
from tests.fakes.relay import FakeRelay

pytestmark = pytest.mark.slow
ID: Final = "1767225600000001"
OUTAGE_SECONDS: Final = 900.0
RING: Final = "POST /channels/*/messages"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake
        assert fake.refusals == []


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        opened.task(ID, status="IN_PROGRESS", progress="40%", hold=True)
        yield opened


@pytest.fixture
async def bot(
    tmp_path: Path, discord: FakeDiscord, relay: FakeRelay
) -> AsyncIterator[Bot]:
    settings = {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
        "IMAGE_HOSTS": "127.0.0.1",
        "POLL_SECONDS": "0.5",
    }
    with held_port() as port:
        bot = Bot(tmp_path, settings, port)
        try:
            yield bot
        finally:
            await bot.over()


async def killed_amid_a_ring(
    bot: Bot, discord: FakeDiscord, relay: FakeRelay, *, arrives: bool
) -> None:
    """Kill it while a ring is under way; the answer, at least, does not come back."""
    await bot.start()
    await bot.ready()
    use = await discord.slash(discord.user, "watch", {"ids": ID})
    await use.wait_message()
    never = asyncio.Event()
    fault = discord.fault(RING, hold=never, reset=True, after=arrives)
    relay.becomes(ID, status="SUCCESS")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await fault.reached.wait()
    await bot.kill()
    never.set()


def outage(bot: Bot, discord: FakeDiscord) -> None:
    """Let time pass that neither the mark nor the nonce outlives."""
    discord.advance(OUTAGE_SECONDS)
    with closing(sqlite3.connect(bot.database)) as conn, conn:
        older = "UPDATE outbox SET {0} = {0} - ? WHERE sending_since IS NOT NULL"
        for column in ("created_at", "due_at", "leased_until", "sending_since"):
            ago = (int(OUTAGE_SECONDS * 1e6),)
            marked = conn.execute(older.format(column), ago).rowcount
            assert marked == 1


async def settled(bot: Bot) -> None:
    """Wait until nothing is left to be told."""
    query = "SELECT count(*) FROM outbox WHERE state = 'pending'"
    async with asyncio.timeout(PATIENCE_SECONDS):
        with closing(sqlite3.connect(bot.database)) as conn:
            while conn.execute(query).fetchone()[0]:  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.05)


def rings(discord: FakeDiscord) -> list[StoredMessage]:
    return [each for each in discord.messages() if each.rang.rings]


@pytest.mark.parametrize("listed", [True, False], ids=["nonce", "no nonce"])
async def test_a_ring_that_is_out_is_found_and_not_sent_again(
    bot: Bot, discord: FakeDiscord, relay: FakeRelay, listed: bool
) -> None:
    await killed_amid_a_ring(bot, discord, relay, arrives=True)
    [ring] = rings(discord)
    ring.nonce = ring.nonce if listed else None  # it may be left out of what is listed
    outage(bot, discord)
    for number in range(40):
        await discord.say(discord.user, discord.channel, f"chat {number}")

    await bot.start()
    await bot.ready()
    await settled(bot)

    assert rings(discord) == [ring]
    assert ring.files
    assert discord.made("GET", f"/channels/{discord.channel.id}/messages")
    nonces = [call for call in discord.made("POST", "/messages") if nonce(call.json)]
    assert len(nonces) == 1


async def test_a_ring_that_never_arrived_is_sent(
    bot: Bot, discord: FakeDiscord, relay: FakeRelay
) -> None:
    await killed_amid_a_ring(bot, discord, relay, arrives=False)
    assert rings(discord) == []
    outage(bot, discord)

    await bot.start()
    await bot.ready()
    await settled(bot)

    assert len(rings(discord)) == 1
    assert discord.made("GET", f"/channels/{discord.channel.id}/messages")


def nonce(body: object) -> bool:
    """Whether a body is that of the ring."""
    return isinstance(body, dict) and str(body.get("nonce")).endswith("-end")
