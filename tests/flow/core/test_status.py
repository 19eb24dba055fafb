"""`/status` asked of the real core: what is shown, and of whom it is asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.access import AccessOptions
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOB, Commanding, commanding, labels, words
from tests.fakes.relay import FakeRelay
from tests.flow.core.conftest import ONE


async def test_status_of_a_running_task_shows_how_it_stands(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert labels(reply) == ["Watch", "Refresh"]
    assert reply.picture is None


async def test_status_of_a_finished_task_brings_its_picture_and_buttons(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")

    reply = await desk.commands.status(ANN, ONE)

    assert reply.picture is not None
    assert labels(reply)[:4] == ["U1", "U2", "U3", "U4"]
    assert labels(reply)[-3:] == ["Seed", "Details", "All customIds"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_preview_is_shown_where_the_chat_wants_it(
    desk: Commanding, relay: FakeRelay, *, wanted: bool
) -> None:
    relay.task(ONE, status="IN_PROGRESS", imageUrl=f"{relay.url}/mj/image/{ONE}?rand=1")
    settings = replace(await desk.store.settings(ANN.destination), previews=wanted)
    await desk.store.save_settings(ANN.destination, settings)

    looked = await desk.commands.status(ANN, ONE)
    live = await desk.commands.watch(ANN, ONE)

    assert (looked.picture is not None, "preview" in words(looked)) == (wanted, wanted)
    assert (live.picture, "preview" in words(live)) == (None, False)


async def test_several_ids_are_one_list_asked_for_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    ids = [f"17672256000000{n:02}" for n in range(5)]
    for each in ids:
        relay.task(each, status="IN_PROGRESS", progress="10%")

    reply = await desk.commands.status(ANN, ", ".join(ids))

    assert all(each in words(reply) for each in ids)
    assert [r.route for r in relay.requests] == ["list"]


@pytest.mark.parametrize("odd", ["a/b", "../../etc/passwd", "id?x=1", "идет", "x.y"])
async def test_what_cannot_be_an_id_gets_one_line_and_asks_nobody(
    desk: Commanding, relay: FakeRelay, odd: str
) -> None:
    reply = await desk.commands.status(ANN, f"{ONE} {odd}")

    assert len(reply.card.blocks) == 1
    assert reply.private
    assert relay.requests == []


async def test_more_than_ten_ids_are_too_many(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await desk.commands.status(ANN, " ".join(f"id{n}" for n in range(11)))

    assert "10" in words(reply)
    assert relay.requests == []


async def test_an_unknown_id_is_said_with_the_way_to_ones_own_key(
    desk: Commanding,
) -> None:
    reply = await desk.commands.status(ANN, "nobodyknows")

    assert "does not know this id for the key I use" in words(reply)
    assert labels(reply) == ["Use my own key"]


async def test_a_relay_that_is_down_still_shows_the_last_known_card(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    await desk.commands.status(ANN, ONE)
    relay.fault(http=503, times=None)

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert "last" in words(reply).lower()


async def test_what_another_chat_saw_is_not_shown_when_the_relay_is_down(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", prompt="a secret plan")
    await desk.commands.status(ANN, ONE)
    relay.fault(http=503, times=None)
    elsewhere = replace(BOB, destination=replace(BOB.destination, chat="99"))

    reply = await desk.commands.status(elsewhere, ONE)

    assert "secret plan" not in words(reply)


async def test_a_pasted_call_is_understood_and_its_key_called_out(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    call = f"curl https://x/mj/task/{ONE}/fetch -H 'Authorization: Bearer sk-abc123456'"

    reply = await desk.commands.status(ANN, call)

    assert "40%" in words(reply)
    assert "sk-abc" not in words(reply)
    assert len(reply.more) == 1


async def test_a_key_without_an_id_is_called_out_too(desk: Commanding) -> None:
    reply = await desk.commands.status(ANN, "? my key is sk-abc123456, what now")

    assert "does not look like" in words(reply)
    assert len(reply.more) == 1


async def test_the_default_relay_is_believed_first_and_the_knower_remembered(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with FakeRelay(kind="newapi") as first, FakeRelay(kind="newapi") as second:
        second.task(ONE, status="IN_PROGRESS", progress="70%", hold=True)
        relays = [first, second]
        async with commanding(store, clock, tmp_path / "p", relays) as desk:
            reply = await desk.commands.status(ANN, ONE)
            first.task(ONE, status="IN_PROGRESS", progress="10%", hold=True)
            again = await desk.commands.status(ANN, ONE)

    assert "70%" in words(reply)
    assert "r2" in words(reply)
    assert "70%" in words(again)


async def test_a_relay_can_be_named_and_a_wrong_name_is_said(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with FakeRelay(kind="newapi") as first, FakeRelay(kind="newapi") as second:
        first.task(ONE, status="IN_PROGRESS", progress="10%", hold=True)
        second.task(ONE, status="IN_PROGRESS", progress="70%", hold=True)
        relays = [first, second]
        async with commanding(store, clock, tmp_path / "p", relays) as desk:
            named = await desk.commands.status(ANN, f"r2:{ONE}")
            wrong = await desk.commands.status(ANN, f"r9:{ONE}")

    assert "70%" in words(named)
    assert "r1, r2" in words(wrong)


async def test_looks_are_limited_a_minute_and_a_person(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(looks_a_minute=2)
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        for _ in range(2):
            await desk.commands.status(ANN, ONE)

        third = await desk.commands.status(ANN, ONE)
        other = await desk.commands.status(BOB, ONE)
        clock.move(61)
        later = await desk.commands.status(ANN, ONE)

    assert "40%" not in words(third)
    assert "40%" in words(other)
    assert "40%" in words(later)


async def test_a_stranger_gets_one_line_that_tells_whom_to_ask(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(allow=frozenset({"chat:2"}))
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        refused = await desk.commands.status(ANN, ONE)
        let_in = await desk.commands.status(BOB, ONE)

    assert refused.private
    assert len(refused.card.blocks) == 1
    assert "does not know" in words(let_in)
    assert relay.count("fetch") == 1
