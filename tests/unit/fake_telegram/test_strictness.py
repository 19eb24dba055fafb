"""Calls against the official description, and the fake's door for other processes."""

import aiohttp
import pytest

from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.control import Control
from tests.fakes.telegram.model import Json
from tests.fakes.telegram.spec import load

described = pytest.mark.described


async def post(telegram: FakeTelegram, path: str, body: Json) -> Json:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.url}/{path}", json=body) as answer,
    ):
        found: Json = await answer.json()
        return found


@described
@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("sendMesage", {"chat_id": 1, "text": "x"}, "does not exist"),
        ("sendMessage", {"chat_id": 1}, "text is required"),
        ("sendMessage", {"chat_id": 1, "text": "x", "txt": 1}, "unknown parameter"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "5 is no String"),
        ("sendPhoto", {"chat_id": 1, "photo": "attach://a"}, "without a part"),
        (
            "editMessageMedia",
            {"chat_id": 1, "message_id": 1, "media": {"type": "x", "media": "y"}},
            "type of InputMedia",
        ),
        (
            "sendMessage",
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "x"}]]},
            },
            "instead of one action",
        ),
        (
            "sendMessage",
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": {
                    "inline_keyboard": [[{"text": "x", "copy_text": "y"}]]
                },
            },
            "no CopyTextButton",
        ),
    ],
)
async def test_what_the_description_does_not_know_is_refused(
    telegram: FakeTelegram, method: str, params: Json, words: str
) -> None:
    answer = await post(telegram, f"bot{telegram.token}/{method}", params)

    assert answer["error_code"] == 400
    assert words in answer["description"]


async def test_an_orphan_part_is_refused_by_the_description(
    telegram: FakeTelegram, chat: Chat
) -> None:
    described_api = load()

    found = (
        described_api.problems("sendMessage", {"chat_id": 1, "text": "x"}, {"stray"})
        if described_api
        else ["part stray is not used"]
    )

    assert found == ["part stray is not used"]


@pytest.mark.parametrize(
    "text", ["a < b", "<br/>", "<b>x</i>", "<!-- x -->", '<span class="y">z</span>']
)
async def test_html_telegram_does_not_speak_is_refused(
    telegram: FakeTelegram, chat: Chat, text: str
) -> None:
    params = {"chat_id": chat.id, "text": text, "parse_mode": "HTML"}

    answer = await post(telegram, f"bot{telegram.token}/sendMessage", params)

    assert "can't parse entities" in answer["description"]
    assert len(telegram.broken_rules) == 1


@pytest.mark.parametrize(("offset", "length"), [(0, 4), (-1, 2), (1, 1), (0, 0)])
async def test_entities_stay_within_the_text(
    telegram: FakeTelegram, chat: Chat, offset: int, length: int
) -> None:
    bold = {"type": "bold", "offset": offset, "length": length}
    params = {"chat_id": chat.id, "text": "𝄞x", "entities": [bold]}

    answer = await post(telegram, f"bot{telegram.token}/sendMessage", params)

    assert answer["error_code"] == 400


@pytest.mark.parametrize(
    "button",
    [
        {"text": "x", "callback_data": "x", "style": "pink"},
        {"text": "x", "copy_text": {"text": "x" * 257}},
        {"text": "x", "url": "https://t.me/mjwatch_bot?start=a.b"},
        {"text": "x", "url": "http://localhost/x"},
        {"text": "", "callback_data": "x"},
    ],
)
async def test_a_button_nobody_can_press_is_refused(
    telegram: FakeTelegram, chat: Chat, button: Json
) -> None:
    markup = {"inline_keyboard": [[button]]}
    params = {"chat_id": chat.id, "text": "x", "reply_markup": markup}

    answer = await post(telegram, f"bot{telegram.token}/sendMessage", params)

    assert answer["error_code"] == 400


@pytest.mark.parametrize(("rows", "columns"), [(1, 9), (13, 8)])
async def test_a_keyboard_too_large_is_refused(
    telegram: FakeTelegram, chat: Chat, rows: int, columns: int
) -> None:
    row = [{"text": "x", "callback_data": "x"}] * columns
    params = {"chat_id": chat.id, "text": "x"}

    answer = await post(
        telegram,
        f"bot{telegram.token}/sendMessage",
        params | {"reply_markup": {"inline_keyboard": [row] * rows}},
    )

    assert answer["error_code"] == 400


async def test_a_bot_in_a_group_hears_a_reply_chain(
    telegram: FakeTelegram, anna: User
) -> None:
    group = telegram.supergroup("Team", {anna: "member"})
    first = await telegram.say(anna, group, "/status 1")

    second = await telegram.say(anna, group, "/watch 1", reply_to=first)

    assert (second.thread, second.is_topic) == (first.id, False)


async def test_another_process_plays_through_the_door() -> None:
    telegram = FakeTelegram()
    Control(telegram)
    async with telegram:
        user = await post(telegram, "_control/user", {"name": "Anna"})
        said = {"user": user["id"], "text": "/status 1"}
        await post(telegram, "_control/say", said)
        sent = {"chat_id": user["id"], "text": "seen"}
        await post(telegram, f"bot{telegram.token}/sendMessage", sent)
        there = {"chat": user["id"]}
        found = await post(telegram, "_control/messages", there)
        wrong = await post(telegram, "_control/say", {"user": 1})

    assert [each["text"] for each in found["messages"]] == ["seen"]
    assert "KeyError" in wrong["error"]
    assert len(telegram.updates.pending) == 1
