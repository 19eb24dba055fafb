"""`mjwatch status` and `seed` of several relays: one verdict, within 15 seconds."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.cli.asking import tell_seed
from tests.fakes.outside import outside_command
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay
from tests.flow.cli_asking.conftest import TASK, Ask

REFUSES: dict[str, Any] = {
    "http": 401,
    "body": {"error": {"message": "quota is used up"}},
}
IS_DOWN: dict[str, Any] = {"http": 503, "body": "<html>"}


@pytest.mark.parametrize(
    ("troubles", "code", "error"),
    [
        (({}, {}, {}), 3, "unknown_task"),
        (({}, REFUSES, {}), 4, "refused"),
        ((REFUSES, {}, REFUSES), 4, "refused"),
        (({}, IS_DOWN, {}), 5, "unavailable"),
        ((REFUSES, {}, IS_DOWN), 5, "unavailable"),
    ],
)
async def test_several_relays_give_one_verdict(
    troubles: tuple[dict[str, Any], ...],
    code: int,
    error: str,
    others: list[FakeRelay],
    ask_many: Ask,
) -> None:
    for relay, trouble in zip(others, troubles, strict=True):
        if trouble:
            relay.fault(**trouble, times=None)

    said = await ask_many()

    assert (said.code, said.json["error"]) == (code, error)
    assert all(relay.count("fetch", TASK) for relay in others)


async def test_any_relay_that_knows_it_wins(
    others: list[FakeRelay], ask_many: Ask
) -> None:
    others[0].fault(**REFUSES, times=None)
    others[1].fault(**IS_DOWN, times=None)
    others[2].task(TASK, status="SUCCESS")

    said = await ask_many()

    assert (said.code, said.json["relay"]) == (0, "r3")


async def test_a_relay_that_hangs_hides_no_answer_of_another(
    others: list[FakeRelay], ask_many: Ask
) -> None:
    others[0].fault(hang=asyncio.Event(), times=None)
    others[2].task(TASK, status="SUCCESS")
    began = time.monotonic()

    said = await ask_many()

    assert (said.code, said.json["relay"]) == (0, "r3")
    assert time.monotonic() - began < 15


async def test_the_default_relays_answer_is_taken_if_it_knows_it(
    others: list[FakeRelay], ask_many: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.relays.PREFERRED_SECONDS", PATIENCE_SECONDS)
    for relay in others:
        relay.task(TASK, status="SUCCESS")

    assert (await ask_many()).json["relay"] == "r1"


@pytest.mark.parametrize("task", ["r2:" + TASK, "R2:" + TASK])
async def test_a_name_before_the_id_asks_that_relay_alone(
    task: str, others: list[FakeRelay], ask_many: Ask
) -> None:
    for relay in others:
        relay.task(TASK, status="SUCCESS")

    said = await ask_many(task)

    assert (said.code, said.json["relay"], said.json["task_id"]) == (0, "r2", TASK)
    assert others[0].requests == others[2].requests == []


async def test_a_relay_can_be_chosen(others: list[FakeRelay], ask_many: Ask) -> None:
    others[0].task(TASK, status="SUCCESS")

    said = await ask_many(relay="r3")

    assert (said.code, said.json["relay"]) == (3, "r3")


async def test_a_seed_is_asked_of_who_knows_the_task(
    others: list[FakeRelay],
    ask_many: Ask,
    capsys: pytest.CaptureFixture[str],
) -> None:
    others[1].task(TASK, status="SUCCESS").seed = "4242"

    code = await tell_seed(TASK, relay=None, as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (code, told) == (0, {"relay": "r2", "task_id": TASK, "seed": "4242"})


@pytest.mark.parametrize("words", [("status",), ("status", "--raw"), ("seed",)])
async def test_a_relay_that_hangs_is_given_up_within_15_seconds(
    words: tuple[str, ...], relay: FakeRelay, tmp_path: Path
) -> None:
    async with FakeRelay() as other:
        relay.fault(hang=asyncio.Event(), times=None)
        other.fault(hang=asyncio.Event(), times=None)
        settings = {
            "RELAYS__A__URL": f"{relay.url},{other.url}",
            "RELAYS__B__URL": other.url,
        }

        code, out, _ = await outside_command(tmp_path, settings, *words, TASK, "--json")
        took = time.monotonic() - first_question(relay, other)

    assert took < 15
    assert (code, json.loads(out)["error"]) == (5, "unavailable")


async def test_a_seed_that_hangs_after_a_look_is_given_up_in_time_too(
    relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="SUCCESS")
    relay.fault(hang=asyncio.Event(), times=None, route="seed")
    async with FakeRelay() as other:
        other.fault(hang=asyncio.Event(), times=None)
        settings = {
            "RELAYS__A__URL": other.url,
            "RELAYS__B__URL": relay.url,
            "RELAYS__B__KEY": relay.key,
        }

        code, out, _ = await outside_command(tmp_path, settings, "seed", TASK, "--json")
        took = time.monotonic() - first_question(relay, other)

    assert took < 15
    assert (code, json.loads(out)["error"]) == (5, "unavailable")


def first_question(*relays: FakeRelay) -> float:
    """When a relay was asked first: how long Python takes to start is no promise."""
    return min(seen.at for relay in relays for seen in relay.requests)
