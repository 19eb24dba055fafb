"""The main job, end to end: a typed command, a task that ends, the bytes that ring.

Each of the four relays, as its page shows it, goes through the whole program to each
door: the real clients talk to strict fakes, and what those received is looked at.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import PAGES, FakeRelay
from tests.fakes.telegram import FakeTelegram

IDS: Final = {"crazyrouter": "task_1234567890"}
# Nothing of these may reach a chat: hooks, other people's ids, messages, hashes. A year
# counts where it stands alone: the platforms' own ids hold any four digits by chance.
HIDDEN: Final = re.compile(
    r"[Hh]ook|messageHash|discordChannelId|messageContent|maskBase64|discordInstanceId"
    r"|nonce|None|null|0x0|\b1970\b|<t:0\b",
)


def task_of(kind: str) -> str:
    return IDS.get(kind, "1767225600000001")


def settings(relay: FakeRelay) -> dict[str, str]:
    return {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}


@pytest.mark.parametrize("kind", PAGES)
async def test_a_watched_task_rings_on_telegram_with_its_picture(
    kind: str, tmp_path: Path
) -> None:
    async with FakeRelay(kind=kind) as relay, FakeTelegram() as telegram:
        task = task_of(kind)
        relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            await telegram.say(ana, chat, f"/watch {task}")
            await telegram.until(lambda: telegram.messages(chat))

            relay.becomes(task, status="SUCCESS")
            # An album of four wears a private chat out for five seconds.
            await telegram.until(lambda: "Done" in telegram.messages(chat)[0].words)

        sent = telegram.messages(chat)
        rings = [m for m in sent if not m.silent]
        assert len({m.album or m.id for m in rings}) == 1
        assert rings[0].media is not None
        assert telegram.mentions(rings[0]) == [ana]
        assert any(task in m.words and "U2" in m.labels for m in sent)
        assert not leaked(m.words for m in sent)
        assert telegram.broken_rules == []


@pytest.mark.parametrize("kind", PAGES)
async def test_a_watched_task_rings_on_discord_with_its_picture(
    kind: str, tmp_path: Path
) -> None:
    async with FakeRelay(kind=kind) as relay, FakeDiscord() as discord:
        task = task_of(kind)
        relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            await discord.slash(discord.user, "watch", {"ids": task})
            await discord.until(lambda: discord.messages(discord.channel))

            relay.becomes(task, status="SUCCESS")
            await discord.until(
                lambda: "Done" in words(discord.messages(discord.channel)[0])
            )

        sent = discord.messages(discord.channel)
        rings = [m for m in sent if m.rang.rings]
        assert len(rings) == 1
        assert rings[0].files
        assert rings[0].rang.users == {discord.user.id}
        assert any(task in words(m) and labels(m) >= {"U2"} for m in sent)
        assert not leaked(words(m) for m in sent)
        assert discord.refusals == []


async def test_a_button_reports_its_customid_after_a_restart(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        relay.task("1767225600000001", status="SUCCESS")
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            await telegram.say(ana, chat, "/status 1767225600000001")
            await telegram.until(
                lambda: any("U2" in m.labels for m in telegram.messages(chat))
            )
        card = next(m for m in telegram.messages(chat) if "U2" in m.labels)

        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            press = await telegram.press(ana, card, "U2")
            toast = await press.wait_answer()

        assert "MJ::JOB::upsample::2::" in str(toast)
        assert telegram.broken_rules == []


async def test_a_task_that_ends_while_the_bot_is_down_is_told_at_its_return(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        relay.task("1767225600000001", status="IN_PROGRESS", progress="40%", hold=True)
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            await discord.slash(discord.user, "watch", {"ids": "1767225600000001"})
            await discord.until(lambda: discord.messages(discord.channel))
        relay.becomes("1767225600000001", status="FAILURE", failReason="Banned prompt")

        async with running_program(tmp_path, settings(relay) | env) as app:
            await until_ready(app)
            await discord.until(
                lambda: any(m.rang.rings for m in discord.messages(discord.channel))
            )

        ring = next(m for m in discord.messages(discord.channel) if m.rang.rings)
        assert "Banned prompt" in words(ring)
        assert discord.refusals == []


async def test_an_id_that_no_relay_knew_rings_from_the_one_that_comes_to_know_it(
    tmp_path: Path,
) -> None:
    async with (
        FakeRelay("dmxapi") as first,
        FakeRelay("dmxapi") as second,
        FakeTelegram() as telegram,
    ):
        task = task_of("dmxapi")
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        env |= {"RELAYS__A__URL": first.url, "RELAYS__A__KEY": first.key}
        env |= {"RELAYS__B__URL": second.url, "RELAYS__B__KEY": second.key}
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, chat, f"/watch {task}")
            await telegram.until(lambda: telegram.messages(chat))
            second.task(task, status="IN_PROGRESS", progress="40%", hold=True)
            await telegram.until(lambda: "40%" in telegram.messages(chat)[0].words)

            second.becomes(task, status="SUCCESS")
            await telegram.until(lambda: "Done" in telegram.messages(chat)[0].words)

        _, *rings = telegram.messages(chat)
        assert len(rings) == 1
        assert rings[0].media is not None
        assert telegram.mentions(rings[0]) == [ana]


def words(message: StoredMessage) -> str:
    """Everything that a person reads in a Discord message."""
    return " ".join([message.content, *_texts(message.embeds)])


def labels(message: StoredMessage) -> set[str]:
    return {button.get("label", "") for button in message.buttons()}


def leaked(texts: Iterable[str]) -> list[str]:
    return [found for text in texts for found in HIDDEN.findall(text)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
