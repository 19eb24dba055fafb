"""What memory is at any instant: cut short, frozen, full."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.app import App
from tests.chaos.disk import crash_images, migrations_cut_short
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

SEED = 5


@pytest.mark.slow
async def test_every_crash_image_holds_all_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    found = await crash_images(tmp_path, images=25, chance=random.Random(SEED))

    assert found.held, found


@pytest.mark.slow
async def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new(
    tmp_path: Path,
) -> None:
    found = await migrations_cut_short(tmp_path, kills=2, chance=random.Random(SEED))

    assert found.held, found


@pytest.mark.slow
async def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    tasks = [str(1767225600000001 + n) for n in range(30)]
    async with FakeRelay(kind="newapi", hold=True) as relay, FakeTelegram() as telegram:
        for task in tasks:
            relay.task(task, status="IN_PROGRESS", progress="40%")
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        async with running_program(tmp_path, settings(relay, telegram)) as app:
            await until_ready(app)
            for start in range(0, len(tasks), 10):
                words = " ".join(tasks[start : start + 10])
                await telegram.say(ana, chat, f"/watch {words}")
            await telegram.until(lambda: len(telegram.messages(chat)) > 2)
            await pages(app, 1)
            for task in tasks:
                relay.becomes(task, status="FAILURE", failReason="x" * 900)
            await until_missing(app, "database: cannot be written")

            await pages(app, 2**30)
            await telegram.until(
                lambda: all(
                    any(
                        task in m.words for m in telegram.messages(chat) if not m.silent
                    )
                    for task in tasks
                )
            )

        rings = [m for m in telegram.messages(chat) if not m.silent]
        assert {sum(task in m.words for m in rings) for task in tasks} == {1}


def settings(relay: FakeRelay, telegram: FakeTelegram) -> dict[str, str]:
    return {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "LIMIT_LOOKS": "0",
        "LIMIT_WATCHES": "0",
    }


async def pages(app: App, most: int) -> None:
    """Let the database have so many pages; those that it has it keeps."""
    database = app.store._db  # type: ignore[attr-defined]  # the disk has no other door
    async with database._writer.connect() as conn:
        await conn.exec_driver_sql(f"PRAGMA max_page_count = {most}")


async def until_missing(app: App, line: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line not in await app.missing():  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.05)
