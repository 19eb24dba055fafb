"""The pictures of the chat: copies of our own, served under names nobody can guess.

A name is the digest of the bytes: the same picture is one file, and a name tells
nothing to whom has not seen the picture.
"""

import asyncio
import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from adapters.browser.render import Json, file_json
from bot.domain.attachment import Attachment
from bot.media.picture import Mime

_TYPES: Final = {mime.value: mime.extension for mime in Mime}
_OTHER: Final = "bin"
_MIMES: Final = {ending: mime for mime, ending in _TYPES.items()}
_NAME: Final = re.compile(r"[0-9a-f]{40}\.[a-z0-9]{3,4}")
_OWNER_ONLY: Final = 0o700


class Folder:
    """The folder that holds them.

    Args:
        path: Made if it is not there; nobody else's files lie in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: Counter[str] = Counter()

    @asynccontextmanager
    async def holding(self, files: Sequence[Attachment]) -> AsyncIterator[list[Json]]:
        """Copy files, and keep them from the broom until a message names them.

        Raises:
            OSError: A file could not be read or written.
        """
        names = [await asyncio.to_thread(self._copy, each) for each in files]
        self._held.update(names)
        try:
            pairs = zip(files, names, strict=True)
            yield [file_json(file, name) for file, name in pairs]
        finally:
            self._held.subtract(names)

    def find(self, name: str) -> Path | None:
        """Find a file by the name under which it is served."""
        if not _NAME.fullmatch(name):
            return None
        path = self._path / name
        return path if path.is_file() else None

    async def sweep(self, used: Collection[str]) -> None:
        """Remove what no message shows any more."""
        held = {name for name, count in self._held.items() if count > 0}
        await asyncio.to_thread(self._remove_all_but, {*used, *held})

    def _copy(self, file: Attachment) -> str:
        if file.path is None:
            raise FileNotFoundError(file.name)
        self._path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        name = f"{_digest(file.path)}.{_TYPES.get(file.mime, _OTHER)}"
        target = self._path / name
        if not target.is_file():
            part = target.with_suffix(f".{os.urandom(4).hex()}.part")
            shutil.copyfile(file.path, part)
            part.replace(target)
        return name

    def _remove_all_but(self, used: Collection[str]) -> None:
        if not self._path.is_dir():
            return
        for path in self._path.iterdir():
            if path.name not in used and not path.name.endswith(".part"):
                path.unlink(missing_ok=True)


def mime_of(name: str) -> str:
    """Name the type of a served file; what a browser cannot draw is only saved."""
    ending = name.rpartition(".")[2]
    return _MIMES.get(ending, "application/octet-stream")


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:40]
