"""A short chaos: the whole program is killed, stopped and doubled; `make chaos` is long."""

import random
from pathlib import Path

import pytest

from tests.chaos import secrets
from tests.chaos.kills import kill, mixed
from tests.chaos.outages import SETTINGS, platform_gone, relay_gone
from tests.chaos.restoring import back_to_an_old_backup
from tests.chaos.stage import open_stage
from tests.chaos.stops import second_copies, stop_all_along

SEED = 11


async def test_kills_lose_nothing_and_repeat_no_result(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with open_stage(tmp_path) as stage:
        found = await kill(stage, mixed(12, chance), chance, results=60)

    assert found.held, found


@pytest.mark.slow
async def test_a_stop_in_traffic_is_quick_and_loses_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        found = await stop_all_along(stage, 2, random.Random(SEED))

    assert found.held, found


async def test_a_relay_that_was_gone_has_lost_nothing(tmp_path: Path) -> None:
    async with open_stage(tmp_path, SETTINGS) as stage:
        wishes = stage.new_wishes(20, each=10)
        found = await relay_gone(stage, "500", wishes=wishes, seconds=4)

    assert found.held, found


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["discord", "telegram"])
async def test_a_platform_that_was_gone_has_held_up_nobody(
    platform: str, tmp_path: Path
) -> None:
    async with open_stage(tmp_path) as stage:
        wishes = stage.new_wishes(10)
        found = await platform_gone(stage, platform, wishes=wishes, seconds=15)

    assert found.held, found


@pytest.mark.slow
async def test_a_second_copy_leaves_without_a_word_to_anybody(tmp_path: Path) -> None:
    async with open_stage(tmp_path) as stage:
        found = await second_copies(stage, tmp_path, starts=2)

    assert found.held, found


@pytest.mark.slow
async def test_an_old_backup_that_is_put_back_tells_nothing_again(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path) as stage:
        found = await back_to_an_old_backup(stage, tasks=8)

    assert found.held, found


@pytest.mark.slow
async def test_no_secret_turns_up_anywhere_through_a_day_of_trouble(
    tmp_path: Path,
) -> None:
    async with open_stage(tmp_path, secrets.SETTINGS) as stage:
        found = await secrets.let_canaries_sing(stage)

    assert found.held, found
