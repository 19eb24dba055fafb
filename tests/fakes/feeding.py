"""Short words for what tests of feeds say again and again."""

import json
from typing import Any, Final

from bot.commands.fed import FeedAnswer
from bot.commands.reply import Caller, Reply
from bot.domain.feed import FeedReason
from bot.domain.subscription import Person
from tests.fakes.commanding import BOSS, GROUP, Commanding, words

ONE, TWO, THREE = (f"176722560000000{n}" for n in (1, 2, 3))
RUNNING: Final[dict[str, Any]] = {
    "status": "IN_PROGRESS",
    "progress": "40%",
    "hold": True,
}


def token_in(reply: Reply) -> str:
    """The token of the address that an answer shows."""
    return next(line[3:] for line in words(reply).splitlines() if line[:3] == "/w/")


async def made(desk: Commanding, text: str = "", caller: Caller = BOSS) -> str:
    return token_in(await desk.commands.feed(caller, text))


async def post(desk: Commanding, token: str, body: object) -> FeedAnswer:
    """Post text, or anything as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = await desk.commands.feeder.fed(token, text.encode())
    assert answer is not None
    return answer


def reasons(answer: FeedAnswer) -> list[FeedReason]:
    return [each.reason for each in answer.refused]


async def running(desk: Commanding) -> list[str]:
    watched, _ = await desk.store.running(GROUP, limit=100)
    return [each.task.task_id for each in watched]


async def asked(desk: Commanding) -> list[Person]:
    watched, _ = await desk.store.running(GROUP, limit=1)
    return list(watched[0].subscription.askers)


def hook(task_id: str, **fields: object) -> dict[str, object]:
    return {"id": task_id, "status": "IN_PROGRESS", "progress": "1%"} | fields
