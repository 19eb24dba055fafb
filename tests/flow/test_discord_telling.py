"""The dispatcher with the real messenger: whatever Discord answers, one ring comes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.subscription import Platform, StoredTask
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.discord_door import Stage, person
from tests.fakes.telling import Shelf, Telling

SEND = "POST /channels/*/messages"


class Drawer(Shelf):
    """A gallery with one picture on disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "t1.png"
        self.path.write_bytes(b"x")

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> list[Attachment]:
        """Give the picture."""
        del task, platform, limits, original, anew
        kind, name = FileKind.PHOTO, self.path.name
        return [Attachment(kind=kind, position=0, name=name, path=self.path)]


@pytest.fixture
async def stage(clock: MovedClock) -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake, clock=clock)
        assert fake.refusals == []


@pytest.fixture
async def telling(
    stage: Stage, store: SqlStore, clock: MovedClock, tmp_path: Path
) -> AsyncIterator[Telling]:
    async with stage.serving() as door:
        made = Telling(Desk(store=store, clock=clock), clock)
        made.messenger = door.messenger  # type: ignore[assignment]  # the real one
        made.shelf = Drawer(tmp_path)
        made.restart()
        yield made


def rings(stage: Stage) -> list[StoredMessage]:
    return [each for each in stage.fake.messages() if each.rang.rings]


@pytest.mark.parametrize(
    "how",
    [
        {"status": 500},
        {"status": 502, "after": True},
        {"status": 503},
        {"status": 503, "after": True},
        {"reset": True},
        {"reset": True, "after": True},
        {"status": 429, "retry_after": 0.05},
        {"status": 429, "retry_after": 40.0},
        {"status": 429, "retry_after": 40.0, "is_global": True},
        {"status": 429, "retry_after": 90.0, "via": False},
        {"html": True},
        {"html": True, "status": 403},
        {"html": True, "status": 502, "after": True},
        {"status": 401},
        {"status": 200, "after": True},
        {"status": 204, "after": True},
        {"status": 403, "code": 50013, "times": 2},
        {"status": 404},
    ],
    ids=str,
)
async def test_one_ring_comes_through(
    stage: Stage, telling: Telling, how: dict[str, object]
) -> None:
    watch = await telling.desk.watch(to=stage.here(), by=person(stage.fake.user))
    await telling.ended(watch)
    fault = stage.fake.fault(SEND, **how)  # type: ignore[arg-type]  # as parametrized

    await telling.turns(400, step=10)

    [ring] = rings(stage)
    assert ring.files
    assert fault.hits
    assert await telling.desk.lease() == []


async def test_a_channel_that_refuses_three_times_is_left(
    stage: Stage, telling: Telling
) -> None:
    ana, bob = stage.fake.user, stage.fake.add_user("Bob")
    first = await telling.desk.watch("t1", to=stage.here(), by=person(ana))
    await telling.desk.watch("t2", to=stage.here(), by=person(ana))
    await telling.desk.watch("t2", to=stage.here(), by=person(bob))
    stage.fake.deny(stage.fake.channel, 50013, "send")
    await telling.ended(first)

    await telling.turns(100, step=5)

    tries = stage.fake.made("POST", f"{stage.fake.channel.id}/messages")
    assert [bool(each.files) for each in tries] == [True, False] * 3
    assert (await telling.desk.store.running(stage.here(), limit=9))[1] == 0
    [hers] = stage.fake.messages(stage.fake.dm(ana))
    [his] = stage.fake.messages(stage.fake.dm(bob))
    assert "#general (Home)" in hers.content.replace("\\", "")
    assert "`t1`\n`t2`" in str(hers.embeds[0]["description"])
    assert "t1" not in str(his.embeds)


@pytest.mark.parametrize("how", [{"status": 503}, {"reset": True, "after": True}])
async def test_who_asked_is_told_of_it_once_though_the_answer_is_lost(
    stage: Stage, telling: Telling, how: dict[str, object]
) -> None:
    direct = stage.fake.dm()
    watch = await telling.desk.watch(to=stage.here(), by=person(stage.fake.user))
    await stage.fake.delete_channel(stage.fake.channel)
    stage.fake.fault(f"POST /channels/{direct.id}/messages", **how)  # type: ignore[arg-type]  # as parametrized
    await telling.ended(watch)

    await telling.turns(10)

    assert len(stage.fake.messages(direct)) == 1
