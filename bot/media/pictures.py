"""The one place pictures come from: had once, checked whole, kept, made to fit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import structlog
from aiohttp.abc import AbstractResolver

from bot.domain.attachment import Attachment, FileKind, MediaLimits, PictureSource
from bot.errors import PictureError
from bot.media.cache import PictureCache, Ticking, size_in
from bot.media.darkroom import Darkroom, open_darkroom
from bot.media.download import Downloader, OnRouteMissing, open_downloader
from bot.media.fit import Rung, file_name, plan
from bot.media.header import Header
from bot.media.picture import (
    PASSING,
    Mime,
    Picture,
    PictureOptions,
    PictureProblem,
    Recode,
    Size,
    worst,
)
from bot.media.video import mp4_sides

log = structlog.get_logger()

RIFF_HEAD_BYTES: Final = 8  # not counted in the length that a RIFF file gives
TYPES: Final = {mime.extension: mime for mime in Mime}

Flight = asyncio.Task[Path | PictureError]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A picture that is not at hand, and where to look for it."""

    key: str
    sources: tuple[PictureSource, ...]
    on_route_missing: OnRouteMissing | None


class Pictures:
    """Gives checked pictures by key; however many ask, the work is done once."""

    def __init__(
        self,
        *,
        options: PictureOptions,
        cache: PictureCache,
        darkroom: Darkroom,
        downloader: Downloader,
        group: asyncio.TaskGroup,
    ) -> None:
        self._options = options
        self._cache = cache
        self._darkroom = darkroom
        self._downloader = downloader
        self._group = group
        self._flights: dict[str, Flight] = {}
        self._seats = asyncio.Semaphore(options.downloads)
        self._host_seats: WeakValueDictionary[str, asyncio.Semaphore] = (
            WeakValueDictionary()  # of those asked now
        )

    async def fetch(
        self,
        key: str,
        sources: tuple[PictureSource, ...],
        *,
        position: int = 0,
        on_route_missing: OnRouteMissing | None = None,
    ) -> Picture:
        """Get a picture, from the cache or from the first source that gives it.

        Args:
            key: Names the picture for ever: another picture has another key.
            sources: Where to look, in order.
            position: Its place among the task's pictures, from 0.
            on_route_missing: Called when a source with `relay_route` shows that its
                relay has no such route.

        Raises:
            PictureError: No source gave it; the most telling reason.
        """
        wish = _Wish(key, sources, on_route_missing)
        path = await self._once(key, lambda: self._from_sources(wish))
        return _picture(path, position)

    async def fit(
        self,
        picture: Picture,
        limits: MediaLimits,
        *,
        task_id: str,
        kind_hint: FileKind | None = None,
    ) -> Attachment:
        """Make a picture fit a place: as it is if it can be, else as much as goes.

        Args:
            picture: As fetched.
            limits: What the place takes.
            task_id: Names the file.
            kind_hint: DOCUMENT asks for the original.

        Raises:
            PictureError: There is no way; "too_large" as a rule.
        """
        if not self._cache.use(picture.path):
            raise PictureError(PictureProblem.NOT_READY)
        failed = PictureError(PictureProblem.TOO_LARGE)
        for rung in plan(picture, limits, kind_hint=kind_hint):
            try:
                made = await self._made(picture, rung)
            except PictureError as error:
                failed = error
            else:
                return _attachment(made, rung, task_id=task_id, original=picture)
        raise failed

    def abandon(self) -> None:
        """End what is still on its way; those who wait for it are told."""
        for flight in self._flights.values():
            flight.cancel()

    async def _once(self, key: str, make: Callable[[], Awaitable[Path]]) -> Path:
        """Give what is kept for a key, or make it, once for all who wait."""
        kept = self._cache.find(key)
        if kept is not None:
            return kept
        flight = self._flights.get(key)
        if flight is None:
            flight = self._group.create_task(self._fly(key, make), name="picture")
            self._flights[key] = flight
        outcome = await asyncio.shield(flight)
        if isinstance(outcome, PictureError):
            # Each waiter gets an error of its own: a traceback grows where it is raised.
            raise type(outcome)(outcome.reason) from outcome
        return outcome

    async def _fly(
        self, key: str, make: Callable[[], Awaitable[Path]]
    ) -> Path | PictureError:
        try:
            return await make()
        except PictureError as error:
            return error
        finally:
            del self._flights[key]

    async def _from_sources(self, wish: _Wish) -> Path:
        failed: list[PictureError] = []
        for source in wish.sources:
            try:
                return await self._from_source(wish, source)
            except PictureError as error:
                log.debug("picture.source_failed", reason=error.reason)
                failed.append(error)
        log.info("picture.failed", reasons=[error.reason for error in failed])
        raise worst(failed) if failed else PictureError(PictureProblem.NOT_READY)

    async def _from_source(self, wish: _Wish, source: PictureSource) -> Path:
        most = asyncio.Semaphore(self._options.downloads_of_host)
        seats = self._host_seats.setdefault(_host_of(source.url), most)
        async with seats, self._seats:
            try:
                async with asyncio.timeout(self._options.timeout_seconds):
                    return await self._patiently(wish, source)
            except TimeoutError as error:
                raise PictureError(PictureProblem.TIMEOUT) from error

    async def _patiently(self, wish: _Wish, source: PictureSource) -> Path:
        """Try an address again where that may help, a little."""
        for seconds in self._options.retry_seconds:
            try:
                return await self._try(wish, source)
            except PictureError as error:
                if error.reason not in PASSING:
                    raise
            await asyncio.sleep(seconds)
        return await self._try(wish, source)

    async def _try(self, wish: _Wish, source: PictureSource) -> Path:
        part = self._new_part()
        try:
            header = await self._downloader.download(
                source, part, on_route_missing=wish.on_route_missing
            )
            size = await self._checked(part, header)
            return self._cache.keep(
                part, wish.key, size=size, extension=header.mime.extension
            )
        finally:
            part.unlink(missing_ok=True)

    async def _checked(self, part: Path, header: Header) -> Size:
        """Make sure that a file is whole, and learn its sides."""
        if header.mime is Mime.MP4:
            return mp4_sides(part)
        if header.mime is Mime.WEBM:
            return header.width, header.height
        if header.mime is Mime.WEBP:
            _check_riff_length(part)
        return await self._darkroom.check(part, max_pixels=self._options.max_pixels)

    async def _made(self, picture: Picture, rung: Rung) -> Picture:
        """Give the file of one rung, made once for all places alike."""
        if rung.recode is None:
            return picture
        recode, key = rung.recode, f"{picture.path.name} {rung.recode}"
        path = await self._once(key, lambda: self._recoded(key, picture, recode))
        return _picture(path, picture.position)

    async def _recoded(self, key: str, picture: Picture, recode: Recode) -> Path:
        part = self._new_part()
        try:
            size = await self._darkroom.recode(picture.path, recode, into=part)
            return self._cache.keep(part, key, size=size, extension=Mime.JPEG.extension)
        finally:
            part.unlink(missing_ok=True)

    def _new_part(self) -> Path:
        try:
            return self._cache.new_part()
        except OSError as error:
            raise PictureError(PictureProblem.NO_ROOM) from error


