"""What any Store promises of sealed keys, of who is let in, and of claims."""

from pathlib import Path

import pytest

from bot.domain.subscription import ChatSettings, Person, Platform, refused_fact
from bot.domain.task import RelayName, State, TaskId
from bot.errors import CredentialError
from bot.ports import Account, Store
from storage.store import SqlStore
from storage.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.desk import (
    ANN,
    CHAT,
    DISCORD,
    ELSEWHERE,
    LEASE,
    NO_LIMITS,
    THREAD,
    Desk,
)

ONE, TWO = RelayName("one"), RelayName("two")
DAN = Person(platform=Platform("telegram"), id="9", name="@dan")


async def _with_key(store: Store, relay: RelayName, owner: str, key: bytes) -> None:
    await store.save_key(await store.account(relay, owner), key)


async def test_a_key_is_found_by_its_owner_alone(store: SqlStore) -> None:
    await _with_key(store, TWO, DAN.key, b"2")
    await _with_key(store, ONE, DAN.key, b"1")
    await _with_key(store, ONE, ANN.key, b"3")
    await store.account(ONE)

    found = await store.accounts_with_key([DAN.key])

    assert [(each.relay, each.sealed) for each in found] == [(ONE, b"1"), (TWO, b"2")]
    assert {each.owner for each in found} == {DAN.key}


async def test_a_new_key_takes_the_place_of_the_old_one(store: SqlStore) -> None:
    await _with_key(store, ONE, DAN.key, b"1")
    await _with_key(store, ONE, DAN.key, b"2")

    found = await store.accounts_with_key([DAN.key])

    assert [each.sealed for each in found] == [b"2"]


async def test_a_forgotten_key_is_gone_and_its_account_stays(store: SqlStore) -> None:
    await _with_key(store, ONE, DAN.key, b"1")
    await _with_key(store, TWO, DAN.key, b"2")
    account = await store.account(ONE, DAN.key)

    gone = await store.forget_keys(DAN.key, ONE)

    assert gone == [ONE]
    assert await store.account_of(account) == Account(
        id=account, relay=ONE, owner=DAN.key
    )
    assert await store.forget_keys(DAN.key) == [TWO]
    assert await store.forget_keys(DAN.key) == []


async def test_what_is_watched_with_a_persons_keys_is_counted(desk: Desk) -> None:
    store, now = desk.store, desk.now
    await _with_key(store, ONE, ANN.key, b"1")
    await _with_key(store, TWO, ANN.key, b"2")
    for relay, owner, task in (
        (ONE, ANN.key, "t1"),
        (TWO, ANN.key, "t2"),
        (ONE, "", "t3"),
    ):
        await store.subscribe(
            await store.account(relay, owner),
            TaskId(task),
            destination=CHAT,
            person=ANN,
            limits=NO_LIMITS,
            at=now,
        )

    assert await store.watches_with_key(ANN.key) == 2
    assert await store.watches_with_key(ANN.key, TWO) == 1
    assert await store.watches_with_key(DAN.key) == 0


async def test_operators_are_remembered_by_their_newest_name(store: SqlStore) -> None:
    await store.name_operator(ANN.key, "Ann")
    await store.name_operator(DAN.key, "@dan")
    await store.name_operator(ANN.key, "Anna \u2019")

    assert await store.operator_names() == {ANN.key: "Anna \u2019", DAN.key: "@dan"}


async def test_a_sealed_key_stands_in_no_repr(store: SqlStore) -> None:
    await _with_key(store, ONE, DAN.key, b"sealed bytes")

    [account] = await store.accounts_with_key([DAN.key])

    assert "sealed" not in repr(account)


async def test_refused_keys_are_people_s_alone(store: SqlStore) -> None:
    await _with_key(store, ONE, DAN.key, b"1")
    mine = await store.account(ONE, DAN.key)
    operators = await store.account(ONE)
    await store.save_fact(refused_fact(operators), "bad_key")
    assert await store.refused_keys() == []

    await store.save_fact(refused_fact(mine), "bad_key")

    assert [each.id for each in await store.refused_keys()] == [mine]
    await store.forget_keys(DAN.key)
    assert await store.refused_keys() == []


