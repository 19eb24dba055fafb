"""The relay or a platform is gone for a while, in every way that lines can fail."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from operator import sub
from pathlib import Path
from typing import Any, Final

from tests.chaos.bot import LOOK_SECONDS
from tests.chaos.proxy import Way
from tests.chaos.report import Finding
from tests.chaos.stage import TOLD_SECONDS, Stage, Wishes
from tests.chaos.tally import missing

FASTER: Final = 60.0  # all waits of the program are divided by it
PROBE_SECONDS: Final = 30.0 / FASTER
RETURN_SECONDS: Final = 60.0  # promised: by then all is told
OPENING_SECONDS: Final = 12.0  # until requests have timed out and all know it is gone
POLITE_SECONDS: Final = 30.0  # that one chat is to be left alone
FEW: Final = 20  # chats to begin with
BUSY: Final = 100  # chats whose tasks end together
GROWTH_SECONDS: Final = 1.0  # that others may wait longer meanwhile
SETTINGS: Final = {
    "BREAKER_PROBE_SECONDS": str(PROBE_SECONDS),
    "SILENT_AFTER_SECONDS": str(300 / FASTER),
    "LOST_AFTER_SECONDS": str(120 / FASTER),
    "STUCK_AFTER_SECONDS": "900",  # the relay's silence must not count, ours may
}
_QUOTA: Final = {"error": {"message": "quota exhausted", "type": "new_api_error"}}
_PAGE: Final = "<!DOCTYPE html><html><body>Welcome to nginx!</body></html>"
_JSON: Final = {"Content-Type": "application/json"}

# What the relay says, or what the line to it does.
FAULTS: Final[Mapping[str, Mapping[str, Any] | Way]] = {
    "500": {"http": 500, "body": {"error": {"message": "panic"}}, "headers": _JSON},
    "reset": Way.RESET,
    "time-out": Way.BLACK_HOLE,
    "half-open": Way.HALF_CLOSE,
    "drip": Way.DRIP,
    "HTML with 200": {"http": 200, "body": _PAGE},
    "401 for quota": {"http": 401, "body": _QUOTA, "headers": _JSON},
}


async def relay_gone(
    stage: Stage, way: str, *, wishes: Wishes, seconds: float
) -> Finding:
    """Take the relay away while tasks end, and bring it back."""
    await _up(stage, wishes)
    heard = await _asked(stage)
    await _break(stage, way)
    await stage.end(stage.tasks)
    opening = min(OPENING_SECONDS, seconds / 2)
    await asyncio.sleep(opening)
    first = max(map(sub, await _asked(stage), heard))
    probes, broken = await _probes(stage, seconds - opening)
    broken += told_wrongly(stage.bot.database)
    await _mend(stage)
    late = await stage.until_told()
    broken += [f"told {late:.0f} s after its return"] if late > RETURN_SECONDS else []
    return Finding(
        what=f"relay gone: {way}",
        times=1,
        tally=await stage.settled_tally(),
        broken=[*broken, *told_wrongly(stage.bot.database)],
        remarks={
            "requests at first": first,
            "then": probes,
            "told after s": round(late, 1),
        },
    )


async def _probes(stage: Stage, seconds: float) -> tuple[int, list[str]]:
    """Count for so long how often the relay is tried that is known to be gone."""
    loop = asyncio.get_running_loop()
    begun, before = loop.time(), await _asked(stage)
    await asyncio.sleep(seconds)
    probes = max(map(sub, await _asked(stage), before))
    lasted = loop.time() - begun
    most = lasted / PROBE_SECONDS + 1
    return probes, [f"{probes} probes in {lasted:.0f} s"] if probes > most else []


async def platform_gone(
    stage: Stage,
    platform: str,
    *,
    wishes: Wishes,
    seconds: float,
    way: Way = Way.RESET,
) -> Finding:
    """Take a platform away while tasks end: the other goes on, the rest comes later."""
    await _up(stage, wishes)
    stage.proxies[platform].behave(way)
    await stage.end(stage.tasks)
    others = [each for each in stage.wanted if each[0] != platform]
    waited = await stage.until_told(others)
    await asyncio.sleep(max(seconds - waited, 0.0))
    broken = [f"{len(missing(others, await stage.said()))} others waited"]
    stage.proxies[platform].behave(Way.PASS)
    late = await stage.until_told()
    return Finding(
        what=f"{platform} gone: {way}",
        times=1,
        tally=await stage.settled_tally(),
        # A call that may have been carried out costs a short ring.
        short_most=0 if way is Way.RESET else len(stage.wanted),
        broken=[each for each in broken if not each.startswith("0 ")],
        remarks={
            "the other's told s": round(waited, 1),
            "told after s": round(late, 1),
        },
    )


async def one_chat_too_fast(stage: Stage, *, wishes: Wishes) -> Finding:
    """One chat answers 429 for long; the others are told as fast as without it.

    Four groups end one after the other, two of them beside such a chat: what else the
    machine does weighs on both alike.
    """
    await _up(stage, wishes)
    await _took(stage, wishes[:FEW], slow=None)  # what was asked before is worked off
    took: dict[bool, list[float]] = {False: [], True: []}
    for number, beside in enumerate((False, True, True, False)):
        group = wishes[FEW + number * BUSY : FEW + (number + 1) * BUSY]
        took[beside] += await _took(stage, group, slow=group[-1][0] if beside else None)
    alone, beside_it = _p95(took[False]), _p95(took[True])
    late = beside_it - alone
    return Finding(
        what="one chat 429",
        times=2,
        tally=await stage.settled_tally(),
        broken=[f"others waited {late:.1f} s longer"] if late > GROWTH_SECONDS else [],
        remarks={"p95 s": round(alone, 2), "p95 beside it s": round(beside_it, 2)},
    )


async def _took(stage: Stage, group: Wishes, *, slow: str | None) -> list[float]:
    """End the tasks of these chats, all but one (if any) quick to take a message.

    Gives the seconds from when each end was seen to when the platform had taken its
    message, without those of the slow one.
    """
    if slow is not None:
        await _too_fast(stage, slow)
    tasks = [task for _, ids in group for task in ids]
    await stage.end(tasks)
    names = {chat for chat, _ in group} - {slow}
    await stage.until_told([each for each in stage.wanted if each[1] in names])
    quick = [task for chat, ids in group for task in ids if chat != slow]
    return await _settled(stage, quick)


async def _settled(stage: Stage, tasks: Sequence[str]) -> list[float]:
    """Wait until receipts for these are written, and until nothing is owed to them."""
    marks = ", ".join("?" * len(tasks))
    query = f"""
        SELECT o.tell, o.state, (o.settled_at - o.created_at) / 1e6
        FROM outbox o JOIN tasks t ON t.key = o.task_key
        WHERE t.task_id IN ({marks})"""
    async with asyncio.timeout(TOLD_SECONDS):
        while True:
            with closing(sqlite3.connect(stage.bot.database)) as conn:
                rows = conn.execute(query, tasks).fetchall()
            if all(state != "pending" for _, state, _ in rows):
                return [seconds for tell, _, seconds in rows if tell == "ended"]
            await asyncio.sleep(LOOK_SECONDS)


def _p95(seconds: Sequence[float]) -> float:
    """What 95 in 100 took at most."""
    return sorted(seconds)[len(seconds) * 95 // 100]


async def _too_fast(stage: Stage, chat: str) -> None:
    telegram = stage.chats[0]
    users: dict[str, int] = getattr(telegram, "users", {})
    await telegram.server.do(
        "fault", method="*", chat=users[chat], retry_after=int(POLITE_SECONDS)
    )


async def _up(stage: Stage, wishes: Wishes) -> None:
    await stage.bot.start()
    await stage.bot.ready()
    await stage.watch(wishes)


async def _break(stage: Stage, way: str) -> None:
    found = FAULTS[way]
    if isinstance(found, Way):
        stage.proxies["relay"].behave(found)
        return
    await stage.relay.do("fault", body={**found, "times": None})


async def _mend(stage: Stage) -> None:
    await stage.relay.do("clear")
    stage.proxies["relay"].behave(Way.PASS)


async def _asked(stage: Stage) -> tuple[int, int]:
    """How often the relay was tried: requests that came, and lines that were opened.

    A line that stays open carries many requests, one that breaks may carry none: only
    what either has grown by says how often it was tried meanwhile.
    """
    came = len(await stage.relay.ask("requests"))
    return came, stage.proxies["relay"].connections


def told_wrongly(database: Path) -> list[str]:
    """Say what was declared of a task only because nobody could be asked."""
    query = "SELECT tell, count(*) FROM outbox WHERE tell NOT IN ('ended', 'amend') GROUP BY tell"
    with closing(sqlite3.connect(database)) as conn:
        found = conn.execute(query).fetchall()
        dead = "SELECT count(*) FROM outbox WHERE state = 'dead'"
        [(given_up,)] = conn.execute(dead)
    wrong = [f"{count} told {tell}" for tell, count in found]
    return wrong + ([f"{given_up} given up"] if given_up else [])
