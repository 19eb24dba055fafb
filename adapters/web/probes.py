"""What machines ask: does it turn, is it ready, what has it counted."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

_PLAIN: Final = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Where the answers come from.

    Attributes:
        alive: Names what does not turn; empty: all loops do.
        ready: Names what is missing, one line each; empty: nothing.
        metrics: Writes them in `metrics_type`.
        metrics_type: The content type of `metrics`.
    """

    alive: Callable[[], Iterable[str]]
    ready: Callable[[], Awaitable[Iterable[str]]]
    metrics: Callable[[], bytes]
    metrics_type: str = "text/plain; version=0.0.4; charset=utf-8"

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the loops turn."""
        return _answer(self.alive(), good="ok")

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when it can do its work, else 503 with what is missing."""
        return _answer(await self.ready(), good="ready")

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Give Prometheus its text."""
        headers = {"Content-Type": self.metrics_type}
        return web.Response(body=self.metrics(), headers=headers)


def _answer(missing: Iterable[str], *, good: str) -> web.Response:
    lines = [" ".join(each.split()) for each in missing]
    status = HTTPStatus.SERVICE_UNAVAILABLE if lines else HTTPStatus.OK
    text = "\n".join(lines or [good]) + "\n"
    return web.Response(status=status, text=text, content_type=_PLAIN)
