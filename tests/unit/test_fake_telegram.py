"""The fake Bot API, driven by the real python-telegram-bot."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.fakes.telegram import Chat, FakeTelegram, User

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, kind)
    return out.getvalue()


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(label, callback_data=f"1|{label}") for label in labels]
    return InlineKeyboardMarkup([row])


def build(telegram: FakeTelegram, token: str | None = None) -> App:
    return (
        ApplicationBuilder()
        .token(token or telegram.token)
        .base_url(f"{telegram.url}/bot")
        .base_file_url(f"{telegram.url}/file/bot")
        .read_timeout(2)
        .build()
    )


@pytest.fixture(autouse=True)
def seconds_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def app(telegram: FakeTelegram) -> AsyncIterator[App]:
    made = build(telegram)
    async with made:
        yield made


@pytest.fixture
def bot(app: App) -> Bot:
    found: Bot = app.bot
    return found


@pytest.fixture
def anna(telegram: FakeTelegram) -> User:
    return telegram.user("Anna", username="anna_a", language="zh-hans")


@pytest.fixture
def chat(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.private(anna)


@pytest.fixture
def group(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.group("Team", {anna: "administrator"})


@pytest.fixture
def forum(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.supergroup("Forum", {anna: "creator"}, forum=True)


async def test_the_bot_learns_its_name(bot: Bot) -> None:
    assert (await bot.get_me()).username == "mjwatch_bot"


async def test_a_wrong_token_is_refused(telegram: FakeTelegram) -> None:
    stranger = build(telegram, "42:wrong").bot

    with pytest.raises(InvalidToken):
        await stranger.initialize()


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


async def test_a_photo_is_uploaded_once_and_known_again(
    telegram: FakeTelegram, bot: Bot, chat: Chat, group: Chat
) -> None:
    body = picture()
    sent = await bot.send_photo(chat.id, body, caption="done", filename="task.png")
    again = await bot.send_photo(group.id, sent.photo[-1].file_id)

    file = telegram.messages(group)[0].media
    assert file is not None
    assert (file.body, file.width, file.height) == (body, 40, 30)
    assert again.photo[-1].file_id == sent.photo[-1].file_id


async def test_a_file_id_is_bound_to_its_type(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_photo(chat.id, picture())

    with pytest.raises(BadRequest, match=r"(?i)type of file mismatch"):
        await bot.send_document(chat.id, sent.photo[-1].file_id)


async def test_a_file_is_downloaded_as_it_was_sent(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_document(chat.id, b"original", filename="task.png")
    assert sent.document is not None

    file = await bot.get_file(sent.document.file_id)

    assert bytes(await file.download_as_bytearray()) == b"original"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (picture(6000, 4001, "JPEG"), "photo_invalid_dimensions"),
        (picture(210, 10), "photo_invalid_dimensions"),
        (b"no picture", "image_process_failed"),
        (b"x" * (10 * 1024 * 1024 + 1), "too big for a photo"),
    ],
)
async def test_what_is_no_photo_is_refused(
    bot: Bot, chat: Chat, body: bytes, words: str
) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        await bot.send_photo(chat.id, body)


async def test_a_png_document_by_address_is_refused(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    telegram.website("https://cdn.example.org/a.png", "image/png", picture())
    await bot.send_photo(chat.id, "https://cdn.example.org/a.png")

    with pytest.raises(BadRequest, match=r"(?i)wrong type of the web page content"):
        await bot.send_document(chat.id, "https://cdn.example.org/a.png")


async def test_an_album_rings_once(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    media = [InputMediaPhoto(picture(), caption="four"), InputMediaPhoto(picture())]

    sent = await bot.send_media_group(chat.id, media)

    assert len({each.media_group_id for each in sent}) == 1
    assert telegram.rings == telegram.messages(chat)[:1]


async def test_an_album_of_one_is_refused(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match="2-10"):
        await bot.send_media_group(chat.id, [InputMediaPhoto(picture())])


async def test_text_becomes_a_photo(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "running", disable_notification=True)

    await bot.edit_message_media(
        InputMediaPhoto(picture(), caption="done"), chat.id, sent.message_id
    )

    shown = telegram.messages(chat)[0]
    assert (shown.text, shown.caption, telegram.rings) == (None, "done", [])


async def test_a_scripted_flood_is_told(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    telegram.fault("sendMessage", chat=chat, retry_after=7)

    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(chat.id, "x")

    assert caught.value._retry_after.total_seconds() == 7
    assert telegram.messages(chat) == []
    assert await bot.send_message(chat.id, "x")


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

    assert await bot.send_message(group.id, "3")


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
    assert await bot.send_message(fresh.id, "x")


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


async def test_a_copy_button_fills_the_clipboard(
    telegram: FakeTelegram, bot: Bot, anna: User, chat: Chat
) -> None:
    button = InlineKeyboardButton("copy", copy_text=CopyTextButton("MJ::JOB::1"))
    await bot.send_message(chat.id, "x", reply_markup=InlineKeyboardMarkup([[button]]))

    press = await telegram.press(anna, telegram.messages(chat)[0], "copy")

    assert press.copied == "MJ::JOB::1"
    assert await bot.get_updates() == ()


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
    assert await bot.send_message(chat.id, "x", reply_parameters=leave)


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

    async with asyncio.timeout(1):
        await telegram.__aexit__(None, None, None)

    assert await poll == ()
    await app.shutdown()
