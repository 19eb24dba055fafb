"""Inline mode: `@bot <id>` shares a card in any chat, with its picture when it is done."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import structlog
from telegram import (
    Bot,
    InlineQuery,
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultCachedVideo,
    InputTextMessageContent,
    Update,
)
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from adapters.telegram.limits import MEDIA, PLATFORM
from adapters.telegram.options import TelegramOptions
from adapters.telegram.people import People
from adapters.telegram.posting import NO_PREVIEW, Spot, post_file
from adapters.telegram.receipts import file_id
from adapters.telegram.render import Rendered, render
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply
from bot.domain.attachment import Attachment, FileKind
from bot.domain.names import find_in_text, parse_argument
from bot.domain.task import TaskKey
from bot.errors import PictureError
from bot.present.card import Block, Card, Ink, Span
from bot.present.text import clip

log = structlog.get_logger(__name__)

_CACHE_SECONDS: Final = 5  # a running task's card is old soon
_PICTURE_SECONDS: Final = 4.0  # an inline answer later than this is not shown
_SUGGESTIONS: Final = 10
_TITLE_UNITS: Final = 64
_SILENT: Final = Rendered("", (), None)


class Inline:
    """Answers inline queries.

    Args:
        bot: The library's client.
        commands: The core.
        people: Who asks.
        options: How patient.
    """

    def __init__(
        self,
        *,
        bot: Bot,
        commands: Commands,
        people: People,
        options: TelegramOptions,
    ) -> None:
        self._bot = bot
        self._commands = commands
        self._people = people
        self._options = options
        self._latest: dict[int, str] = {}

    async def asked(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer one query, unless its writer is still typing."""
        del context
        query = update.inline_query
        if query is None or not await self._stands(query):
            return
        caller = self._people.alone(query.from_user)
        results = await self._results(caller, query.query.strip())
        try:
            await query.answer(results, cache_time=_CACHE_SECONDS, is_personal=True)
        except TelegramError as error:
            log.info("telegram.inline_late", error=type(error).__name__)

    async def _stands(self, query: InlineQuery) -> bool:
        """Wait a moment: every letter typed is a query, and a look costs."""
        who = query.from_user.id
        self._latest[who] = query.id
        await asyncio.sleep(self._options.typing_seconds)
        stands = self._latest.get(who) == query.id
        if stands:
            del self._latest[who]
        return stands

    async def _results(self, caller: Caller, text: str) -> list[InlineQueryResult]:
        names = parse_argument(text) or ()
        if len(names) == 1 and find_in_text(text):
            return [await self._task(caller, text)]
        found = await self._commands.suggest(caller, text)
        if not found and len(names) == 1:
            return [await self._task(caller, text)]
        return [_mention(each.value, each.label) for each in found[:_SUGGESTIONS]]

    async def _task(self, caller: Caller, text: str) -> InlineQueryResult:
        reply = await self._commands.status(caller, text)
        photo = await self._picture(caller, reply)
        if photo is None:
            return _article(reply.card, text)
        return _cached(reply.card, photo, text)

    async def _picture(self, caller: Caller, reply: Reply) -> Attachment | None:
        """Find the picture under a number of Telegram's; uploads are not taken here."""
        if reply.picture is None:
            return None
        try:
            async with asyncio.timeout(_PICTURE_SECONDS):
                return await self._known(caller, reply.picture)
        except (PictureError, TelegramError, TimeoutError, OSError) as error:
            log.info("telegram.inline_picture", error=type(error).__name__)
            return None

    async def _known(self, caller: Caller, key: TaskKey) -> Attachment | None:
        files = await self._commands.files(key, platform=PLATFORM, limits=MEDIA)
        first = next(iter(files), None)
        if first is None or first.kind is FileKind.DOCUMENT:
            return None
        return first if first.file_id else await self._upload(caller, key, files)

    async def _upload(
        self, caller: Caller, key: TaskKey, files: Sequence[Attachment]
    ) -> Attachment | None:
        """Upload into the asker's own chat, without a sound, and take it back."""
        first, spot = files[0], Spot(chat=int(caller.person.id))
        with ExitStack() as stack:
            message = await post_file(self._bot, spot, _SILENT, first, stack)
        await self._bot.delete_message(message.chat_id, message.message_id)
        found = file_id(message)
        if found is None:
            return None
        await self._commands.keep_uploads(key, PLATFORM, files, {first.position: found})
        return replace(first, file_id=found)


def _article(card: Card, text: str) -> InlineQueryResultArticle:
    words = render(card)
    return InlineQueryResultArticle(
        _result_id(text),
        clip(card.title, _TITLE_UNITS) or text,
        InputTextMessageContent(
            words.text, entities=words.entities, link_preview_options=NO_PREVIEW
        ),
        reply_markup=words.keyboard,
        description=text,
    )


def _cached(card: Card, file: Attachment, text: str) -> InlineQueryResult:
    words, title = render(card, caption=True), clip(card.title, _TITLE_UNITS) or text
    if file.kind is FileKind.VIDEO:
        return InlineQueryResultCachedVideo(
            _result_id(text),
            file.file_id or "",
            title,
            caption=words.text,
            caption_entities=words.entities,
            reply_markup=words.keyboard,
        )
    return InlineQueryResultCachedPhoto(
        _result_id(text),
        file.file_id or "",
        title=title,
        caption=words.text,
        caption_entities=words.entities,
        reply_markup=words.keyboard,
    )


def _mention(value: str, label: str) -> InlineQueryResultArticle:
    """Offer a task by name: its id, ready to be asked for."""
    card = Card(
        blocks=(Block((Span(label),)), Block((Span(value, Ink.CODE),))),
    )
    return _article(card, value)


def _result_id(text: str) -> str:
    return text.encode()[-64:].decode(errors="ignore") or "-"
