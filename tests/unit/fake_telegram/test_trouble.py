"""Floods, cut connections, chats that moved or turned away, through the real library."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.fakes.telegram import Chat, FakeTelegram, User


async def test_a_scripted_flood_is_told(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    telegram.fault("sendMessage", chat=chat, retry_after=7)

    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(chat.id, "x")

    assert caught.value._retry_after.total_seconds() == 7
    assert telegram.messages(chat) == []
    assert (await bot.send_message(chat.id, "x")).text


async def test_edits_and_sends_share_a_group_budget(
    telegram: FakeTelegram, bot: Bot, group: Chat
) -> None:
    now = [1000.0]
    telegram.limit_flood(lambda: now[0]).group_per_minute = 2
    sent = await bot.send_message(group.id, "1")
    await bot.edit_message_text("2", group.id, sent.message_id)

    with pytest.raises(RetryAfter):
        await bot.send_message(group.id, "3")
    now[0] += 60

    assert (await bot.send_message(group.id, "3")).text


async def test_an_answer_lost_after_the_deed_leaves_the_message(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    never = asyncio.Event()
    telegram.fault("sendMessage", after_effect=True, hang=never)

    with pytest.raises(TimedOut):
        await bot.send_message(chat.id, "once", read_timeout=0.05)

    assert [each.text for each in telegram.messages(chat)] == ["once"]


async def test_a_cut_connection_is_a_network_error(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    telegram.fault("sendMessage", reset=True)

    with pytest.raises(NetworkError):
        await bot.send_message(chat.id, "never")

    assert telegram.messages(chat) == []


async def test_a_migrated_group_says_where_it_went(
    telegram: FakeTelegram, bot: Bot, group: Chat
) -> None:
    fresh = await telegram.migrate(group)

    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")

    assert caught.value.new_chat_id == fresh.id
    assert (await bot.send_message(fresh.id, "x")).text


async def test_who_blocks_gets_nothing(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    await telegram.block(anna)

    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(chat.id, "x")

    change = (await bot.get_updates())[0].my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "kicked"
    assert telegram.broken_rules == []


async def test_an_unknown_chat_is_not_found(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(12345, "x")


async def test_a_bot_kicked_and_invited_again_may_write(
    telegram: FakeTelegram, bot: Bot, group: Chat
) -> None:
    await telegram.kick(group)
    with pytest.raises(Forbidden, match="kicked from the group chat"):
        await bot.send_message(group.id, "x")

    await telegram.join(group, telegram.world.bot)

    assert (await bot.send_message(group.id, "x")).text == "x"
