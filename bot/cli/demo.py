"""`mjwatch demo`: the whole program with a simulated relay and a chat in the browser."""

import socket
from pathlib import Path
from typing import Final

import typer

from bot.app import Showcase, open_app
from bot.cli.exits import Exit
from bot.cli.running import Stop, serve, stoppable
from bot.clock import SystemClock
from bot.demo import Simulator, open_simulator
from bot.demo.client import imagine_on
from bot.domain.task import RelayName
from bot.errors import StoreBusyError
from bot.settings import RelaySettings, Settings, load_settings
from bot.telemetry.logs import set_up_logs

KIND: Final = "crazyrouter"
DATABASE: Final = "sqlite:///data/demo.db"
MEMORY: Final = Path("data/demo-relay.jsonl")
_NEAR: Final = 20  # ports tried beside a taken one
_PORTS: Final = 65536
QUIET: Final = "warning"  # the terminal belongs to the one line that matters


async def run_demo() -> Exit:
    """Run until SIGTERM or SIGINT."""
    given = load_settings(require="nothing")
    set_up_logs(
        QUIET if given.log_level == "info" else given.log_level, given.log_format
    )
    with stoppable() as stop:
        try:
            await _show(given, stop)
        except StoreBusyError as error:
            typer.echo(str(error), err=True)
            return Exit.BUSY
    return Exit.FOUND


async def _show(given: Settings, stop: Stop) -> None:
    async with open_simulator(kind=KIND, memory=MEMORY) as simulator:
        settings, showcase = _settings(given, simulator), _showcase(simulator)
        async with open_app(settings, clock=SystemClock(), showcase=showcase) as app:
            typer.echo(f"Open {app.web_url}/chat")
            await serve(app, stop)


def _settings(given: Settings, simulator: Simulator) -> Settings:
    """Take nothing of the operator's but the address and the language."""
    relay = RelaySettings(name=RelayName("demo"), hosts=(simulator.url,))
    port = free_port(given.web_port)
    return given.model_copy(
        update={
            "relays": (relay,),
            "default_relay": None,
            "discord_token": None,
            "telegram_token": None,
            "database_url": DATABASE,
            "image_hosts": frozenset({"127.0.0.1"}),
            "relay_proxy": None,
            "web": True,
            "web_host": "127.0.0.1",
            "web_port": port,
            "public_url": f"http://127.0.0.1:{port}" if port else None,
            "browser_chat": True,
            "operator_chat": None,
        }
    )


def free_port(wished: int) -> int:
    """Keep the wished port, or one of the next, if it is free; else 0: any.

    The same again for a second start, so that a page that stands open finds back.
    """
    near = range(wished, min(wished + _NEAR, _PORTS)) if wished else ()
    return next((port for port in near if _is_free(port)), 0)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _showcase(simulator: Simulator) -> Showcase:
    ids = [task_id for task_id, _ in simulator.showcase]
    return Showcase(imagine=imagine_on(simulator.url, simulator.prefix), ids=ids)
