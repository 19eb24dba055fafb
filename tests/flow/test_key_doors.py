"""`/key` through both doors, in the whole program: the key is used, and nowhere seen."""

from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

from bot.app import App
from bot.telemetry.logs import set_up_logs
from tests.fakes.discord import FakeDiscord
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

ONE: Final = "1767225600000001"
OPERATORS: Final = "an-operators-key-0000"
CANARY: Final = "canary-7f3a91c2-own-relay-key"  # of no shape that a redaction knows


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Everything that the program logs at DEBUG."""
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    set_up_logs("debug", "json")
    return stream


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi", keys=(OPERATORS, CANARY)) as opened:
        opened.task(ONE, status="IN_PROGRESS", progress="40%", owner=CANARY, hold=True)
        yield opened


def settings(relay: FakeRelay, **door: str) -> dict[str, str]:
    return {"RELAY_URL": relay.url, "RELAY_KEY": OPERATORS, "LOG_LEVEL": "debug"} | door


def files_of(folder: Path) -> bytes:
    return b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())


async def used(app: App, relay: FakeRelay) -> None:
    """Wait until the watcher has asked with the own key."""
    await relay.until(
        lambda: any(
            call.headers.get("Authorization") == f"Bearer {CANARY}"
            for call in relay.calls("fetch", ONE)[1:]
        )
    )
    assert app.watcher.rotas


async def test_telegram_takes_a_key_in_private_and_deletes_the_message(
    relay: FakeRelay, tmp_path: Path, logged: StringIO
) -> None:
    async with FakeTelegram() as telegram:
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = settings(
            relay, TELEGRAM_TOKEN=telegram.token, TELEGRAM_API_URL=telegram.url
        )
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            said = await telegram.say(ana, chat, f"/key {CANARY}")
            await telegram.until(lambda: telegram.messages(chat))
            assert "works" in telegram.messages(chat)[0].words
            assert said.deleted

            await telegram.say(ana, chat, f"/watch {ONE}")
            await telegram.until(lambda: len(telegram.messages(chat)) > 1)
            await used(app, relay)
            relay.becomes(ONE, status="SUCCESS")
            await telegram.until(
                lambda: any("Done" in m.words for m in telegram.messages(chat))
            )

        assert telegram.broken_rules == []
        calls = "".join(str(call) for call in telegram.called("sendMessage"))
        assert CANARY not in calls
    assert CANARY not in logged.getvalue()
    assert CANARY.encode() not in files_of(tmp_path)


async def test_telegram_asks_for_a_private_chat_in_a_group(
    relay: FakeRelay, tmp_path: Path, logged: StringIO
) -> None:
    async with FakeTelegram() as telegram:
        ana = telegram.user("Ana")
        group = telegram.group("Team", {ana: "member"})
        env = settings(
            relay, TELEGRAM_TOKEN=telegram.token, TELEGRAM_API_URL=telegram.url
        )
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, group, f"/key {CANARY}")
            await telegram.until(lambda: telegram.messages(group))
            first = telegram.messages(group)[0].words

        assert "in private" in first
        assert relay.calls("fetch") == []
    assert CANARY not in logged.getvalue()
    assert CANARY.encode() not in files_of(tmp_path)


async def test_discord_takes_a_key_by_a_form_that_only_its_filler_sees(
    relay: FakeRelay, tmp_path: Path, logged: StringIO
) -> None:
    async with FakeDiscord() as discord:
        env = settings(relay, DISCORD_TOKEN=discord.token, DISCORD_API_URL=discord.url)
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            use = await discord.slash(discord.user, "key")
            await use.wait_response()
            filled = await discord.submit_modal(use, {"mjw-key.key": CANARY})
            answer = await filled.wait_message()
            assert "works" in str(answer.embeds)
            assert answer.ephemeral

            await discord.slash(discord.user, "watch", {"ids": ONE})
            await discord.until(lambda: discord.messages(discord.channel))
            await used(app, relay)

            gone = await discord.slash(discord.user, "key", {"forget": True})
            erased = await gone.wait_message()
            assert "Erased" in str(erased.embeds)
            assert erased.ephemeral

        assert discord.refusals == []
        sent = "".join(str(message.embeds) for message in discord.messages())
        assert CANARY not in sent
    assert CANARY not in logged.getvalue()
    assert CANARY.encode() not in files_of(tmp_path)


async def test_the_form_speaks_chinese_and_says_what_is_stored(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with FakeDiscord() as discord:
        env = settings(relay, DISCORD_TOKEN=discord.token, DISCORD_API_URL=discord.url)
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            use = await discord.slash(discord.user, "key", locale="zh-CN")
            await use.wait_response()
            empty = await discord.submit_modal(use, {}, locale="zh-CN")
            answer = await empty.wait_message()

        assert use.modal["title"] == "你自己的中转站密钥"
        assert "我没有保存你的密钥" in str(answer.embeds)
