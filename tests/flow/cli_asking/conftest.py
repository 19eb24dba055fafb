"""`mjwatch status` with a relay configured, or three."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.asking import StatusWish, tell_status
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
