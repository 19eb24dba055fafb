"""The words of pictures: what they are, what can be wrong with one, and options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.errors import PictureError

MIB: Final = 1024 * 1024
# CDNs of Midjourney refuse what does not look like a browser.
USER_AGENT: Final = "Mozilla/5.0 (compatible; mjwatch)"

Size = tuple[int, int]  # width, height in pixels


class PictureProblem(StrEnum):
    """Why a picture could not be had; the most telling first."""

    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"  # more bytes than are taken, or than the place takes
    NO_ROOM = "no_room"  # our own disk
    NOT_READY = "not_ready"  # the source may have it later
    CUT_SHORT = "cut_short"
    FORBIDDEN_ADDRESS = "forbidden_address"  # the operator can do something about it
    GONE = "gone"  # nothing is at its address (any more)
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_A_PICTURE = "not_a_picture"


# Worth another try at once, at the same address.
PASSING: Final = frozenset(
    {PictureProblem.NOT_READY, PictureProblem.CUT_SHORT, PictureProblem.UNREACHABLE}
)


class Mime(StrEnum):
    """The real types that are taken, by magic number."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    MP4 = "video/mp4"
    WEBM = "video/webm"

    @property
    def extension(self) -> str:
        """What a file of this type is called, without the dot."""
        return "jpg" if self is Mime.JPEG else self.value.partition("/")[2]

    @property
    def is_video(self) -> bool:
        """Whether it moves and is not a GIF."""
        return self.value.startswith("video/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One whole, checked picture (or video) in the cache.

    Attributes:
        width: Pixels; 0 where unknown (a WebM's).
        height: Pixels; 0 where unknown.
        position: Its place among the task's pictures, from 0.
    """

    path: Path
    mime: Mime
    width: int
    height: int
    size_bytes: int
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recode:
    """A JPEG to be made."""

    max_bytes: int
    max_sides_sum: int  # width + height, pixels


def no_proxy(_: str) -> str | None:
    """Reach every address directly."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """How pictures are had and kept.

    Attributes:
        folder: The cache; made readable by its owner alone.
        image_hosts: Names or addresses the operator trusts although they are private.
        proxy: Gives the proxy for an address, or None.
        timeout_seconds: For one address, its retries included.
        retry_seconds: Waits between the tries at one address; as many retries.
        grace_seconds: A file handed out this recently is not evicted.
    """

    folder: Path
    cache_bytes: int = 512 * MIB
    max_bytes: int = 25 * MIB
    max_pixels: int = 40_000_000
    image_hosts: tuple[str, ...] = ()
    user_agent: str = USER_AGENT
    proxy: Callable[[str], str | None] = field(default=no_proxy, repr=False)
    downloads: int = 60  # at the same time: where four hosts hang, others do not wait
    downloads_of_host: int = 12  # of them
    decoders: int = 1  # child processes
    timeout_seconds: float = 30.0
    connect_seconds: float = 10.0
    decode_seconds: float = 20.0
    retry_seconds: tuple[float, ...] = (0.5, 1.5)
    grace_seconds: float = 120.0


def worst(problems: list[PictureError]) -> PictureError:
    """Choose, of what went wrong at each address, what tells most."""
    order = [problem.value for problem in PictureProblem]
    return min(problems, key=lambda error: order.index(error.reason))
