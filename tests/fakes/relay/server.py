"""The fake relay on loopback: one port for the relay, one for its CDN."""

import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self

from aiohttp import web
from multidict import CIMultiDict

from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import control
from tests.fakes.relay.answers import Json
from tests.fakes.relay.record import Record, Seen
from tests.fakes.relay.routes import answer, ids_in, route_of
from tests.fakes.relay.sending import abort, send
from tests.fakes.relay.world import World

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
STOP_SECONDS: Final = 0.05  # those who hang are not waited for


class FakeRelay(World):
    """A relay with a script: ``async with FakeRelay(kind="geeknow") as relay``."""

    def __init__(
        self, kind: str = "geeknow", *, port: int = 0, cdn_port: int = 0, **world: Json
    ) -> None:
        """Prepare it; see ``World`` for the other arguments.

        Args:
            kind: A name in KINDS.
            port: Of the relay; 0 picks a free one.
            cdn_port: Of direct pictures; 0 picks a free one.
            world: Passed on to ``World``.
        """
        super().__init__(kind, **world)
        self.port, self.cdn_port = port, cdn_port
        self.record = Record()
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        """Open both ports."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go whoever hangs, and close."""
        self.clear()
        await self.stop()

    async def start(self) -> None:
        """Listen; after ``stop`` on the same ports, with the same tasks."""
        self.port = await self._listen(self._relay_request, self.port)
        self.cdn_port = await self._listen(self._cdn_request, self.cdn_port)
        self.url = f"http://{HOST}:{self.port}"
        self.cdn_url = f"http://{HOST}:{self.cdn_port}"

    async def stop(self) -> None:
        """Close both ports and every connection: the relay is down."""
        while self._runners:
            await self._runners.pop().cleanup()

    @property
    def requests(self) -> list[Seen]:
        """Every request so far, in order; the control API's are not among them."""
        return self.record.requests

    def calls(self, route: str = "*", task_id: str | None = None) -> list[Seen]:
        """Give the requests to a route, or those that asked about a task."""
        return [
            seen
            for seen in self.record.of(route)
            if task_id is None or task_id in seen.ids
        ]

    def count(self, route: str = "*", task_id: str | None = None) -> int:
        """Count the requests to a route, or those that asked about a task."""
        return len(self.calls(route, task_id))

    async def until(
        self,
        predicate: Callable[[], object],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - the deadline belongs to the fake
    ) -> None:
        """Wait until a predicate holds, asked at every request and answer.

        Raises:
            TimeoutError: It did not hold in time (seconds).
        """
        await self.record.until(predicate, timeout)

    async def _listen(
        self,
        respond: Callable[[web.Request], Awaitable[web.StreamResponse]],
        port: int,
    ) -> int:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", respond)
        runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=STOP_SECONDS,
        )
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, HOST, port, reuse_address=True).start()
        return int(runner.addresses[0][1])

    async def _relay_request(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(control.PATH):
            return await control.respond(self, request)
        route, task_id = route_of(self, request.method, request.path)
        return await self._respond(request, await self._seen(request, route, task_id))

    async def _cdn_request(self, request: web.Request) -> web.StreamResponse:
        return await self._respond(request, await self._seen(request, "cdn", None))

    async def _seen(
        self, request: web.Request, route: str, task_id: str | None
    ) -> Seen:
        text = (await request.read()).decode(errors="replace")
        seen = Seen(
            method=request.method,
            path=request.path,
            target=request.path_qs,
            query=dict(request.query),
            headers=CIMultiDict(request.headers),
            text=text,
            route=route,
            ids=ids_in(route, task_id, _decoded(text)),
            at=self.now(),
        )
        await self.record.add(seen)
        return seen

    async def _respond(self, request: web.Request, seen: Seen) -> web.StreamResponse:
        fault = self.faults.take(seen.route, seen.ids)
        if fault is not None and fault.hang is not None:
            await fault.hang.wait()
        if fault is not None and fault.reset:
            return abort(request)
        told = fault.answer if fault is not None else None
        drip_seconds = fault.drip_seconds if fault and fault.drip else None
        response = await send(request, told or answer(self, seen), drip_seconds)
        await self.record.announce()
        return response


def _decoded(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None
