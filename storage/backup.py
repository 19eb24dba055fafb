"""Copies of the SQLite file: made in one step, on disk before they have their name."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.errors import StoreError

# Numbers given since the backup was made must not be given again: the platforms
# remember delivery keys, and chats hold buttons made of them.
_NUMBERS_SKIPPED: Final = 1_000_000


def copy_file(source: Path, target: Path) -> None:
    """Copy a database that may be in use to a new file, readable by its owner alone.

    In one step: a copy in many steps begins anew whenever somebody writes.

    Raises:
        StoreError: The copy could not be made; nothing is left of it.
    """
    unfinished = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(_opened(source)) as old, closing(_opened(unfinished)) as new:
            old.backup(new, pages=-1)
            new.execute("PRAGMA journal_mode = DELETE").fetchall()
        _put(unfinished, target)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"no backup at {target}: {error}") from error


def replace_file(
    backup: Path, path: Path, *, newest_schema: str, fact: str, at: datetime
) -> Path | None:
    """Put a backup in a database's place; nothing may have the database open.

    Whatever the backup had still to tell is held back, and so is all that would be
    told from now on, until the operator confirms.

    Args:
        backup: A copy that `copy_file` has made.
        path: The database.
        newest_schema: The newest schema that the program knows.
        fact: Name of the fact by which tells are held back.
        at: Now.

    Returns:
        Where the database that stood there was kept, if there was one.

    Raises:
        StoreError: The backup is damaged, no database of ours or too new.
    """
    _validate(backup, newest_schema)
    prepared = path.with_name(f"{path.name}.restoring")
    copy_file(backup, prepared)
    try:
        with closing(_opened(prepared)) as new:
            _hold_back(new, fact, at)
        kept = _keep_old(path, at)
        _put(prepared, path)
    except (OSError, sqlite3.Error) as error:
        prepared.unlink(missing_ok=True)
        raise StoreError(f"{path} was not replaced: {error}") from error
    return kept


def newest_backup(path: Path) -> Path | None:
    """Find the latest backup that a migration has made of a database."""
    made = path.parent.glob(f"{path.name}.schema-*.bak")
    return max(made, key=lambda backup: backup.stat().st_mtime_ns, default=None)


def _validate(backup: Path, newest_schema: str) -> None:
    if not backup.is_file():
        raise StoreError(f"there is no backup at {backup}")
    try:
        with closing(_opened(backup)) as old:
            state = old.execute("PRAGMA integrity_check").fetchone()[0]
            schema = old.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{backup} is no backup of mjwatch: {error}") from error
    if state != "ok" or schema is None:
        raise StoreError(f"{backup} is damaged")
    if schema[0] > newest_schema:
        raise StoreError(f"{backup} was made by a newer mjwatch (schema {schema[0]})")


def _hold_back(new: sqlite3.Connection, fact: str, at: datetime) -> None:
    new.execute("BEGIN")
    new.execute(
        "UPDATE outbox SET state = 'suppressed', leased_until = NULL"
        " WHERE state = 'pending'"
    )
    new.execute("UPDATE sqlite_sequence SET seq = seq + ?", (_NUMBERS_SKIPPED,))
    new.execute("REPLACE INTO facts VALUES (?, ?)", (fact, at.isoformat()))
    new.execute("COMMIT")


def _keep_old(path: Path, at: datetime) -> Path | None:
    """Copy what is there, and fold its journal in, so that none is left behind."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore.{at:%Y%m%dT%H%M%SZ}.bak")
    copy_file(path, kept)
    with closing(_opened(path)) as old:
        old.execute("PRAGMA journal_mode = DELETE").fetchall()
    return kept


def _put(unfinished: Path, target: Path) -> None:
    _keep(unfinished)
    unfinished.replace(target)
    _keep(target.parent)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=5.0)


def _keep(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
