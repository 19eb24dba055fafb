"""Suggestions while somebody types: this chat's ids alone, however much is stored."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.domain.subscription import Destination
from bot.domain.task import State
from storage.store import SqlStore
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE, THREAD, Desk

STORED: Final = 100_000
OURS: Final = [f"17672256{n:08}" for n in (7, 99_990, 99_999)]
EMPTY: Final = Destination(platform=CHAT.platform, chat="300")


@pytest.fixture
def path(store_url: str) -> str:
    return store_url.removeprefix("sqlite:///")


@pytest.fixture
async def full(desk: Desk, store: SqlStore, path: str) -> Desk:
    """A hundred thousand tasks that another chat watches, and three of ours."""
    await desk.look("17672255", State.RUNNING, prompt="theirs")
    await desk.watch("17672255", to=ELSEWHERE, by=BOB)
    for task_id in OURS:
        await desk.look(task_id, State.RUNNING, prompt="a red fox")
        await desk.watch(task_id, to=THREAD if task_id == OURS[1] else CHAT)
    await store.note_look(ANN, CHAT, (await desk.watch(OURS[0])).task_key, at=desk.now)
    with closing(sqlite3.connect(path)) as conn, conn:
        many(conn, "tasks", "key", {"task_id": "17672257{:08}"})
        keys = {"task_id": "17672257{:08}", "task_key": ""}
        many(conn, "subscriptions", "id", keys)
    return desk


def many(
    conn: sqlite3.Connection, table: str, key: str, changes: dict[str, str]
) -> None:
    """Copy the first row of a table again and again, under other ids."""
    conn.row_factory = sqlite3.Row
    first = conn.execute(f"SELECT * FROM {table} ORDER BY {key} LIMIT 1").fetchone()
    row = dict(first)
    named = ", ".join(f":{name}" for name in row)
    conn.executemany(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({named})",
        (
            row
            | {key: 1000 + n}
            | {k: v.format(n) or 1000 + n for k, v in changes.items()}
            for n in range(STORED)
        ),
    )


@contextmanager
def said() -> Iterator[list[tuple[str, Any]]]:
    """Listen to what the database is asked."""
    heard: list[tuple[str, Any]] = []

    def note(*asked: Any) -> None:  # noqa: ANN401 - the library's own
        heard.append((asked[2], asked[3]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_only_this_chats_ids_are_offered(full: Desk) -> None:
    wanted = {
        "": OURS,
        "17672256": OURS,
        "1767225600099": OURS[1:],
        "fox": OURS,
        "1767225699": [],
        "17672257": [],
        "17672255": [],
        "theirs": [],
    }

    found = {
        typed: await full.store.suggest(CHAT, ANN, typed, limit=25) for typed in wanted
    }

    offered = {typed: sorted(t.task_id for t in each) for typed, each in found.items()}
    assert offered == wanted


async def test_no_table_is_read_from_end_to_end(full: Desk, path: str) -> None:
    with said() as heard:
        asked = [
            await full.store.suggest(chat, ANN, typed, limit=25)
            for chat in (CHAT, ELSEWHERE, EMPTY)
            for typed in ("", "17672257", "fox")
        ]

    assert [len(each) for each in asked] == [3, 0, 3, 25, 25, 0, 0, 0, 0]
    plans = list(steps(path, heard))
    assert any(step.startswith("SEARCH tasks USING INTEGER PRIMARY") for step in plans)
    assert any("ix_subscriptions_destination" in step for step in plans)
    scan = re.compile(r"SCAN (tasks|subscriptions|looks)\b")
    assert not [step for step in plans if scan.match(step)]


def steps(path: str, heard: list[tuple[str, Any]]) -> Iterator[str]:
    """Say how each question is answered."""
    with closing(sqlite3.connect(path)) as conn:
        for statement, given in heard:
            if statement.startswith("SELECT"):
                plan = conn.execute(f"EXPLAIN QUERY PLAN {statement}", given)
                yield from (str(step[3]) for step in plan)
