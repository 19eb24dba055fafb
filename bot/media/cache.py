"""Files on disk by key, so many bytes at most; the least lately used goes first."""

import hashlib
import os
import re
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bot.media.picture import Size

OWNER_ONLY: Final = 0o700
PART_SUFFIX: Final = ".part"
_OURS: Final = re.compile(r"[0-9a-f]{40}_\d+x\d+\.[a-z0-9]+")


class Ticking(Protocol):
    """A steady count of seconds."""

    def monotonic(self) -> float:
        """Tell seconds that never go back."""


@dataclass(slots=True)
class _Entry:
    path: Path
    size_bytes: int
    used_at: float  # of the steady clock


class PictureCache:
    """A folder of files; what was handed out within the grace is not evicted.

    Blocking, and only ever for as long as a rename or a stat takes.
    """

    def __init__(
        self, folder: Path, *, limit_bytes: int, grace_seconds: float, clock: Ticking
    ) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.total_bytes = 0

    def open(self) -> None:
        """Make the folder its owner's alone, and take over what an earlier run left."""
        self._folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        self._folder.chmod(OWNER_ONLY)
        found = [(path.stat(), path) for path in self._folder.iterdir()]
        for stat, path in sorted(found, key=lambda one: one[0].st_mtime):
            if path.suffix == PART_SUFFIX:
                path.unlink(missing_ok=True)
            elif _OURS.fullmatch(path.name):
                self._add(_Entry(path, stat.st_size, used_at=float("-inf")))
        self._evict()

    def new_part(self) -> Path:
        """Make an empty file to write into, on the disk where it will stay."""
        number, name = tempfile.mkstemp(suffix=PART_SUFFIX, dir=self._folder)
        os.close(number)
        return Path(name)

    def find(self, key: str) -> Path | None:
        """Give the file kept for a key, and keep it from eviction for the grace."""
        stem = _stem(key)
        entry = self._entries.get(stem)
        if entry is None:
            return None
        if not entry.path.exists():
            self._drop(stem)
            return None
        self._touch(stem, entry)
        return entry.path

    def use(self, path: Path) -> bool:
        """Keep a file from eviction for the grace; False if it is gone."""
        stem = path.name.partition("_")[0]
        entry = self._entries.get(stem)
        if entry is None or not path.exists():
            return False
        self._touch(stem, entry)
        return True

    def keep(self, part: Path, key: str, *, size: Size, extension: str) -> Path:
        """Take a finished file in, in place of an earlier one of this key."""
        stem = _stem(key)
        path = self._folder / f"{stem}_{size[0]}x{size[1]}.{extension}"
        self._drop(stem)
        size_bytes = part.stat().st_size
        part.replace(path)
        self._add(_Entry(path, size_bytes, used_at=self._clock.monotonic()))
        self._evict()
        return path

    def _add(self, entry: _Entry) -> None:
        stem = entry.path.name.partition("_")[0]
        self._drop(stem)
        self._entries[stem] = entry
        self.total_bytes += entry.size_bytes

    def _drop(self, stem: str) -> None:
        entry = self._entries.pop(stem, None)
        if entry is not None:
            self.total_bytes -= entry.size_bytes
            entry.path.unlink(missing_ok=True)

    def _touch(self, stem: str, entry: _Entry) -> None:
        """Mark a use, for this run and for the order of the next."""
        entry.used_at = self._clock.monotonic()
        self._entries.move_to_end(stem)
        os.utime(entry.path)

    def _evict(self) -> None:
        free_since = self._clock.monotonic() - self._grace_seconds
        while self.total_bytes > self._limit_bytes:
            stem, entry = next(iter(self._entries.items()))
            if entry.used_at > free_since:
                return  # the rest was used later still
            self._drop(stem)


def size_in(path: Path) -> Size:
    """Read width and height from a kept file's name."""
    width, _, height = path.stem.partition("_")[2].partition("x")
    return int(width), int(height)


def _stem(key: str) -> str:
    """Name a key's file: no letter of the key reaches the disk."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]
