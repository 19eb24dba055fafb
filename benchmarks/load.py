"""What the relay shows: made-up lives of tasks, their bodies rendered ahead.

A task is a place (a slot that is always taken) and a turn (who sits there now). Its
life follows from both alone, so every design and both processes know it.
"""

import json
import math
import random
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

POLL_SECONDS: Final = 4.0  # a virtual clock moves a task by this at each look
SCRIPTS: Final = 512
SHORTEST_SECONDS: Final = 30.0
LONGEST_SECONDS: Final = 120.0
MEDIAN_SECONDS: Final = 62.0
FAILING: Final = 0.03  # of all tasks; they do so after 2 to 5 s
TURN_DIGITS: Final = 4
_HOLE: Final = "@ID@"
_FIRST: Final = 17_000_000

Pieces = tuple[bytes, ...]  # a body is the id set between these


@dataclass(frozen=True, slots=True)
class Script:
    """One life: frames by the second from which they are shown, the last the end."""

    starts: tuple[float, ...]
    frames: tuple[Pieces, ...]
    succeeds: bool

    @property
    def seconds(self) -> float:
        """How long such a task runs."""
        return self.starts[-1]

    def at(self, age: float) -> Pieces:
        """What the relay shows at an age; a task not yet begun is just submitted."""
        return self.frames[max(bisect_right(self.starts, age) - 1, 0)]


def name(place: int, turn: int = 0) -> str:
    """Name the task of a place and a turn."""
    return f"{_FIRST + place}{turn:0{TURN_DIGITS}d}"


def place_and_turn(task_id: str) -> tuple[int, int]:
    """Say which place and turn an id names."""
    return int(task_id[:-TURN_DIGITS]) - _FIRST, int(task_id[-TURN_DIGITS:])


def successor(task_id: str) -> str:
    """Name who takes the place of a task that ended."""
    place, turn = place_and_turn(task_id)
    return name(place, turn + 1)


@cache
def scripts() -> tuple[Script, ...]:
    """Render all lives; a quarter of a second, once."""
    chance = random.Random(9)
    return tuple(_script(chance) for _ in range(SCRIPTS))


def script_of(place: int, turn: int) -> Script:
    """Say which life a task has."""
    return scripts()[(place * 7919 + turn * 104_729) % SCRIPTS]


def past_of(place: int) -> float:
    """How far the first task of a place is at the beginning, in seconds."""
    return (place * 0.618_034) % 1.0 * script_of(place, 0).seconds


class Lives:
    """When tasks are born and end, from a first moment on; each place always taken."""

    def __init__(self, epoch: float) -> None:
        self.epoch = epoch
        self._known: dict[tuple[int, int], float] = {}

    def born_at(self, place: int, turn: int) -> float:
        """When a task begins; the first of each place is in the midst of its life."""
        if turn == 0:
            return self.epoch - past_of(place)
        known = self._known.get((place, turn))
        if known is None:
            known = self.ends_at(place, turn - 1)
            self._known[place, turn] = known
        return known

    def ends_at(self, place: int, turn: int) -> float:
        """From when the relay shows the end."""
        return self.born_at(place, turn) + script_of(place, turn).seconds


def _script(chance: random.Random) -> Script:
    fails = chance.random() < FAILING
    seconds = chance.uniform(2, 5) if fails else _duration(chance)
    step = chance.choice((11, 13, 16, 19, 23))
    percents = [0, *range(step, 99, step)]
    waited = min(seconds * 0.1, 6.0)
    moments = [waited + (seconds - waited) * p / 100 for p in percents]
    words = _Words(chance)
    frames = [words.running("SUBMITTED", 0)]
    frames += [words.running("IN_PROGRESS", percent) for percent in percents]
    frames.append(words.failed() if fails else words.finished())
    return Script((0.0, *moments, seconds), tuple(frames), succeeds=not fails)


def _duration(chance: random.Random) -> float:
    drawn = MEDIAN_SECONDS * math.exp(chance.gauss(0, 0.35))
    return min(max(drawn, SHORTEST_SECONDS), LONGEST_SECONDS)


class _Words:
    """One task's fields, as the richer relays write them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        things = ("a lighthouse", "paper boats", "an old observatory", "foxes at dusk")
        self._prompt = f"{chance.choice(things)}, {chance.choice(things)} --ar 16:9"
        self._hash = f"{chance.getrandbits(128):032x}"

    def running(self, status: str, percent: int) -> Pieces:
        shown = {"status": status, "progress": f"{percent}%", "imageUrl": ""}
        return self._pieces(shown | {"finishTime": 0, "buttons": []})

    def failed(self) -> Pieces:
        shown = {"status": "FAILURE", "progress": "", "failReason": "Banned prompt"}
        return self._pieces(
            shown | {"finishTime": 1_760_000_090_000, "buttons": [], "imageUrl": ""}
        )

    def finished(self) -> Pieces:
        picture = f"https://cdn.example.com/attachments/1/{_HOLE}/{self._hash}.png"
        shown = {
            "status": "SUCCESS",
            "progress": "100%",
            "imageUrl": picture,
            "finishTime": 1_760_000_090_000,
            "imageWidth": 2048,
            "imageHeight": 2048,
            "buttons": [self._button(n) for n in range(self._chance.randint(9, 15))],
            "properties": {
                "finalPrompt": self._prompt,
                "messageHash": self._hash,
                "messageId": "1200000000000000001",
                "botType": "MID_JOURNEY",
            },
        }
        return self._pieces(shown)

    def _button(self, number: int) -> dict[str, Any]:
        kind = ("upsample", "variation", "reroll", "pan_left", "Outpaint")[number % 5]
        return {
            "customId": f"MJ::JOB::{kind}::{number % 4 + 1}::{self._hash}",
            "emoji": "",
            "label": f"{kind[0].upper()}{number + 1}",
            "type": 2,
            "style": 2,
        }

    def _pieces(self, shown: dict[str, Any]) -> Pieces:
        told = {
            "id": _HOLE,
            "action": "IMAGINE",
            "prompt": self._prompt,
            "promptEn": self._prompt,
            "description": f"/imagine {self._prompt}",
            "state": "",
            "submitTime": 1_760_000_000_000,
            "startTime": 1_760_000_002_000,
            "failReason": "",
            **shown,
        }
        return tuple(part.encode() for part in json.dumps(told).split(_HOLE))


def sizes() -> dict[str, float]:
    """Tell the mean size of running and finished bodies, for the header."""
    every = [(s.frames[:-1], s.frames[-1]) for s in scripts() if s.succeeds]
    running = [sum(map(len, frame)) for frames, _ in every for frame in frames]
    finished = [sum(map(len, frame)) for _, frame in every]
    return {"running": _mean(running), "finished": _mean(finished)}


def _mean(numbers: list[int]) -> float:
    return sum(numbers) / len(numbers)
