"""What any Store promises: feeds, and the watches that they begin."""

from dataclasses import replace

from bot.domain.feed import Feed, digest_of
from bot.domain.subscription import Destination, Person
from bot.domain.task import RelayName, State, TaskId
from bot.ports import Joined, LimitReached, Limits
from tests.fakes.desk import (
    ANN,
    BOB,
    CHAT,
    DISCORD,
    ELSEWHERE,
    NO_LIMITS,
    THREAD,
    Desk,
)

TOKEN = "x" * 43
DIGEST = digest_of(TOKEN)


async def made(
    desk: Desk, to: Destination = CHAT, by: Person = ANN, token: str = TOKEN
) -> Feed:
    return await desk.store.make_feed(to, by, digest=digest_of(token), at=desk.now)


async def fed(
    desk: Desk,
    feed: Feed,
    task_id: str = "t1",
    *,
    mention: tuple[Person, ...] = (ANN,),
    limits: Limits = NO_LIMITS,
) -> Joined | LimitReached | None:
    account = await desk.store.account(RelayName("relay"))
    return await desk.store.subscribe_feed(
        account,
        TaskId(task_id),
        feed=feed,
        mention=mention,
        limits=limits,
        at=desk.now,
    )


# --- feeds -------------------------------------------------------------------------


async def test_a_feed_is_found_by_its_token_and_by_its_name(desk: Desk) -> None:
    feed = await made(desk, to=THREAD)

    assert (feed.destination, feed.person, feed.filtered) == (THREAD, ANN, False)
    assert await desk.store.find_feed(DIGEST) == feed
    assert await desk.store.feed_named(feed.name) == feed
    assert await desk.store.feed(feed.id) == feed
    assert await desk.store.feeds(CHAT) == [feed]
    assert await desk.store.feed_digests() == {DIGEST}


async def test_a_wrong_token_finds_nothing(desk: Desk) -> None:
    await made(desk)

    assert await desk.store.find_feed(digest_of("y" * 43)) is None
    assert await desk.store.feed_named("feed999") is None


async def test_a_renewed_feed_keeps_all_but_its_token(desk: Desk) -> None:
    feed = await made(desk)
    await desk.store.filter_feed(feed.id, state_prefix="team", action="IMAGINE")

    again = await made(desk, token="z" * 43)

    assert again == replace(feed, state_prefix="team", action="IMAGINE")
    assert await desk.store.find_feed(DIGEST) is None
    assert await desk.store.find_feed(digest_of("z" * 43)) == again


async def test_a_feed_is_a_persons_in_a_chat(desk: Desk) -> None:
    first = await made(desk)
    second = await made(desk, by=BOB, token="b" * 43)
    third = await made(desk, to=ELSEWHERE, token="c" * 43)

    assert len({first.id, second.id, third.id}) == 3
    assert await desk.store.feeds(CHAT) == [first, second]


async def test_a_feed_is_removed_by_its_own_chat_alone(desk: Desk) -> None:
    feed = await made(desk)

    assert not await desk.store.remove_feed(feed.id, ELSEWHERE)
    assert await desk.store.remove_feed(feed.id, CHAT)
    assert await desk.store.find_feed(DIGEST) is None
    assert not await desk.store.remove_feed(feed.id, CHAT)


async def test_a_used_feed_says_when(desk: Desk) -> None:
    feed = await made(desk)

    await desk.store.feed_used(feed.id, at=desk.now)

    assert await desk.store.find_feed(DIGEST) == replace(feed, used_at=desk.now)


async def test_a_feed_moves_with_its_chat(desk: Desk) -> None:
    feed = await made(desk)

    await desk.store.move_chat(DISCORD, CHAT.chat, "900")

    found = await desk.store.find_feed(DIGEST)
    assert found == replace(feed, destination=replace(CHAT, chat="900"))


async def test_a_feed_moves_to_a_chat_that_has_some(desk: Desk) -> None:
    await made(desk)
    by_bob = await made(desk, by=BOB, token="b" * 43)
    there = await made(desk, to=ELSEWHERE, token="c" * 43)

    await desk.store.move_chat(DISCORD, CHAT.chat, ELSEWHERE.chat)

    assert await desk.store.find_feed(DIGEST) is None
    assert [f.id for f in await desk.store.feeds(ELSEWHERE)] == [by_bob.id, there.id]


# --- watches -----------------------------------------------------------------------


async def test_a_fed_watch_mentions_but_counts_for_the_chat_alone(desk: Desk) -> None:
    feed = await made(desk)
    one = Limits(person_watches=1, chat_watches=2)

    first = await fed(desk, feed, "t1", limits=one)
    second = await fed(desk, feed, "t2", limits=one)
    third = await fed(desk, feed, "t3", limits=one)

    assert isinstance(first, Joined)
    assert isinstance(second, Joined)
    assert first.subscription.askers == (ANN,)
    assert third == LimitReached(person=False, limit=2)


