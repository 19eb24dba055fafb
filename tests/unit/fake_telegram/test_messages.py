"""Texts, edits, topics, people and the limits of buttons, through the real library."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import BadRequest

from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.bench import keyboard, picture


async def test_an_edit_keeps_history_and_drops_the_keyboard(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "10%", reply_markup=keyboard("Stop"))

    await bot.edit_message_text("20%", chat.id, sent.message_id)

    shown = telegram.messages(chat)[0]
    assert (shown.text, shown.markup) == ("20%", None)
    assert [version.words for version in shown.history] == ["10%"]
    assert telegram.rings == [shown]


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "<b>10%</b>", parse_mode="HTML")

    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_text(
            "<b>10%</b>", chat.id, sent.message_id, parse_mode="HTML"
        )


async def test_a_deleted_message_cannot_be_edited(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, "card")
    await bot.delete_message(chat.id, sent.message_id)

    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("later", chat.id, sent.message_id)


async def test_callback_data_is_counted_in_bytes(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    fits = InlineKeyboardButton("x", callback_data="é" * 32)
    long = InlineKeyboardButton("x", callback_data="é" * 33)
    await bot.send_message(chat.id, "x", reply_markup=InlineKeyboardMarkup([[fits]]))

    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(
            chat.id, "x", reply_markup=InlineKeyboardMarkup([[long]])
        )

    assert [each.code for each in telegram.broken_rules] == [400]


@pytest.mark.parametrize(
    ("text", "words"),
    [("𝄞" * 2049, "too long"), ("  \n", "empty"), ("<i>x", "end tag")],
)
async def test_text_out_of_bounds_is_refused(
    bot: Bot, chat: Chat, text: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        await bot.send_message(chat.id, text, parse_mode="HTML")


async def test_html_is_counted_after_parsing(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_message(chat.id, f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML")

    assert sent.text == "<" * 4096


async def test_mentions_are_resolved_to_people(
    telegram: FakeTelegram, bot: Bot, anna: User, group: Chat
) -> None:
    boris = telegram.user("Boris")
    html = (
        f'🔔 @anna_a <a href="tg://user?id={boris.id}">Boris</a> <code>@anna_a</code>'
    )

    await bot.send_message(group.id, html, parse_mode="HTML")

    assert telegram.mentions(telegram.messages(group)[0]) == [anna, boris]


async def test_a_topic_needs_its_thread_on_every_call(
    telegram: FakeTelegram, bot: Bot, anna: User, forum: Chat
) -> None:
    thread = telegram.topic(forum, "Jobs")
    asked = await telegram.say(anna, forum, "/status 1", thread=thread)
    there = ReplyParameters(asked.id)
    await bot.send_photo(
        forum.id, picture(), message_thread_id=thread, reply_parameters=there
    )

    await bot.send_photo(forum.id, picture(), reply_parameters=there)

    assert telegram.strays == telegram.messages(forum)[-1:]


async def test_general_is_no_thread_to_send_to(bot: Bot, forum: Chat) -> None:
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(forum.id, "x", message_thread_id=1)


async def test_a_reply_to_nothing_needs_leave(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(
            chat.id, "x", reply_parameters=ReplyParameters(message_id=99)
        )

    leave = ReplyParameters(message_id=99, allow_sending_without_reply=True)
    assert (await bot.send_message(chat.id, "x", reply_parameters=leave)).text


async def test_commands_are_kept_per_language(telegram: FakeTelegram, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("status", "看")], language_code="zh")

    assert await bot.get_my_commands() == ()
    assert len(await bot.get_my_commands(language_code="zh")) == 1


async def test_chat_members_have_a_standing(bot: Bot, anna: User, group: Chat) -> None:
    member = await bot.get_chat_member(group.id, anna.id)
    managing = await bot.get_chat_administrators(group.id)

    assert member.status == "administrator"
    assert [each.user.id for each in managing] == [anna.id]
    assert (await bot.get_chat(group.id)).title == "Team"


async def test_small_things_are_accepted(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    said = await telegram.say(anna, chat, "/watch 1")
    off = LinkPreviewOptions(is_disabled=True)

    await bot.set_message_reaction(chat.id, said.id, "👀")
    await bot.send_chat_action(chat.id, "upload_photo")
    await bot.set_my_description("what it can do")
    await bot.set_my_short_description("short", language_code="zh")
    await bot.send_message(chat.id, "x", link_preview_options=off)

    assert said.reactions == [{"type": "emoji", "emoji": "👀"}]
    assert telegram.refusals == []


async def test_links_draw_a_preview_unless_told_not_to(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    off = LinkPreviewOptions(is_disabled=True)
    await bot.send_message(chat.id, "see https://example.org")
    await bot.send_message(chat.id, "see example.org", link_preview_options=off)

    shown = [each.shows_preview for each in telegram.messages(chat)]

    assert shown == [True, False]
