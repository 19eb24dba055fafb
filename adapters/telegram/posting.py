"""The calls that make and change messages, each with all that it must carry."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from telegram import Bot, InputFile, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import BadRequest

from adapters.telegram.files import medium, source
from adapters.telegram.reading import reading, whole
from adapters.telegram.receipts import Holds, Sent, read_receipt
from adapters.telegram.render import Rendered, render
from bot.domain.attachment import Attachment, FileKind
from bot.domain.subscription import Destination, Receipt
from bot.ports import Letter
from bot.present.card import Card

NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where and how a message goes out, in Telegram's terms.

    Attributes:
        thread: A forum's topic; None for General and everywhere else.
    """

    chat: int | str
    thread: int | None = None
    silent: bool = True
    reply: ReplyParameters | None = None


def spot_of(letter: Letter) -> Spot:
    """Say where a letter goes."""
    return Spot(
        chat=chat_id(letter.to.chat),
        thread=_thread(letter.to),
        silent=not letter.loud,
        reply=_reply(letter.reply_to, letter.to.chat),
    )


def chat_id(chat: str) -> int | str:
    """Read a chat's number; a name stays one."""
    return int(chat) if chat.removeprefix("-").isdecimal() else chat


async def post_text(bot: Bot, spot: Spot, words: Rendered) -> Message:
    """Send text."""
    with reading():
        message = await bot.send_message(
            spot.chat,
            words.text,
            entities=words.entities,
            reply_markup=words.keyboard,
            message_thread_id=spot.thread,
            disable_notification=spot.silent,
            reply_parameters=spot.reply,
            link_preview_options=NO_PREVIEW,
        )
        return whole(message)


async def post_file(
    bot: Bot, spot: Spot, words: Rendered, file: Attachment, stack: ExitStack
) -> Message:
    """Send one file under its caption."""
    content = source(file, stack)
    with reading():
        return whole(await _post_content(bot, spot, words, file.kind, content))


async def _post_content(
    bot: Bot, spot: Spot, words: Rendered, kind: FileKind, content: InputFile | str
) -> Message:
    if kind is FileKind.PHOTO:
        return await bot.send_photo(
            spot.chat,
            content,
            caption=words.text or None,
            caption_entities=words.entities,
            reply_markup=words.keyboard,
            message_thread_id=spot.thread,
            disable_notification=spot.silent,
            reply_parameters=spot.reply,
        )
    if kind is FileKind.VIDEO:
        return await bot.send_video(
            spot.chat,
            content,
            caption=words.text or None,
            caption_entities=words.entities,
            reply_markup=words.keyboard,
            message_thread_id=spot.thread,
            disable_notification=spot.silent,
            reply_parameters=spot.reply,
            supports_streaming=True,
        )
    return await bot.send_document(
        spot.chat,
        content,
        caption=words.text or None,
        caption_entities=words.entities,
        reply_markup=words.keyboard,
        message_thread_id=spot.thread,
        disable_notification=spot.silent,
        reply_parameters=spot.reply,
        disable_content_type_detection=True,
    )


async def post_album(
    bot: Bot,
    spot: Spot,
    words: Rendered,
    files: Sequence[Attachment],
    stack: ExitStack,
) -> tuple[Message, ...]:
    """Send two to ten files as one album, the caption on the first."""
    first, *others = files
    media = [medium(first, stack, words), *(medium(each, stack) for each in others)]
    with reading():
        found = await bot.send_media_group(
            spot.chat,
            media,
            message_thread_id=spot.thread,
            disable_notification=spot.silent,
            reply_parameters=spot.reply,
        )
        return (whole(found[0]), *found[1:])


async def change(
    bot: Bot, shown: Sent, card: Card, file: Attachment | None, stack: ExitStack
) -> Message | bool:
    """Show a card (and a file) in a message that is there; the keyboard goes along."""
    chat = chat_id(shown.chat)
    if file is not None and shown.holds is not Holds.ALBUM:
        words = render(card, caption=True)
        media = medium(file, stack, words)
        with reading():
            return await bot.edit_message_media(
                media, chat, shown.message, reply_markup=words.keyboard
            )
    if shown.holds in {Holds.TEXT, Holds.UNKNOWN}:
        words = render(card)
        with reading():
            return await bot.edit_message_text(
                words.text,
                chat,
                shown.message,
                entities=words.entities,
                reply_markup=words.keyboard,
                link_preview_options=NO_PREVIEW,
            )
    words = render(card, caption=True)
    with reading():
        return await bot.edit_message_caption(
            chat,
            shown.message,
            caption=words.text or None,
            caption_entities=words.entities,
            reply_markup=None if shown.holds is Holds.ALBUM else words.keyboard,
        )


async def change_inline(bot: Bot, inline_id: str, card: Card) -> None:
    """Show a card in a message that was sent in inline mode, text or picture."""
    words = render(card)
    try:
        await bot.edit_message_text(
            words.text,
            inline_message_id=inline_id,
            entities=words.entities,
            reply_markup=words.keyboard,
            link_preview_options=NO_PREVIEW,
        )
    except BadRequest as error:
        if "there is no text" not in error.message.lower():
            raise
        words = render(card, caption=True)
        await bot.edit_message_caption(
            inline_message_id=inline_id,
            caption=words.text,
            caption_entities=words.entities,
            reply_markup=words.keyboard,
        )


def album_head(card: Card) -> Card:
    """What stands under an album: the first line, and whom it rings."""
    return replace(card, blocks=card.blocks[:1], buttons=())


def _thread(to: Destination) -> int | None:
    return int(to.thread) if to.thread and to.thread.isdecimal() else None


def _reply(receipt: Receipt | None, chat: str) -> ReplyParameters | None:
    shown = read_receipt(receipt) if receipt else None
    if shown is None or shown.chat != chat:
        return None
    return ReplyParameters(shown.message, allow_sending_without_reply=True)
