"""People's own keys in the real core: tried, kept, asked with first, never shown."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.app.keys import relay_access
from bot.commands.reply import Caller, Reply
from bot.delivery.turned_down import TurnedDown
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.subscription import Person, Platform
from bot.domain.task import RelayName, TaskId, TaskKey
from bot.domain.transition import Tell
from bot.errors import CredentialError
from bot.keyring import Keyring
from bot.present.build import Choice
from bot.watch.options import WatchOptions
from bot.watch.watcher import Watcher
from storage.store import SqlStore
from storage.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOB,
    BOSS,
    CHAT,
    Commanding,
    commanding,
    labels,
    ref,
    words,
)
from tests.fakes.messenger import FakeMessenger
from tests.fakes.relay import FakeRelay
from tests.fakes.relay.record import Seen

ONE, TWO = "1767225600000001", "1767225600000002"
R1 = RelayName("r1")
OPERATORS: Final = "an-operators-key-0000"  # the first one is the bot's
ANNS: Final = "canary-anns-own-7f3a91c2"
BOBS: Final = "canary-bobs-own-55d0e8aa"
ANN_ALONE: Final = replace(ANN, destination=ALONE, manages=True)
BOB_ALONE: Final = replace(BOB, destination=replace(ALONE, chat="2"), manages=True)


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi", keys=(OPERATORS, ANNS, BOBS)) as opened:
        yield opened


@pytest.fixture
async def desk(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay]) as opened:
        yield opened


async def keep(desk: Commanding, who: Caller, key: str) -> Reply:
    return await desk.commands.key(who, key)


def shown_keys(relay: FakeRelay, task_id: str) -> list[str]:
    """The keys that a task was asked for with, in order."""
    calls = relay.calls("fetch", task_id)
    return [call.headers["Authorization"].removeprefix("Bearer ") for call in calls]


# --- /key ------------------------------------------------------------------------


async def test_a_key_that_works_is_kept_and_never_said(desk: Commanding) -> None:
    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "works" in words(reply)
    assert ANNS not in words(reply)
    assert "not used yet" in words(await desk.commands.key(ANN_ALONE, ""))


@pytest.mark.parametrize("text", [f"r1 {ANNS}", f"{ANNS} R1", f"Bearer {ANNS}"])
async def test_a_key_may_come_with_its_relay(desk: Commanding, text: str) -> None:
    reply = await keep(desk, ANN_ALONE, text)

    assert "works" in words(reply)


async def test_a_key_that_the_relay_refuses_is_not_kept(desk: Commanding) -> None:
    reply = await keep(desk, ANN_ALONE, "canary-nobodys-key")

    assert "does not accept this key" in words(reply)
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, ""))


async def test_a_key_that_cannot_be_tried_is_not_kept(
    desk: Commanding, relay: FakeRelay
) -> None:
    await relay.stop()

    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "could not try" in words(reply)
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, ""))


@pytest.mark.parametrize(
    "text",
    ["two keys here", f"r9 {ANNS}", "r1", "ключ", "x" * 513, "forget r9", "r1 r1 x"],
)
async def test_rubbish_is_not_taken_for_a_key(
    desk: Commanding, relay: FakeRelay, text: str
) -> None:
    reply = await keep(desk, ANN_ALONE, text)

    assert "not one key" in words(reply)
    assert relay.requests == []


async def test_a_key_sent_into_a_group_is_not_used(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await keep(desk, ANN, ANNS)

    assert "in private" in words(reply)
    assert "revoke it" in words(reply)
    assert reply.private
    assert relay.requests == []


async def test_a_form_that_nobody_else_sees_is_as_good_as_private(
    desk: Commanding,
) -> None:
    reply = await desk.commands.key(ANN, ANNS, unseen=True)

    assert "works" in words(reply)
    assert reply.private


async def test_a_forgotten_key_is_used_no_more(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)

    said = words(await desk.commands.key(ANN_ALONE, "forget"))

    assert "Erased" in said
    assert "does not know" in words(await desk.commands.status(ANN_ALONE, ONE))
    assert shown_keys(relay, ONE) == [OPERATORS]
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, "forget"))


async def test_the_last_use_is_told(
    desk: Commanding, clock: MovedClock, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.status(ANN_ALONE, ONE)

    clock.move(7_200)

    assert "last used 2 h ago" in words(await desk.commands.key(ANN_ALONE, ""))


async def test_keys_cannot_be_guessed_without_end(
    desk: Commanding, relay: FakeRelay
) -> None:
    for number in range(20):
        await keep(desk, ANN_ALONE, f"guess-{number}")

    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "20 looks in a minute" in words(reply)


# --- looking and watching -----------------------------------------------------------


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


# --- a chat that uses somebody's key ---------------------------------------------------


async def test_a_chat_may_use_the_key_of_one_who_lends_it(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", owner=ANNS)
    boss = replace(ANN, manages=True)
    await keep(desk, ANN_ALONE, ANNS)

    settings = await desk.commands.settings(boss)
    lent = await desk.commands.press(boss, ref(settings, "Use my key here"))

    assert "yours" in words(lent)
    assert "40%" in words(await desk.commands.status(BOB, ONE))
    assert "a member's" in words(await desk.commands.settings(BOSS))


async def test_who_manages_the_chat_may_end_that(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    settings = await desk.commands.settings(replace(ANN, manages=True))
    await desk.commands.press(
        replace(ANN, manages=True), ref(settings, "Use my key here")
    )

    after = await desk.commands.settings(BOSS)
    await desk.commands.press(BOSS, ref(after, "Stop using that key"))

    assert "does not know" in words(await desk.commands.status(BOB, ONE))


async def test_nobody_lends_what_they_do_not_have(desk: Commanding) -> None:
    await keep(desk, ANN_ALONE, ANNS)

    settings = await desk.commands.settings(BOSS)
    forged = ButtonRef(
        verb=Verb.SETTING, task_key=TaskKey(0), position=int(Choice.KEY_ON)
    )
    answer = await desk.commands.press(BOSS, str(forged))

    assert "Use my key here" not in labels(settings)
    assert "no key of yours" in words(answer)


async def test_its_owner_takes_a_lent_key_back_by_forgetting_it(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    boss = replace(ANN, manages=True)
    await keep(desk, ANN_ALONE, ANNS)
    settings = await desk.commands.settings(boss)
    await desk.commands.press(boss, ref(settings, "Use my key here"))

    await desk.commands.key(ANN_ALONE, "forget")
    await keep(desk, ANN_ALONE, ANNS)

    assert "does not know" in words(await desk.commands.status(BOB, ONE))


# --- the watcher ------------------------------------------------------------------


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


# --- keys that are pasted -----------------------------------------------------------


@pytest.mark.parametrize("name", ["status", "watch", "seed"])
async def test_a_pasted_call_is_its_id_and_the_key_in_it_is_out(
    desk: Commanding, relay: FakeRelay, name: str
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    call = f"curl {relay.url}/mj/task/{ONE}/fetch -H 'Authorization: Bearer sk-{BOBS}'"

    reply = await getattr(desk.commands, name)(ANN, call)

    assert BOBS not in words(reply)
    assert BOBS not in str([seen.headers for seen in relay.requests])
    assert "revoke it" in words(reply)


async def test_a_key_in_an_ids_place_is_not_asked_for(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await desk.commands.watch(ANN, f"sk-{BOBS}")

    assert "revoke it" in words(reply)
    assert relay.requests == []
