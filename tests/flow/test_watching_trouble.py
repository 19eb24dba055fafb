"""The watcher: restarts, silent relays, failing memory, frozen tasks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.subscription import Standing, silent_fact
from bot.domain.task import State
from bot.domain.transition import Tell, Transition
from bot.errors import StoreError
from bot.relay import RelayOptions, open_relay
from tests.fakes.desk import ANN, CHAT, ELSEWHERE, NO_LIMITS, Desk, seen
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay
from tests.fakes.watching import (
    IDS,
    INTERVAL,
    OPTIONS,
    OTHER,
    Line,
    id_of,
    still_watched,
    watching,
)


async def test_a_restart_loses_nothing_and_tells_nothing_twice(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS")
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[1], status="FAILURE")

    line.started()
    await line.turns(2 * INTERVAL)
    line.started()
    await line.turns(2 * INTERVAL)

    told = [(note.task.task_id, note.tell) for note in await line.told()]
    assert sorted(told) == [(IDS[0], Tell.ENDED), (IDS[1], Tell.ENDED)]


async def test_memory_that_fails_loses_no_end(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS")

    async def refuse(transitions: Sequence[Transition]) -> int:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(line.desk.store, "record", refuse)
        await line.turns(4 * INTERVAL)
    assert await line.tells() == []

    await line.turns(3 * INTERVAL)
    assert await line.tells() == [Tell.ENDED]


async def test_a_watch_whose_account_could_not_be_read_is_opened_later(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watching(line, held_relay)

    async def refuse(name: str) -> str | None:
        raise StoreError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(line.desk.store, "fact", refuse)
        with pytest.raises(StoreError):
            await line.watcher.turn()
    assert await line.turns(INTERVAL) >= len(IDS)


@pytest.mark.parametrize(
    "fault",
    [
        {"http": 500},
        {"http": 401, "body": {"error": {"message": "quota is used up"}}},
        {"http": 429, "headers": {"Retry-After": "5"}},
        {"reset": True},
    ],
    ids=["down", "quota", "busy", "reset"],
)
async def test_time_in_which_the_relay_could_not_be_asked_counts_for_nothing(
    line: Line, held_relay: FakeRelay, fault: dict[str, Any]
) -> None:
    keys = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.fault(**fault, times=None)
    await line.turns(OPTIONS.give_up_seconds + 60, step=600)
    held_relay.clear()
    held_relay.forget(IDS[0])
    await line.turns(60, step=10)
    assert await line.tells() == []
    assert await still_watched(line, keys)


async def test_a_silent_relay_marks_cards_after_five_minutes_and_clears_them(
    line: Line, held_relay: FakeRelay
) -> None:
    keys = await watching(line, held_relay)
    await line.turns(INTERVAL)
    down = held_relay.fault(http=500, times=None)
    await line.turns(OPTIONS.silent_seconds - 30, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.FINE

    await line.turns(90, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.SILENT
    account = (await line.desk.known(keys[0])).account
    assert await line.desk.store.silent_since(account) is not None

    line.started()  # a restart amid the outage changes nothing
    await line.turns(60, step=5)
    down.lift()
    await line.turns(60, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.FINE
    assert await line.desk.store.fact(silent_fact(account)) is None
    assert await line.tells() == []


async def test_silence_that_could_not_be_written_is_written_later(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.fault(http=500, times=None)

    async def refuse(name: str, value: str | None) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(line.desk.store, "save_fact", refuse)
        await line.turns(OPTIONS.silent_seconds + 60, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.FINE
    await line.turns(60, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.SILENT


async def test_a_frozen_task_is_told_stuck_once_and_given_up_once(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay, IDS[:1])
    await line.turns(OPTIONS.stuck_seconds + 60, step=5)
    assert await line.tells() == [Tell.STUCK]
    assert (await line.desk.known(key)).standing is Standing.STUCK

    asked = len(held_relay.requests)
    await line.turns(600, step=5)
    assert len(held_relay.requests) - asked <= 600 / OPTIONS.slow_seconds + 1

    await line.turns(OPTIONS.give_up_seconds, step=300)
    assert await line.tells() == [Tell.GAVE_UP]
    task = await line.desk.known(key)
    assert (task.standing, task.watched) == (Standing.GIVEN_UP, False)


async def test_a_status_that_only_flickers_is_given_up_as_well(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay, IDS[:1])
    for n in range(300):
        word = "40%" if n % 2 else "39%"
        held_relay.becomes(IDS[0], status="IN_PROGRESS", progress=word)
        await line.turns(300, step=300)
    assert await line.tells() == [Tell.STUCK, Tell.GAVE_UP]
    assert not (await line.desk.known(key)).watched


async def test_a_stuck_task_that_moves_again_is_fine(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay, IDS[:1])
    await line.turns(OPTIONS.stuck_seconds + 60, step=5)
    held_relay.becomes(IDS[0], status="IN_PROGRESS", progress="70%")
    await line.turns(2 * OPTIONS.slow_seconds, step=5)
    assert (await line.desk.known(key)).standing is Standing.FINE


async def test_a_dead_relay_holds_up_no_other(
    line: Line, held_relay: FakeRelay, desk: Desk
) -> None:
    await watching(line, held_relay)
    account = await desk.store.account(OTHER)
    options = RelayOptions(name=OTHER, hosts=("http://127.0.0.1:9",))
    async with open_relay(options, clock=line.clock) as dead:
        line.clients[OTHER] = dead
        await desk.store.remember(account, seen("x", State.RUNNING), line.clock.now())
        await desk.store.subscribe(
            account,
            id_of("x"),
            destination=ELSEWHERE,
            person=ANN,
            limits=NO_LIMITS,
            at=line.clock.now(),
        )
        await line.turns(INTERVAL)
        held_relay.becomes(IDS[0], status="SUCCESS")
        await line.turns(INTERVAL)
    assert [n.destination for n in await line.told()] == [CHAT]


async def test_an_account_that_cannot_be_asked_is_only_silent(
    line: Line, held_relay: FakeRelay
) -> None:
    keys = await watching(line, held_relay)
    line.clients.clear()
    await line.turns(OPTIONS.silent_seconds + 60, step=5)
    assert (await line.desk.known(keys[0])).standing is Standing.SILENT
    assert held_relay.requests == []


async def test_unwatched_tasks_are_asked_for_no_more(
    line: Line, held_relay: FakeRelay
) -> None:
    held_relay.task(IDS[0], status="IN_PROGRESS")
    subscription = await line.desk.watch(IDS[0])
    await line.turns(INTERVAL)
    await line.desk.store.unsubscribe(subscription.id, person=None, at=line.clock.now())
    await line.turns(0)
    asked = len(held_relay.requests)
    await line.turns(3 * INTERVAL)
    assert len(held_relay.requests) == asked


async def test_a_modal_is_told_once_and_its_end_as_well(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay, status="SUBMITTED")
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="MODAL")
    await line.turns(3 * INTERVAL)
    held_relay.becomes(IDS[0], status="SUBMITTED")
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="MODAL")
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.NEEDS_INPUT]
    held_relay.becomes(IDS[0], status="SUCCESS")
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.ENDED]


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.watcher.run())
        yield
        task.cancel()


async def test_the_loops_find_new_watches_and_ask_again_when_it_is_time(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    async with running(line), asyncio.timeout(PATIENCE_SECONDS):
        await held_relay.until(lambda: len(held_relay.requests) == 1)
        held_relay.becomes(IDS[0], status="SUCCESS")
        await line.settled()
        line.clock.move(INTERVAL)
        line.ring()
        await held_relay.until(lambda: len(held_relay.requests) == 2)
        await line.settled()
    assert await line.tells() == [Tell.ENDED]
    assert line.watcher.watching == len(IDS) - 1


async def test_the_loops_outlive_a_memory_that_cannot_be_read(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def refuse(cursor: object) -> object:
        tried.set()
        raise StoreError("the disk is full")

    await watching(line, held_relay)
    monkeypatch.setattr(line.desk.store, "watch_changes", refuse)
    async with running(line), asyncio.timeout(PATIENCE_SECONDS):
        await tried.wait()
        monkeypatch.undo()
        line.bell.ring()
        await held_relay.until(lambda: held_relay.requests)
