"""The core as the doors see it: says what it is told to say, notes what it was asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply, Suggestion
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.subscription import Destination, Platform, Receipt, SubscriptionId
from bot.domain.task import TaskKey
from bot.errors import PictureError
from bot.present.card import Block, Card, Span


def line(text: str) -> Card:
    """A card of one plain line."""
    return card(text)


def card(*lines: str) -> Card:
    """A card of plain lines."""
    return Card(blocks=tuple(Block((Span(each),)) for each in lines))


@dataclass(frozen=True)
class Asking:
    """One thing that a door asked."""

    name: str
    caller: Caller
    text: str = ""


@dataclass(eq=False)
class FakeCommands(Commands):
    """Commands without a core; every command answers with its name unless told.

    Attributes:
        answers: What a command answers; see `says`.
        failing: What a command raises instead.
        gates: What an answer (or `files`) waits for.
        found: What free text answers; None: it holds no id.
        hears: Whether what a chat says is watched.
        pictures: A task's files.
        fetched: The same, when what the platform held is refused there.
        again: How often they were fetched so.
        picture_error: The reason why there are none.
    """

    answers: dict[str, Reply | Exception] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    found: Reply | None = None
    hears: bool = False
    pictures: Sequence[Attachment] | str = ()
    fetched: Sequence[Attachment] = ()
    again: int = 0
    picture_error: str | None = None
    suggestions: Sequence[Suggestion] | Exception = ()
    asked: list[Asking] = field(default_factory=list)
    attached: list[tuple[SubscriptionId, Receipt]] = field(default_factory=list)
    versions: list[int | None] = field(default_factory=list)
    kept: list[tuple[TaskKey, dict[int, str]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    passing: list[tuple[Destination, int]] = field(default_factory=list)

    def says(self, name: str, reply: Reply) -> None:
        """Script an answer; `free_text` else finds nothing."""
        if name == "free_text":
            self.found = reply
        self.answers[name] = reply

    def hold(self, name: str) -> asyncio.Event:
        """Let an answer wait for the event returned."""
        return self.gates.setdefault(name, asyncio.Event())

    def texts(self, name: str) -> list[str]:
        """What a command was asked with, in order."""
        return [each.text for each in self.asked if each.name == name]

    async def _pass(self, name: str) -> None:
        if name in self.gates:
            await self.gates[name].wait()
        if name in self.failing:
            raise self.failing[name]

    async def _answer(self, name: str, caller: Caller, text: str = "") -> Reply:
        self.asked.append(Asking(name, caller, text))
        await self._pass(name)
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer or Reply(card=line(f"{name} {text}".strip()))

    async def status(self, caller: Caller, text: str) -> Reply:
        return await self._answer("status", caller, text)

    async def watch(self, caller: Caller, text: str) -> Reply:
        return await self._answer("watch", caller, text)

    async def unwatch(self, caller: Caller, text: str) -> Reply:
        return await self._answer("unwatch", caller, text)

    async def list(self, caller: Caller, page: int = 0) -> Reply:
        return await self._answer("list", caller)

    async def recent(self, caller: Caller, page: int = 0) -> Reply:
        return await self._answer("recent", caller)

    async def seed(self, caller: Caller, text: str) -> Reply:
        return await self._answer("seed", caller, text)

    async def key(
        self, caller: Caller, text: str, *, unseen: bool = False, stays: bool = False
    ) -> Reply:
        name = "key (stays)" if stays else "key"
        return await self._answer(name, caller, text)

    async def allow(self, caller: Caller, text: str) -> Reply:
        return await self._answer("allow", caller, text)

    async def deny(self, caller: Caller, text: str) -> Reply:
        return await self._answer("deny", caller, text)

    async def claim(self, caller: Caller, text: str) -> Reply:
        return await self._answer("claim", caller, text)

    async def settings(self, caller: Caller) -> Reply:
        return await self._answer("settings", caller)

    async def help(self, caller: Caller) -> Reply:
        return await self._answer("help", caller)

    async def feed(self, caller: Caller, text: str) -> Reply:
        return await self._answer("feed", caller, text)

    async def press(self, caller: Caller, ref: str) -> Reply:
        return await self._answer("press", caller, ref)

    async def free_text(self, caller: Caller, text: str) -> Reply | None:
        self.asked.append(Asking("free_text", caller, text))
        await self._pass("free_text")
        return self.found

    async def passed(self, destination: Destination, messages: int) -> None:
        self.passing.append((destination, messages))

    async def mentioned(self, caller: Caller, text: str) -> Reply | None:
        if "mentioned" not in self.answers:
            self.asked.append(Asking("mentioned", caller, text))
            return None
        return await self._answer("mentioned", caller, text)

    async def heard(self, caller: Caller, text: str) -> bool:
        self.asked.append(Asking("heard", caller, text))
        await self._pass("heard")
        return self.hears

    async def suggest(self, caller: Caller, prefix: str) -> Sequence[Suggestion]:
        self.asked.append(Asking("suggest", caller, prefix))
        await self._pass("suggest")
        if isinstance(self.suggestions, Exception):
            raise self.suggestions
        return self.suggestions

    async def attach(
        self,
        subscription: SubscriptionId,
        receipt: Receipt,
        version: int | None = None,
    ) -> None:
        self.attached.append((subscription, receipt))
        self.versions.append(version)

    async def files(
        self,
        key: TaskKey,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> Sequence[Attachment]:
        await self._pass("files")
        if anew:
            self.again += 1
            return self.fetched
        if isinstance(self.pictures, str):
            raise PictureError(self.pictures)
        if self.picture_error:
            raise PictureError(self.picture_error)
        return self.pictures

    async def keep_uploads(
        self,
        key: TaskKey,
        platform: Platform,
        files: Sequence[Attachment],
        uploads: dict[int, str],
    ) -> None:
        self.kept.append((key, uploads))

    async def picture_problem(self, caller: Caller, key: TaskKey, reason: str) -> Reply:
        self.problems.append(reason)
        return Reply(card=line(f"no picture: {reason}"))
