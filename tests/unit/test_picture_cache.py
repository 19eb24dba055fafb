"""Files by key, so many bytes at most, none taken from under a reader."""

import os
from pathlib import Path

import pytest

from bot.media.cache import PictureCache, size_in


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> PictureCache:
    return _open(tmp_path, clock)


def test_a_kept_file_is_found_with_its_size(cache: PictureCache) -> None:
    path = _keep(cache, "a")

    assert cache.find("a") == path
    assert size_in(path) == (3, 4)


def test_an_unknown_key_has_no_file(cache: PictureCache) -> None:
    assert cache.find("a") is None


def test_no_letter_of_a_key_is_in_a_files_name(cache: PictureCache) -> None:
    assert _keep(cache, "../task").name.startswith("_") is False
    assert "task" not in _keep(cache, "../task").name


def test_the_least_lately_used_goes_first(cache: PictureCache, clock: Clock) -> None:
    _keep(cache, "a"), _keep(cache, "b")
    clock.at += 1
    cache.find("a")
    clock.at += 100

    _keep(cache, "c")

    assert [bool(cache.find(key)) for key in "abc"] == [True, False, True]
    assert cache.total_bytes == 80


def test_what_was_just_handed_out_stays(cache: PictureCache) -> None:
    paths = [_keep(cache, key) for key in "abc"]

    assert [path.exists() for path in paths] == [True, True, True]


def test_a_use_renews_the_grace(cache: PictureCache, clock: Clock) -> None:
    path = _keep(cache, "a")
    clock.at += 100
    assert cache.use(path)

    _keep(cache, "b"), _keep(cache, "c")

    assert path.exists()


def test_a_file_that_others_removed_is_forgotten(cache: PictureCache) -> None:
    path = _keep(cache, "a")
    path.unlink()

    assert not cache.use(path)
    assert cache.find("a") is None
    assert cache.total_bytes == 0


def test_a_key_has_one_file(cache: PictureCache) -> None:
    _keep(cache, "a"), _keep(cache, "a")

    assert cache.total_bytes == 40


def test_the_next_run_knows_the_files_and_their_order(
    cache: PictureCache, clock: Clock, tmp_path: Path
) -> None:
    os.utime(_keep(cache, "a"), (2, 2))
    os.utime(_keep(cache, "b"), (1, 1))

    later = _open(tmp_path, clock)
    _keep(later, "c")

    assert [bool(later.find(key)) for key in "abc"] == [True, False, True]


def test_the_next_run_clears_what_was_half_done(
    cache: PictureCache, clock: Clock, tmp_path: Path
) -> None:
    part = cache.new_part()

    _open(tmp_path, clock)

    assert not part.exists()


def test_what_is_not_ours_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    stranger = tmp_path / "notes.txt"
    stranger.write_text("mine")

    assert _open(tmp_path, clock).total_bytes == 0
    assert stranger.exists()


def _open(folder: Path, clock: Clock) -> PictureCache:
    cache = PictureCache(folder, limit_bytes=100, grace_seconds=60, clock=clock)
    cache.open()
    return cache


def _keep(cache: PictureCache, key: str) -> Path:
    part = cache.new_part()
    part.write_bytes(bytes(40))
    return cache.keep(part, key, size=(3, 4), extension="png")
