"""A host of files on loopback that says what a script tells it to, path by path."""

import asyncio
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from multidict import CIMultiDictProxy

from tests.fakes.relay.answers import Answer
from tests.fakes.relay.sending import send

HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 0.05  # those who hang are not waited for


class PictureHost:
    """``host.says("/a.png", Answer(...), Answer(...))``: in turn, the last repeats."""

    def __init__(self) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.seen: list[tuple[str, CIMultiDictProxy[str]]] = []
        self.asked = asyncio.Event()

    def says(self, path: str, *answers: Answer) -> str:
        """Script a path, and give its address."""
        self._answers[path] = list(answers)
        return f"{self.url}{path}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order, queries included."""
        return [path for path, _ in self.seen]

    def keys(self) -> list[str | None]:
        """Give the Authorization of each request, in order."""
        return [headers.get("Authorization") for _, headers in self.seen]

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=STOP_SECONDS,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.raw_path, request.headers))
        self.asked.set()
        answers = self._answers.get(request.path) or [Answer(status=404)]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return await send(request, answer, None)
