"""The whole program in process, between the fakes: settings in, bytes out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.clock import SystemClock
from bot.ports import Clock
from bot.settings import load_settings
from tests.fakes.patience import PATIENCE_SECONDS


@asynccontextmanager
async def running_program(
    folder: Path, environment: Mapping[str, str], *, clock: Clock | None = None
) -> AsyncIterator[App]:
    """Run it as `mjwatch run` does, with these settings and no others.

    The database is `folder/data/mjwatch.db`; a second program there finds it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        defaults = {"WEB_PORT": "0", "POLL_SECONDS": "0.5", "IMAGE_HOSTS": "127.0.0.1"}
        for name, value in {**defaults, **environment}.items():
            patch.setenv(name, value)
        settings = load_settings(require="run")
        async with (
            open_app(settings, clock=clock or SystemClock()) as app,
            asyncio.TaskGroup() as group,
        ):
            running = group.create_task(app.run())
            yield app
            await app.stop()
            running.cancel()


async def until_ready(app: App, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until nothing is missing."""
    async with asyncio.timeout(seconds):
        while await app.missing():  # noqa: ASYNC110 - readiness has no event
            await asyncio.sleep(0.01)
