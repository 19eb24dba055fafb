"""Calls that are let go at once keep their distance."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from bot.delivery.spaced import SLACK_SECONDS, Spaced
from bot.domain.subscription import Receipt
from bot.ports import Letter, Messenger
from bot.present.card import Card
from tests.fakes.desk import CHAT

RATE = 200.0


@dataclass
class Platform:
    calls_a_second: float = RATE
    platform: str = "somewhere"
    times: list[float] = field(default_factory=list)

    async def send(self, letter: Letter) -> str:
        self.times.append(asyncio.get_running_loop().time())
        return letter.key

    async def edit(self, receipt: Receipt, card: Card, **rest: object) -> str:
        self.times.append(asyncio.get_running_loop().time())
        return receipt


async def test_what_goes_at_once_is_spread_in_the_order_in_which_it_came() -> None:
    platform = Platform()
    spaced = Spaced(cast("Messenger", platform))
    letters = [Letter(card=Card(), to=CHAT, key=str(n), loud=True) for n in range(20)]
    begun = asyncio.get_running_loop().time()

    async with asyncio.TaskGroup() as group:
        sent = [group.create_task(spaced.send(letter)) for letter in letters]
        edited = group.create_task(spaced.edit(Receipt("1"), Card(), to=CHAT))

    results: list[object] = [task.result() for task in [*sent, edited]]
    assert results == [*map(str, range(20)), "1"]
    assert platform.times == sorted(platform.times)
    assert platform.times[-1] - begun >= 20 / RATE - SLACK_SECONDS - 0.001


async def test_all_else_is_the_messengers_own() -> None:
    spaced = Spaced(cast("Messenger", Platform()))

    assert spaced.platform == "somewhere"
