"""The real core, with a relay that lets in the operators' key and two people's own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest

from bot.commands.reply import Caller, Reply
from bot.domain.task import RelayName
from tests.fakes.commanding import ALONE, ANN, Commanding
from tests.fakes.relay import FakeRelay

ONE, TWO = "1767225600000001", "1767225600000002"
R1 = RelayName("r1")
OPERATORS: Final = "an-operators-key-0000"  # the first one is the bot's
ANNS: Final = "canary-anns-own-7f3a91c2"
BOBS: Final = "canary-bobs-own-55d0e8aa"
ANN_ALONE: Final = replace(ANN, destination=ALONE, manages=True)


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi", keys=(OPERATORS, ANNS, BOBS)) as opened:
        yield opened


async def keep(desk: Commanding, who: Caller, key: str) -> Reply:
    return await desk.commands.key(who, key)


def shown_keys(relay: FakeRelay, task_id: str) -> list[str]:
    """The keys that a task was asked for with, in order."""
    calls = relay.calls("fetch", task_id)
    return [call.headers["Authorization"].removeprefix("Bearer ") for call in calls]
