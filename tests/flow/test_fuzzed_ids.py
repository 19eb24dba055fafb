"""Whatever is asked for, a relay is asked on the intended path alone, or not at all."""

import random
import re
from pathlib import Path
from typing import Final

import pytest

from bot.commands.access import AccessOptions
from storage.store import SqlStore
from tests.chaos.hostile import fuzzed_ids
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, commanding, words
from tests.fakes.relay import FakeRelay
from tests.fakes.relay.record import Seen

SEED: Final = 7
COUNTS: Final = {"status": 1000, "watch": 200, "seed": 200}
FETCH: Final = re.compile(r"/mj/task/([A-Za-z0-9_-]{1,64})/fetch")
LIST: Final = "/mj/task/list-by-condition"
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def asked_for(seen: Seen) -> list[str] | None:
    """The ids that a request asks about; None: its path is not one of the two."""
    if seen.target == LIST:
        return [str(each) for each in seen.json["ids"]]
    found = FETCH.fullmatch(seen.target)
    return [found[1]] if found else None


@pytest.mark.slow
@pytest.mark.parametrize("command", COUNTS)
async def test_fuzzed_ids_reach_the_relay_on_the_intended_path_or_not(
    command: str, store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with (
        FakeRelay(kind="newapi") as relay,
        commanding(
            store, clock, tmp_path, [relay], access=AccessOptions(looks_a_minute=0)
        ) as here,
    ):
        ask = getattr(here.commands, command)
        for text in fuzzed_ids(COUNTS[command], random.Random(SEED)):
            before = len(relay.requests)
            assert words(await ask(ANN, text))
            for seen in relay.requests[before:]:
                ids = asked_for(seen)
                assert ids, seen.target
                assert all(ID.fullmatch(each) and each in text for each in ids)
        assert relay.requests
