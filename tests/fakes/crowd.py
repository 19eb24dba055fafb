"""A crowd of tasks in one chat, and the board that lists them."""

from bot.domain.board import CARDS_MOST, Board
from bot.domain.subscription import Receipt
from bot.domain.task import TaskKey
from tests.fakes.clock import MovedClock
from tests.fakes.desk import DISCORD, Desk

MANY = CARDS_MOST + 1
POSTED = Receipt("b1")


async def crowd(desk: Desk, number: int = MANY, *, first: int = 0) -> list[TaskKey]:
    """Watch and run several tasks in one chat."""
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(first, first + number)]
    for key in keys:
        await desk.running(key, 10)
    return keys


async def stale(desk: Desk) -> list[Board]:
    return await desk.store.stale_boards(DISCORD, limit=50, at=desk.now)


def later(desk: Desk, seconds: float) -> None:
    assert isinstance(desk.clock, MovedClock)
    desk.clock.move(seconds)


async def show(desk: Desk, board: Board, receipt: Receipt | None = POSTED) -> None:
    await desk.store.board_shown(
        board, receipt=receipt, face="f", at=desk.now, posted=board.receipt is None
    )
