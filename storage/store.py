"""The one Store: its parts, put together."""

from bot.ports import Clock
from storage.access_rows import AccessRows
from storage.board_rows import BoardRows
from storage.card_rows import CardRows
from storage.database import Database
from storage.feed_rows import FeedRows
from storage.key_rows import KeyRows
from storage.lease_rows import LeaseRows
from storage.look_rows import LookRows
from storage.migrate import Migration
from storage.move_rows import MoveRows
from storage.note_rows import NoteRows
from storage.tell_rows import TellRows
from storage.upkeep_rows import UpkeepRows


class SqlStore(
    LeaseRows,
    TellRows,
    CardRows,
    BoardRows,
    MoveRows,
    FeedRows,
    KeyRows,
    AccessRows,
    LookRows,
    NoteRows,
    UpkeepRows,
):
    """Durable memory on SQLAlchemy Core; see bot.ports.Store.

    Attributes:
        migration: What opening it did to the schema; None: nothing.
    """

    def __init__(
        self, *, database: Database, clock: Clock, migration: Migration | None = None
    ) -> None:
        super().__init__(database=database, clock=clock)
        self.migration = migration
