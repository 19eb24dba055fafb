"""Presses: the toast first, one report below the card, wherever the card is."""

from dataclasses import replace

import pytest

from bot.clock import SystemClock
from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment
from bot.domain.buttonref import Verb
from bot.domain.task import TaskKey
from bot.present.card import CardButton
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, Message, User
from tests.flow.telegram.cards import ID, U1, U2, ref, relay_card, report
from tests.flow.telegram.conftest import Memory, Stage


async def shown_card(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> Message:
    commands.answers["status"] = Reply(card=relay_card())
    await telegram.say(anna, chat, f"/status@mjwatch_bot {ID}")
    await telegram.until(lambda: telegram.messages(chat))
    return telegram.messages(chat)[0]


@pytest.mark.usefixtures("door")
async def test_a_press_reports_the_exact_custom_id(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)

    press = await telegram.press(anna, shown, "U1")
    answer = await press.wait_answer()
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    told = telegram.messages(chat)[1]
    assert answer == {"text": U1}
    assert commands.texts("press") == [ref(0)]
    assert told.text == U1
    assert told.entities[0]["type"] == "pre"
    assert told.reply_to is shown
    assert told.silent
    assert [each["copy_text"]["text"] for each in told.buttons] == [U1, U2]


@pytest.mark.usefixtures("door")
async def test_the_next_press_edits_the_report_in_place(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)
    await telegram.press(anna, shown, "U1")
    await telegram.until(lambda: telegram.messages(chat)[-1].text == U1)
    commands.answers["press"] = report(U2)
    await telegram.press(anna, shown, "U2")
    await telegram.until(lambda: telegram.messages(chat)[-1].text == U2)

    assert len(telegram.messages(chat)) == 2
    assert [each["copy_text"]["text"] for each in telegram.messages(chat)[1].buttons]


@pytest.mark.usefixtures("door")
async def test_from_the_ring_to_the_clipboard_two_taps_then_one_each(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)
    await telegram.press(anna, shown, "U1")
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    first = await telegram.press(anna, telegram.messages(chat)[1], "U1")
    second = await telegram.press(anna, telegram.messages(chat)[1], "U2")

    assert (first.copied, second.copied) == (U1, U2)


async def test_a_report_is_edited_after_a_restart(
    stage: Stage,
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
) -> None:
    async with stage.running():
        shown = await shown_card(telegram, commands, anna, chat)
        commands.answers["press"] = report(U1)
        await telegram.press(anna, shown, "U1")
        await telegram.until(lambda: len(telegram.messages(chat)) == 2)
        await telegram.until(lambda: stage.memory.facts)
    commands.answers["press"] = report(U2)

    async with stage.running():
        await telegram.press(anna, shown, "U2", inaccessible=True)
        await telegram.until(lambda: telegram.messages(chat)[1].text == U2)

    assert len(telegram.messages(chat)) == 2


@pytest.mark.usefixtures("door")
async def test_a_report_that_was_deleted_is_made_anew(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)
    await telegram.press(anna, shown, "U1")
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)
    telegram.messages(chat)[1].deleted = True

    await telegram.press(anna, shown, "U1")
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    assert telegram.messages(chat)[1].text == U1


@pytest.mark.usefixtures("door")
async def test_presses_at_the_same_time_make_one_report(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)
    go = commands.hold("press")

    presses = [await telegram.press(anna, shown, "U1") for _ in range(3)]
    await telegram.until(lambda: len(commands.texts("press")) == 3)
    go.set()
    for press in presses:
        await press.wait_answer()
    await telegram.until(lambda: telegram.messages(chat)[1:])
    await telegram.until(lambda: len(telegram.called("editMessageText")) == 2)

    assert len(telegram.messages(chat)) == 2