async def test_rotation_reseals_every_key(store: SqlStore) -> None:
    old, new = Vault("old"), Vault("new")
    for relay in (ONE, TWO):
        about = Account(id=await store.account(relay), relay=relay, owner=DAN.key).about
        sealed = old.seal(f"key of {relay}", about=about)
        await _with_key(store, relay, DAN.key, sealed)

    def turn(account: Account) -> bytes:
        text = old.open(account.sealed or b"", about=account.about)
        return new.seal(text, about=account.about)

    assert await store.reseal(turn) == 2

    found = await store.accounts_with_key([DAN.key])
    keys = [new.open(each.sealed or b"", about=each.about) for each in found]
    assert keys == ["key of one", "key of two"]


async def test_a_rotation_that_fails_changes_nothing(store: SqlStore) -> None:
    await _with_key(store, ONE, DAN.key, b"1")
    await _with_key(store, TWO, DAN.key, b"2")

    def turn(account: Account) -> bytes:
        if account.relay == TWO:
            raise CredentialError("cannot be read")
        return b"new"

    with pytest.raises(CredentialError):
        await store.reseal(turn)

    found = await store.accounts_with_key([DAN.key])
    assert [each.sealed for each in found] == [b"1", b"2"]


async def test_a_chat_knows_what_it_watches_and_what_was_looked_at(desk: Desk) -> None:
    watched = (await desk.watch("t1", to=THREAD)).task_key
    looked = (await desk.look("t2", State.RUNNING)).key
    await desk.store.note_look(ANN, ELSEWHERE, looked, at=desk.now)

    assert await desk.store.known_here(watched, CHAT)
    assert not await desk.store.known_here(watched, ELSEWHERE)
    assert await desk.store.known_here(looked, ELSEWHERE)
    assert not await desk.store.known_here(looked, CHAT)


async def test_an_ended_watch_is_still_known(desk: Desk) -> None:
    subscription = await desk.watch("t1")
    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)

    assert await desk.store.known_here(subscription.task_key, CHAT)


async def test_an_operators_last_word_counts(
    store: SqlStore, clock: MovedClock
) -> None:
    await store.save_allowed("telegram:1", may=True, at=clock.now())
    await store.save_allowed("telegram:2", may=False, at=clock.now())
    await store.save_allowed("telegram:1", may=False, at=clock.now())

    assert await store.allowed() == {"telegram:1": False, "telegram:2": False}


async def test_a_claim_is_good_once(store: SqlStore) -> None:
    await store.offer_claim("digest")

    wrong = await store.claim("another", DAN.key)
    right = await store.claim("digest", DAN.key)
    again = await store.claim("digest", ANN.key)

    assert (wrong, right, again) == (False, True, False)
    assert await store.operators() == {DAN.key}


async def test_the_last_offer_counts(store: SqlStore) -> None:
    await store.offer_claim("first")
    await store.offer_claim("second")

    assert not await store.claim("first", DAN.key)
    assert await store.claim("second", DAN.key)


async def test_the_file_holds_no_plain_key(store: SqlStore, store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("looks into the file")
    account = await store.account(ONE, DAN.key)
    key = "canary-7f3a-own-relay-key"

    await store.save_key(account, Vault("s").seal(key, about="x"))

    path = Path(store_url.removeprefix("sqlite:///"))
    files = [path, *path.parent.glob(f"{path.name}-*")]
    assert all(key.encode() not in file.read_bytes() for file in files)


async def test_with_the_last_key_its_lending_ends(desk: Desk) -> None:
    store = desk.store
    await _with_key(store, ONE, DAN.key, b"1")
    await _with_key(store, TWO, DAN.key, b"2")
    lent, other = ChatSettings(key_owner=DAN.key), ChatSettings(key_owner=ANN.key)
    await store.save_settings(CHAT, lent)
    await store.save_settings(ELSEWHERE, other)

    await store.forget_keys(DAN.key, ONE)
    assert await store.settings(CHAT) == lent
    await store.forget_keys(DAN.key, TWO)

    assert await store.settings(CHAT) == ChatSettings()
    assert await store.settings(ELSEWHERE) == other


async def test_dead_letters_are_counted_but_for_those_of_closed_chats(
    desk: Desk, clock: MovedClock
) -> None:
    before = clock.now()
    for task, reason in (("t1", "poison"), ("t2", "gone"), ("t3", "invalid")):
        await desk.ended((await desk.watch(task)).task_key)
        [note] = await desk.store.lease(
            DISCORD, now=clock.now(), limit=1, lease_for=LEASE
        )
        await desk.store.give_up(note.id, reason=reason, at=clock.move(60))

    assert await desk.store.dead_letters(before) == 2
    assert await desk.store.dead_letters(clock.move(1)) == 0
