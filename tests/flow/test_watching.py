"""The watcher: ends told once, what a relay forgets, what it costs."""

from itertools import pairwise

import pytest

from bot.app.options import watch_options
from bot.domain.subscription import Standing
from bot.domain.task import State
from bot.domain.transition import Tell
from bot.settings import load_settings
from tests.fakes.relay import FakeRelay
from tests.fakes.watching import IDS, INTERVAL, OPTIONS, Line, still_watched, watching


async def test_an_end_is_told_once_and_the_watch_is_over(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    assert await line.tells() == []

    held_relay.becomes(IDS[0], status="SUCCESS")
    await line.turns(3 * INTERVAL)

    assert await line.tells() == [Tell.ENDED]
    task = await line.desk.known(key)
    assert (task.watched, task.snapshot and task.snapshot.state) == (
        False,
        State.SUCCEEDED,
    )
    asked = len(held_relay.requests)
    await line.turns(3 * INTERVAL)
    assert not any(IDS[0] in seen.ids for seen in held_relay.requests[asked:])


async def test_progress_reaches_memory_and_rings_the_dispatchers(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="IN_PROGRESS", progress="60%")
    await line.rung.wait(0)
    await line.turns(INTERVAL)
    snapshot = (await line.desk.known(key)).snapshot
    assert snapshot is not None
    assert snapshot.progress == 60
    assert await line.rung.wait(0)


async def test_a_task_first_seen_queued_is_known_by_its_prompt(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    held_relay.becomes(IDS[0], status="SUBMITTED", progress="0%", prompt="a boat")
    await line.turns(INTERVAL)

    task = await line.desk.known(key)
    assert task.standing is Standing.FINE
    assert task.snapshot is not None
    assert task.snapshot.prompt == "a boat"


@pytest.mark.parametrize("count", [1, 2, 3, 100, 101, 250])
async def test_tasks_cost_one_request_for_each_batch(
    line: Line, held_relay: FakeRelay, count: int
) -> None:
    await watching(line, held_relay, [f"t{n}" for n in range(count)])
    await line.turns(2 * INTERVAL)
    before = len(held_relay.requests)
    looks = await line.turns(4 * INTERVAL, step=0.25)
    requests = len(held_relay.requests) - before
    one_each = count if count < 3 else -(-count // OPTIONS.batch_size)
    assert looks >= 3 * count
    assert requests <= 5 * one_each  # four intervals, and a half at either end


@pytest.mark.parametrize("seconds", [1.0, 3.0, 8.0])
async def test_a_running_task_is_looked_at_as_often_as_is_set(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setenv("POLL_SECONDS", str(seconds))
    monkeypatch.setenv("RELAY_URL", held_relay.url)
    held_relay.now = line.clock.monotonic
    line.started(watch_options(load_settings(require="relays")))
    await watching(line, held_relay, IDS[:1])

    await line.turns(10 * seconds, step=0.25)

    looks = [seen.at for seen in held_relay.calls("fetch")]
    gaps = [later - sooner for sooner, later in pairwise(looks[1:])]
    assert len(gaps) >= 7
    assert {*gaps} <= {seconds, seconds + 0.25}


async def test_a_slim_end_is_fetched_in_full_before_it_is_told(
    line: Line, held_relay: FakeRelay
) -> None:
    held_relay.listing = "slim"
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    assert not [seen for seen in held_relay.requests if seen.route == "fetch"]

    held_relay.becomes(IDS[1], status="SUCCESS")
    await line.turns(INTERVAL)

    (note,) = await line.told()
    assert note.task.snapshot is not None
    assert note.task.snapshot.buttons
    assert [s.ids for s in held_relay.requests if s.route == "fetch"] == [(IDS[1],)]


async def test_a_slim_end_whose_fetch_fails_is_tried_again_and_told_in_the_end(
    line: Line, held_relay: FakeRelay
) -> None:
    held_relay.listing = "slim"
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[1], status="SUCCESS")
    held_relay.fault(http=400, body={"oops": 1}, route="fetch", times=None)

    await line.turns(2 * INTERVAL)
    assert await line.tells() == []  # not yet: it may still be had in full

    await line.turns(3 * INTERVAL)
    (note,) = await line.told()
    assert note.task.snapshot is not None
    assert not note.task.snapshot.buttons

    held_relay.clear()
    await line.turns(5 * INTERVAL)
    assert await line.tells() == [Tell.AMEND]


async def test_of_two_objects_with_one_id_the_more_advanced_counts(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    held_relay.list_extra = [{"id": IDS[0], "status": "SUCCESS", "progress": "100%"}]
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.ENDED]
    assert (await line.desk.known(key)).standing is Standing.FINE


async def test_one_odd_answer_declares_nothing_lost(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    forgotten = held_relay.tasks.pop(IDS[0])
    await line.turns(INTERVAL)
    held_relay.tasks[IDS[0]] = forgotten
    await line.turns(OPTIONS.lost_seconds + 10 * INTERVAL)
    assert await line.tells() == []


async def test_misses_and_grace_both_pass_before_a_task_is_lost(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.forget(IDS[0])
    await line.turns(OPTIONS.lost_seconds - INTERVAL)
    assert await line.tells() == []

    await line.turns(3 * INTERVAL)
    assert await line.tells() == [Tell.LOST]
    task = await line.desk.known(key)
    assert (task.standing, task.watched) == (Standing.LOST, False)


async def test_a_task_the_list_hides_but_the_fetch_knows_is_not_lost(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    held_relay.fault(http=200, body=[], route="list", times=None)
    await line.turns(OPTIONS.lost_seconds + 10 * INTERVAL)
    assert await line.tells() == []

    held_relay.becomes(IDS[2], status="SUCCESS")
    await line.turns(OPTIONS.lost_seconds + 10 * INTERVAL)
    assert await line.tells() == [Tell.ENDED]


async def test_lost_needs_the_word_of_the_single_fetch(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    held_relay.forget(IDS[0])
    broken = held_relay.fault(http=400, body={"oops": 1}, route="fetch", times=None)
    await line.turns(OPTIONS.lost_seconds + 10 * INTERVAL)
    assert await line.tells() == []
    broken.lift()
    await line.turns(3 * INTERVAL)
    assert await line.tells() == [Tell.LOST]


async def test_a_missing_path_is_no_missingid_of(
    line: Line, held_relay: FakeRelay
) -> None:
    keys = await watching(line, held_relay)
    await line.turns(INTERVAL)
    page = "<html>404 page not found</html>"
    headers = {"Content-Type": "text/html"}
    held_relay.fault(http=404, body=page, headers=headers, times=None)
    await line.turns(OPTIONS.lost_seconds * 5)
    assert await line.tells() == []
    assert await still_watched(line, keys)


async def test_without_a_list_endpoint_tasks_are_fetched_singly(
    line: Line, held_relay: FakeRelay
) -> None:
    held_relay.listing = "404"
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[3], status="SUCCESS")
    await line.turns(2 * INTERVAL)
    assert await line.tells() == [Tell.ENDED]
    assert len([seen for seen in held_relay.requests if seen.route == "list"]) == 1


async def test_first_sight_of_a_task_not_begun_is_sight(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay, status="NOT_START", progress="0%")
    assert (await line.desk.known(key)).standing is Standing.UNSEEN
    await line.turns(INTERVAL)
    assert (await line.desk.known(key)).standing is Standing.FINE
