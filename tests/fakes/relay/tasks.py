"""One task of the fake relay: its object now, and what it will say next."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.relay.answers import Answer
from tests.fakes.relay.kinds import Kind, Picture
from tests.fakes.relay.pictures import SIZE, Size
from tests.fakes.relay.samples import CDN, RELAY, RUNNING, SAMPLES, Wire, grid

ABSENT: Final = "\0absent"  # the value of a field that is to be left out
SLIM_FIELDS: Final = ("id", "action", "status", "progress", "imageUrl")
FAILED: Final = frozenset({"FAILURE", "CANCEL"})
EARLY: Final = frozenset({"", "NOT_START", "SUBMITTED"})
PASSING: Final = frozenset({"progress", "imageUrl", "failReason"})  # of one state


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where the relay (prefix included) and its CDN stand, no slash at the end."""

    relay: str
    cdn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One state of the script: fields to lay over, or an answer in the object's place."""

    fields: Wire = field(default_factory=dict)
    answer: Answer | None = None
    hold: bool = False  # stays until advanced, however often it is looked at


@dataclass(slots=True, kw_only=True)
class FakeTask:
    """A task with a script; each look takes the next state, the last one stays."""

    task_id: str
    kind: Kind
    hosts: Hosts
    born_ms: int
    fields: Wire = field(default_factory=dict)  # in every state
    owner: str | None = None  # the key that submitted it; None: any valid key sees it
    hold: bool = False  # looks never advance it
    bare: bool = False  # the fields and nothing else
    seed: Answer | str | None = None  # None: the same one for the same id
    proxy: Picture | None = None  # how the image proxy fares; None: as the kind does
    cdn: Picture = "plain"
    size: Size = SIZE
    looks: int = 0
    ended_ms: int | None = None
    _now: Said = field(default_factory=Said)
    _next: deque[Said] = field(default_factory=deque)

    def queue(self, said: Said) -> None:
        """Add a state to the end of the script."""
        self._next.append(said)

    def become(self, said: Said) -> None:
        """Take a state at once and forget the rest of the script."""
        self._next.clear()
        self._take(said)

    def advance(self) -> None:
        """Take the next state, if there is one."""
        if self._next:
            self._take(self._next.popleft())

    def look(self, now_ms: int) -> Answer | Wire:
        """Show the task once more, one state on if nothing holds it."""
        self.looks += 1
        if not (self.hold or self._now.hold):
            self.advance()
        if self._now.answer is not None:
            return self._now.answer
        return self.shown(now_ms)

    def shown(self, now_ms: int) -> Wire:
        """Give the object as it stands."""
        said = {**self.fields, **self._now.fields}
        if self.bare:
            return _without_absent(said)
        status = str(said.get("status", "IN_PROGRESS"))
        if self.ended_ms is None and status in {"SUCCESS", *FAILED}:
            self.ended_ms = now_ms
        template = _rehosted(self._template(status), self.task_id, self.hosts)
        return _without_absent({**template, **self._times(template), **said})

    def slim(self, shown: Wire) -> Wire:
        """Leave what the slim list objects hold."""
        return {name: shown[name] for name in SLIM_FIELDS if name in shown}

    @property
    def answer_id(self) -> str:
        """The id that the single fetch answers with."""
        return f"9{self.task_id}" if self.kind.renames else self.task_id

    def _take(self, said: Said) -> None:
        lasting = {k: v for k, v in self._now.fields.items() if k not in PASSING}
        self._now = Said(
            fields={**lasting, **said.fields}, answer=said.answer, hold=said.hold
        )

    def _template(self, status: str) -> Wire:
        done, begun = SAMPLES[self.kind.name], RUNNING[self.kind.name]
        if status == "SUCCESS":
            return {
                **done,
                **({"buttons": grid()} if done.get("buttons", 1) is None else {}),
            }
        if status in FAILED:
            word = (
                "Invalid parameter" if status == "FAILURE" else begun.get("failReason")
            )
            progress = self.kind.failed_progress
            return {**begun, "progress": progress, "failReason": word}
        return {**begun, "progress": "0%"} if status in EARLY else begun

    def _times(self, template: Wire) -> Wire:
        """Give the sample's times, moved to this task's life; unknown ones stay so."""
        moved = {
            "submitTime": self.born_ms,
            "startTime": self.born_ms + 900,
            "finishTime": self.ended_ms or template.get("finishTime"),
        }
        done = SAMPLES[self.kind.name]
        return {name: at for name, at in moved.items() if done.get(name)}


def _rehosted(template: Wire, task_id: str, hosts: Hosts) -> Wire:
    """Copy a sample with its hosts and id replaced by ours."""
    text = json.dumps(template)
    for old, new in (
        (str(template["id"]), task_id),
        (f"{RELAY}/mj", hosts.relay),
        (CDN, hosts.cdn),
    ):
        text = text.replace(old, new)
    copied: Wire = json.loads(text)
    return copied


def _without_absent(shown: dict[str, Any]) -> Wire:
    return {name: value for name, value in shown.items() if value != ABSENT}
