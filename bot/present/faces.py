"""How a task looks at a glance: symbol, word, colour, and the line a push shows."""

from dataclasses import dataclass
from typing import Final

from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import Snapshot, State, TaskId
from bot.domain.transition import Tell
from bot.present.card import Block, Span, Tone
from bot.present.reader import Reader
from bot.present.text import TITLE_LIMIT, clip, outside

DOT: Final = " · "


@dataclass(frozen=True, slots=True)
class Face:
    """A standing at a glance; `key` names its word in the catalogues."""

    symbol: str
    key: str
    tone: Tone

    def word(self, reader: Reader) -> str:
        """Say it in the reader's language."""
        return reader.words(f"state.{self.key}")


_STATES: Final = {
    State.PENDING: Face("🟡", "pending", Tone.WAITING),
    State.RUNNING: Face("🔵", "running", Tone.RUNNING),
    State.NEEDS_INPUT: Face("🟠", "needs_input", Tone.ATTENTION),
    State.SUCCEEDED: Face("✅", "succeeded", Tone.DONE),
    State.FAILED: Face("❌", "failed", Tone.FAILED),
    State.CANCELLED: Face("🚫", "cancelled", Tone.QUIET),
}
UNSEEN: Final = Face("⚪", "unseen", Tone.WAITING)
LOST: Final = Face("❓", "lost", Tone.FAILED)
UNKNOWN: Final = Face("❓", "unknown", Tone.FAILED)  # lost without ever being seen
STUCK: Final = Face("🐌", "stuck", Tone.ATTENTION)
GIVEN_UP: Final = Face("💤", "given_up", Tone.FAILED)
ABANDONED: Final = frozenset({LOST, UNKNOWN, GIVEN_UP})  # nothing moves any more
_STANDINGS: Final = {
    Standing.LOST: LOST,
    Standing.STUCK: STUCK,
    Standing.GIVEN_UP: GIVEN_UP,
}
_TELLS: Final = {Tell.LOST: LOST, Tell.STUCK: STUCK, Tell.GAVE_UP: GIVEN_UP}


def face_of(task: StoredTask, tell: Tell | None = None) -> Face:
    """Choose a task's face: an end above all, then what is told, then our standing."""
    snapshot = task.snapshot
    if snapshot and snapshot.terminal:
        return _STATES[snapshot.state]
    special = _TELLS.get(tell) if tell else None
    special = special or _STANDINGS.get(task.standing)
    if snapshot is None:
        return UNKNOWN if special is LOST else special or UNSEEN
    return special or _STATES[snapshot.state]


def face_of_snapshot(snapshot: Snapshot) -> Face:
    """Choose the face of what a relay said, whatever we make of it."""
    return _STATES[snapshot.state]


def title_block(task: StoredTask, reader: Reader, *, tell: Tell | None = None) -> Block:
    """Say state and prompt in at most 60 characters."""
    face = face_of(task, tell)
    words = f"{face.symbol} {face.word(reader)}"
    return Block((Span(clip(f"{words}{DOT}{name_of(task)}", TITLE_LIMIT)),))


def name_of(task: StoredTask, limit: int = TITLE_LIMIT) -> str:
    """Call a task by its prompt, or by its id where it has none."""
    return name_of_snapshot(task.snapshot, task.task_id, limit)


def name_of_snapshot(snapshot: Snapshot | None, task_id: TaskId, limit: int) -> str:
    """Call a task by what is known of it; never empty."""
    prompt = outside(snapshot.prompt, limit) if snapshot else ""
    return prompt or clip(task_id, limit)


def percent_of(snapshot: Snapshot | None) -> int | None:
    """Give the percent to draw: only while it runs, only if known."""
    if snapshot is None or snapshot.state is not State.RUNNING:
        return None
    return snapshot.progress
