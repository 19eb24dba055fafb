"""What the tests of pictures share."""

import socket
from contextlib import AbstractAsyncContextManager
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.clock import SystemClock
from bot.domain.attachment import MediaLimits, PictureSource
from bot.errors import PictureError
from bot.media.picture import MIB, Picture, PictureOptions
from bot.media.pictures import Pictures, open_pictures
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer, json_answer, text_answer
from tests.fakes.relay.pictures import draw

KEY: Final = {"Authorization": "Bearer sk-canary"}
DRAWN: Final = draw("1")
PNG: Final = Answer(headers={"Content-Type": "image/png"}, body=DRAWN, chunked=True)
NOT_READY: Final = json_answer({"error": "http_get_image_failed"}, 500)
HTML: Final = text_answer("<!doctype html>", content_type="text/html; charset=utf-8")
LIMITS: Final = MediaLimits(
    photo_bytes=10 * MIB,
    document_bytes=50 * MIB,
    video_bytes=50 * MIB,
    total_bytes=50 * MIB,
)


class Nobody(AbstractResolver):
    """Knows no name."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(host)

    async def close(self) -> None:
        return None


def opened(options: PictureOptions) -> AbstractAsyncContextManager[Pictures]:
    return open_pictures(options, clock=SystemClock())


def trusted(*urls: str) -> tuple[PictureSource, ...]:
    return tuple(PictureSource(url=url, trusted=True) for url in urls)


def keyed(url: str) -> tuple[PictureSource, ...]:
    return (PictureSource(url=url, trusted=True, key_headers=KEY),)


def redirect(location: str) -> Answer:
    return Answer(status=302, headers={"Location": location})


async def had(pictures: Pictures, host: PictureHost) -> Picture:
    return await pictures.fetch("a", trusted(host.says("/a.png", PNG)))


async def outcome_of(pictures: Pictures, url: str) -> str:
    try:
        return (await pictures.fetch("a", trusted(url))).mime
    except PictureError as error:
        return error.reason
