"""A messenger for measurements: uploads over HTTP, keeps when each was accepted."""

import asyncio
import time
from datetime import datetime

import aiohttp

from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.notification import Delivered, Outcome
from bot.domain.subscription import Destination, Person, Platform, Receipt
from bot.domain.task import TaskKey
from bot.ports import Letter, Pace
from bot.present.card import Card

MIB = 1024 * 1024


class Door:
    """A platform with the pace that it is given and the places' usual limits."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        platform: Platform,
        calls_a_second: float,
    ) -> None:
        self._session = session
        self._url = url
        self._platform = platform
        self._calls_a_second = calls_a_second
        self._numbers = 0
        self.accepted: dict[Receipt, float] = {}
        self.rung_at: dict[TaskKey, float] = {}
        self.uploads = 0
        self.edits = 0
        self.bare = 0  # rings without a file

    @property
    def platform(self) -> Platform:
        return self._platform

    @property
    def calls_a_second(self) -> float:
        return self._calls_a_second

    def pace(self, destination: Destination) -> Pace:
        del destination
        return Pace(
            edit_seconds=4.0, old_edit_seconds=15.0, calls_a_minute=0, ring_seconds=1.0
        )

    def media_limits(self, destination: Destination) -> MediaLimits:
        del destination
        return MediaLimits(
            photo_bytes=10 * MIB,
            document_bytes=10 * MIB,
            video_bytes=10 * MIB,
            total_bytes=25 * MIB,
        )

    def chat_name(self, destination: Destination) -> str:
        del destination
        return ""

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        del since, now
        return True

    async def send(self, letter: Letter) -> Outcome:
        self._numbers += 1
        receipt = Receipt(f"{letter.to.chat}:{self._numbers}")
        await self._call(letter.files)
        self.accepted[receipt] = time.monotonic()
        self.bare += letter.loud and not letter.files
        names = {file.position: f"file{self._numbers}" for file in letter.files}
        return Delivered(receipt=receipt, uploads=names)

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        del card, to
        self.edits += 1
        await self._call(files)
        return Delivered(receipt=receipt)

    async def find(self, key: str, to: Destination, *, since: datetime) -> bool:
        del key, to, since
        return False

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        del person, card
        return Delivered(receipt=Receipt(key))

    async def _call(self, files: tuple[Attachment, ...]) -> None:
        bodies = [await asyncio.to_thread(_bytes, file) for file in files]
        self.uploads += sum(1 for body in bodies if body)
        payload = b"".join(bodies) or b"{}"
        async with self._session.post(self._url, data=payload) as response:
            await response.read()


def _bytes(file: Attachment) -> bytes:
    known = file.path is None or file.kind is FileKind.DOCUMENT
    return b"" if known or file.path is None else file.path.read_bytes()
