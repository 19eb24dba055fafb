"""What any Store promises: subscriptions, limits, lists, suggestions, chats."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.subscription import (
    Destination,
    Person,
    Place,
    Platform,
    Receipt,
    silent_fact,
)
from bot.domain.task import RelayName, State, TaskId
from bot.domain.transition import Tell
from bot.ports import Joined, LimitReached, Limits
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, BOB, CHAT, DISCORD, ELSEWHERE, THREAD, Desk


async def _ask(
    desk: Desk, task_id: str, person: Person | None, limits: Limits
) -> Joined | LimitReached:
    account = await desk.store.account(RelayName("relay"))
    return await desk.store.subscribe(
        account,
        TaskId(task_id),
        destination=CHAT,
        person=person,
        limits=limits,
        at=desk.now,
    )


async def test_watching_twice_is_one_subscription_with_two_askers(desk: Desk) -> None:
    first = await _ask(desk, "t1", ANN, Limits())
    second = await _ask(desk, "t1", BOB, Limits())
    third = await _ask(desk, "t1", BOB, Limits())

    assert isinstance(first, Joined)
    assert isinstance(second, Joined)
    assert isinstance(third, Joined)
    assert (first.fresh, first.added) == (True, True)
    assert (second.fresh, second.added) == (False, True)
    assert (third.fresh, third.added) == (False, False)
    assert [person.id for person in third.subscription.askers] == ["1", "2"]


async def test_a_persons_limit_stops_their_next_watch(desk: Desk) -> None:
    await _ask(desk, "t1", ANN, Limits(person_watches=1))

    refused = await _ask(desk, "t2", ANN, Limits(person_watches=1))
    again = await _ask(desk, "t1", ANN, Limits(person_watches=1))

    assert refused == LimitReached(person=True, limit=1)
    assert isinstance(again, Joined)
    assert await desk.store.find_tasks(TaskId("t2")) == []


async def test_a_chats_limit_holds_for_feeds_too(desk: Desk) -> None:
    await _ask(desk, "t1", None, Limits(chat_watches=1))

    refused = await _ask(desk, "t2", None, Limits(chat_watches=1))
    joined = await _ask(desk, "t1", ANN, Limits(chat_watches=1))

    assert refused == LimitReached(person=False, limit=1)
    assert isinstance(joined, Joined)


async def test_the_last_asker_ends_the_subscription(desk: Desk) -> None:
    subscription = await desk.watch(by=ANN)
    await desk.watch(by=BOB)

    ends = [
        await desk.store.unsubscribe(subscription.id, person=person, at=desk.now)
        for person in (ANN, ANN, BOB)
    ]

    assert ends == [False, False, True]
    assert not (await desk.known(subscription.task_key)).watched


async def test_a_stranger_ends_no_feeds_watch(desk: Desk) -> None:
    subscription = await desk.watch(by=None)

    ended = await desk.store.unsubscribe(subscription.id, person=ANN, at=desk.now)

    assert not ended
    assert not await desk.store.unsubscribe(
        type(subscription.id)(999), person=None, at=desk.now
    )


async def test_an_ended_subscription_is_told_nothing_and_its_card_shows_that(
    desk: Desk,
) -> None:
    subscription = await desk.watch(card="c1")
    await desk.ended(subscription.task_key)

    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)

    assert await desk.lease() == []
    (card,) = await desk.stale()
    assert card.ended
    await desk.store.card_shown(
        card.subscription, version=card.version, receipt=card.receipt, at=desk.now
    )
    assert await desk.stale() == []


async def test_a_watch_goes_on_while_another_chat_waits(desk: Desk) -> None:
    subscription = await desk.watch()
    await desk.watch(to=ELSEWHERE)

    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)

    assert (await desk.known(subscription.task_key)).watched


async def test_threads_of_a_chat_have_their_own_subscriptions(desk: Desk) -> None:
    here = await desk.watch(to=CHAT)
    there = await desk.watch(to=THREAD)

    found = await desk.store.subscriptions(here.task_key, CHAT)

    assert [s.id for s in found] == [here.id, there.id]
    assert found[1].destination == THREAD


async def test_running_watches_come_newest_first(desk: Desk) -> None:
    for number in range(3):
        await desk.watch(f"t{number}")
    await desk.watch("t9", to=ELSEWHERE)

    page, count = await desk.store.running(CHAT, limit=2, offset=1)

    assert [w.task.task_id for w in page] == ["t1", "t0"]
    assert count == 3


async def test_recent_tasks_come_latest_end_first(
    desk: Desk, clock: MovedClock
) -> None:
    first = (await desk.watch("t1")).task_key
    second = (await desk.watch("t2")).task_key
    await desk.watch("t3")
    await desk.ended(second)
    clock.move(1)
    await desk.ended(first)

    page, count = await desk.store.recent(CHAT, limit=1)

    assert ([t.key for t in page], count) == ([first], 2)
    assert await desk.store.recent(ELSEWHERE, limit=9) == ([], 0)


async def test_suggestions_fit_by_id_or_prompt(desk: Desk) -> None:
    await desk.look("alpha1", State.RUNNING, prompt="A Cat on a hat")
    cat = (await desk.watch("alpha1")).task_key
    await desk.watch("beta2")
    await desk.watch("alpha3", to=ELSEWHERE)

    by_id = await desk.store.suggest(CHAT, ANN, "ALPHA", limit=5)
    by_prompt = await desk.store.suggest(CHAT, ANN, "cat", limit=5)
    everything = await desk.store.suggest(CHAT, ANN, "", limit=5)

    assert [t.key for t in by_id] == [t.key for t in by_prompt] == [cat]
    assert len(everything) == 2


async def test_old_tasks_are_suggested_by_the_beginning_of_their_id(
    desk: Desk,
) -> None:
    oldest = (await desk.watch("old")).task_key
    for number in range(100):
        await desk.watch(f"n{number}")

    found = await desk.store.suggest(CHAT, ANN, "ol", limit=5)

    assert [t.key for t in found] == [oldest]


async def test_what_a_person_looked_at_is_theirs(desk: Desk, clock: MovedClock) -> None:
    first = await desk.look("t1", State.RUNNING)
    second = await desk.look("t2", State.RUNNING)
    await desk.store.note_look(ANN, CHAT, first.key, at=desk.now)
    await desk.store.note_look(ANN, CHAT, second.key, at=clock.move(1))
    await desk.store.note_look(ANN, CHAT, first.key, at=clock.move(1))

    mine = await desk.store.last_looks(ANN, CHAT, limit=3)

    assert [t.key for t in mine] == [first.key, second.key]
    assert await desk.store.last_looks(BOB, CHAT, limit=3) == []
    assert await desk.store.suggest(CHAT, BOB, "t", limit=3) == []
    assert len(await desk.store.suggest(CHAT, ANN, "t", limit=3)) == 2


async def test_settings_belong_to_the_whole_chat(desk: Desk) -> None:
    chosen = replace(await desk.store.settings(CHAT), language="zh", silent=True)

    await desk.store.save_settings(THREAD, chosen)

    assert await desk.store.settings(CHAT) == chosen
    assert await desk.store.settings(ELSEWHERE) != chosen


async def test_a_person_keeps_their_language(desk: Desk) -> None:
    before = await desk.store.person_language(ANN)
    await desk.store.save_person_language(ANN, "en")
    await desk.store.save_person_language(ANN, "zh")

    assert (before, await desk.store.person_language(ANN)) == (None, "zh")


async def test_a_chat_moves_with_all_that_is_its_own(desk: Desk) -> None:
    key = (await desk.watch(card="c1")).task_key
    settings = replace(await desk.store.settings(CHAT), language="zh")
    await desk.store.save_settings(CHAT, settings)
    await desk.store.note_look(ANN, CHAT, key, at=desk.now)
    await desk.ended(key)

    await desk.store.move_chat(DISCORD, "100", "-100")

    moved = replace(CHAT, chat="-100")
    (note,) = await desk.lease()
    assert (note.destination, note.settings.language) == (moved, "zh")
    assert len(await desk.store.last_looks(ANN, moved, limit=3)) == 1
    assert await desk.store.running(CHAT, limit=9) == ([], 0)


async def test_a_chat_that_moves_to_a_known_name_joins_it(desk: Desk) -> None:
    await desk.watch("t1", to=CHAT, by=ANN)
    kept = await desk.watch("t1", to=ELSEWHERE, by=BOB)
    await desk.watch("t2", to=CHAT)
    await desk.store.note_look(ANN, CHAT, kept.task_key, at=desk.now)
    await desk.store.note_look(ANN, ELSEWHERE, kept.task_key, at=desk.now)

    await desk.store.move_chat(DISCORD, "100", "200")
    await desk.store.move_chat(DISCORD, "200", "200")

    page, count = await desk.store.running(ELSEWHERE, limit=9)
    assert count == 2
    assert {p.name for w in page for p in w.subscription.askers} == {"Ann", "Bob"}
    (joined,) = await desk.store.subscriptions(kept.task_key, ELSEWHERE)
    assert [p.name for p in joined.askers] == ["Bob", "Ann"]


async def test_a_chat_that_is_gone_ends_whole(desk: Desk) -> None:
    key = (await desk.watch(to=CHAT, by=ANN)).task_key
    await desk.watch(to=THREAD, by=BOB)
    await desk.watch("t2", to=THREAD, by=ANN)
    await desk.ended(key)

    await desk.store.end_chat(CHAT, reason="gone", at=desk.now, name="#foxes")
    await desk.store.end_chat(CHAT, reason="gone", at=desk.now, name="#foxes")

    told = await desk.store.farewells(DISCORD)
    assert [(f.person, f.chat, f.tasks) for f in told] == [
        (ANN, "#foxes", ("t1", "t2")),
        (BOB, "#foxes", ("t1",)),
    ]
    assert await desk.lease() == []


async def test_a_farewell_is_there_until_it_is_forgotten(desk: Desk) -> None:
    await desk.watch(to=CHAT, by=ANN)
    await desk.watch("t2", to=ELSEWHERE, by=BOB)
    await desk.store.end_chat(CHAT, reason="gone", at=desk.now, name="")
    await desk.store.end_chat(ELSEWHERE, reason="blocked", at=desk.now, name=None)

    (kept,) = await desk.store.farewells(DISCORD)
    await desk.store.save_fact(kept.fact, None)

    assert (kept.person, kept.chat) == (ANN, "")
    assert len(kept.key) <= 25
    assert await desk.store.farewells(DISCORD) == []
    assert await desk.store.farewells(Platform("telegram")) == []


async def test_a_thread_that_is_gone_ends_alone(desk: Desk) -> None:
    await desk.watch(to=CHAT)
    await desk.watch(to=THREAD)

    await desk.store.end_chat(THREAD, reason="gone", at=desk.now, name="")

    page, _ = await desk.store.running(CHAT, limit=9)
    assert [w.subscription.destination for w in page] == [CHAT]


async def test_uploads_are_kept_by_kind_and_position(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    await desk.ended(key)
    (note,) = await desk.lease()
    await desk.store.settle(
        note, receipt=Receipt("m1"), uploads={("photo", 0): "f0"}, at=desk.now
    )
    await desk.store.save_upload(
        key, DISCORD, kind="document", position=0, file_id="f1"
    )

    kept = await desk.store.uploads(key, DISCORD)

    assert kept == {("photo", 0): "f0", ("document", 0): "f1"}
    assert await desk.store.uploads(key, Platform("telegram")) == {}


async def test_an_update_is_claimed_once(desk: Desk) -> None:
    claims = [
        await desk.store.claim_update(DISCORD, number, at=desk.now)
        for number in (1 << 60, 1 << 60, 2)
    ]

    assert claims == [True, False, True]


async def test_facts_are_kept_and_forgotten(desk: Desk) -> None:
    await desk.store.save_fact("a", "1")
    await desk.store.save_fact("a", "2")
    kept = await desk.store.fact("a")
    await desk.store.save_fact("a", None)

    assert (kept, await desk.store.fact("a")) == ("2", None)
    assert await desk.store.writable()


async def test_a_silent_relay_is_known_to_be(desk: Desk) -> None:
    account = await desk.store.account(RelayName("relay"))
    before = await desk.store.silent_since(account)
    await desk.store.save_fact(silent_fact(account), desk.now.isoformat())

    assert (before, await desk.store.silent_since(account)) == (None, desk.now)


async def test_pruning_forgets_only_what_is_over(desk: Desk, clock: MovedClock) -> None:
    done = (await desk.watch("t1")).task_key
    open_key = (await desk.watch("t2")).task_key
    await desk.ended(done)
    (note,) = await desk.lease()
    await desk.told(note)
    await desk.store.save_upload(done, DISCORD, kind="photo", position=0, file_id="f")
    await desk.store.claim_update(DISCORD, 1, at=desk.now)

    early = await desk.store.prune(before=desk.now)
    later = await desk.store.prune(before=clock.move(60) - timedelta(seconds=1))

    assert (early, later > 0) == (0, True)
    assert await desk.store.task(done) is None
    assert (await desk.known(open_key)).watched


async def test_a_task_somebody_looked_at_lately_is_kept(
    desk: Desk, clock: MovedClock
) -> None:
    task = await desk.look("t1", State.SUCCEEDED)
    clock.move(60)
    await desk.look("t1", State.SUCCEEDED)

    await desk.store.prune(before=desk.now - timedelta(seconds=1))

    assert await desk.store.task(task.key)


async def test_other_peoples_names_are_stored_whatever_they_are(desk: Desk) -> None:
    odd = replace(ANN, name="\ud800 \0 名")

    subscription = await desk.watch(by=odd)

    assert subscription.askers[0].name == "?  名"


async def test_a_place_is_remembered_as_last_seen(desk: Desk) -> None:
    await desk.watch("t1", to=CHAT)
    private = Destination(platform=DISCORD, chat="300", place=Place.PRIVATE)

    subscription = await desk.watch("t1", to=private)

    assert subscription.destination == private


async def test_a_verdict_is_told_where_it_was_not(desk: Desk) -> None:
    key = (await desk.watch()).task_key
    first = await desk.says(key, Tell.STUCK)
    await desk.watch(to=ELSEWHERE)

    second = await desk.says(key, Tell.STUCK)

    assert (first, second) == (1, 1)
