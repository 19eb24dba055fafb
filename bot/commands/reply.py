"""Who asks, and what they are answered; the doors speak in these alone."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.subscription import Destination, Person, Place, SubscriptionId
from bot.domain.task import TaskKey
from bot.present.card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, from where.

    Attributes:
        person: Who.
        destination: The chat (and thread) they ask in.
        locale: Their language as the platform names it, such as `zh-CN`; None if
            it does not say.
        manages: Whether they manage the chat (in private everybody does).
        groups: Further names of the place for the allow list, such as
            `discord:guild:1`.
        program: A bot or a webhook wrote, so there is nobody to mention.
        hears: What the chat says comes to us with its words, or may do so.
    """

    person: Person
    destination: Destination
    locale: str | None = None
    manages: bool = False
    groups: tuple[str, ...] = ()
    program: bool = False
    hears: bool = True

    @property
    def private(self) -> bool:
        """Whether nobody else reads along."""
        return self.destination.place is Place.PRIVATE


class How(StrEnum):
    """How a door shows an answer."""

    ANSWER = "answer"  # a message in answer, to all or to the caller alone
    EDIT = "edit"  # in place of the card whose button was pressed
    NOTICE = "notice"  # a short line to the presser, if the platform has such
    REPORT = "report"  # a customId: one tap from the clipboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        card: What to show.
        how: How to show it.
        private: For the caller's eyes, where the platform can do that.
        secret: For nobody else's eyes: where the platform cannot do that, in the
            caller's private chat or not at all.
        picture: The task whose pictures belong to the card; ask `Commands.files`.
        original: The picture is wanted as the original file.
        subscription: The message becomes this subscription's live card: hand its
            receipt to `Commands.attach`, with `version`.
        version: Of the task that the live card shows.
        more: Further messages, in order.
        report: With REPORT, the exact customId; `card` explains it, `copies` of all
            of the task's customIds are among the card's buttons.
    """

    card: Card
    how: How = How.ANSWER
    private: bool = False
    secret: bool = False
    picture: TaskKey | None = None
    original: bool = False
    subscription: SubscriptionId | None = None
    version: int | None = None
    more: tuple[Card, ...] = ()
    report: str | None = None


def aside(card: Card) -> Reply:
    """Answer for the caller's eyes."""
    return Reply(card=card, private=True)


def notice(card: Card) -> Reply:
    """Answer a press in a short line."""
    return Reply(card=card, how=How.NOTICE, private=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One choice while typing: what is filled in, and what is read."""

    value: str  # at most 100 characters
    label: str  # at most 100 characters
