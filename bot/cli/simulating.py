"""`mjwatch simulate`: the simulated relay on its own, for trying programs against."""

import typer

from bot.cli.exits import Exit
from bot.cli.running import stoppable
from bot.demo import KINDS, open_simulator


async def simulate_relay(*, kind: str, port: int, key: str | None) -> Exit:
    """Serve a simulated relay until a signal."""
    if kind not in KINDS:
        typer.echo(f"--kind is one of {', '.join(KINDS)}", err=True)
        return Exit.USAGE
    with stoppable() as stop:
        try:
            async with open_simulator(kind=kind, port=port, key=key) as relay:
                _introduce(relay.url, relay.prefix, relay.showcase)
                await stop.wait()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            typer.echo(f"port {port} cannot be had: {reason}", err=True)
            return Exit.FAILED
    return Exit.FOUND


def _introduce(url: str, prefix: str, showcase: tuple[tuple[str, str], ...]) -> None:
    typer.echo(f"RELAY_URL={url}")
    typer.echo(f"curl {url}{prefix}/task/{showcase[0][0]}/fetch")
    for task_id, shows in showcase:
        typer.echo(f"{task_id}  {shows}")
