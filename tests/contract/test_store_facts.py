"""Facts that age: forgotten with what is over, the others kept for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.aging import AGING, dated, undated
from storage.store import SqlStore
from tests.fakes.clock import MovedClock

LINK = (
    "telegram:link:k_0123456789abcdef01234567"  # links that were printed work for ever
)


@pytest.mark.parametrize(
    "at", [datetime(1969, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)]
)
def test_what_was_dated_reads_as_before(at: datetime) -> None:
    assert undated(dated("5:7:t with words", at)) == "5:7:t with words"


async def test_facts_that_age_are_forgotten_and_no_others(
    store: SqlStore, clock: MovedClock
) -> None:
    begun = clock.now()
    await store.save_fact(f"{AGING}old", dated("a", begun))
    await store.save_fact(LINK, "x" * 64)
    await store.save_fact("agingX", dated("a", begun))
    clock.move(3600)
    await store.save_fact(f"{AGING}new", dated("b", clock.now()))

    early = await store.prune(before=begun)
    gone = await store.prune(before=begun + timedelta(seconds=60))

    assert (early, gone) == (0, 1)
    assert await store.fact(f"{AGING}old") is None
    assert await store.fact(f"{AGING}new") is not None
    assert await store.fact(LINK) == "x" * 64
    assert await store.fact("agingX") is not None
