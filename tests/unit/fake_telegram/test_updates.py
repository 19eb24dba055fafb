"""Updates by poll and webhook, presses and inline queries, through the real library."""

import asyncio

import pytest
from aiohttp import web
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    Update,
)
from telegram.error import BadRequest, Conflict, InvalidToken
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.bench import App, build, keyboard

Context = ContextTypes.DEFAULT_TYPE


async def test_the_bot_learns_its_name(bot: Bot) -> None:
    assert (await bot.get_me()).username == "mjwatch_bot"


async def test_a_wrong_token_is_refused(telegram: FakeTelegram) -> None:
    stranger = build(telegram, "42:wrong").bot

    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_a_command_said_is_polled_and_answered(
    telegram: FakeTelegram, app: App, anna: User, chat: Chat
) -> None:
    async def status(update: Update, context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"seen {(context.args or [])[0]}")

    app.add_handler(CommandHandler("status", status))
    await app.start()
    assert app.updater is not None
    await app.updater.start_polling(timeout=20)

    await telegram.say(anna, chat, "/status 123")
    await telegram.until(lambda: telegram.messages(chat))
    await app.updater.stop()
    await app.stop()

    assert [each.text for each in telegram.messages(chat)] == ["seen 123"]
    assert telegram.updates.pending == []
    assert telegram.refusals == []


async def test_a_pressed_button_is_answered(
    telegram: FakeTelegram, app: App, anna: User, chat: Chat
) -> None:
    async def pressed(update: Update, context: Context) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("custom id", show_alert=True)

    app.add_handler(CallbackQueryHandler(pressed))
    await app.start()
    assert app.updater is not None
    await app.updater.start_polling(timeout=20)
    await app.bot.send_message(chat.id, "card", reply_markup=keyboard("U1", "U2"))

    press = await telegram.press(anna, telegram.messages(chat)[0], "U2")
    answer = await press.wait_answer()
    await app.updater.stop()
    await app.stop()

    assert answer == {"text": "custom id", "show_alert": True}


async def test_a_press_on_an_old_message_is_inaccessible(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    await bot.send_message(chat.id, "card", reply_markup=keyboard("U1"))

    await telegram.press(anna, telegram.messages(chat)[0], "U1", inaccessible=True)
    update = (await bot.get_updates())[0]

    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert not update.callback_query.message.is_accessible


async def test_a_press_is_answered_only_once(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    await bot.send_message(chat.id, "card", reply_markup=keyboard("U1"))
    press = await telegram.press(anna, telegram.messages(chat)[0], "1|U1")
    await bot.answer_callback_query(press.id)

    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(press.id)


async def test_a_copy_button_fills_the_clipboard(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    button = InlineKeyboardButton("copy", copy_text=CopyTextButton("MJ::JOB::1"))
    await bot.send_message(chat.id, "x", reply_markup=InlineKeyboardMarkup([[button]]))

    press = await telegram.press(anna, telegram.messages(chat)[0], "copy")

    assert press.copied == "MJ::JOB::1"
    assert await bot.get_updates() == ()


async def test_a_second_poller_ends_the_first(telegram: FakeTelegram, bot: Bot) -> None:
    async def first() -> None:
        with pytest.raises(Conflict):
            await bot.get_updates(timeout=20)

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        await telegram.until(lambda: telegram.called("getUpdates"))
        other = build(telegram)
        async with other:
            assert await other.bot.get_updates() == ()


async def test_an_inline_query_is_answered_and_chosen(
    telegram: FakeTelegram, bot: Bot, anna: User
) -> None:
    asked = await telegram.inline(anna, "task_1")
    content = InputTextMessageContent("running")
    result = InlineQueryResultArticle(
        "1", "Task", content, reply_markup=keyboard("Refresh")
    )
    await bot.answer_inline_query(asked.id, [result])

    message = await telegram.choose(asked, "1")
    await bot.edit_message_text("done", inline_message_id=message.inline_id)

    assert message.text == "done"


async def test_a_webhook_gets_updates_again_until_it_accepts(
    telegram: FakeTelegram, bot: Bot, anna: User
) -> None:
    got: list[tuple[str | None, int]] = []

    async def take(request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        got.append((secret, (await request.json())["update_id"]))
        return web.Response(status=500 if len(got) == 1 else 200)

    receiver = web.Application()
    receiver.router.add_post("/hook", take)
    runner = web.AppRunner(receiver)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await bot.set_webhook(url, secret_token="s-1")

    await telegram.start(anna, "watch_1")
    await telegram.until(lambda: not telegram.updates.pending)
    await runner.cleanup()

    assert got == [("s-1", 100_001), ("s-1", 100_001)]
    assert telegram.updates.hook_answers == [500, 200]
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_groups_are_heard_only_when_they_mean_the_bot(
    telegram: FakeTelegram, bot: Bot, anna: User, group: Chat
) -> None:
    await telegram.say(anna, group, "just talking")
    await telegram.say(anna, group, "/status@other_bot 1")
    await telegram.say(anna, group, "@mjwatch_bot 1")

    heard = [each.effective_message for each in await bot.get_updates()]

    assert [each.text for each in heard if each] == ["@mjwatch_bot 1"]


async def test_a_hanging_poll_does_not_hold_the_end() -> None:
    telegram = FakeTelegram()
    await telegram.__aenter__()
    app = build(telegram)
    await app.initialize()
    poll = asyncio.create_task(app.bot.get_updates(timeout=50))
    await telegram.until(lambda: telegram.called("getUpdates"))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await telegram.__aexit__(None, None, None)

    assert await poll == ()
    await app.shutdown()