@asynccontextmanager
async def open_pictures(
    options: PictureOptions,
    *,
    clock: Ticking,
    resolver: AbstractResolver | None = None,
) -> AsyncIterator[Pictures]:
    """Open cache, sessions and children; close them all, leaving no work behind.

    Args:
        options: How pictures are had and kept.
        clock: Counts the grace of files in use.
        resolver: Resolves names; the system's if None.
    """
    cache = PictureCache(
        options.folder,
        limit_bytes=options.cache_bytes,
        grace_seconds=options.grace_seconds,
        clock=clock,
    )
    cache.open()
    async with AsyncExitStack() as stack:
        darkroom = await stack.enter_async_context(
            open_darkroom(
                children=options.decoders, timeout_seconds=options.decode_seconds
            )
        )
        downloader = await stack.enter_async_context(open_downloader(options, resolver))
        group = await stack.enter_async_context(_open_group())
        pictures = Pictures(
            options=options,
            cache=cache,
            darkroom=darkroom,
            downloader=downloader,
            group=group,
        )
        stack.callback(pictures.abandon)
        yield pictures


@asynccontextmanager
async def _open_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Own tasks; one error, such as a wrong setting outside, stays what it was."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        first, *others = errors.exceptions
        if others:
            raise
        raise first from first.__cause__


def _host_of(url: str) -> str:
    """Whatever stands where an address has its host."""
    return "".join(url.split("/", 3)[2:3])


def _picture(path: Path, position: int) -> Picture:
    width, height = size_in(path)
    return Picture(
        path=path,
        mime=TYPES[path.suffix.removeprefix(".")],
        width=width,
        height=height,
        size_bytes=path.stat().st_size,
        position=position,
    )


def _attachment(
    made: Picture, rung: Rung, *, task_id: str, original: Picture
) -> Attachment:
    smaller = (made.width, made.height) != (original.width, original.height)
    lossy = rung.recode is not None and original.size_bytes > rung.recode.max_bytes
    return Attachment(
        kind=rung.kind,
        position=original.position,
        name=file_name(task_id, position=original.position, mime=made.mime),
        path=made.path,
        mime=made.mime.value,
        size_bytes=made.size_bytes,
        width=made.width,
        height=made.height,
        reduced=smaller or lossy or rung.kind is FileKind.DOCUMENT,
    )


def _check_riff_length(part: Path) -> None:
    with part.open("rb") as file:
        head = file.read(RIFF_HEAD_BYTES)
    promised = int.from_bytes(head[4:8], "little") + RIFF_HEAD_BYTES
    if part.stat().st_size < promised:
        raise PictureError(PictureProblem.CUT_SHORT)
