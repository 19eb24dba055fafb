"""The two platforms, seen alike: people who ask in chats, and what they were told."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Protocol

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.servers import Server
from tests.chaos.tally import Said, Wanted

CARDS_SECONDS: Final = 30.0
AT_ONCE: Final = 20  # chats whose people type at the same time


class Chats(Protocol):
    """One platform's chats, by names of ours."""

    platform: str
    server: Server

    async def open(self, names: Iterable[str]) -> None:
        """Make chats."""

    async def say(self, chat: str, command: str, words: str) -> None:
        """Have the chat's person type a command."""

    async def said(self, chats: Iterable[str] | None = None) -> list[Said]:
        """All that the bot has left in some of them, or in all."""

    async def refusals(self) -> list[Any]:
        """What the platform's own rules refused."""

    async def effects(self) -> list[str]:
        """What took effect in the bot's messages and must come from us alone."""


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

    async def said(self, chats: Iterable[str] | None = None) -> list[Said]:
        """All that the bot has left."""
        names = list(self.users) if chats is None else chats
        return list(chain.from_iterable([await self._in(n) for n in names]))

    async def refusals(self) -> list[Any]:
        """What the fake's rules refused."""
        found: list[Any] = (await self.server.ask("refusals"))["refusals"]
        return found

    async def effects(self) -> list[str]:
        """Mentions of others than the chat's person, and links."""
        found: list[str] = []
        for name, user in self.users.items():
            told = await self.server.ask("messages", chat=user)
            for message in told["messages"]:
                parts = message.get("entities", []) + message.get(
                    "caption_entities", []
                )
                found += [f"{name}: {each}" for each in parts if _strange(each, user)]
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

    async def said(self, chats: Iterable[str] | None = None) -> list[Said]:
        """All that the bot has left."""
        names = self.names if chats is None else chats
        return list(chain.from_iterable([await self._in(n) for n in names]))

    async def refusals(self) -> list[Any]:
        """What the fake's rules refused."""
        found: list[Any] = (await self.server.ask("state"))["refusals"]
        return found

    async def effects(self) -> list[str]:
        """Mentions of others than the person who asks."""
        me = (await self.server.ask("state"))["users"].values()
        found: list[str] = []
        for name in self.names:
            for message in await self.server.ask("messages", channel=name):
                people = {each["id"] for each in message["mentions"]} - set(me)
                wide = message["mention_everyone"] or message["mention_roles"]
                found += [f"{name}: {message['content']}"] if people or wide else []
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


def _strange(entity: dict[str, Any], user: int) -> bool:
    """Whether somebody else's text has become markup."""
    if entity["type"] == "text_mention":
        return bool(entity["user"]["id"] != user)
    return entity["type"] in {"url", "text_link", "mention", "bot_command", "hashtag"}


async def watch(chats: Chats, wishes: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Have each chat watch its tasks, and wait until it is shown that it does.

    A few chats at a time: what is not answered within seconds Discord takes as lost.
    """
    for start in range(0, len(wishes), AT_ONCE):
        await _watch_some(chats, wishes[start : start + AT_ONCE])


async def _watch_some(
    chats: Chats, wishes: Sequence[tuple[str, Sequence[str]]]
) -> None:
    for chat, ids in wishes:
        for words in _in_tens(ids):
            await chats.say(chat, "watch", " ".join(words))
    wanted = {(chats.platform, chat, task) for chat, ids in wishes for task in ids}
    unseen = await _unseen(chats, wanted)
    for _, chat, task in sorted(unseen):  # on a slow machine some are lost
        await chats.say(chat, "watch", task)
    unseen = await _unseen(chats, unseen)
    assert not unseen, f"no card shows {sorted(unseen)[:3]}"


async def _unseen(chats: Chats, wanted: set[Wanted]) -> set[Wanted]:
    """Wait until cards show these tasks; give those that none shows in time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + CARDS_SECONDS
    names = {chat for _, chat, _ in wanted}
    while unseen := wanted - _seen(await chats.said(names)):
        if loop.time() > until:
            break
        await asyncio.sleep(LOOK_SECONDS * 4)
    return unseen


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
