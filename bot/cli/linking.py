"""`mjwatch link`: the address that opens a task in the Telegram bot."""

import typer

from bot.cli.beginning import begin, open_memory
from bot.cli.exits import Exit
from bot.domain.names import TaskName, parse_argument
from bot.errors import StoreError
from bot.settings import Settings


async def print_link(task: str, *, watch: bool) -> Exit:
    """Print a deep link; also while the bot is running."""
    settings = begin("nothing")
    names = parse_argument(task) or ()
    if len(names) != 1:
        typer.echo("an id is 1 to 64 of A-Z a-z 0-9 _ -, or a relay link", err=True)
        return Exit.USAGE
    try:
        link = await _link(settings, names[0], watch=watch)
    except StoreError as error:
        typer.echo(str(error), err=True)
        return Exit.UNAVAILABLE
    if link is None:
        typer.echo(
            "the Telegram bot's name is not known yet: "
            "set TELEGRAM_TOKEN and let `mjwatch run` connect once",
            err=True,
        )
        return Exit.UNAVAILABLE
    typer.echo(link)
    return Exit.FOUND


async def _link(settings: Settings, name: TaskName, *, watch: bool) -> str | None:
    from adapters.telegram.links import make_link

    path = settings.database_path
    if path is not None and not path.is_file():
        return None  # nothing has run here: no file is made for a question
    async with open_memory(settings, migrate=False) as store:
        return await make_link(store, name, watch=watch)
