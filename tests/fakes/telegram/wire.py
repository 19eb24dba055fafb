"""A request as it came in: its parameters decoded, its files read."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.telegram.model import Json
from tests.fakes.telegram.refusal import broken

OBJECTS = {
    "reply_markup",
    "entities",
    "caption_entities",
    "media",
    "reply_parameters",
    "link_preview_options",
    "commands",
    "scope",
    "results",
    "button",
    "reaction",
    "allowed_updates",
}
NUMBERS = {
    "message_id",
    "message_thread_id",
    "user_id",
    "offset",
    "limit",
    "timeout",
    "max_connections",
    "cache_time",
    "width",
    "height",
    "duration",
}
FLAGS = {
    "disable_notification",
    "protect_content",
    "show_alert",
    "drop_pending_updates",
    "is_personal",
    "is_big",
    "has_spoiler",
    "show_caption_above_media",
    "supports_streaming",
    "disable_content_type_detection",
    "allow_paid_broadcast",
    "return_bots",
}


@dataclass(frozen=True)
class Upload:
    """One file part of a multipart body."""

    name: str
    content_type: str
    body: bytes


@dataclass(eq=False)
class Call:
    """One request to the Bot API and, once given, its answer."""

    method: str
    params: Json
    raw: Json
    files: dict[str, Upload] = field(default_factory=dict)
    status: int | None = None
    answer: Json | None = None
    gone: Callable[[], bool] = bool  # whether the caller has hung up
    at: float = 0.0  # when it came, in seconds of the loop

    @property
    def chat_id(self) -> object:
        """The chat it is about, None if about none."""
        return self.params.get("chat_id")


async def read_call(request: web.Request, method: str) -> Call:
    """Decode query string, form, multipart or JSON.

    Raises:
        Refused: A parameter that must be JSON, a number or a flag is not.
    """
    raw: Json = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        raw |= json.loads(await request.read() or b"{}")
    elif request.can_read_body:
        await _form(request, raw, files)
    return Call(method, {}, raw, files, gone=lambda: request.transport is None)


async def _form(request: web.Request, raw: Json, files: dict[str, Upload]) -> None:
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            upload = Upload(value.filename, value.content_type, value.file.read())
            files[name] = upload
        else:
            raw[name] = value.decode() if isinstance(value, bytearray) else value


def decode(raw: Json) -> Json:
    """Turn a form's strings into values; JSON bodies pass unchanged.

    Raises:
        Refused: A parameter that must be JSON, a number or a flag is not.
    """
    return dict(_decoded(raw))


def _decoded(raw: Json) -> Iterator[tuple[str, object]]:
    for name, value in raw.items():
        try:
            yield name, _value(name, value)
        except ValueError as error:
            raise broken(f"can't parse {name}: {value!r}") from error


def _value(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name in OBJECTS:
        found: object = json.loads(value)
        return found
    if name in NUMBERS:
        return int(value)
    return _flag_or_chat(name, value)


def _flag_or_chat(name: str, value: str) -> object:
    if name in FLAGS:
        return {"true": True, "false": False}[value.lower()]
    if name in {"chat_id", "from_chat_id"} and value.lstrip("-").isdigit():
        return int(value)
    return value
