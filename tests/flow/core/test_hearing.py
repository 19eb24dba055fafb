"""Ids that come by themselves, asked of the real core with a relay on loopback."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.access import HEARD_A_MINUTE, AccessOptions
from bot.commands.commands import Commands
from bot.commands.reply import Caller
from bot.domain.subscription import ChatSettings, Receipt, Subscription
from bot.errors import StoreError
from bot.ports import Limits
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOB, GROUP, Commanding, commanding, words
from tests.fakes.relay import FakeRelay

ONE, TWO = "1767225600000001", "1767225600000002"
HOOK = replace(ANN, person=replace(ANN.person, id="9", name="builds"), program=True)


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        for each in (ONE, TWO):
            opened.task(each, status="IN_PROGRESS", progress="40%", hold=True)
        yield opened


@pytest.fixture
async def ears(desk: Commanding) -> Commands:
    """The commands where chats may be listened to, and this one is."""
    await desk.store.save_settings(GROUP, ChatSettings(listening=True))
    return Commands(replace(desk.core, can_listen=True))


async def watched(desk: Commanding) -> list[Subscription]:
    found, _ = await desk.store.running(GROUP, limit=50)
    return [each.subscription for each in found]


# --- mentions --------------------------------------------------------------------


async def test_a_mention_is_a_watch_by_its_author(desk: Commanding) -> None:
    reply = await desk.commands.mentioned(ANN, f"<@7> please look at {ONE}, thanks!")

    [found] = await watched(desk)
    assert reply is not None
    assert reply.subscription == found.id
    assert found.askers == (ANN.person,)


async def test_a_mention_without_an_id_asks_nothing(
    desk: Commanding, relay: FakeRelay
) -> None:
    assert await desk.commands.mentioned(ANN, "hello in 2026, everybody") is None
    assert relay.requests == []


async def test_a_programs_mention_is_a_watch_with_nobody_to_mention(
    desk: Commanding,
) -> None:
    reply = await desk.commands.mentioned(HOOK, f"submitted {ONE} and {TWO}")

    assert reply is not None
    assert [each.askers for each in await watched(desk)] == [(), ()]


async def test_a_program_hears_nothing_of_what_is_for_a_person(
    desk: Commanding,
) -> None:
    reply = await desk.commands.mentioned(HOOK, ONE)
    assert reply is not None
    assert reply.subscription is not None
    await desk.commands.attach(reply.subscription, Receipt("1:2"), reply.version)

    assert await desk.commands.mentioned(HOOK, ONE) is None


async def test_of_many_ids_the_first_ten_are_watched_and_the_rest_is_said(
    desk: Commanding,
) -> None:
    many = " ".join(str(int(ONE) + number) for number in range(12))
    reply = await desk.commands.mentioned(ANN, many)

    assert reply is not None
    assert len(await watched(desk)) == 10
    assert "10" in words(replace(reply, card=reply.more[-1], more=()))


async def test_a_key_in_a_mention_is_said_to_be_out(desk: Commanding) -> None:
    key = "sk-" + "a1" * 24
    reply = await desk.commands.mentioned(ANN, f"curl -H 'Bearer {key}' {ONE}")

    assert reply is not None
    assert reply.more
    assert key not in words(reply)


async def test_a_strangers_mention_is_told_whom_to_ask(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    few = AccessOptions(allow=frozenset({"chat:user:77"}))
    async with commanding(store, clock, tmp_path, [relay], access=few) as desk:
        told = await desk.commands.mentioned(ANN, ONE)
        untold = await desk.commands.mentioned(HOOK, ONE)

    assert told is not None
    assert told.private
    assert untold is None
    assert relay.requests == []


# --- listening -------------------------------------------------------------------


async def test_what_is_said_is_watched_if_the_relay_knows_it(
    desk: Commanding, ears: Commands
) -> None:
    assert await ears.heard(ANN, f"rendering {ONE} now")

    [found] = await watched(desk)
    assert found.askers == (ANN.person,)


async def test_a_relay_link_counts(desk: Commanding, ears: Commands) -> None:
    assert await ears.heard(ANN, f"https://r.example/mj/task/{ONE}/fetch")

    assert len(await watched(desk)) == 1


async def test_what_no_relay_knows_is_ignored(desk: Commanding, ears: Commands) -> None:
    assert not await ears.heard(ANN, "call me: 0049176123456789")

    assert await watched(desk) == []


async def test_a_finished_task_is_ignored_and_not_asked_for_again(
    desk: Commanding, ears: Commands, relay: FakeRelay
) -> None:
    relay.becomes(ONE, status="SUCCESS")

    first, asked = await ears.heard(ANN, ONE), len(relay.requests)
    again = await ears.heard(BOB, ONE)

    assert (first, again) == (False, False)
    assert await watched(desk) == []
    assert len(relay.requests) == asked


async def test_what_is_watched_already_costs_no_look(
    desk: Commanding, ears: Commands, relay: FakeRelay
) -> None:
    await ears.heard(ANN, ONE)
    asked = len(relay.requests)

    assert await ears.heard(BOB, ONE)

    [found] = await watched(desk)
    assert found.askers == (ANN.person, BOB.person)
    assert len(relay.requests) == asked


async def test_off_is_the_default(
    desk: Commanding, ears: Commands, relay: FakeRelay
) -> None:
    elsewhere = replace(ANN, destination=replace(GROUP, chat="11"))

    assert not await ears.heard(elsewhere, ONE)
    assert relay.requests == []


@pytest.mark.usefixtures("ears")
async def test_a_chat_cannot_be_listened_to_unless_the_operator_allows_it(
    desk: Commanding, relay: FakeRelay
) -> None:
    assert not await desk.commands.heard(ANN, ONE)
    assert relay.requests == []


async def test_listening_is_not_offered_where_messages_come_without_words(
    desk: Commanding,
) -> None:
    open_ears = Commands(replace(desk.core, can_listen=True))
    manager = replace(ANN, manages=True)

    offered = await open_ears.settings(manager)
    left_out = await open_ears.settings(replace(manager, hears=False))

    assert "Listening" in words(offered)
    assert "Listening" not in words(left_out)


@pytest.mark.usefixtures("ears")
@pytest.mark.parametrize("caller", [ANN, HOOK])
async def test_strangers_are_not_listened_to(
    store: SqlStore,
    clock: MovedClock,
    tmp_path: Path,
    relay: FakeRelay,
    caller: Caller,
) -> None:
    few = AccessOptions(allow=frozenset({"chat:user:77"}))
    async with commanding(store, clock, tmp_path, [relay], access=few) as desk:
        open_ears = Commands(replace(desk.core, can_listen=True))

        assert not await open_ears.heard(caller, ONE)
    assert relay.requests == []


async def test_a_chatty_chat_cannot_exhaust_the_relay(
    ears: Commands, relay: FakeRelay, clock: MovedClock
) -> None:
    ids = [str(2_000_000_000_000_000 + number) for number in range(60)]
    for start in range(0, 60, 10):
        await ears.heard(ANN, " ".join(ids[start : start + 10]))

    asked = {seen.path for seen in relay.requests}
    assert len(asked) == HEARD_A_MINUTE
    assert not await ears.heard(BOB, ONE)
    clock.move(61)
    assert await ears.heard(BOB, ONE)


async def test_of_one_message_ten_ids_count(ears: Commands, relay: FakeRelay) -> None:
    many = [str(3_000_000_000_000_000 + number) for number in range(12)]
    await ears.heard(ANN, " ".join(many))

    assert len({seen.path for seen in relay.requests}) == 10


async def test_a_full_chat_is_not_listened_to(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    few = AccessOptions(watches=Limits(person_watches=0, chat_watches=1))
    await store.save_settings(GROUP, ChatSettings(listening=True))
    async with commanding(store, clock, tmp_path, [relay], access=few) as desk:
        open_ears = Commands(replace(desk.core, can_listen=True))
        heard = [await open_ears.heard(ANN, each) for each in (ONE, TWO)]

    assert heard == [True, False]


async def test_memory_that_fails_is_no_answer(
    desk: Commanding, ears: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(desk.store, "settings", fail)

    assert not await ears.heard(ANN, ONE)


async def test_the_reaction_is_the_answer_and_no_card_follows(
    desk: Commanding, ears: Commands, clock: MovedClock
) -> None:
    await ears.heard(ANN, ONE)
    clock.move(60)

    stale = await desk.store.stale_cards(GROUP.platform, limit=9)

    assert stale == []


async def test_who_asks_for_a_card_of_what_was_heard_has_one_that_lives(
    desk: Commanding, ears: Commands, relay: FakeRelay, clock: MovedClock
) -> None:
    await ears.heard(ANN, ONE)
    reply = await desk.commands.watch(BOB, ONE)
    assert reply.subscription is not None
    await desk.commands.attach(reply.subscription, Receipt("1:2"), reply.version)
    relay.becomes(ONE, progress="70%")
    clock.move(60)
    await desk.commands.status(ANN, ONE)

    [stale] = await desk.store.stale_cards(GROUP.platform, limit=9)

    assert stale.receipt == "1:2"
