"""What any Store promises of watches and transitions."""

import asyncio

import pytest

from bot.domain.subscription import Standing
from bot.domain.task import State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition
from bot.errors import StoreError
from bot.ports import WatchChanges
from storage.engine import open_store
from storage.store import SqlStore
from tests.contract.conftest import ENGINES, POSTGRES_WANTED
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, CHAT, ELSEWHERE, Desk, seen


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


async def test_a_server_without_the_database_says_so_in_words(
    store_url: str, clock: MovedClock
) -> None:
    elsewhere = store_url.replace("/postgres?", "/nowhere?")
    if elsewhere == store_url:
        return  # SQLite makes what is not there

    with pytest.raises(StoreError, match="there is no database of this name"):
        async with open_store(elsewhere, clock=clock):
            pass


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


async def test_what_ann_sees_is_what_was_stored(desk: Desk) -> None:
    key = (await desk.watch(by=ANN)).task_key
    await desk.running(key, 10, prompt="lone \ud800 and \0", image_urls=("a", "b"))

    task = await desk.known(key)

    assert task.snapshot
    assert task.snapshot.image_urls == ("a", "b")
    assert "\ud800" not in (task.snapshot.prompt or "")
