"""Whether the database opens, can be written and is of this program's schema."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.cli.beginning import open_memory
from bot.cli.findings import Finding
from bot.errors import StoreBusyError, StoreError
from bot.settings import Settings

if TYPE_CHECKING:  # the database's library is slow to import
    from storage.store import SqlStore

CHECK_SECONDS: Final = 15.0
_WHERE: Final = "look at DATABASE_URL, and at the rights of the file and its folder"


async def check_database(settings: Settings) -> list[Finding]:
    """Open it, unless it is still to be made; nothing in it is changed."""
    path = settings.database_path
    try:
        if path is not None and not path.exists():
            return [_to_be_made(path)]
        async with asyncio.timeout(CHECK_SECONDS):
            return [await _opened(settings), await _who_runs(settings)]
    except TimeoutError:
        return [_bad("does not answer in time", "look at DATABASE_URL")]
    except StoreError as error:
        return [_bad(str(error), _WHERE if path else "look at DATABASE_URL")]
    except PermissionError:
        return [_bad(f"{path} is in a folder that cannot be opened", _WHERE)]


def _to_be_made(path: Path) -> Finding:
    folder = next(each for each in path.absolute().parents if each.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        message = f"{path} is not there yet; `run` makes it"
        return Finding(name="database", ok=True, message=message, note=True)
    return _bad(f"{path} cannot be made: {folder} cannot be written", _WHERE)


async def _opened(settings: Settings) -> Finding:
    from storage.migrate import SCHEMA

    async with open_memory(settings, migrate=False) as store:
        found = await _wrong_inside(store)
    good = f"opens, can be written, schema {SCHEMA}"
    return found or Finding(name="database", ok=True, message=good)


async def _wrong_inside(store: "SqlStore") -> Finding | None:
    if damage := await store.check():
        message = f"is damaged ({len(damage)} findings)"
        return _bad(message, "stop the bot and `mjwatch restore` the newest backup")
    if not await store.writable():
        return _bad("cannot be written", f"is the disk full? Else {_WHERE}")
    held = await store.held_back()
    if held is not None:
        message = f"was restored, and holds {held} messages back"
        hint = "`mjwatch restore --confirm drop` if the chats have heard them, or tell"
        return _bad(message, hint)
    return None


async def _who_runs(settings: Settings) -> Finding:
    running = await _is_held(settings)
    message = "runs on this database" if running else "does not run"
    return Finding(name="bot", ok=True, message=message, note=not running)


async def _is_held(settings: Settings) -> bool:
    from storage.lock import file_lock

    try:
        if settings.database_path is not None:
            async with file_lock(settings.database_path, patience_seconds=0):
                return False
        async with open_memory(settings, migrate=False, exclusive=True):
            return False
    except StoreBusyError:
        return True


def _bad(message: str, hint: str) -> Finding:
    return Finding(name="database", ok=False, message=message, hint=hint)
