"""The real Discord door before the fake Discord, with commands laid out by a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from adapters.discord.adapter import DiscordDoor, DiscordOptions, open_discord
from bot.domain.subscription import Destination, Person, Place, Platform, Receipt
from storage.vault import Vault
from tests.fakes.clock import MovedClock
from tests.fakes.commands import FakeCommands
from tests.fakes.discord import Channel, FakeDiscord, User
from tests.fakes.patience import PATIENCE_SECONDS

DISCORD = Platform("discord")


@dataclass
class Facts:
    """The part of memory that a door keeps its notes in."""

    facts: dict[str, str] = field(default_factory=dict)

    async def fact(self, name: str) -> str | None:
        return self.facts.get(name)

    async def save_fact(self, name: str, value: str | None) -> None:
        if value is None:
            self.facts.pop(name, None)
        else:
            self.facts[name] = value


@dataclass
class Stage:
    """All that a test of the door plays with."""

    fake: FakeDiscord
    commands: FakeCommands = field(default_factory=FakeCommands)
    facts: Facts = field(default_factory=Facts)
    clock: MovedClock = field(default_factory=MovedClock)

    def options(self, **changes: object) -> DiscordOptions:
        """The options of a door to the fake, without pauses."""
        given: dict[str, object] = {
            "token": self.fake.token,
            "vault": Vault("secret"),
            "api_url": self.fake.url,
            "identify_seconds": 0.0,
            "guilds_seconds": 0.05,
        }
        return DiscordOptions(**(given | changes))  # type: ignore[arg-type]  # fields by name

    @asynccontextmanager
    async def door(self, **changes: object) -> AsyncIterator[DiscordDoor]:
        """Open the door and let it serve."""
        async with open_discord(
            self.options(**changes),
            commands=self.commands,
            store=self.facts,
            clock=self.clock,
        ) as door:
            running = asyncio.create_task(door.run())
            try:
                yield door
            finally:
                running.cancel()
                await asyncio.wait({running})
                assert running.cancelled()

    @asynccontextmanager
    async def serving(self, **changes: object) -> AsyncIterator[DiscordDoor]:
        """The same, once it serves."""
        async with self.door(**changes) as door:
            await self.until_serving(door)
            yield door

    async def until_serving(
        self, door: DiscordDoor, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until the door has nothing to complain of, and knows its home."""
        await self.fake.until(lambda: bool(self.fake.gateway.connected), seconds)
        await self.until(lambda: not door.problems(), seconds)
        if self.fake.guild.bot_member:
            await self.until(lambda: self._knows_home(door), seconds)

    def _knows_home(self, door: DiscordDoor) -> bool:
        """Whether the event has come that tells of the channel."""
        home = self.here()
        return home.chat not in door.messenger.chat_name(home)

    async def until(
        self, true: Callable[[], object], seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait for what no request to the fake shows."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.002)

    def live_cards(self) -> list[tuple[int, Receipt]]:
        """The live cards handed to the core: subscription and message."""
        return [(each[0], each[1]) for each in self.commands.attached]

    def forgive(self, *codes: int) -> None:
        """Expect exactly these refusals, and forget them."""
        assert [refusal.code for refusal in self.fake.refusals] == [*codes]
        self.fake.refusals.clear()

    def here(self, channel: Channel | None = None) -> Destination:
        """A channel as a destination."""
        place = channel or self.fake.channel
        kind = Place.PRIVATE if place.recipient else Place.GROUP
        if place.parent:
            parent = str(place.parent.id)
            return Destination(platform=DISCORD, chat=parent, thread=str(place.id))
        return Destination(platform=DISCORD, chat=str(place.id), place=kind)


def person(user: User) -> Person:
    """A user as the core knows them."""
    return Person(platform=DISCORD, id=str(user.id), name=user.name)
