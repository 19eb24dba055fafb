"""Every messenger on a stage of its own, all handled by the same few words.

What a platform can do to a messenger is scripted at its wire; what it has become is
read there, too.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from adapters.browser.chat import Chat as BrowserChat
from adapters.browser.chat import Message as BrowserMessage
from adapters.browser.files import Folder
from adapters.browser.limits import HERE, YOU
from adapters.browser.messenger import BrowserMessenger
from adapters.telegram.adapter import open_telegram
from adapters.telegram.options import TelegramOptions
from bot.domain.notification import Deferred, Outcome, Reason, Refused
from bot.domain.subscription import Destination, Person, Platform, Receipt
from bot.errors import StoreError
from bot.ports import Messenger, Store
from tests.fakes.clock import MovedClock
from tests.fakes.commands import FakeCommands
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord import StoredMessage as DiscordMessage
from tests.fakes.discord_door import Stage as DiscordDoorStage
from tests.fakes.discord_door import person as discord_person
from tests.fakes.messenger import FakeMessenger, Lost
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram import Message as TelegramMessage
from tests.flow.telegram.conftest import Memory

LIMIT_SECONDS: Final = 40  # longer than any library waits by itself


class Trouble(StrEnum):
    """What may go wrong with the next call into the chat."""

    BLOCKED = "blocked"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too large"
    LIMIT = "limit"
    DOWN = "down"
    LOST = "lost"  # the call is carried out, its answer never comes
    TOKEN = "token"


@dataclass(frozen=True)
class Shown:
    """A message as the people in the chat see it, and whose phones it rang."""

    words: str
    silent: bool
    rang: frozenset[str]
    files: tuple[bytes, ...]


class Stage(Protocol):
    """A messenger before a platform of its own.

    Attributes:
        here: A chat, in which `ann` and `bob` sit.
        other: Another chat.
        secret: What may be seen nowhere.
    """

    @property
    def messenger(self) -> Messenger:
        """What is tried."""

    here: Destination
    other: Destination
    ann: Person
    bob: Person
    secret: str

    def shown(self) -> list[Shown]:
        """List what stands in the chat, oldest first."""

    async def remove(self, receipt: Receipt) -> None:
        """Let somebody delete a message."""

    async def strike(self, trouble: Trouble) -> None:
        """Let the next call into the chat go wrong."""


# --- Discord --------------------------------------------------------------------------

_DENIED: Final = {
    Trouble.BLOCKED: 50278,
    Trouble.FORBIDDEN: 50013,
    Trouble.TOO_LARGE: 40005,
    Trouble.GONE: 10003,
}


@dataclass
class DiscordStage:
    """The real library before the fake gateway and REST."""

    fake: FakeDiscord
    messenger: Messenger
    here: Destination
    other: Destination
    ann: Person
    bob: Person
    secret: str

    def shown(self) -> list[Shown]:
        """List what stands in the chat."""
        return [_on_discord(each) for each in self.fake.messages()]

    async def remove(self, receipt: Receipt) -> None:
        """Delete a message."""
        number = int(receipt.partition(":")[2])
        await self.fake.delete_message(self.fake.world.messages[number])

    async def strike(self, trouble: Trouble) -> None:
        """Let the next calls go wrong."""
        if trouble in _DENIED:
            for action in ("send", "edit"):
                self.fake.deny(self.fake.channel, _DENIED[trouble], action)
            return
        for method, rest in (("POST", ""), ("PATCH", "/*")):
            route = f"{method} /channels/{self.here.chat}/messages{rest}"
            match trouble:
                case Trouble.LIMIT:
                    self.fake.fault(route, status=429, retry_after=LIMIT_SECONDS)
                case Trouble.LOST:
                    self.fake.fault(route, reset=True, after=True)
                case Trouble.TOKEN:
                    self.fake.fault(route, status=401)
                case _:
                    self.fake.fault(route, status=503)


def _on_discord(message: DiscordMessage) -> Shown:
    embeds = [
        f"{e.get('title', '')} {e.get('description', '')}" for e in message.embeds
    ]
    return Shown(
        words="\n".join([message.content, *embeds]),
        silent=message.silent,
        rang=frozenset(map(str, message.rang.rings)),
        files=tuple(file.content for file in message.files),
    )


@asynccontextmanager
async def on_discord(store: Store, folder: Path) -> AsyncIterator[Stage]:
    """Open the Discord door; only its messenger is of interest."""
    del store, folder
    async with FakeDiscord() as fake:
        other = fake.add_channel(fake.guild, "other")
        door_stage = DiscordDoorStage(fake)
        async with door_stage.serving() as door:
            yield DiscordStage(
                fake=fake,
                messenger=door.messenger,
                here=door_stage.here(),
                other=door_stage.here(other),
                ann=discord_person(fake.user),
                bob=discord_person(fake.add_user("Bob")),
                secret=fake.token,
            )
        assert fake.refusals == []


# --- Telegram -------------------------------------------------------------------------

_SAID: Final = {
    Trouble.BLOCKED: (403, "Forbidden: bot was kicked from the supergroup chat"),
    Trouble.GONE: (400, "Bad Request: chat not found"),
    Trouble.FORBIDDEN: (400, "Bad Request: not enough rights to send text messages"),
    Trouble.TOO_LARGE: (413, "Request Entity Too Large"),
    Trouble.TOKEN: (401, "Unauthorized"),
    Trouble.DOWN: (502, "Bad Gateway"),
}


@dataclass
class TelegramStage:
    """The real library before the strict fake Bot API."""

    fake: FakeTelegram
    chat: Chat
    messenger: Messenger
    here: Destination
    other: Destination
    ann: Person
    bob: Person
    secret: str

    def shown(self) -> list[Shown]:
        """List what stands in the chat."""
        return [self._shown(each) for each in self.fake.messages(self.chat)]

    def _shown(self, message: TelegramMessage) -> Shown:
        rang = self.fake.mentions(message) if message in self.fake.rings else []
        return Shown(
            words=message.words,
            silent=message.silent,
            rang=frozenset(str(user.id) for user in rang),
            files=(message.media.body,) if message.media else (),
        )

    async def remove(self, receipt: Receipt) -> None:
        """Delete a message."""
        number = int(receipt.split(":")[1])
        self.chat.messages[number].deleted = True

    async def strike(self, trouble: Trouble) -> None:
        """Let the next call go wrong."""
        match trouble:
            case Trouble.LIMIT:
                self.fake.fault("*", chat=self.chat, retry_after=LIMIT_SECONDS)
            case Trouble.LOST:
                self.fake.fault("*", chat=self.chat, reset=True, after_effect=True)
            case _:
                status, words = _SAID[trouble]
                body = {"ok": False, "error_code": status, "description": words}
                self.fake.fault("*", chat=self.chat, status=status, body=body)


@asynccontextmanager
async def on_telegram(store: Store, folder: Path) -> AsyncIterator[Stage]:
    """Open the Telegram door without letting it run."""
    del store, folder
    async with AsyncExitStack() as stack:
        fake = await stack.enter_async_context(FakeTelegram())
        options = TelegramOptions(token=fake.token, api_url=fake.url)
        door = await stack.enter_async_context(
            open_telegram(
                options, commands=FakeCommands(), store=Memory(), clock=MovedClock()
            )
        )
        ann, bob = fake.user("Ann", username="ann_a"), fake.user("Bob")
        chat = fake.supergroup("Team", {ann: "member", bob: "member"})
        yield TelegramStage(
            fake=fake,
            chat=chat,
            messenger=door.messenger,
            here=_in(chat),
            other=_in(fake.supergroup("Other")),
            ann=_telegram_person(ann),
            bob=_telegram_person(bob),
            secret=fake.token,
        )
        assert fake.broken_rules == []


def _in(chat: Chat) -> Destination:
    return Destination(platform=Platform("telegram"), chat=str(chat.id))


def _telegram_person(user: User) -> Person:
    name = f"@{user.username}" if user.username else user.first_name
    return Person(platform=Platform("telegram"), id=str(user.id), name=name)


# --- the page -------------------------------------------------------------------------


@dataclass
class BrowserStage:
    """The chat page's messenger, over memory."""

    messenger: Messenger
    chat: BrowserChat
    store: Store
    folder: Path
    here: Destination = HERE
    other: Destination = ELSEWHERE
    ann: Person = YOU
    bob: Person = BOB
    secret: str = "there is none"

    def shown(self) -> list[Shown]:
        """List what stands in the chat; who sits here is all that may be rung."""
        return [self._shown(each) for each in self.chat.since(0)]

    def _shown(self, message: BrowserMessage) -> Shown:
        loud = bool(message.body.get("loud"))
        return Shown(
            words=str(message.body["card"]),
            silent=not loud,
            rang=frozenset({YOU.id} if loud else ()),
            files=tuple(map(self._content, sorted(message.files))),
        )

    def _content(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    async def remove(self, receipt: Receipt) -> None:
        """Make room, as a long history does."""
        self.chat._messages.pop(int(receipt))

    async def strike(self, trouble: Trouble) -> None:
        """Let memory fail once: it is all that can go wrong here."""
        assert trouble is Trouble.DOWN
        kept = self.store.save_fact

        async def fail(name: str, value: str | None) -> None:
            self.store.save_fact = kept  # type: ignore[method-assign]  # as it was
            raise StoreError(f"cannot write {name} {value and len(value)}")

        self.store.save_fact = fail  # type: ignore[method-assign]  # for one call


@asynccontextmanager
async def on_page(store: Store, folder: Path) -> AsyncIterator[Stage]:
    """Open the page's chat."""
    chat = await BrowserChat(store, MovedClock(), kept=50).open()
    made = BrowserMessenger(chat, Folder(folder / "chat"))
    yield BrowserStage(messenger=made, chat=chat, store=store, folder=folder / "chat")


# --- the one in memory ----------------------------------------------------------------

_ANSWERS: Final[dict[Trouble, Outcome | Lost]] = {
    Trouble.BLOCKED: Refused(reason=Reason.BLOCKED),
    Trouble.GONE: Refused(reason=Reason.GONE),
    Trouble.FORBIDDEN: Refused(reason=Reason.FORBIDDEN),
    Trouble.TOO_LARGE: Refused(reason=Reason.TOO_LARGE),
    Trouble.LIMIT: Deferred(
        after_seconds=LIMIT_SECONDS, reason=Reason.RATE_LIMITED, counts=False
    ),
    Trouble.DOWN: Deferred(after_seconds=5, reason=Reason.UNAVAILABLE),
    Trouble.TOKEN: Deferred(after_seconds=60, reason=Reason.TOKEN, counts=False),
    Trouble.LOST: Lost(),
}


@dataclass
class MemoryStage:
    """The fake that the delivery's tests use: what holds for it holds for the others."""

    messenger: FakeMessenger = field(
        default_factory=lambda: FakeMessenger(MovedClock())
    )
    here: Destination = CHAT
    other: Destination = ELSEWHERE
    ann: Person = ANN
    bob: Person = BOB
    secret: str = "there is none"

    def shown(self) -> list[Shown]:
        """List what stands in the chat."""
        return [
            Shown(
                words=each.words,
                silent=not each.loud,
                rang=frozenset(who.id for who in each.cards[0].mentions if each.loud),
                files=tuple(file.path.read_bytes() for file in each.files if file.path),
            )
            for each in self.messenger.sent
        ]

    async def remove(self, receipt: Receipt) -> None:
        """Delete a message."""
        kept = [each for each in self.messenger.sent if each.receipt != receipt]
        self.messenger.sent[:] = kept

    async def strike(self, trouble: Trouble) -> None:
        """Script the next answers."""
        for call in ("send", "edit"):
            self.messenger.says(call, _ANSWERS[trouble], chat=self.here.chat)


@asynccontextmanager
async def in_memory(store: Store, folder: Path) -> AsyncIterator[Stage]:
    """Make the one in memory."""
    del store, folder
    yield MemoryStage()


STAGES: Final = {
    "discord": on_discord,
    "telegram": on_telegram,
    "browser": on_page,
    "memory": in_memory,
}
