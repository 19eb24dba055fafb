"""One address to one file: streamed, guarded, never more than is taken."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.domain.attachment import PictureSource
from bot.errors import PictureError
from bot.media.answer import is_html, problem_of, route_is_missing
from bot.media.guard import Guard, approve, parse, same_origin
from bot.media.header import HEADER_BYTES, Header, read_header
from bot.media.picture import PictureOptions, PictureProblem

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
REDIRECTS_LIMIT: Final = 3
LOCKED: Final = frozenset({401, 403})
OK: Final = 200
CHUNK_BYTES: Final = 64 * 1024
MAGIC_BYTES: Final = 32  # enough to tell what it is
WORDS_BYTES: Final = 4096  # of an answer that is no picture

OnRouteMissing = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One walk from a source's address to its picture."""

    source: PictureSource
    start: URL
    into: Path
    on_route_missing: OnRouteMissing | None


class _LockedError(PictureError):
    """The address wants a key."""


class Downloader:
    """Gets files from addresses; strangers' through the guard."""

    def __init__(
        self,
        *,
        options: PictureOptions,
        guard: Guard,
        plain: aiohttp.ClientSession,
        guarded: aiohttp.ClientSession,
    ) -> None:
        self._options = options
        self._guard = guard
        self._plain = plain
        self._guarded = guarded
        self._serving: set[URL] = set()  # relays whose image route gave a picture

    async def download(
        self,
        source: PictureSource,
        into: Path,
        *,
        on_route_missing: OnRouteMissing | None = None,
    ) -> Header:
        """Bring one address's picture into a file; the caller sets the deadline.

        Raises:
            PictureError: It could not be had from there.
        """
        with _door():
            start = parse(source.url)
            serves = start.origin() in self._serving
            visit = _Visit(
                source=source,
                start=start,
                into=into,
                on_route_missing=None if serves else on_route_missing,
            )
            header = await self._follow(visit)
        if source.relay_route:
            self._serving.add(start.origin())
        return header

    async def _follow(self, visit: _Visit) -> Header:
        url = visit.start
        for _ in range(REDIRECTS_LIMIT + 1):
            reached = await self._unlock(visit, url)
            if isinstance(reached, Header):
                return reached
            url = reached
        raise PictureError(PictureProblem.UNREACHABLE)

    async def _unlock(self, visit: _Visit, url: URL) -> Header | URL:
        """Ask without the key; with it only where it belongs, and only if it must be."""
        key = visit.source.key_headers
        try:
            return await self._ask(visit, url, {})
        except _LockedError:
            if not key or not same_origin(url, visit.start):
                raise
        return await self._ask(visit, url, key)

    async def _ask(
        self, visit: _Visit, url: URL, headers: Mapping[str, str]
    ) -> Header | URL:
        origin = visit.start if visit.source.trusted else None
        trusted = self._guard.trusts(url, trusted_origin=origin)
        async with self._get(url, headers, trusted=trusted) as response:
            if response.status in REDIRECTS:
                return _next(url, response)
            if response.status == OK:
                return await self._receive(visit, response)
            raise await _refusal(visit, response)

    @asynccontextmanager
    async def _get(
        self, url: URL, headers: Mapping[str, str], *, trusted: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open one request, none to a place that is not public."""
        proxy = self._options.proxy(str(url))
        if not trusted:
            approve(url)
            if proxy is not None:
                await self._guard.check_name(url)
        session = self._plain if trusted or proxy else self._guarded
        async with session.get(
            url, headers=headers, proxy=proxy, allow_redirects=False
        ) as response:
            yield response

    async def _receive(self, visit: _Visit, response: aiohttp.ClientResponse) -> Header:
        if (response.content_length or 0) > self._options.max_bytes:
            raise PictureError(PictureProblem.TOO_LARGE)
        try:
            return await self._store(response, visit.into)
        except PictureError as error:
            if error.reason == PictureProblem.NOT_A_PICTURE and is_html(response):
                _tell_missing(visit, response)
            raise

    async def _store(self, response: aiohttp.ClientResponse, into: Path) -> Header:
        head, size_bytes = bytearray(), 0
        with _disk(), into.open("wb") as file:
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > self._options.max_bytes:
                    raise PictureError(PictureProblem.TOO_LARGE)
                if len(head) < HEADER_BYTES:
                    head += chunk
                    self._judge_early(head)
                file.write(chunk)
        if not head:
            raise PictureError(PictureProblem.CUT_SHORT)
        return self._judge(head)

    def _judge_early(self, head: bytearray) -> None:
        if len(head) >= MAGIC_BYTES:
            self._judge(head)

    def _judge(self, head: bytearray) -> Header:
        header = read_header(bytes(head))
        if header is None:
            raise PictureError(PictureProblem.NOT_A_PICTURE)
        if header.pixels > self._options.max_pixels:
            raise PictureError(PictureProblem.TOO_MANY_PIXELS)
        return header


@asynccontextmanager
async def open_downloader(
    options: PictureOptions, resolver: AbstractResolver | None = None
) -> AsyncIterator[Downloader]:
    """Open the sessions: one for those we trust, one that only reaches the public.

    Args:
        options: How pictures are had.
        resolver: Resolves names; the system's if None.
    """
    names = resolver or aiohttp.ThreadedResolver()
    guard = Guard(trusted_hosts=options.image_hosts, resolver=names)
    async with (
        _session(options, names) as plain,
        _session(options, guard.resolver) as guarded,
    ):
        yield Downloader(options=options, guard=guard, plain=plain, guarded=guarded)


def _session(
    options: PictureOptions, resolver: AbstractResolver
) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        # No cache of names: each connection goes where it was just checked.
        connector=aiohttp.TCPConnector(
            resolver=resolver, use_dns_cache=False, limit=options.downloads
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            "User-Agent": options.user_agent,
            "Accept": "image/*,video/*,*/*;q=0.5",
            "Accept-Encoding": "identity",
        },
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=options.connect_seconds),
        auto_decompress=False,  # a few bytes could unfold into gigabytes
        trust_env=False,
    )


def _next(url: URL, response: aiohttp.ClientResponse) -> URL:
    """Give the address a redirect leads to."""
    location = response.headers.get("Location", "")
    if not location:
        raise PictureError(PictureProblem.UNREACHABLE)
    try:
        return parse(str(url.join(URL(location, encoded=location.isascii()))))
    except ValueError as error:
        raise PictureError(PictureProblem.UNREACHABLE) from error


async def _refusal(visit: _Visit, response: aiohttp.ClientResponse) -> PictureError:
    """Say what an answer other than 200 means."""
    if response.status in LOCKED:
        return _LockedError(PictureProblem.REFUSED)
    words = await response.content.read(WORDS_BYTES)
    if route_is_missing(response.status, words):
        _tell_missing(visit, response)
    return PictureError(problem_of(response.status))


def _tell_missing(visit: _Visit, response: aiohttp.ClientResponse) -> None:
    at_relay = visit.source.relay_route and same_origin(response.url, visit.start)
    if at_relay and visit.on_route_missing is not None:
        visit.on_route_missing()


@contextmanager
def _door() -> Iterator[None]:
    """Let no foreign error through."""
    try:
        yield
    except aiohttp.ClientPayloadError as error:
        raise PictureError(PictureProblem.CUT_SHORT) from error
    except TimeoutError as error:  # of a connection; deadlines act from outside
        raise PictureError(PictureProblem.TIMEOUT) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PictureError(PictureProblem.UNREACHABLE) from error


@contextmanager
def _disk() -> Iterator[None]:
    """Tell our own disk's errors from those of the wire."""
    try:
        yield
    except OSError as error:
        if isinstance(error, (aiohttp.ClientError, TimeoutError, ConnectionError)):
            raise
        raise PictureError(PictureProblem.NO_ROOM) from error
