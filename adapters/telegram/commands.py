"""Commands, pasted ids, deep links and what chats say of themselves."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog
from telegram import ChatMember, Message, MessageEntity, Update
from telegram.error import TelegramError
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from adapters.telegram.buttons import Buttons
from adapters.telegram.chats import Chats
from adapters.telegram.ears import Ears, words_of
from adapters.telegram.inline import Inline
from adapters.telegram.links import read_payload
from adapters.telegram.memory import DoorMemory
from adapters.telegram.outcomes import says
from adapters.telegram.people import People, destination_of
from adapters.telegram.receipts import sent
from adapters.telegram.replies import Asked, Replies
from adapters.telegram.updates import App
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply
from bot.domain.names import find_in_text, parse_argument
from bot.domain.notification import Reason

log = structlog.get_logger(__name__)

Answer = Callable[[Caller, str], Awaitable[Reply]]
Deed = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]

# What those who manage a chat may do there; for the others nobody is asked.
_BY_RIGHT: Final = {"unwatch", "settings", "feed"}
_TAKES_REPLY: Final = {"status", "watch", "unwatch", "seed"}
_DELETED: Final = "message to delete not found"
_GONE: Final = {ChatMember.LEFT, ChatMember.BANNED}
_WRITTEN: Final = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST


class CommandAnswers:
    """What people write, and what becomes of it.

    Args:
        commands: The core.
        people: Who writes.
        replies: How answers are shown.
        chats: Told of chats that move or close.
        memory: Long deep links.
    """

    def __init__(
        self,
        *,
        commands: Commands,
        people: People,
        replies: Replies,
        chats: Chats,
        memory: DoorMemory,
    ) -> None:
        self._commands = commands
        self._people = people
        self._replies = replies
        self._chats = chats
        self._memory = memory

    def answers(self) -> dict[str, Answer]:
        """The commands by name, each with what answers it."""
        core = self._commands
        return {
            "status": core.status,
            "watch": core.watch,
            "unwatch": core.unwatch,
            "seed": core.seed,
            "list": lambda caller, _: core.list(caller),
            "recent": lambda caller, _: core.recent(caller),
            "feed": core.feed,
            "settings": lambda caller, _: core.settings(caller),
            "help": lambda caller, _: core.help(caller),
            "start": self._start,
            "allow": core.allow,
            "deny": core.deny,
            "claim": core.claim,
        }

    def deed(self, name: str) -> Deed:
        """Make what one command does."""
        answer = self.answers()[name]

        async def do(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            del context
            if message := update.effective_message:
                words = argument(message)
                if not words and name in _TAKES_REPLY:
                    words = names_answered(message)
                caller = await self._people.writer(message, rights=name in _BY_RIGHT)
                await self._answer(message, caller, await answer(caller, words))

        return do

    async def key(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Delete a message with a key in it before anything else is done with it."""
        del context
        message = update.effective_message
        if message is None:
            return
        words = argument(message)
        stays = bool(words) and not await _deleted(message)
        caller = await self._people.writer(message, rights=False)
        reply = await self._commands.key(caller, words, stays=stays)
        await self._replies.show(reply, Asked(caller=caller, message=None))

    async def moved(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Note that a group has become a supergroup."""
        del context
        message = update.effective_message
        if message is None:
            return
        here = str(message.chat_id)
        if message.migrate_to_chat_id:
            await self._chats.moved(here, str(message.migrate_to_chat_id))
        elif message.migrate_from_chat_id:
            await self._chats.moved(str(message.migrate_from_chat_id), here)

    async def membership(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE
    ) -> None:
        """Note that the bot was blocked, or thrown out."""
        del context
        change = update.my_chat_member
        if change is None or change.new_chat_member.status not in _GONE:
            return
        name = change.chat.effective_name or ""
        to = destination_of(change.chat)
        await self._chats.ended(to, Reason.BLOCKED, name=name)

    async def _start(self, caller: Caller, words: str) -> Reply:
        if not words:
            return await self._commands.help(caller)
        start = await read_payload(self._memory, words)
        if start.watch:
            return await self._commands.watch(caller, start.text)
        return await self._commands.status(caller, start.text)

    async def _answer(self, message: Message, caller: Caller, reply: Reply) -> None:
        asked = Asked(caller=caller, message=sent(message).receipt)
        await self._replies.show(reply, asked)


def install(
    app: App, *, commands: CommandAnswers, ears: Ears, buttons: Buttons, inline: Inline
) -> None:
    """Tell the library what is taken by whom; the first that fits takes it."""
    for name in commands.answers():
        app.add_handler(MessageHandler(_WRITTEN & _Begins(name), commands.deed(name)))
    app.add_handler(MessageHandler(_WRITTEN & _Begins("key"), commands.key))
    private = _WRITTEN & filters.ChatType.PRIVATE
    app.add_handler(MessageHandler(private & _Begins(), commands.deed("help")))
    words = filters.TEXT | filters.CAPTION
    app.add_handler(MessageHandler(_WRITTEN & words & ~_Begins(), ears.written))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, commands.moved))
    app.add_handler(CallbackQueryHandler(buttons.pressed))
    app.add_handler(InlineQueryHandler(inline.asked))
    app.add_handler(
        ChatMemberHandler(commands.membership, ChatMemberHandler.MY_CHAT_MEMBER)
    )


class _Begins(filters.MessageFilter):
    """What begins with a command, under a picture, too: with this one of ours or any.

    The library's own command handler reads no captions.
    """

    def __init__(self, command: str | None = None) -> None:
        super().__init__()
        self._command = command

    def filter(self, message: Message) -> bool:
        """Whether it does."""
        said = _command(message)
        if said is None or self._command is None:
            return said is not None
        name, _, bot = said.lower().partition("@")
        us = message.get_bot().username.lower()
        return name == self._command and bot in {"", us}


def _command(message: Message) -> str | None:
    """The command that a message begins with, without its stroke."""
    first = next(iter(message.entities or message.caption_entities), None)
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset:
        return None
    return (message.text or message.caption or "")[1 : first.length]


async def _deleted(message: Message) -> bool:
    try:
        return await message.delete()
    except TelegramError as error:
        if says(error, _DELETED):  # by us, before we were killed; or by its writer
            return True
        log.warning("telegram.secret_not_deleted", error=type(error).__name__)
        return False


def argument(message: Message) -> str:
    """What stands after the command, as it was written."""
    text = message.text or message.caption or ""
    command = _command(message)
    # A command is ASCII: Telegram's units are characters.
    return (text if command is None else text[len(command) + 1 :]).strip()


def names_answered(message: Message) -> str:
    """The ids in the message that this one replies to, as an argument.

    In a card of ours the id stands in monospace, whatever its length.
    """
    answered = message.reply_to_message
    if answered is None:
        return ""
    names = [str(name) for name in find_in_text(words_of(answered))]
    if not names and answered.from_user == message.get_bot().bot:
        names = _monospace(answered)
    return " ".join(names)


def _monospace(message: Message) -> list[str]:
    kinds: list[str | None] = [MessageEntity.CODE]
    found = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    return [words for words in found.values() if parse_argument(words)][-1:]
