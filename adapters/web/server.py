"""One aiohttp server for all that is asked of us; the doors hand their routes in.

Nobody can hold it: a request's head and body have deadlines and sizes, the number of
requests in hand is bounded, the slowest sender goes first where many are slow, and a
stop waits for nobody longer than it says.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from adapters.web.probes import Probes
from bot.errors import SettingsError
from bot.packed import unpacked

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Answer]  # method, path with {slots}, coroutine
BODY: Final = web.RequestKey("body", bytes)

_log = structlog.get_logger(__name__)
_UNMATCHED: Final = "unmatched"
_NOT_FREE: Final = "WEB_HOST and WEB_PORT should be free, and of this machine"
_REACHED: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
_QUIET: Final = {"/healthz", "/readyz", "/metrics"}
# Of guessed addresses not even the log is written, however many there are.
_STRANGERS: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: ("unreadable", "the body is broken"),
    HTTPStatus.REQUEST_TIMEOUT: ("too_slow", "the body did not come in time"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", "send less at once"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("busy", "not now; trying again is safe"),
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """Where to listen, and how much of anybody to bear.

    Attributes:
        port: 0 picks a free one.
        body_bytes: A longer body is refused, also once unpacked.
        read_seconds: For the head of a request, and again for its body; also how
            long an idle connection is kept.
        requests_at_once: More are told to come back later. As many bodies may be
            on their way; one more, and that which has taken longest is given up.
        stop_seconds: What a stop grants to requests under way.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    body_bytes: int = 262_144
    read_seconds: float = 10.0
    requests_at_once: int = 128
    stop_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class WebServer:
    """A server that listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Its address on this machine, without a slash at the end."""
        reached = _REACHED.get(self.host, self.host)
        host = f"[{reached}]" if ":" in reached else reached
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def open_web(
    options: WebOptions, *, probes: Probes, routes: Sequence[Route] = ()
) -> AsyncIterator[WebServer]:
    """Listen until left.

    Raises:
        SettingsError: The address is taken or not ours.
    """
    runner = web.AppRunner(
        _application(options, probes, routes),
        access_log_class=AccessLog,
        logger=ServerLog(logging.getLogger("aiohttp.server")),
        keepalive_timeout=options.read_seconds,
        lingering_time=options.stop_seconds,
        shutdown_timeout=options.stop_seconds,
        max_headers=64,
        auto_decompress=False,  # it takes a broken end for the end
    )
    try:
        yield await _listen(runner, options)
    finally:
        await runner.cleanup()


class ServerLog(logging.LoggerAdapter[logging.Logger]):
    """What aiohttp says of itself; what a stranger's bad bytes cause is no error."""

    def exception(
        self, msg: object, *args: object, exc_info: object = True, **_more: object
    ) -> None:
        """Log an error with its traceback, unless the other side is to blame."""
        error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1]
        if not isinstance(error, (HttpProcessingError, web.RequestPayloadError)):
            self.error(msg, *args, exc_info=error)


class AccessLog(AbstractAccessLogger):
    """A line for each request, by route: a path may hold a token, a query anything."""

    def log(
        self, request: web.BaseRequest, response: web.StreamResponse, time: float
    ) -> None:
        """Log one request; `time` is in seconds."""
        route = _route(request)
        quiet = route in _QUIET | {_UNMATCHED} or response.status in _STRANGERS
        say = _log.debug if quiet else _log.info
        say(
            "web.request",
            method=request.method if route != _UNMATCHED else None,
            route=route,
            status=response.status,
            seconds=round(time, 4),
        )


def _route(request: web.BaseRequest) -> str:
    if not isinstance(request, web.Request):
        return _UNMATCHED
    try:
        resource = request.match_info.route.resource
    except AssertionError:  # aiohttp's way to say that it could not be read so far
        return _UNMATCHED
    return resource.canonical if resource else _UNMATCHED


def _application(
    options: WebOptions, probes: Probes, routes: Sequence[Route]
) -> web.Application:
    guard = Guard(options)
    application = web.Application(
        client_max_size=options.body_bytes, middlewares=[guard.pass_on]
    )
    for method, path, answer in (*_own(probes), *routes):
        application.router.add_route(method, path, answer)
    application.on_response_prepare.append(_add_headers)
    return application


def _own(probes: Probes) -> Iterator[Route]:
    for method in ("GET", "HEAD"):  # HEAD: as many monitors ask
        yield method, "/healthz", probes.healthz
        yield method, "/readyz", probes.readyz
        yield method, "/metrics", probes.show_metrics


async def _listen(runner: web.AppRunner, options: WebOptions) -> WebServer:
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
    except OSError as error:
        raise SettingsError((f"{_NOT_FREE}: {error.strerror}",)) from error
    host, port = runner.addresses[0][:2]
    _log.info("web.listening", host=host, port=port)
    return WebServer(host, port)


class Guard:
    """Stands before every route: bounds the body, the wait for it, and the crowd."""

    def __init__(self, options: WebOptions) -> None:
        self._options = options
        self._inside = 0
        self._bodies: dict[asyncio.Timeout, None] = {}  # the longest on its way first

    @web.middleware
    async def pass_on(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Let a request through once its body is here; errors show no more than a word."""
        refusal = await self._read(request)
        if refusal is not None:
            return refusal
        if self._inside >= self._options.requests_at_once:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE)
        self._inside += 1
        try:
            return await handler(request)
        finally:
            self._inside -= 1

    async def _read(self, request: web.Request) -> web.Response | None:
        """Take the body in; the route finds it unpacked as `request[BODY]`."""
        try:
            async with asyncio.timeout(self._options.read_seconds) as patience:
                with self._on_its_way(patience):
                    packed = await request.read()
            request[BODY] = self._unpacked(packed, request)
        except TimeoutError:
            return _refusal(HTTPStatus.REQUEST_TIMEOUT)
        except web.HTTPRequestEntityTooLarge:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except (web.RequestPayloadError, ValueError):
            return _refusal(HTTPStatus.BAD_REQUEST)
        return None

    def _unpacked(self, packed: bytes, request: web.Request) -> bytes:
        coding = request.headers.get("Content-Encoding", "").strip().lower()
        most_bytes = self._options.body_bytes
        body = unpacked(packed, coding, most_bytes=most_bytes)
        if len(body) > most_bytes:
            raise web.HTTPRequestEntityTooLarge(max_size=most_bytes)
        return body

    @contextmanager
    def _on_its_way(self, patience: asyncio.Timeout) -> Iterator[None]:
        """Note a body; slow ones, however many, keep none out that comes at once."""
        if len(self._bodies) >= self._options.requests_at_once:
            longest = next(iter(self._bodies))
            del self._bodies[longest]
            longest.reschedule(0.0)
        self._bodies[patience] = None
        try:
            yield
        finally:
            self._bodies.pop(patience, None)


def _refusal(status: HTTPStatus) -> web.Response:
    """Refuse in the words that programs get everywhere else."""
    error, message = _REFUSALS[status]
    told = json.dumps({"error": error, "message": message}) + "\n"
    response = web.Response(status=status, text=told, content_type="application/json")
    response.force_close()
    return response


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
