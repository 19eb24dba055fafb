"""What programs post to the real core: ids, for whom, and what is refused."""

from dataclasses import replace

import pytest

from bot.domain.feed import FeedReason
from bot.domain.subscription import Person
from tests.fakes.commanding import ANN, BOSS, CHAT, Commanding
from tests.fakes.feeding import (
    ONE,
    RUNNING,
    THREE,
    TWO,
    asked,
    made,
    post,
    reasons,
    running,
)
from tests.fakes.relay import FakeRelay


async def test_a_wrong_token_is_no_feed_and_writes_nothing(desk: Commanding) -> None:
    await made(desk)
    loads = []
    found = desk.store.feed_digests

    async def counted() -> frozenset[str]:
        loads.append(1)
        return await found()

    desk.store.feed_digests = counted  # type: ignore[method-assign]  # to be counted

    answers = {
        await desk.commands.feeder.fed(f"{n:043d}", ONE.encode()) for n in range(1000)
    }

    assert answers == {None}
    assert len(loads) == 1
    assert await running(desk) == []


@pytest.mark.parametrize(
    "token", ["", "x", "../../etc", "a" * 200, "é" * 43, "\0" * 43]
)
async def test_what_cannot_be_a_token_is_no_feed(desk: Commanding, token: str) -> None:
    assert await desk.commands.feeder.fed(token, b"") is None


async def test_ids_are_watched_for_the_feeds_owner(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)

    answer = await post(desk, await made(desk), f"{ONE}\n{TWO}\nb!")

    assert answer.watched == (ONE, TWO)
    assert reasons(answer) == [FeedReason.NOT_AN_ID]
    assert set(await running(desk)) == {ONE, TWO}
    assert await asked(desk) == [BOSS.person]


async def test_a_feed_works_while_the_relay_is_down(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.fault(http=502, times=None)

    answer = await post(desk, await made(desk), {"code": 1, "result": ONE})

    assert answer.watched == (ONE,)


async def test_a_finished_task_is_told_once(desk: Commanding, relay: FakeRelay) -> None:
    relay.task(ONE, status="SUCCESS")
    token = await made(desk)

    first = await post(desk, token, ONE)
    second = await post(desk, token, ONE)
    [note] = await desk.store.lease(
        CHAT,
        now=desk.clock.now(),
        limit=9,
        lease_for=desk.clock.now() - desk.clock.now(),
    )
    await desk.store.settle(note, receipt=None, at=desk.clock.now())
    third = await post(desk, token, ONE)

    assert [reasons(a) for a in (first, second, third)] == [
        [FeedReason.FINISHED],
        [FeedReason.FINISHED],
        [FeedReason.TOLD],
    ]
    assert await desk.store.next_due_at(CHAT) is None


async def test_an_id_with_an_unknown_relay_is_refused(desk: Commanding) -> None:
    answer = await post(desk, await made(desk), f"moon:{ONE} r1:{TWO}")

    assert answer.watched == (f"r1:{TWO}",)
    assert reasons(answer) == [FeedReason.UNKNOWN_RELAY]


async def test_a_chats_limit_refuses_the_rest(desk: Commanding) -> None:
    limits = replace(desk.core.access.options.watches, chat_watches=1, person_watches=1)
    desk.core.access.options = replace(desk.core.access.options, watches=limits)

    answer = await post(desk, await made(desk), f"{ONE} {TWO}")

    assert answer.watched == (ONE,)
    assert reasons(answer) == [FeedReason.CHAT_LIMIT]


async def test_for_names_whom_to_mention(desk: Commanding) -> None:
    token = await made(desk)
    await desk.commands.watch(ANN, TWO)

    await post(desk, token, {"ids": [ONE], "for": "777"})
    by_id = await asked(desk)
    await post(desk, token, {"ids": [THREE], "for": "@ann"})
    by_name = await asked(desk)

    assert by_id == [Person(platform=CHAT, id="777")]
    assert by_name == [ANN.person]


async def test_a_name_that_nobody_has_mentions_the_owner(desk: Commanding) -> None:
    await post(desk, await made(desk), {"ids": [ONE], "for": "@nobody"})

    assert await asked(desk) == [BOSS.person]


async def test_where_names_ring_a_name_is_enough(desk: Commanding) -> None:
    boss = replace(BOSS, person=replace(BOSS.person, name="@boss"))

    await post(desk, await made(desk, caller=boss), {"ids": [ONE], "for": "bobby"})

    assert await asked(desk) == [Person(platform=CHAT, id="@bobby", name="@bobby")]


async def test_the_owners_own_name_is_the_owner(desk: Commanding) -> None:
    await post(desk, await made(desk), {"ids": [ONE], "for": "@Boss"})

    assert await asked(desk) == [BOSS.person]
