"""What the asking commands open: settings, logs, relays, a terminal."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from bot.cli.beginning import begin
from bot.clock import SystemClock
from bot.domain.clean import clean_line
from bot.domain.look import Seen
from bot.domain.subscription import StoredTask
from bot.domain.task import AccountId, Snapshot, State, TaskKey
from bot.present.card import Card, Shape, Tone
from bot.present.reader import Reader
from bot.present.task_card import task_card
from bot.relay.relays import Relays, open_relays
from bot.settings import Settings
from bot.settings.handing import relay_options

_COLOURS: Final = {
    Tone.DONE: "green",
    Tone.FAILED: "red",
    Tone.ATTENTION: "yellow",
    Tone.RUNNING: "cyan",
    Tone.WAITING: "cyan",
    Tone.QUIET: "dim",
}
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The relays, and how to talk to whoever sits at the terminal."""

    settings: Settings
    relays: Relays
    clock: SystemClock

    @property
    def reader(self) -> Reader:
        """Who sits there."""
        return Reader(
            language=self.settings.default_language,
            now=self.clock.now(),
            relays_shown=len(self.relays) > 1,
        )

    @property
    def poll_seconds(self) -> float:
        """Between two looks of `--wait`."""
        return self.settings.poll_seconds

    def card(self, look: Seen) -> Card:
        """The card of a task that only the terminal sees."""
        now = self.clock.now()
        task = StoredTask(
            key=TaskKey(0),
            account=AccountId(0),
            relay=look.relay,
            task_id=look.snapshot.task_id,
            snapshot=look.snapshot,
            added_at=now,
            changed_at=now,
        )
        return task_card(task, self.reader, watched=True)

    def print_card(self, card: Card) -> None:
        """Print a card's words, the first line in its colour on a terminal alone."""
        console = Console(highlight=False, soft_wrap=True)
        style = f"bold {_COLOURS[card.tone]}"
        for block in card.blocks:
            indent = "  " if block.shape in {Shape.QUOTE, Shape.FOLDED} else ""
            console.print(Text(f"{indent}{block.text}", style))
            style = ""

    def print_addresses(self, snapshot: Snapshot) -> None:
        """Print what a card in a chat has as a picture and as buttons."""
        pictures = (snapshot.image_url, *snapshot.image_urls, *snapshot.video_urls)
        for each in dict.fromkeys(pictures if snapshot.terminal else ()):
            if each:
                typer.echo(clean_line(each))
        width = max((cell_len(each.label) for each in snapshot.buttons), default=0)
        for button in snapshot.buttons:
            label = set_cell_size(clean_line(button.label), width)
            typer.echo(f"{label}  {clean_line(button.custom_id)}")

    @contextmanager
    def bar(self, name: str) -> Iterator[Callable[[Snapshot], None]]:
        """Draw progress on standard error while a task is followed."""
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        console = Console(stderr=True)
        seen = console.is_terminal
        with Progress(
            *columns, console=console, transient=True, disable=not seen
        ) as progress:
            line = progress.add_task(name, total=_WHOLE)

            def show(snapshot: Snapshot) -> None:
                whole = snapshot.state is State.SUCCEEDED
                percent = _WHOLE if whole else snapshot.progress or 0
                progress.update(line, completed=percent)

            yield show


@asynccontextmanager
async def open_asking() -> AsyncIterator[Asking]:
    """Read settings, open the relays.

    Raises:
        SettingsError: One line for each variable that is wrong.
    """
    settings = begin("relays")
    clock = SystemClock()
    options = relay_options(settings)
    async with open_relays(
        options, clock=clock, default=settings.default_relay
    ) as relays:
        yield Asking(settings=settings, relays=relays, clock=clock)
