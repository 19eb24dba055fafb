"""What any Store promises: watches, transitions, the outbox, live cards."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.subscription import Receipt, Standing
from bot.domain.task import State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition
from bot.errors import StoreError
from bot.ports import WatchChanges
from storage.store import SqlStore
from tests.contract.conftest import ENGINES, POSTGRES_WANTED
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, BOB, CHAT, DISCORD, ELSEWHERE, LEASE, Desk, seen


@pytest.fixture
def desk(store: SqlStore, clock: MovedClock) -> Desk:
    return Desk(store=store, clock=clock)


@pytest.mark.skipif(
    not POSTGRES_WANTED, reason="set CI or MJWATCH_TEST_POSTGRES to try it"
)
def test_postgres_is_tried_where_it_is_wanted() -> None:
    assert "postgres" in ENGINES


async def test_an_account_is_one_for_relay_and_owner(store: SqlStore) -> None:
    first = await store.account("r")  # type: ignore[arg-type]  # a plain name reads best

    again = await store.account("r")  # type: ignore[arg-type]  # as above
    owned = await store.account("r", "discord:1")  # type: ignore[arg-type]  # as above

    assert (again, owned != first) == (first, True)


# --- the watcher's cursor -----------------------------------------------------


async def test_a_begun_watch_is_seen_once(desk: Desk) -> None:
    subscription = await desk.watch("t1")

    first = await desk.store.watch_changes()
    second = await desk.store.watch_changes(first.cursor)

    assert [w.task_key for w in first.opened] == [subscription.task_key]
    assert second == WatchChanges(opened=(), closed=(), cursor=first.cursor)


async def test_an_ended_watch_is_named(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    start = await desk.store.watch_changes()
    await desk.ended(key)

    changes = await desk.store.watch_changes(start.cursor)

    assert (changes.opened, changes.closed) == ((), (key,))


async def test_a_task_watched_anew_is_not_among_the_ended(desk: Desk) -> None:
    subscription = await desk.watch()
    start = await desk.store.watch_changes()
    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)
    await desk.watch()

    changes = await desk.store.watch_changes(start.cursor)

    assert [w.task_key for w in changes.opened] == [subscription.task_key]
    assert changes.closed == ()


async def test_the_first_load_names_no_history(desk: Desk) -> None:
    await desk.ended((await desk.watch("t1")).task_key)
    open_key = (await desk.watch("t2")).task_key

    changes = await desk.store.watch_changes()

    assert [w.task_key for w in changes.opened] == [open_key]
    assert changes.closed == ()


async def test_watches_come_in_pages(desk: Desk) -> None:
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(3)]

    first = await desk.store.watch_changes(limit=2)
    second = await desk.store.watch_changes(first.cursor, limit=2)

    assert [w.task_key for w in first.opened + second.opened] == keys


async def test_a_watch_number_is_never_given_twice(desk: Desk) -> None:
    subscription = await desk.watch("t1")
    old = (await desk.store.watch_changes()).opened[0].watch_id
    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)
    await desk.watch("t2")

    new = (await desk.store.watch_changes()).opened[0].watch_id

    assert new > old


# --- transitions --------------------------------------------------------------


async def test_an_end_is_told_to_every_open_subscription(desk: Desk) -> None:
    key = (await desk.watch(to=CHAT)).task_key
    await desk.watch(to=ELSEWHERE)

    told = await desk.ended(key)

    assert told == 2
    assert {n.destination.chat for n in await desk.lease()} == {"100", "200"}


async def test_two_racing_observers_tell_once(desk: Desk) -> None:
    key = (await desk.watch()).task_key

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(desk.ended(key)) for _ in range(4)]

    assert sum(t.result() for t in tries) == 1
    assert len(await desk.lease()) == 1


async def test_a_terminal_state_stands(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)

    back = seen("t1", State.RUNNING, progress=5)
    await desk.store.record(
        [
            Transition(task_key=key, at=desk.now, state=State.RUNNING, snapshot=back),
            Transition(task_key=key, at=desk.now, tell=Tell.STUCK),
        ]
    )

    task = await desk.known(key)
    assert task.snapshot
    assert task.snapshot.state is State.SUCCEEDED
    assert [n.tell for n in await desk.lease()] == [Tell.ENDED]


async def test_late_fields_are_filled_after_the_end(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)

    late = seen("t1", State.SUCCEEDED, image_url="http://x/1.png")
    await desk.store.record([Transition(task_key=key, at=desk.now, snapshot=late)])

    task = await desk.known(key)
    assert task.snapshot
    assert task.snapshot.image_url == "http://x/1.png"


async def test_progress_never_runs_back(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.running(key, 10)
    await desk.moved(key, 40)
    await desk.moved(key, 30)

    task = await desk.known(key)

    assert task.snapshot
    assert task.snapshot.progress == 40


async def test_a_whole_batch_moves(desk: Desk) -> None:
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(3)]
    steps = [
        Transition(task_key=key, at=desk.now, progress=key, standing=Standing.FINE)
        for key in reversed(keys)
    ]

    await desk.store.record(steps)

    opened = (await desk.store.watch_changes()).opened
    assert [watch.progress for watch in opened] == keys


async def test_an_unchanged_task_keeps_its_version(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.running(key, 10)
    before = (await desk.known(key)).version

    await desk.running(key, 10)
    await desk.moved(key, 10)

    assert (await desk.known(key)).version == before


async def test_a_step_ends_a_verdict(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.running(key, 10)
    stuck = Transition(task_key=key, at=desk.now, standing=Standing.STUCK)
    await desk.store.record([stuck])

    await desk.moved(key, 20)

    assert (await desk.known(key)).standing is Standing.FINE


async def test_what_a_watch_knew_outlives_it(desk: Desk) -> None:
    subscription = await desk.watch()
    await desk.running(subscription.task_key, 10)
    await desk.moved(subscription.task_key, 70)
    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)

    task = await desk.known(subscription.task_key)

    assert task.snapshot
    assert (task.snapshot.progress, task.watched) == (70, False)


async def test_a_batch_is_written_whole_or_not_at_all(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    good = Transition(task_key=key, at=desk.now, state=State.RUNNING)
    # A percent that no column holds fails in the last statement of the batch.
    other = (await desk.watch("t2")).task_key
    bad = Transition(task_key=other, at=desk.now, progress=1 << 80)

    with pytest.raises((StoreError, OverflowError)):
        await desk.store.record([good, bad])

    assert (await desk.known(key)).snapshot is None


async def test_a_transition_of_a_pruned_task_is_passed_over(desk: Desk) -> None:
    lost = Transition(task_key=TaskKey(999), at=desk.now, tell=Tell.LOST)

    assert await desk.store.record([lost]) == 0
    assert await desk.store.record([]) == 0


async def test_a_look_leaves_the_end_of_a_watched_task_to_intake(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.running(key, 10)

    looked = await desk.look("t1", State.SUCCEEDED)

    assert looked.snapshot
    assert looked.snapshot.state is State.RUNNING
    assert (await desk.store.watch_changes()).opened[0].state is State.RUNNING


async def test_a_look_at_an_unwatched_task_is_kept_whole(desk: Desk) -> None:
    await desk.look("t9", State.RUNNING, prompt="a cat")
    await desk.look("t9", State.SUCCEEDED)

    (task,) = await desk.store.find_tasks(TaskId("t9"))

    assert task.snapshot
    assert (task.snapshot.state, task.snapshot.prompt) == (State.SUCCEEDED, "a cat")
    assert (task.standing, task.ended_at) == (Standing.FINE, desk.now)


async def test_the_end_of_an_ended_task_reaches_who_comes_late(desk: Desk) -> None:
    await desk.look("t1", State.SUCCEEDED)

    await desk.watch("t1")

    assert [n.tell for n in await desk.lease()] == [Tell.ENDED]
    assert (await desk.store.watch_changes()).opened == ()


async def test_watching_anew_forgets_the_verdict(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    lost = Transition(
        task_key=key,
        at=desk.now,
        standing=Standing.LOST,
        tell=Tell.LOST,
        ends_watch=True,
    )
    await desk.store.record([lost])
    (note,) = await desk.lease()
    await desk.told(note)

    await desk.watch()

    assert (await desk.store.watch_changes()).opened[0].standing is Standing.UNSEEN


# --- the outbox ---------------------------------------------------------------


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
    waiting = await _amended(desk, key, image_url="http://x/1.png")
    await desk.told(note, "m7")
    told = await _amended(desk, key, description="late")
    (amend,) = await desk.lease()
    await desk.told(amend, "m7")

    again = await _amended(desk, key, description="late")

    assert (waiting, told, again) == (0, 1, 0)
    assert await desk.lease() == []


async def test_an_amendment_asked_for_meanwhile_is_not_lost(
    desk: Desk, clock: MovedClock
) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.told(note, "m7")
    await _amended(desk, key, description="late")
    (under_way,) = await desk.lease()
    clock.move(1)
    await _amended(desk, key, image_url="http://x/1.png")

    await desk.told(under_way, "m7")

    (again,) = await desk.lease()
    assert again.task.snapshot
    assert again.task.snapshot.image_url == "http://x/1.png"


async def _amended(desk: Desk, key: TaskKey, **rest: object) -> int:
    late = seen("t1", State.SUCCEEDED, **rest)
    change = Transition(task_key=key, at=desk.now, snapshot=late, tell=Tell.AMEND)
    return await desk.store.record([change])


# --- live cards ---------------------------------------------------------------


async def test_a_card_is_stale_while_it_shows_something_old(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    fresh = await desk.stale()
    await desk.running(key, 10)
    await desk.moved(key, 40)

    (card,) = await desk.stale()
    await desk.showed(card)

    assert fresh == []
    assert card.task.snapshot
    assert (card.task.snapshot.progress, card.receipt) == (40, "c1")
    assert await desk.stale() == []


async def test_a_card_shown_as_of_before_stays_stale(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (card,) = await desk.stale()
    await desk.moved(key, 50)

    await desk.showed(card)

    assert len(await desk.stale()) == 1


async def test_the_door_may_say_what_it_has_shown(desk: Desk) -> None:
    subscription = await desk.watch()
    before = (await desk.known(subscription.task_key)).version
    await desk.running(subscription.task_key, 10)

    await desk.store.attach_card(
        subscription.id, Receipt("c1"), at=desk.now, version=before
    )

    assert len(await desk.stale()) == 1


async def test_a_card_never_sent_is_owed_after_a_moment(
    desk: Desk, clock: MovedClock
) -> None:
    await desk.watch()

    early = await desk.stale()
    clock.move(10)
    (card,) = await desk.stale()

    assert early == []
    assert (card.receipt, card.shown_at, card.sent_at) == (None, None, None)


async def test_the_card_waits_for_the_ring_then_shrinks_once(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.ended(key)
    waiting = await desk.stale()
    (note,) = await desk.lease()
    await desk.told(note)

    (card,) = await desk.stale()
    await desk.showed(card)
    await _amended(desk, key, description="late")

    assert (waiting, card.told) == ([], True)
    assert await desk.stale() == []


async def test_an_edit_overtaken_by_the_ring_shrinks_still(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (under_way,) = await desk.stale()
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.told(note)

    await desk.showed(under_way)

    (card,) = await desk.stale()
    assert card.told


async def test_a_card_that_comes_after_the_ring_shrinks(desk: Desk) -> None:
    subscription = await desk.watch()
    await desk.ended(subscription.task_key)
    (note,) = await desk.lease()
    await desk.told(note)
    none = await desk.stale()

    await desk.store.attach_card(subscription.id, Receipt("c1"), at=desk.now)

    assert (none, [c.told for c in await desk.stale()]) == ([], [True])


async def test_a_card_that_is_gone_is_not_made_again(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (card,) = await desk.stale()

    await desk.showed(card, None)
    await desk.moved(key, 50)

    assert await desk.stale() == []


async def test_a_dead_ring_leaves_one_edit_of_the_card(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.store.give_up(note.id, reason="too_large", at=desk.now)

    (card,) = await desk.stale()
    await desk.showed(card)

    assert not card.told
    assert await desk.stale() == []


async def test_cards_stale_longest_come_first_and_busy_chats_wait(
    desk: Desk, clock: MovedClock
) -> None:
    first = (await desk.watch("t1", card="c1")).task_key
    clock.move(1)
    second = (await desk.watch("t2", card="c2")).task_key
    await desk.watch("t3", to=ELSEWHERE, card="c3")
    await desk.running(second)
    await desk.running(first)

    cards = await desk.stale()

    assert [c.receipt for c in cards] == ["c1", "c2"]
    assert await desk.stale(CHAT) == []


async def test_a_chat_without_live_cards_has_none(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    settings = await desk.store.settings(CHAT)
    await desk.store.save_settings(CHAT, replace(settings, live_card=False))

    await desk.running(key)

    assert await desk.stale() == []


async def test_what_ann_sees_is_what_was_stored(desk: Desk) -> None:
    key = (await desk.watch(by=ANN)).task_key
    await desk.running(key, 10, prompt="lone \ud800 and \0", image_urls=("a", "b"))

    task = await desk.known(key)

    assert task.snapshot
    assert task.snapshot.image_urls == ("a", "b")
    assert "\ud800" not in (task.snapshot.prompt or "")
