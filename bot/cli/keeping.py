"""`mjwatch migrate`, `backup` and `restore`: looking after the database."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Literal

import typer

from bot.cli.beginning import begin, open_memory
from bot.cli.exits import Exit
from bot.clock import SystemClock
from bot.errors import StoreBusyError, StoreError
from bot.settings import Settings
from bot.settings.secretkey import FILE_NAME

Fate = Literal["tell", "drop"]


async def migrate_database() -> Exit:
    """Bring the schema up to date, after a backup."""
    return await _judged(_migrate(begin("nothing")))


async def back_up(file: Path) -> Exit:
    """Copy the database in one step; the copy is on disk when this returns."""
    return await _judged(_back_up(begin("nothing"), file))


async def restore_file(file: Path) -> Exit:
    """Put a backup in the database's place; nothing is told until confirmed."""
    return await _judged(_restore(begin("nothing"), file))


async def confirm_restore(fate: Fate) -> Exit:
    """Decide about what a restore holds back: tell it, or drop it as heard."""
    return await _judged(_confirm(begin("nothing"), fate))


async def _judged(work: Awaitable[str]) -> Exit:
    """Print the good end; say a bad one on standard error."""
    try:
        typer.echo(await work)
    except StoreBusyError as error:
        typer.echo(str(error), err=True)
        return Exit.BUSY
    except StoreError as error:
        typer.echo(str(error), err=True)
        return Exit.FAILED
    return Exit.FOUND


async def _migrate(settings: Settings) -> str:
    from storage.migrate import SCHEMA

    async with open_memory(settings, exclusive=True) as store:
        done = store.migration
    if done is None:
        return f"schema {SCHEMA}: nothing to do"
    kept = f", backup at {done.backup}" if done.backup else ""
    return f"schema {done.before or 'none'} -> {done.after}{kept}"


async def _back_up(settings: Settings, file: Path) -> str:
    from storage.backup import copy_file

    path = _existing(settings)
    _refuse_itself(file, path)
    await asyncio.to_thread(copy_file, path, file)
    beside = settings.home / FILE_NAME
    also = "" if settings.secret_key else f"; keep {beside} as well"
    return f"backup at {file}{also}"


def _refuse_itself(file: Path, database: Path) -> None:
    if file.exists() and not file.is_file():
        raise StoreError(f"{file} is a folder or a device; a file is needed")
    if file.exists() and database.exists() and file.samefile(database):
        raise StoreError(f"{file} is the database itself")


def _existing(settings: Settings) -> Path:
    path = settings.database_path
    if path is None:
        raise StoreError("PostgreSQL is backed up by pg_dump")
    if not path.is_file():
        raise StoreError(f"there is no database at {path}")
    return path


async def _restore(settings: Settings, file: Path) -> str:
    from storage.restore import restore

    if settings.database_path is not None:
        _refuse_itself(file, settings.database_path)
    kept = await restore(file, settings.database_url, clock=SystemClock())
    async with open_memory(settings) as store:
        held = await store.held_back()
    lines = [f"restored from {file}; the old database is at {kept or 'no place'}"]
    lines += [
        f"{held or 0} messages are held back, and so is whatever ends from now on,",
        "until you say `mjwatch restore --confirm drop` (the chats have heard them)",
        "or `mjwatch restore --confirm tell` (they have not)",
    ]
    return "\n".join(lines)


async def _confirm(settings: Settings, fate: Fate) -> str:
    if settings.database_path is not None:
        _existing(settings)
    async with open_memory(settings, migrate=False) as store:
        if await store.held_back() is None:
            return "nothing is held back"
        held = await store.confirm_restore(tell=fate == "tell", at=SystemClock().now())
    words = "will be told" if fate == "tell" else "are dropped"
    return f"{held} messages {words}; from now on all is told as ever"
