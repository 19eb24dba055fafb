"""A task as the relay tells of it: snapshots, states, buttons, and how they merge."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec
from msgspec import structs

TaskId = NewType("TaskId", str)  # the relay's name of a task; opaque text
RelayName = NewType("RelayName", str)  # the operator's name of a relay
AccountId = NewType("AccountId", int)  # store key of (relay, owner of the key)
TaskKey = NewType("TaskKey", int)  # store key of (account, task id), in order of sight


class State(StrEnum):
    """Where a task stands, in our words; the relay's own word is kept beside it.

    Attributes:
        terminal: Whether a task in this state will not change its state again.
    """

    PENDING = "pending"
    RUNNING = "running"
    NEEDS_INPUT = "needs_input"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    def __init__(self, word: str) -> None:
        # An attribute: it is asked for at each look, and an enum is slow to hash.
        self.terminal = word in {"succeeded", "failed", "cancelled"}

    @property
    def rank(self) -> int:
        """How far along this state is; merging never lowers it."""
        return RANKS[self]


TERMINAL: Final = frozenset(state for state in State if state.terminal)
TEXT_ACTIONS: Final = frozenset({"DESCRIBE", "SHORTEN"})  # the text is the result
BARE_ACTIONS: Final = TEXT_ACTIONS | {"UPLOAD", "BOOKMARK"}  # as a rule no picture
# A modal answered runs on under the same id, so RUNNING outranks NEEDS_INPUT.
RANKS: Final = {
    State.PENDING: 0,
    State.NEEDS_INPUT: 1,
    State.RUNNING: 2,
    State.SUCCEEDED: 3,
    State.FAILED: 3,
    State.CANCELLED: 3,
}


class Button(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A follow-up that the relay offers; only those with a customId are kept."""

    custom_id: str  # opaque, reported letter for letter
    label: str  # what a person sees; never empty
    emoji: str | None = None  # a real emoji or nothing
    style: int = 2  # Discord's numbers, 1..5


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the relay said about one task at one instant."""

    task_id: TaskId  # as it was asked for
    state: State
    status: str = ""  # the relay's own word, "" if it gave none
    relay_id: str | None = None  # the id in the answer
    progress: int | None = None  # percent, 0..100; None if unknown
    action: str | None = None
    mode: str | None = None
    bot_type: str | None = None
    prompt: str | None = None
    prompt_en: str | None = None
    final_prompt: str | None = None
    description: str | None = None
    custom_state: str | None = None  # the caller's own `state` parameter
    fail_reason: str | None = None  # secrets and markup removed
    image_url: str | None = None  # letter for letter
    image_urls: tuple[str, ...] = ()
    video_urls: tuple[str, ...] = ()
    image_width: int | None = None
    image_height: int | None = None
    buttons: tuple[Button, ...] = ()
    slim: bool = False  # the answer had no `buttons` key
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def terminal(self) -> bool:
        """Whether the task has ended."""
        return self.state.terminal

    @property
    def pictured(self) -> bool:
        """Whether it has ended well and a picture or a video may be had of it."""
        if self.state is not State.SUCCEEDED:
            return False
        given = self.image_url or self.image_urls or self.video_urls
        return bool(given) or (self.action or "").upper() not in BARE_ACTIONS

    @property
    def previewed(self) -> bool:
        """Whether a picture shows how far it is."""
        return not self.terminal and bool(self.image_url)

    @property
    def order(self) -> tuple[bool, int, int]:
        """Terminal over rank over percent: what merging never moves back in."""
        return (self.terminal, self.state.rank, self.progress or 0)


_LATE_FIELDS: Final = (
    "relay_id",
    "action",
    "mode",
    "bot_type",
    "prompt",
    "prompt_en",
    "final_prompt",
    "description",
    "custom_state",
    "fail_reason",
    "image_url",
    "image_urls",
    "video_urls",
    "image_width",
    "image_height",
    "buttons",
    "submitted_at",
    "started_at",
    "finished_at",
)


def merge(old: Snapshot | None, new: Snapshot) -> Snapshot:
    """Join two looks at one task: never backwards, late fields filled.

    A terminal state stands for ever; a further look may only fill in what was
    missing, and bring the buttons that the relay takes now. Before that the more
    advanced of the two leads, and what runs may ask.
    """
    if old is None:
        return new
    asks = new.state is State.NEEDS_INPUT and old.state is State.RUNNING
    forward = (new.order >= old.order or asks) and not old.terminal
    lead, rest = (new, old) if forward else (old, new)
    filled = {n: getattr(rest, n) for n in _LATE_FIELDS if not getattr(lead, n)}
    if old.terminal and new.state is old.state and new.buttons:
        filled["buttons"] = new.buttons
    return structs.replace(lead, slim=lead.slim and rest.slim, **filled)
