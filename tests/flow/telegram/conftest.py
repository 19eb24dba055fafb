"""The real library in our door, a fake Telegram, a scripted core."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.telegram.adapter import TelegramDoor, open_telegram
from adapters.telegram.options import TelegramOptions
from bot.domain.attachment import Attachment, FileKind
from bot.domain.subscription import Destination, Platform
from bot.ports import Clock
from tests.fakes.clock import MovedClock
from tests.fakes.commands import FakeCommands
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.bench import picture
from tests.flow.telegram.house import House, program


@pytest.fixture(autouse=True)
def seconds_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it


@dataclass(eq=False)
class Memory:
    """What the door itself keeps; outlives a restart of it."""

    facts: dict[str, str] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    moves: list[tuple[str, str]] = field(default_factory=list)
    ended: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def claim_update(
        self, platform: Platform, update_id: int, *, at: datetime
    ) -> bool:
        new = update_id not in self.claimed
        self.claimed.add(update_id)
        return new

    async def move_chat(self, platform: Platform, old: str, new: str) -> None:
        self.moves.append((old, new))

    async def end_chat(
        self, destination: Destination, *, reason: str, at: datetime, name: str | None
    ) -> None:
        self.ended.append((destination.chat, reason, name))

    async def fact(self, name: str) -> str | None:
        return self.facts.get(name)

    async def save_fact(self, name: str, value: str | None) -> None:
        if value is None:
            self.facts.pop(name, None)
        else:
            self.facts[name] = value


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
    assert fake.broken_rules == []
    assert fake.strays == []


@pytest.fixture
def commands() -> FakeCommands:
    return FakeCommands()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def confirm_seconds() -> float:
    """How long an update that was brought may take; a busy machine takes no half."""
    return 30.0


@pytest.fixture
def options(telegram: FakeTelegram, confirm_seconds: float) -> TelegramOptions:
    return TelegramOptions(
        token=telegram.token,
        api_url=telegram.url,
        retry_seconds=0.01,
        typing_seconds=0.01,
        check_seconds=0.01,
        confirm_seconds=confirm_seconds,
        again_seconds=0.05,
        picture_seconds=0.2,
        toast_seconds=0.2,
    )


@dataclass(eq=False)
class Stage:
    """All that a door needs, to open it more than once."""

    options: TelegramOptions
    commands: FakeCommands
    memory: Memory
    clock: Clock

    @contextlib.asynccontextmanager
    async def opened(
        self, public_url: str | None = None
    ) -> AsyncIterator[TelegramDoor]:
        """Open the door without letting it run."""
        async with open_telegram(
            replace(self.options, public_url=public_url),
            commands=self.commands,
            store=self.memory,
            clock=self.clock,
        ) as door:
            yield door

    @contextlib.asynccontextmanager
    async def running(
        self, public_url: str | None = None
    ) -> AsyncIterator[TelegramDoor]:
        """Open the door and let it run."""
        async with self.opened(public_url) as door:
            task = asyncio.create_task(door.run())
            try:
                yield door
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


@pytest.fixture
def stage(
    options: TelegramOptions, commands: FakeCommands, memory: Memory, clock: MovedClock
) -> Stage:
    return Stage(options, commands, memory, clock)


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[TelegramDoor]:
    async with stage.running() as opened:
        yield opened


@pytest.fixture
def anna(telegram: FakeTelegram) -> User:
    return telegram.user("Anna", username="anna_a", language="zh-hans")


@pytest.fixture
def chat(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.private(anna)


@pytest.fixture
def photo(tmp_path: Path) -> Attachment:
    path = tmp_path / "1.png"
    path.write_bytes(picture())
    return Attachment(
        kind=FileKind.PHOTO, position=0, name="1767225600000123.png", path=path
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with (
        FakeRelay(kind="newapi") as relay,
        FakeTelegram() as telegram,
        program(tmp_path, relay, telegram) as opened,
    ):
        yield opened
