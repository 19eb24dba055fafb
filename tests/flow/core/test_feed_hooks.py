"""A relay's hooks posted to the real core: a look at once, and no belief."""

import asyncio
import json

import pytest

from bot.commands.fed import FeedAnswer, Feeder
from bot.domain.feed import FeedReason
from bot.domain.task import State, TaskId
from tests.fakes.commanding import BOSS, CHAT, Commanding
from tests.fakes.feeding import ONE, RUNNING, hook, made, post, reasons, running
from tests.fakes.relay import FakeRelay


async def test_a_hook_looks_at_a_watched_task_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    await post(desk, token, ONE)
    relay.becomes(ONE, status="SUCCESS")

    answer = await post(desk, token, hook(ONE))

    assert reasons(answer) == [FeedReason.FINISHED]
    assert await desk.store.next_due_at(CHAT) is not None


async def test_nothing_of_a_hook_is_believed_but_the_id(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    forged = hook(ONE, status="SUCCESS", imageUrl=f"{relay.url}/forged", prompt="mine")

    answer = await post(desk, await made(desk), forged)

    [task] = await desk.store.find_tasks(TaskId(ONE))
    assert answer.watched == (ONE,)
    assert task.snapshot is not None
    assert (task.snapshot.state, task.snapshot.prompt != "mine") == (
        State.RUNNING,
        True,
    )
    assert not any("forged" in seen.path for seen in relay.requests)


async def test_a_forged_hook_is_refused(desk: Commanding, relay: FakeRelay) -> None:
    url = f"{relay.url}/latest"
    forged = {"id": "999", "status": "SUCCESS", "progress": "100%", "imageUrl": url}

    answer = await post(desk, await made(desk), forged)

    assert reasons(answer) == [FeedReason.UNKNOWN_TASK]
    assert await running(desk) == []
    assert not any("latest" in seen.path for seen in relay.requests)


async def test_a_hook_for_what_is_not_seen_yet_keeps_the_watch(
    desk: Commanding,
) -> None:
    token = await made(desk)
    await post(desk, token, ONE)

    answer = await post(desk, token, hook(ONE))

    assert answer.watched == (ONE,)


async def test_a_late_hook_changes_nothing(desk: Commanding, relay: FakeRelay) -> None:
    relay.task(ONE, status="SUCCESS")
    token = await made(desk)
    await post(desk, token, ONE)
    [note] = await desk.store.lease(
        CHAT,
        now=desk.clock.now(),
        limit=9,
        lease_for=desk.clock.now() - desk.clock.now(),
    )
    await desk.store.settle(note, receipt=None, at=desk.clock.now())
    before = len(relay.requests)

    answers = [
        await post(desk, token, hook(ONE)),
        await post(desk, token, hook(ONE, status="SUCCESS")),
    ]

    assert [reasons(a) for a in answers] == [[FeedReason.TOLD]] * 2
    assert len(relay.requests) == before
    assert await desk.store.next_due_at(CHAT) is None


async def test_a_hook_does_not_bring_back_what_was_stopped(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    await post(desk, token, hook(ONE))
    await desk.commands.unwatch(BOSS, ONE)

    stopped = await post(desk, token, hook(ONE))
    wanted = await post(desk, token, ONE)

    assert reasons(stopped) == [FeedReason.STOPPED]
    assert wanted.watched == (ONE,)


async def test_a_flood_of_hooks_is_not_passed_on(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    feeder = Feeder(desk.core, looks_a_minute=2)
    body = json.dumps(hook(ONE)).encode()

    answers = [await feeder.fed(token, body) for _ in range(4)]
    asked_in_one_minute = len(relay.requests)
    desk.clock.move(61)
    await feeder.fed(token, body)

    assert answers == [FeedAnswer(watched=(ONE,))] * 4
    assert (asked_in_one_minute, len(relay.requests)) == (2, 3)


async def test_looks_that_take_too_long_hold_nobody_up(
    desk: Commanding, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.fed.LOOK_SECONDS", 0.01)
    relay.task(ONE, **RUNNING)
    never = asyncio.Event()
    relay.fault(hang=never)

    answer = await post(desk, await made(desk), ONE)
    never.set()

    assert answer.watched == (ONE,)
