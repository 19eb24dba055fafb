"""`mjwatch check` and `mjwatch health`: is everything as it should be."""

import asyncio
from collections.abc import Mapping
from functools import partial
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import typer

from bot.cli.databasecheck import check_database
from bot.cli.doorcheck import check_doors, check_proxies
from bot.cli.exits import Exit
from bot.cli.findings import Finding, show
from bot.cli.relaycheck import check_relay
from bot.errors import SettingsError
from bot.settings import Settings, load_settings
from bot.settings.handing import relay_options
from bot.settings.relays import SIMPLE_NAME
from bot.settings.variables import RELAY_VARIABLE, read_variables
from bot.telemetry.logs import set_up_logs

HEALTH_SECONDS: Final = 3.5  # a container's patience is 5, with the start of Python
_GOOD: Final = 200
_WARNING: Final = "warning: "


async def check_all(*, as_json: bool) -> Exit:
    """Try everything that is set; say what is wrong and what to do about it."""
    try:
        settings = load_settings(require="nothing")
    except SettingsError as error:
        show([_wrong(line) for line in error.lines], as_json=as_json)
        return Exit.FAILED
    # The libraries' warnings are not for whoever reads the findings.
    level = "debug" if settings.log_level == "debug" else "error"
    set_up_logs(level, settings.log_format, settings.secrets)
    findings = [*_about_settings(settings), *await _tried(settings)]
    return Exit.FOUND if show(findings, as_json=as_json) else Exit.FAILED


async def ask_health() -> Exit:
    """Ask the running bot's `/healthz`."""
    settings = load_settings(require="nothing")
    if not settings.web or not settings.web_port:
        typer.echo("WEB=on and a WEB_PORT other than 0 are needed to ask", err=True)
        return Exit.FAILED
    answer = await asyncio.to_thread(
        _healthz, _reached_at(settings.web_host), settings.web_port
    )
    typer.echo(answer or "healthy", err=bool(answer))
    return Exit.FAILED if answer else Exit.FOUND


def _wrong(line: str) -> Finding:
    note = line.startswith(_WARNING)
    message = line.removeprefix(_WARNING)
    return Finding(name="settings", ok=note, message=message, note=note)


def _about_settings(settings: Settings) -> list[Finding]:
    notes = [_wrong(_WARNING + each) for each in settings.warnings]
    if not settings.relays:
        message = "no relay is set"
        hint = "set RELAY_URL, and RELAY_KEY if it asks for one"
        return [*notes, Finding(name="settings", ok=False, message=message, hint=hint)]
    return [Finding(name="settings", ok=True, message="can be read"), *notes]


async def _tried(settings: Settings) -> list[Finding]:
    """Try all parts at the same time; tell them in a fixed order."""
    values = read_variables(Path(".env")).values
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(check_database(settings))]
        tasks += [
            group.create_task(
                check_relay(each, setting=partial(setting_of, each.name, values))
            )
            for each in relay_options(settings)
        ]
        tasks.append(group.create_task(check_proxies(settings)))
        tasks.append(group.create_task(check_doors(settings)))
    return [finding for task in tasks for finding in task.result()]


def setting_of(relay: str, values: Mapping[str, str], member: str) -> str:
    """Name the variable of a relay as the operator has written it."""
    simple = {"RELAY_URL", "RELAY_KEY"} & values.keys()
    if relay == SIMPLE_NAME and simple:
        return f"RELAY_{member}"
    for variable in values:
        match = RELAY_VARIABLE.fullmatch(variable)
        if match and match["name"].lower() == relay:
            return f"RELAYS__{match['name']}__{member}"
    return f"RELAYS__{relay.upper()}__{member}"


def _healthz(host: str, port: int) -> str | None:
    """Say what is wrong; None: nothing."""
    connection = HTTPConnection(host, port, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"the bot does not answer at {host}:{port} ({type(error).__name__})"
    finally:
        connection.close()
    return None if status == _GOOD else f"the bot is ill: HTTP {status}"


def _reached_at(host: str) -> str:
    """Give the address to ask at: who listens everywhere is asked at home."""
    try:
        everywhere = ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return host
    if not everywhere:
        return host.strip("[]")
    return "::1" if ":" in host else "127.0.0.1"
