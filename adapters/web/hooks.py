"""`POST /w/<token>`: what programs and relays tell a feed, and what they are answered."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from aiohttp import web

from adapters.web.server import BODY, Route
from bot.commands.fed import FeedAnswer
from bot.domain.feed import FeedReason
from bot.errors import StoreError

PATH: Final = "/w/{token}"  # a promise: it works in every later release
_AGAIN_SECONDS: Final = 5
_HOW: Final = "POST task ids here: as text, as JSON, or a relay's answer as it came"
_NOT_READ: Final = frozenset({FeedReason.EMPTY, FeedReason.NOT_AN_ID})


class Feeding(Protocol):
    """Who takes what is posted."""

    async def fed(self, token: str, body: bytes) -> FeedAnswer | None:
        """Take a body; None if no feed has this token."""


class Hooks:
    """The feeds' routes.

    Args:
        feeding: Who takes what is posted.
    """

    def __init__(self, feeding: Feeding) -> None:
        self._feeding = feeding

    @property
    def routes(self) -> Sequence[Route]:
        """What hangs on the web server."""
        return (("POST", PATH, self.post), ("*", PATH, self.explain))

    async def post(self, request: web.Request) -> web.Response:
        """Take what is posted; of a wrong token nothing is told but that."""
        body = request[BODY] or request.query_string.encode()
        try:
            answer = await self._feeding.fed(request.match_info["token"], body)
        except StoreError:
            return _busy()
        if answer is None:
            return _refusal(HTTPStatus.NOT_FOUND, "unknown_feed", "no such feed")
        return _json(_status_of(answer), answer.record())

    async def explain(self, _request: web.Request) -> web.Response:
        """Say how to use the address, whether it is a feed's or not."""
        refusal = _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "post_only", _HOW)
        refusal.headers["Allow"] = "POST"
        return refusal


def _status_of(answer: FeedAnswer) -> HTTPStatus:
    """200, unless nothing came of it: 400 no id in it, 403 not allowed, 404 forged."""
    reasons = {each.reason for each in answer.refused}
    if answer.watched or not reasons:
        return HTTPStatus.OK
    if FeedReason.NOT_ALLOWED in reasons:
        return HTTPStatus.FORBIDDEN
    if reasons <= _NOT_READ:
        return HTTPStatus.BAD_REQUEST
    unknown = FeedReason.UNKNOWN_TASK in reasons
    return HTTPStatus.NOT_FOUND if unknown else HTTPStatus.OK


def _busy() -> web.Response:
    """Memory is out of reach: whoever posts may do so again."""
    words = "not now; posting again is safe"
    refusal = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", words)
    refusal.headers["Retry-After"] = str(_AGAIN_SECONDS)
    return refusal


def _refusal(status: HTTPStatus, error: str, message: str) -> web.Response:
    return _json(status, {"error": error, "message": message})


def _json(status: HTTPStatus, value: dict[str, Any]) -> web.Response:
    text = json.dumps(value, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json")
