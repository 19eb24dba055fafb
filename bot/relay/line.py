"""The line to one relay: pace, breaker, key and retries around each request."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from aiolimiter import AsyncLimiter

from bot.domain.look import Trouble
from bot.errors import RelayTroubleError
from bot.relay.auth import Auth
from bot.relay.breaker import Breaker
from bot.relay.notices import Notices
from bot.relay.options import Clock, RelayOptions
from bot.relay.reply import Problem, Reply
from bot.relay.transport import Question, Transport

T = TypeVar("T")

DOWN: Final = frozenset({Trouble.UNREACHABLE, Trouble.TIMEOUT, Trouble.BROKEN})
ASTRAY: Final = frozenset({Trouble.WRONG_PATH, Trouble.EDGE})
_UNAUTHORIZED: Final = 401
_CLIENT_ERRORS: Final = range(400, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One thing to ask.

    Attributes:
        path: Below the prefix, such as `/task/1/fetch`.
        read: Understands the answer.
        breaks: Troubles that count against the relay as a whole.
    """

    path: str
    read: Callable[[Reply], T | Problem]
    ids: tuple[str, ...] | None = None
    breaks: frozenset[Trouble] = DOWN | ASTRAY

    @property
    def route(self) -> str:
        """What is asked: fetch, list or seed."""
        if self.ids is not None:
            return "list"
        return "seed" if self.path.endswith("/image-seed") else "fetch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """For whom: whose key, and whether a person waits for the answer."""

    key: str | None = field(repr=False)
    own: bool = False  # a person's own key, not the operator's
    person: bool = False


class Line:
    """Asks one relay, no faster than it likes, and not while it is down."""

    def __init__(
        self, *, options: RelayOptions, transport: Transport, auth: Auth, clock: Clock
    ) -> None:
        self._options = options
        self._prefix = options.path_prefix
        self._transport = transport
        self._auth = auth
        rate = options.rate_per_second
        self._limiter = AsyncLimiter(max(rate, 1.0), max(1.0, 1.0 / rate))
        self._notices = Notices(options.name)
        self._last = Trouble.UNREACHABLE
        self.breaker = Breaker(
            monotonic=clock.monotonic,
            failures=options.breaker_failures,
            probe_seconds=options.probe_seconds,
        )

    async def ask(self, call: Call[T], asker: Asker) -> T | Problem:
        """Ask, unless the relay is being left alone; never raises for the relay."""
        if asker.key and not _fits_header(asker.key):
            return Problem(trouble=Trouble.BAD_KEY)
        if not self.breaker.admit():
            after_seconds = self.breaker.available_in()
            return Problem(trouble=self._last, after_seconds=after_seconds)
        answer = await (self._hurried if asker.person else self._once)(call, asker)
        self._judge(answer, call, asker)
        outcome = answer.trouble if isinstance(answer, Problem) else "answered"
        self._options.heard(call.route, outcome)
        return answer

    async def _hurried(self, call: Call[T], asker: Asker) -> T | Problem:
        """Ask for somebody who waits."""
        try:
            async with asyncio.timeout(self._options.look_seconds):
                return await self._tried(call, asker)
        except TimeoutError:
            return Problem(trouble=Trouble.TIMEOUT)

    async def _tried(self, call: Call[T], asker: Asker) -> T | Problem:
        """Try again at once, unless this is a probe."""
        patient = not self.breaker.open
        for pause in self._options.retry_pauses_seconds if patient else ():
            answer = await self._once(call, asker)
            if not _worth_again(answer):
                return answer
            await asyncio.sleep(pause)
        return await self._once(call, asker)

    async def _once(self, call: Call[T], asker: Asker) -> T | Problem:
        """Ask with each header style until one is not refused."""
        answer: T | Problem = Problem(trouble=Trouble.BAD_KEY)
        for headers in self._auth.tries(asker.key):
            question = Question(
                path=f"{self._prefix}{call.path}",
                ids=call.ids,
                headers=headers,
                timeout_seconds=self._host_seconds(asker),
            )
            answer = await self._read(call, question)
            if not isinstance(answer, Problem):
                self._auth.worked(headers)
            if not _key_refused(answer):
                break
        return answer

    async def _read(self, call: Call[T], question: Question) -> T | Problem:
        await self._limiter.acquire()
        try:
            reply = await self._transport.ask(question)
        except RelayTroubleError as error:
            return Problem(trouble=Trouble(error.trouble), said=error.why)
        return call.read(reply)

    def _host_seconds(self, asker: Asker) -> float:
        """Share a person's patience among the hosts."""
        if not asker.person:
            return self._options.timeout_seconds
        share = self._options.look_seconds / len(self._options.hosts)
        return min(self._options.timeout_seconds, share)

    def _judge(self, answer: object, call: Call[T], asker: Asker) -> None:
        """Tell the breaker and the log what came of it."""
        problem = answer if isinstance(answer, Problem) else None
        if problem and _is_breaking(problem, call.breaks):
            self._last = problem.trouble
            self.breaker.failed(after_seconds=problem.after_seconds)
        elif problem is None or _is_alive(problem):
            self.breaker.succeeded()
        if problem and problem.trouble is Trouble.BUSY and not asker.own:
            self._last = Trouble.BUSY
            self.breaker.hold(problem.after_seconds)
        self._note(problem, call, asker)

    def _note(self, problem: Problem | None, call: Call[T], asker: Asker) -> None:
        if problem is None:
            self._notices.succeeded()
            return
        of_the_relay = problem.trouble in call.breaks | {Trouble.BUSY}
        if of_the_relay or (problem.denied and not asker.own):
            secrets = {key for key in (asker.key, self._options.key) if key}
            self._notices.failed(problem, secrets)


def _worth_again(answer: object) -> bool:
    """Whether a quick second try may help: a lost connection, or a passing 5xx."""
    if not isinstance(answer, Problem) or answer.after_seconds is not None:
        return False
    passing = answer.http == 0 or answer.http >= _CLIENT_ERRORS.stop
    return passing and answer.trouble in {Trouble.UNREACHABLE, Trouble.BROKEN}


def _key_refused(answer: object) -> bool:
    if not isinstance(answer, Problem):
        return False
    return answer.trouble is Trouble.BAD_KEY and answer.http == _UNAUTHORIZED


def _is_breaking(problem: Problem, breaks: frozenset[Trouble]) -> bool:
    """Whether the relay as a whole seems down."""
    return problem.trouble in breaks and not _is_alive(problem)


def _is_alive(problem: Problem) -> bool:
    """Whether a relay spoke, if only to refuse; so it does by an odd 4xx."""
    odd = problem.trouble is Trouble.BROKEN and problem.http in _CLIENT_ERRORS
    return odd or problem.trouble not in DOWN | ASTRAY


def _fits_header(key: str) -> bool:
    return key.isprintable() and " " not in key
