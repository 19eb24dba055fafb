"""An HTTP answer as a value, and the error envelopes of the servers behind relays."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = Any  # whatever JSON can hold

JSON_TYPE: Final = "application/json; charset=utf-8"
SNIFFED_TYPE: Final = "text/plain; charset=utf-8"  # what Go guesses for JSON
HTML_TYPE: Final = "text/html; charset=utf-8"
SPA_PAGE: Final = '<!doctype html><html><body><div id="root"></div></body></html>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes over the wire for one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False  # no Content-Length, as the image proxies send
    missing_bytes: int = 0  # promised by Content-Length, never sent
    waits: asyncio.Event | None = None  # silence until it is set


def json_answer(
    body: object, status: int = 200, content_type: str = JSON_TYPE
) -> Answer:
    """Answer with JSON, Chinese written out as the Go servers do."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text_answer(text, status, content_type)


def text_answer(
    text: str, status: int = 200, content_type: str = SNIFFED_TYPE
) -> Answer:
    """Answer with literal text."""
    headers = {"Content-Type": content_type}
    return Answer(status=status, headers=headers, body=text.encode())


def as_answer(
    status: int, body: object = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer with whatever a script names: bytes, text, or anything JSON can hold."""
    if isinstance(body, bytes):
        made = Answer(status=status, body=body)
    elif isinstance(body, str):
        made = text_answer(body, status)
    else:
        made = json_answer(body, status)
    return Answer(
        status=status, headers={**made.headers, **(headers or {})}, body=made.body
    )


def upstream_error(description: str, status: int = 400, code: int = 4) -> Answer:
    """Answer with the envelope {description, type, code}; the blank at the end is real."""
    body = {"description": f"{description} ", "type": "upstream_error", "code": code}
    return json_answer(body, status)


def openai_error(message: str, kind: str, status: int) -> Answer:
    """Answer with the envelope {error: {message, type}}."""
    return json_answer({"error": {"message": message, "type": kind}}, status)


def plain_error(text: str, status: int) -> Answer:
    """Answer with the envelope {error: "text"} of the image proxies."""
    return json_answer({"error": text}, status)


def envelope(
    code: int,
    description: str,
    result: Json = None,
    *,
    status: int = 200,
    sniffed: bool = False,
) -> Answer:
    """Answer with the envelope {code, description, properties, result}."""
    body = {
        "code": code,
        "description": description,
        "properties": None,
        "result": result,
    }
    return json_answer(body, status, SNIFFED_TYPE if sniffed else JSON_TYPE)


SPA: Final = text_answer(SPA_PAGE, content_type=HTML_TYPE)
NOT_FOUND_HTML: Final = text_answer(
    "<html><head><title>404 Not Found</title></head></html>", 404, HTML_TYPE
)
NOT_FOUND_OPENAI: Final = openai_error("Invalid URL", "invalid_request_error", 404)
NOT_FOUND_SPRING: Final = json_answer(
    {"timestamp": "2026-01-01T00:00:00.000+00:00", "status": 404, "error": "Not Found"},
    404,
    "application/json",
)
TASK_NO_FOUND: Final = upstream_error("task_no_found")  # their spelling
