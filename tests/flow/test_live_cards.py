"""Live cards over a real memory: the newest state, rarely, and never twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.buttonref import Verb, parse_ref
from bot.domain.notification import Deferred, Moved, Reason, Refused, Unsure
from bot.domain.subscription import ChatSettings, Destination, Receipt, Subscription
from bot.errors import StoreError
from tests.fakes.desk import ANN, CHAT, ELSEWHERE
from tests.fakes.messenger import Posted, Said, words
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telling import Telling

NO_TIME = Deferred(after_seconds=30, reason=Reason.RATE_LIMITED, counts=False)


async def carded(
    telling: Telling, task: str = "t1", *, to: Destination = CHAT
) -> tuple[Subscription, Posted]:
    """Watch a task whose card is out."""
    receipt = f"card-{task}"
    watched = await telling.desk.watch(task, to=to, card=receipt)
    return watched, telling.messenger.has(receipt, to)


def verbs(card: Posted) -> set[Verb]:
    refs = (each.ref or "" for row in card.cards[-1].buttons for each in row)
    return {ref.verb for each in refs if (ref := parse_ref(each))}


async def turns(telling: Telling, seconds: float) -> int:
    shown = await telling.live.turn()
    for _ in range(int(seconds)):
        telling.clock.move(1)
        shown += await telling.live.turn()
    return shown


async def test_a_change_is_shown_and_no_change_is_not(telling: Telling) -> None:
    watched, card = await carded(telling)
    assert await turns(telling, 20) == 0
    await telling.desk.running(watched.task_key, 40)
    assert await turns(telling, 20) == 1
    assert "40" in card.words


async def test_of_many_changes_only_the_newest_is_shown_at_the_chats_pace(
    telling: Telling,
) -> None:
    watched, card = await carded(telling)
    await telling.desk.running(watched.task_key, 1)
    for percent in range(2, 42):
        await turns(telling, 1)
        await telling.desk.moved(watched.task_key, percent)
    await turns(telling, 20)
    pace = telling.messenger.chat_pace.edit_seconds
    assert 41 / pace - 1 <= len(card.cards) <= 41 / pace + 2
    assert "41" in card.words


async def test_the_cards_of_one_chat_share_its_pace(telling: Telling) -> None:
    watched = [await carded(telling, f"t{n}") for n in range(5)]
    for subscription, _ in watched:
        await telling.desk.running(subscription.task_key, 40)
    assert await telling.live.turn() == 1
    assert await turns(telling, 3) == 0
    await turns(telling, 20)
    assert [len(card.cards) for _, card in watched] == [1] * 5


async def test_many_chats_are_shown_side_by_side(telling: Telling) -> None:
    for n in range(30):
        there = replace(CHAT, chat=f"c{n}")
        watched, _ = await carded(telling, f"t{n}", to=there)
        await telling.desk.running(watched.task_key, 40)
    assert await telling.live.turn() == 30


async def test_a_card_that_the_door_did_not_send_is_made_once(
    telling: Telling,
) -> None:
    watched = await telling.desk.watch()
    assert await turns(telling, 5) == 0
    await turns(telling, 20)
    await telling.desk.running(watched.task_key, 50)
    await turns(telling, 20)
    (card,) = telling.messenger.sent
    assert not card.loud
    assert "50" in card.words


async def test_a_card_is_stood_still_while_its_ring_waits_and_then_shrinks_once(
    telling: Telling,
) -> None:
    watched, card = await carded(telling)
    await telling.ended(watched)
    assert await turns(telling, 20) == 0
    await telling.turns(0)
    assert await turns(telling, 60) == 1
    assert len(card.cards[-1].blocks) == 1
    assert not card.cards[-1].buttons


async def test_a_card_that_nobody_waits_for_any_more_says_so_once(
    telling: Telling,
) -> None:
    watched, card = await carded(telling)
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 20)
    assert verbs(card) == {Verb.STOP, Verb.REFRESH}
    await telling.desk.store.unsubscribe(
        watched.id, person=None, at=telling.clock.now()
    )
    assert await turns(telling, 60) == 1
    assert verbs(card) == {Verb.WATCH, Verb.REFRESH}


async def test_a_chat_without_live_cards_is_left_alone(telling: Telling) -> None:
    watched, _ = await carded(telling)
    await telling.desk.store.save_settings(CHAT, ChatSettings(live_card=False))
    await telling.desk.running(watched.task_key, 40)
    assert await turns(telling, 20) == 0


async def test_an_old_card_is_edited_more_rarely(telling: Telling) -> None:
    watched, card = await carded(telling)
    telling.clock.move(7200)
    await telling.desk.running(watched.task_key, 1)
    for percent in range(2, 62):
        await turns(telling, 1)
        await telling.desk.moved(watched.task_key, percent)
    assert len(card.cards) == 3  # in two intervals


async def test_a_card_that_cannot_be_drawn_is_not_made_again(telling: Telling) -> None:
    watched, card = await carded(telling)
    telling.messenger.says("edit", RuntimeError("boom"))
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 60)
    assert (telling.messenger.sent, card.cards) == ([card], [])


async def test_a_card_that_was_deleted_is_made_anew_and_goes_on(
    telling: Telling,
) -> None:
    watched, card = await carded(telling)
    telling.messenger.says("edit", Refused(reason=Reason.MESSAGE_GONE))
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 60)
    await telling.desk.moved(watched.task_key, 60)
    await turns(telling, 10)
    [first, anew] = telling.messenger.sent
    assert (first, first.cards) == (card, [])
    assert [
        percent in words(card)
        for card, percent in zip(anew.cards, ("40%", "60%"), strict=True)
    ] == [True, True]
    assert not anew.loud


async def test_a_card_made_anew_has_a_name_of_its_own(telling: Telling) -> None:
    watched = await telling.desk.watch()
    await turns(telling, 20)
    telling.messenger.says("edit", Refused(reason=Reason.MESSAGE_GONE))
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 20)
    [first, anew] = telling.messenger.sent
    assert first.key != anew.key
    assert max(len(first.key), len(anew.key)) <= 25


async def test_a_deleted_card_of_a_task_that_ended_stays_away(telling: Telling) -> None:
    watched, _ = await carded(telling)
    telling.messenger.says("edit", Refused(reason=Reason.MESSAGE_GONE))
    await telling.ended(watched)
    await telling.turns(30)
    assert [ring.loud for ring in telling.messenger.sent[1:]] == [True]


@pytest.mark.parametrize(
    ("said", "most"),
    [
        (NO_TIME, 1),
        (replace(NO_TIME, whole_platform=True), 1),
        (Refused(reason=Reason.TOKEN), 1),
        (Unsure(reason=Reason.TIMEOUT), 7),
    ],
)
async def test_an_edit_that_did_not_go_through_is_made_later(
    telling: Telling, said: Said, most: int
) -> None:
    watched, card = await carded(telling)
    telling.messenger.says("edit", said)
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 25)
    assert len(telling.messenger.calls) <= most
    await turns(telling, 60)
    assert len(card.cards) == 1


async def test_a_platform_that_rests_holds_up_no_ring_of_another_turn(
    telling: Telling,
) -> None:
    telling.messenger.says("edit", NO_TIME)
    watched, _ = await carded(telling)
    other, shown = await carded(telling, "t2", to=ELSEWHERE)
    await telling.desk.running(watched.task_key, 40)
    await telling.desk.running(other.task_key, 40)
    await turns(telling, 1)
    assert len(shown.cards) == 1


@pytest.mark.parametrize("repeats", [True, False])
async def test_a_first_card_whose_sending_is_unsure_is_never_there_twice(
    telling: Telling, *, repeats: bool
) -> None:
    telling.messenger.repeats = repeats
    telling.messenger.says("send", Unsure(reason=Reason.TIMEOUT))
    await telling.desk.watch()
    await turns(telling, 60)
    assert len(telling.messenger.sent) == int(repeats)


async def test_a_chat_that_moved_gets_a_new_card(telling: Telling) -> None:
    telling.messenger.says("edit", Moved(chat="-100"))
    watched, _ = await carded(telling)
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 20)
    calls = [call[:2] for call in telling.messenger.calls]
    assert calls == [("edit", CHAT.chat), ("send", "-100")]


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.BLOCKED])
async def test_a_chat_that_is_gone_ends_its_watches(
    telling: Telling, reason: Reason
) -> None:
    telling.messenger.says("edit", Refused(reason=reason))
    watched, _ = await carded(telling)
    await telling.desk.running(watched.task_key, 40)
    await turns(telling, 20)
    assert (await telling.desk.store.running(CHAT, limit=9))[1] == 0
    await telling.turns(0)
    told = [person for person, _ in telling.messenger.personal]
    assert told == ([ANN] if reason is Reason.GONE else [])


async def test_memory_that_fails_loses_no_card_and_stops_no_other(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, card = await carded(telling)
    await telling.desk.running(watched.task_key, 40)

    async def refuse(*told: object, **more: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(telling.desk.store, "card_shown", refuse)
        await turns(telling, 1)
    await turns(telling, 20)
    assert len(card.cards) == 2


async def test_both_loops_outlive_a_memory_that_fails(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: dict[str, asyncio.Event] = {"lease": asyncio.Event()}
    tried["stale_cards"] = asyncio.Event()

    def refusing(name: str) -> object:
        async def refuse(*told: object, **more: object) -> Sequence[object]:
            tried[name].set()
            raise StoreError("the disk is full")

        return refuse

    for name in tried:
        monkeypatch.setattr(telling.desk.store, name, refusing(name))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(telling.dispatcher.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            for event in tried.values():
                await event.wait()
        monkeypatch.undo()
        await telling.ended(await telling.desk.watch())
        telling.bells[0].ring()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await telling.messenger.begun.wait()
        assert not running.done()
        running.cancel()


async def test_a_bell_shows_a_change_at_once(telling: Telling) -> None:
    watched, card = await carded(telling)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(telling.live.run())
        await telling.desk.running(watched.task_key, 40)
        telling.bells[1].ring()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await telling.messenger.begun.wait()
        running.cancel()
    assert card.receipt == Receipt("card-t1")
