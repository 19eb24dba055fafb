"""Copies of the SQLite file: made in one step, on disk before they have their name."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import StoreError


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
        _keep(unfinished)
        unfinished.replace(target)
        _keep(target.parent)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"no backup at {target}: {error}") from error


def newest_backup(path: Path) -> Path | None:
    """Find the latest backup that a migration has made of a database."""
    made = path.parent.glob(f"{path.name}.schema-*.bak")
    return max(made, key=lambda backup: backup.stat().st_mtime_ns, default=None)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=5.0)


def _keep(path: Path) -> None:
    """Have the disk keep a file or a folder's names."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
