"""`mjwatch run`: open everything, serve, leave within ten seconds of a signal."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import typer

from bot.app import App, open_app
from bot.cli.exits import Exit
from bot.clock import SystemClock
from bot.errors import StoreBusyError
from bot.settings import Settings, load_settings
from bot.telemetry.logs import set_up_logs

log = structlog.get_logger(__name__)


async def run_program() -> Exit:
    """Run until SIGTERM or SIGINT."""
    settings = load_settings(require="run")
    set_up_logs(settings.log_level, settings.log_format, settings.secrets)
    _say_what_is_odd(settings)
    try:
        async with open_app(settings, clock=SystemClock()) as app:
            await serve(app)
    except StoreBusyError as error:
        typer.echo(str(error), err=True)
        return Exit.BUSY
    return Exit.FOUND


async def serve(app: App) -> None:
    """Serve until a signal; then stop in order."""
    stopped = asyncio.Event()
    with _signals(stopped):
        async with asyncio.TaskGroup() as group:
            running = group.create_task(app.run(), name="app")
            await stopped.wait()
            log.info("program.stopping")
            await app.stop()
            running.cancel()


def _say_what_is_odd(settings: Settings) -> None:
    for warning in settings.warnings:
        log.warning("settings.odd", message=warning)
    if settings.open_to_everybody:
        meaning = "open to everybody: ALLOW names who may use it, /deny keeps some out"
        log.warning("access.open_to_everybody", meaning=meaning, setting="ALLOW")


@contextmanager
def _signals(stopped: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    chosen = (signal.SIGTERM, signal.SIGINT)
    for each in chosen:
        loop.add_signal_handler(each, stopped.set)
    try:
        yield
    finally:
        for each in chosen:
            loop.remove_signal_handler(each)
