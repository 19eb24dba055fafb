"""The page's socket: what it needs to know first, then whatever changes.

A page names its place in the chat; it gets what has changed since and stays. Nothing
is queued for it: it is told the newest state whenever it can take it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSCloseCode, web

from adapters.browser.chat import Chat
from adapters.browser.limits import BEAT_SECONDS, PING_SECONDS, SOCKETS
from adapters.browser.render import Json
from bot.doorbell import Doorbell

Greeting = Callable[[str], Json]  # a browser's locale -> what the page needs to know


class Stream:
    """Tells pages what changes.

    Args:
        chat: What they read.
        greet: What each is told first, and again when that changes.
    """

    def __init__(self, chat: Chat, greet: Greeting) -> None:
        self._chat = chat
        self._greet = greet

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Keep one page up to date until it leaves."""
        if self._chat.closed or self._chat.readers >= SOCKETS:
            return web.Response(status=503, text="Too many tabs are open.\n")
        socket = web.WebSocketResponse(
            heartbeat=PING_SECONDS, timeout=1.0, max_msg_size=1024
        )
        await socket.prepare(request)
        with self._chat.reading() as bell:
            await self._attend(socket, request, bell)
        return socket

    async def _attend(
        self, socket: web.WebSocketResponse, request: web.Request, bell: Doorbell
    ) -> None:
        """Tell, and hear whether the page still listens; it has nothing to say."""
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._tell(socket, request, bell))
            async for _ in socket:
                break
            telling.cancel()
        await socket.close()

    async def _tell(
        self, socket: web.WebSocketResponse, request: web.Request, bell: Doorbell
    ) -> None:
        greeting: Json = {}
        rev = self._place(request.query.get("since", ""))
        fresh = rev is None
        rev = rev or 0
        with suppress(ConnectionError):
            while not self._chat.closed:
                now = self._greet(request.query.get("locale", ""))
                if now != greeting:
                    greeting = now
                    await socket.send_json(now)
                if fresh or self._chat.rev > rev:
                    news, fresh = self._news(rev, fresh=fresh), False
                    rev = self._chat.rev
                    await socket.send_json(news)
                if not await bell.wait(BEAT_SECONDS):
                    await socket.send_json({"is": "beat"})
            await socket.close(code=WSCloseCode.GOING_AWAY)

    def _place(self, text: str) -> int | None:
        """Read a page's place; None if it is of another history, or of none."""
        epoch, _, rev = text.partition(".")
        if epoch != self._chat.epoch or not (rev.isascii() and rev.isdigit()):
            return None
        place = int(rev[:18])
        return place if place <= self._chat.rev else None

    def _news(self, rev: int, *, fresh: bool) -> Json:
        return {
            "is": "news",
            "fresh": fresh,
            "place": f"{self._chat.epoch}.{self._chat.rev}",
            "first": self._chat.first_id,
            "messages": [each.shown() for each in self._chat.since(rev)],
        }
