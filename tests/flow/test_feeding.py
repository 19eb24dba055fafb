"""`/feed`, and what programs post, asked of the real core with relays on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.commands.fed import FeedAnswer, Feeder
from bot.commands.feeding import FeedWish, read_wish
from bot.commands.reply import Caller, How, Reply
from bot.domain.feed import FeedReason
from bot.domain.subscription import Person
from bot.domain.task import State, TaskId
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOSS,
    CHAT,
    GROUP,
    Commanding,
    commanding,
    labels,
    ref,
    words,
)
from tests.fakes.relay import FakeRelay

ONE, TWO, THREE = (f"176722560000000{n}" for n in (1, 2, 3))
RUNNING: Final[dict[str, Any]] = {
    "status": "IN_PROGRESS",
    "progress": "40%",
    "hold": True,
}


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        yield opened


@pytest.fixture
async def desk(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay]) as opened:
        yield opened


def token_in(reply: Reply) -> str:
    """The token of the address that an answer shows."""
    return next(line[3:] for line in words(reply).splitlines() if line[:3] == "/w/")


async def made(desk: Commanding, text: str = "", caller: Caller = BOSS) -> str:
    return token_in(await desk.commands.feed(caller, text))


async def post(desk: Commanding, token: str, body: object) -> FeedAnswer:
    """Post text, or anything as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = await desk.commands.feeder.fed(token, text.encode())
    assert answer is not None
    return answer


def reasons(answer: FeedAnswer) -> list[FeedReason]:
    return [each.reason for each in answer.refused]


async def running(desk: Commanding) -> list[str]:
    watched, _ = await desk.store.running(GROUP, limit=100)
    return [each.task.task_id for each in watched]


async def asked(desk: Commanding) -> list[Person]:
    watched, _ = await desk.store.running(GROUP, limit=1)
    return list(watched[0].subscription.askers)


# --- /feed -----------------------------------------------------------------------


