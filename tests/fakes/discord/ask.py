"""A request as the routes see it: parsed, with its parts in place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord.model import UploadedFile

_NOT_JSON: Final = 50109


@dataclass(frozen=True, eq=False)
class Ask:
    """One request to the REST interface, its path below ``/api/v10``."""

    method: str
    path: str
    query: Mapping[str, str]
    token: str
    json: object
    files: Mapping[str, UploadedFile]
    size: int
    broken: bool = False
    args: Mapping[str, str] | None = None

    def number(self, name: str) -> int:
        """Return a snowflake from the path."""
        text = self.word(name)
        if not text.isdecimal():
            raise invalid(name, "NUMBER_TYPE_COERCE", f"{text!r} is not snowflake.")
        return int(text)

    def word(self, name: str) -> str:
        """Return a part of the path."""
        return (self.args or {})[name]

    def body(self) -> Json:
        """Return the body, which must be a JSON object."""
        if self.broken or not isinstance(self.json, dict):
            raise ApiError(_NOT_JSON, "The request body contains invalid JSON.")
        return self.json


async def read(request: web.Request, path: str) -> Ask:
    """Read a request whole, with the files of an upload."""
    files: dict[str, UploadedFile] = {}
    text: str | None = None
    if request.content_type == "multipart/form-data":
        text, files = await _multipart(request)
    elif request.can_read_body:
        text = await request.text()
    parsed, broken = _parse(text, request.content_type)
    return Ask(
        method=request.method,
        path=path,
        query=dict(request.query),
        token=request.headers.get("Authorization", ""),
        json=parsed,
        files=files,
        size=request.content_length or len(text or ""),
        broken=broken,
    )


async def _multipart(
    request: web.Request,
) -> tuple[str | None, dict[str, UploadedFile]]:
    files: dict[str, UploadedFile] = {}
    text: str | None = None
    form = await request.post()
    for name, part in form.items():
        if isinstance(part, FileField):
            with part.file:
                content = part.file.read()
            files[name] = UploadedFile(part.filename, content, part.content_type)
        elif name == "payload_json" and isinstance(part, str):
            text = part
    return text, files


def _parse(text: str | None, content_type: str) -> tuple[object, bool]:
    if not text:
        return None, False
    if content_type not in ("application/json", "multipart/form-data"):
        return text, True
    try:
        return json.loads(text), False
    except ValueError:
        return text, True
