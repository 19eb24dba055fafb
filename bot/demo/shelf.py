"""Submitted tasks in a file, so that a demo which is stopped and started goes on."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from bot.demo.task import DemoTask


class Shelf:
    """A line for each submitted task; the last line of an id counts.

    Args:
        path: The file; its folder is made. None: nothing is kept.
        most: So many lines are kept at a start.
    """

    def __init__(self, path: Path | None, *, most: int) -> None:
        self._path = path
        self._most = most

    def take(self) -> Iterator[DemoTask]:
        """Give what was put, oldest first; a line cut short by a kill is left out."""
        if self._path is None or not self._path.exists():
            return
        lines = self._path.read_bytes().splitlines()[-self._most :]
        self._path.write_bytes(b"".join(line + b"\n" for line in lines))
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=DemoTask)
            except msgspec.MsgspecError:
                continue

    def put(self, task: DemoTask) -> None:
        """Keep a task."""
        if self._path is None:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(task) + b"\n")
