"""`mjwatch` as a process of its own, as an operator's machine runs it."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS

STOP_SECONDS: Final = 10.0  # promised after SIGTERM
_KEPT: Final = {
    **MEASURED,
    "PATH": "/usr/bin:/bin",
    "PYTHONWARNINGS": "error::ResourceWarning",
}
ROOT: Final = Path(__file__).parents[2]


@dataclass(eq=False)
class Outside:
    """A running program, and what it says.

    Attributes:
        lines: Its log so far, a mapping for each line.
        stopped_with: Its exit code, once it was stopped.
        printed: What it wrote to standard output, once it has ended.
    """

    process: Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    stopped_with: int | None = None
    printed: bytes = b""
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Take in what it says on standard error."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(json.loads(line))
            async with self._heard:
                self._heard.notify_all()

    async def says(
        self, event: str, *, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Wait for a line of the log."""
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(lambda: any(self.said(event)))
        return next(self.said(event))

    def said(self, event: str) -> Iterator[dict[str, Any]]:
        """Give the lines of one event."""
        return (line for line in self.lines if line.get("event") == event)

    async def probe(self, path: str) -> tuple[int, str]:
        """Ask its web server."""
        port = (await self.says("web.listening"))["port"]
        address = f"http://127.0.0.1:{port}{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()

    async def until_ready(self, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until nothing is missing."""
        async with asyncio.timeout(seconds):
            while (await self.probe("/readyz"))[0] != 200:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)

    async def stop(self) -> int:
        """Send SIGTERM, and wait as long as was promised."""
        self.process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            self.stopped_with = await self.process.wait()
        assert self.process.stdout is not None
        self.printed = await self.process.stdout.read()
        return self.stopped_with


@asynccontextmanager
async def outside_program(
    folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Outside]:
    """Run `mjwatch run` in a folder with these settings and no others."""
    defaults = {"WEB_PORT": "0", "POLL_SECONDS": "0.5", "LOG_FORMAT": "json"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run"),
        cwd=folder,
        env={**_KEPT, "PYTHONPATH": str(ROOT), **defaults, **environment},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    program = Outside(process)
    try:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(program.listen())
            yield program
            if process.returncode is None:
                await program.stop()
            await listening
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def outside_command(
    folder: Path,
    environment: Mapping[str, str],
    *words: str,
    seconds: float = PATIENCE_SECONDS,
) -> tuple[int, str, str]:
    """Say a command; give its exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=folder,
        env={**_KEPT, "PYTHONPATH": str(ROOT), **environment},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(), err.decode()
