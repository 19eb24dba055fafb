"""Inline mode and deep links."""

from dataclasses import replace

import pytest

from adapters.telegram.links import make_link, payload, read_payload
from bot.commands.reply import How, Reply, Suggestion
from bot.domain.attachment import Attachment, FileKind
from bot.domain.names import TaskName
from bot.domain.task import RelayName, TaskId, TaskKey
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.flow.telegram.cards import U1, relay_card, report
from tests.flow.telegram.conftest import Memory

ID = "1767225600000123"


@pytest.mark.usefixtures("door")
async def test_a_card_is_shared_in_any_chat(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    commands.answers["status"] = Reply(card=relay_card())

    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()
    shared = await telegram.choose(asked, answer["results"][0]["id"])

    assert shared.text == f"Done\n{ID}"
    assert shared.labels == ["U1", "U2", "U3", "U4"]
    assert answer["is_personal"]


@pytest.mark.usefixtures("door")
async def test_a_shared_card_brings_its_known_picture(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    photo: Attachment,
) -> None:
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()
    shared = await telegram.choose(asked, answer["results"][0]["id"])

    assert shared.media is not None
    assert shared.caption == f"Done\n{ID}"
    assert telegram.messages(chat) == []  # uploaded, and taken back
    assert telegram.rings == []
    assert commands.kept == [(7, {0: shared.media.file_id})]


@pytest.mark.usefixtures("door")
async def test_a_stranger_gets_the_card_without_its_picture(
    telegram: FakeTelegram, commands: FakeCommands, photo: Attachment
) -> None:
    stranger = telegram.user("Bob")
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    asked = await telegram.inline(stranger, ID)
    answer = await asked.wait_answer()

    assert answer["results"][0]["type"] == "article"


@pytest.mark.usefixtures("door")
async def test_suggestions_stand_for_what_is_not_an_id_yet(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    commands.suggestions = [Suggestion(value=ID, label="a paper boat")]

    asked = await telegram.inline(anna, "boat")
    answer = await asked.wait_answer()

    assert [each["title"] for each in answer["results"]] == ["a paper boat"]
    assert commands.texts("status") == []


@pytest.mark.usefixtures("door")
async def test_only_what_stands_is_looked_at(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    await telegram.inline(anna, ID[:-2])
    await telegram.inline(anna, ID[:-1])
    last = await telegram.inline(anna, ID)
    await last.wait_answer()

    assert commands.texts("status")[-1] == ID
    assert len(commands.texts("status")) == 1


@pytest.mark.usefixtures("door")
async def test_a_shared_cards_button_reports_in_a_dialog(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    commands.answers["status"] = Reply(card=relay_card())
    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()
    shared = await telegram.choose(asked, answer["results"][0]["id"])
    commands.answers["press"] = report(U1)

    press = await telegram.press(anna, shared, "U1")

    assert await press.wait_answer() == {"text": U1, "show_alert": True}


@pytest.mark.usefixtures("door")
async def test_a_shared_card_is_refreshed_in_place(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    commands.answers["status"] = Reply(card=relay_card())
    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()
    shared = await telegram.choose(asked, answer["results"][0]["id"])
    commands.answers["press"] = Reply(card=card("New"), how=How.EDIT)

    await telegram.press(anna, shared, "U1")
    await telegram.until(lambda: shared.text == "New")


@pytest.mark.usefixtures("door", "chat")
async def test_a_shared_picture_is_refreshed_by_its_caption(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, photo: Attachment
) -> None:
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))
    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()
    shared = await telegram.choose(asked, answer["results"][0]["id"])
    commands.answers["press"] = Reply(card=card("New"), how=How.EDIT)

    await telegram.press(anna, shared, "U1")
    await telegram.until(lambda: shared.caption == "New")

    assert shared.media is not None


@pytest.mark.usefixtures("door", "chat")
async def test_what_telegram_keeps_as_a_file_is_shared_as_words(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, photo: Attachment
) -> None:
    commands.pictures = [replace(photo, kind=FileKind.DOCUMENT)]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    asked = await telegram.inline(anna, ID)
    answer = await asked.wait_answer()

    assert answer["results"][0]["type"] == "article"


@pytest.mark.usefixtures("door")
async def test_a_word_that_may_be_an_id_is_looked_at_if_nothing_is_suggested(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    commands.answers["status"] = Reply(card=relay_card())

    asked = await telegram.inline(anna, "boat")
    answer = await asked.wait_answer()

    assert answer["results"][0]["type"] == "article"
    assert commands.texts("status") == ["boat"]


@pytest.mark.parametrize("watch", [True, False])
@pytest.mark.parametrize(
    "name",
    [
        TaskName(TaskId(ID)),
        TaskName(TaskId("x" * 64)),
        TaskName(TaskId("w_1")),
        TaskName(TaskId("k_1")),
        TaskName(TaskId(ID), RelayName("dmx")),
    ],
)
async def test_a_deep_link_leads_to_its_task(
    memory: Memory, name: TaskName, watch: bool
) -> None:
    words = await payload(memory, name, watch=watch)

    start = await read_payload(memory, words)

    assert len(words) <= 64
    assert (start.text, start.watch) == (str(name), watch)


async def test_a_link_needs_a_bot_that_has_connected(memory: Memory) -> None:
    assert await make_link(memory, TaskName(TaskId(ID)), watch=False) is None


@pytest.mark.usefixtures("door")
async def test_a_link_names_the_bot(telegram: FakeTelegram, memory: Memory) -> None:
    await telegram.until(lambda: telegram.called("getUpdates"))

    link = await make_link(memory, TaskName(TaskId(ID)), watch=True)

    assert link == f"https://t.me/mjwatch_bot?start=w_{ID}"
