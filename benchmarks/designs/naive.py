"""A coroutine for each task: aiohttp, json, pydantic, sleep."""

import asyncio
from collections.abc import Sequence

import aiohttp
from pydantic import BaseModel, ConfigDict

from benchmarks.designs.tally import Tally
from benchmarks.load import successor

ENDS = frozenset({"SUCCESS", "FAILURE"})
SLEEP_SECONDS = 0.001  # what a timer costs does not depend on how long it waits


class Button(BaseModel):
    customId: str  # noqa: N815 - the wire's name
    emoji: str = ""
    label: str = ""
    style: int = 2


class Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    action: str
    status: str
    progress: str
    prompt: str
    promptEn: str  # noqa: N815 - the wire's name
    imageUrl: str  # noqa: N815 - the wire's name
    failReason: str  # noqa: N815 - the wire's name
    submitTime: int  # noqa: N815 - the wire's name
    startTime: int  # noqa: N815 - the wire's name
    finishTime: int  # noqa: N815 - the wire's name
    buttons: list[Button]


class Naive:
    def __init__(
        self, session: aiohttp.ClientSession, base: str, ids: Sequence[str]
    ) -> None:
        self.tally = Tally()
        self._session = session
        self._base = f"{base}/mj/task"
        self._shown: dict[str, tuple[str, str]] = dict.fromkeys(ids, ("", ""))

    async def look(self, rounds: int) -> None:
        async with asyncio.TaskGroup() as group:
            for task_id in list(self._shown):
                group.create_task(self._watch(task_id, rounds))

    async def _watch(self, task_id: str, rounds: int) -> None:
        for _ in range(rounds):
            async with self._session.get(f"{self._base}/{task_id}/fetch") as response:
                task = Task.model_validate(await response.json())
            task_id = self._seen(task_id, task)
            await asyncio.sleep(SLEEP_SECONDS)

    def _seen(self, task_id: str, task: Task) -> str:
        self.tally.looks += 1
        shown = (task.status, task.progress)
        if self._shown[task_id] == shown:
            return task_id
        self.tally.changes += 1
        self._shown[task_id] = shown
        if task.status not in ENDS:
            return task_id
        self.tally.ends += 1
        self.tally.buttons += len(task.buttons)
        del self._shown[task_id]
        self._shown[successor(task_id)] = ("", "")
        return successor(task_id)
