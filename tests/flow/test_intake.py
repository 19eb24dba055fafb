"""A person's look goes through the same door as the watcher's."""

from datetime import datetime
from typing import Final

import pytest

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, Button, RelayName, Snapshot, State
from bot.domain.transition import Tell, Transition
from bot.doorbell import Doorbell
from bot.intake import Intake
from tests.fakes.desk import Desk, seen

BUTTONS: Final = (Button(custom_id="MJ::1", label="U1"),)
PICTURE: Final = "https://x/1.png"


@pytest.fixture
def bell() -> Doorbell:
    return Doorbell()


@pytest.fixture
def intake(desk: Desk, bell: Doorbell) -> Intake:
    return Intake(store=desk.store, bells=[bell])


async def looked(intake: Intake, desk: Desk, fresh: Snapshot) -> Snapshot:
    """Take in a look; what the person is then shown."""
    account = await desk.store.account(RelayName("relay"))
    task = await intake.looked(account, fresh, at=desk.now)
    assert task.snapshot is not None
    return task.snapshot


def done(**fields: object) -> Snapshot:
    return seen(
        "t1", State.SUCCEEDED, **{"buttons": BUTTONS, "image_url": PICTURE, **fields}
    )


async def tells(desk: Desk) -> list[Tell]:
    notes = await desk.lease()
    for note in notes:
        await desk.told(note)
    return [note.tell for note in notes]


async def test_a_look_at_what_nobody_watches_is_kept_and_tells_nobody(
    intake: Intake, desk: Desk, bell: Doorbell
) -> None:
    await looked(intake, desk, done())
    assert await tells(desk) == []
    assert not await bell.wait(0)


async def test_a_watched_task_found_finished_is_told_at_once(
    intake: Intake, desk: Desk, bell: Doorbell
) -> None:
    watched = await desk.watch()
    shown = await looked(intake, desk, done())
    assert shown.state is State.SUCCEEDED
    assert await bell.wait(0)
    assert await tells(desk) == [Tell.ENDED]
    assert (await desk.known(watched.task_key)).standing is Standing.FINE
    await looked(intake, desk, done())
    assert await tells(desk) == []


async def test_a_slim_end_is_shown_and_left_to_the_watcher_to_tell(
    intake: Intake, desk: Desk
) -> None:
    watched = await desk.watch()
    await desk.running(watched.task_key, 40)
    shown = await looked(intake, desk, done(slim=True, buttons=()))
    assert shown.state is State.SUCCEEDED
    assert await tells(desk) == []
    known = (await desk.known(watched.task_key)).snapshot
    assert known is not None
    assert known.state is State.RUNNING


async def test_progress_found_by_a_look_is_kept(intake: Intake, desk: Desk) -> None:
    watched = await desk.watch()
    await desk.running(watched.task_key, 40)
    await looked(intake, desk, seen("t1", progress=60))
    await looked(intake, desk, seen("t1", progress=50))
    known = (await desk.known(watched.task_key)).snapshot
    assert known is not None
    assert known.progress == 60
    assert await tells(desk) == []


@pytest.mark.parametrize(
    ("standing", "after"),
    [
        (Standing.UNSEEN, Standing.FINE),
        (Standing.SILENT, Standing.FINE),
        (Standing.STUCK, Standing.STUCK),
    ],
)
async def test_a_look_refutes_that_a_task_is_unseen_not_that_it_is_stuck(
    intake: Intake, desk: Desk, standing: Standing, after: Standing
) -> None:
    watched = await desk.watch()
    await looked(intake, desk, seen("t1", progress=60))
    mark = Transition(task_key=watched.task_key, at=desk.now, standing=standing)
    await desk.store.record([mark])
    await looked(intake, desk, seen("t1", progress=60))
    assert (await desk.known(watched.task_key)).standing is after


@pytest.mark.parametrize("found", [True, False])
async def test_what_a_look_finds_late_amends_what_rang_without_it(
    intake: Intake, desk: Desk, *, found: bool
) -> None:
    watched = await desk.watch()
    end = Transition(
        task_key=watched.task_key,
        at=desk.now,
        state=State.SUCCEEDED,
        snapshot=done(buttons=()),
        tell=Tell.ENDED,
    )  # and the watch goes on a little
    await desk.store.record([end])
    assert await tells(desk) == [Tell.ENDED]
    shown = await looked(intake, desk, done() if found else done(buttons=()))
    assert bool(shown.buttons) is found
    assert await tells(desk) == ([Tell.AMEND] if found else [])


async def test_nothing_new_is_no_transaction(bell: Doorbell, desk: Desk) -> None:
    intake = Intake(store=desk.store, bells=[bell])
    assert await intake.take([]) == 0
    assert not await bell.wait(0)


async def test_other_accounts_tasks_of_the_same_name_are_others(
    intake: Intake, desk: Desk
) -> None:
    await desk.watch()
    other: AccountId = await desk.store.account(RelayName("elsewhere"))
    at: datetime = desk.now
    await intake.looked(other, done(), at=at)
    assert await tells(desk) == []
