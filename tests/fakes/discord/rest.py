"""The door of the REST interface: record, faults, token, checks, routes."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final, TypeAlias

from aiohttp import web

from tests.fakes.discord import ask as asking
from tests.fakes.discord.ask import Ask
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.faults import Fault, Faults
from tests.fakes.discord.model import Call, Refusal
from tests.fakes.discord.rules import check_size
from tests.fakes.discord.spec import load_spec
from tests.fakes.discord.wire import reply
from tests.fakes.discord.world import World

PREFIX: Final = "/api/v10"
INVALID_STATUSES: Final = (401, 403, 429)
Answer: TypeAlias = object
Route: TypeAlias = tuple[str, str, Callable[[Ask], Awaitable[Answer]]]

# Interaction answers carry their token in the path.
_TOKENLESS: Final = ("/interactions/", "/webhooks/")


class Rest:
    """Takes every request below ``/api/v10``.

    Args:
        world: The state.
        token: The only bot token that is accepted.
        routes: Method, path with ``{names}``, and what answers.
    """

    def __init__(self, world: World, token: str, routes: Iterable[Route]) -> None:
        self.token = token
        self.faults = Faults()
        self.calls: list[Call] = []
        self.refusals: list[Refusal] = []
        self.statuses: Counter[int] = Counter()
        self.spec = load_spec()
        self._world = world
        self._routes = [
            (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), answer)
            for method, path, answer in routes
        ]

    async def entry(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        path = request.path.removeprefix(PREFIX)
        ask = await asking.read(request, path)
        call = self._record(ask)
        fault = self.faults.next(f"{ask.method} {path}")
        if fault is None:
            response = await self._serve(ask)
        else:
            response = await self._faulty(ask, fault, request)
        self._finish(call, response, cut=fault is not None and fault.reset)
        return response

    async def _faulty(
        self, ask: Ask, fault: Fault, request: web.Request
    ) -> web.Response:
        done = await self._serve(ask) if fault.after else None
        await fault.strike()
        wrong = fault.answer(request)
        if wrong is not None:
            return wrong
        return done if done is not None else await self._serve(ask)

    async def _serve(self, ask: Ask) -> web.Response:
        try:
            answer = await self._route(ask)
        except ApiError as error:
            self._refuse(ask, error)
            return reply(error.body(), status=error.status)
        if answer is None:
            return web.Response(status=204)
        return reply(answer)

    async def _route(self, ask: Ask) -> Answer:
        self._check_token(ask)
        for method, pattern, answer in self._routes:
            found = pattern.fullmatch(ask.path)
            if found and method == ask.method:
                self._check_body(ask)
                return await answer(replace(ask, args=found.groupdict()))
        raise ApiError(0, "404: Not Found", status=404)

    def _check_token(self, ask: Ask) -> None:
        if ask.path.startswith(_TOKENLESS):
            return
        if ask.token != f"Bot {self.token}":
            raise ApiError(0, "401: Unauthorized", status=401)

    def _check_body(self, ask: Ask) -> None:
        check_size(ask.size)
        if self.spec is not None and ask.json is not None and not ask.broken:
            self.spec.check(ask.method, ask.path, ask.json)

    def _record(self, ask: Ask) -> Call:
        call = Call(
            method=ask.method,
            path=ask.path,
            query=dict(ask.query),
            json=ask.json,
            files=dict(ask.files),
            at=self._world.clock.now(),
            size=ask.size,
        )
        self.calls.append(call)
        return call

    def _refuse(self, ask: Ask, error: ApiError) -> None:
        if error.scripted:
            return
        self.refusals.append(
            Refusal(
                ask.method,
                ask.path,
                error.status,
                error.code,
                error.message,
                error.errors,
            )
        )

    def _finish(self, call: Call, response: web.Response, *, cut: bool) -> None:
        call.status = 0 if cut else response.status
        call.answer = response.text if response.body else None
        self.statuses[call.status] += 1
        self._world.changes.touch()
