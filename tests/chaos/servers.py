"""Relay, Discord and Telegram as processes of their own, so that they outlive the bot."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 60.0  # two cores may be busy with other tests
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}


class ControlError(Exception):
    """A fake would not do what it was told."""


@dataclass(frozen=True, slots=True)
class Server:
    """A fake that runs elsewhere, and the line to its control interface.

    Attributes:
        where: What it printed at its start: `url` and the like.
    """

    where: Mapping[str, str]
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """The address for the program."""
        return self.where["url"]

    async def do(self, deed: str, body: object = None, **words: object) -> Any:  # noqa: ANN401 - JSON
        """Have it do something.

        Raises:
            ControlError: It would not.
        """
        asked = words if body is None else body
        async with self.session.post(self._at(deed), json=asked) as answer:
            return await _read(answer, deed)

    async def ask(self, what: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Have it tell something.

        Raises:
            ControlError: It would not.
        """
        async with self.session.get(self._at(what), params=query) as answer:
            return await _read(answer, what)

    async def forget(self, what: str) -> None:
        """Have it empty a log."""
        async with self.session.delete(self._at(what)) as answer:
            await _read(answer, what)

    def _at(self, word: str) -> str:
        root = self.where.get("control") or f"{self.url}/_control"
        return f"{root}/{word}"


async def _read(answer: aiohttp.ClientResponse, word: str) -> Any:  # noqa: ANN401 - JSON
    told = await answer.json(content_type=None)
    if answer.status >= 400:
        raise ControlError(f"{word}: {answer.status} {told}")
    return told


@asynccontextmanager
async def server(name: str, *words: str) -> AsyncIterator[Server]:
    """Run `python -m tests.fakes.<name>` for as long as this is open."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.fakes.{name}", *words),
        env=ENVIRONMENT,
        cwd=ROOT,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,  # a killed client makes them complain
    )
    patience = aiohttp.ClientTimeout(total=START_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=patience) as session:
            yield Server(await _first_line(process), session)
    finally:
        await end(process)


async def _first_line(process: Process) -> dict[str, str]:
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        found: dict[str, str] = json.loads(await process.stdout.readline())
    return found


async def end(process: Process) -> int:
    """Make sure that a process is no more; give its exit code."""
    if process.returncode is None:
        process.kill()
    return await process.wait()
