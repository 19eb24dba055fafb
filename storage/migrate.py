"""Bring the schema up to date at start, after a backup, under a lock."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.ports import Clock
from storage.backup import copy_file, newest_backup
from storage.database import Database

SCHEMA: Final = "0003"  # the newest revision in storage/migrations/versions
_MIGRATE_LOCK: Final = 0x6D6A776D  # "mjwm"; any number that nobody else takes

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What was done to the schema at start."""

    before: str | None  # None: the database was empty
    after: str
    backup: Path | None


async def bring_up_to_date(
    database: Database, *, clock: Clock, allowed: bool
) -> Migration | None:
    """Apply what is missing, all or nothing; None if nothing was.

    Raises:
        StoreError: The schema is newer than the program, or older and it may not
            be changed (`allowed` False).
    """
    async with database.read() as conn:
        if _checked(await conn.run_sync(_revision), database) == SCHEMA:
            return None
    if not allowed:
        raise StoreError("the database is not prepared: run mjwatch migrate")
    async with database.write() as conn:
        await _lock(conn, database)
        before = _checked(await conn.run_sync(_revision), database)
        if before == SCHEMA:
            return None  # another program was quicker
        backup = await _backed_up(database, before, clock)
        await conn.run_sync(_upgrade)
    done = Migration(before=before, after=SCHEMA, backup=backup)
    _log.info(
        "store.migrated",
        schema_before=before,
        schema_after=SCHEMA,
        backup=str(backup) if backup else None,
    )
    return done


async def _lock(conn: AsyncConnection, database: Database) -> None:
    """Let one program migrate at a time; on SQLite the only writer does anyway."""
    if not database.is_sqlite:
        await conn.execute(select(func.pg_advisory_xact_lock(_MIGRATE_LOCK)))


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _checked(revision: str | None, database: Database) -> str | None:
    """Refuse what a later program has left; revisions are numbers of four digits."""
    if revision is None or revision <= SCHEMA:
        return revision
    backup = newest_backup(Path(database.path)) if database.path else None
    advice = f"; the newest backup is {backup}" if backup else ""
    raise StoreError(
        f"the database has schema {revision}, this program knows {SCHEMA}: "
        f"install the newer program again{advice}"
    )


async def _backed_up(
    database: Database, before: str | None, clock: Clock
) -> Path | None:
    """Copy an existing SQLite file; a server's backups are its operator's."""
    if before is None or database.path is None:
        return None
    now = f"{clock.now():%Y%m%dT%H%M%SZ}"
    source = Path(database.path)
    target = source.with_name(f"{source.name}.schema-{before}.{now}.bak")
    await asyncio.to_thread(copy_file, source, target)
    return target


def _upgrade(conn: Connection) -> None:
    # Slow to import, and needed once in a release.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).with_name("migrations"))
    )
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
