"""The relays' envelopes, good and bad, as HTTP answers."""

import json
from typing import Final

from aiohttp import web

Answer = web.Response
SPA_PAGE: Final = '<!doctype html><html><body><div id="root"></div></body></html>'


def json_answer(
    body: object, status: int = 200, content_type: str = "application/json"
) -> Answer:
    """Answer with JSON; Chinese is written out."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type=content_type)


def envelope(code: int, description: str, result: str | None) -> Answer:
    """Answer a submit or a seed: JSON under text/plain, as the gateways guess it."""
    body = {
        "code": code,
        "description": description,
        "properties": None,
        "result": result,
    }
    return json_answer(body, content_type="text/plain")


def upstream_error(description: str) -> Answer:
    """Refuse in the gateway's words; the blank at the end is real."""
    body = {"description": f"{description} ", "type": "upstream_error", "code": 4}
    return json_answer(body, 400)


def openai_error(message: str, kind: str, status: int) -> Answer:
    """Refuse as a gateway refuses a key or an address."""
    return json_answer({"error": {"message": message, "type": kind}}, status)


def task_no_found() -> Answer:
    """Deny an id, in the gateway's spelling."""
    return upstream_error("task_no_found")


def task_not_found() -> Answer:
    """Deny an id with a 404."""
    return openai_error("task not found", "invalid_request_error", 404)


def invalid_url() -> Answer:
    """Deny a route with a 404."""
    return openai_error("Invalid URL", "invalid_request_error", 404)


def front_end() -> Answer:
    """Answer an unknown route with a web page and a cheerful 200."""
    return web.Response(text=SPA_PAGE, content_type="text/html")


def bad_key() -> Answer:
    """Refuse a key."""
    return openai_error("无效的令牌", "new_api_error", 401)


def no_image(reason: str, status: int) -> Answer:
    """Say why there is no picture."""
    return json_answer({"error": reason}, status)
