"""A channel that is gone: who had asked there reads where, and of which tasks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.discord_door import Stage
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay

IDS = [f"176722560000000{n}" for n in range(7)]


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        for task_id in IDS:
            opened.task(task_id, status="IN_PROGRESS", progress="40%", hold=True)
        yield opened


async def told_alone(
    folder: Path, discord: FakeDiscord, relay: FakeRelay, locale: str, ids: list[str]
) -> StoredMessage:
    """Watch in a channel, which is then deleted; gives the one direct message."""
    env = {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
    }
    async with running_program(folder, env) as app:
        await until_ready(app)
        for task_id in ids:
            options = {"ids": task_id}
            use = await discord.slash(discord.user, "watch", options, locale=locale)
            await use.wait_message()
        await discord.delete_channel(discord.channel)
        relay.becomes(ids[0], status="FAILURE")
        return await discord.until(
            lambda: next(iter(discord.messages(discord.dm())), None)
        )


async def test_the_channel_and_the_task_are_named(
    tmp_path: Path, discord: FakeDiscord, relay: FakeRelay
) -> None:
    message = await told_alone(tmp_path, discord, relay, "en-US", IDS[:1])

    assert message.content.replace("\\", "") == (
        "I cannot reach #general (Home) any more, so your 1 watch there has ended. "
        "Use /watch here to go on."
    )
    assert message.embeds[0]["description"] == f"`{IDS[0]}`"
    assert len(discord.messages(discord.dm())) == 1


async def test_of_many_tasks_some_are_named_and_the_rest_counted(
    tmp_path: Path, discord: FakeDiscord, relay: FakeRelay
) -> None:
    message = await told_alone(tmp_path, discord, relay, "zh-CN", IDS)

    assert "#general (Home)" in message.content
    assert "7 个关注已结束" in message.content
    assert [each for each in IDS if each in str(message.embeds)] == IDS[:5]
    assert "另有 2 个" in str(message.embeds)


async def test_names_are_known_after_their_channels(discord: FakeDiscord) -> None:
    stage = Stage(discord)
    thread = discord.add_channel(discord.guild, "foxes", parent=discord.channel)
    other = discord.add_channel(discord.add_guild("Away"), "lobby")
    async with stage.serving() as door:
        names = door.messenger.chat_name
        assert names(stage.here()) == "#general (Home)"
        assert names(stage.here(discord.dm())) == ""

        await discord.delete_channel(thread)
        assert other.guild
        await discord.kick(other.guild)
        await stage.until(lambda: "lobby" in names(stage.here(other)))

        assert names(stage.here(other)) == "#lobby (Away)"
        assert names(stage.here(thread)) == "#general · #foxes (Home)"


async def test_a_channel_that_was_never_known_is_its_number(
    discord: FakeDiscord,
) -> None:
    stage = Stage(discord)
    unknown = discord.add_channel(discord.add_guild("Never"), "x")
    async with stage.door() as door:
        assert door.messenger.chat_name(stage.here(unknown)) == f"#{unknown.id}"
