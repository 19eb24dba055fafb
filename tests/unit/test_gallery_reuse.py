"""What a platform holds of a picture is used again, and said for what it is."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from bot.domain.attachment import Attachment, FileKind, MediaLimits, PictureSource
from bot.domain.subscription import Platform
from bot.domain.task import RelayName
from bot.gallery import Gallery
from bot.media.pictures import Pictures
from bot.ports import TellMemory
from bot.relay.relays import Relays
from tests.unit.card_samples import DONE, task

HERE = Platform("somewhere")
TASK = task(DONE)
LIMITS = MediaLimits(photo_bytes=1, document_bytes=1, video_bytes=1, total_bytes=1)


@dataclass
class Client:
    count: int = 1
    image_route_missing = None

    def videos(self, *_: object, **__: object) -> tuple[()]:
        return ()

    def pictures(
        self, *_: object, **__: object
    ) -> tuple[tuple[PictureSource, ...], ...]:
        return ((),) * self.count


class OneRelay(dict[RelayName, Client]):
    @property
    def names(self) -> list[RelayName]:
        return list(self)


@dataclass
class Memory:
    known: dict[tuple[str, int], str] = field(default_factory=dict)

    async def uploads(self, *_: object) -> dict[tuple[str, int], str]:
        return self.known


class Album:
    """Has each picture in nine bytes, made for the place."""

    async def fetch(self, *_: object, **__: object) -> None:
        return None

    async def fit(
        self,
        _: object,
        limits: MediaLimits,
        *,
        kind_hint: FileKind | None,
        **__: object,
    ) -> Attachment:
        size = 9 if kind_hint else min(9, limits.photo_bytes)
        return Attachment(
            kind=kind_hint or FileKind.PHOTO,
            position=0,
            name="p",
            path=Path("p"),
            reduced=True,
            size_bytes=size,
        )


async def files(
    memory: Memory,
    *,
    original: bool = False,
    count: int = 1,
    limits: MediaLimits = LIMITS,
) -> list[Attachment]:
    """Ask a gallery that has just been started."""
    gallery = Gallery(
        relays=cast("Relays", OneRelay({TASK.relay: Client(count)})),
        pictures=cast("Pictures", Album()),
        store=cast("TellMemory", memory),
    )
    return await gallery.files(TASK, platform=HERE, limits=limits, original=original)


async def test_what_was_made_smaller_is_known_for_that_after_a_restart() -> None:
    memory = Memory()
    (made,) = await files(memory)
    memory.known[made.upload_kind, 0] = "file-1"

    (again,) = await files(memory)

    assert (again.file_id, again.kind, again.reduced) == (
        "file-1",
        FileKind.PHOTO,
        True,
    )


@pytest.mark.parametrize(
    ("kind", "reduced"), [("photo", False), ("video", False), ("document", True)]
)
async def test_what_was_shown_whole_is_said_to_be_whole(
    kind: str, *, reduced: bool
) -> None:
    (found,) = await files(Memory({(kind, 0): "file-1"}))

    assert (found.file_id, found.reduced) == ("file-1", reduced)


async def test_an_original_is_never_what_shows_less() -> None:
    known = {("photo-reduced", 0): "less", ("photo", 0): "photo", ("document", 0): "it"}

    (found,) = await files(Memory(known), original=True)

    assert (found.file_id, found.reduced) == ("it", False)


async def test_pictures_that_are_too_many_bytes_together_are_made_smaller() -> None:
    room = replace(LIMITS, photo_bytes=10, total_bytes=25)

    shown = await files(Memory(), count=4, limits=room)
    whole = await files(Memory(), count=4, limits=room, original=True)

    assert [file.size_bytes for file in shown] == [6, 6, 6, 6]
    assert [file.size_bytes for file in whole] == [9, 9]


async def test_one_message_holds_no_more_pictures_than_it_may() -> None:
    room = replace(LIMITS, photo_bytes=10, total_bytes=1000)

    assert len(await files(Memory(), count=12, limits=room)) == room.album_count
