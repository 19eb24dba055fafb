"""`mjwatch run`: open everything, serve, leave within ten seconds of a signal."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import structlog
import typer

from bot.cli.beginning import begin
from bot.cli.exits import Exit
from bot.clock import SystemClock
from bot.errors import StoreBusyError
from bot.settings import Settings

if TYPE_CHECKING:  # it takes a second: signals are heard before
    from bot.app import App

log = structlog.get_logger(__name__)
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """What a signal ends: the start, or what serves by then."""

    def __init__(self) -> None:
        self._starting = asyncio.current_task()
        self._asked = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether there was a signal."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Take a signal."""
        self._asked.set()
        if self._starting:
            self._starting.cancel()

    async def wait(self) -> None:
        """Say that the start is over, and wait for a signal."""
        self._starting = None
        await self._asked.wait()


async def run_program() -> Exit:
    """Run until SIGTERM or SIGINT."""
    settings = begin("run")
    with stoppable() as stop:
        _say_what_is_odd(settings)
        from bot.app import open_app

        try:
            async with open_app(settings, clock=SystemClock()) as app:
                await serve(app, stop)
        except StoreBusyError as error:
            typer.echo(str(error), err=True)
            return Exit.BUSY
    return Exit.FOUND


async def serve(app: "App", stop: Stop) -> None:
    """Serve until a signal; then stop in order."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(app.run(), name="app")
        await stop.wait()
        log.info("program.stopping")
        await app.stop()
        running.cancel()


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Hear SIGTERM and SIGINT; one that ends the start is no failure."""
    loop, stop = asyncio.get_running_loop(), Stop()
    for each in _SIGNALS:
        loop.add_signal_handler(each, stop.ask)
    try:
        yield stop
    except asyncio.CancelledError:
        if not stop.asked:
            raise
    finally:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)


def _say_what_is_odd(settings: Settings) -> None:
    for warning in settings.warnings:
        log.warning("settings.odd", message=warning)
    if settings.open_to_everybody:
        meaning = "open to everybody: ALLOW names who may use it, /deny keeps some out"
        log.warning("access.open_to_everybody", meaning=meaning, setting="ALLOW")
