"""Outside text that wants something: ids that are none, prompts that are markup."""

import asyncio
import random
import re
import string
from collections.abc import Iterator
from typing import Any, Final

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.report import Finding
from tests.chaos.stage import Stage

ANSWER_SECONDS: Final = 300.0  # of a busy machine
INTENDED: Final = re.compile(
    r"/mj/task/(?:[A-Za-z0-9_-]{1,64}/fetch|list-by-condition)"
)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BITS: Final = (
    "../", "..%2f", "%2e%2e/", "?x=1", "#", "\x00", "\u0000", "%00", "\\", "//",
    "/fetch", "@evil.example", "http://127.0.0.1/", "任务", "\u202e", "é", "{}", "$(id)",
    ";", "&", "=", "'", '"', "<b>", "%0d%0aX-Evil: 1", "a" * 70, "0" * 64, "task_", "_", "-",
)  # fmt: skip
_TEXTS: Final = (
    "@everyone", "@here", "<@{id}>", "<@&1>", "<#1>", "</x:1>", "[click](https://evil.example)",
    "```\nbroken", "`one", "||spoiler", "**bold __under ~~gone", "> quote\n>>> more",
    "<b>not</b><a href='https://evil.example'>x</a>", "tg://user?id=1", "@durov /start@bot",
    "https://evil.example/x.png", "\u202egnirts\u202c", "Z\u0351\u036b\u0343a\u0363\u034c" * 60,
    "\U0001f600" * 4000, "\u200b\u200d\ufeff\u2060",
)  # fmt: skip
_FRAMES: Final = (
    "{0}", "{0} {0}", "\n{0}\n", "a{0}", "{0}\\", "*{0}*", "`{0}`", "\u2066{0}\u2069",
    "-# {0}", "# {0}",
)  # fmt: skip


def fuzzed_ids(count: int, chance: random.Random) -> Iterator[str]:
    """Make words that look a little like ids."""
    letters = string.ascii_letters + string.digits + "_-"
    for _ in range(count):
        bits = [chance.choice((*_BITS, *letters)) for _ in range(chance.randint(1, 6))]
        yield "".join(bits)[: chance.choice((64, 300, 3500))]


def hostile_prompts() -> list[str]:
    """Each text in each frame: 200."""
    return [frame.format(text) for text in _TEXTS for frame in _FRAMES]


async def ask_for_nonsense(
    stage: Stage, *, count: int, chance: random.Random
) -> Finding:
    """Ask for fuzzed ids at a door; look at what reached the relay."""
    await stage.bot.start()
    await stage.bot.ready()
    telegram = stage.chats[0]
    await telegram.open(["fuzz"])
    before = len(await stage.relay.ask("requests"))
    for words in fuzzed_ids(count, chance):
        await telegram.say("fuzz", "status", words)
    broken = await _answered(stage, count)
    asked = (await stage.relay.ask("requests"))[before:]
    strange = [each["target"] for each in asked if not _intended(each)]
    broken += [f"asked for {target!r}" for target in strange[:3]]
    return Finding(
        what="fuzzed ids",
        times=count,
        broken=[*broken, *map(str, await stage.refusals())],
        remarks={"requests": len(asked)},
    )


async def _answered(stage: Stage, count: int) -> list[str]:
    loop = asyncio.get_running_loop()
    until = loop.time() + ANSWER_SECONDS
    said = await stage.chats[0].said()
    while len(said) < count and loop.time() < until:
        await asyncio.sleep(LOOK_SECONDS * 4)
        said = await stage.chats[0].said()
    return [f"{count - len(said)} unanswered"] if len(said) < count else []


def _intended(request: dict[str, Any]) -> bool:
    ids = (request["json"] or {}).get("ids", [])
    whole = INTENDED.fullmatch(request["target"])
    return bool(whole and all(_ID.fullmatch(each) for each in ids))


async def tell_of_markup(stage: Stage, *, prompts: list[str]) -> Finding:
    """Have tasks told whose prompts and reasons are markup and mentions."""
    await stage.bot.start()
    await stage.bot.ready()
    wishes = stage.new_wishes(len(prompts), each=2)
    tasks = [task for _, ids in wishes for task in ids]
    stage.prompts = dict(zip(tasks, prompts, strict=True))
    await stage.watch(wishes)
    await stage.end(tasks)
    tally = await stage.settled_tally()
    broken = [str(each)[:300] for each in await stage.refusals()]
    for chats in stage.chats:
        broken += await chats.effects()
    return Finding(
        what="hostile prompts", times=len(prompts), tally=tally, broken=broken[:5]
    )
