"""Every wire case of fetch and seed, as a program meets it: `mjwatch status --json`."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from bot.cli.asking import StatusWish, tell_seed, tell_status
from bot.cli.exits import Exit
from bot.domain.look import Denied, Unavailable, Unknown
from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import CASES, FakeRelay
from tests.flow.test_relay_cases import LOOKS, SEEDS, TASKS

KEYS: Final = {
    "relay", "task_id", "relay_id", "state", "status", "terminal", "progress",
    "action", "mode", "bot_type", "prompt", "prompt_en", "final_prompt",
    "description", "custom_state", "fail_reason", "image_url", "image_urls",
    "video_urls", "image_width", "image_height", "buttons", "submitted_at",
    "started_at", "finished_at",
}  # fmt: skip
ERRORS: Final = {
    Unknown: (Exit.UNKNOWN_TASK, "unknown_task"),
    Denied: (Exit.REFUSED, "refused"),
    Unavailable: (Exit.UNAVAILABLE, "unavailable"),
}
Point = Callable[[FakeRelay, str], None]


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Point:
    """Aim the settings at a relay, with the prefix of a case."""
    monkeypatch.chdir(tmp_path)

    def aim(relay: FakeRelay, name: str) -> None:
        for key, value in environment(relay, name).items():
            monkeypatch.setenv(key, value)

    return aim


def environment(relay: FakeRelay, name: str) -> dict[str, str]:
    path = CASES[name].endpoint.partition(" ")[2]
    return {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "RELAY_PREFIX": path.partition("/task/")[0],
        "LOG_LEVEL": "critical",
    }


@pytest.mark.parametrize("name", TASKS)
async def test_status_says_in_json_what_the_relay_meant(
    name: str, point: Point, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeRelay() as relay:
        task_id = relay.serves(name)
        point(relay, name)

        code = await tell_status(StatusWish(task=task_id, as_json=True))

    told = json.loads(capsys.readouterr().out)
    assert code is Exit.FOUND
    assert set(told) == KEYS
    assert (told["relay"], told["task_id"]) == ("relay", task_id)
    expected = {k: v for k, v in TASKS[name].items() if k != "slim"}
    assert {each: shown(told, each) for each in expected} == plain(expected)


@pytest.mark.parametrize("name", LOOKS)
async def test_status_says_why_there_is_no_answer(
    name: str, point: Point, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeRelay() as relay:
        task_id = relay.serves(name)
        point(relay, name)

        code = await tell_status(StatusWish(task=task_id, as_json=True))

    told = json.loads(capsys.readouterr().out)
    assert (code, told["error"]) == ERRORS[type(LOOKS[name])]
    assert set(told) == {"error", "relay", "message"}
    assert told["relay"] == "relay"
    assert "sk-" not in told["message"]


@pytest.mark.parametrize("name", SEEDS)
async def test_seed_says_in_json_what_the_relay_meant(
    name: str, point: Point, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeRelay() as relay:
        task_id = relay.serves(name)
        point(relay, name)

        code = await tell_seed(task_id, relay=None, as_json=True)

    told = json.loads(capsys.readouterr().out)
    wanted = SEEDS[name]
    found = isinstance(wanted, str)
    error = None if found else ERRORS[type(wanted)]
    assert code == (error[0] if error else Exit.FOUND)
    assert told.get("seed") == (wanted if found else None)
    assert told.get("error") == (error[1] if error else None)


@pytest.mark.parametrize(
    ("name", "code"),
    [("ta_full_success", 0), ("na_fetch_unknown", 3), ("na_401_quota_exhausted", 4)],
)
async def test_the_command_itself_keeps_the_contract(
    name: str, code: int, tmp_path: Path
) -> None:
    async with FakeRelay() as relay:
        task_id = relay.serves(name)
        env = {**environment(relay, name), "PYTHONPATH": str(Path.cwd()), **MEASURED}

        done = await run_beside(
            [sys.executable, "-m", "bot", "status", task_id, "--json"], env, tmp_path
        )

    assert done.returncode == code
    assert len(done.stdout.splitlines()) == 1
    assert isinstance(json.loads(done.stdout), dict)
    assert relay.key not in done.stdout + done.stderr


@pytest.mark.parametrize("odd", ["a/b", "../etc", "id?x=1", "", "ид", "x" * 65])
async def test_what_cannot_be_an_id_is_wrong_usage_and_asks_nobody(
    odd: str, point: Point, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeRelay() as relay:
        point(relay, "na_fetch_unknown")

        code = await tell_status(StatusWish(task=odd, as_json=True))

        assert relay.requests == []
    assert code is Exit.USAGE
    assert capsys.readouterr().out == ""


def shown(told: dict[str, Any], name: str) -> object:
    """Read one thing of the JSON as the table of cases puts it."""
    if name == "labels":
        return [button["label"] for button in told["buttons"]]
    if name == "emojis":
        return [button["emoji"] for button in told["buttons"]]
    if name.endswith("_at") and told[name]:
        return datetime.fromisoformat(told[name])
    return told[name]


def plain(expected: dict[str, Any]) -> dict[str, Any]:
    """Put expectations as JSON does: lists, and None for an empty text."""
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()}
    return {k: None if v == "" else v for k, v in listed.items()}


async def run_beside(
    words: list[str], env: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command while the fake relay goes on serving."""
    return await asyncio.to_thread(
        subprocess.run,
        words,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
