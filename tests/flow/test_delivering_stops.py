"""Stops, failing memory, crowded chats: nothing lost, nobody held up."""

import asyncio
from dataclasses import replace

import pytest

from bot.delivery.marking import Marks
from bot.domain.notification import (
    NotificationId,
)
from bot.errors import StoreError
from bot.ports import Pace
from tests.fakes.desk import ELSEWHERE
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telling import Telling


async def test_a_stop_before_the_call_leaves_no_trace(telling: Telling) -> None:
    telling.messenger.repeats = False
    telling.shelf.ready.clear()
    telling.restart(replace(telling.parts.options, picture_wait_seconds=60))
    await telling.ended(await telling.desk.watch())
    await stopped(telling)
    (note,) = await telling.desk.lease()
    assert (note.attempts, note.sending_since) == (0, None)


async def test_a_stop_amid_the_call_leaves_the_mark_and_no_lease(
    telling: Telling,
) -> None:
    telling.messenger.says("send", asyncio.Event())
    await telling.ended(await telling.desk.watch())
    async with asyncio.TaskGroup() as group:
        turn = group.create_task(telling.dispatcher.turn())
        await telling.messenger.begun.wait()
        turn.cancel()
    (note,) = await telling.desk.lease()
    assert note.attempts == 0
    assert note.sending_since == telling.clock.now()


async def test_memory_that_fails_buries_nothing(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telling.ended(await telling.desk.watch())

    async def refuse(ids: list[NotificationId], *, at: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(telling.desk.store, "mark_sending", refuse)
        await telling.turns(0)
    assert telling.messenger.rings() == []
    await telling.turns(70)
    assert len(telling.messenger.rings()) == 1


async def test_marks_that_memory_refuses_together_fail_each(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks, asked = Marks(telling.parts), list[list[NotificationId]]()

    async def refuse(ids: list[NotificationId], *, at: object) -> None:
        asked.append(list(ids))
        await asyncio.sleep(0)
        raise StoreError("the disk is full")

    async def fails(number: int) -> None:
        with pytest.raises(StoreError):
            await marks.mark(NotificationId(number))

    with monkeypatch.context() as patch:
        patch.setattr(telling.desk.store, "mark_sending", refuse)
        async with asyncio.TaskGroup() as group:
            for number in (1, 2, 3):
                group.create_task(fails(number))
    assert asked == [[1], [2, 3]]


async def test_marks_asked_for_during_a_write_go_together(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks, asked = Marks(telling.parts), list[list[NotificationId]]()

    async def keep(ids: list[NotificationId], *, at: object) -> None:
        asked.append(list(ids))
        await asyncio.sleep(0)

    with monkeypatch.context() as patch:
        patch.setattr(telling.desk.store, "mark_sending", keep)
        async with asyncio.TaskGroup() as group:
            for number in (1, 2, 3):
                group.create_task(marks.mark(NotificationId(number)))
    assert asked == [[1], [2, 3]]


async def test_what_memory_does_not_take_back_comes_back_with_its_lease(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling.shelf.ready.clear()
    telling.restart(replace(telling.parts.options, picture_wait_seconds=60))
    await telling.ended(await telling.desk.watch())

    async def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(telling.desk.store, "release", refuse)
        await stopped(telling)
    telling.shelf.ready.set()
    telling.restart()
    await telling.turns(0)
    assert telling.messenger.rings() == []
    await telling.turns(70)
    assert len(telling.messenger.rings()) == 1


async def test_a_ring_whose_lease_ran_out_while_it_is_told_is_not_told_beside_itself(
    telling: Telling,
) -> None:
    hung = asyncio.Event()
    telling.messenger.says("send", hung)
    await telling.ended(await telling.desk.watch())
    async with asyncio.TaskGroup() as group:
        group.create_task(telling.dispatcher.turn())
        await telling.messenger.begun.wait()
        telling.clock.move(120)
        assert await telling.dispatcher.turn() == 0
        hung.set()
    assert len(telling.messenger.rings()) == 1


async def test_drained_it_leases_nothing_and_lets_the_last_call_arrive(
    telling: Telling,
) -> None:
    hung = asyncio.Event()
    telling.messenger.says("send", hung)
    await telling.ended(await telling.desk.watch())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(telling.dispatcher.run())
        await telling.messenger.begun.wait()
        draining = group.create_task(telling.dispatcher.drain(20))
        await telling.ended(await telling.desk.watch("t2"))
        hung.set()
        await draining
        running.cancel()
    assert len(telling.messenger.rings()) == 1
    assert await telling.dispatcher.turn() == 0


async def test_a_call_that_hangs_is_cut_off_in_the_end(telling: Telling) -> None:
    telling.messenger.says("send", asyncio.Event())
    await telling.ended(await telling.desk.watch())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(telling.dispatcher.run())
        await telling.messenger.begun.wait()
        await telling.dispatcher.drain(0.05)
        running.cancel()
    assert telling.messenger.rings() == []


async def test_one_busy_chat_takes_not_every_place(telling: Telling) -> None:
    telling.messenger.chat_pace = Pace(
        edit_seconds=3, old_edit_seconds=3, calls_a_minute=0, ring_seconds=30
    )
    telling.restart(replace(telling.parts.options, in_flight=4, lane_wait_seconds=0))
    many = await telling.watch_many(5)
    other = await telling.desk.watch("other", to=ELSEWHERE)
    await telling.ended(*many, other)
    await telling.turns(5)
    assert len(telling.messenger.rings(ELSEWHERE.chat)) == 1
    await telling.turns(300, step=10)
    assert len(telling.messenger.rings("chat-0")) == 5


async def stopped(telling: Telling) -> None:
    """Stop a turn that waits for its picture."""
    async with asyncio.TaskGroup() as group:
        turn = group.create_task(telling.dispatcher.turn())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not telling.shelf.asked:  # noqa: ASYNC110 - it rings no bell
                await asyncio.sleep(0)
        turn.cancel()
