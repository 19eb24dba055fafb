"""The whole program as a process: started, killed, stopped, started again."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.chaos.servers import ENVIRONMENT, START_SECONDS, end

STOP_SECONDS: Final = 10.0  # promised after SIGTERM
LOOK_SECONDS: Final = 0.05  # between two looks at a thing that has no event
_PROGRAM: Final = ("-m", "bot", "run")
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@dataclass(eq=False)
class Bot:
    """`mjwatch run` in a folder, again and again.

    Attributes:
        folder: Its working directory; the database is `data/mjwatch.db` in it.
        settings: Its environment.
        port: Where its web server listens; 0 where nobody asks it.
        log: Where every run's log goes, one after the other.
    """

    folder: Path
    settings: Mapping[str, str]
    port: int
    process: Process | None = None
    starts: int = 0

    @property
    def log(self) -> Path:
        """All that it has said."""
        return self.folder / "bot.log"

    @property
    def database(self) -> Path:
        """Its memory."""
        return self.folder / "data" / "mjwatch.db"

    async def start(self, program: Sequence[str] = _PROGRAM) -> None:
        """Start it; does not wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, *program),
                cwd=self.folder,
                env=self.environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.starts += 1

    @property
    def environment(self) -> dict[str, str]:
        """All that it sees of ours."""
        web = {"WEB_PORT": str(self.port), "LOG_FORMAT": "json"}
        temporary = {"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}  # noqa: TID251 - the child's own
        return {**ENVIRONMENT, **temporary, **web, **self.settings}

    async def ready(self, *, seconds: float = START_SECONDS) -> None:
        """Wait until nothing is missing."""
        async with asyncio.timeout(seconds):
            while (await self.probe("readyz"))[0] != 200:
                assert self.process is not None
                assert self.process.returncode is None, self.last_words()
                await asyncio.sleep(LOOK_SECONDS)

    async def probe(self, word: str) -> tuple[int, str]:
        """Ask its web server; (0, "") while there is none."""
        address = f"http://127.0.0.1:{self.port}/{word}"
        patience = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience) as session,
                session.get(address) as answer,
            ):
                return answer.status, await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return 0, ""

    async def kill(self) -> None:
        """SIGKILL: nothing in it hears of that."""
        assert self.process is not None
        await end(self.process)

    async def died(self, *, seconds: float = START_SECONDS) -> int:
        """Wait for its end; give its exit code."""
        assert self.process is not None
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def stop(self) -> tuple[int, float]:
        """SIGTERM; give its exit code, and the seconds that it took."""
        assert self.process is not None
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.process.send_signal(signal.SIGTERM)
        code = await self.died(seconds=STOP_SECONDS * 3)
        return code, loop.time() - begun

    async def command(self, *words: str) -> tuple[int, str]:
        """Run `mjwatch` with other words beside it; give its exit code and all it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=self.environment,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        told, _ = await process.communicate()
        return process.returncode or 0, told.decode(errors="replace")

    async def counted(self, query: str) -> int:
        """Ask its memory for a number."""
        url = self.settings.get("DATABASE_URL", f"sqlite:///{self.database}")
        kind, _, rest = url.partition(":")
        engine = create_async_engine(f"{_DRIVERS[kind]}:{rest}")
        try:
            async with engine.connect() as conn:
                return int(await conn.scalar(text(query)) or 0)
        finally:
            await engine.dispose()

    async def over(self) -> None:
        """Leave nothing behind that runs."""
        if self.process is not None:
            await end(self.process)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]
