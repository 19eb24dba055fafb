"""The part of memory that says several things in one message: boards and digests."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.board import Board
from bot.domain.notification import Notification, NotificationId
from bot.domain.subscription import Destination, Platform, Receipt


class BoardMemory(Protocol):
    """Places with many running cards have one message instead of them."""

    async def stale_boards(
        self,
        platform: Platform,
        *,
        limit: int,
        busy: Sequence[Destination] = (),
        at: datetime,
    ) -> list[Board]:
        """Boards that may show something old, longest stale first.

        A place with more than `CARDS_MOST` running tasks gets a board here, and has
        it until none runs there any more and every end is told; then it comes with
        `running` 0.
        """

    async def board_shown(
        self,
        board: Board,
        *,
        receipt: Receipt | None,
        face: str,
        at: datetime,
        posted: bool = False,
    ) -> None:
        """Note what a board shows now; `posted`: in a new message. `face` "": nothing.

        Nothing is noted if the message was taken away meanwhile.
        """

    async def close_board(self, board: Board) -> None:
        """Forget a board; the place's next watches have cards again."""

    async def take_board(
        self, destination: Destination, *, notes: Sequence[NotificationId] = ()
    ) -> Receipt | None:
        """Take a board's message for something else; it will be posted anew.

        These notes remember it as their `message`: a second try finds it there.
        """

    async def has_board(self, destination: Destination) -> bool:
        """Whether a new watch here is shown on a board, and so needs no card."""

    async def sink_board(self, destination: Destination, messages: int) -> None:
        """Count what others wrote below a place's board, if it has one."""


class DigestMemory(Protocol):
    """Tells of one place that go out in one message."""

    async def mark_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        digest: NotificationId,
        at: datetime,
    ) -> None:
        """Write down, before the call, that these are told together.

        From now on they are leased together, whatever becomes of the try.
        """

    async def postpone_digest(
        self,
        ids: Sequence[NotificationId],
        *,
        until: datetime,
        reason: str,
        counts: bool,
        clear_sending: bool,
    ) -> None:
        """As `TellMemory.postpone` for each, in one transaction."""

    async def split_digest(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
        """Let each be told alone again.

        `clear_sending`: their try is known to have failed; else its mark stays.
        """

    async def settle_digest(
        self,
        notes: Sequence[Notification],
        *,
        receipt: Receipt | None,
        uploads: Mapping[NotificationId, Mapping[tuple[str, int], str]] | None = None,
        owed: Collection[NotificationId] = (),
        at: datetime,
    ) -> None:
        """Told: as `TellMemory.settle` for each, in one transaction.

        Those whose picture is `owed` get a `Tell.AMEND` of the same digest.
        """
