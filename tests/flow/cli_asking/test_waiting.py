"""`mjwatch status --wait`: to the end, through an outage, never for ever."""

import asyncio
import time

import pytest

from tests.fakes.relay import FakeRelay
from tests.flow.cli_asking.conftest import TASK, Ask

LOOK_SECONDS = 3.0  # a busy machine has looked once by then


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("SUCCESS", 0, "succeeded"),
        ("FAILURE", 1, "failed"),
        ("CANCEL", 1, "cancelled"),
        ("MODAL", 6, "needs_input"),
    ],
)
async def test_wait_follows_a_task_to_its_end(
    status: str, code: int, state: str, relay: FakeRelay, ask: Ask
) -> None:
    relay.says(TASK, status="IN_PROGRESS", progress="10%")
    relay.says(TASK, status=status)

    said = await ask(wait=True)

    assert (said.code, said.json["state"]) == (code, state)
    assert relay.count("fetch") == 2


async def test_wait_lasts_through_an_outage(relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="SUCCESS")
    relay.fault(http=502, body="bad gateway", times=4)

    said = await ask(wait=True, timeout=20)

    assert (said.code, said.json["state"]) == (0, "succeeded")


async def test_wait_ends_when_its_time_is_over(relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="IN_PROGRESS", progress="10%", hold=True)

    said = await ask(wait=True, timeout=LOOK_SECONDS)

    assert (said.code, said.json["error"]) == (5, "unavailable")
    assert said.json.keys() == {"error", "relay", "message"}
    assert "10%" in said.json["message"] or "Running" in said.json["message"]


async def test_what_is_said_then_may_be_shown_anywhere(
    relay: FakeRelay, ask: Ask
) -> None:
    relay.task(TASK, status="IN_PROGRESS", prompt="@everyone", hold=True)

    said = await ask(wait=True, timeout=LOOK_SECONDS)

    assert "@" not in said.json["message"]


@pytest.mark.parametrize(("times", "code"), [(2, 0), (6, 3)])
async def test_wait_is_not_ended_by_one_odd_answer(
    times: int, code: int, relay: FakeRelay, ask: Ask
) -> None:
    relay.says(TASK, status="IN_PROGRESS", progress="10%")
    for _ in range(times):
        relay.says(TASK, http=400, body=b'{"description": "task_no_found ", "code": 4}')
    relay.says(TASK, status="SUCCESS")

    said = await ask(wait=True, timeout=20)

    assert said.code == code


@pytest.mark.parametrize("silence", ["hangs", "is away"])
async def test_wait_ends_in_time_before_a_relay_that_says_nothing(
    silence: str, relay: FakeRelay, ask: Ask
) -> None:
    relay.fault(
        hang=asyncio.Event() if silence == "hangs" else None,
        reset=silence == "is away",
        times=None,
    )
    began = time.monotonic()

    said = await ask(wait=True, timeout=1)

    assert (said.code, said.json["error"]) == (5, "unavailable")
    assert time.monotonic() - began < 8  # a look by itself would take ten


async def test_wait_does_not_wait_for_what_nobody_knows(ask: Ask) -> None:
    said = await ask(wait=True, timeout=5)

    assert (said.code, said.json["error"]) == (3, "unknown_task")


async def test_wait_tells_the_relays_own_object_too(relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="FAILURE")

    said = await ask(wait=True, raw=True)

    assert (said.code, said.json["status"]) == (1, "FAILURE")
    assert said.err == ""
