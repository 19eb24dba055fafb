"""The fake Bot API on loopback: takes calls, checks them, answers as Telegram."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram import spec
from tests.fakes.telegram.actors import Actors
from tests.fakes.telegram.editing import Editing
from tests.fakes.telegram.faults import Fault, FloodLimit
from tests.fakes.telegram.model import BOT_ID, Chat, Json, Message
from tests.fakes.telegram.refusal import Reason, Refused, broken, too_fast
from tests.fakes.telegram.sending import Method, Sending
from tests.fakes.telegram.wire import Call, decode, read_call

# A machine runs a token once: each process that tests has its own.
TOKEN = f"{BOT_ID}:AAfake-token-of-the-fake-bot-api-{os.getpid():07d}"
LARGEST_BODY = 51 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """A call the server said no to, and whose fault that is."""

    call: Call
    code: int
    description: str
    reason: Reason


class FakeTelegram(Actors):
    """A Bot API server for one bot; `async with` starts and stops it."""

    def __init__(
        self, *, token: str = TOKEN, port: int = 0, username: str = "mjwatch_bot"
    ) -> None:
        super().__init__(username=username)
        self.token = token
        self.calls: list[Call] = []
        self.refusals: list[Refusal] = []
        self.faults: list[Fault] = []
        self.flood: FloodLimit | None = None
        self.sending = Sending(self.world)
        self._methods = self._registry()
        self._port = port
        self._ended = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._delivery: asyncio.Task[None] | None = None
        self.routes: list[Callable[[web.Application], None]] = []

    def _registry(self) -> dict[str, Method]:
        own: dict[str, Method] = {
            "setWebhook": self.updates.set_webhook,
            "deleteWebhook": self.updates.delete_webhook,
            "getWebhookInfo": lambda _: self.updates.webhook_info(),
        }
        editing = Editing(self.world).methods()
        every = own | editing | self.sending.methods() | self.asking.methods()
        return {name.lower(): method for name, method in every.items()}

    @property
    def url(self) -> str:
        """Root of the server; PTB wants f"{url}/bot" and f"{url}/file/bot"."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def rings(self) -> list[Message]:
        """Messages that made a sound, in order; an album rings once."""
        return self.world.rings

    @property
    def strays(self) -> list[Message]:
        """Replies that left the topic of what they reply to."""
        return self.world.strays

    @property
    def broken_rules(self) -> list[Refusal]:
        """Refusals of calls that could never be right: the bot's own mistakes."""
        return [refusal for refusal in self.refusals if refusal.reason == "rule"]

    @property
    def strict(self) -> bool:
        """Whether the official description was at hand."""
        return spec.load() is not None

    def called(self, method: str, chat: Chat | None = None) -> list[Call]:
        """Return the calls of a method, into one chat or any."""
        return [
            call
            for call in self.calls
            if call.method.lower() == method.lower()
            and (chat is None or call.chat_id == chat.id)
        ]

    def messages(self, chat: Chat) -> list[Message]:
        """Return what the bot has posted in a chat and not deleted."""
        own = {self.world.bot, None if chat.kind == "channel" else self.world.bot}
        return [each for each in chat.visible if each.sender in own]

    def fault(
        self,
        method: str,
        *,
        chat: Chat | None = None,
        status: int | None = None,
        body: str | Json | None = None,
        retry_after: int | None = None,
        reset: bool = False,
        after_effect: bool = False,
        hang: asyncio.Event | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Script trouble for the next calls of a method; see `Fault`."""
        where = chat.id if chat else None
        made = Fault(method, where, status, body, retry_after, reset)
        made.after_effect, made.hang, made.times = after_effect, hang, times
        self.faults.append(made)
        return made

    def limit_flood(self, clock: Callable[[], float] | None = None) -> FloodLimit:
        """Switch the real server's flood control on; return it for tuning."""
        self.flood = FloodLimit(clock or self.world.clock)
        return self.flood

    async def until(
        self,
        predicate: Callable[[], T],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 -- a test's patience
    ) -> T:
        """Wait until the predicate holds; return what it returned.

        Raises:
            AssertionError: It did not in time; names the last calls.
        """
        try:
            async with asyncio.timeout(timeout), self.world.changed:
                return await self.world.changed.wait_for(predicate)
        except TimeoutError as error:
            last = [(call.method, call.status) for call in self.calls[-8:]]
            raise AssertionError(
                f"not within {timeout} s; last calls {last}"
            ) from error

    async def push_raw(self, update: Json) -> None:
        """Queue an update exactly as given: replayed, out of order, or absurd."""
        self.updates.replay(update)
        await self.world.announce()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._take_call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        for add in self.routes:
            add(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._delivery = asyncio.create_task(self.updates.deliver(self._run_returned))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.updates.closing = True
        self._ended.set()
        await self.world.announce()
        if self._delivery is not None:
            self._delivery.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivery
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _answer(401, _error(401, "Unauthorized"))
        try:
            call = await read_call(request, method)
        except web.HTTPRequestEntityTooLarge:
            call = Call(method, {}, {})
            self._refuse(call, Refused(413, "Request Entity Too Large"))
            self.calls.append(call)
            return _answer(413, call.answer or {})
        return await self._respond(request, call)

    async def _respond(self, request: web.Request, call: Call) -> web.StreamResponse:
        call.at = asyncio.get_running_loop().time()
        self.calls.append(call)
        fault = self._due_fault(call)
        await self.world.announce()
        early = fault is not None and not fault.after_effect
        await self._hold(fault if early else None)
        if not (early and fault is not None and fault.spoils):
            await self.perform(call)
        await self.world.announce()
        await self._hold(None if early else fault)
        if fault is not None and fault.spoils:
            return self._misbehave(request, fault)
        return _answer(call.status or 200, call.answer or {})

    def _due_fault(self, call: Call) -> Fault | None:
        call.params = dict(call.raw)
        with contextlib.suppress(Refused, KeyError):
            call.params = decode(call.raw)
        found = next((fault for fault in self.faults if fault.fits(call)), None)
        if found is not None:
            found.hits += 1
        return found

    async def _hold(self, fault: Fault | None) -> None:
        """Wait for the fault's event, or for the end of the fake."""
        if fault is None or fault.hang is None:
            return
        waits = {
            asyncio.create_task(event.wait()) for event in (fault.hang, self._ended)
        }
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _misbehave(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if not fault.reset:
            return _answer(*fault.answer())
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def perform(self, call: Call) -> None:
        """Do what a call asks and note the answer on it."""
        try:
            call.params = decode(call.raw)
            self._check(call)
            call.status, call.answer = (
                200,
                {"ok": True, "result": await self._run(call)},
            )
        except KeyError as error:
            self._refuse(call, broken(f"parameter {error} is missing or wrong"))
        except Refused as refused:
            self._refuse(call, refused)

    def _check(self, call: Call) -> None:
        described = spec.load()
        if described is not None:
            found = described.problems(call.method, call.raw, call.files.keys())
            if found:
                raise broken(f"against the official description: {'; '.join(found)}")
        wait = self.flood.wait(call) if self.flood else None
        if wait is not None:
            raise too_fast(wait)

    async def _run(self, call: Call) -> object:
        name = call.method.lower()
        if name == "getupdates":
            return await self.updates.poll(call)
        if name not in self._methods:
            raise Refused(404, "Not Found: method not found")
        return self._methods[name](call)

    def _refuse(self, call: Call, refused: Refused) -> None:
        words, code = refused.description, refused.code
        if not (code == 409 and call.gone()):  # a poller that left disturbs nobody
            self.refusals.append(Refusal(call, code, words, refused.reason))
        call.status, call.answer = code, _error(code, words, refused.parameters)

    async def _run_returned(self, returned: Json) -> None:
        """Run a call that came back in a webhook's answer; nobody sees its result."""
        params: dict[str, Any] = dict(returned)
        call = Call(str(params.pop("method")), {}, params)
        self.calls.append(call)
        await self.perform(call)
        await self.world.announce()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["path"]
        if request.match_info["token"] != self.token:
            return _answer(401, _error(401, "Unauthorized"))
        files = self.world.files.values()
        found = next((file for file in files if file.path == wanted), None)
        if found is None:
            return _answer(404, _error(404, "Not Found"))
        return web.Response(body=found.body, content_type=found.content_type)


def _error(code: int, words: str, parameters: dict[str, int] | None = None) -> Json:
    found: Json = {"ok": False, "error_code": code, "description": words}
    return found | ({"parameters": parameters} if parameters else {})


def _answer(status: int, body: str | Json) -> web.Response:
    if isinstance(body, str):
        return web.Response(status=status, text=body)
    return web.json_response(body, status=status)
