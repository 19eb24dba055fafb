"""A relay on loopback, and clients of it that wait for nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.domain.look import Look, Seen
from bot.domain.task import RelayName, State, TaskId
from bot.relay import RelayClient, RelayOptions, open_relay
from tests.fakes.relay import FakeRelay

ONE, TWO, THREE = TaskId("task_1"), TaskId("task_2"), TaskId("task_3")
NAME: Final = RelayName("relay")


class FakeClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


Opening = Callable[..., AbstractAsyncContextManager[RelayClient]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(hold=True) as server:
        yield server


def options(relay: FakeRelay, **changes: Any) -> RelayOptions:  # noqa: ANN401 - any option
    plain = RelayOptions(
        name=NAME,
        hosts=(relay.url,),
        key=relay.key,
        rate_per_second=1000,
        retry_pauses_seconds=(0, 0),
    )
    return replace(plain, **changes)


@pytest.fixture
def opening(relay: FakeRelay, clock: FakeClock) -> Opening:
    return lambda **changes: open_relay(options(relay, **changes), clock=clock)


@pytest.fixture
async def client(opening: Opening) -> AsyncIterator[RelayClient]:
    async with opening() as opened:
        yield opened


def state(look: Look) -> State:
    assert isinstance(look, Seen)
    return look.snapshot.state
