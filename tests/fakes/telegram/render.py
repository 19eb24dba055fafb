"""Stored things as the Bot API's JSON."""

from tests.fakes.telegram.files import media_json
from tests.fakes.telegram.model import Chat, Json, Message


def message_json(message: Message, *, whole: bool = True) -> Json:
    """Return the Bot API's Message; `whole` includes the one it replies to."""
    found: Json = {
        "message_id": message.id,
        "date": message.date,
        "chat": message.chat.json(),
        **_sender(message),
        **_content(message),
        **_place(message),
        **message.service,
    }
    if whole and message.reply_to is not None:
        found["reply_to_message"] = message_json(message.reply_to, whole=False)
    return found


def _sender(message: Message) -> Json:
    if message.sender is None:
        return {"sender_chat": message.chat.json()}
    return {"from": message.sender.json()}


def _content(message: Message) -> Json:
    found: Json = media_json(message.media) if message.media else {}
    name = "text" if message.text is not None else "caption"
    if message.words:
        found[name] = message.words
    if message.entities:
        found["entities" if name == "text" else "caption_entities"] = message.entities
    if message.markup:
        found["reply_markup"] = message.markup
    return found


def _place(message: Message) -> Json:
    found: Json = {
        "message_thread_id": message.thread,
        "is_topic_message": message.is_topic or None,
        "media_group_id": message.album,
        "edit_date": message.edited_at,
        "has_protected_content": message.protected or None,
        "has_media_spoiler": message.spoiler or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def inaccessible_json(message: Message) -> Json:
    """Return what a press on a message too old to be shown carries."""
    return {"message_id": message.id, "date": 0, "chat": message.chat.json()}


def full_chat_json(chat: Chat) -> Json:
    """Return the Bot API's ChatFullInfo."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        **chat.json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            **dict.fromkeys(gifts, False),
            "gifts_from_channels": False,
        },
    }
