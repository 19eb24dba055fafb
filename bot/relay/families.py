"""The kinds of envelopes that answers come in, told apart without keeping a word."""

from enum import StrEnum
from typing import Final

from bot.relay.dialect import looks_like_task
from bot.relay.probe import NOTHING
from bot.relay.reply import Reply


class Family(StrEnum):
    """A kind of envelope."""

    NO_ANSWER = "no answer"
    EMPTY = "empty body"
    NULL = "null"
    PAGE = "web page"
    TEXT = "plain text"
    PICTURE = "picture"
    TASK = "task object"
    LIST = "list"
    UPSTREAM = "{description, type, code}"
    NEW_API = "{error: {message, type: new_api_error}}"
    ONE_HUB = "error of type one_hub_error"
    OPENAI = "{error: {message, type}}"
    ERROR_TEXT = "{error: text}"
    PROTOCOL = "{code, description, result}"
    SUCCESS_FALSE = "{success, code, message}"
    SPRING = "{timestamp, status, error}"
    OTHER = "other JSON"


_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"GIF8")
_TYPES: Final = {"new_api_error": Family.NEW_API, "one_hub_error": Family.ONE_HUB}
# Told by the names that must be there, the most telling first.
_SHAPES: Final = (
    (frozenset({"timestamp", "status"}), Family.SPRING),
    (frozenset({"description", "type"}), Family.UPSTREAM),
    (frozenset({"code", "result"}), Family.PROTOCOL),
    (frozenset({"code", "description"}), Family.PROTOCOL),
    (frozenset({"success"}), Family.SUCCESS_FALSE),
)


def family_of(reply: Reply | None) -> Family:
    """Name the kind of envelope of an answer."""
    if reply is None:
        return Family.NO_ANSWER
    if reply.html:
        return Family.PAGE
    if reply.bare.startswith(_PICTURES):
        return Family.PICTURE
    return _of_text(reply) if reply.bare else Family.EMPTY


def _of_text(reply: Reply) -> Family:
    told = reply.json()
    if told is NOTHING:
        return Family.TEXT
    if told is None:
        return Family.NULL
    if isinstance(told, list):
        return Family.LIST
    return _of_object(told) if isinstance(told, dict) else Family.OTHER


def _of_object(told: dict[str, object]) -> Family:
    if looks_like_task(told):
        return Family.TASK
    inner = told.get("error")
    kind = (inner if isinstance(inner, dict) else told).get("type")
    if isinstance(kind, str) and kind in _TYPES:
        return _TYPES[kind]
    if isinstance(inner, dict):
        return Family.OPENAI
    named = (family for names, family in _SHAPES if names <= told.keys())
    otherwise = Family.ERROR_TEXT if isinstance(inner, str) else Family.OTHER
    return next(named, otherwise)
