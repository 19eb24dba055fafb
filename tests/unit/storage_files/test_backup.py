"""The SQLite file's backups: whole, restored with care, never over a running bot."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.transition import Tell
from bot.errors import StoreBusyError, StoreError
from storage.backup import copy_file
from storage.engine import open_store
from storage.lock import file_lock
from storage.restore import restore
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.desk import DISCORD, ELSEWHERE, Desk
from tests.unit.storage_files.conftest import desk_at, mode_of, set_schema


async def test_a_backup_holds_what_was_written(path: Path, clock: MovedClock) -> None:
    copy = path.with_name("copy.db")
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        await store.save_fact("a", "1")
        await store.backup(copy)
        problems = await store.check()
    async with open_store(f"sqlite:///{copy}", clock=clock) as copied:
        kept = await copied.fact("a")

    assert (problems, kept) == ((), "1")
    assert mode_of(copy) == 0o600


async def test_a_backup_that_cannot_be_written_leaves_nothing(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        with pytest.raises(StoreError, match="no backup"):
            await store.backup(path.parent / "missing" / "copy.db")


async def _with_a_tell(path: Path, clock: MovedClock) -> Path:
    """Make a database with an end that waits to be told, and a backup of it."""
    copy = path.with_name("copy.db")
    async with desk_at(path, clock) as desk:
        await desk.ended((await desk.watch("t1", card="c1")).task_key)
        await desk.watch("t2", card="c2")
        await desk.watch("t3", to=ELSEWHERE)
        await desk.store.end_chat(ELSEWHERE, reason="gone", at=desk.now, name="")
        await asyncio.to_thread(copy_file, path, copy)
        await desk.store.save_fact("since", "then")
    return copy


async def test_a_restore_tells_nothing_until_it_is_confirmed(
    path: Path, clock: MovedClock
) -> None:
    copy = await _with_a_tell(path, clock)

    kept = await restore(copy, f"sqlite:///{path}", clock=clock)

    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        desk = Desk(store=store, clock=clock)
        await desk.ended((await store.find_tasks("t2"))[0].key)  # type: ignore[arg-type]  # a plain id reads best
        before = (await desk.lease(), await desk.stale(), await store.held_back())
        unsaid = await store.farewells(DISCORD)
        confirmed = await store.confirm_restore(tell=True, at=desk.now)
        after = await desk.lease()
        assert len(await store.farewells(DISCORD)) == 1
        assert await store.fact("since") is None
    assert (*before, unsaid) == ([], [], 2, [])
    assert (confirmed, [n.tell for n in after]) == (2, [Tell.ENDED] * 2)
    assert kept
    assert kept.name == "mjwatch.db.before-restore.20261122T120000Z.bak"


async def test_what_was_heard_before_can_be_dropped(
    path: Path, clock: MovedClock
) -> None:
    copy = await _with_a_tell(path, clock)
    await restore(copy, f"sqlite:///{path}", clock=clock)

    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        desk = Desk(store=store, clock=clock)
        dropped = await store.confirm_restore(tell=False, at=desk.now)

        assert (dropped, await desk.lease(), await desk.stale()) == (1, [], [])
        assert await store.farewells(DISCORD) == []
        assert await store.held_back() is None


async def test_a_restore_gives_no_number_twice(path: Path, clock: MovedClock) -> None:
    copy = await _with_a_tell(path, clock)
    await restore(copy, f"sqlite:///{path}", clock=clock)

    async with desk_at(path, clock) as desk:
        subscription = await desk.watch("t9")

    assert subscription.id > 1_000_000


async def test_a_running_program_is_not_restored_over(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = await _with_a_tell(path, clock)
    monkeypatch.setattr(
        "storage.restore.file_lock", lambda p: file_lock(p, patience_seconds=0)
    )

    async with file_lock(path):
        with pytest.raises(StoreBusyError):
            await restore(copy, f"sqlite:///{path}", clock=clock)


async def test_only_a_sound_backup_is_restored(path: Path, clock: MovedClock) -> None:
    copy = await _with_a_tell(path, clock)
    url = f"sqlite:///{path}"
    rubbish = path.with_name("rubbish")
    rubbish.write_bytes(b"no database" * 100)

    with pytest.raises(StoreError, match="no backup"):
        await restore(path.with_name("missing"), url, clock=clock)
    with pytest.raises(StoreError, match="no backup of mjwatch"):
        await restore(rubbish, url, clock=clock)
    set_schema(copy, "9999")
    with pytest.raises(StoreError, match="newer mjwatch"):
        await restore(copy, url, clock=clock)
    with pytest.raises(StoreError, match="pg_restore"):
        await restore(copy, "postgresql://h/d", clock=clock)

    async with open_store(url, clock=clock) as store:
        assert await store.fact("since") == "then"


async def test_a_backup_can_become_a_new_database(
    path: Path, clock: MovedClock, tmp_path: Path
) -> None:
    copy = await _with_a_tell(path, clock)

    kept = await restore(copy, f"sqlite:///{tmp_path}/new.db", clock=clock)

    assert kept is None
    async with open_store(f"sqlite:///{tmp_path}/new.db", clock=clock) as store:
        assert isinstance(store, SqlStore)
        assert await store.held_back() == 1
