"""A server that says no more than it must, or is older than the library."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.telegram.adapter import TelegramDoor
from bot.domain.attachment import Attachment
from bot.domain.notification import Delivered
from tests.fakes.commands import FakeCommands
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.letters import file, letter, place
from tests.flow.telegram.conftest import Memory, Stage

ID = "1767225600000123"
Json = dict[str, Any]


def says(telegram: FakeTelegram, method: str, result: object) -> None:
    """Let a method be answered so."""
    body = json.dumps({"ok": True, "result": result})
    telegram.fault(method, status=200, body=body, times=None)


def entry(update: Json, number: int = 1) -> Json:
    return {"update_id": number} | update


async def test_a_bot_is_known_by_its_number_and_name(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    says(telegram, "getMe", {"id": 7, "username": "mjwatch_bot"})

    async with stage.running() as door:
        await telegram.say(anna, chat, f"/status@mjwatch_bot {ID}")
        await telegram.until(lambda: telegram.messages(chat))

        assert door.problems() == []


@pytest.mark.parametrize(
    ("status", "manages"),
    [
        ("creator", True),
        ("administrator", True),
        ("member", False),
        ("restricted", False),
        ("left", False),
        ("kicked", False),
        ("something new", False),
    ],
)
@pytest.mark.usefixtures("door")
async def test_who_manages_is_told_by_the_status_alone(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    status: str,
    manages: bool,
) -> None:
    group = telegram.supergroup("Team", {anna: "member"})
    says(telegram, "getChatMember", {"status": status, "user": {"id": anna.id}})

    await telegram.say(anna, group, "/settings")
    await telegram.until(lambda: telegram.messages(group))

    assert [each.caller.manages for each in commands.asked] == [manages]


@pytest.mark.parametrize("status", ["kicked", "left"])
@pytest.mark.usefixtures("door")
async def test_that_the_bot_is_out_is_told_by_the_status_alone(
    telegram: FakeTelegram, memory: Memory, anna: User, status: str
) -> None:
    us = {"status": status, "user": {"id": telegram.world.bot.id}}
    change = {"chat": {"id": -7}, "from": {"id": anna.id}, "new_chat_member": us}

    await telegram.push_raw(entry({"my_chat_member": change}))
    await telegram.until(lambda: memory.ended)

    assert memory.ended == [("-7", "blocked", "")]


async def test_what_was_sent_is_known_by_numbers_and_files_alone(
    telegram: FakeTelegram, door: TelegramDoor, chat: Chat, tmp_path: Path
) -> None:
    files = tuple(file(tmp_path, n) for n in range(2))
    says(telegram, "sendPhoto", {"message_id": 8, "photo": [{"file_id": "f0"}]})
    says(telegram, "sendMediaGroup", [{"message_id": 9}, {"message_id": 10}])
    says(telegram, "sendMessage", {"message_id": 11, "hologram": {}, "from": {}})

    told = [
        await door.messenger.send(letter(place(chat), *some))
        for some in (files[:1], files, ())
    ]

    assert told == [
        Delivered(receipt=receipt(chat, 8, "m"), uploads={0: "f0"}),
        Delivered(receipt=receipt(chat, 11, "t")),
        Delivered(receipt=receipt(chat, 11, "t")),
    ]


def receipt(chat: Chat, number: int, holds: str) -> Any:  # noqa: ANN401 - a Receipt is text
    return f"{chat.id}:{number}:{holds}"


@pytest.mark.parametrize("kind", ["video", "document"])
async def test_an_upload_is_known_by_its_name_alone(
    telegram: FakeTelegram,
    door: TelegramDoor,
    chat: Chat,
    photo: Attachment,
    kind: str,
) -> None:
    says(telegram, "sendPhoto", {"message_id": 8, kind: {"file_id": "f1"}})

    told = await door.messenger.send(letter(place(chat), photo))

    assert isinstance(told, Delivered)
    assert told.uploads == {0: "f1"}


@pytest.mark.usefixtures("door")
async def test_a_reply_need_not_name_its_chat_twice(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    answered = {"message_id": 4, "text": f"result {ID}"}
    said = {"message_id": 5, "chat": {"id": chat.id}, "from": {"id": anna.id}}
    said |= {"text": "/watch", "reply_to_message": answered}

    await telegram.push_raw(entry({"message": said}))
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("watch") == [ID]


async def test_a_webhook_is_known_by_its_address_alone(
    stage: Stage, telegram: FakeTelegram
) -> None:
    url = "https://bot.example.org"
    says(telegram, "getWebhookInfo", {"url": f"{url}/telegram/updates"})

    async with stage.running(public_url=url) as door:
        await telegram.until(lambda: len(telegram.called("getWebhookInfo")) > 2)

        assert door.problems() == []
    assert len(telegram.called("setWebhook")) == 1
