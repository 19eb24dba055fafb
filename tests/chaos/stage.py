"""The stage of every test here: a relay, two platforms, a bot, and what it must tell."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos.bot import LOOK_SECONDS, Bot
from tests.chaos.chats import Chats, DiscordChats, TelegramChats, watch
from tests.chaos.proxy import Proxy
from tests.chaos.servers import Server, server
from tests.chaos.tally import Said, Tally, Wanted, count, missing, repeated
from tests.fakes.ports import held_port

FIRST_ID: Final = 1_767_225_600_000_001
CROWD: Final = 12  # tasks of a chat that has a board and gets digests
TOLD_SECONDS: Final = 120.0
TOO_LATE: Final = 10062  # Discord's "Unknown interaction", after three seconds
SETTLE_SECONDS: Final = 3.0
_NOBODY: Final = "telegram:1"  # an operator, so that no claim is offered


Wishes = list[tuple[str, Sequence[str]]]  # chats with the tasks that each watches


@dataclass(eq=False)
class Stage:
    """All that is needed to watch, to end, and to count.

    Attributes:
        wishes: Each chat with the tasks that it watches, on both platforms alike.
        prompts: Of tasks whose prompt is not the usual one.
    """

    relay: Server
    chats: list[Chats]
    bot: Bot
    proxies: dict[str, Proxy]
    wishes: Wishes = field(default_factory=list)
    made: int = 0
    prompts: dict[str, str] = field(default_factory=dict)

    def new_wishes(self, tasks: int, *, each: int = 2, crowds: int = 0) -> Wishes:
        """Share new tasks out among new chats, some of them crowded."""
        ids = [str(FIRST_ID + self.made + n) for n in range(tasks)]
        self.made += tasks
        sizes = [CROWD] * crowds
        sizes += [each] * -(-(tasks - CROWD * crowds) // each)
        shares: Wishes = []
        for size in sizes:
            mine, ids = ids[:size], ids[size:]
            shares.append((f"c{len(self.wishes) + len(shares)}", mine))
        return shares

    async def watch(self, wishes: Wishes) -> None:
        """Make the tasks, and have them watched from both platforms."""
        self.wishes += wishes
        await self.make(task for _, ids in wishes for task in ids)
        async with asyncio.TaskGroup() as group:
            for chats in self.chats:
                group.create_task(_watched(chats, wishes))

    async def make(self, ids: Any) -> None:  # noqa: ANN401 - an iterable of ids
        """Let the relay know tasks that run; each prompt holds its task's id."""
        steps = [
            {
                "do": "task",
                "task_id": task,
                "prompt": self.prompt(task),
                "status": "IN_PROGRESS",
                "progress": "40%",
                "hold": True,
            }
            for task in ids
        ]
        await self.relay.do("script", body=steps)

    async def end(self, ids: Sequence[str]) -> None:
        """Let tasks end, one in five badly."""
        steps = [_ending(task, self.prompt(task)) for task in ids]
        await self.relay.do("script", body=steps)

    def prompt(self, task: str) -> str:
        """What a task was asked for; its own id, where nothing else is wanted."""
        return self.prompts.get(task, f"boat {task}")

    @property
    def tasks(self) -> list[str]:
        """All that are watched."""
        return [task for _, ids in self.wishes for task in ids]

    @property
    def wanted(self) -> list[Wanted]:
        """Every result that a chat waits for."""
        return [
            (chats.platform, chat, task)
            for chats in self.chats
            for chat, ids in self.wishes
            for task in ids
        ]

    async def said(self) -> list[Said]:
        """All that the bot has left anywhere."""
        return [said for chats in self.chats for said in await chats.said()]

    async def until_told(
        self, wanted: Sequence[Wanted] | None = None, *, seconds: float = TOLD_SECONDS
    ) -> float:
        """Wait until these (or all) were told aloud, or so long; give the seconds."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while loop.time() - begun < seconds:
            if not missing(wanted or self.wanted, await self.said()):
                break
            await asyncio.sleep(LOOK_SECONDS * 4)
        return loop.time() - begun

    async def tally(self, platform: str | None = None) -> Tally:
        """Count, on one platform or on both."""
        wanted = [each for each in self.wanted if platform in {None, each[0]}]
        return count(wanted, await self.said())

    async def settled_tally(self, *, seconds: float = SETTLE_SECONDS) -> Tally:
        """Count once everything was told and a repetition would have come."""
        await self.until_told()
        await asyncio.sleep(seconds)
        return await self.tally()

    async def broken(self) -> list[str]:
        """What nothing may do: break a platform's rule, tell a result twice."""
        refused = [str(each) for each in await self.refusals()]
        return refused + repeated(self.wanted, await self.said())

    async def hellos(self) -> int:
        """How often somebody has come up to a platform and said who they are."""
        telegram, discord = (chats.server for chats in self.chats)
        asked = (await telegram.ask("calls", method="getMe"))["calls"]
        state = await discord.ask("state")
        return len(asked) + int(state["identifies"])

    async def refusals(self) -> list[Any]:
        """What broke a rule of the platforms; "not modified" and the like breaks none.

        Nor does a command that came too late to be answered: the machine was busy.
        """
        found = [each for chats in self.chats for each in await chats.refusals()]
        rules = [each for each in found if each.get("reason") != "state"]
        return [each for each in rules if each.get("code") != TOO_LATE]


@asynccontextmanager
async def open_stage(
    folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Stage]:
    """Start the three servers; the bot is there, and not started."""
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(
            server("relay", "--hold", "--kind", "newapi")
        )
        telegram = await stack.enter_async_context(server("telegram"))
        discord = await stack.enter_async_context(server("discord"))
        servers = {"relay": relay, "telegram": telegram, "discord": discord}
        proxies = {
            name: await stack.enter_async_context(Proxy(each.url).serving())
            for name, each in servers.items()
        }
        found = {**_settings(servers, proxies), **(settings or {})}
        bot = Bot(folder, found, stack.enter_context(held_port()))
        stack.push_async_callback(bot.over)
        chats: list[Chats] = [TelegramChats(telegram), DiscordChats(discord)]
        yield Stage(relay, chats, bot, proxies)


def _settings(
    servers: Mapping[str, Server], proxies: Mapping[str, Proxy]
) -> dict[str, str]:
    return {
        "RELAY_URL": proxies["relay"].url,
        "RELAY_KEY": servers["relay"].where["key"],
        "TELEGRAM_TOKEN": servers["telegram"].where["token"],
        "TELEGRAM_API_URL": proxies["telegram"].url,
        "DISCORD_TOKEN": servers["discord"].where["token"],
        "DISCORD_API_URL": proxies["discord"].url,
        "IMAGE_HOSTS": "127.0.0.1",
        "POLL_SECONDS": "0.5",
        "LIMIT_LOOKS": "0",
        "LIMIT_WATCHES": "0",
        "LIMIT_CHAT_WATCHES": "0",
        "OPERATORS": _NOBODY,
    }


async def _watched(chats: Chats, wishes: Wishes) -> None:
    await chats.open(chat for chat, _ in wishes)
    await watch(chats, wishes)


def _ending(task: str, prompt: str) -> dict[str, str]:
    ended = {"do": "becomes", "task_id": task, "prompt": prompt}
    if int(task) % 5:
        return ended | {"status": "SUCCESS"}
    return ended | {"status": "FAILURE", "failReason": f"Too many of {prompt}"}
