"""The SQLite file: rights, pragmas, what is refused, and one program at a time."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreBusyError, StoreError
from storage.engine import file_of, open_store
from storage.lock import file_lock
from tests.fakes.clock import MovedClock
from tests.unit.storage_files.conftest import desk_at, mode_of


async def test_the_folder_and_the_file_are_their_owners_alone(
    path: Path, clock: MovedClock
) -> None:
    async with desk_at(path, clock) as desk:
        await desk.store.save_fact("a", "1")
        beside = path.with_name("mjwatch.db-wal")

        assert (mode_of(path.parent), mode_of(path), mode_of(beside)) == (
            0o700,
            0o600,
            0o600,
        )


async def test_a_folder_that_was_there_keeps_its_rights(
    tmp_path: Path, clock: MovedClock
) -> None:
    await asyncio.to_thread(tmp_path.chmod, 0o755)

    async with desk_at(tmp_path / "x.db", clock):
        pass

    assert mode_of(tmp_path) == 0o755


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)],
)
async def test_every_connection_is_durable(
    path: Path, clock: MovedClock, pragma: str, value: object
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        async with store._db.write() as conn:
            writer = await conn.exec_driver_sql(f"PRAGMA {pragma}")
        async with store._db.read() as conn:
            reader = await conn.exec_driver_sql(f"PRAGMA {pragma}")

        assert (writer.scalar(), reader.scalar()) == (value, value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://x/y",
        "postgres://h:x/y",
        "nonsense",
        "",
    ],
)
async def test_another_kind_of_database_is_refused(url: str, clock: MovedClock) -> None:
    with pytest.raises(StoreError):
        async with open_store(url, clock=clock):
            pass


def test_an_address_names_its_file() -> None:
    assert file_of("sqlite:///data/a.db") == Path("data/a.db")
    assert file_of("postgres://u:p@h/d?sslmode=require") is None


async def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, clock: MovedClock
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot write"):
        async with open_store(f"sqlite:///{tmp_path}/file/x.db", clock=clock):
            pass


async def test_what_is_no_database_is_said_in_words(
    rubbish: Path, clock: MovedClock
) -> None:
    with pytest.raises(StoreError, match="not a database of SQLite"):
        async with open_store(f"sqlite:///{rubbish}", clock=clock):
            pass


async def test_a_server_that_is_away_is_said_without_its_password(
    clock: MovedClock,
) -> None:
    url = "postgresql://ann:geheim@127.0.0.1:1/mjwatch"

    with pytest.raises(StoreError) as refused:
        async with open_store(url, clock=clock):
            pass

    assert str(refused.value) == "the database is out of reach: nobody answers there"


async def test_what_stands_behind_an_address_is_understood_or_refused_unnamed(
    clock: MovedClock,
) -> None:
    url = "postgresql://ann:pw@127.0.0.1:1/mjwatch?sslmode=disable"

    with pytest.raises(StoreError, match="out of reach"):
        async with open_store(f"{url}&channel_binding=require", clock=clock):
            pass
    with pytest.raises(StoreError, match="may stand: host") as refused:
        async with open_store(f"{url}&geheim=1", clock=clock):
            pass

    assert "geheim" not in str(refused.value)


async def test_a_second_program_is_refused(path: Path, clock: MovedClock) -> None:
    path.parent.mkdir()

    async with file_lock(path):
        with pytest.raises(StoreBusyError, match="another running"):
            async with file_lock(path, patience_seconds=0):
                pass


async def test_the_lock_is_free_after_its_holder(path: Path, clock: MovedClock) -> None:
    for _ in range(2):
        async with open_store(f"sqlite:///{path}", clock=clock, exclusive=True):
            pass


async def test_no_child_inherits_the_lock(path: Path) -> None:
    path.parent.mkdir()
    before = _open_files()

    async with file_lock(path):
        (lock,) = _open_files() - before

        assert not os.get_inheritable(lock)


def _open_files() -> set[int]:
    return {number for number in range(256) if _is_open(number)}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


async def test_other_commands_open_beside_the_running_one(
    path: Path, clock: MovedClock
) -> None:
    url = f"sqlite:///{path}"
    async with (
        open_store(url, clock=clock, exclusive=True) as running,
        open_store(url, clock=clock) as beside,
    ):
        await running.save_fact("a", "1")

        assert await beside.fact("a") == "1"


async def test_a_held_write_lock_is_an_error_of_ours(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine._BUSY_MS", 1)
    async with desk_at(path, clock) as desk:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreBusyError):
                await desk.store.save_fact("a", "1")
            assert not await desk.store.writable()
