"""`mjwatch status` and `mjwatch seed`: what a program may rely on, beyond one answer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.asking import StatusWish, tell_seed, tell_status
from tests.fakes.outside import outside_command
from tests.fakes.relay import FakeRelay

TASK = "1767225600000001"


@dataclass
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        return json.loads(self.out)


Ask = Callable[..., Awaitable[Said]]


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as server:
        yield server


@pytest.fixture
def ask(
    relay: FakeRelay,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """Say `mjwatch status` with the relay configured."""
    monkeypatch.chdir(tmp_path)
    settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
    for name, value in (settings | {"POLL_SECONDS": "0.5"}).items():
        monkeypatch.setenv(name, value)

    async def asked(task: str = TASK, **words: Any) -> Said:  # noqa: ANN401 - by name
        wish = StatusWish(task=task, **{"as_json": True, **words})
        code = await tell_status(wish)
        told = capsys.readouterr()
        return Said(int(code), told.out, told.err)

    return asked


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

    said = await ask(wait=True, timeout=0.7)

    assert (said.code, said.json["error"]) == (5, "unavailable")
    assert said.json.keys() == {"error", "relay", "message"}
    assert "10%" in said.json["message"] or "Running" in said.json["message"]


async def test_what_is_said_then_may_be_shown_anywhere(
    relay: FakeRelay, ask: Ask
) -> None:
    relay.task(TASK, status="IN_PROGRESS", prompt="@everyone", hold=True)

    said = await ask(wait=True, timeout=0.7)

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
    assert time.monotonic() - began < 3


async def test_wait_does_not_wait_for_what_nobody_knows(ask: Ask) -> None:
    said = await ask(wait=True, timeout=5)

    assert (said.code, said.json["error"]) == (3, "unknown_task")


async def test_raw_is_the_relays_object_without_what_nobody_may_see(
    relay: FakeRelay, ask: Ask
) -> None:
    hidden = {"notifyHook": "https://x.test/hook", "messageContent": "<@1> hi"}
    relay.task(TASK, status="SUCCESS", extra="kept", properties=hidden)

    said = await ask(raw=True)

    assert said.code == 0
    assert said.json["extra"] == "kept"
    assert not hidden.keys() & said.json["properties"].keys()
    assert "hook" not in said.out


async def test_raw_of_an_unknown_task_is_the_same_answer(ask: Ask) -> None:
    said = await ask(raw=True)

    assert (said.code, said.json["error"]) == (3, "unknown_task")


@pytest.mark.parametrize(
    "link",
    [
        "https://relay.example/mj/task/1767225600000001/fetch",
        "https://relay.example/mj-fast/mj/task/1767225600000001/fetch?x=1",
        "relay.example/mj/image/1767225600000001",
        " 1767225600000001 ",
    ],
)
async def test_a_link_is_an_id(link: str, relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="SUCCESS")

    said = await ask(link)

    assert (said.code, said.json["task_id"]) == (0, TASK)


@pytest.mark.parametrize(
    "rubbish", ["", "a/b", "1 2", "..", "任务", "x" * 65, "nobody:123", "1\x00"]
)
async def test_what_can_be_no_id_asks_nobody(
    rubbish: str, relay: FakeRelay, ask: Ask
) -> None:
    said = await ask(rubbish)

    assert (said.code, said.out) == (2, "")
    assert said.err.strip()
    assert relay.requests == []


@pytest.fixture
async def others(
    relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[FakeRelay]]:
    """Configure three named relays; the first is the default."""
    async with FakeRelay(kind="geeknow") as two, FakeRelay(kind="dmxapi") as three:
        for number, each in enumerate((relay, two, three), start=1):
            monkeypatch.setenv(f"RELAYS__R{number}__URL", each.url)
            monkeypatch.setenv(f"RELAYS__R{number}__KEY", each.key)
        yield [relay, two, three]


@pytest.fixture
def ask_many(ask: Ask, others: list[FakeRelay], monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.delenv("RELAY_URL")
    monkeypatch.delenv("RELAY_KEY")
    return ask


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
    others: list[FakeRelay], ask_many: Ask
) -> None:
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
        began = time.monotonic()

        code, out, _ = await outside_command(tmp_path, settings, *words, TASK, "--json")

    assert time.monotonic() - began < 15
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
        began = time.monotonic()

        code, out, _ = await outside_command(tmp_path, settings, "seed", TASK, "--json")

    assert time.monotonic() - began < 15
    assert (code, json.loads(out)["error"]) == (5, "unavailable")


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", None])
async def test_on_a_terminal_the_first_line_has_a_colour(
    status: str | None, relay: FakeRelay, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status:
        relay.task(TASK, status=status)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    said = await ask(as_json=False)

    first, *rest = said.out.splitlines()
    assert first.startswith("\x1b[1;")
    assert "\x1b" not in "".join(rest)


async def test_words_and_no_colours_where_nobody_asked_for_json(
    relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="SUCCESS")
    settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}

    found = await outside_command(tmp_path, settings, "status", TASK)
    unknown = await outside_command(tmp_path, settings, "status", "9" * 16)

    assert (found[0], unknown[0]) == (0, 3)
    assert "Done" in found[1]
    assert "\x1b" not in found[1] + unknown[1]
    assert "does not know this id for the key I use" in unknown[1]


async def test_words_name_the_picture_and_the_custom_ids(
    relay: FakeRelay, ask: Ask
) -> None:
    relay.task(TASK, status="SUCCESS")

    words, told = await ask(as_json=False), (await ask()).json

    rest = words.out.splitlines()
    first, *others = told["buttons"]
    assert f"{first['label']}  {first['custom_id']}" in rest
    assert all(
        rest[-len(others) + i].endswith(o["custom_id"]) for i, o in enumerate(others)
    )
    assert told["image_url"] in rest


async def test_wait_tells_the_relays_own_object_too(relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="FAILURE")

    said = await ask(wait=True, raw=True)

    assert (said.code, said.json["status"]) == (1, "FAILURE")
    assert said.err == ""


@pytest.mark.parametrize("words", [(), ("--json",)])
async def test_an_output_that_is_not_utf8_is_no_failure(
    words: tuple[str, ...], relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="SUCCESS", prompt="纸船 🚣")
    settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
    ascii_alone = {"PYTHONIOENCODING": "ascii"}

    code, out, _ = await outside_command(
        tmp_path, settings | ascii_alone, "status", TASK, *words
    )

    assert code == 0
    assert json.loads(out)["prompt"] == "纸船 🚣" if words else "Done" in out
