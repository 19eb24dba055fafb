"""Put a backup in the place of the SQLite file."""

import asyncio
from pathlib import Path

from bot.errors import StoreError
from bot.ports import Clock
from storage.backup import replace_file
from storage.base import RESTORED
from storage.engine import file_of
from storage.lock import file_lock
from storage.migrate import SCHEMA


async def restore(backup: Path, url: str, *, clock: Clock) -> Path | None:
    """Put a backup in a database's place; then nothing is told until it is confirmed.

    See `SqlStore.held_back` and `SqlStore.confirm_restore`.

    Returns:
        Where the database that stood there was kept, if there was one.

    Raises:
        StoreBusyError: The program is running on it.
        StoreError: It is PostgreSQL, or the backup is not fit.
    """
    path = file_of(url)
    if path is None:
        raise StoreError("PostgreSQL is restored by pg_restore")
    _make_folder(path)
    async with file_lock(path):
        return await asyncio.to_thread(
            replace_file,
            backup,
            path,
            newest_schema=SCHEMA,
            fact=RESTORED,
            at=clock.now(),
        )


def _make_folder(path: Path) -> None:
    """Restore on a new machine, too, where nothing has run yet."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"cannot write {path.parent}: {reason}") from error
