"""Memory when the wall clock was wrong: what waits does not wait for the error, too."""

from datetime import timedelta

import pytest

from tests.fakes.clock import MovedClock
from tests.fakes.desk import DISCORD, LEASE, Desk

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=60)


async def put_off(desk: Desk, by: timedelta) -> None:
    """Let an unsure try at a tell be put off."""
    await desk.ended((await desk.watch()).task_key)
    (note,) = await desk.lease()
    await desk.store.mark_sending([note.id], at=desk.now)
    await desk.store.postpone(
        note.id, until=desk.now + by, reason="timeout", clear_sending=False
    )


async def test_what_waits_is_set_back_with_the_clock(
    desk: Desk, clock: MovedClock
) -> None:
    begun = desk.now
    await put_off(desk, SOON)

    await desk.store.set_back(HOUR)

    assert await desk.store.next_due_at(DISCORD) == begun + SOON - HOUR
    (note,) = await desk.lease()
    assert note.sending_since == begun - HOUR


async def test_a_lease_is_set_back_with_the_clock(desk: Desk) -> None:
    await desk.ended((await desk.watch()).task_key)
    begun = desk.now
    await desk.lease()

    await desk.store.set_back(HOUR)

    assert await desk.store.next_due_at(DISCORD) == begun + LEASE - HOUR


async def test_what_is_settled_keeps_its_times(desk: Desk) -> None:
    subscription = await desk.watch()
    await desk.ended(subscription.task_key)
    (note,) = await desk.lease()
    await desk.told(note)

    await desk.store.set_back(HOUR)

    assert await desk.store.next_due_at(DISCORD) is None


@pytest.mark.parametrize(("by", "waits"), [(SOON, True), (HOUR, False)])
async def test_a_start_believes_no_long_wait(
    desk: Desk, by: timedelta, *, waits: bool
) -> None:
    await put_off(desk, by)

    await desk.store.reclaim()

    assert await desk.store.next_due_at(DISCORD) == desk.now + (by if waits else by * 0)
