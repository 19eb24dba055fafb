"""The watcher asks with each person's own key, and says when one is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.app.keys import relay_access
from bot.delivery.turned_down import TurnedDown
from bot.domain.subscription import Person, Platform
from bot.domain.transition import Tell
from bot.errors import CredentialError
from bot.keyring import Keyring
from bot.watch.options import WatchOptions
from bot.watch.watcher import Watcher
from storage.store import SqlStore
from storage.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ALONE, ANN, BOB, Commanding, words
from tests.fakes.relay import FakeRelay
from tests.fakes.relay.record import Seen
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

BOB_ALONE: Final = replace(BOB, destination=replace(ALONE, chat="2"), manages=True)


async def test_two_peoples_accounts_are_polled_as_two_batches(
    desk: Commanding, relay: FakeRelay, store: SqlStore, clock: MovedClock
) -> None:
    await keep(desk, ANN_ALONE, ANNS)
    await keep(desk, BOB_ALONE, BOBS)
    for who, key, first in ((ANN, ANNS, 1), (BOB, BOBS, 4)):
        for number in range(first, first + 3):
            task = f"176722560000000{number}"
            relay.task(task, status="IN_PROGRESS", owner=key, hold=True)
            await desk.commands.watch(who, task)
    watcher = await watching(desk, clock)

    await watcher.turn()

    asked = {call.headers["Authorization"]: set(call.ids) for call in lists(relay)}
    assert asked == {
        f"Bearer {ANNS}": {f"176722560000000{n}" for n in (1, 2, 3)},
        f"Bearer {BOBS}": {f"176722560000000{n}" for n in (4, 5, 6)},
    }


async def test_a_key_is_opened_anew_for_each_asking(
    desk: Commanding, store: SqlStore
) -> None:
    await keep(desk, ANN_ALONE, ANNS)
    account = await store.account(R1, ANN.person.key)
    access = await relay_access(desk.core.relays, store, desk.core.keyring)

    first = await access(account)
    await keep(desk, ANN_ALONE, BOBS)
    second = await access(account)

    assert first is not None
    assert second is not None
    assert (first.key, second.key) == (ANNS, BOBS)
    assert ANNS not in repr(first)


async def test_after_forgetting_the_operators_key_is_asked_on(
    desk: Commanding, store: SqlStore
) -> None:
    await keep(desk, ANN_ALONE, ANNS)
    account = await store.account(R1, ANN.person.key)
    await desk.commands.key(ANN_ALONE, "forget")

    access = await relay_access(desk.core.relays, store, desk.core.keyring)
    found = await access(account)

    assert found is not None
    assert found.key is None


async def test_who_forgets_a_key_reads_what_becomes_of_its_watches(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS, hold=True)
    relay.task(TWO, status="SUCCESS", owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.watch(ANN, ONE)
    await desk.commands.watch(ANN, TWO)

    said = words(await desk.commands.key(ANN_ALONE, "forget"))

    assert "1 task that it watched is asked for with my own key" in said


async def test_what_the_operators_key_does_not_see_is_told_after_forgetting(
    desk: Commanding, relay: FakeRelay, store: SqlStore, clock: MovedClock
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS, hold=True)
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.watch(ANN, ONE)
    await desk.commands.key(ANN_ALONE, "forget")
    watcher = await watching(desk, clock)

    for _ in range(40):
        await watcher.turn()
        clock.move(30)

    notes = await store.lease(
        ANN.person.platform, now=clock.now(), limit=9, lease_for=timedelta(seconds=9)
    )
    assert [note.tell for note in notes] == [Tell.LOST]
    assert set(shown_keys(relay, ONE)) == {ANNS, OPERATORS}


async def test_a_key_of_another_secret_is_refused_and_its_owner_told(
    desk: Commanding, store: SqlStore, clock: MovedClock, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS, hold=True)
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.watch(ANN, ONE)
    other = Keyring(store=store, vault=Vault("another secret"), clock=clock)
    account = await store.account(R1, ANN.person.key)

    watcher = await watching(desk, clock, keyring=other)
    await watcher.turn()

    assert [each.id for each in await store.refused_keys()] == [account]
    with pytest.raises(CredentialError):
        await other.key_of(account)


async def test_nobody_is_told_on_a_platform_that_is_closed(
    desk: Commanding, relay: FakeRelay, store: SqlStore
) -> None:
    away = replace(
        ANN_ALONE, person=Person(platform=Platform("elsewhere"), id="5", name="Eve")
    )
    await keep(desk, away, ANNS)
    relay.keys.discard(ANNS)
    await desk.commands.status(away, ONE)
    notices = TurnedDown(messengers={}, store=store, readers=desk.core.readers)

    assert await notices.turn() == 0


async def watching(
    desk: Commanding, clock: MovedClock, *, keyring: Keyring | None = None
) -> Watcher:
    """Open a watcher behind the commands."""
    access = await relay_access(
        desk.core.relays, desk.store, keyring or desk.core.keyring
    )
    return Watcher(
        store=desk.store,
        intake=desk.core.intake,
        access=access,
        clock=clock,
        bell=desk.core.watch_bell,
        options=WatchOptions(),
    )


def lists(relay: FakeRelay) -> list[Seen]:
    return relay.calls("list")
