"""`/key` at the Telegram door: the message goes before anything else is done."""

import pytest

from tests.fakes.commands import FakeCommands
from tests.fakes.telegram import Chat, FakeTelegram, User

pytestmark = pytest.mark.usefixtures("door")


async def test_a_message_with_a_key_is_deleted_before_it_is_looked_at(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    gate = commands.hold("key")

    said = await telegram.say(anna, chat, "/key a-key")
    await telegram.until(lambda: commands.asked)
    assert said.deleted
    gate.set()
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("key") == ["a-key"]
    assert telegram.messages(chat)[0].reply_to is None


async def test_without_a_key_nothing_is_deleted(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    said = await telegram.say(anna, chat, "/key")
    await telegram.until(lambda: commands.asked)

    assert not said.deleted
    assert commands.texts("key") == [""]


async def test_a_message_that_is_gone_already_does_not_stay(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    words = "Bad Request: message to delete not found"
    body = {"ok": False, "error_code": 400, "description": words}
    telegram.fault("deleteMessage", status=400, body=body)

    await telegram.say(anna, chat, "/key a-key")
    await telegram.until(lambda: commands.asked)

    assert commands.texts("key") == ["a-key"]


async def test_a_message_that_stays_is_said(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    telegram.fault("deleteMessage", status=400)

    await telegram.say(anna, chat, "/key a-key")
    await telegram.until(lambda: commands.asked)

    assert commands.texts("key (stays)") == ["a-key"]


@pytest.mark.parametrize("name", ["allow", "deny", "claim"])
async def test_an_operators_words_arrive(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands, name: str
) -> None:
    await telegram.say(anna, chat, f"/{name} telegram:5")
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts(name) == ["telegram:5"]
