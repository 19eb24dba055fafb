"""`/watch` and `/unwatch` asked of the real core."""

from dataclasses import replace
from pathlib import Path

from bot.commands.access import AccessOptions
from bot.domain.subscription import ChatSettings, Receipt
from bot.ports import Limits
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOB, BOSS, Commanding, commanding, labels, words
from tests.fakes.relay import FakeRelay
from tests.flow.core.conftest import ONE, TWO, watching


async def test_watch_answers_with_the_live_card_and_its_subscription(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is not None
    assert labels(reply) == ["Stop", "Refresh"]
    running, total = await desk.store.running(ANN.destination, limit=5)
    assert (total, running[0].subscription.askers) == (1, (ANN.person,))


async def test_watching_twice_is_one_subscription_with_two_people(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    first = await desk.commands.watch(ANN, ONE)
    assert first.subscription is not None
    await desk.commands.attach(first.subscription, Receipt("1"), first.version)

    second = await desk.commands.watch(BOB, ONE)

    assert second.subscription is None
    assert second.private
    running, total = await desk.store.running(ANN.destination, limit=5)
    assert total == 1
    assert running[0].subscription.askers == (ANN.person, BOB.person)


async def test_where_no_card_is_shown_the_answer_says_who_is_told(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    relay.task(TWO, status="IN_PROGRESS", progress="40%", hold=True)
    quiet = ChatSettings(live_card=False)
    await desk.store.save_settings(ANN.destination, quiet)

    said = [words(await desk.commands.watch(who, ONE)) for who in (ANN, BOB, ANN)]
    program = words(await desk.commands.watch(replace(ANN, program=True), TWO))
    await desk.store.save_settings(ANN.destination, replace(quiet, mention=False))
    unmentioned = words(await desk.commands.watch(BOB, TWO))

    assert ["mention you" in each for each in said] == [False, True, True]
    assert ["too" in said[1], "already" in said[2]] == [True, True]
    assert "mention you" not in program + unmentioned


async def test_watching_a_finished_task_is_a_look_and_subscribes_nothing(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is None
    assert reply.picture is not None
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_an_id_nobody_knows_yet_is_watched_all_the_same(
    desk: Commanding,
) -> None:
    reply = await desk.commands.watch(ANN, "notyet12345678")

    assert reply.subscription is not None
    assert "Not seen yet" in words(reply)


async def test_a_relay_that_is_down_does_not_stop_a_watch(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.fault(http=503, times=None)

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is not None


async def test_the_limits_of_watches_are_kind_sentences(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(watches=Limits(person_watches=1, chat_watches=2))
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        await desk.commands.watch(ANN, "first12345678")
        person = await desk.commands.watch(ANN, "second12345678")
        await desk.commands.watch(BOB, "third12345678")
        chat = await desk.commands.watch(BOSS, "fourth12345678")

    assert person.subscription is chat.subscription is None
    assert "1" in words(person)
    assert "2" in words(chat)


async def test_watch_without_an_id_offers_what_was_looked_at_last(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", prompt="paper boat")
    await desk.commands.status(ANN, ONE)

    offered = await desk.commands.watch(ANN, "")
    nothing = await desk.commands.watch(BOB, "")

    assert any("paper boat" in label for label in labels(offered))
    assert labels(nothing) == []


async def test_the_last_asker_who_leaves_ends_the_watch(
    desk: Commanding, relay: FakeRelay
) -> None:
    await watching(desk, relay)
    await desk.commands.watch(BOB, ONE)

    await desk.commands.unwatch(ANN, ONE)
    left = (await desk.store.running(ANN.destination, limit=5))[1]
    await desk.commands.unwatch(BOB, ONE)

    assert left == 1
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_somebody_else_may_not_stop_it_but_a_manager_may(
    desk: Commanding, relay: FakeRelay
) -> None:
    stop = await watching(desk, relay)

    refused = await desk.commands.press(BOB, stop)
    after_refusal = (await desk.store.running(ANN.destination, limit=5))[1]
    await desk.commands.press(BOSS, stop)

    assert "Only" in words(refused)
    assert after_refusal == 1
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_several_ids_are_watched_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    relay.task(TWO, status="SUCCESS")

    reply = await desk.commands.watch(ANN, f"{ONE} {TWO}")

    running, total = await desk.store.running(ANN.destination, limit=5)
    assert (total, running[0].task.task_id) == (1, ONE)
    assert TWO in words(reply)


async def test_each_of_several_gets_its_live_card_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    relay.task(TWO, status="IN_PROGRESS", progress="50%")

    await desk.commands.watch(ANN, f"{ONE} {TWO}")

    cards = await desk.store.stale_cards(ANN.destination.platform, limit=5)
    assert {card.task.task_id for card in cards} == {ONE, TWO}


async def test_of_several_those_that_no_relay_knows_are_watched_and_said_so(
    desk: Commanding,
) -> None:
    reply = await desk.commands.watch(ANN, f"{ONE} {TWO}")

    assert (await desk.store.running(ANN.destination, limit=5))[1] == 2
    assert words(reply).count("Not seen yet") == 2


async def test_unwatch_without_an_id_lets_choose(
    desk: Commanding, relay: FakeRelay
) -> None:
    await watching(desk, relay)

    reply = await desk.commands.unwatch(ANN, "")

    assert len(labels(reply)) == 1


async def test_unwatch_takes_all_of_several_ids(
    desk: Commanding, relay: FakeRelay
) -> None:
    for task in (ONE, TWO):
        relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
    await desk.commands.watch(ANN, f"{ONE} {TWO}")

    reply = await desk.commands.unwatch(ANN, f"{ONE} nobodys {TWO}")

    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0
    assert words(reply).count("No longer watching") == len((ONE, TWO))
    assert "Nobody here watches nobodys" in words(reply)
