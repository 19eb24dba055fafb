"""The real program with one task that is poison: drawing or sending its result raises.

`python -m tests.chaos.poison WAY TASK_ID` runs as `mjwatch run` does; the scenario
below shows that nobody else waits, and that the operator hears of it.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import pytest

from bot.app.doors import Behind, Door, doors
from bot.cli.running import run_program
from bot.domain.notification import Notification
from bot.ports import Letter
from bot.present.card import Card
from bot.present.ring import ring_card
from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.report import Finding
from tests.chaos.stage import Stage
from tests.chaos.tally import count

WAYS: Final = ("drawing", "sending")
TOLD_SECONDS: Final = 90.0
_DEAD: Final = re.compile(r'deliveries_total\{outcome="dead".*reason="poison"\} (\d+)')


class PoisonError(Exception):
    """What nobody has thought of."""


class PoisonedMessenger:
    """A platform that fails in its own way at one task's rings."""

    def __init__(self, door: Door, task_id: str) -> None:
        self._messenger = door.messenger
        self._task_id = task_id

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._messenger, name)

    async def send(self, letter: Letter) -> object:
        """Send, unless it is poison."""
        words = " ".join(block.text for block in letter.card.blocks)
        if letter.loud and self._task_id in words:
            raise PoisonError(self._task_id)
        return await self._messenger.send(letter)


class PoisonedDoor:
    """A door whose messenger cannot bear one task."""

    def __init__(self, door: Door, task_id: str) -> None:
        self._door = door
        self.messenger = PoisonedMessenger(door, task_id)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the door has
        return getattr(self._door, name)


def poison(patch: pytest.MonkeyPatch, way: str, task_id: str) -> None:
    """Make a task's result poison."""

    def drawn(note: Notification, *given: Any, **named: Any) -> Card:  # noqa: ANN401 - as they come
        if note.task.task_id == task_id:
            raise PoisonError(task_id)
        return ring_card(note, *given, **named)

    def poisoned_doors(behind: Behind) -> Iterator[AbstractAsyncContextManager[Any]]:
        return (_poisoned(door, task_id) for door in doors(behind))

    if way == "drawing":
        patch.setattr("bot.delivery.posting.ring_card", drawn)
    else:
        patch.setattr("bot.app.app.doors", poisoned_doors)


@asynccontextmanager
async def _poisoned(opening: AbstractAsyncContextManager[Door], task_id: str) -> Any:  # noqa: ANN401 - an iterator of the door
    async with opening as door:
        yield PoisonedDoor(door, task_id)


async def poison_among_others(stage: Stage, way: str) -> Finding:
    """Have one task among many that cannot be told; count what became of the others."""
    telegram = stage.chats[0]
    await telegram.open(["desk"])
    users: dict[str, int] = getattr(telegram, "users", {})
    desk = {"OPERATOR_CHAT": f"telegram:{users['desk']}"}
    stage.bot.settings = {**stage.bot.settings, **desk}
    wishes = stage.new_wishes(20)
    bad = wishes[0][1][0]
    await stage.bot.start(("-m", "tests.chaos.poison", way, bad))
    await stage.bot.ready()
    await stage.watch(wishes)
    await stage.end(stage.tasks)
    others = [each for each in stage.wanted if each[2] != bad]
    late = await stage.until_told(others)
    broken = await _operator_untold(stage)
    dead = sum(map(int, _DEAD.findall((await stage.bot.probe("metrics"))[1])))
    broken += [] if dead == len(stage.chats) else [f"{dead} counted"]
    return Finding(
        what=f"poison: {way}",
        times=1,
        tally=count(others, await stage.said()),
        broken=[*broken, *map(str, await stage.refusals())],
        remarks={"others told s": round(late, 1), "dead letters": dead},
    )


async def _operator_untold(stage: Stage) -> list[str]:
    """Wait until the operator's chat was told how many messages are lost."""
    lost = f"{len(stage.chats)} messages could not be delivered"
    loop = asyncio.get_running_loop()
    until = loop.time() + TOLD_SECONDS
    while loop.time() < until:
        if any(lost in each.words for each in await stage.said()):
            return []
        await asyncio.sleep(LOOK_SECONDS * 4)
    return ["the operator was not told"]


def main() -> int:
    """Read the command line, poison, run."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.poison")
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("task_id")
    given = parser.parse_args()
    with pytest.MonkeyPatch.context() as patch:
        poison(patch, given.way, given.task_id)
        return asyncio.run(run_program())


if __name__ == "__main__":
    sys.exit(main())
