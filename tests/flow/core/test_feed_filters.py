"""Filtered feeds and tasks that no relay shows yet; feeds of those who may not."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.commands.access import AccessOptions
from bot.domain.feed import FeedReason, digest_of
from bot.domain.task import RelayName, TaskId
from bot.domain.transition import Tell
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOSS, CHAT, GROUP, Commanding, commanding
from tests.fakes.desk import Desk
from tests.fakes.feeding import ONE, RUNNING, TWO, made, post, reasons, running
from tests.fakes.relay import FakeRelay

SERVED: Final = replace(BOSS, groups=("chat:guild:7",))


@pytest.fixture
def memory(store: SqlStore, clock: MovedClock) -> Desk:
    return Desk(store=store, clock=clock)


async def ended(desk: Commanding, memory: Desk, **fields: object) -> None:
    """Let the watcher see the end of the first task."""
    account = await desk.store.account(RelayName("r1"))
    [task] = [
        each
        for each in await desk.store.find_tasks(TaskId(ONE))
        if each.account == account
    ]
    await memory.ended(task.key, **fields)


async def told(desk: Commanding) -> list[str]:
    """Say what the chat is about to hear."""
    notes = await desk.store.lease(
        CHAT, now=desk.clock.now(), limit=9, lease_for=timedelta(seconds=1)
    )
    desk.clock.move(2)
    return [note.task.task_id for note in notes if note.tell is Tell.ENDED]


async def cards(desk: Commanding) -> int:
    desk.clock.move(60)
    return len(await desk.store.stale_cards(CHAT, limit=9))


# --- what no relay shows yet -----------------------------------------------------


async def test_a_filter_outlives_a_restart(
    desk: Commanding, relay: FakeRelay, tmp_path: Path
) -> None:
    await post(desk, await made(desk, "action=imagine"), [ONE, TWO])

    async with commanding(desk.store, desk.clock, tmp_path / "q", [relay]) as again:
        relay.task(ONE, **RUNNING, action="IMAGINE")
        relay.task(TWO, **RUNNING, action="UPSCALE")
        await again.commands.status(BOSS, f"{ONE} {TWO}")

        assert await again.commands.feeder.sift() == 1
        assert await running(again) == [ONE]
        assert await again.store.unsifted(limit=9) == []


async def test_nothing_is_told_of_what_may_not_be_wanted(
    desk: Commanding, memory: Desk
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    unseen = await cards(desk)
    await ended(desk, memory, action="UPSCALE")

    before = await told(desk)
    await desk.commands.feeder.sift()

    assert (unseen, before) == (0, [])
    assert await told(desk) == []
    assert await desk.store.next_due_at(CHAT) is None


async def test_what_is_wanted_is_told_once_that_is_known(
    desk: Commanding, memory: Desk
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    await ended(desk, memory, action="IMAGINE")
    before = await told(desk)

    await desk.commands.feeder.sift()

    assert (before, await told(desk)) == ([], [ONE])


async def test_what_somebody_asks_for_is_told_whatever_a_feed_wants(
    desk: Commanding, memory: Desk
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    await desk.commands.watch(ANN, ONE)
    await ended(desk, memory, action="UPSCALE")

    await desk.commands.feeder.sift()

    assert await told(desk) == [ONE]


async def test_a_second_feed_that_wants_it_is_enough(
    desk: Commanding, memory: Desk
) -> None:
    some = await made(desk, "action=imagine")
    everything = await made(desk, caller=replace(ANN, manages=True))
    await post(desk, some, ONE)
    await post(desk, everything, ONE)
    await ended(desk, memory, action="UPSCALE")

    await desk.commands.feeder.sift()

    assert await told(desk) == [ONE]


async def test_posted_twice_it_is_still_to_be_sifted(
    desk: Commanding, relay: FakeRelay
) -> None:
    token = await made(desk, "action=imagine")
    await post(desk, token, ONE)
    await post(desk, token, ONE)
    relay.task(ONE, **RUNNING, action="UPSCALE")
    await desk.commands.status(BOSS, ONE)

    assert await desk.commands.feeder.sift() == 1


async def test_what_a_removed_feed_began_is_told(
    desk: Commanding, memory: Desk
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    await desk.commands.feed(BOSS, "remove")
    await ended(desk, memory, action="UPSCALE")

    await desk.commands.feeder.sift()

    assert await told(desk) == [ONE]


async def test_what_was_never_seen_is_told_to_be_lost(
    desk: Commanding, memory: Desk
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    [task] = await desk.store.find_tasks(TaskId(ONE))
    await memory.says(task.key, Tell.LOST, ends=True)

    await desk.commands.feeder.sift()

    notes = await memory.store.lease(
        CHAT, now=desk.clock.now(), limit=9, lease_for=timedelta(seconds=1)
    )
    assert [note.tell for note in notes] == [Tell.LOST]


# --- who may ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chat:3", "chat:user:3", "chat:10", "chat:guild:7"])
async def test_the_feed_of_who_was_denied_takes_nothing(
    desk: Commanding, relay: FakeRelay, name: str
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk, caller=SERVED)
    await desk.core.access.say(name, may=False)

    answer = await post(desk, token, {"ids": [ONE, "käse"]})

    assert answer.watched == ()
    assert reasons(answer) == [FeedReason.NOT_ALLOWED, FeedReason.NOT_AN_ID]
    assert "may not use the bot" in answer.refused[0].message
    assert await running(desk) == []
    assert relay.requests == []


async def test_who_is_let_in_again_feeds_again(desk: Commanding) -> None:
    token = await made(desk, caller=SERVED)
    await desk.core.access.say("chat:10", may=False)
    await desk.core.access.say("chat:10", may=True)

    assert (await post(desk, token, ONE)).watched == (ONE,)


@pytest.mark.parametrize(
    ("allow", "reason"),
    [
        ("chat:guild:7", []),
        ("chat:10", []),
        ("chat:user:3", []),
        ("chat:guild:8", [FeedReason.NOT_ALLOWED]),
    ],
)
async def test_a_feed_is_measured_by_the_list_of_today(
    desk: Commanding,
    relay: FakeRelay,
    tmp_path: Path,
    allow: str,
    reason: list[FeedReason],
) -> None:
    token = await made(desk, caller=SERVED)
    access = AccessOptions(allow=frozenset({allow}))

    async with commanding(
        desk.store, desk.clock, tmp_path / "q", [relay], access=access
    ) as again:
        answer = await post(again, token, ONE)

    assert reasons(answer) == reason


async def test_a_feed_that_knows_not_where_it_was_made_goes_on(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    token = "x" * 43
    feed = await store.make_feed(
        GROUP, BOSS.person, digest=digest_of(token), at=clock.now()
    )
    access = AccessOptions(allow=frozenset({"chat:guild:7"}))
    async with commanding(
        store, clock, tmp_path / "q", [relay], access=access
    ) as again:
        old = replace(feed, groups=None)  # as an earlier release has made it

        assert again.commands.feeder.admits(old)
        await again.core.access.say("chat:10", may=False)
        assert not again.commands.feeder.admits(old)
