"""The methods that change or remove a message."""

from tests.fakes.telegram.files import take
from tests.fakes.telegram.model import Json, Message, StoredFile, World
from tests.fakes.telegram.refusal import broken, missing
from tests.fakes.telegram.render import message_json
from tests.fakes.telegram.rules import caption_of, keyboard, text_of
from tests.fakes.telegram.sending import Method
from tests.fakes.telegram.wire import Call

TWO_DAYS = 48 * 3600
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are"
    " exactly the same as a current content and reply markup of the message"
)
# The set bots may use; only one of them on a message.
REACTIONS = set(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀"
    "🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡"
)


class Editing:
    """Edits text, captions, media and keyboards; deletes; reacts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> dict[str, Method]:
        """Return the methods by their official names."""
        return {
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageMedia": self.edit_media,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete,
            "setMessageReaction": self.react,
        }

    def edit_text(self, call: Call) -> object:
        """Change text; the keyboard goes unless it is given again."""
        text, entities = text_of(self._world, call.params)
        markup = keyboard(call.params)
        message = self._target(call)
        if message.text is None:
            raise missing("there is no text in the message to edit")
        self._changes(message, text, entities, markup, message.media)
        message.text, message.entities, message.markup = text, entities, markup
        message.preview = call.params.get("link_preview_options") or {}
        return self._answer(message)

    def edit_caption(self, call: Call) -> object:
        """Change a caption; the keyboard goes unless it is given again."""
        caption, entities = caption_of(self._world, call.params)
        markup = keyboard(call.params)
        message = self._target(call)
        if message.media is None:
            raise missing("there is no caption in the message to edit")
        self._changes(message, caption or "", entities, markup, message.media)
        message.caption, message.entities, message.markup = caption, entities, markup
        return self._answer(message)

    def edit_media(self, call: Call) -> object:
        """Change the file, or turn text into one; caption and keyboard go with it."""
        asked: Json = call.params["media"]
        caption, entities = caption_of(self._world, asked)
        markup = keyboard(call.params)
        message = self._target(call)
        media = self._new_media(call, message, asked)
        self._changes(message, caption or "", entities, markup, media)
        message.text, message.media, message.markup = None, media, markup
        message.caption, message.entities = caption, entities
        message.spoiler = bool(asked.get("has_spoiler"))
        return self._answer(message)

    def _new_media(self, call: Call, message: Message, asked: Json) -> StoredFile:
        source = str(asked["media"])
        if message.inline_id is not None and source.startswith("attach://"):
            raise broken("an inline message can't be edited with an upload")
        if message.album and (asked["type"] == "document") != (
            message.media is not None and message.media.kind == "document"
        ):
            raise broken("wrong type of media for the album")
        return take(self._world, call, str(asked["type"]), source)

    def edit_markup(self, call: Call) -> object:
        """Change the keyboard only."""
        markup = keyboard(call.params)
        message = self._target(call)
        self._changes(message, message.words, message.entities, markup, message.media)
        message.markup = markup
        return self._answer(message)

    def _changes(
        self,
        message: Message,
        words: str,
        entities: list[Json],
        markup: Json | None,
        media: StoredFile | None,
    ) -> None:
        """Keep the old version, or refuse an edit that changes nothing."""
        before = (message.words, message.entities, message.markup, message.media)
        if before == (words, entities, markup, media):
            raise missing(UNCHANGED)
        message.remember()
        message.edited_at = self._world.now()

    def _answer(self, message: Message) -> object:
        return True if message.inline_id else message_json(message)

    def _target(self, call: Call) -> Message:
        params, world = call.params, self._world
        inline = params.get("inline_message_id")
        if inline is not None:
            return self._inline(str(inline))
        if "message_id" not in params:
            raise broken("message identifier is not specified")
        chat = world.reachable(call.chat_id)
        wanted = params["message_id"]
        message = world.message(chat, wanted, "message to edit not found")
        own = message.sender is world.bot or chat.kind == "channel"
        if not own or message.service:
            raise missing("message can't be edited")
        return message

    def _inline(self, inline_id: str) -> Message:
        found = self._world.inline_messages.get(inline_id)
        if found is None:
            raise missing("MESSAGE_ID_INVALID")
        return found

    def delete(self, call: Call) -> bool:
        """Delete an own message younger than two days, or any an admin may."""
        world, chat = self._world, self._world.reachable(call.chat_id)
        wanted = call.params.get("message_id")
        message = world.message(chat, wanted, "message to delete not found")
        if not (self._may_delete(message) and self._young(message)):
            raise missing("message can't be deleted for everyone")
        message.deleted = True
        return True

    def _may_delete(self, message: Message) -> bool:
        world, chat = self._world, message.chat
        admin = world.is_admin(chat, world.bot.id, "can_delete_messages")
        return chat.kind == "private" or message.sender is world.bot or admin

    def _young(self, message: Message) -> bool:
        world, chat = self._world, message.chat
        admin = world.is_admin(chat, world.bot.id, "can_delete_messages")
        return admin or world.now() - message.date < TWO_DAYS

    def react(self, call: Call) -> bool:
        """Put at most one known emoji on a message, or take it off."""
        world, chat = self._world, self._world.reachable(call.chat_id)
        wanted = call.params.get("message_id")
        message = world.message(chat, wanted, "message to react not found")
        reaction: list[Json] = call.params.get("reaction") or []
        if len(reaction) > 1:
            raise broken("REACTIONS_TOO_MANY")
        known = {each.get("emoji", "").replace("\ufe0f", "") for each in reaction}
        if not known <= REACTIONS:
            raise broken("REACTION_INVALID")
        message.reactions = reaction
        return True
