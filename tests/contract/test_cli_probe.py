"""`mjwatch probe URL`: how a relay speaks, and nothing of what it said."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from bot.cli.exits import Exit
from bot.cli.probing import ProbeWish, probe_relay
from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import KINDS, FakeRelay

DIALECTS: Final = {
    "crazyrouter": "Crazyrouter-like gateway",
    "onehub": "one-hub family",
    "novicezk": "novicezk/midjourney-proxy",
    "trueai": "trueai-org/midjourney-proxy",
}
DEAD: Final = "http://127.0.0.1:9"
TASK: Final = "1767225600000001"
Probe = Callable[..., Awaitable[tuple[Exit, dict[str, Any]]]]


@pytest.fixture
def probe(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Probe:
    monkeypatch.chdir(tmp_path)

    async def run(url: str, key: str = "", **more: Any) -> tuple[Exit, dict[str, Any]]:  # noqa: ANN401 - any option
        if key:
            monkeypatch.setenv("PROBED_KEY", key)
            more["key_env"] = "PROBED_KEY"
        code = await probe_relay(ProbeWish(url=url, as_json=True, **more))
        printed = capsys.readouterr()
        assert not key or key not in printed.out + printed.err
        return code, json.loads(printed.out)

    return run


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_recognised(kind: str, probe: Probe) -> None:
    async with FakeRelay(kind) as relay:
        relay.becomes(TASK, status="SUCCESS")
        code, told = await probe(relay.url, relay.key, task=TASK)

    habits = KINDS[kind]
    assert code is Exit.FOUND
    assert told["dialect"]["guess"] == DIALECTS.get(kind, "new-api family")
    assert told["dialect"]["reasons"]
    assert told["prefix"] == "/mj"
    assert told["unknown_id"]["http"] == habits.unknown.status
    assert told["unknown_id"]["understood"] == "unknown id"
    assert told["unknown_id_in_list"]["understood"] == "empty list"
    assert told["endpoints"] == {
        "fetch": "there",
        "list": "there",
        "seed": "there" if habits.has_seed else "missing",
        "image": "missing" if habits.image == "no-route" else "there",
        "submit": "not asked",
    }
    assert told["task"]["in_list"] == ("slim" if kind == "crazyrouter" else "full")
    assert told["task"]["id_differs"] is habits.renames
    assert relay.count("submit") == 0
    assert all(len(seen.key_styles) < 2 for seen in relay.requests)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_styles_that_are_accepted_are_named(kind: str, probe: Probe) -> None:
    async with FakeRelay(kind) as relay:
        _, told = await probe(relay.url, relay.key)

    good = {name for name, said in told["auth"].items() if said == "accepted"}
    assert good == {
        "bearer": {"bearer"},
        "optional": {"bearer", "mj-api-secret", "no key"},
        "either": {"bearer", "mj-api-secret"},
    }.get(KINDS[kind].auth, {"mj-api-secret"})


@pytest.mark.parametrize("prefix", ["/mj-fast/mj", "", "/api/mj"])
async def test_the_prefix_is_found(prefix: str, probe: Probe) -> None:
    async with FakeRelay("geeknow", prefix=prefix) as relay:
        _, found = await probe(relay.url, relay.key)
        _, given = await probe(relay.url + prefix, relay.key)
        _, named = await probe(relay.url, relay.key, prefix=prefix)

    assert found["prefix"] == given["prefix"] == named["prefix"] == prefix


async def test_other_prefixes_that_work_are_named(probe: Probe) -> None:
    async with FakeRelay("newapi") as relay:
        _, told = await probe(relay.url, relay.key)

    assert "/mj-fast/mj" in told["other_prefixes"]


@pytest.mark.parametrize(("picture", "said"), [("locked", "locked"), ("redirect", "redirects"), ("plain", "public"), ("expired", "unclear"), ("no-route", "unclear")])  # fmt: skip
async def test_the_picture_of_a_known_task(
    picture: Any,  # noqa: ANN401 - a word of the fake's
    said: str,
    probe: Probe,
) -> None:
    async with FakeRelay("newapi") as relay:
        relay.becomes(TASK, status="SUCCESS")
        relay.picture(TASK, picture)
        _, told = await probe(relay.url, relay.key, task=TASK)

    assert told["task"]["picture"] == said


async def test_without_a_key_a_refusal_still_tells_much(probe: Probe) -> None:
    async with FakeRelay("onehub") as relay:
        code, told = await probe(relay.url)

    assert code is Exit.FOUND
    assert told["dialect"]["guess"] == "one-hub family"
    assert set(told["auth"]) == {"no key", "wrong key"}


async def test_where_every_path_is_refused_nobody_knows_what_is_there(
    probe: Probe,
) -> None:
    async with FakeRelay() as relay:
        relay.fault(http=401, body="Authorization header missing.", times=None)
        _, told = await probe(relay.url)

    assert told["endpoints"] == dict.fromkeys(
        ("fetch", "list", "seed", "image"), "unclear"
    ) | {"submit": "not asked"}


async def test_a_wish_for_rest_is_noted(probe: Probe) -> None:
    async with FakeRelay() as relay:
        relay.fault(http=429, headers={"Retry-After": "12"}, times=None, route="seed")
        _, told = await probe(relay.url, relay.key)

    assert told["retry_after_seconds"] == 12


@pytest.mark.parametrize("body", ["<html>a page</html>", "nothing to see", {"a": 1}])
async def test_what_is_no_relay_is_told(body: object, probe: Probe) -> None:
    async with FakeRelay() as relay:
        relay.fault(http=200, body=body, times=None)
        code, told = await probe(relay.url, relay.key)

    assert (code, told["prefix"]) == (Exit.UNAVAILABLE, None)
    assert told["wrong_path"]["http"] == 200


async def test_nobody_there_is_told(probe: Probe) -> None:
    code, told = await probe(DEAD)

    assert code is Exit.UNAVAILABLE
    assert told["unknown_id"]["understood"] == "unreachable"


async def test_no_word_of_the_relay_is_printed(probe: Probe) -> None:
    async with FakeRelay("newapi") as relay:
        relay.becomes(TASK, status="SUCCESS", prompt="CANARY", CANARY_field="x")
        said = {"error": {"message": f"CANARY {relay.key[:6]}", "type": "CANARY"}}
        relay.fault(http=401, body=said, times=1)
        _, told = await probe(relay.url, relay.key, task=TASK)

    assert "CANARY" not in str(told)
    assert told["task"]["other_fields"] >= 1


@pytest.mark.parametrize(
    "wish",
    [
        {"url": "ftp://relay.example.com"},
        {"url": "https://"},
        {"url": DEAD, "task": "no/id"},
        {"url": DEAD, "key_env": "NOT_SET_ANYWHERE"},
        {"url": DEAD, "key_file": Path("not-there")},
        {"url": DEAD, "key_env": "A", "key_file": Path("b")},
    ],
)
async def test_a_wrong_wish_is_wrong_usage(
    wish: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.BadParameter):
        await probe_relay(ProbeWish(**wish))


@pytest.mark.parametrize("kind", ["geeknow", "trueai"])
async def test_the_command_itself_prints_a_table(kind: str, tmp_path: Path) -> None:
    async with FakeRelay(kind) as relay:
        (tmp_path / "key").write_text(relay.key + "\n")
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "probe", relay.url, "--key-file", "key"],
            env={**MEASURED, "PYTHONPATH": str(Path.cwd())},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    assert done.returncode == 0, done.stderr
    assert "| what | found |" in done.stdout
    assert "| unknown id | HTTP" in done.stdout
    assert relay.key not in done.stdout + done.stderr
