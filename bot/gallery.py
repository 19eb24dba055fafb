"""A task's pictures, ready for a place: fetched once, made to fit, uploads reused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.attachment import Attachment, FileKind, MediaLimits, PictureSource
from bot.domain.subscription import Platform, StoredTask
from bot.domain.task import AccountId
from bot.errors import CredentialError, PictureError
from bot.media.fit import within
from bot.media.picture import PictureProblem
from bot.media.pictures import Pictures
from bot.ports import TellMemory
from bot.relay.client import RelayClient
from bot.relay.relays import Relays
from bot.telemetry.metrics import Metrics

_ORIGINALS: Final = ((FileKind.DOCUMENT, False),)
_SHOWN: Final = (  # with whether it shows less than the original
    (FileKind.PHOTO, False),
    (FileKind.PHOTO, True),
    (FileKind.VIDEO, False),
    (FileKind.DOCUMENT, True),
)
Known = Mapping[tuple[str, int], str]  # (file kind, position) -> the platform's id
KeyOf = Callable[[AccountId], Awaitable[str | None]]  # None: the operator's


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One picture of one task for one place."""

    task: StoredTask
    position: int
    sources: tuple[PictureSource, ...] = field(repr=False)
    client: RelayClient
    limits: MediaLimits
    original: bool


class Gallery:
    """Where commands and the dispatcher get files from.

    Args:
        relays: They know the addresses of a task's pictures.
        pictures: Fetches, checks and fits them.
        store: Remembers what a platform already holds.
        metrics: Counts what could be had.
        key_of: Opens the key of a person's account, for relays that lock pictures.
    """

    def __init__(
        self,
        *,
        relays: Relays,
        pictures: Pictures,
        store: TellMemory,
        metrics: Metrics | None = None,
        key_of: KeyOf | None = None,
    ) -> None:
        self._key_of = key_of
        self._metrics = metrics or Metrics()
        self._relays = relays
        self._pictures = pictures
        self._store = store

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> list[Attachment]:
        """Give a task's pictures as one place takes them, in the task's order.

        Args:
            task: The task.
            platform: For whom; what it holds already is only named.
            limits: What the place takes.
            original: As the files they are.
            anew: What the platform was thought to hold is refused there.

        Raises:
            PictureError: None could be had, or none fits; the reason is closed.
        """
        key = await self._key(task)
        wishes = self._wishes(task, limits, original=original, key=key)
        wishes = wishes[: limits.album_count]
        if not wishes:
            raise PictureError(PictureProblem.NOT_READY)
        known = {} if anew else await self._store.uploads(task.key, platform)
        files = await self._fetched(wishes, known)
        if not original and sum(f.size_bytes for f in files) > limits.total_bytes:
            share = min(limits.photo_bytes, limits.total_bytes // len(files))
            less = replace(limits, photo_bytes=share)
            wishes = [replace(wish, limits=less) for wish in wishes]
            files = await self._fetched(wishes, known)
        return within(files, limits)

    async def _fetched(self, wishes: Sequence[_Wish], known: Known) -> list[Attachment]:
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(self._try(wish, known)) for wish in wishes]
        outcomes = [each.result() for each in tries]
        files = [each for each in outcomes if isinstance(each, Attachment)]
        if files:
            return files
        raise next(each for each in outcomes if isinstance(each, PictureError))

    async def _key(self, task: StoredTask) -> str | None:
        """Open the key that the task was seen with; unreadable: go without."""
        if self._key_of is None:
            return None
        try:
            return await self._key_of(task.account)
        except CredentialError:
            return None

    def _wishes(
        self,
        task: StoredTask,
        limits: MediaLimits,
        *,
        original: bool,
        key: str | None,
    ) -> list[_Wish]:
        if task.snapshot is None or task.relay not in self._relays.names:
            return []
        client = self._relays[task.relay]
        found = (
            *client.videos(task.snapshot, key=key),
            *client.pictures(task.snapshot, key=key),
        )
        return [
            _Wish(
                task=task,
                position=position,
                sources=sources,
                client=client,
                limits=limits,
                original=original,
            )
            for position, sources in enumerate(found)
        ]

    async def _try(self, wish: _Wish, known: Known) -> Attachment | PictureError:
        if reused := _reused(wish, known):
            return reused
        try:
            file = await self._fetch(wish)
        except PictureError as error:
            self._metrics.pictures.labels(error.reason).inc()
            return error
        self._metrics.pictures.labels("had").inc()
        return file

    async def _fetch(self, wish: _Wish) -> Attachment:
        picture = await self._pictures.fetch(
            _key(wish),
            wish.sources,
            position=wish.position,
            on_route_missing=wish.client.image_route_missing,
        )
        hint = FileKind.DOCUMENT if wish.original else None
        file = await self._pictures.fit(
            picture, wish.limits, task_id=wish.task.task_id, kind_hint=hint
        )
        return replace(file, position=wish.position, passing=not _kinds(wish))


def _key(wish: _Wish) -> str:
    """Name a picture for ever; a preview is another picture at each step."""
    snapshot = wish.task.snapshot
    over = snapshot is not None and snapshot.terminal
    stage = "" if over else f"-at{snapshot.progress if snapshot else 0}"
    return f"{wish.task.key}-{wish.position}{stage}"


def _reused(wish: _Wish, known: Known) -> Attachment | None:
    for kind, reduced in _kinds(wish):
        file = Attachment(
            kind=kind,
            position=wish.position,
            name=str(wish.task.task_id),
            reduced=reduced,
        )
        if file_id := known.get((file.upload_kind, wish.position)):
            return replace(file, file_id=file_id)
    return None


def _kinds(wish: _Wish) -> tuple[tuple[FileKind, bool], ...]:
    """Say as what a picture may have been uploaded; one that still changes as none."""
    if wish.task.snapshot is None or not wish.task.snapshot.terminal:
        return ()
    return _ORIGINALS if wish.original else _SHOWN
