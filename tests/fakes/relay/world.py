"""What the fake relay knows, and the words in which a test scripts it."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tests.fakes.relay.answers import Answer, Json, as_answer
from tests.fakes.relay.cases import CASES, Case
from tests.fakes.relay.faults import Fault, Faults, RateLimit
from tests.fakes.relay.images import signature
from tests.fakes.relay.kinds import KINDS, Auth, Kind, Listing, Picture
from tests.fakes.relay.pictures import SIZE, Size
from tests.fakes.relay.samples import Wire
from tests.fakes.relay.tasks import FakeTask, Hosts, Said

KEY: Final = "sk-fakeRelayKey0123456789abcdefghijklmnopqrstuvwxyz01"  # OH wants 48


def epoch_ms() -> int:
    """Give the hour, for a relay that is run as a process of its own."""
    return time.time_ns() // 1_000_000


class World:
    """Tasks, keys, faults and the kind of server; no HTTP."""

    url: str = ""
    cdn_url: str = ""

    def __init__(
        self,
        kind: str = "geeknow",
        *,
        prefix: str = "/mj",
        keys: Iterable[str] = (KEY,),
        auth: Auth | None = None,
        hold: bool = False,
        now_ms: Callable[[], int] = epoch_ms,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a relay of one kind.

        Args:
            kind: A name in KINDS.
            prefix: Path before task/..., without a slash at the end; may be "".
            keys: The good keys; with or without "sk-" is the same.
            auth: How keys are asked for; None: as the kind does.
            hold: Looks never advance a task made from now on.
            now_ms: Epoch milliseconds, for the times in task objects.
            now: Seconds, for the rate limit and for ``Seen.at``.
        """
        self.kind: Kind = KINDS[kind]
        self.prefix = prefix
        self.keys: set[str] = set(keys)
        self.auth: Auth = auth or self.kind.auth
        self.hold = hold
        self.now_ms = now_ms
        self.now = now
        self.listing: Listing = self.kind.listing
        self.list_extra: list[Wire] = []  # foreign or doubled rows in every list
        self.unknown_path: Answer = self.kind.unknown_path
        self.tasks: dict[str, FakeTask] = {}
        self.submits: list[Answer] = []  # said to the next submits, before real ones
        self.verbatim: dict[tuple[str, str], Answer] = {}
        self.faults = Faults()
        self.rate: RateLimit | None = None
        self.silence = asyncio.Event()  # pictures in mode "hang" wait for it

    @property
    def key(self) -> str:
        """One good key."""
        return min(self.keys)

    def task(
        self,
        task_id: str,
        *,
        owner: str | None = None,
        hold: bool | None = None,
        bare: bool = False,
        **fields: Json,
    ) -> FakeTask:
        """Make a task that runs; fields are laid over the kind's sample in each state.

        Args:
            task_id: The id it is asked for by.
            owner: The key that submitted it; None: any good key sees it.
            hold: Looks do not advance it; None: as the relay says.
            bare: The object is the fields and nothing else.
            fields: Wire names; ABSENT leaves one out.
        """
        made = FakeTask(
            task_id=task_id,
            kind=self.kind,
            hosts=Hosts(relay=self.url + self.prefix, cdn=self.cdn_url),
            born_ms=self.now_ms(),
            fields=fields,
            owner=owner,
            hold=self.hold if hold is None else hold,
            bare=bare,
        )
        self.tasks[task_id] = made
        return made

    def says(
        self,
        task_id: str,
        *,
        hold: bool = False,
        http: int | None = None,
        body: object = b"",
        headers: Mapping[str, str] | None = None,
        **fields: Json,
    ) -> None:
        """Queue a state for the next look; the last one repeats itself.

        Args:
            task_id: The task; made if it is new.
            hold: It stays until ``advance``, however often it is looked at.
            http: Answer with this status, body and headers in the object's place.
            body: Bytes, text, or what JSON can hold.
            headers: Added to that answer.
            fields: Wire names; status="SUCCESS" brings picture and buttons along.
        """
        answer = None if http is None else as_answer(http, body, headers)
        self._known(task_id).queue(Said(fields=fields, answer=answer, hold=hold))

    def becomes(self, task_id: str, **fields: Json) -> None:
        """Put a task into a state at once, and drop what was queued."""
        self._known(task_id).become(Said(fields=fields))

    def advance(self, task_id: str) -> None:
        """Take a held task one state on."""
        self.tasks[task_id].advance()

    def forget(self, task_id: str) -> None:
        """Know a task no longer."""
        self.tasks.pop(task_id, None)

    def picture(
        self,
        task_id: str,
        proxy: Picture | None = None,
        *,
        cdn: Picture | None = None,
        size: Size = SIZE,
    ) -> None:
        """Say how a task's picture fares; "signed" also signs its imageUrl."""
        task = self._known(task_id)
        task.proxy, task.cdn, task.size = proxy or task.proxy, cdn or task.cdn, size
        if proxy == "signed":
            query = f"?sig={signature(task_id)}"
            task.fields["imageUrl"] = self.image_url(task_id) + query

    def image_url(self, task_id: str) -> str:
        """Give the address of a task's picture by the relay's image proxy."""
        return f"{self.url}{self.prefix}/image/{task_id}"

    def serves(self, case: Case | str, task_id: str | None = None) -> str:
        """Answer as a wire case does, letter for letter, until told otherwise.

        Returns:
            The id to ask for (the case's own, or the one given).
        """
        found = CASES[case] if isinstance(case, str) else case
        asked = task_id or found.task_id
        method, path = found.target(asked)
        if path.startswith("/mj/"):
            path = self.prefix + path.removeprefix("/mj")
        self.verbatim[method, path] = found.answer()
        return asked

    def fault(
        self,
        *,
        http: int | None = None,
        body: object = b"",
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        route: str = "*",
        task_id: str | None = None,
        reset: bool = False,
        hang: asyncio.Event | None = None,
        drip: bool = False,
    ) -> Fault:
        """Let something go wrong, before keys are looked at.

        Args:
            http: Answer with this status; None: the true answer (after hang, by drips).
            body: Bytes, text, or what JSON can hold.
            headers: Added, such as Retry-After.
            times: How often; None: until ``lift`` or ``clear``.
            route: fetch, list, seed, image, submit, cdn, other, or "*".
            task_id: Only requests that ask about this task.
            reset: Tear the connection down instead. aiohttp asks again by itself,
                once, after a GET that was reset: two are needed to be noticed.
            hang: Say nothing until it is set.
            drip: Send the body one byte at a time.
        """
        answer = None if http is None else as_answer(http, body, headers)
        fault = Fault(route=route, times=times, task_id=task_id, answer=answer)
        fault.reset, fault.hang, fault.drip = reset, hang, drip
        return self.faults.add(fault)

    def limit(self, per_second: float | None, retry_after_seconds: int = 1) -> None:
        """Allow so many requests a second on ``now``; above: 429. None: any number."""
        limited = per_second and RateLimit(per_second, retry_after_seconds)
        self.rate = limited or None

    def clear(self) -> None:
        """Lift faults, limit, verbatim cases and hanging pictures; tasks stay."""
        self.faults.clear()
        self.rate = None
        self.verbatim.clear()
        self.silence.set()
        self.silence = asyncio.Event()

    def next_id(self) -> str:
        """Give an id of the kind's own shape for a submitted task."""
        return f"{self.kind.id_prefix}{len(self.tasks) + 1:08d}"

    def _known(self, task_id: str) -> FakeTask:
        return self.tasks.get(task_id) or self.task(task_id)
