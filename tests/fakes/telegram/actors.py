"""What people do: write, press, ask inline, and whom a message rings."""

from collections.abc import Sequence

from tests.fakes.telegram.asking import Asked, Press
from tests.fakes.telegram.model import Chat, Json, Message, User
from tests.fakes.telegram.people import People
from tests.fakes.telegram.render import inaccessible_json, message_json
from tests.fakes.telegram.text import cut, read


class Actors(People):
    """Deeds of the cast; each leads to the update the real server would send."""

    def __init__(self, *, username: str) -> None:
        super().__init__(username=username)
        self.privacy = True

    async def say(
        self,
        user: User,
        chat: Chat | None,
        words: str,
        *,
        thread: int | None = None,
        reply_to: Message | None = None,
        entities: Sequence[Json] = (),
    ) -> Message:
        """Let a user write into a chat (None: in private with the bot).

        In groups the bot hears only commands, replies to it and its name, unless
        `privacy` is off or it manages the group.
        """
        chat = chat or self.private(user)
        message = self._blank(chat, user, reply_to, thread)
        text, found = read(self.world, words, None, list(entities))
        message.text, message.entities = text, found
        if self._heard(message):
            self.updates.push("message", message_json(message))
        await self.world.announce()
        return message

    async def start(self, user: User, payload: str = "") -> Message:
        """Let a user follow t.me/bot?start=payload."""
        return await self.say(user, None, f"/start {payload}".strip())

    def _blank(
        self,
        chat: Chat,
        user: User | None,
        reply_to: Message | None,
        thread: int | None,
    ) -> Message:
        assert thread is None or thread in chat.topics, "no such topic"
        made = self.world.next_message_id(chat)
        message = Message(made, chat, user, self.world.now(), reply_to=reply_to)
        message.thread, message.is_topic = thread, thread is not None
        if thread is not None and reply_to is None:
            message.reply_to = chat.messages[thread]  # as the real server does
        if reply_to is not None and chat.kind == "supergroup" and not chat.forum:
            message.thread = reply_to.thread or reply_to.id
        return self.world.place(message)

    def _heard(self, message: Message) -> bool:
        chat, bot = message.chat, self.world.bot
        if chat.forbidden is not None:
            return False
        if chat.kind == "private" or not self.privacy:
            return True
        answered = message.reply_to is not None and message.reply_to.sender is bot
        managed = self.world.is_admin(chat, bot.id)
        return answered or managed or self._addressed(message)

    def _addressed(self, message: Message) -> bool:
        """Whether a command or the bot's name makes this message the bot's."""
        text, bot = message.text or "", self.world.bot
        for entity in message.entities:
            part = cut(text, entity["offset"], entity["length"])
            mine = part.endswith(f"@{bot.username}")
            command = entity["type"] == "bot_command" and (mine or "@" not in part)
            if command or (entity["type"] == "mention" and mine):
                return True
        return False

    async def rewrite(self, message: Message, words: str) -> None:
        """Let a user edit an own message."""
        message.remember()
        message.text, message.entities = read(self.world, words, None, None)
        message.edited_at = self.world.now()
        if self._heard(message):
            self.updates.push("edited_message", message_json(message))
        await self.world.announce()

    async def post_in_channel(self, chat: Chat, words: str) -> Message:
        """Publish a post in a channel."""
        message = self._blank(chat, None, None, None)
        message.text, message.entities = read(self.world, words, None, None)
        self.updates.push("channel_post", message_json(message))
        await self.world.announce()
        return message

    async def press(
        self,
        user: User,
        message: Message,
        wanted: str,
        *,
        inaccessible: bool = False,
        stale: bool = False,
    ) -> Press:
        """Let a user press a button.

        Args:
            user: Who presses.
            message: Where; an inline message counts as well.
            wanted: The button's label or callback_data.
            inaccessible: The message is too old for the server to show it.
            stale: `wanted` is callback_data the message has shown once: the
                user's client is behind.
        """
        assert stale or inaccessible or not message.deleted, "the message is gone"
        button = {"callback_data": wanted} if stale else message.button(wanted)
        press = Press(self._query_id(), user, message, button, self.world)
        if "callback_data" in button:
            self.asking.presses[press.id] = press
            update = self._press_json(press, inaccessible=inaccessible)
            self.updates.push("callback_query", update)
        await self.world.announce()
        return press

    def _query_id(self) -> str:
        return str(4_000_000_000_000_000_000 + self.world.serial())

    def _press_json(self, press: Press, *, inaccessible: bool) -> Json:
        message = press.message
        query: Json = {
            "id": press.id,
            "from": press.user.json(),
            "chat_instance": str(message.chat.id),
            "data": press.button["callback_data"],
        }
        if message.inline_id is not None:
            return query | {"inline_message_id": message.inline_id}
        render = inaccessible_json if inaccessible else message_json
        return query | {"message": render(message)}

    async def inline(self, user: User, query: str, *, offset: str = "") -> Asked:
        """Let a user type "@bot query" somewhere."""
        asked = Asked(self._query_id(), user, query, self.world)
        self.asking.asked[asked.id] = asked
        sent = {"id": asked.id, "from": user.json(), "query": query, "offset": offset}
        self.updates.push("inline_query", sent | {"chat_type": "sender"})
        await self.world.announce()
        return asked

    async def choose(self, asked: Asked, result_id: str) -> Message:
        """Let the user send one of the results; return the inline message."""
        results: list[Json] = (asked.answer or {})["results"]
        result = next(each for each in results if each["id"] == result_id)
        message = self._inline_message(asked, result)
        shown = {"inline_message_id": message.inline_id} if message.markup else {}
        told = {"result_id": result_id, "from": asked.user.json(), "query": asked.query}
        self.updates.push("chosen_inline_result", told | shown)
        await self.world.announce()
        return message

    def _inline_message(self, asked: Asked, result: Json) -> Message:
        elsewhere = Chat(asked.user.id, "private", "elsewhere")
        message = Message(1, elsewhere, asked.user, self.world.now())
        content: Json = result.get("input_message_content") or {}
        words, mode = content.get("message_text"), content.get("parse_mode")
        given = content.get("entities")
        text, message.entities = read(self.world, words or "", mode, given)
        message.text = text or None
        message.caption = result.get("caption")
        message.media = self.world.files.get(str(result.get("photo_file_id")))
        message.markup = result.get("reply_markup")
        message.inline_id = f"AAinline{self.world.serial()}"
        self.world.inline_messages[message.inline_id] = message
        return message

    def expire(self, asked: Press | Asked) -> None:
        """Let a query grow too old to be answered."""
        asked.expired = True

    def mentions(self, message: Message) -> list[User]:
        """Return the people a message's mentions ring, each once, in order."""
        found = [self._mentioned(message, entity) for entity in message.entities]
        return list(dict.fromkeys(user for user in found if user is not None))

    def _mentioned(self, message: Message, entity: Json) -> User | None:
        if entity["type"] == "text_mention":
            return self.world.users.get(int(entity["user"]["id"]))
        if entity["type"] != "mention":
            return None
        name = cut(message.words, entity["offset"], entity["length"])[1:].lower()
        users = self.world.users.values()
        named = (user for user in users if (user.username or "").lower() == name)
        return next(named, None)
