"""One thing to tell one chat, and what came of trying."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Receipt,
    StoredTask,
    SubscriptionId,
)
from bot.domain.task import TaskId
from bot.domain.transition import Tell

NotificationId = NewType("NotificationId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One tell for one destination, leased to us, with all that a card needs."""

    id: NotificationId
    tell: Tell
    subscription: SubscriptionId
    destination: Destination
    task: StoredTask
    askers: tuple[Person, ...]
    settings: ChatSettings
    created_at: datetime  # when the transition was seen
    attempts: int = 0  # tries counted so far; a stop is not one
    sending_since: datetime | None = None  # a try began and was never settled
    card: Receipt | None = None  # the live card, to reply to and to shrink
    message: Receipt | None = None  # the message already sent (Tell.AMEND edits it)
    digest: NotificationId | None = None  # names those told together; None: alone


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCard:
    """A live card whose task has moved on since it was last shown."""

    subscription: SubscriptionId
    destination: Destination
    task: StoredTask
    askers: tuple[Person, ...]
    settings: ChatSettings
    version: int  # of the task's state; write it back when shown
    receipt: Receipt | None  # None: the card was never sent
    sent_at: datetime | None  # when the message itself was made
    told: bool = False  # the ring is out: the card shrinks to one line
    ended: bool = False  # nobody waits for the task here any more
    boarded: bool = False  # the place's board shows the task: the card shrinks now


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What a person is to be told alone: a chat is gone, and with it their watches.

    Attributes:
        fact: The stored fact that keeps it; forget that when it is told.
        key: Names the message for ever, as a letter's does.
    """

    fact: str
    key: str
    person: Person
    chat: str  # what people call it; "": not known
    tasks: tuple[TaskId, ...]


class Reason(StrEnum):
    """Why a platform said no or later; a metric label, so the list is closed."""

    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"  # platform down, 5xx, no connection
    TIMEOUT = "timeout"
    BLOCKED = "blocked"  # the person blocked the bot, or it was removed
    GONE = "gone"  # the chat or the channel does not exist any more
    FORBIDDEN = "forbidden"  # a right is missing in this chat
    MESSAGE_GONE = "message_gone"  # the message to edit is not there
    TOO_LARGE = "too_large"  # files over the place's limit
    INVALID = "invalid"  # the platform refused our payload: our own defect
    TOKEN = "token"  # the bot's token is refused  # noqa: S105 - a reason, no secret
    WAITING = "waiting"  # for a picture, or for this chat's turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The platform holds the message.

    Attributes:
        receipt: Its handle, for edits and replies.
        uploads: Position of each attachment -> the platform's reusable file id.
    """

    receipt: Receipt
    uploads: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Not now; nothing was shown.

    Attributes:
        after_seconds: How long to leave it.
        reason: Why.
        whole_platform: The wait holds for every chat of the platform.
        counts: Whether it was an attempt.
    """

    after_seconds: float
    reason: Reason
    whole_platform: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The chat lives under another name now; everything stored must follow."""

    chat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Never in this form: the reason says what to do instead.

    `detail` names what is missing (a right) in words safe to log.
    """

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """The call may or may not have been carried out (time-out, cut answer)."""

    reason: Reason


Outcome = Delivered | Deferred | Moved | Refused | Unsure
