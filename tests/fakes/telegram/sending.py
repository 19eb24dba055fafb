"""The methods that make a message."""

from collections.abc import Callable

from tests.fakes.telegram.files import take
from tests.fakes.telegram.model import Chat, Json, Message, StoredFile, World
from tests.fakes.telegram.refusal import broken, missing
from tests.fakes.telegram.render import message_json
from tests.fakes.telegram.rules import caption_of, keyboard, text_of
from tests.fakes.telegram.wire import Call

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
ALBUM_KINDS = {"photo", "video", "document"}

Method = Callable[[Call], object]


class Sending:
    """Sends text, pictures, files, albums and the sign of work going on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.actions: list[tuple[Chat, int | None, str]] = []

    def methods(self) -> dict[str, Method]:
        """Return the methods by their official names."""
        return {
            "sendMessage": self.send_message,
            "sendPhoto": lambda call: self.send_file(call, "photo"),
            "sendDocument": lambda call: self.send_file(call, "document"),
            "sendVideo": lambda call: self.send_file(call, "video"),
            "sendMediaGroup": self.send_media_group,
            "sendChatAction": self.send_chat_action,
        }

    def send_message(self, call: Call) -> Json:
        """Send text."""
        text, entities = text_of(self._world, call.params)
        message = self._blank(call, "text")
        message.text, message.entities = text, entities
        message.preview = call.params.get("link_preview_options") or {}
        return message_json(self._deliver(message))

    def send_file(self, call: Call, kind: str) -> Json:
        """Send a photo, document or video, with a caption."""
        caption, entities = caption_of(self._world, call.params)
        message = self._blank(call, f"{kind}s")
        message.media = take(self._world, call, kind, call.params.get(kind))
        message.caption, message.entities = caption, entities
        message.spoiler = bool(call.params.get("has_spoiler"))
        return message_json(self._deliver(message))

    def send_media_group(self, call: Call) -> list[Json]:
        """Send an album of 2-10; documents stay among themselves; it rings once."""
        items: list[Json] = call.params["media"]
        kinds = {item["type"] for item in items}
        if not 2 <= len(items) <= 10:
            raise broken("there must be 2-10 items in an album")
        if not kinds <= ALBUM_KINDS or ("document" in kinds and len(kinds) > 1):
            raise broken("these media can't be combined in an album")
        taken = [self._album_item(call, item) for item in items]
        album = str(self._world.serial() + 13_000_000_000)
        made = [self._album_message(call, *each, album) for each in taken]
        self._world.rings += [] if made[0].silent else made[:1]
        return [message_json(message) for message in made]

    def _album_item(self, call: Call, item: Json) -> tuple[Json, StoredFile]:
        return item, take(self._world, call, str(item["type"]), item["media"])

    def _album_message(
        self, call: Call, item: Json, media: StoredFile, album: str
    ) -> Message:
        caption, entities = caption_of(self._world, item)
        message = self._blank(call, f"{media.kind}s")
        message.caption, message.entities = caption, entities
        message.media, message.album = media, album
        return self._world.place(message)

    def send_chat_action(self, call: Call) -> bool:
        """Show "is typing" and the like."""
        action = call.params.get("action")
        if action not in ACTIONS:
            raise broken("wrong parameter action in request")
        chat = self._world.reachable(call.chat_id)
        thread = self._thread(chat, call.params)
        self.actions.append((chat, thread, str(action)))
        return True

    def _blank(self, call: Call, right: str) -> Message:
        """Return an empty message in its place, not yet delivered."""
        params, world = call.params, self._world
        markup = keyboard(params)
        chat = world.reachable(call.chat_id)
        thread = self._thread(chat, params)
        self._may_send(chat, right)
        reply = self._reply(chat, params)
        sender = None if chat.kind == "channel" else world.bot
        message = Message(world.next_message_id(chat), chat, sender, world.now())
        message.markup, message.thread, message.reply_to = markup, thread, reply
        message.is_topic = thread is not None
        message.silent = bool(params.get("disable_notification"))
        message.protected = bool(params.get("protect_content"))
        return self._stray(self._in_chain(message))

    def _in_chain(self, message: Message) -> Message:
        """Give replies outside forums the id of their chain, as supergroups do."""
        reply, chat = message.reply_to, message.chat
        if reply is not None and chat.kind == "supergroup" and not chat.forum:
            message.thread = reply.thread or reply.id
        return message

    def _stray(self, message: Message) -> Message:
        reply = message.reply_to
        if reply is not None and reply.is_topic and reply.thread != message.thread:
            self._world.strays.append(message)
        return message

    def _thread(self, chat: Chat, params: Json) -> int | None:
        """Return the topic; General is 1 for readers but unknown to senders."""
        thread: int | None = params.get("message_thread_id") or None
        if thread is not None and thread not in chat.topics:
            raise missing("message thread not found")
        if thread in chat.closed_topics and not self._manages(chat):
            raise missing("TOPIC_CLOSED")
        return thread

    def _manages(self, chat: Chat) -> bool:
        return self._world.is_admin(chat, self._world.bot.id)

    def _may_send(self, chat: Chat, right: str) -> None:
        if chat.kind == "channel" and not self._manages(chat):
            raise missing("need administrator rights in the channel chat")
        if right in chat.denied:
            raise missing(f"not enough rights to send {right} to the chat")

    def _reply(self, chat: Chat, params: Json) -> Message | None:
        asked = params.get("reply_parameters")
        if not asked:
            return None
        found = chat.messages.get(int(asked["message_id"]))
        if found is not None and not found.deleted:
            return found
        if asked.get("allow_sending_without_reply"):
            return None
        raise missing("message to be replied not found")

    def _deliver(self, message: Message) -> Message:
        if not message.silent:
            self._world.rings.append(message)
        return self._world.place(message)
