"""Ask a relay one question at a time and keep all of the answer: for trying it out.

No pace, no breaker, no second try: whoever tries a relay out wants to see it as it is.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlsplit

from bot.domain.look import Trouble
from bot.domain.task import TaskId
from bot.errors import RelayTroubleError
from bot.relay.client import LIST_PATH
from bot.relay.dialect import Rows, Task, read_list, read_seed, read_task
from bot.relay.options import AuthStyle, Clock, RelayOptions
from bot.relay.reply import Miss, Problem, Reply
from bot.relay.transport import Question, Transport, open_session

NOBODYS: Final = TaskId("mjwatch-check-0000000000")  # an id that no relay gives
# Where relays have been met, the usual place first.
PREFIXES: Final = (
    "/mj",
    "/mj-fast/mj",
    "/mj-turbo/mj",
    "/mj-relax/mj",
    "",
    "/api/mj",
    "/fast/mj",
    "/mj-proxy/mj",
    "/v1/mj",
)
TRIAL_SECONDS: Final = 5.0
Found = Task | Rows | str | Miss | Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to ask.

    Attributes:
        prefix: Begins with a slash and ends without one, or is empty.
        style: The one header by which the key is shown.
    """

    prefix: str
    style: AuthStyle = AuthStyle.NONE
    key: str | None = field(default=None, repr=False)

    def under(self, prefix: str) -> "Way":
        """Give the same with another prefix."""
        return replace(self, prefix=prefix)

    def by(self, style: AuthStyle) -> "Way":
        """Give the same with another style."""
        return replace(self, style=style)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a question.

    Attributes:
        found: What we understood.
        reply: The whole answer; None if there was none.
    """

    found: Found
    reply: Reply | None = None

    @property
    def trouble(self) -> Trouble | None:
        """Why it is no answer; None if it is one, "unknown id" included."""
        return self.found.trouble if isinstance(self.found, Problem) else None

    @property
    def why(self) -> str:
        """What is known of why there was no answer, in our words."""
        if self.reply is not None or not isinstance(self.found, Problem):
            return ""
        return self.found.said

    @property
    def http(self) -> int:
        """The HTTP status; 0 without an answer."""
        return self.reply.status if self.reply else 0

    @property
    def html(self) -> bool:
        """Whether a page came instead of an answer."""
        return bool(self.reply and self.reply.html)

    @property
    def understood(self) -> bool:
        """Whether a relay spoke and let us in."""
        return not isinstance(self.found, Problem)

    @property
    def after_seconds(self) -> float | None:
        """How long the relay asked to be left alone."""
        return self.found.after_seconds if isinstance(self.found, Problem) else None


class Bench:
    """Asks one host."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def fetch(self, way: Way, task_id: TaskId = NOBODYS) -> Tried:
        """Ask for one task."""
        return await self.ask(way, f"/task/{_quoted(task_id)}/fetch", read_task)

    async def listed(self, way: Way, task_id: TaskId = NOBODYS) -> Tried:
        """Ask for a list of one."""
        return await self.ask(way, LIST_PATH, read_list, ids=(task_id,))

    async def seed(self, way: Way, task_id: TaskId = NOBODYS) -> Tried:
        """Ask for a seed."""
        return await self.ask(way, f"/task/{_quoted(task_id)}/image-seed", read_seed)

    async def image(self, way: Way, task_id: TaskId = NOBODYS) -> Tried:
        """Ask for a picture; a redirect is an answer."""
        path = f"/image/{_quoted(task_id)}"
        return await self.ask(way, path, read_task, follows=False)

    async def ask(
        self,
        way: Way,
        path: str,
        read: Callable[[Reply], Found],
        *,
        ids: tuple[str, ...] | None = None,
        follows: bool = True,
    ) -> Tried:
        """Ask anything; never raises for the relay."""
        question = Question(
            path=f"{way.prefix}{path}",
            ids=ids,
            headers=way.style.headers(way.key or ""),
            timeout_seconds=TRIAL_SECONDS,
            follows=follows,
        )
        try:
            reply = await self._transport.ask(question)
        except RelayTroubleError as error:
            trouble = Trouble(error.trouble)
            return Tried(found=Problem(trouble=trouble, said=error.why))
        return Tried(found=read(reply), reply=reply)


@asynccontextmanager
async def open_bench(
    options: RelayOptions, *, clock: Clock, base: str | None = None
) -> AsyncIterator[Bench]:
    """Open a session with one host: the first of a relay's, or another address."""
    one = replace(options, hosts=(base or options.bases[0],), prefix="")
    async with open_session(one) as session:
        yield Bench(Transport(options=one, session=session, clock=clock))


def styles_of(options: RelayOptions) -> tuple[AuthStyle, ...]:
    """Name the styles that the settings allow, in the order to try."""
    if not options.key:
        return (AuthStyle.NONE,)
    if options.auth is AuthStyle.AUTO:
        return (AuthStyle.BEARER, AuthStyle.MJ_API_SECRET)
    return (options.auth,)


def shown_address(url: str) -> str:
    """Give an address without what may be secret in it: name, password, query."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"


def _quoted(task_id: str) -> str:
    return quote(task_id, safe="")
