"""Tries that begin together are marked together, and fail together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import cast

import pytest

from bot.delivery.desk import Desk
from bot.delivery.marking import Marks
from bot.domain.notification import NotificationId
from bot.errors import StoreError
from tests.fakes.clock import MovedClock


@dataclass
class Memory:
    """Holds each write until it is let go of."""

    writes: list[list[int]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False

    async def mark_sending(self, ids: Sequence[int], *, at: datetime) -> None:
        self.writes.append(list(ids))
        await self.open.wait()
        if self.full:
            raise StoreError("full")


@dataclass
class Table:
    store: Memory
    clock: MovedClock = field(default_factory=MovedClock)


async def mark(marks: Marks, memory: Memory, *numbers: int) -> list[BaseException]:
    """Mark all at once; give what went wrong."""
    tasks = [asyncio.create_task(marks.mark(NotificationId(n))) for n in numbers]
    await asyncio.sleep(0)
    memory.open.set()
    await asyncio.wait(tasks)
    return [error for task in tasks if (error := task.exception())]


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def marks(memory: Memory) -> Marks:
    return Marks(cast("Desk", Table(memory)))


async def test_what_comes_during_a_write_goes_into_the_next(
    marks: Marks, memory: Memory
) -> None:
    errors = await mark(marks, memory, 1, 2, 3)

    assert errors == []
    assert sorted(chain.from_iterable(memory.writes)) == [1, 2, 3]
    assert len(memory.writes) <= 2


async def test_nobody_counts_as_marked_whose_write_failed(
    marks: Marks, memory: Memory
) -> None:
    memory.full = True

    errors = await mark(marks, memory, 1, 2, 3)

    assert [type(error) for error in errors] == [StoreError] * 3


async def test_a_failure_is_no_lasting_harm(marks: Marks, memory: Memory) -> None:
    memory.full = True
    await mark(marks, memory, 1, 2)
    memory.full = False

    assert await mark(marks, memory, 3) == []
    assert memory.writes[-1] == [3]
