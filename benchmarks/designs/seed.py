"""The way of the examples that people start from: http.client, one task a request."""

import http.client
import json
from collections.abc import Sequence

from benchmarks.designs.tally import Tally
from benchmarks.load import successor

ENDS = frozenset({"SUCCESS", "FAILURE"})


class Seed:
    def __init__(self, port: int, world: str, ids: Sequence[str]) -> None:
        self.tally = Tally()
        self._base = f"/{world}/mj/task"
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._shown: dict[str, tuple[str, str]] = dict.fromkeys(ids, ("", ""))

    async def look(self, rounds: int) -> None:
        for _ in range(rounds):
            for task_id in list(self._shown):
                self._fetch(task_id)

    def _fetch(self, task_id: str) -> None:
        headers = {"Accept": "application/json", "Authorization": "Bearer none"}
        self._line.request("GET", f"{self._base}/{task_id}/fetch", headers=headers)
        task = json.loads(self._line.getresponse().read().decode("utf-8"))
        self.tally.looks += 1
        shown = (task["status"], task["progress"])
        if self._shown[task_id] == shown:
            return
        self.tally.changes += 1
        self._shown[task_id] = shown
        if task["status"] in ENDS:
            self.tally.ends += 1
            self.tally.buttons += len(task["buttons"])
            del self._shown[task_id]
            self._shown[successor(task_id)] = ("", "")