@pytest.mark.usefixtures("door")
async def test_an_old_cards_button_works(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = report(U1)

    press = await telegram.press(anna, shown, "U1", inaccessible=True)

    assert await press.wait_answer() == {"text": U1}
    await telegram.until(lambda: telegram.messages(chat)[1:])


@pytest.mark.usefixtures("door")
async def test_a_notice_is_a_toast(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = Reply(card=card("Stopped"), how=How.NOTICE)

    press = await telegram.press(anna, shown, "U1")

    assert await press.wait_answer() == {"text": "Stopped"}
    assert len(telegram.messages(chat)) == 1


@pytest.mark.usefixtures("door")
async def test_a_long_notice_is_a_dialog_within_the_limit(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = Reply(card=card("🦊" * 300), how=How.NOTICE)

    press = await telegram.press(anna, shown, "U1")
    answer = await press.wait_answer()

    assert answer["show_alert"]
    assert answer["text"].endswith("…")


@pytest.mark.usefixtures("door")
async def test_an_edit_comes_in_the_place_of_the_card(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = Reply(
        card=replace(card("Refreshed"), buttons=relay_card().buttons), how=How.EDIT
    )

    press = await telegram.press(anna, shown, "U2")
    await press.wait_answer()
    await telegram.until(lambda: shown.text == "Refreshed")

    assert shown.labels == ["U1", "U2", "U3", "U4"]
    assert len(telegram.messages(chat)) == 1


@pytest.mark.usefixtures("door")
async def test_an_edit_that_changes_nothing_is_fine(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = Reply(card=relay_card(), how=How.EDIT)

    await telegram.press(anna, shown, "U2", inaccessible=True)
    await telegram.until(lambda: telegram.called("editMessageText"))
    await telegram.until(lambda: telegram.called("editMessageText")[0].status == 400)

    assert len(telegram.messages(chat)) == 1


@pytest.mark.usefixtures("door")
async def test_a_slow_press_does_not_spin(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = Reply(card=card("Late"), how=How.NOTICE)
    go = commands.hold("press")

    press = await telegram.press(anna, shown, "U2")
    answer = await press.wait_answer()
    go.set()
    await telegram.until(lambda: telegram.messages(chat)[1:])

    assert answer == {}
    assert telegram.messages(chat)[1].text == "Late"


@pytest.mark.usefixtures("door")
async def test_a_press_that_fails_stops_spinning_and_the_next_works(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    shown = await shown_card(telegram, commands, anna, chat)
    commands.answers["press"] = RuntimeError("boom")
    failed = await telegram.press(anna, shown, "U2")
    await failed.wait_answer()
    commands.answers["press"] = report(U2)

    press = await telegram.press(anna, shown, "U2")

    assert await press.wait_answer() == {"text": U2}


@pytest.mark.usefixtures("door")
async def test_a_press_in_a_topic_is_answered_there(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    forum = telegram.supergroup("Forum", {anna: "member"}, forum=True)
    topic = telegram.topic(forum, "Pictures")
    commands.answers["status"] = Reply(card=relay_card())
    await telegram.say(anna, forum, f"/status {ID}", thread=topic)
    shown = (
        await telegram.until(lambda: [m for m in telegram.messages(forum) if m.markup])
    )[0]
    commands.answers["press"] = report(U1)

    await telegram.press(anna, shown, "U1")
    await telegram.until(lambda: telegram.messages(forum)[-1].text == U1)

    assert telegram.messages(forum)[-1].thread == topic


@pytest.mark.usefixtures("door")
async def test_the_right_to_stop_is_asked_and_that_to_report_is_not(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    group = telegram.supergroup("Team", {anna: "administrator"})
    stop = (CardButton(label="Stop", ref=ref(0, Verb.STOP)),)
    commands.answers["list"] = Reply(
        card=replace(relay_card(), buttons=(*relay_card().buttons, stop))
    )
    await telegram.say(anna, group, "/list")
    shown = (await telegram.until(lambda: telegram.messages(group)))[0]

    await (await telegram.press(anna, shown, "U1")).wait_answer()
    await (await telegram.press(anna, shown, "Stop")).wait_answer()

    managed = [each.caller.manages for each in commands.asked if each.name == "press"]
    assert managed == [False, True]


@pytest.mark.usefixtures("door")
async def test_a_picture_that_is_ready_comes_with_the_card(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    photo: Attachment,
) -> None:
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: commands.kept)

    [shown] = telegram.messages(chat)
    assert shown.media is not None
    assert commands.kept == [(7, {0: shown.media.file_id})]
    assert shown.caption == f"Done\n{ID}"


@pytest.mark.usefixtures("door")
async def test_a_picture_that_is_late_follows_in_the_same_message(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    photo: Attachment,
) -> None:
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))
    go = commands.hold("files")

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))
    early = telegram.messages(chat)[0].text
    go.set()
    await telegram.until(lambda: telegram.messages(chat)[0].media)

    assert early == f"Done\n{ID}"
    assert len(telegram.messages(chat)) == 1
    assert telegram.messages(chat)[0].labels == ["U1", "U2", "U3", "U4"]


@pytest.mark.usefixtures("door")
async def test_a_picture_that_cannot_be_had_is_said_on_the_card(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    commands.pictures = "gone"
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert telegram.messages(chat)[0].text == "no picture: gone"


REFUSALS = {
    "PHOTO_INVALID_DIMENSIONS": "too_large",
    "not enough rights to send photos to the chat": "forbidden",
}


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_picture_that_telegram_refuses_is_said_on_the_card(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    photo: Attachment,
    refusal: str,
) -> None:
    telegram.fault(
        "sendPhoto",
        status=400,
        body={"ok": False, "description": f"Bad Request: {refusal}"},
    )
    commands.pictures = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.problems == [REFUSALS[refusal]]
    assert telegram.messages(chat)[0].text == f"no picture: {REFUSALS[refusal]}"


async def test_an_answer_waits_out_a_flood(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    stage.clock = SystemClock()
    telegram.fault("sendMessage", retry_after=1)

    async with stage.running():
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))

    assert len(telegram.called("sendMessage")) == 2


@pytest.mark.usefixtures("door")
async def test_an_answer_to_somebody_who_left_ends_their_watches(
    telegram: FakeTelegram, anna: User, chat: Chat, memory: Memory
) -> None:
    telegram.fault(
        "sendMessage",
        status=403,
        body={"ok": False, "description": "Forbidden: bot was blocked by the user"},
    )

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.called("sendMessage"))
    await telegram.until(lambda: memory.ended)

    assert memory.ended == [(str(chat.id), "blocked", None)]
