"""People's own keys: tried, kept, forgotten, never shown, called out when pasted."""

import pytest

from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, Commanding, words
from tests.fakes.relay import FakeRelay
from tests.flow.core.own_keys.conftest import (
    ANN_ALONE,
    ANNS,
    BOBS,
    ONE,
    OPERATORS,
    keep,
    shown_keys,
)

# --- /key ------------------------------------------------------------------------


async def test_a_key_that_works_is_kept_and_never_said(desk: Commanding) -> None:
    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "works" in words(reply)
    assert ANNS not in words(reply)
    assert "not used yet" in words(await desk.commands.key(ANN_ALONE, ""))


@pytest.mark.parametrize("text", [f"r1 {ANNS}", f"{ANNS} R1", f"Bearer {ANNS}"])
async def test_a_key_may_come_with_its_relay(desk: Commanding, text: str) -> None:
    reply = await keep(desk, ANN_ALONE, text)

    assert "works" in words(reply)


async def test_a_key_that_the_relay_refuses_is_not_kept(desk: Commanding) -> None:
    reply = await keep(desk, ANN_ALONE, "canary-nobodys-key")

    assert "does not accept this key" in words(reply)
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, ""))


async def test_a_key_that_cannot_be_tried_is_not_kept(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.fault(reset=True, times=None)

    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "could not try" in words(reply)
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, ""))


@pytest.mark.parametrize(
    "text",
    ["two keys here", f"r9 {ANNS}", "r1", "ключ", "x" * 513, "forget r9", "r1 r1 x"],
)
async def test_rubbish_is_not_taken_for_a_key(
    desk: Commanding, relay: FakeRelay, text: str
) -> None:
    reply = await keep(desk, ANN_ALONE, text)

    assert "one key in one piece" in words(reply)
    assert relay.requests == []


async def test_a_key_sent_into_a_group_is_not_used(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await keep(desk, ANN, ANNS)

    assert "in private" in words(reply)
    assert "revoke it" in words(reply)
    assert reply.private
    assert relay.requests == []


async def test_a_form_that_nobody_else_sees_is_as_good_as_private(
    desk: Commanding,
) -> None:
    reply = await desk.commands.key(ANN, ANNS, unseen=True)

    assert "works" in words(reply)
    assert reply.private


async def test_a_forgotten_key_is_used_no_more(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)

    said = words(await desk.commands.key(ANN_ALONE, "forget"))

    assert "Erased" in said
    assert "does not know" in words(await desk.commands.status(ANN_ALONE, ONE))
    assert shown_keys(relay, ONE) == [OPERATORS]
    assert "no key of yours" in words(await desk.commands.key(ANN_ALONE, "forget"))


async def test_the_last_use_is_told(
    desk: Commanding, clock: MovedClock, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    await desk.commands.status(ANN_ALONE, ONE)

    clock.move(7_200)

    assert "last used 2 h ago" in words(await desk.commands.key(ANN_ALONE, ""))


async def test_keys_cannot_be_guessed_without_end(
    desk: Commanding, relay: FakeRelay
) -> None:
    for number in range(20):
        await keep(desk, ANN_ALONE, f"guess-{number}")

    reply = await keep(desk, ANN_ALONE, ANNS)

    assert "20 looks in a minute" in words(reply)


# --- keys that are pasted -----------------------------------------------------------


@pytest.mark.parametrize("name", ["status", "watch", "seed"])
async def test_a_pasted_call_is_its_id_and_the_key_in_it_is_out(
    desk: Commanding, relay: FakeRelay, name: str
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    call = f"curl {relay.url}/mj/task/{ONE}/fetch -H 'Authorization: Bearer sk-{BOBS}'"

    reply = await getattr(desk.commands, name)(ANN, call)

    assert BOBS not in words(reply)
    assert BOBS not in str([seen.headers for seen in relay.requests])
    assert "revoke it" in words(reply)


async def test_a_key_in_an_ids_place_is_not_asked_for(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await desk.commands.watch(ANN, f"sk-{BOBS}")

    assert "revoke it" in words(reply)
    assert relay.requests == []
