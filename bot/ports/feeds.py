"""The part of memory that keeps chats' addresses for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.feed import Feed, FeedId
from bot.domain.subscription import Destination, Person, SubscriptionId
from bot.domain.task import AccountId, TaskId, TaskKey
from bot.ports.limits import Joined, LimitReached, Limits


@dataclass(frozen=True, slots=True)
class Unsifted:
    """A watch of a filtered feed, of whose task too little was seen."""

    subscription: SubscriptionId
    task_key: TaskKey
    feed: FeedId


class FeedMemory(Protocol):
    """Chats' addresses for programs; of a token only the digest is ever here."""

    async def make_feed(
        self,
        destination: Destination,
        person: Person,
        *,
        digest: str,
        groups: Sequence[str] = (),
        at: datetime,
    ) -> Feed:
        """Make the person's feed of a chat, or renew it: an earlier token is void.

        A renewed feed keeps its name and its filter. `groups`: further names of
        the place for the allow list.
        """

    async def filter_feed(
        self, feed: FeedId, *, state_prefix: str, action: str
    ) -> None:
        """Say which tasks a feed wants; "": any."""

    async def remove_feed(self, feed: FeedId, destination: Destination) -> bool:
        """Remove a feed of this chat (all its threads); False if there is none."""

    async def feeds(self, destination: Destination) -> list[Feed]:
        """The chat's feeds (all its threads), oldest first."""

    async def find_feed(self, digest: str) -> Feed | None:
        """Find the feed of a token; writes nothing."""

    async def feed(self, feed: FeedId) -> Feed | None:
        """Fetch a feed by its number."""

    async def feed_named(self, name: str) -> Feed | None:
        """Find a feed by its name."""

    async def feed_digests(self) -> frozenset[str]:
        """The digests of all tokens that are good now."""

    async def feed_used(self, feed: FeedId, *, at: datetime) -> None:
        """Note that a feed was used."""

    async def subscribe_feed(
        self,
        account: AccountId,
        task_id: TaskId,
        *,
        feed: Feed,
        mention: Sequence[Person],
        limits: Limits,
        at: datetime,
    ) -> Joined | LimitReached | None:
        """Begin a watch for a feed, or join one; as `ChatMemory.subscribe`.

        It counts for the chat alone: those to mention are askers who have asked
        for nothing themselves. None, and nothing is changed: the task has ended,
        and the chat was told. While the feed cannot say whether it wants the task,
        the chat hears nothing of it, and the watch is `unsifted`.
        """

    async def unsifted(self, *, limit: int) -> list[Unsifted]:
        """Watches of which a feed has yet to say whether it wants them, oldest first."""

    async def sifted(self, subscriptions: Sequence[SubscriptionId]) -> None:
        """Note that these watches are wanted: their chats hear of them from now on."""

    async def watched_before(self, task_id: TaskId, destination: Destination) -> bool:
        """Whether the chat once watched a task of this id, and no longer does."""

    async def person_named(self, destination: Destination, name: str) -> Person | None:
        """Find somebody who asked in this chat by their name, with or without @."""
