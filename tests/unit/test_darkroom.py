"""Children that are ended are started anew, and learn no secret."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import PictureError
from bot.media.darkroom import Darkroom, open_darkroom
from tests.fakes.relay.pictures import draw, encode

PIXELS = 40_000_000


@pytest.fixture
async def darkroom() -> AsyncIterator[Darkroom]:
    async with open_darkroom(children=1, timeout_seconds=20) as darkroom:
        yield darkroom


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(draw("1", (64, 48)))
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(encode(Image.new("1", (12_000, 8_000)), "PNG"))
    return path


async def test_many_are_decoded_by_one_child(darkroom: Darkroom, file: Path) -> None:
    async with asyncio.TaskGroup() as group:
        checks = [
            group.create_task(darkroom.check(file, max_pixels=PIXELS)) for _ in range(5)
        ]

    assert [check.result() for check in checks] == [(64, 48)] * 5


async def test_a_child_that_was_killed_is_started_anew(
    darkroom: Darkroom, file: Path
) -> None:
    await darkroom.check(file, max_pixels=PIXELS)
    os.kill(_child(darkroom), signal.SIGKILL)

    assert await darkroom.check(file, max_pixels=PIXELS) == (64, 48)


async def test_a_picture_that_ends_every_child_is_no_picture(
    darkroom: Darkroom, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("raise SystemExit")
    monkeypatch.setattr("bot.media.darkroom.SCRIPT", dying)

    with pytest.raises(PictureError, match="not_a_picture"):
        await darkroom.check(file, max_pixels=PIXELS)


async def test_a_child_without_enough_memory_says_so(
    large: Path, monkeypatch: pytest.MonkeyPatch, darkroom: Darkroom
) -> None:
    monkeypatch.setattr("bot.media.darkroom.MEMORY_BYTES", 80 * 1024 * 1024)

    with pytest.raises(PictureError, match="too_many_pixels"):
        await darkroom.check(large, max_pixels=10**9)


async def test_who_stops_waiting_leaves_no_answer_for_the_next(
    darkroom: Darkroom, file: Path, tmp_path: Path
) -> None:
    await darkroom.check(file, max_pixels=PIXELS)
    other = tmp_path / "other"
    other.write_bytes(draw("2", (10, 20)))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await darkroom.check(file, max_pixels=PIXELS)

    assert await darkroom.check(other, max_pixels=PIXELS) == (10, 20)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
async def test_a_child_has_nothing_in_its_environment(
    darkroom: Darkroom, file: Path
) -> None:
    await darkroom.check(file, max_pixels=PIXELS)

    assert _environment(_child(darkroom)) == b""


async def test_no_child_is_left_behind(file: Path) -> None:
    async with open_darkroom(children=1, timeout_seconds=20) as darkroom:
        await darkroom.check(file, max_pixels=PIXELS)
        child = _child(darkroom)

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def _environment(process_id: int) -> bytes:
    return Path(f"/proc/{process_id}/environ").read_bytes()


def _child(darkroom: Darkroom) -> int:
    running = darkroom._children[0]._running
    assert running is not None
    return running.pid
