"""The one message that lists what runs in a busy chat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.subscription import ChatSettings, Destination, Receipt, StoredTask

CARDS_MOST: Final = 3  # with more running live cards a place gets a board
BOARD_LINES: Final = 20  # more are only counted; fits every platform's message
SCROLLED_MOST: Final = 20  # messages below it, then it is posted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A place's board as memory holds it, with what it is to show now.

    Attributes:
        place: A number that names the place for ever.
        running: How many tasks run there; 0: the board is over.
        tasks: The newest of them, newest first.
        version: Changes with whatever the board may show; write it back when shown.
        face: Digest of what the message shows; "": nothing yet.
        since: When it was posted, or first wanted; names the next posting.
        below: Messages in the place since it was posted, as far as we hear of them.
    """

    place: int
    destination: Destination
    settings: ChatSettings
    running: int
    tasks: tuple[StoredTask, ...]
    version: str
    receipt: Receipt | None
    face: str
    shown_at: datetime
    since: datetime
    below: int

    @property
    def scrolled(self) -> bool:
        """Whether the message has scrolled out of sight."""
        return self.receipt is not None and self.below >= SCROLLED_MOST
