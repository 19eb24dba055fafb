"""Where pictures are decoded: child processes, each asked one thing at a time."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import structlog

from bot.errors import PictureError
from bot.media.picture import MIB, PictureProblem, Recode, Size

log = structlog.get_logger()

SCRIPT: Final = Path(__file__).with_name("decoder.py")
MEMORY_BYTES: Final = 768 * MIB  # of addresses: 40 megapixels and what works on them
Answer = dict[str, Any]  # as the child gives it

TRIES: Final = 2  # a child that ended for another reason is no fault of this picture


class Darkroom:
    """Asks children to decode; starts them when needed, anew when they were ended."""

    def __init__(self, *, children: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._children = [_Child(round(timeout_seconds)) for _ in range(children)]
        self._free: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()
        for child in self._children:
            self._free.put_nowait(child)

    async def check(self, path: Path, *, max_pixels: int) -> Size:
        """Decode a whole picture.

        Raises:
            PictureError: It cannot be decoded, or not within memory and time.
        """
        return await self._ask(
            {"do": "check", "path": str(path), "max_pixels": max_pixels}
        )

    async def recode(self, path: Path, recode: Recode, *, into: Path) -> Size:
        """Write a JPEG that fits.

        Raises:
            PictureError: It cannot be decoded, or made to fit.
        """
        request: dict[str, object] = {
            "do": "recode",
            "path": str(path),
            "into": str(into),
            "max_bytes": recode.max_bytes,
            "max_sides_sum": recode.max_sides_sum,
        }
        return await self._ask(request)

    async def close(self) -> None:
        """End the children."""
        for child in self._children:
            await child.stop()

    async def _ask(self, request: dict[str, object]) -> Size:
        child = await self._free.get()
        try:
            answer = await self._answer(child, request)
        finally:
            self._free.put_nowait(child)
        if "problem" in answer:
            raise PictureError(PictureProblem(answer["problem"]))
        return int(answer["width"]), int(answer["height"])

    async def _answer(self, child: "_Child", request: dict[str, object]) -> Answer:
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    return await child.ask(request)
            except TimeoutError as error:
                log.warning("decoder.ended", cause="timeout")
                raise PictureError(PictureProblem.TOO_MANY_PIXELS) from error
            except (EOFError, OSError):
                log.warning("decoder.ended", cause="died")
        raise PictureError(PictureProblem.NOT_A_PICTURE)


@asynccontextmanager
async def open_darkroom(
    *, children: int, timeout_seconds: float
) -> AsyncIterator[Darkroom]:
    """Open it, and leave no child behind."""
    darkroom = Darkroom(children=children, timeout_seconds=timeout_seconds)
    try:
        yield darkroom
    finally:
        await darkroom.close()


class _Child:
    """One decoder, used by one at a time."""

    def __init__(self, cpu_seconds: int) -> None:
        self._cpu_seconds = max(cpu_seconds, 1)
        self._running: Process | None = None

    async def ask(self, request: dict[str, object]) -> Answer:
        """Ask one thing; a child interrupted in it is ended, its answer being lost."""
        running = await self._started()
        try:
            return await _exchange(running, json.dumps(request))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it at once: it holds nothing that matters."""
        running, self._running = self._running, None
        if running is None:
            return
        if running.returncode is None:
            running.kill()
        await running.wait()
        if running.stdin is not None:
            running.stdin.close()

    async def _started(self) -> Process:
        if self._running is not None and self._running.returncode is None:
            return self._running
        self._running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",  # nothing of the folder or the environment is imported
            str(SCRIPT),
            str(MEMORY_BYTES),
            str(self._cpu_seconds),
            stdin=PIPE,
            stdout=PIPE,
            env={},  # no secret of ours
        )
        return self._running


async def _exchange(running: Process, line: str) -> Answer:
    reader, writer = running.stdout, running.stdin
    if reader is None or writer is None:
        raise EOFError
    writer.write(f"{line}\n".encode())
    await writer.drain()
    answer = await reader.readline()
    if not answer.endswith(b"\n"):
        raise EOFError
    found: Answer = json.loads(answer)
    return found
