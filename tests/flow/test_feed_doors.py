"""`/feed` at both doors: the address is shown to its asker and to nobody else."""

import re
from pathlib import Path

import aiohttp

from bot.app import App
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK = "1767225600000001"
PATH = re.compile(r"/w/[\w-]+")


def words(message: StoredMessage) -> str:
    return f"{message.content} {message.embeds}"


async def post(app: App, path: str, body: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{app.web_url}{path}", data=body) as answer,
    ):
        return answer.status


async def test_on_discord_the_address_is_ephemeral_and_feeds_the_channel(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            use = await discord.slash(discord.user, "feed", permissions=1 << 5)
            shown = await use.wait_message()
            path = PATH.search(words(shown))
            assert path is not None

            status = await post(app, path[0], TASK)
            relay.becomes(TASK, status="SUCCESS")
            await discord.until(
                lambda: any(m.rang.rings for m in discord.messages(discord.channel))
            )

        assert status == 200
        assert shown.ephemeral
        assert discord.refusals == []


async def test_on_telegram_the_address_goes_to_the_askers_private_chat(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        ana = telegram.user("Ana")
        alone = telegram.private(ana)
        group = telegram.supergroup("Studio", {ana: "administrator"})
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, group, "/feed")
            await telegram.until(lambda: telegram.messages(group))
            await telegram.until(lambda: telegram.messages(alone))

            public, private = telegram.messages(group), telegram.messages(alone)
            path = PATH.search(private[0].words)
            assert path is not None
            status = await post(app, path[0], TASK)

        assert status == 200
        assert not any(PATH.search(m.words) for m in public)
        assert telegram.broken_rules == []


async def test_on_telegram_somebody_who_never_started_us_is_told_how(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        ana = telegram.user("Ana")
        group = telegram.supergroup("Studio", {ana: "administrator"})
        await telegram.block(ana)
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, group, "/feed")
            await telegram.until(lambda: telegram.messages(group))

        assert "press Start" in telegram.messages(group)[0].words
        assert not any(PATH.search(m.words) for m in telegram.messages(group))
        assert telegram.broken_rules == []
