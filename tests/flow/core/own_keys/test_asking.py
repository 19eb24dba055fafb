"""People's own keys: asked with first, and nobody else's task is shown by them."""

import pytest

from bot.delivery.turned_down import TurnedDown
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.task import TaskId, TaskKey
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOB, CHAT, Commanding, ref, words
from tests.fakes.messenger import FakeMessenger
from tests.fakes.relay import FakeRelay
from tests.flow.core.own_keys.conftest import (
    ANN_ALONE,
    ANNS,
    BOBS,
    ONE,
    OPERATORS,
    R1,
    TWO,
    keep,
    shown_keys,
)


async def test_an_unknown_id_offers_the_way_to_ones_own_key(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)

    unknown = await desk.commands.status(ANN, ONE)
    hint = await desk.commands.press(ANN, ref(unknown, "Use my own key"))

    assert "/key" in words(hint)
    assert words(unknown) == words(await desk.commands.status(ANN, TWO)).replace(
        TWO, ONE
    )


async def test_the_own_account_is_asked_first(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert shown_keys(relay, ONE) == [ANNS]


async def test_then_the_operators(desk: Commanding, relay: FakeRelay) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", owner=OPERATORS)
    await keep(desk, ANN_ALONE, ANNS)

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert shown_keys(relay, ONE) == [ANNS, OPERATORS]


async def test_several_ids_are_found_on_both_accounts(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="41%", owner=ANNS)
    relay.task(TWO, status="IN_PROGRESS", progress="42%", owner=OPERATORS)
    await keep(desk, ANN_ALONE, ANNS)

    reply = await desk.commands.status(ANN, f"{ONE} {TWO}")

    assert "41%" in words(reply)
    assert "42%" in words(reply)


async def test_a_task_of_one_account_is_not_that_of_another(
    desk: Commanding, relay: FakeRelay, store: SqlStore
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    await keep(desk, ANN_ALONE, ANNS)

    await desk.commands.status(ANN, ONE)
    await desk.commands.status(BOB, ONE)

    accounts = {task.account for task in await store.find_tasks(TaskId(ONE))}
    assert len(accounts) == 2


async def test_an_unseen_task_is_watched_with_the_own_account(
    desk: Commanding, store: SqlStore
) -> None:
    await keep(desk, ANN_ALONE, ANNS)

    await desk.commands.watch(ANN, ONE)

    [task] = await store.find_tasks(TaskId(ONE))
    assert task.account == await store.account(R1, ANN.person.key)


async def test_a_seed_is_asked_for_with_the_account_of_the_task(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS", owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)

    await desk.commands.seed(ANN, ONE)

    [call] = relay.calls("seed", ONE)
    assert call.headers["Authorization"] == f"Bearer {ANNS}"


async def test_another_in_the_chat_may_refresh_what_was_shown_there(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", owner=ANNS, hold=True)
    await keep(desk, ANN_ALONE, ANNS)
    card = await desk.commands.status(ANN, ONE)
    relay.becomes(ONE, status="IN_PROGRESS", progress="60%")

    again = await desk.commands.press(BOB, ref(card, "Refresh"))

    assert "60%" in words(again)


@pytest.mark.parametrize("verb", [Verb.OPEN, Verb.REFRESH, Verb.DETAILS, Verb.SEED])
async def test_a_forged_press_shows_nothing_of_another_persons_task(
    desk: Commanding, relay: FakeRelay, store: SqlStore, verb: Verb
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS, prompt="a very private cat")
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.status(ANN_ALONE, ONE)
    [task] = await store.find_tasks(TaskId(ONE))

    forged = ButtonRef(verb=verb, task_key=task.key, check=check_of(ONE))
    missing = ButtonRef(verb=verb, task_key=TaskKey(999), check=check_of(ONE))

    answer = await desk.commands.press(BOB, str(forged))
    assert words(answer) == words(await desk.commands.press(BOB, str(missing)))
    assert "cat" not in words(answer)


async def test_a_refused_own_key_is_said_and_its_owner_told_once(
    desk: Commanding, relay: FakeRelay, store: SqlStore, clock: MovedClock
) -> None:
    relay.task(ONE, owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    relay.keys.discard(ANNS)
    messenger = FakeMessenger(clock, platform=CHAT)
    notices = TurnedDown(
        messengers={CHAT: messenger}, store=store, readers=desk.core.readers
    )

    reply = await desk.commands.status(ANN, ONE)
    await notices.turn()
    await notices.turn()

    assert "own key" in words(reply)
    assert [person.key for person, _ in messenger.personal] == [ANN.person.key]
    assert "/key" in messenger.personal[0][1].title
    assert "refused now" in words(await desk.commands.key(ANN_ALONE, ""))


async def test_a_new_key_ends_the_trouble_with_the_old_one(
    desk: Commanding, relay: FakeRelay, store: SqlStore
) -> None:
    await keep(desk, ANN_ALONE, ANNS)
    relay.keys.discard(ANNS)
    await desk.commands.status(ANN, ONE)

    await keep(desk, ANN_ALONE, BOBS)

    assert await store.refused_keys() == []


async def test_where_the_own_key_is_let_in_the_operators_trouble_is_not_told(
    desk: Commanding, relay: FakeRelay
) -> None:
    await keep(desk, ANN_ALONE, ANNS)
    relay.keys.discard(OPERATORS)

    reply = await desk.commands.status(ANN, ONE)

    assert "does not know" in words(reply)
