"""Who asks, from where, and whether they manage the chat."""

from dataclasses import replace
from typing import Final

from telegram import Bot, CallbackQuery, Chat, ChatMember, Message, User
from telegram.error import TelegramError

from adapters.telegram.limits import PLATFORM
from adapters.telegram.reading import reading
from bot.commands.reply import Caller
from bot.domain.clean import clean_line
from bot.domain.subscription import Destination, Person, Place
from bot.present.text import clip

_NAME_UNITS: Final = 64
_MANAGING: Final = {ChatMember.OWNER, ChatMember.ADMINISTRATOR}
_PLACES: Final = {Chat.PRIVATE: Place.PRIVATE, Chat.CHANNEL: Place.CHANNEL}


class People:
    """Turns messages and presses into callers; asks Telegram who manages a chat.

    Args:
        bot: The library's client.
    """

    def __init__(self, *, bot: Bot) -> None:
        self._bot = bot

    async def writer(self, message: Message, *, rights: bool) -> Caller:
        """Say who wrote a message; `rights`: whether they manage matters."""
        chat, user = message.chat, message.from_user
        speaks = message.sender_chat
        if speaks is not None or user is None:
            # A channel's post, or somebody who manages the group anonymously.
            own = (speaks or chat).id == chat.id
            person = chat_person(speaks or chat)
            return _caller(person, message, locale=None, manages=own)
        manages = rights and await self._manages(chat, user)
        caller = _caller(
            person_of(user),
            message,
            locale=user.language_code,
            manages=manages or chat.type == Chat.PRIVATE,
        )
        return replace(caller, program=user.is_bot)

    async def presser(self, query: CallbackQuery, *, rights: bool) -> Caller:
        """Say who pressed; under an inline message they ask in private."""
        user, message = query.from_user, query.message
        if message is None:
            return self.alone(user)
        chat = message.chat
        manages = rights and await self._manages(chat, user)
        thread = topic_of(message) if isinstance(message, Message) else None
        return Caller(
            person=person_of(user),
            destination=destination_of(chat, thread),
            locale=user.language_code,
            manages=manages or chat.type == Chat.PRIVATE,
            groups=_names(chat),
        )

    def alone(self, user: User) -> Caller:
        """Say who asks where no chat is told (inline): as if in private."""
        to = Destination(platform=PLATFORM, chat=str(user.id), place=Place.PRIVATE)
        return Caller(
            person=person_of(user),
            destination=to,
            locale=user.language_code,
            manages=True,
        )

    async def _manages(self, chat: Chat, user: User) -> bool:
        if chat.type == Chat.PRIVATE:
            return True
        try:
            with reading():
                member = await self._bot.get_chat_member(chat.id, user.id)
        except TelegramError:
            return False
        return member.status in _MANAGING


def person_of(user: User) -> Person:
    """Name a person: by @username, else by the name they show."""
    shown = f"{user.first_name} {user.last_name or ''}"  # both empty: deleted
    return Person(platform=PLATFORM, id=str(user.id), name=_name(user.username, shown))


def chat_person(chat: Chat) -> Person:
    """A chat that speaks for itself, such as a channel."""
    name = _name(None, chat.effective_name or "")
    return Person(platform=PLATFORM, id=str(chat.id), name=name)


def destination_of(chat: Chat, thread: int | None = None) -> Destination:
    """Say where an answer goes."""
    return Destination(
        platform=PLATFORM,
        chat=str(chat.id),
        thread=str(thread) if thread else None,
        place=_PLACES.get(chat.type, Place.GROUP),
    )


def topic_of(message: Message) -> int | None:
    """Find a message's topic; a reply chain outside forums is none."""
    return message.message_thread_id if message.is_topic_message else None


def _caller(
    person: Person, message: Message, *, locale: str | None, manages: bool
) -> Caller:
    return Caller(
        person=person,
        destination=destination_of(message.chat, topic_of(message)),
        locale=locale,
        manages=manages,
        groups=_names(message.chat),
    )


def _names(chat: Chat) -> tuple[str, ...]:
    names = (str(chat.id), f"@{chat.username}" if chat.username else "")
    return tuple(f"{PLATFORM}:{name}" for name in names if name)


def _name(username: str | None, shown: str) -> str:
    """A name beginning with @ is a username; nobody may pretend to have one."""
    if username:
        return f"@{username}"
    return clip(clean_line(shown).strip().lstrip("@\uff20 "), _NAME_UNITS)
