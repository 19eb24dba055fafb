"""What any Store promises: who waits for an unseen task may wait on another account."""

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, RelayName, State, TaskId, TaskKey
from bot.ports import Joined
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE, NO_LIMITS, Desk, seen


async def other(desk: Desk) -> AccountId:
    return await desk.store.account(RelayName("other"))


async def known_to_the_other(desk: Desk, state: State) -> TaskKey:
    fresh = seen("t1", state)
    return (await desk.store.remember(await other(desk), fresh, desk.now)).key


async def test_a_watch_goes_on_where_its_task_is_known(desk: Desk) -> None:
    mine = await desk.watch(card="c1")
    await desk.watch(to=ELSEWHERE, by=BOB)
    before = await desk.store.watch_changes()

    await desk.store.move_task(mine.task_key, await other(desk))

    changes = await desk.store.watch_changes(before.cursor)
    [row] = changes.opened
    assert row.account == await other(desk)
    assert (row.task_id, row.standing) == ("t1", Standing.UNSEEN)
    assert changes.closed == (mine.task_key,)
    [here], _ = await desk.store.running(CHAT, limit=9)
    assert (here.subscription.id, here.task.relay) == (mine.id, "other")
    assert here.subscription.card == "c1"
    [there], _ = await desk.store.running(ELSEWHERE, limit=9)
    assert there.task.key == here.task.key


async def test_its_end_is_told_to_all_who_waited(desk: Desk) -> None:
    mine = await desk.watch()
    await desk.watch(to=ELSEWHERE, by=BOB)
    await desk.store.move_task(mine.task_key, await other(desk))
    [here], _ = await desk.store.running(CHAT, limit=9)

    await desk.ended(here.task.key)

    assert {note.destination.chat for note in await desk.lease()} == {"100", "200"}


async def test_an_end_that_is_known_already_is_told_at_once(desk: Desk) -> None:
    mine = await desk.watch()
    key = await known_to_the_other(desk, State.SUCCEEDED)

    await desk.store.move_task(mine.task_key, await other(desk))

    [note] = await desk.lease()
    assert (note.task.key, note.subscription) == (key, mine.id)


async def test_who_waits_for_both_waits_once(desk: Desk) -> None:
    mine = await desk.watch(by=ANN)
    joined = await desk.store.subscribe(
        await other(desk),
        TaskId("t1"),
        destination=CHAT,
        person=BOB,
        limits=NO_LIMITS,
        at=desk.now,
    )
    assert isinstance(joined, Joined)

    await desk.store.move_task(mine.task_key, await other(desk))

    [here], count = await desk.store.running(CHAT, limit=9)
    assert (here.subscription.id, count) == (joined.subscription.id, 1)
    assert {person.id for person in here.subscription.askers} == {ANN.id, BOB.id}


async def test_what_was_seen_stays_where_it_is(desk: Desk) -> None:
    mine = await desk.watch()
    await desk.running(mine.task_key, progress=10)

    await desk.store.move_task(mine.task_key, await other(desk))

    [here], _ = await desk.store.running(CHAT, limit=9)
    assert here.task.key == mine.task_key


async def test_what_nobody_waits_for_is_not_moved(desk: Desk) -> None:
    mine = await desk.watch()
    await desk.store.unsubscribe(mine.id, person=None, at=desk.now)

    await desk.store.move_task(mine.task_key, await other(desk))

    [task] = await desk.store.find_tasks(TaskId("t1"))
    assert task.key == mine.task_key
