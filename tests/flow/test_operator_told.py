"""The operator's chat hears how many messages could not be delivered."""

import pytest

from bot.delivery.undelivered import Undelivered
from bot.domain.subscription import Destination
from bot.readers import Readers
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.desk import DISCORD, LEASE, Desk
from tests.fakes.messenger import FakeMessenger

OPERATORS = Destination(platform=DISCORD, chat="900")


@pytest.fixture
def messenger(clock: MovedClock) -> FakeMessenger:
    return FakeMessenger(clock)


@pytest.fixture
def notice(messenger: FakeMessenger, store: SqlStore, clock: MovedClock) -> Undelivered:
    readers = Readers(
        store=store, clock=clock, default_language="en", relays_shown=False
    )
    return Undelivered(
        messenger=messenger, to=OPERATORS, store=store, readers=readers, clock=clock
    )


async def lose(desk: Desk, task_id: str, reason: str = "defect") -> None:
    """Let the end of a task become a dead letter."""
    await desk.ended((await desk.watch(task_id)).task_key)
    for note in await desk.store.lease(
        DISCORD, now=desk.now, limit=10, lease_for=LEASE
    ):
        await desk.store.give_up(note.id, reason=reason, at=desk.now)


async def test_dead_letters_are_counted_in_one_line_that_is_edited(
    desk: Desk, notice: Undelivered, messenger: FakeMessenger
) -> None:
    assert await notice.turn() == 0
    await lose(desk, "t1")
    assert await notice.turn() == 1
    await lose(desk, "t2")
    assert await notice.turn() == 1
    assert await notice.turn() == 0

    [line] = messenger.sent
    assert "2 messages could not be delivered" in line.words
    assert not line.loud


async def test_a_chat_that_is_gone_is_no_dead_letter(
    desk: Desk, notice: Undelivered, messenger: FakeMessenger
) -> None:
    await notice.turn()
    await lose(desk, "t1", "gone")

    assert await notice.turn() == 0


async def test_the_next_day_has_a_line_of_its_own(
    desk: Desk, notice: Undelivered, messenger: FakeMessenger, clock: MovedClock
) -> None:
    await notice.turn()
    await lose(desk, "t1")
    await notice.turn()
    clock.move(90_000)
    await notice.turn()
    await lose(desk, "t2")

    await notice.turn()

    assert [line.words for line in messenger.sent] == [messenger.sent[0].words] * 2
