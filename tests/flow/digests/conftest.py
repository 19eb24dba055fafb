"""Many ends at one moment in one chat, over a real memory."""

import pytest

from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.buttonref import Verb, parse_ref
from bot.domain.notification import Deferred, Reason
from bot.domain.subscription import Platform, StoredTask, Subscription
from bot.errors import PictureError
from bot.media.picture import PictureProblem
from tests.fakes.messenger import Posted
from tests.fakes.telling import Shelf, Telling

SIX = 6
MB = 1024 * 1024
NOT_NOW = Deferred(after_seconds=30, reason=Reason.RATE_LIMITED, counts=False)


class Files(Shelf):
    """Pictures with names and sizes of their own."""

    size_bytes: int = MB
    missing: frozenset[str] = frozenset()

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> list[Attachment]:
        if task.task_id in self.missing:
            raise PictureError(PictureProblem.GONE)
        await super().files(task, platform=platform, limits=limits)
        name = f"{task.task_id}.png"
        kind = FileKind.PHOTO
        return [
            Attachment(kind=kind, position=0, name=name, size_bytes=self.size_bytes)
        ]


@pytest.fixture
def telling(telling: Telling) -> Telling:
    telling.shelf = Files()
    telling.shelf.ready.set()
    telling.restart()
    return telling


async def ends(telling: Telling, number: int = SIX) -> list[Subscription]:
    """Let so many tasks end in one chat at the same moment."""
    watched = [await telling.desk.watch(f"t{n}") for n in range(number)]
    await telling.ended(*watched)
    return watched


def verbs(posted: Posted) -> list[Verb]:
    refs = [parse_ref(b.ref or "") for row in posted.cards[-1].buttons for b in row]
    return [ref.verb for ref in refs if ref]


def lines(posted: Posted) -> list[str]:
    return [block.text for block in posted.cards[-1].blocks]
