"""What any Store promises of live cards: which are stale, and what they show."""

from dataclasses import replace

from bot.domain.subscription import Receipt
from bot.domain.transition import Tell
from tests.fakes.clock import MovedClock
from tests.fakes.desk import CHAT, DISCORD, ELSEWHERE, Desk


async def test_a_card_is_stale_while_it_shows_something_old(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    fresh = await desk.stale()
    await desk.running(key, 10)
    await desk.moved(key, 40)

    (card,) = await desk.stale()
    await desk.showed(card)

    assert fresh == []
    assert card.task.snapshot
    assert (card.task.snapshot.progress, card.receipt) == (40, "c1")
    assert await desk.stale() == []


async def test_a_card_shown_as_of_before_stays_stale(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (card,) = await desk.stale()
    await desk.moved(key, 50)

    await desk.showed(card)

    assert len(await desk.stale()) == 1


async def test_the_door_may_say_what_it_has_shown(desk: Desk) -> None:
    subscription = await desk.watch()
    before = (await desk.known(subscription.task_key)).version
    await desk.running(subscription.task_key, 10)

    await desk.store.attach_card(
        subscription.id, Receipt("c1"), at=desk.now, version=before
    )

    assert len(await desk.stale()) == 1


async def test_a_card_never_sent_is_owed_after_a_moment(
    desk: Desk, clock: MovedClock
) -> None:
    await desk.watch()

    early = await desk.stale()
    clock.move(10)
    (card,) = await desk.stale()

    assert early == []
    assert (card.receipt, card.sent_at) == (None, None)


async def test_the_card_waits_for_the_ring_then_shrinks_once(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.ended(key)
    waiting = await desk.stale()
    (note,) = await desk.lease()
    await desk.told(note)

    (card,) = await desk.stale()
    await desk.showed(card)
    await desk.amended(key, description="late")

    assert (waiting, card.told) == ([], True)
    assert await desk.stale() == []


async def test_an_edit_overtaken_by_the_ring_shrinks_still(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (under_way,) = await desk.stale()
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.told(note)

    await desk.showed(under_way)

    (card,) = await desk.stale()
    assert card.told


async def test_a_card_that_comes_after_the_ring_shrinks(desk: Desk) -> None:
    subscription = await desk.watch()
    await desk.ended(subscription.task_key)
    (note,) = await desk.lease()
    await desk.told(note)
    none = await desk.stale()

    await desk.store.attach_card(subscription.id, Receipt("c1"), at=desk.now)

    assert (none, [c.told for c in await desk.stale()]) == ([], [True])


async def test_a_card_that_is_gone_is_not_made_again(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.running(key, 10)
    (card,) = await desk.stale()

    await desk.showed(card, None)
    await desk.moved(key, 50)

    assert await desk.stale() == []


async def test_a_dead_ring_leaves_one_edit_of_the_card(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.store.give_up(note.id, reason="too_large", at=desk.now)

    (card,) = await desk.stale()
    await desk.showed(card)

    assert not card.told
    assert await desk.stale() == []


async def test_cards_stale_longest_come_first_and_busy_chats_wait(
    desk: Desk, clock: MovedClock
) -> None:
    first = (await desk.watch("t1", card="c1")).task_key
    clock.move(1)
    second = (await desk.watch("t2", card="c2")).task_key
    await desk.watch("t3", to=ELSEWHERE, card="c3")
    await desk.running(second)
    await desk.running(first)

    cards = await desk.stale()

    assert [c.receipt for c in cards] == ["c1", "c2"]
    assert await desk.stale(CHAT) == []


async def test_a_chat_without_live_cards_has_none(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    settings = await desk.store.settings(CHAT)
    await desk.store.save_settings(CHAT, replace(settings, live_card=False))

    await desk.running(key)

    assert await desk.stale() == []


async def test_a_chat_that_moves_leaves_its_messages_behind(
    desk: Desk, clock: MovedClock
) -> None:
    runs = await desk.watch("t1", card="c1")
    told = await desk.watch("t2", card="c2")
    await desk.ended(told.task_key)
    (note,) = await desk.lease()
    await desk.told(note, owed=True)

    await desk.store.move_chat(DISCORD, "100", "-100")

    clock.move(3600)
    [card] = await desk.stale()
    assert (card.subscription, card.receipt) == (runs.id, None)
    [owed] = await desk.lease()
    assert (owed.tell, owed.message, owed.card) == (Tell.AMEND, None, None)
