"""A busy chat through the whole program: watched, restarted, ended, on both doors."""

from pathlib import Path
from typing import Final

import pytest

from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.model import Chat, Message

IDS: Final = [f"176722560000{n:04}" for n in range(7)]


def busy(relay: FakeRelay) -> dict[str, str]:
    """Let seven tasks run."""
    for task in IDS:
        relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
    return {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}


def all_end(relay: FakeRelay) -> None:
    for task in IDS:
        relay.becomes(task, status="SUCCESS")


def said(message: StoredMessage) -> str:
    embeds = (
        f"{e.get('title', '')} {e.get('description', '')}" for e in message.embeds
    )
    return " ".join([message.content, *embeds])


def having(telegram: FakeTelegram, chat: Chat, words: str) -> list[Message]:
    return [m for m in telegram.messages(chat) if words in m.words]


def pictures(telegram: FakeTelegram, chat: Chat) -> list[Message]:
    """Those that have followed a digest, without a sound."""
    return [m for m in telegram.messages(chat) if m.media and m.album and m.silent]


@pytest.mark.slow
async def test_on_telegram_a_board_outlives_a_restart_and_a_digest_rings_once(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        telegram.limit_flood()
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        env |= busy(relay)
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, chat, f"/watch {' '.join(IDS)}")
            await telegram.until(lambda: having(telegram, chat, "7 tasks are running"))

        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            all_end(relay)
            await telegram.until(lambda: having(telegram, chat, "7 tasks: ✅ 7"))
            await telegram.until(lambda: having(telegram, chat, "Nothing is running"))
            [digest] = having(telegram, chat, "7 tasks: ✅ 7")
            await telegram.press(ana, digest, digest.labels[2])
            await telegram.until(
                lambda: any(
                    IDS[2] in m.words and "U2" in m.labels
                    for m in telegram.messages(chat)
                )
            )
            await telegram.until(lambda: len(pictures(telegram, chat)) == len(IDS))

        boards = having(telegram, chat, "📋")
        assert len(boards) == 1
        assert boards[0].silent
        assert not digest.silent
        assert all(task in digest.words for task in IDS)
        assert telegram.broken_rules == []


@pytest.mark.slow
async def test_on_discord_a_board_outlives_a_restart_and_a_digest_rings_once(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
        env |= busy(relay)
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            ids = {"ids": " ".join(IDS)}
            await discord.slash(discord.user, "watch", ids)
            await discord.until(lambda: _with(discord, "7 tasks are running"))

        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            all_end(relay)
            await discord.until(lambda: _with(discord, "Nothing is running"))
            await discord.until(lambda: _with(discord, "7 tasks: ✅ 7"))

        [ring] = [m for m in discord.messages(discord.channel) if m.rang.rings]
        assert len(ring.files) == len(IDS)
        assert len(ring.buttons()) == len(IDS)
        assert ring.rang.users == {discord.user.id}
        assert len(_with(discord, "📋")) == 1
        assert discord.refusals == []


def _with(discord: FakeDiscord, words: str) -> list[StoredMessage]:
    return [m for m in discord.messages(discord.channel) if words in said(m)]
