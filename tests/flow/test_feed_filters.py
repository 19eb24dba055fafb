"""Filtered feeds and tasks that no relay shows yet; feeds of those who may not."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bot.commands.access import AccessOptions
from bot.commands.fed import FeedAnswer
from bot.commands.reply import Caller
from bot.domain.feed import FeedReason, digest_of
from bot.domain.task import RelayName, TaskId
from bot.domain.transition import Tell
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ANN,
    BOSS,
    CHAT,
    GROUP,
    Commanding,
    commanding,
    words,
)
from tests.fakes.desk import Desk
from tests.fakes.relay import FakeRelay

ONE, TWO = "1767225600000001", "1767225600000002"
RUNNING: Final[dict[str, Any]] = {"status": "IN_PROGRESS", "hold": True}
SERVED: Final = replace(BOSS, groups=("chat:guild:7",))


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        yield opened


@pytest.fixture
async def bot(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay]) as opened:
        yield opened


async def made(bot: Commanding, text: str = "", caller: Caller = BOSS) -> str:
    told = words(await bot.commands.feed(caller, text))
    return next(line[3:] for line in told.splitlines() if line[:3] == "/w/")


async def post(bot: Commanding, token: str, body: object) -> FeedAnswer:
    answer = await bot.commands.feeder.fed(token, json.dumps(body).encode())
    assert answer is not None
    return answer


def reasons(answer: FeedAnswer) -> list[FeedReason]:
    return [each.reason for each in answer.refused]


async def running(bot: Commanding) -> list[str]:
    watched, _ = await bot.store.running(GROUP, limit=100)
    return [each.task.task_id for each in watched]


async def ended(bot: Commanding, desk: Desk, **fields: object) -> None:
    """Let the watcher see the end of the first task."""
    account = await bot.store.account(RelayName("r1"))
    [task] = [
        each
        for each in await bot.store.find_tasks(TaskId(ONE))
        if each.account == account
    ]
    await desk.ended(task.key, **fields)


async def told(bot: Commanding) -> list[str]:
    """Say what the chat is about to hear."""
    notes = await bot.store.lease(
        CHAT, now=bot.clock.now(), limit=9, lease_for=timedelta(seconds=1)
    )
    bot.clock.move(2)
    return [note.task.task_id for note in notes if note.tell is Tell.ENDED]


async def cards(bot: Commanding) -> int:
    bot.clock.move(60)
    return len(await bot.store.stale_cards(CHAT, limit=9))


# --- what no relay shows yet -----------------------------------------------------


async def test_a_filter_outlives_a_restart(
    bot: Commanding, relay: FakeRelay, tmp_path: Path
) -> None:
    await post(bot, await made(bot, "action=imagine"), [ONE, TWO])

    async with commanding(bot.store, bot.clock, tmp_path / "q", [relay]) as again:
        relay.task(ONE, **RUNNING, action="IMAGINE")
        relay.task(TWO, **RUNNING, action="UPSCALE")
        await again.commands.status(BOSS, f"{ONE} {TWO}")

        assert await again.commands.feeder.sift() == 1
        assert await running(again) == [ONE]
        assert await again.store.unsifted(limit=9) == []


async def test_nothing_is_told_of_what_may_not_be_wanted(
    bot: Commanding, desk: Desk
) -> None:
    await post(bot, await made(bot, "action=imagine"), ONE)
    unseen = await cards(bot)
    await ended(bot, desk, action="UPSCALE")

    before = await told(bot)
    await bot.commands.feeder.sift()

    assert (unseen, before) == (0, [])
    assert await told(bot) == []
    assert await bot.store.next_due_at(CHAT) is None


async def test_what_is_wanted_is_told_once_that_is_known(
    bot: Commanding, desk: Desk
) -> None:
    await post(bot, await made(bot, "action=imagine"), ONE)
    await ended(bot, desk, action="IMAGINE")
    before = await told(bot)

    await bot.commands.feeder.sift()

    assert (before, await told(bot)) == ([], [ONE])


async def test_what_somebody_asks_for_is_told_whatever_a_feed_wants(
    bot: Commanding, desk: Desk
) -> None:
    await post(bot, await made(bot, "action=imagine"), ONE)
    await bot.commands.watch(ANN, ONE)
    await ended(bot, desk, action="UPSCALE")

    await bot.commands.feeder.sift()

    assert await told(bot) == [ONE]


async def test_a_second_feed_that_wants_it_is_enough(
    bot: Commanding, desk: Desk
) -> None:
    some = await made(bot, "action=imagine")
    everything = await made(bot, caller=replace(ANN, manages=True))
    await post(bot, some, ONE)
    await post(bot, everything, ONE)
    await ended(bot, desk, action="UPSCALE")

    await bot.commands.feeder.sift()

    assert await told(bot) == [ONE]


async def test_posted_twice_it_is_still_to_be_sifted(
    bot: Commanding, relay: FakeRelay
) -> None:
    token = await made(bot, "action=imagine")
    await post(bot, token, ONE)
    await post(bot, token, ONE)
    relay.task(ONE, **RUNNING, action="UPSCALE")
    await bot.commands.status(BOSS, ONE)

    assert await bot.commands.feeder.sift() == 1


async def test_what_a_removed_feed_began_is_told(bot: Commanding, desk: Desk) -> None:
    await post(bot, await made(bot, "action=imagine"), ONE)
    await bot.commands.feed(BOSS, "remove")
    await ended(bot, desk, action="UPSCALE")

    await bot.commands.feeder.sift()

    assert await told(bot) == [ONE]


async def test_what_was_never_seen_is_told_to_be_lost(
    bot: Commanding, desk: Desk
) -> None:
    await post(bot, await made(bot, "action=imagine"), ONE)
    [task] = await bot.store.find_tasks(TaskId(ONE))
    await desk.says(task.key, Tell.LOST, ends=True)

    await bot.commands.feeder.sift()

    notes = await desk.store.lease(
        CHAT, now=bot.clock.now(), limit=9, lease_for=timedelta(seconds=1)
    )
    assert [note.tell for note in notes] == [Tell.LOST]


# --- who may ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chat:3", "chat:user:3", "chat:10", "chat:guild:7"])
async def test_the_feed_of_who_was_denied_takes_nothing(
    bot: Commanding, relay: FakeRelay, name: str
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(bot, caller=SERVED)
    await bot.core.access.say(name, may=False)

    answer = await post(bot, token, {"ids": [ONE, "käse"]})

    assert answer.watched == ()
    assert reasons(answer) == [FeedReason.NOT_ALLOWED, FeedReason.NOT_AN_ID]
    assert "may not use the bot" in answer.refused[0].message
    assert await running(bot) == []
    assert relay.requests == []


async def test_who_is_let_in_again_feeds_again(bot: Commanding) -> None:
    token = await made(bot, caller=SERVED)
    await bot.core.access.say("chat:10", may=False)
    await bot.core.access.say("chat:10", may=True)

    assert (await post(bot, token, ONE)).watched == (ONE,)


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
    bot: Commanding,
    relay: FakeRelay,
    tmp_path: Path,
    allow: str,
    reason: list[FeedReason],
) -> None:
    token = await made(bot, caller=SERVED)
    access = AccessOptions(allow=frozenset({allow}))

    async with commanding(
        bot.store, bot.clock, tmp_path / "q", [relay], access=access
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
