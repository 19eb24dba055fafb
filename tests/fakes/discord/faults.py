"""A queue of things that go wrong on chosen routes."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, TypedDict

from aiohttp import web

from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord.wire import reply

_CLOUDFLARE: Final = (
    "<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare"
    "</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body>"
    "</html>"
)


class How(TypedDict, total=False):
    """The ways in which a request goes wrong.

    ``status`` answers with it (429 with ``retry_after`` seconds, ``via`` or not,
    ``is_global`` or not), ``html`` with Cloudflare's page, ``reset`` with a cut
    connection; none of them is a delay only. ``hold`` waits for the event first,
    ``after`` serves the request before going wrong, ``times`` counts.
    """

    status: int
    code: int
    retry_after: float
    via: bool
    is_global: bool
    html: bool
    reset: bool
    after: bool
    hold: asyncio.Event
    headers: dict[str, str]
    times: int


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong; the meaning of the fields is in ``How``."""

    route: str
    status: int = 0
    code: int = 0
    retry_after: float = 0.01
    via: bool = True
    is_global: bool = False
    html: bool = False
    reset: bool = False
    after: bool = False
    hold: asyncio.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    hits: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def fits(self, line: str) -> bool:
        """Whether it still applies to a request line such as ``GET /gateway``."""
        return self.times > 0 and fnmatchcase(line, self.route)

    async def strike(self) -> None:
        """Count one hit and wait for the release, if there is one."""
        self.times -= 1
        self.hits += 1
        self.reached.set()
        if self.hold is not None:
            await self.hold.wait()

    def answer(self, request: web.Request) -> web.Response | None:
        """Build the wrong answer, or None if the fault was a delay only."""
        if self.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if self.html:
            return self._page()
        if not self.status:
            return None
        return reply(self._body(), status=self.status, headers=self._headers())

    def _page(self) -> web.Response:
        status = self.status or 429
        headers = (
            {"Retry-After": "1", **self.headers} if status == 429 else self.headers
        )
        return web.Response(
            text=_CLOUDFLARE, status=status, content_type="text/html", headers=headers
        )

    def _body(self) -> Json:
        if self.status == 429:
            return {
                "message": "You are being rate limited.",
                "retry_after": self.retry_after,
                "global": self.is_global,
                "code": self.code,
            }
        return {"message": f"{self.status}: scripted", "code": self.code}

    def _headers(self) -> dict[str, str]:
        headers = dict(self.headers)
        if self.status == 429:
            scope = "global" if self.is_global else "user"
            headers.setdefault("Retry-After", str(self.retry_after))
            headers.setdefault("X-RateLimit-Scope", scope)
            headers.setdefault("X-RateLimit-Reset-After", str(self.retry_after))
            if self.via:
                headers.setdefault("Via", "1.1 google")
        return headers


class Faults:
    """The faults that still wait to strike, oldest first."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Queue a fault."""
        self._queue.append(fault)
        return fault

    def next(self, line: str) -> Fault | None:
        """Return the oldest fault that applies to the request line."""
        return next((fault for fault in self._queue if fault.fits(line)), None)

    def clear(self) -> None:
        """Forget all that have not struck, and release all that hold."""
        for fault in self._queue:
            fault.times = 0
            if fault.hold is not None:
                fault.hold.set()
        self._queue.clear()
