"""Messages that are no commands: pasted in private, to us in a group, or said there."""

from typing import Final

import structlog
from telegram import Message, MessageEntity, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from adapters.telegram.limits import SEEN
from adapters.telegram.people import People
from adapters.telegram.receipts import sent
from adapters.telegram.replies import Asked, Replies
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply

log = structlog.get_logger(__name__)

_NO_ID: Final = "?"  # no id has this shape, so the core says that there is none
_NAMED: Final = (MessageEntity.MENTION, MessageEntity.TEXT_MENTION)


class Ears:
    """Takes what people write without a command; answers each message once at most.

    Args:
        commands: The core.
        people: Who writes.
        replies: How answers are shown.
    """

    def __init__(self, *, commands: Commands, people: People, replies: Replies) -> None:
        self._commands = commands
        self._people = people
        self._replies = replies

    async def written(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Take a message; never one of ours."""
        del context
        message = update.effective_message
        if message is None or _ours(message):
            return
        caller = await self._people.writer(message, rights=False)
        text = words_of(message)
        if _to_us(message):
            reply = await self._commands.mentioned(caller, text)
            if reply is not None or not caller.private:
                await self._answer(message, caller, reply)
                return
        if not message.is_automatic_forward and (
            await self._commands.heard(caller, text)
        ):
            await self._nod(message)
        elif caller.private:
            reply = await self._commands.free_text(caller, text)
            reply = reply or await self._commands.status(caller, f"{_NO_ID} {text}")
            await self._answer(message, caller, reply)

    async def _answer(
        self, message: Message, caller: Caller, reply: Reply | None
    ) -> None:
        if reply is not None:
            asked = Asked(caller=caller, message=sent(message).receipt)
            await self._replies.show(reply, asked)

    async def _nod(self, message: Message) -> None:
        """React, where the chat allows it."""
        try:
            await message.set_reaction(SEEN)
        except TelegramError as error:
            log.info("telegram.not_reacted", error=type(error).__name__)


def words_of(message: Message) -> str:
    """All that can be read in a message, where its links lead included."""
    entities = (*message.entities, *message.caption_entities)
    links = [entity.url for entity in entities if entity.url]
    return "\n".join((message.text or message.caption or "", *links))


def _ours(message: Message) -> bool:
    """Whether the words are our own; those of inline mode are sent through us."""
    us, writer = message.get_bot().id, message.from_user
    return message.via_bot is not None or (writer is not None and writer.id == us)


def _to_us(message: Message) -> bool:
    """Whether a message names the bot."""
    us = message.get_bot()
    kinds: list[str | None] = list(_NAMED)
    found = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    return any(
        entity.user.id == us.id
        if entity.user is not None
        else words.lower() == f"@{us.username}".lower()
        for entity, words in found.items()
    )