async def test_a_person_may_still_watch_beside_their_feed(desk: Desk) -> None:
    await fed(desk, await made(desk), "t1")
    account = await desk.store.account(RelayName("relay"))

    joined = await desk.store.subscribe(
        account,
        TaskId("t2"),
        destination=CHAT,
        person=ANN,
        limits=Limits(person_watches=1),
        at=desk.now,
    )

    assert isinstance(joined, Joined)


async def test_a_fed_watch_is_watched_and_shows_its_card_by_itself(desk: Desk) -> None:
    await fed(desk, await made(desk))

    changes = await desk.store.watch_changes()

    assert [row.task_id for row in changes.opened] == ["t1"]
    assert len(await desk.stale()) == 1


async def test_a_feed_joins_the_watch_that_is_there(desk: Desk) -> None:
    subscription = await desk.watch("t1", by=BOB)

    joined = await fed(desk, await made(desk))

    assert isinstance(joined, Joined)
    assert (joined.fresh, joined.added) == (False, True)
    assert joined.subscription.id == subscription.id
    assert joined.subscription.askers == (BOB, ANN)


async def test_an_end_that_is_known_is_told_once(desk: Desk) -> None:
    await desk.look("t1", State.SUCCEEDED)
    feed = await made(desk)

    first = await fed(desk, feed)
    second = await fed(desk, feed)
    notes = await desk.lease()
    await desk.told(notes[0])
    third = await fed(desk, feed)

    assert isinstance(first, Joined)
    assert isinstance(second, Joined)
    assert third is None
    assert len(notes) == 1
    assert await desk.lease() == []


async def test_a_chat_knows_what_it_has_stopped_watching(desk: Desk) -> None:
    subscription = await desk.watch("t1")
    watching = await desk.store.watched_before(TaskId("t1"), CHAT)

    await desk.store.unsubscribe(subscription.id, person=None, at=desk.now)

    assert not watching
    assert await desk.store.watched_before(TaskId("t1"), CHAT)
    assert not await desk.store.watched_before(TaskId("t1"), ELSEWHERE)
    assert not await desk.store.watched_before(TaskId("t2"), CHAT)


async def test_a_person_is_found_by_name_in_their_own_chat(desk: Desk) -> None:
    await desk.watch("t1", by=replace(BOB, name="@bob"))

    assert await desk.store.person_named(CHAT, "@Bob") == replace(BOB, name="@bob")
    assert await desk.store.person_named(CHAT, "bob") == replace(BOB, name="@bob")
    assert await desk.store.person_named(ELSEWHERE, "bob") is None


async def test_a_chats_limit_is_no_obstacle_to_joining(desk: Desk) -> None:
    feed = await made(desk)
    one = Limits(chat_watches=1)
    await fed(desk, feed, "t1", limits=one)

    again = await fed(desk, feed, "t1", mention=(BOB,), limits=one)

    assert isinstance(again, Joined)
    assert again.subscription.askers == (ANN, BOB)


# --- what a filter cannot say yet --------------------------------------------------


async def test_what_a_filter_may_not_want_is_held_back_until_it_is_sifted(
    desk: Desk,
) -> None:
    feed = replace(await made(desk), action="IMAGINE")
    joined = await fed(desk, feed)
    assert isinstance(joined, Joined)
    key = joined.subscription.task_key
    await desk.ended(key)

    [held] = await desk.store.unsifted(limit=9)
    before = (await desk.lease(), await desk.store.next_due_at(DISCORD))
    await desk.store.sifted([held.subscription])

    assert (held.task_key, held.feed) == (key, feed.id)
    assert before == ([], None)
    assert [note.task.key for note in await desk.lease()] == [key]
    assert await desk.store.unsifted(limit=9) == []


async def test_what_is_held_back_has_no_card_and_is_on_no_board(desk: Desk) -> None:
    feed = replace(await made(desk), state_prefix="shop-")
    for number in range(5):
        await fed(desk, feed, f"t{number}")

    assert await desk.stale() == []
    assert await desk.store.stale_boards(DISCORD, limit=9, at=desk.now) == []
    assert len(await desk.store.unsifted(limit=3)) == 3


async def test_what_has_been_seen_is_not_held_back(desk: Desk) -> None:
    feed = replace(await made(desk), action="IMAGINE")
    await desk.look("t1", State.RUNNING, action="IMAGINE")

    await fed(desk, feed)

    assert await desk.store.unsifted(limit=9) == []


async def test_an_ended_watch_is_not_sifted(desk: Desk) -> None:
    joined = await fed(desk, replace(await made(desk), action="IMAGINE"))
    assert isinstance(joined, Joined)

    await desk.store.unsubscribe(joined.subscription.id, person=None, at=desk.now)

    assert await desk.store.unsifted(limit=9) == []


async def test_a_feed_keeps_by_what_names_its_place_is_let_in(desk: Desk) -> None:
    made_there = await desk.store.make_feed(
        CHAT, ANN, digest=DIGEST, groups=("discord:guild:7",), at=desk.now
    )
    renewed = await desk.store.make_feed(CHAT, ANN, digest=DIGEST, at=desk.now)

    assert made_there.groups == ("discord:guild:7",)
    assert renewed.groups == ()
