"""What programs post to feeds: ids become watches, each with an answer of its own."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.commands import watching
from bot.commands.access import Tally
from bot.commands.core import Core
from bot.commands.reply import Caller
from bot.domain.feed import (
    TOKEN,
    Feed,
    FeedBody,
    FeedId,
    FeedReason,
    Unwatched,
    Whom,
    digest_of,
    read_body,
)
from bot.domain.look import Look, Unknown
from bot.domain.names import TaskName
from bot.domain.subscription import Person, StoredTask
from bot.errors import StoreError
from bot.ports import Joined, LimitReached

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 8.0  # for all looks of one body; whoever posts waits so long
LOOKS_A_MINUTE: Final = 300
RELOAD_SECONDS: Final = 1.0  # between two questions whether a strange token is new
USED_SECONDS: Final = 60.0  # how exactly `used_at` is kept
SIFT_SECONDS: Final = 1.0  # a ring of a filtered feed may wait so long
SIFT_MOST: Final = 500  # at once
_FEW: Final = 2  # so many are looked at singly, more by list


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAnswer:
    """What became of what was posted.

    Attributes:
        watched: Ids that this chat watches now, as they were posted.
        refused: Everything else, with a reason each.
    """

    watched: tuple[str, ...] = ()
    refused: tuple[Unwatched, ...] = ()

    def record(self) -> dict[str, Any]:
        """Say it for programs, to which this form is a promise."""
        return {
            "watched": list(self.watched),
            "not_watched": [
                {"id": e.text or None, "reason": e.reason.value, "message": e.message}
                for e in self.refused
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """One body at one feed."""

    feed: Feed
    hook: bool
    mention: Sequence[Person]

    @property
    def caller(self) -> Caller:
        return Caller(person=self.feed.person, destination=self.feed.destination)


@dataclass(slots=True)
class _Tokens:
    """Digests of all good tokens, so that wrong ones cost next to nothing."""

    known: frozenset[str] = frozenset()
    loaded_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Feeder:
    """Takes what programs post.

    Args:
        core: What commands are made of.
        looks_a_minute: For one feed; past them the watcher alone looks.
    """

    def __init__(self, core: Core, *, looks_a_minute: int = LOOKS_A_MINUTE) -> None:
        self._core = core
        self._looks_a_minute = looks_a_minute
        self._tokens = _Tokens()
        self._looks = Tally(core.clock)

    async def fed(self, token: str, body: bytes) -> FeedAnswer | None:
        """Take a body; None if no feed has this token, and then nothing was written.

        Raises:
            StoreError: Memory could not be read or written; posting again is safe.
        """
        feed = await self.find(token)
        return None if feed is None else await self.take(feed, read_body(body))

    async def find(self, token: str) -> Feed | None:
        """Find a feed by its token, cheaply where there is none."""
        if not TOKEN.fullmatch(token):
            return None
        digest = digest_of(token)
        if not await self._is_known(digest):
            return None
        return await self._core.store.find_feed(digest)

    async def take(self, feed: Feed, body: FeedBody) -> FeedAnswer:
        """Watch what a body names, for a feed."""
        if not self.admits(feed):
            return _turned_away(body)
        post = _Post(
            feed=feed,
            hook=body.hook,
            mention=await self._mentioned(feed, body.whom),
        )
        known = [
            n for n in body.names if n.relay is None or n.relay in self._core.relays
        ]
        told = {name: await self._known_before(post, name) for name in known}
        asked = [name for name in known if told[name] is None]
        looks = await self._look(post, asked)
        for name in asked:
            told[name] = await self._watch(post, name, looks.get(name))
        await self._note_use(feed)
        self._core.watch_bell.ring()
        self._core.intake.ring()
        return self._answer(feed, body, told)

    def admits(self, feed: Feed) -> bool:
        """Whether the chat, and who made its feed, may use the bot still."""
        groups = feed.groups
        caller = Caller(
            person=feed.person, destination=feed.destination, groups=groups or ()
        )
        return self._core.access.allows(caller, place_known=groups is not None)

    async def run(self) -> None:
        """Sift for ever what filtered feeds watch; only cancellation ends it."""
        while True:
            try:
                await self.sift()
            except StoreError:
                log.warning("feed.not_sifted")
            await asyncio.sleep(SIFT_SECONDS)

    async def sift(self) -> int:
        """End watches whose task has been seen and is not wanted; say how many.

        Until then their chats hear nothing of them, whatever program took them.
        """
        waiting = await self._core.store.unsifted(limit=SIFT_MOST)
        if not waiting:
            return 0
        tasks = await self._core.store.tasks([each.task_key for each in waiting])
        fits = {
            each.subscription: await self._fits(each.feed, tasks[each.task_key])
            for each in waiting
        }
        await self._core.store.sifted([n for n, wanted in fits.items() if wanted])
        unwanted = [number for number, wanted in fits.items() if wanted is False]
        at = self._core.clock.now()
        for number in unwanted:
            await self._core.store.unsubscribe(number, person=None, at=at)
        if any(wanted is not None for wanted in fits.values()):
            self._core.watch_bell.ring()
            self._core.intake.ring()
        return len(unwanted)

    async def _fits(self, number: FeedId, task: StoredTask) -> bool | None:
        """Whether a feed wants a task; None: not to be said yet.

        What was never seen enough of is told rather than lost.
        """
        feed = await self._core.store.feed(number)
        if feed is None:
            return True
        caller = Caller(person=feed.person, destination=feed.destination)
        wanted = await self._wanted(feed, caller, task)
        return True if wanted is None and not task.watched else wanted

    async def _is_known(self, digest: str) -> bool:
        tokens = self._tokens
        if digest in tokens.known:
            return True
        async with tokens.lock:
            now = self._core.clock.monotonic()
            if now - tokens.loaded_at >= RELOAD_SECONDS:
                tokens.known = await self._core.store.feed_digests()
                tokens.loaded_at = now
        return digest in tokens.known

    async def _note_use(self, feed: Feed) -> None:
        now = self._core.clock.now()
        last = feed.used_at
        if last is None or (now - last).total_seconds() >= USED_SECONDS:
            await self._core.store.feed_used(feed.id, at=now)

    async def _mentioned(self, feed: Feed, whom: Whom | None) -> tuple[Person, ...]:
        """Find whom to mention; the feed's owner if nobody else can be."""
        owner = feed.person
        if whom is None or whom.id == owner.id:
            return (owner,)
        if whom.id is not None:
            return (Person(platform=owner.platform, id=whom.id),)
        name = f"@{whom.name}"
        if name.lower() in {owner.name.lower(), f"@{owner.name}".lower()}:
            return (owner,)
        found = await self._core.store.person_named(feed.destination, name)
        return (found or _by_name_alone(owner, name),)

    async def _known_before(self, post: _Post, name: TaskName) -> FeedReason | None:
        """Say why there is nothing to ask: what is posted twice is harmless."""
        feed, store = post.feed, self._core.store
        stored = [
            task
            for task in await store.find_tasks(name.task_id)
            if name.relay in {None, task.relay}
        ]
        if await store.watched_before(name.task_id, feed.destination):
            if any(watching.over(task) for task in stored):
                return FeedReason.TOLD
            if post.hook:
                return FeedReason.STOPPED
        if feed.filtered and await self._unwanted(post, stored):
            return FeedReason.FILTERED
        return None

    async def _unwanted(self, post: _Post, stored: Iterable[StoredTask]) -> bool:
        """Whether a task is known already, to this chat, as not wanted."""
        for task in stored:
            whole = task.snapshot is not None and not task.snapshot.slim
            if whole and await self._core.may_see(post.caller, task):
                return post.feed.wants(task.snapshot) is False
        return False

    async def _look(
        self, post: _Post, names: Sequence[TaskName]
    ) -> dict[TaskName, Look | StoredTask]:
        """Look at all of them within the time there is; what is late is absent."""
        found: dict[TaskName, Look | StoredTask] = {}
        most = self._looks_a_minute
        if not names or not self._looks.add(post.feed.name, len(names), most=most):
            return found
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._look_into(found, post, names)
        except TimeoutError:
            log.info("feed.looks_late", feed=post.feed.id, count=len(names))
        return found

    async def _look_into(
        self,
        found: dict[TaskName, Look | StoredTask],
        post: _Post,
        names: Sequence[TaskName],
    ) -> None:
        if len(names) > _FEW:
            found.update(await self._core.look_many(post.caller, names))
            return
        for name in names:
            found[name] = await self._core.look(post.caller, name)

    async def _watch(
        self, post: _Post, name: TaskName, found: Look | StoredTask | None
    ) -> FeedReason | None:
        """Watch one task; a reason if it is not watched now."""
        wanted: bool | None = None
        if isinstance(found, StoredTask):
            wanted = await self._wanted(post.feed, post.caller, found)
        if wanted is False:
            return FeedReason.FILTERED
        if (
            post.hook
            and isinstance(found, Unknown)
            and not await self._here(post, name)
        ):
            return FeedReason.UNKNOWN_TASK
        joined = await self._subscribe(post, name, found)
        if joined is None:
            return FeedReason.TOLD
        if isinstance(joined, LimitReached):
            return FeedReason.CHAT_LIMIT
        over = isinstance(found, StoredTask) and watching.over(found)
        return FeedReason.FINISHED if over else None

    async def _wanted(
        self, feed: Feed, caller: Caller, task: StoredTask
    ) -> bool | None:
        """Whether the feed wants a task; None: too little of it was seen."""
        wanted = feed.wants(task.snapshot)
        if wanted is None and task.snapshot is not None:
            again = await self._core.look_again(caller, task)
            return feed.wants(again.snapshot) if isinstance(again, StoredTask) else None
        return wanted

    async def _here(self, post: _Post, name: TaskName) -> bool:
        """Whether the chat watches a task of this name now."""
        for task in await self._core.store.find_tasks(name.task_id):
            if await self._core.store.subscriptions(task.key, post.feed.destination):
                return True
        return False

    async def _subscribe(
        self, post: _Post, name: TaskName, found: Look | StoredTask | None
    ) -> Joined | LimitReached | None:
        look = found or Unknown(relay=name.relay or self._core.relays.default.name)
        account = await watching.account_for(self._core, post.caller, name, look)
        return await self._core.store.subscribe_feed(
            account,
            name.task_id,
            feed=post.feed,
            mention=post.mention,
            limits=self._core.access.options.watches,
            at=self._core.clock.now(),
        )

    def _answer(
        self, feed: Feed, body: FeedBody, told: dict[TaskName, FeedReason | None]
    ) -> FeedAnswer:
        watched = tuple(str(name) for name in body.names if told.get(name, "") is None)
        refused = (*_refused(body.names, told), *body.refused)
        log.info(
            "feed.fed",
            feed=feed.id,
            hook=body.hook,
            watched=len(watched),
            not_watched=len(refused),
        )
        return FeedAnswer(watched=watched, refused=refused)


def _turned_away(body: FeedBody) -> FeedAnswer:
    reason = FeedReason.NOT_ALLOWED
    names = (Unwatched(text=str(name), reason=reason) for name in body.names)
    return FeedAnswer(refused=(*names, *body.refused))


def _by_name_alone(owner: Person, name: str) -> Person:
    """Where people are named with an @, the name alone rings them."""
    if not owner.name.startswith("@"):
        return owner
    return Person(platform=owner.platform, id=name, name=name)


def _refused(
    names: Iterable[TaskName], told: dict[TaskName, FeedReason | None]
) -> Iterable[Unwatched]:
    for name in names:
        reason = told.get(name, FeedReason.UNKNOWN_RELAY)
        if reason is not None:
            yield Unwatched(text=str(name), reason=reason)