async def test_a_feed_is_made_and_shown_to_nobody_else(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")

    assert (reply.private, reply.secret) == (True, True)
    assert len(token_in(reply)) == 43
    assert "PUBLIC_URL" in words(reply)
    assert f"curl -d {ONE[:-3]}123 /w/{token_in(reply)}" in words(reply)
    assert labels(reply) == ["Copy", "Renew", "Remove"]


async def test_a_public_address_is_shown_whole(desk: Commanding) -> None:
    core = replace(desk.core, public_url="https://bot.example")

    reply = await type(desk.commands)(core).feed(BOSS, "")

    assert "\nhttps://bot.example/w/" in words(reply)
    assert "PUBLIC_URL" not in words(reply)


async def test_a_feed_is_for_those_who_manage_the_chat(desk: Commanding) -> None:
    reply = await desk.commands.feed(ANN, "")

    assert words(reply) == "Only those who manage this chat can do that."
    assert await desk.store.feeds(GROUP) == []


async def test_an_address_is_shown_once(desk: Commanding) -> None:
    token = await made(desk)

    reply = await desk.commands.feed(BOSS, "")

    assert token not in words(reply)
    assert "no copy" in words(reply)
    assert "Not used yet." in words(reply)


async def test_a_feed_says_when_it_was_used(desk: Commanding) -> None:
    await post(desk, await made(desk), ONE)
    desk.clock.move(7200)

    reply = await desk.commands.feed(BOSS, "")

    assert "Last used 2 h ago." in words(reply)


async def test_a_renewed_address_ends_the_earlier_one(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")
    old = token_in(reply)

    renewed = await desk.commands.press(BOSS, ref(reply, "Renew"))

    assert renewed.secret
    assert "earlier address" in words(renewed)
    assert await desk.commands.feeder.fed(old, b"") is None
    desk.clock.move(1)
    assert await desk.commands.feeder.fed(token_in(renewed), b"") is not None


async def test_renew_as_a_word_does_the_same(desk: Commanding) -> None:
    old = await made(desk)

    new = await made(desk, "renew")

    assert await desk.commands.feeder.fed(old, b"") is None
    assert new != old


async def test_a_removed_feed_takes_nothing(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")

    gone = await desk.commands.press(BOSS, ref(reply, "Remove"))
    again = await desk.commands.press(BOSS, ref(reply, "Remove"))

    assert (gone.how, gone.private) == (How.NOTICE, True)
    assert words(gone) == "feed1 is removed; its address does not work any more."
    assert again.private
    assert await desk.commands.feeder.fed(token_in(reply), b"") is None


async def test_remove_as_a_word_does_the_same(desk: Commanding) -> None:
    await made(desk)

    assert "feed1 is removed" in words(await desk.commands.feed(BOSS, "remove"))
    assert "no feed here" in words(await desk.commands.feed(BOSS, "remove"))


async def test_the_buttons_work_in_the_private_chat_too(desk: Commanding) -> None:
    """Where an answer to a group cannot be hidden, it is sent there."""
    reply = await desk.commands.feed(BOSS, "")
    at_home = replace(BOSS, destination=replace(ALONE, chat="3"))

    renewed = await desk.commands.press(at_home, ref(reply, "Renew"))

    assert token_in(renewed)
    assert [f.destination for f in await desk.store.feeds(GROUP)] == [GROUP]


async def test_others_feeds_can_be_removed_but_not_taken_over(desk: Commanding) -> None:
    chief = replace(BOSS, person=Person(platform=CHAT, id="4", name="Chief"))
    first = await desk.commands.feed(BOSS, "")
    await made(desk, caller=chief)

    seen = await desk.commands.feed(chief, "")
    stolen = await desk.commands.press(chief, ref(first, "Renew"))
    strange = await desk.commands.press(ANN, ref(first, "Remove"))
    gone = await desk.commands.press(chief, ref(seen, "Remove: feed1"))

    assert "feed1 is the feed of Boss." in words(seen)
    assert stolen.how is How.NOTICE
    assert "Only those who manage" in words(strange)
    assert "feed1 is removed" in words(gone)


async def test_a_press_of_an_older_feed_does_nothing(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")
    forged = ref(reply, "Remove")[:-8] + "00000000"

    answer = await desk.commands.press(BOSS, forged)

    assert answer.how is How.NOTICE
    assert len(await desk.store.feeds(GROUP)) == 1


async def test_a_feed_without_a_web_server_says_so(desk: Commanding) -> None:
    closed = type(desk.commands)(replace(desk.core, feeds_open=False))

    assert "WEB=on" in words(await closed.feed(BOSS, ""))
    assert "WEB=on" in words(await closed.feed(BOSS, ""))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", FeedWish()),
        ("renew", FeedWish(renew=True)),
        ("Remove", FeedWish(remove=True)),
        (
            "state=team-a action=imagine",
            FeedWish(state_prefix="team-a", action="IMAGINE"),
        ),
        ("state= action=", FeedWish(state_prefix="", action="")),
        ("action=SWAP_FACE", FeedWish(action="SWAP_FACE")),
        ("action=a/b", None),
        ("please", None),
    ],
)
def test_the_words_of_feed(text: str, wish: FeedWish | None) -> None:
    assert read_wish(text) == wish


async def test_an_unknown_word_is_explained(desk: Commanding) -> None:
    assert "/feed state=team-a" in words(await desk.commands.feed(BOSS, "please"))


# --- bodies ----------------------------------------------------------------------


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


# --- hooks -----------------------------------------------------------------------


def hook(task_id: str, **fields: object) -> dict[str, object]:
    return {"id": task_id, "status": "IN_PROGRESS", "progress": "1%"} | fields


async def test_a_hook_looks_at_a_watched_task_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    await post(desk, token, ONE)
    relay.becomes(ONE, status="SUCCESS")

    answer = await post(desk, token, hook(ONE))

    assert reasons(answer) == [FeedReason.FINISHED]
    assert await desk.store.next_due_at(CHAT) is not None


async def test_nothing_of_a_hook_is_believed_but_the_id(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    forged = hook(ONE, status="SUCCESS", imageUrl=f"{relay.url}/forged", prompt="mine")

    answer = await post(desk, await made(desk), forged)

    [task] = await desk.store.find_tasks(TaskId(ONE))
    assert answer.watched == (ONE,)
    assert task.snapshot is not None
    assert (task.snapshot.state, task.snapshot.prompt != "mine") == (
        State.RUNNING,
        True,
    )
    assert not any("forged" in seen.path for seen in relay.requests)


async def test_a_forged_hook_is_refused(desk: Commanding, relay: FakeRelay) -> None:
    url = f"{relay.url}/latest"
    forged = {"id": "999", "status": "SUCCESS", "progress": "100%", "imageUrl": url}

    answer = await post(desk, await made(desk), forged)

    assert reasons(answer) == [FeedReason.UNKNOWN_TASK]
    assert await running(desk) == []
    assert not any("latest" in seen.path for seen in relay.requests)


async def test_a_hook_for_what_is_not_seen_yet_keeps_the_watch(
    desk: Commanding,
) -> None:
    token = await made(desk)
    await post(desk, token, ONE)

    answer = await post(desk, token, hook(ONE))

    assert answer.watched == (ONE,)


async def test_a_late_hook_changes_nothing(desk: Commanding, relay: FakeRelay) -> None:
    relay.task(ONE, status="SUCCESS")
    token = await made(desk)
    await post(desk, token, ONE)
    [note] = await desk.store.lease(
        CHAT,
        now=desk.clock.now(),
        limit=9,
        lease_for=desk.clock.now() - desk.clock.now(),
    )
    await desk.store.settle(note, receipt=None, at=desk.clock.now())
    before = len(relay.requests)

    answers = [
        await post(desk, token, hook(ONE)),
        await post(desk, token, hook(ONE, status="SUCCESS")),
    ]

    assert [reasons(a) for a in answers] == [[FeedReason.TOLD]] * 2
    assert len(relay.requests) == before
    assert await desk.store.next_due_at(CHAT) is None


async def test_a_hook_does_not_bring_back_what_was_stopped(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    await post(desk, token, hook(ONE))
    await desk.commands.unwatch(BOSS, ONE)

    stopped = await post(desk, token, hook(ONE))
    wanted = await post(desk, token, ONE)

    assert reasons(stopped) == [FeedReason.STOPPED]
    assert wanted.watched == (ONE,)


async def test_a_flood_of_hooks_is_not_passed_on(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING)
    token = await made(desk)
    feeder = Feeder(desk.core, looks_a_minute=2)
    body = json.dumps(hook(ONE)).encode()

    answers = [await feeder.fed(token, body) for _ in range(4)]
    asked_in_one_minute = len(relay.requests)
    desk.clock.move(61)
    await feeder.fed(token, body)

    assert answers == [FeedAnswer(watched=(ONE,))] * 4
    assert (asked_in_one_minute, len(relay.requests)) == (2, 3)


async def test_looks_that_take_too_long_hold_nobody_up(
    desk: Commanding, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.fed.LOOK_SECONDS", 0.01)
    relay.task(ONE, **RUNNING)
    never = asyncio.Event()
    relay.fault(hang=never)

    answer = await post(desk, await made(desk), ONE)
    never.set()

    assert answer.watched == (ONE,)


# --- filters ---------------------------------------------------------------------


async def test_a_filter_leaves_other_tasks_alone(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, **RUNNING, action="IMAGINE", state="team-a:7")
    relay.task(TWO, **RUNNING, action="IMAGINE", state="team-b:7")
    relay.task(THREE, **RUNNING, action="UPSCALE", state="team-a:8")
    token = await made(desk, "state=team-a action=imagine")

    answer = await post(desk, token, [ONE, TWO, THREE])
    again = await post(desk, token, hook(TWO))

    assert answer.watched == (ONE,)
    assert reasons(answer) == [FeedReason.FILTERED] * 2
    assert reasons(again) == [FeedReason.FILTERED]
    assert await running(desk) == [ONE]


async def test_a_filter_is_shown_and_changed(desk: Commanding) -> None:
    await made(desk, "state=team-a action=imagine")

    shown = words(await desk.commands.feed(BOSS, ""))
    changed = words(await desk.commands.feed(BOSS, "state= action=BLEND"))

    assert "begins with team-a." in shown
    assert "the action IMAGINE." in shown
    assert "team-a" not in changed
    assert "the action BLEND." in changed


async def test_what_is_seen_later_is_sifted_then(
    desk: Commanding, relay: FakeRelay
) -> None:
    await post(desk, await made(desk, "action=imagine"), f"{ONE} {TWO}")
    relay.task(ONE, **RUNNING, action="IMAGINE")
    relay.task(TWO, **RUNNING, action="UPSCALE")
    unseen = await desk.commands.feeder.sift()
    await desk.commands.status(BOSS, f"{ONE} {TWO}")

    ended = await desk.commands.feeder.sift()

    assert (unseen, ended) == (0, 1)
    assert await running(desk) == [ONE]
    assert await desk.commands.feeder.sift() == 0


async def test_slim_objects_are_looked_at_whole_for_a_state(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with (
        FakeRelay(kind="crazyrouter") as slim,
        commanding(store, clock, tmp_path / "p", [slim]) as desk,
    ):
        for n in range(3):
            slim.task(f"task_{n}", **RUNNING, state=f"team-{n}")
        token = await made(desk, "state=team-1")

        answer = await post(desk, token, [f"task_{n}" for n in range(3)])

    assert answer.watched == ("task_1",)


async def test_the_loop_sifts_by_itself(desk: Commanding, relay: FakeRelay) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    relay.task(ONE, **RUNNING, action="UPSCALE")
    await desk.commands.status(BOSS, ONE)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        sifting = group.create_task(desk.commands.feeder.run())
        while await running(desk):  # noqa: ASYNC110 - memory rings no bell
            await asyncio.sleep(0.01)
        sifting.cancel()

    assert await running(desk) == []


async def test_what_ended_meanwhile_needs_no_sifting(
    desk: Commanding, relay: FakeRelay
) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    await desk.commands.unwatch(BOSS, ONE)

    assert await desk.commands.feeder.sift() == 0


async def test_a_wanted_task_stays(desk: Commanding, relay: FakeRelay) -> None:
    await post(desk, await made(desk, "action=imagine"), ONE)
    relay.task(ONE, **RUNNING, action="IMAGINE")
    await desk.commands.status(BOSS, ONE)

    assert await desk.commands.feeder.sift() == 0
    assert await running(desk) == [ONE]
