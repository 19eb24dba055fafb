"""The words of the command line; each imports what it needs when it is said."""

import asyncio
import codecs
import io
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from bot.cli.exits import Exit
from bot.errors import MjwatchError, SettingsError

app = typer.Typer(
    name="mjwatch",
    help="Watches Midjourney tasks on a relay and tells Discord and Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
OnRelay = Annotated[str | None, typer.Option("--relay", help="Ask this relay alone.")]
Fate = Literal["tell", "drop"]  # of messages that a restore holds back
AuthWord = Literal["auto", "bearer", "mj-api-secret", "none"]  # as the setting says
TaskArgument = Annotated[str, typer.Argument(help="A task id, or a relay link.")]


@app.command()
def run() -> None:
    """Run the bot with the settings of the environment and .env."""
    for each in (signal.SIGTERM, signal.SIGINT):  # nothing to stop yet
        signal.signal(each, lambda *_: sys.exit(Exit.FOUND))
    from bot.cli.running import run_program

    _leave(asyncio.run(run_program()))


@app.command()
def demo() -> None:
    """Try it with no account: a simulated relay and a chat in the browser."""
    from bot.cli.demo import run_demo

    _leave(asyncio.run(run_demo()))


@app.command()
def status(
    task: TaskArgument,
    *,
    relay: OnRelay = None,
    as_json: AsJson = False,
    raw: Annotated[bool, typer.Option("--raw", help="The relay's own object.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it to its end.")] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.0, help="Seconds for --wait.")
    ] = None,
) -> None:
    """Say how a task stands."""
    from bot.cli.asking import StatusWish, tell_status

    wish = StatusWish(
        task=task, relay=relay, as_json=as_json, raw=raw, wait=wait, timeout=timeout
    )
    _leave(asyncio.run(tell_status(wish)))


@app.command()
def seed(task: TaskArgument, *, relay: OnRelay = None, as_json: AsJson = False) -> None:
    """Ask for a task's image seed."""
    from bot.cli.asking import tell_seed

    _leave(asyncio.run(tell_seed(task, relay=relay, as_json=as_json)))


@app.command()
def watch(
    ids: Annotated[
        list[str], typer.Argument(help="Ids or relay links; - reads standard input.")
    ],
    *,
    to: Annotated[str, typer.Option("--to", help="A feed's name or token.")],
    as_json: AsJson = False,
) -> None:
    """Have a chat watch tasks, by its feed; also while the bot is running."""
    from bot.cli.feeding import watch_by_feed

    _leave(asyncio.run(watch_by_feed(ids, to=to, as_json=as_json)))


@app.command()
def link(
    task: TaskArgument,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Opening it begins a watch.")
    ] = False,
) -> None:
    """Print the address that opens a task in the Telegram bot."""
    from bot.cli.linking import print_link

    _leave(asyncio.run(print_link(task, watch=watch)))


@app.command("rotate-key")
def rotate_key(
    *,
    new_key_file: Annotated[
        Path, typer.Option("--new-key-file", help="A file with the new SECRET_KEY.")
    ],
) -> None:
    """Seal people's stored relay keys with a new SECRET_KEY; the bot must be stopped."""
    from bot.cli.rotating import rotate_key as rotate

    _leave(asyncio.run(rotate(new_key_file)))


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Try every relay, token, proxy and the database; say what is wrong."""
    from bot.cli.checking import check_all

    _leave(asyncio.run(check_all(as_json=as_json)))


@app.command()
def health() -> None:
    """Ask the running bot whether its loops turn; for a container's health check."""
    from bot.cli.checking import ask_health

    _leave(asyncio.run(ask_health()))


@app.command()
def migrate() -> None:
    """Bring the database up to date, after a backup; `run` does it by itself."""
    from bot.cli.keeping import migrate_database

    _leave(asyncio.run(migrate_database()))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to put it.")]) -> None:
    """Copy the database to a file, also while the bot is running."""
    from bot.cli.keeping import back_up

    _leave(asyncio.run(back_up(file)))


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup.")] = None,
    *,
    confirm: Annotated[
        Fate | None,
        typer.Option("--confirm", help="Tell what is held back, or drop it."),
    ] = None,
) -> None:
    """Put a backup in the database's place; then say what becomes of old news."""
    from bot.cli.keeping import confirm_restore, restore_file

    if (file is None) == (confirm is None):
        raise typer.BadParameter("either a FILE, or --confirm tell or drop")
    if confirm is not None:
        _leave(asyncio.run(confirm_restore(confirm)))
    if file is not None:
        _leave(asyncio.run(restore_file(file)))


@app.command()
def probe(  # noqa: PLR0913 - the words of a command line
    url: Annotated[str, typer.Argument(help="A relay's address or host.")],
    *,
    key_env: Annotated[
        str | None, typer.Option("--key-env", help="The variable with its key.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="A file with its key.")
    ] = None,
    auth: Annotated[
        AuthWord, typer.Option("--auth", help="How the key is shown.")
    ] = "auto",
    prefix: Annotated[
        str | None, typer.Option("--prefix", help="Path before task/...; found out.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="An id that the relay knows.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find out how a relay speaks: a table for an issue. Nothing is submitted."""
    from bot.cli.probing import ProbeWish, probe_relay

    wish = ProbeWish(
        url=url,
        key_env=key_env,
        key_file=key_file,
        auth=auth,
        prefix=prefix,
        task=task,
        as_json=as_json,
    )
    _leave(asyncio.run(probe_relay(wish)))


@app.command()
def simulate(
    *,
    kind: Annotated[str, typer.Option("--kind", help="Which relay.")] = "crazyrouter",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535)] = 8081,
    key: Annotated[
        str | None, typer.Option("--key", help="A key to be asked for; none by default")
    ] = None,
) -> None:
    """Serve a simulated relay: the four real ones' habits, pictures of its own."""
    from bot.cli.simulating import simulate_relay

    _leave(asyncio.run(simulate_relay(kind=kind, port=port, key=key)))


@app.command()
def version() -> None:
    """Say which version this is."""
    from bot.cli.release import release

    typer.echo(release())


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _write_anywhere()
    try:
        app(standalone_mode=True)
    except SettingsError as error:
        for line in error.lines:
            typer.echo(line, err=True)
        sys.exit(Exit.USAGE)
    except MjwatchError as error:
        typer.echo(str(error), err=True)
        sys.exit(Exit.UNAVAILABLE)
    except PermissionError as error:
        typer.echo(f"{error.filename}: {error.strerror}", err=True)
        sys.exit(Exit.UNAVAILABLE)
    sys.exit(Exit.FOUND)


def _write_anywhere() -> None:
    """Let output that is not UTF-8 show what it cannot as JSON does: JSON stays JSON."""
    codecs.register_error("json", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="json")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _leave(code: int) -> NoReturn:
    raise typer.Exit(code)
