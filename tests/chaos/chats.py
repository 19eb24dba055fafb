"""The two platforms, seen alike: people who ask in chats, and what they were told."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Protocol

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.servers import Server
from tests.chaos.tally import Said

CARDS_SECONDS: Final = 60.0


class Chats(Protocol):
    """One platform's chats, by names of ours."""

    platform: str
    server: Server

    async def open(self, names: Iterable[str]) -> None:
        """Make chats."""

    async def say(self, chat: str, command: str, words: str) -> None:
        """Have the chat's person type a command."""

    async def said(self) -> list[Said]:
        """All that the bot has left in all of them."""

    async def refusals(self) -> list[Any]:
        """What the platform's own rules refused."""


@dataclass(eq=False)
class TelegramChats:
    """Private chats, each with a person of its own."""

    server: Server
    platform: str = "telegram"
    users: dict[str, int] = field(default_factory=dict)

    async def open(self, names: Iterable[str]) -> None:
        """Make people."""
        for name in names:
            made = await self.server.do("user", name=f"P{name}")
            self.users[name] = made["id"]

    async def say(self, chat: str, command: str, words: str) -> None:
        """Have a person type a command."""
        await self.server.do(
            "say", user=self.users[chat], text=f"/{command} {words}".strip()
        )

    async def said(self) -> list[Said]:
        """All that the bot has left."""
        return list(chain.from_iterable([await self._in(n) for n in self.users]))

    async def refusals(self) -> list[Any]:
        """What the fake's rules refused."""
        found: list[Any] = (await self.server.ask("refusals"))["refusals"]
        return found

    async def _in(self, name: str) -> list[Said]:
        found = await self.server.ask("messages", chat=self.users[name])
        return [
            Said(
                place=(self.platform, name),
                words=_telegram_words(message),
                loud=not message["silent"],
                answers=_telegram_words(message.get("reply_to_message", {})),
            )
            for message in found["messages"]
        ]


@dataclass(eq=False)
class DiscordChats:
    """Channels of one server, all with the same person."""

    server: Server
    platform: str = "discord"
    names: list[str] = field(default_factory=list)

    async def open(self, names: Iterable[str]) -> None:
        """Make channels."""
        for name in names:
            self.names.append(name)
            await self.server.ask("messages", channel=name)

    async def say(self, chat: str, command: str, words: str) -> None:
        """Have the person use a slash command."""
        options = {"ids": words} if words else None
        await self.server.do("slash", name=command, options=options, channel=chat)

    async def said(self) -> list[Said]:
        """All that the bot has left."""
        return list(chain.from_iterable([await self._in(n) for n in self.names]))

    async def refusals(self) -> list[Any]:
        """What the fake's rules refused."""
        found: list[Any] = (await self.server.ask("state"))["refusals"]
        return found

    async def _in(self, name: str) -> list[Said]:
        found = await self.server.ask("messages", channel=name)
        by_id = {message["id"]: _discord_words(message) for message in found}
        return [
            Said(
                place=(self.platform, name),
                words=by_id[message["id"]],
                loud=bool(message["rang"]),
                answers=by_id.get(_replied_to(message), ""),
            )
            for message in found
        ]


async def watch(chats: Chats, wishes: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Have each chat watch its tasks, and wait until it is shown that it does."""
    for chat, ids in wishes:
        for words in _in_tens(ids):
            await chats.say(chat, "watch", " ".join(words))
    wanted = {(chats.platform, chat, task) for chat, ids in wishes for task in ids}
    async with asyncio.timeout(CARDS_SECONDS):
        while wanted - _seen(await chats.said()):  # noqa: ASYNC110 - no event
            await asyncio.sleep(LOOK_SECONDS * 4)


def _seen(said: Iterable[Said]) -> set[tuple[str, str, str]]:
    return {(*each.place, task) for each in said for task in each.ids}


def _in_tens(ids: Sequence[str]) -> list[Sequence[str]]:
    """Few get a card each; a crowd is asked for in lists of ten."""
    if len(ids) <= 3:
        return [[each] for each in ids]
    return [ids[start : start + 10] for start in range(0, len(ids), 10)]


def _telegram_words(message: dict[str, Any]) -> str:
    return f"{message.get('text', '')}{message.get('caption', '')}"


def _discord_words(message: dict[str, Any]) -> str:
    embeds = message["embeds"]
    parts = [message["content"]]
    parts += [
        each.get(part, "") for each in embeds for part in ("title", "description")
    ]
    return "\n".join(filter(None, parts))


def _replied_to(message: dict[str, Any]) -> str:
    reference = message.get("message_reference") or {}
    return str(reference.get("message_id", ""))
