"""Events, seen to before the library reads them.

It ends the whole connection over an event that it cannot read, and takes for granted
what Discord may leave out. What is left out is filled in; what cannot be read is
noted, and the next event is taken.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import structlog

from adapters.discord.limits import FILE_BYTES

log = structlog.get_logger(__name__)
Json: TypeAlias = dict[str, Any]
Parse: TypeAlias = Callable[[Any], None]
_NEEDED: Final = frozenset({"READY", "RESUMED"})  # there is no session without them
_TEXT: Final = 0
_DIRECT: Final = 1
_GROUP: Final = 3
_THREADS: Final = frozenset({10, 11, 12})
_ELSEWHERE: Final = 2  # the context of conversations that the bot is not in
_LONG_AGO: Final = "2015-05-13T00:00:00+00:00"
_INTERACTION: Final[Json] = {"version": 1, "attachment_size_limit": FILE_BYTES}
_USER: Final[Json] = {"username": "", "discriminator": "0", "avatar": None}
_MEMBER: Final[Json] = {"roles": [], "flags": 0, "joined_at": None}
_THREAD: Final[Json] = {
    "owner_id": "0",
    "message_count": 0,
    "member_count": 0,
    "thread_metadata": {
        "archived": False,
        "auto_archive_duration": 1440,
        "archive_timestamp": _LONG_AGO,
    },
}
_MESSAGE: Final[Json] = {
    "content": "",
    "embeds": [],
    "attachments": [],
    "components": [],
    "edited_timestamp": None,
    "type": 0,
    "pinned": False,
    "mention_everyone": False,
    "tts": False,
}


def see_to(parsers: dict[str, Parse]) -> None:
    """Stand before all that reads events."""
    for event, parse in list(parsers.items()):
        if event not in _NEEDED:
            parsers[event] = _before(event, parse)


def _before(event: str, parse: Parse) -> Parse:
    fill = {"INTERACTION_CREATE": filled, "MESSAGE_CREATE": _message}.get(event)

    def take(told: Any) -> None:  # noqa: ANN401 - whatever comes
        try:
            parse(fill(told) if fill else told)
        except Exception:
            log.exception("discord.odd_event", named=event)

    return take


def filled(told: Json) -> Json:
    """Fill in what an interaction may leave out."""
    told = _INTERACTION | told
    if told.get("channel") or told.get("channel_id"):
        told["channel"] = _channel(told)
    member: Json = told.get("member") or {}
    if user := member.get("user") or told.get("user"):
        told["user"] = _USER | user
        told["member"] = _MEMBER | member | {"user": told["user"]}
    if told.get("message"):
        told["message"] = _message(told["message"])
    return told | {"data": _with_messages(told.get("data"))}


def _with_messages(data: Json | None) -> Json | None:
    """Fill in the message that a menu was opened on."""
    resolved: Json = (data or {}).get("resolved") or {}
    if data is None or not resolved.get("messages"):
        return data
    full = {key: _message(each) for key, each in resolved["messages"].items()}
    return data | {"resolved": resolved | {"messages": full}}


def _channel(told: Json) -> Json:
    """Describe the channel; of its kind counts only what is of interest here."""
    given: Json = told.get("channel") or {}
    channel = {"name": "", "position": 0} | given
    channel |= {"id": given.get("id") or told["channel_id"], "type": _kind(told, given)}
    return _THREAD | channel if channel["type"] in _THREADS else channel


def _kind(told: Json, channel: Json) -> int:
    kind = channel.get("type")
    if told.get("guild_id"):
        return kind if kind in _THREADS and channel.get("parent_id") else _TEXT
    if kind is None:
        return _GROUP if told.get("context") == _ELSEWHERE else _DIRECT
    return _DIRECT if kind == _DIRECT else _GROUP


def _message(message: Json) -> Json:
    told = _MESSAGE | message
    for name in ("author", "member"):
        if told.get(name):
            told[name] = (_USER if name == "author" else _MEMBER) | told[name]
    told["mentions"] = [_USER | user for user in told.get("mentions") or ()]
    return told
