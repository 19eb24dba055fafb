"""Makes users, chats and topics, and lets them fall out with the bot."""

import itertools
from collections.abc import Mapping

from tests.fakes.telegram.asking import Asking
from tests.fakes.telegram.model import Chat, Json, Kind, Message, Status, User, World
from tests.fakes.telegram.render import message_json
from tests.fakes.telegram.updates import Updates

LEFT_WORDS = {
    "group": "bot was kicked from the group chat",
    "supergroup": "bot was kicked from the supergroup chat",
    "channel": "bot is not a member of the channel chat",
}


class People:
    """The cast: everybody the bot can meet, and where."""

    def __init__(self, *, username: str) -> None:
        self.world = World(username=username)
        self.updates = Updates(self.world)
        self.asking = Asking(self.world)
        self._user_ids = itertools.count(5_000_000_001)
        self._group_ids = itertools.count(-4_000_000_001, -1)
        self._wide_ids = itertools.count(-1_002_000_000_001, -1)

    def user(
        self,
        name: str,
        *,
        username: str | None = None,
        language: str | None = "en",
        bot: bool = False,
    ) -> User:
        """Make a person (or another bot) who has not met the bot yet."""
        made = User(next(self._user_ids), name, username, language, is_bot=bot)
        self.world.users[made.id] = made
        return made

    def private(self, user: User) -> Chat:
        """Return the user's chat with the bot, opening it if need be."""
        blank = Chat(user.id, "private", user.first_name, user.username)
        return self.world.chats.setdefault(user.id, blank)

    def group(self, title: str, members: Mapping[User, Status] | None = None) -> Chat:
        """Make a basic group with the bot in it."""
        return self._chat("group", title, members)

    def supergroup(
        self,
        title: str,
        members: Mapping[User, Status] | None = None,
        *,
        forum: bool = False,
        username: str | None = None,
    ) -> Chat:
        """Make a supergroup with the bot in it, with topics if a forum."""
        made = self._chat("supergroup", title, members)
        made.forum, made.username = forum, username
        return made

    def channel(
        self,
        title: str,
        members: Mapping[User, Status] | None = None,
        *,
        username: str | None = None,
        bot_status: Status = "administrator",
    ) -> Chat:
        """Make a channel; the bot manages it unless said otherwise."""
        made = self._chat("channel", title, members)
        made.members[self.world.bot.id] = bot_status
        made.username = username
        return made

    def _chat(
        self, kind: Kind, title: str, members: Mapping[User, Status] | None
    ) -> Chat:
        ids = self._group_ids if kind == "group" else self._wide_ids
        made = Chat(next(ids), kind, title)
        made.members = {who.id: status for who, status in (members or {}).items()}
        made.members[self.world.bot.id] = "member"
        self.world.chats[made.id] = made
        return made

    def topic(self, chat: Chat, name: str) -> int:
        """Open a forum topic; return its thread id."""
        assert chat.forum, "only forums have topics"
        number = self.world.next_message_id(chat)
        opened = self._service(
            chat,
            None,
            {"forum_topic_created": {"name": name, "icon_color": 7322096}},
            number,
        )
        opened.thread, opened.is_topic = number, True
        chat.topics[number] = name
        return number

    def delete_topic(self, chat: Chat, thread: int) -> None:
        """Remove a topic with all its messages."""
        del chat.topics[thread]
        for message in chat.messages.values():
            message.deleted = message.deleted or message.thread == thread

    def _service(
        self, chat: Chat, sender: User | None, words: Json, number: int | None = None
    ) -> Message:
        made = number or self.world.next_message_id(chat)
        message = Message(made, chat, sender, self.world.now(), service=words)
        return self.world.place(message)

    def website(self, url: str, content_type: str, body: bytes) -> None:
        """Put a file into the web as Telegram sees it."""
        self.world.web[url] = (content_type, body)

    async def join(self, chat: Chat, user: User, status: Status = "member") -> None:
        """Give a user (also the bot itself) a standing in a chat."""
        await self._standing(chat, user, status, user)

    async def block(self, user: User) -> None:
        """Let a person block the bot."""
        chat = self.private(user)
        chat.forbidden = "bot was blocked by the user"
        await self._standing(chat, self.world.bot, "kicked", user)

    async def unblock(self, user: User) -> None:
        """Let a person talk to the bot again."""
        await self._standing(self.private(user), self.world.bot, "member", user)

    async def kick(self, chat: Chat, by: User | None = None) -> None:
        """Remove the bot from a group or channel."""
        chat.forbidden = LEFT_WORDS[chat.kind]
        await self._standing(chat, self.world.bot, "kicked", by or self.world.bot)

    async def deactivate(self, user: User) -> None:
        """Delete a person's account."""
        user.deactivated = True
        await self.world.announce()

    async def _standing(self, chat: Chat, user: User, status: Status, by: User) -> None:
        if chat.kind == "private":
            chat.members.setdefault(user.id, "member")
        old = self.world.member_json(chat, user)
        chat.members[user.id] = status
        if user is self.world.bot and status not in {"left", "kicked"}:
            chat.forbidden = None
        change = {
            "chat": chat.json(),
            "from": by.json(),
            "date": self.world.now(),
            "old_chat_member": old,
            "new_chat_member": self.world.member_json(chat, user),
        }
        own = user is self.world.bot
        self.updates.push("my_chat_member" if own else "chat_member", change)
        await self.world.announce()

    async def migrate(self, chat: Chat, *, tell: bool = True) -> Chat:
        """Turn a group into a supergroup; `tell` sends both service messages."""
        members = {self.world.users[who]: how for who, how in chat.members.items()}
        fresh = self.supergroup(chat.title, members)
        chat.migrated_to = fresh.id
        old = self._service(chat, None, {"migrate_to_chat_id": fresh.id})
        new = self._service(fresh, None, {"migrate_from_chat_id": chat.id})
        for message in (old, new) if tell else ():
            self.updates.push("message", message_json(message))
        await self.world.announce()
        return fresh
