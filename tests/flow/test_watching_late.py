"""The watcher: what an end lacked comes late and amends the ring."""

import pytest

from bot.domain.task import State
from bot.domain.transition import Tell
from bot.intake import Intake
from tests.fakes.relay import FakeRelay
from tests.fakes.watching import BUTTONS, IDS, INTERVAL, RELAY, Line, id_of, watching


async def test_late_buttons_and_picture_amend_the_ring(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS", buttons=None, imageUrl="")
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.ENDED]

    held_relay.becomes(IDS[0], status="SUCCESS", buttons=BUTTONS)
    await line.turns(3 * INTERVAL)
    (note,) = await line.told()
    assert (note.tell, note.message) == (Tell.AMEND, "m1")
    assert note.task.snapshot is not None
    assert note.task.snapshot.buttons
    assert note.task.snapshot.image_url
    assert not (await line.desk.known(key)).watched


async def test_what_stays_missing_is_asked_for_twice_more_and_no_longer(
    line: Line, held_relay: FakeRelay
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS", buttons=None)
    await line.turns(INTERVAL)
    assert (await line.desk.known(key)).watched
    await line.turns(40)
    assert not (await line.desk.known(key)).watched
    assert await line.tells() == [Tell.ENDED]


@pytest.mark.parametrize("after", ["IN_PROGRESS", None])
async def test_an_end_that_flickers_stays_and_is_not_asked_for_for_ever(
    line: Line, held_relay: FakeRelay, after: str | None
) -> None:
    (key, *_) = await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS", buttons=None)
    await line.turns(INTERVAL)
    if after:
        held_relay.becomes(IDS[0], status=after, progress="50%")
    else:
        held_relay.forget(IDS[0])
    await line.turns(40)
    task = await line.desk.known(key)
    assert task.snapshot is not None
    assert (task.snapshot.state, task.watched) == (State.SUCCEEDED, False)
    assert await line.tells() == [Tell.ENDED]


async def test_a_restart_between_the_end_and_its_buttons_still_amends(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS", buttons=None)
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.ENDED]

    held_relay.becomes(IDS[0], status="SUCCESS", buttons=BUTTONS)
    line.started()
    await line.turns(INTERVAL)
    assert await line.tells() == [Tell.AMEND]


async def test_a_persons_look_amends_what_rang_without_buttons(
    line: Line, held_relay: FakeRelay
) -> None:
    await watching(line, held_relay)
    await line.turns(INTERVAL)
    held_relay.becomes(IDS[0], status="SUCCESS", buttons=None)
    await line.turns(INTERVAL)
    await line.told()

    held_relay.becomes(IDS[0], status="SUCCESS", buttons=BUTTONS)
    look = await line.clients[RELAY].fetch_many([*map(id_of, IDS)])
    account = await line.desk.store.account(RELAY)
    fresh = look.snapshot(id_of(IDS[0]))  # type: ignore[union-attr]  # it answers
    intake = Intake(store=line.desk.store)
    await intake.looked(account, fresh, at=line.clock.now())
    assert await line.tells() == [Tell.AMEND]
