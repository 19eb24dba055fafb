"""The door's life: what Telegram may do to it, and what readiness says meanwhile."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram.error import TimedOut

from adapters.telegram.adapter import TelegramDoor, in_words
from tests.fakes.commands import FakeCommands
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.flow.telegram.cards import ID
from tests.flow.telegram.conftest import Stage


async def test_before_it_runs_it_is_not_ready(
    stage: Stage,
) -> None:
    async with stage.opened() as door:
        assert door.problems() == ["telegram: not connected yet"]


async def test_a_door_that_polls_is_ready_and_takes_the_webhook_away(
    telegram: FakeTelegram, door: TelegramDoor
) -> None:
    await telegram.until(lambda: len(telegram.called("getUpdates")) == 2)

    assert door.problems() == []
    assert telegram.called("deleteWebhook")
    assert door.routes == ()


@pytest.mark.parametrize("status", [401, 404])
async def test_a_refused_token_is_said_and_ends_nothing(
    stage: Stage,
    telegram: FakeTelegram,
    status: int,
) -> None:
    telegram.fault("getMe", status=status, times=3)

    with capture_logs() as logs:
        async with stage.running() as door:
            await telegram.until(lambda: len(telegram.called("getMe")) == 3)
            told = door.problems()
            await telegram.until(lambda: telegram.called("getUpdates"))

    assert told == ["telegram: the token is refused"]
    assert telegram.token not in str(logs)
    troubles = [each for each in logs if each["event"] == "telegram.trouble"]
    assert len(troubles) == 1


async def test_a_poller_whose_token_dies_is_noticed_and_goes_on_when_it_lives(
    telegram: FakeTelegram, door: TelegramDoor, anna: User, chat: Chat
) -> None:
    await telegram.until(lambda: telegram.called("getUpdates"))
    dead = telegram.fault("getUpdates", status=401, times=None)
    await telegram.say(anna, chat, "/help")
    await telegram.until(lambda: dead.hits > 1)
    told = door.problems()

    dead.lift()
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    assert told == ["telegram: the token is refused"]
    assert door.problems() == []


async def test_another_poller_is_said_once_and_does_not_end_ours(
    telegram: FakeTelegram, door: TelegramDoor, anna: User, chat: Chat
) -> None:
    await telegram.until(lambda: telegram.called("getUpdates"))
    with capture_logs() as logs:
        conflict = telegram.fault("getUpdates", status=409, times=None)
        await telegram.say(anna, chat, "/help")
        await telegram.until(lambda: conflict.hits > 2)
        told = door.problems()
        conflict.lift()
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    assert told == ["telegram: another process fetches this bot's updates (409)"]
    assert len([each for each in logs if each["event"] == "telegram.trouble"]) == 1


@pytest.mark.parametrize(
    "trouble", [{"status": 502}, {"reset": True}, {"status": 500, "body": "<html>"}]
)
async def test_an_outage_is_waited_out(
    stage: Stage,
    telegram: FakeTelegram,
    anna: User,
    chat: Chat,
    trouble: dict[str, object],
) -> None:
    telegram.fault("*", times=4, **trouble)  # type: ignore[arg-type] # fields of a Fault

    async with stage.running() as door:
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))

        assert door.problems() == []


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"status": 502}, "cannot be reached"),
        ({"status": 500, "body": "<html>"}, "cannot be reached"),
        ({"status": 200, "body": "<html>"}, "cannot be reached"),
        ({"reset": True}, "cannot be reached"),
        ({"retry_after": 1}, "told to wait (429)"),
        ({"status": 401}, "the token is refused"),
        ({"status": 404}, "the token is refused"),
        ({"status": 409}, "another process fetches this bot's updates (409)"),
    ],
)
async def test_every_trouble_is_said_once_and_goes_by(
    telegram: FakeTelegram, door: TelegramDoor, trouble: dict[str, Any], words: str
) -> None:
    await telegram.until(lambda: len(telegram.called("getUpdates")) == 2)
    with capture_logs() as logs:
        ill = telegram.fault("getUpdates", times=2, **trouble)
        await telegram.push_raw({"update_id": 1})  # ends the poll that is held
        await telegram.until(lambda: ill.hits == 2)
        told = door.problems()
        while door.problems():  # noqa: ASYNC110 - readiness has no event
            await asyncio.sleep(0.01)

    assert told == [f"telegram: {words}"]
    said = [each["trouble"] for each in logs if each["event"] == "telegram.trouble"]
    assert said == [words]
    assert telegram.token not in str(logs)


def test_silence_has_words_of_its_own() -> None:
    assert in_words(TimedOut()) == "no answer in time"


async def test_a_poll_that_is_held_though_it_asked_not_to_be_is_one_that_runs(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    held = asyncio.Event()
    telegram.fault("getUpdates", hang=held)

    async with stage.running() as door, asyncio.timeout(PATIENCE_SECONDS):
        await telegram.until(lambda: telegram.called("getUpdates"))
        while door.problems():  # noqa: ASYNC110 - readiness has no event
            await asyncio.sleep(0.01)
        held.set()
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))


async def test_a_webhook_that_cannot_be_taken_away_stops_no_polling(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    telegram.fault("deleteWebhook", status=404, times=None)

    with capture_logs() as logs:
        async with stage.running() as door:
            await telegram.say(anna, chat, f"/status {ID}")
            await telegram.until(lambda: telegram.messages(chat))

            assert door.problems() == []
    assert "telegram.webhook_stays" in [each["event"] for each in logs]


async def test_a_bare_update_is_taken(
    telegram: FakeTelegram, door: TelegramDoor, anna: User, chat: Chat
) -> None:
    await telegram.push_raw(
        {
            "update_id": 5,
            "message": {
                "message_id": 1,
                "chat": {"id": chat.id},
                "from": {"id": anna.id},
                "text": f"/status {ID}",
            },
        }
    )
    await telegram.until(lambda: telegram.messages(chat))

    assert [each.text for each in telegram.messages(chat)] == [f"status {ID}"]


async def test_an_update_that_cannot_be_read_stops_no_other(
    telegram: FakeTelegram, door: TelegramDoor, anna: User, chat: Chat
) -> None:
    await telegram.push_raw({"update_id": 5, "message": {"absurd": True}})
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert door.problems() == []


async def test_an_answer_that_fails_stops_no_other(
    telegram: FakeTelegram,
    door: TelegramDoor,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
) -> None:
    commands.answers["list"] = RuntimeError(f"with {telegram.token}")
    with capture_logs() as logs:
        await telegram.say(anna, chat, "/list")
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))
        await asyncio.sleep(0)

    [failed] = [each for each in logs if each["event"] == "telegram.update_failed"]
    assert failed["error"] == "RuntimeError"
    assert telegram.token not in str(logs)


async def test_a_command_list_that_is_told_to_wait_is_set_later(
    stage: Stage, telegram: FakeTelegram
) -> None:
    telegram.fault("setMyCommands", retry_after=1)

    async with stage.running():
        await telegram.until(lambda: len(telegram.asking.commands) == 8)

    assert len(telegram.called("setMyCommands")) == 9


async def test_a_stop_confirms_what_is_done(
    stage: Stage,
    telegram: FakeTelegram,
    anna: User,
    chat: Chat,
) -> None:
    async with stage.running():
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))
        await telegram.until(lambda: any("done" in name for name in stage.memory.facts))

    assert telegram.updates.pending == []


async def test_a_stop_lets_what_was_taken_end(
    stage: Stage,
    telegram: FakeTelegram,
    anna: User,
    chat: Chat,
) -> None:
    go = stage.commands.hold("status")
    async with stage.running():
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: stage.commands.asked)
        asyncio.get_running_loop().call_later(0.05, go.set)

    assert [each.text for each in telegram.messages(chat)] == [f"status {ID}"]
