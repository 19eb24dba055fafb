"""Answers of no Bot API to a call that was made: nobody can say what became of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.telegram.messenger import TelegramMessenger
from bot.domain.notification import Unsure
from tests.fakes.commands import card
from tests.fakes.telegram import Chat, FakeTelegram
from tests.fakes.telegram.letters import file, letter, place, receipt_of

ODD = {
    "true": {"ok": True, "result": True},
    "nothing": {"ok": True, "result": None},
    "no result": {"ok": True},
    "no number": {"ok": True, "result": {"date": 1, "chat": {"id": 1, "type": "x"}}},
    "odd number": {"ok": True, "result": {"message_id": None}},
    "empty": {"ok": True, "result": []},
    "a list": {"ok": True, "result": [True]},
    "words": {"ok": True, "result": "sent"},
    "no object": [1],
    "html": "<html>200 OK</html>",
    "blank": "",
}
DONE = {"true", "nothing", "odd number"}  # of an edit that says enough
EDITS = {name: body for name, body in ODD.items() if name not in DONE}
SENDS = {0: "sendMessage", 1: "sendPhoto", 3: "sendMediaGroup"}  # with so many files


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def chat(telegram: FakeTelegram) -> Chat:
    return telegram.private(telegram.user("Anna"))


def answers(telegram: FakeTelegram, method: str, body: object) -> None:
    """Let the next call be carried out, and be answered so."""
    text = body if isinstance(body, str) else json.dumps(body)
    telegram.fault(method, status=200, body=text, after_effect=True)


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.parametrize("files", SENDS)
async def test_a_send_whose_answer_cannot_be_read_is_unsure(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    tmp_path: Path,
    files: int,
    body: object,
) -> None:
    answers(telegram, SENDS[files], body)

    with capture_logs() as logs:
        outcome = await messenger.send(
            letter(place(chat), *(file(tmp_path, n) for n in range(files)))
        )

    assert isinstance(outcome, Unsure)
    assert [each for each in logs if each["log_level"] == "warning"]
    assert telegram.token not in str(logs)
    assert len(telegram.messages(chat)) == max(files, 1)


@pytest.mark.parametrize("body", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("files", [0, 1])
async def test_an_edit_whose_answer_cannot_be_read_is_unsure(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    tmp_path: Path,
    files: int,
    body: object,
) -> None:
    to = place(chat)
    receipt = receipt_of(await messenger.send(letter(to)))
    answers(telegram, "editMessageMedia" if files else "editMessageText", body)

    pictures = tuple(file(tmp_path, n) for n in range(files))
    outcome = await messenger.edit(receipt, card("New"), to=to, files=pictures)

    assert isinstance(outcome, Unsure)
    assert telegram.messages(chat)[0].words == "New"


async def test_a_rest_below_an_edit_whose_answer_cannot_be_read_is_left(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    tmp_path: Path,
) -> None:
    to, files = place(chat), tuple(file(tmp_path, n) for n in range(3))
    receipt = receipt_of(await messenger.send(letter(to)))
    answers(telegram, "sendMediaGroup", ODD["true"])

    outcome = await messenger.edit(receipt, card("New"), to=to, files=files)

    assert receipt_of(outcome) == f"{chat.id}:{telegram.messages(chat)[0].id}:m"
    assert len(telegram.messages(chat)) == 3
