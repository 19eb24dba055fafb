"""What any Store promises of the outbox: who is told what, once and in order."""

import asyncio
from datetime import timedelta

from bot.domain.transition import Tell
from tests.fakes.clock import MovedClock
from tests.fakes.desk import BOB, CHAT, DISCORD, ELSEWHERE, LEASE, Desk


async def test_a_lease_is_exclusive_until_it_runs_out(
    desk: Desk, clock: MovedClock
) -> None:
    await desk.ended((await desk.watch()).task_key)
    (first,) = await desk.lease()
    await desk.store.mark_sending([first.id], at=desk.now)
    marked_at = desk.now

    between = await desk.lease()
    due_at = await desk.store.next_due_at(DISCORD)
    clock.move(31)
    (again,) = await desk.lease()

    assert between == []
    assert due_at == marked_at + LEASE
    assert (again.id, again.sending_since) == (first.id, marked_at)


async def test_racing_leases_share_nothing(desk: Desk) -> None:
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(6)]
    await desk.ended(*keys)

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(desk.lease(limit=4)) for _ in range(3)]

    taken = [note.id for t in tries for note in t.result()]
    assert len(taken) == len(set(taken))


async def test_oldest_first_and_busy_chats_wait(desk: Desk) -> None:
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(2)]
    other = (await desk.watch("t9", to=ELSEWHERE)).task_key
    await desk.ended(keys[1])
    await desk.ended(keys[0], other)

    elsewhere = await desk.lease(busy=(CHAT,))
    rest = await desk.lease(limit=1)

    assert [n.task.key for n in elsewhere] == [other]
    assert [n.task.key for n in rest] == [keys[1]]


async def test_a_notification_has_what_a_card_needs(desk: Desk) -> None:
    subscription = await desk.watch(card="c1")
    await desk.watch(by=BOB)
    await desk.ended(subscription.task_key, prompt="a cat")

    (note,) = await desk.lease()

    assert note.task.snapshot
    assert (note.card, note.task.snapshot.prompt) == ("c1", "a cat")
    assert [person.name for person in note.askers] == ["Ann", "Bob"]
    assert (note.destination, note.attempts, note.created_at) == (CHAT, 0, desk.now)


async def test_a_settled_end_ends_the_subscription(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()

    await desk.told(note)

    assert await desk.store.running(CHAT, limit=9) == ([], 0)
    assert await desk.store.next_due_at(DISCORD) is None


async def test_a_settled_loss_ends_the_watch_with_its_last_reader(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.watch(to=ELSEWHERE)
    await desk.says(key, Tell.LOST)
    first, second = await desk.lease()

    await desk.told(first)
    between = (await desk.known(key)).watched
    await desk.told(second)

    assert (between, (await desk.known(key)).watched) == (True, False)


async def test_a_tell_that_is_not_final_ends_nothing(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.says(key, Tell.NEEDS_INPUT)
    await desk.says(key, Tell.NEEDS_INPUT)
    (note,) = await desk.lease()

    await desk.told(note)

    assert (await desk.store.running(CHAT, limit=9))[1] == 1


async def test_a_final_tell_overtakes_what_waits(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.says(key, Tell.STUCK)
    await desk.ended(key)
    stuck, end = await desk.lease()

    await desk.told(end)
    await desk.store.release([stuck.id], clear_sending=True)

    assert await desk.lease() == []


async def test_postponed_comes_later_and_counts(desk: Desk, clock: MovedClock) -> None:
    await desk.ended((await desk.watch()).task_key)
    (note,) = await desk.lease()
    until = desk.now + timedelta(seconds=60)
    await desk.store.mark_sending([note.id], at=desk.now)
    await desk.store.postpone(
        note.id, until=until, reason="timeout", clear_sending=False
    )

    due_at = await desk.store.next_due_at(DISCORD)
    early = await desk.lease()
    clock.move(60)
    (again,) = await desk.lease()

    assert (due_at, early) == (until, [])
    assert (again.attempts, again.sending_since is not None) == (1, True)


async def test_postponed_for_nobodys_fault_does_not_count(desk: Desk) -> None:
    await desk.ended((await desk.watch()).task_key)
    (note,) = await desk.lease()
    await desk.store.mark_sending([note.id], at=desk.now)

    await desk.store.postpone(note.id, until=desk.now, reason="waiting", counts=False)

    (again,) = await desk.lease()
    assert (again.attempts, again.sending_since) == (0, None)


async def test_a_released_lease_comes_at_once(desk: Desk) -> None:
    await desk.ended((await desk.watch()).task_key)
    (note,) = await desk.lease()

    await desk.store.release([note.id], clear_sending=True)
    await desk.store.release([], clear_sending=True)

    (again,) = await desk.lease()
    assert (again.id, again.attempts) == (note.id, 0)


async def test_given_up_is_over(desk: Desk) -> None:
    await desk.ended((await desk.watch()).task_key)
    (note,) = await desk.lease()

    await desk.store.give_up(note.id, reason="blocked", at=desk.now)
    await desk.store.give_up(note.id, reason="blocked", at=desk.now)

    assert await desk.lease() == []
    assert await desk.store.running(CHAT, limit=9) == ([], 0)


async def test_an_owed_picture_amends_the_message(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()

    await desk.told(note, "m7", owed=True)

    (amend,) = await desk.lease()
    assert (amend.tell, amend.message) == (Tell.AMEND, "m7")


async def test_late_fields_amend_what_was_told(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    waiting = await desk.amended(key, image_url="http://x/1.png")
    await desk.told(note, "m7")
    told = await desk.amended(key, description="late")
    (amend,) = await desk.lease()
    await desk.told(amend, "m7")

    again = await desk.amended(key, description="late")

    assert (waiting, told, again) == (0, 1, 0)
    assert await desk.lease() == []


async def test_an_amendment_asked_for_meanwhile_is_not_lost(
    desk: Desk, clock: MovedClock
) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.told(note, "m7")
    await desk.amended(key, description="late")
    (under_way,) = await desk.lease()
    clock.move(1)
    await desk.amended(key, image_url="http://x/1.png")

    await desk.told(under_way, "m7")

    (again,) = await desk.lease()
    assert again.task.snapshot
    assert again.task.snapshot.image_url == "http://x/1.png"
