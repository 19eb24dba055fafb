"""The commands in process: real core, real store, relays on loopback, no door."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.commands.access import Access, AccessOptions
from bot.commands.commands import Commands
from bot.commands.core import Core
from bot.commands.reply import Caller, Reply
from bot.domain.subscription import Destination, Person, Place, Platform
from bot.domain.task import RelayName
from bot.doorbell import Doorbell
from bot.gallery import Gallery
from bot.intake import Intake
from bot.keyring import Keyring
from bot.media.picture import PictureOptions
from bot.media.pictures import open_pictures
from bot.readers import Readers
from bot.relay.options import RelayOptions
from bot.relay.relays import open_relays
from storage.store import SqlStore
from storage.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.relay import FakeRelay

CHAT: Final = Platform("chat")
GROUP: Final = Destination(platform=CHAT, chat="10")
ALONE: Final = Destination(platform=CHAT, chat="1", place=Place.PRIVATE)
ANN: Final = Caller(
    person=Person(platform=CHAT, id="1", name="Ann"), destination=GROUP, locale="en"
)
BOB: Final = replace(ANN, person=Person(platform=CHAT, id="2", name="Bob"))
BOSS: Final = replace(
    ANN, person=Person(platform=CHAT, id="3", name="Boss"), manages=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanding:
    """The commands, and what lies behind them."""

    commands: Commands
    core: Core
    store: SqlStore
    clock: MovedClock


@asynccontextmanager
async def commanding(
    store: SqlStore,
    clock: MovedClock,
    folder: Path,
    relays: Sequence[FakeRelay],
    *,
    access: AccessOptions | None = None,
) -> AsyncIterator[Commanding]:
    """Open the commands on these relays, named r1, r2, ..."""
    options = [
        RelayOptions(
            name=RelayName(f"r{number}"),
            hosts=(relay.url,),
            key=relay.key,
            retry_pauses_seconds=(),
            rate_per_second=1000,
        )
        for number, relay in enumerate(relays, start=1)
    ]
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_relays(options, clock=clock))
        pictures = await stack.enter_async_context(
            open_pictures(
                PictureOptions(folder=folder, image_hosts=("127.0.0.1",)), clock=clock
            )
        )
        core = Core(
            relays=opened,
            store=store,
            intake=Intake(store=store),
            gallery=Gallery(relays=opened, pictures=pictures, store=store),
            readers=Readers(
                store=store,
                clock=clock,
                default_language="en",
                relays_shown=len(relays) > 1,
            ),
            access=Access(options=access or AccessOptions(), store=store, clock=clock),
            keyring=Keyring(store=store, vault=Vault("a key of tests"), clock=clock),
            clock=clock,
            watch_bell=Doorbell(),
        )
        yield Commanding(commands=Commands(core), core=core, store=store, clock=clock)


def words(reply: Reply) -> str:
    """Everything that a person reads in an answer."""
    cards = (reply.card, *reply.more)
    return "\n".join(block.text for card in cards for block in card.blocks)


def labels(reply: Reply) -> list[str]:
    return [b.label for group in reply.card.buttons for b in group]


def ref(reply: Reply, label: str) -> str:
    """The ref of a button, by its label."""
    found = (b for group in reply.card.buttons for b in group if b.label == label)
    return str(next(found).ref)
