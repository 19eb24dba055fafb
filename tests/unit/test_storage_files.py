"""The SQLite file: rights, pragmas, lock, schema, backup, restore."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

import storage.migrations
from bot.domain.transition import Tell
from bot.errors import StoreBusyError, StoreError
from storage import migrate
from storage.backup import copy_file
from storage.engine import file_of, open_store
from storage.lock import file_lock
from storage.restore import restore
from storage.store import SqlStore
from storage.tables import metadata
from tests.fakes.clock import MovedClock
from tests.fakes.desk import DISCORD, ELSEWHERE, Desk


@asynccontextmanager
async def _desk(path: Path, clock: MovedClock) -> AsyncIterator[Desk]:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        yield Desk(store=store, clock=clock)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mjwatch.db"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


async def test_the_folder_and_the_file_are_their_owners_alone(
    path: Path, clock: MovedClock
) -> None:
    async with _desk(path, clock) as desk:
        await desk.store.save_fact("a", "1")
        beside = path.with_name("mjwatch.db-wal")

        assert (_mode(path.parent), _mode(path), _mode(beside)) == (
            0o700,
            0o600,
            0o600,
        )


async def test_a_folder_that_was_there_keeps_its_rights(
    tmp_path: Path, clock: MovedClock
) -> None:
    await asyncio.to_thread(tmp_path.chmod, 0o755)

    async with _desk(tmp_path / "x.db", clock):
        pass

    assert _mode(tmp_path) == 0o755


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
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nonsense", ""]
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


@pytest.fixture
def rubbish(tmp_path: Path) -> Path:
    file = tmp_path / "rubbish.db"
    file.write_bytes(b"no database at all " * 100)
    return file


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

    assert "geheim" not in str(refused.value)


# --- one program --------------------------------------------------------------


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
    async with _desk(path, clock) as desk:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreBusyError):
                await desk.store.save_fact("a", "1")
            assert not await desk.store.writable()


# --- schema -------------------------------------------------------------------


def test_the_newest_revision_is_the_one_we_name() -> None:
    config = Config()
    folder = Path(storage.migrations.__file__).parent
    config.set_main_option("script_location", str(folder))

    assert ScriptDirectory.from_config(config).get_heads() == [migrate.SCHEMA]


async def test_the_revisions_make_the_tables(path: Path, clock: MovedClock) -> None:
    async with _desk(path, clock):
        pass

    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as conn:
        found = compare_metadata(MigrationContext.configure(conn), metadata)
    engine.dispose()

    assert found == []


async def test_a_new_database_is_made_without_a_backup(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        assert store.migration == migrate.Migration(
            before=None, after=migrate.SCHEMA, backup=None
        )
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        assert store.migration is None


async def test_an_unprepared_database_is_refused_where_asked(
    path: Path, clock: MovedClock
) -> None:
    with pytest.raises(StoreError, match="mjwatch migrate"):
        async with open_store(f"sqlite:///{path}", clock=clock, migrate=False):
            pass


async def test_a_newer_schema_is_refused_with_the_backups_name(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock):
        pass
    _set_schema(path, "9999")
    backup = path.with_name("mjwatch.db.schema-0001.20261101T000000Z.bak")
    backup.touch()

    with pytest.raises(StoreError, match=backup.name):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass


async def test_an_existing_database_is_copied_before_it_changes(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _desk(path, clock) as desk:
        await desk.store.save_fact("a", "1")
    _set_schema(path, "0000")
    monkeypatch.setattr(migrate, "_upgrade", _pretend_upgrade)

    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        done = store.migration

    assert done
    assert done.backup
    assert done.backup.name == "mjwatch.db.schema-0000.20261122T120000Z.bak"
    assert _mode(done.backup) == 0o600
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT value FROM facts").fetchall() == [("1",)]


async def test_a_failed_migration_leaves_the_old_schema(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock):
        pass
    _set_schema(path, "0000")
    monkeypatch.setattr(migrate, "_upgrade", _broken_upgrade)

    with pytest.raises(RuntimeError):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass

    with closing(sqlite3.connect(path)) as left:
        tables = left.execute("SELECT name FROM sqlite_master WHERE name = 'facts'")
        assert tables.fetchall() == [("facts",)]


def _pretend_upgrade(conn: Connection) -> None:
    conn.execute(text(f"UPDATE alembic_version SET version_num = '{migrate.SCHEMA}'"))


def _broken_upgrade(conn: Connection) -> None:
    conn.execute(text("DROP TABLE facts"))
    raise RuntimeError


def _set_schema(path: Path, schema: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = ?", (schema,))
        conn.commit()


# --- backup and restore -------------------------------------------------------


async def test_a_backup_holds_what_was_written(path: Path, clock: MovedClock) -> None:
    copy = path.with_name("copy.db")
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        await store.save_fact("a", "1")
        await store.backup(copy)
        problems = await store.check()
    async with open_store(f"sqlite:///{copy}", clock=clock) as copied:
        kept = await copied.fact("a")

    assert (problems, kept) == ((), "1")
    assert _mode(copy) == 0o600


async def test_a_backup_that_cannot_be_written_leaves_nothing(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        with pytest.raises(StoreError, match="no backup"):
            await store.backup(path.parent / "missing" / "copy.db")


async def _with_a_tell(path: Path, clock: MovedClock) -> Path:
    """Make a database with an end that waits to be told, and a backup of it."""
    copy = path.with_name("copy.db")
    async with _desk(path, clock) as desk:
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

    async with _desk(path, clock) as desk:
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
    _set_schema(copy, "9999")
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
