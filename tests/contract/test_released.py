"""What was released works for ever: databases, button references, feeds, deep links."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from adapters.telegram.links import Start, read_payload
from bot.domain.buttonref import check_of, parse_ref
from bot.domain.feed import digest_of
from bot.domain.task import TaskId
from bot.domain.transition import Tell
from storage import migrate
from storage.engine import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.released import CUSTOM_ID, FEED_TOKEN, LINKED, RUNS, TOLD, WAITS

SCHEMAS: Final = Path(__file__).parents[1] / "data" / "schemas"
REVISIONS: Final = sorted(each.stem for each in SCHEMAS.glob("*.sql"))
WITH_FEEDS: Final = "0002"  # and later
# As they stand under messages and in links that were given out.
BUTTON: Final = "m1b.2.0.c87ac1da"
LINK: Final = "k_7687338d20bc41d29540f846"


@pytest.fixture(params=REVISIONS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database as a release has left it."""
    made = tmp_path / "mjwatch.db"
    with closing(sqlite3.connect(made)) as conn:
        conn.executescript((SCHEMAS / f"{request.param}.sql").read_text())
    return made


def test_every_schema_that_we_name_is_kept() -> None:
    versions = Path(migrate.__file__).with_name("migrations") / "versions"

    assert sorted(each.name[:4] for each in versions.glob("0*.py")) == REVISIONS


async def test_a_released_database_goes_on(path: Path, clock: MovedClock) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        desk = Desk(store=store, clock=clock)
        [watch] = (await store.watch_changes()).opened
        [note] = await desk.lease()
        again = await desk.watch("another")

    assert (watch.task_id, watch.progress) == (RUNS, 40)
    assert (note.tell, note.task.task_id, note.card) == (Tell.ENDED, WAITS, "c3")
    assert again.id == 4


async def test_what_was_given_out_with_it_is_still_good(
    path: Path, clock: MovedClock
) -> None:
    ref = parse_ref(BUTTON)
    assert ref is not None
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        task = await store.task(ref.task_key)
        started = await read_payload(store, LINK)
        feed = await store.find_feed(digest_of(FEED_TOKEN))

    assert task is not None
    assert task.snapshot is not None
    button = task.snapshot.buttons[ref.position]
    assert (task.task_id, button.custom_id) == (TOLD, CUSTOM_ID)
    assert check_of(TaskId(TOLD), CUSTOM_ID) == ref.check
    assert started == Start(LINKED, watch=False)
    assert (feed is not None) == (_revision(path) >= WITH_FEEDS)


def _revision(path: Path) -> str:
    """The schema that a database had before it was opened, by its backup's name."""
    backups = [each.name for each in path.parent.glob("*.bak")]
    return next((each.split("schema-")[1][:4] for each in backups), REVISIONS[-1])
