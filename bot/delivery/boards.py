"""Boards: in a busy chat one message shows what many cards would.

As with live cards nothing is queued: what a board is to show is asked of the store
when its chat's lane is free.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

import structlog

from bot.delivery import counts
from bot.delivery.desk import TOKEN_REFUSED, Desk
from bot.delivery.farewells import leave
from bot.domain.board import Board
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.errors import StoreError
from bot.ports import Letter
from bot.present.board import board_below, board_card, board_over
from bot.present.card import Card
from bot.present.reader import Reader

log = structlog.get_logger(__name__)

AT_ONCE: Final = 50  # boards in one turn
# Between two edits of a board, though its chat may bear more: with twenty tasks there
# that end within minutes, a board then costs less than a call for each of them.
REST_SECONDS: Final = 10.0
REST_MOST_SECONDS: Final = 45.0
AGE_PARTS: Final = 7.0  # edits in the time that a task of middling age has run
_POISON: Final = "?"  # the face of what we cannot draw; it is tried at its next change


@dataclass(frozen=True, slots=True, kw_only=True)
class _Face:
    """What a board is to show, and how that is told from what it shows."""

    card: Card
    digest: str


class Boards:
    """Keeps one platform's boards fresh."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def turn(self) -> int:
        """Show what is stale where a lane is free; say how many boards that was."""
        now = self._desk.clock.monotonic()
        stale = await self._desk.store.stale_boards(
            self._desk.messenger.platform,
            limit=AT_ONCE,
            busy=self._desk.lanes.resting(now),
            at=self._desk.clock.now(),
        )
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(self._show(board, now)) for board in stale]
        return sum(each.result() for each in tries)

    async def _show(self, board: Board, now: float) -> bool:
        """Show one board, if it is its turn; whether that was a call."""
        try:
            return await self._try(board, now)
        except StoreError:
            log.warning("board.not_written", chat=board.destination.chat)
            return False
        except Exception:
            log.exception("board.poison", chat=board.destination.chat)
            await self._shown(board, face=_POISON)
            return False

    async def _try(self, board: Board, now: float) -> bool:
        if self._rests(board):
            return False
        face = await self._face(board)
        if face.digest == board.face and not board.scrolled and board.running:
            await self._shown(board, face=board.face, untouched=True)
            return False
        if not board.running and board.receipt is None:
            await self._desk.store.close_board(board)
            return False
        if self._desk.lanes.edit_at(board.destination, now) > now:
            return False
        self._desk.lanes.edited(board.destination, now)
        await self._keep(board, face, await self._carry_out(board, face.card))
        return True

    def _rests(self, board: Board) -> bool:
        now = self._desk.clock.now()
        shown_for = (now - board.shown_at).total_seconds()
        rests = (
            0 <= shown_for < _rest(board, now)
        )  # less than 0: the clock was set back
        return bool(board.face and board.running) and rests

    async def _face(self, board: Board) -> _Face:
        reader = await self._reader(board)
        card = await self._card(board, reader)
        text = "\n".join(block.text for block in card.blocks)
        return _Face(card=card, digest=hashlib.sha256(text.encode()).hexdigest()[:16])

    async def _card(self, board: Board, reader: Reader) -> Card:
        if not board.running:
            return board_over(reader)
        accounts = dict.fromkeys(task.account for task in board.tasks)
        silences = [await self._desk.store.silent_since(each) for each in accounts]
        since = min((each for each in silences if each), default=None)
        return board_card(board, reader, silent_since=since)

    async def _reader(self, board: Board) -> Reader:
        return await self._desk.readers.of_chat(board.destination, board.settings)

    async def _carry_out(self, board: Board, card: Card) -> Outcome:
        to = board.destination
        if board.receipt is None or (board.scrolled and board.running):
            return await self._desk.messenger.send(
                Letter(card=card, to=to, key=_key(board))
            )
        return await self._desk.messenger.edit(board.receipt, card, to=to)

    async def _keep(self, board: Board, face: _Face, outcome: Outcome) -> None:
        platform = self._desk.messenger.platform
        counts.edited(self._desk.metrics, outcome, platform=platform)
        match outcome:
            case Delivered():
                await self._delivered(board, face, outcome)
            case Deferred():
                self._desk.pause(board.destination, outcome)
            case Moved(chat=chat):
                here = board.destination
                await self._desk.store.move_chat(here.platform, here.chat, chat)
            case Refused(reason=Reason.TOKEN):
                self._desk.pause(board.destination, TOKEN_REFUSED)
            case Refused(reason=reason):
                await self._refused(board, face, reason)
            case Unsure():
                await self._unsure(board, face)
            case _:
                assert_never(outcome)

    async def _delivered(self, board: Board, face: _Face, outcome: Delivered) -> None:
        if not board.running:
            await self._desk.store.close_board(board)
            return
        posted = board.receipt is None or board.scrolled
        await self._desk.store.board_shown(
            board,
            receipt=outcome.receipt,
            face=face.digest,
            at=self._desk.clock.now(),
            posted=posted,
        )
        if board.receipt is not None and posted:
            reader = await self._reader(board)
            await self._desk.messenger.edit(
                board.receipt, board_below(reader), to=board.destination
            )

    async def _unsure(self, board: Board, face: _Face) -> None:
        """Let an edit be repeated; a board that may be there is posted when it changes.

        One that had scrolled away stays in use where it is.
        """
        now = self._desk.clock.now()
        safe = self._desk.messenger.repeats_safely(since=now, now=now)
        if safe or (board.receipt is not None and not board.scrolled):
            return
        await self._desk.store.board_shown(
            board, receipt=board.receipt, face=face.digest, at=now, posted=True
        )

    async def _refused(self, board: Board, face: _Face, reason: Reason) -> None:
        log.info("board.refused", chat=board.destination.chat, reason=reason)
        if reason in {Reason.BLOCKED, Reason.GONE}:
            await leave(self._desk, board.destination, reason=reason)
        if not board.running or reason in {Reason.BLOCKED, Reason.GONE}:
            await self._desk.store.close_board(board)
            return
        gone = reason is Reason.MESSAGE_GONE
        await self._desk.store.board_shown(
            board,
            receipt=None if gone else board.receipt,
            face="" if gone else face.digest,
            at=self._desk.clock.now(),
            posted=True,
        )

    async def _shown(self, board: Board, *, face: str, untouched: bool = False) -> None:
        """Note that it shows this version, too."""
        at = board.shown_at if untouched else self._desk.clock.now()
        await self._desk.store.board_shown(
            board, receipt=board.receipt, face=face, at=at
        )


def _rest(board: Board, now: datetime) -> float:
    """Slow down with age: what runs for long changes seldom, and ends seldom."""
    ages = sorted((now - task.added_at).total_seconds() for task in board.tasks)
    middle = ages[len(ages) // 2] if ages else 0.0
    return min(max(middle / AGE_PARTS, REST_SECONDS), REST_MOST_SECONDS)


def _key(board: Board) -> str:
    """Name a posting: the same after a crash, another for the next."""
    return f"mjw-p{board.place:x}-{int(board.since.timestamp()):x}"
