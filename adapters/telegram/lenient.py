"""Updates as the library wants them: what servers in between leave out is put back.

Telegram's own servers leave nothing of this out. The library loses a whole update for
a field that says nothing, and knows a command only by its entity.
"""

import re
from typing import Any, Final

from telegram.error import NetworkError

Json = dict[str, Any]

_WRITTEN: Final = ("message", "channel_post")
_NAMED: Final = re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}")
_COMMAND: Final = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?(?=\s|$)")
_LONG_AGO: Final = 1  # nothing of ours looks at it; 0 is a message that cannot be read


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
    """Fill in what is missing of the message that a call has made.

    What chat it is in the caller knows; 0 stands for it.

    Raises:
        NetworkError: It is no answer of Telegram's.
    """
    if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
        raise NetworkError("Invalid server response")
    result = answer.get("result")
    if isinstance(result, dict) and "message_id" in result:
        unknown = {"id": 0, "type": "private"}
        answer["result"] = {"date": _LONG_AGO, "chat": unknown} | result
    return answer


def _message(message: Json) -> Json:
    filled: Json = {"date": _LONG_AGO} | _sender(message)
    if "chat" in filled:
        filled["chat"] = _chat(filled["chat"])
    if "reply_to_message" in filled:
        filled["reply_to_message"] = _message(filled["reply_to_message"])
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
    return filled


def _sender(content: Json) -> Json:
    filled = dict(content)
    if "from" in filled:
        filled["from"] = {"is_bot": False, "first_name": ""} | filled["from"]
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
