"""Updates as the library wants them: what servers in between leave out is put back.

Telegram's own servers leave nothing of this out. The library loses a whole update for
a field that says nothing, and knows a command only by its entity.
"""

import re
from inspect import signature
from typing import Any, Final

from telegram import (
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberOwner,
    ChatMemberRestricted,
)
from telegram.error import NetworkError

Json = dict[str, Any]

_WRITTEN: Final = ("message", "channel_post")
_NAMED: Final = re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}")
_COMMAND: Final = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?(?=\s|$)")
_LONG_AGO: Final = 1  # nothing of ours looks at it; 0 is a message that cannot be read
_NOBODY: Final = {"is_bot": False, "first_name": ""}
_UPLOADS: Final = ("video", "document")
_SIZES: Final = {"file_unique_id": "", "width": 0, "height": 0, "duration": 0}
_STANDINGS: Final = (
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberOwner,
    ChatMemberRestricted,
)
# What the library insists on; of all that we read the status alone.
_BLANK: Final = {
    name: False
    for kind in _STANDINGS
    for name, known in signature(kind).parameters.items()
    if known.default is known.empty and known.kind is not known.VAR_KEYWORD
} | {"until_date": 0}


def complete(update: Json) -> Json:
    """Fill in what is missing of an update; the rest stays.

    Raises:
        AttributeError, TypeError: It is no update at all.
    """
    filled = dict(update)
    for kind in _WRITTEN:
        if kind in filled:
            filled[kind] = _message(filled[kind])
    for kind in ("callback_query", "inline_query", "my_chat_member"):
        if kind in filled:
            filled[kind] = _asked(filled[kind])
    return filled


def complete_answer(answer: Any) -> Json:  # noqa: ANN401 - whatever a server says
    """Fill in what is missing of what a call has made or was told.

    What chat a message is in the caller knows; 0 stands for it.

    Raises:
        NetworkError: It is no answer of Telegram's.
    """
    if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
        raise NetworkError("Invalid server response")
    result = answer.get("result")
    if isinstance(result, list):
        answer["result"] = [_told(each) for each in result]
    elif result is not None:
        answer["result"] = _told(result)
    return answer


def _told(result: Any) -> Any:  # noqa: ANN401 - whatever a server says
    """Complete what a call answers, by what it is."""
    if not isinstance(result, dict):
        return result
    if "message_id" in result:
        return _made(result)
    if "status" in result and "user" in result:
        return _member(result)
    if "url" in result:
        return {"has_custom_certificate": False, "pending_update_count": 0} | result
    return _NOBODY | result if "username" in result else result


def _made(message: Json) -> Json:
    """Keep of a message that a call has made what we want to know: number and files."""
    chat = message.get("chat")
    known = chat["id"] if isinstance(chat, dict) and "id" in chat else 0
    kept: Json = {
        "message_id": message["message_id"],
        "date": _LONG_AGO,
        "chat": {"id": known, "type": "private"},
    }
    files = {kind: message[kind] for kind in _UPLOADS if message.get(kind)}
    kept |= {kind: _SIZES | file for kind, file in files.items()}
    if message.get("photo"):
        kept["photo"] = [_SIZES | size for size in message["photo"]]
    return kept


def _member(member: Json) -> Json:
    return _BLANK | member | {"user": _NOBODY | member["user"]}


def _message(message: Json) -> Json:
    filled: Json = {"date": _LONG_AGO} | _sender(message)
    if "chat" in filled:
        filled["chat"] = _chat(filled["chat"])
    if "reply_to_message" in filled:
        here = {"chat": filled["chat"]} if "chat" in filled else {}
        filled["reply_to_message"] = _message(here | filled["reply_to_message"])
    if filled.get("text") is not None and "entities" not in filled:
        filled["entities"] = _entities(filled["text"])
    return filled


def _asked(query: Json) -> Json:
    filled = _sender(query)
    if "data" in filled:
        filled["chat_instance"] = filled.get("chat_instance", "")
    if "query" in filled:
        filled["offset"] = filled.get("offset", "")
    if "message" in filled:
        filled["message"] = _message(filled["message"])
    return _changed(filled) if "new_chat_member" in filled else filled


def _changed(change: Json) -> Json:
    """Complete what is told of the bot's own standing in a chat."""
    fresh = _member(change["new_chat_member"])
    old = _member(change.get("old_chat_member", fresh))
    told = {"chat": _chat(change["chat"])}
    told |= {"new_chat_member": fresh, "old_chat_member": old}
    return {"date": _LONG_AGO} | change | told


def _sender(content: Json) -> Json:
    filled = dict(content)
    if "from" in filled:
        filled["from"] = _NOBODY | filled["from"]
    return filled


def _chat(chat: Json) -> Json:
    alone = isinstance(chat.get("id"), int) and chat["id"] > 0
    return {"type": "private" if alone else "group"} | chat


def _entities(text: str) -> list[Json]:
    """Find a command and the names in a text, at their UTF-16 places."""
    command = _COMMAND.match(text)
    found = [_entity("bot_command", command)] if command else []
    return found + [_entity("mention", each) for each in _NAMED.finditer(text)]


def _entity(kind: str, found: re.Match[str]) -> Json:
    before = len(found.string[: found.start()].encode("utf-16-le")) // 2
    return {"type": kind, "offset": before, "length": len(found[0])}
