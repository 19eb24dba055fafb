"""Filters of a feed, in the real core: what is left alone, at once or later."""

import asyncio
from pathlib import Path

from bot.domain.feed import FeedReason
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import BOSS, Commanding, commanding, words
from tests.fakes.feeding import (
    ONE,
    RUNNING,
    THREE,
    TWO,
    hook,
    made,
    post,
    reasons,
    running,
)
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay


async def test_a_filter_leaves_other_tasks_alone(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING, action="IMAGINE", state="team-a:7")
    relay.task(TWO, **RUNNING, action="IMAGINE", state="team-b:7")
    relay.task(THREE, **RUNNING, action="UPSCALE", state="team-a:8")
    token = await made(desk, "state=team-a action=imagine")

    answer = await post(desk, token, [ONE, TWO, THREE])
    again = await post(desk, token, hook(TWO))

    assert answer.watched == (ONE,)
    assert reasons(answer) == [FeedReason.FILTERED] * 2
    assert reasons(again) == [FeedReason.FILTERED]
    assert await running(desk) == [ONE]


async def test_a_filter_is_shown_and_changed(desk: Commanding) -> None:
    await made(desk, "state=team-a action=imagine")

    shown = words(await desk.commands.feed(BOSS, ""))
    changed = words(await desk.commands.feed(BOSS, "state= action=BLEND"))

    assert "begins with team-a." in shown
    assert "the action IMAGINE." in shown
    assert "team-a" not in changed
    assert "the action BLEND." in changed


async def test_what_is_seen_later_is_sifted_then(
    desk: Commanding, relay: FakeRelay
) -> None:
    await post(desk, await made(desk, "action=imagine"), f"{ONE} {TWO}")
    relay.task(ONE, **RUNNING, action="IMAGINE")
    relay.task(TWO, **RUNNING, action="UPSCALE")
    unseen = await desk.commands.feeder.sift()
    await desk.commands.status(BOSS, f"{ONE} {TWO}")

    ended = await desk.commands.feeder.sift()

    assert (unseen, ended) == (0, 1)
    assert await running(desk) == [ONE]
    assert await desk.commands.feeder.sift() == 0


async def test_slim_objects_are_looked_at_whole_for_a_state(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with (
        FakeRelay(kind="crazyrouter") as slim,
        commanding(store, clock, tmp_path / "p", [slim]) as desk,
    ):
        for n in range(3):
            slim.task(f"task_{n}", **RUNNING, state=f"team-{n}")
        token = await made(desk, "state=team-1")

        answer = await post(desk, token, [f"task_{n}" for n in range(3)])

    assert answer.watched == ("task_1",)


async def test_the_loop_sifts_by_itself(desk: Commanding, relay: FakeRelay) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    relay.task(ONE, **RUNNING, action="UPSCALE")
    await desk.commands.status(BOSS, ONE)

    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        sifting = group.create_task(desk.commands.feeder.run())
        while await running(desk):  # noqa: ASYNC110 - memory rings no bell
            await asyncio.sleep(0.01)
        sifting.cancel()

    assert await running(desk) == []


async def test_what_ended_meanwhile_needs_no_sifting(
    desk: Commanding, relay: FakeRelay
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    await desk.commands.unwatch(BOSS, ONE)

    assert await desk.commands.feeder.sift() == 0


async def test_a_wanted_task_stays(desk: Commanding, relay: FakeRelay) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    relay.task(ONE, **RUNNING, action="IMAGINE")
    await desk.commands.status(BOSS, ONE)

    assert await desk.commands.feeder.sift() == 0
    assert await running(desk) == [ONE]
