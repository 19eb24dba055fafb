"""How a relay speaks, found out by asking it: what `mjwatch probe` prints.

Nothing is submitted, and no word of the relay's is kept: only kinds of answers.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.look import Trouble
from bot.domain.task import TaskId
from bot.relay.checkup import (
    GONE,
    ImageRoute,
    clock_ahead,
    fetch_each,
    image_kind,
    image_route,
)
from bot.relay.dialect import Rows, Task
from bot.relay.families import Family, family_of
from bot.relay.options import AuthStyle, Clock, RelayOptions
from bot.relay.reply import DENIALS, Miss, Problem, wait_asked
from bot.relay.trial import PREFIXES, Bench, Tried, Way, open_bench, styles_of
from bot.relay.wire import FIELDS

WRONG_KEY: Final = "sk-mjwatch-this-is-no-key-0000000000000000000000000000"
WRONG_PREFIX: Final = "/mjwatch-no-such-path"
MODES: Final = ("/mj-fast/mj", "/mj-turbo/mj", "/mj-relax/mj", "/mjwatch-any/mj")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer, reduced to its kind.

    Attributes:
        http: Status; 0: there was no answer.
        family: The kind of envelope it came in.
        meaning: How this program understood it.
    """

    http: int
    family: Family
    meaning: str

    @property
    def there(self) -> bool:
        """Whether an endpoint answered, refusals included."""
        refused = self.meaning in {each.value for each in DENIALS}
        other = self.meaning in {Trouble.NO_SEED.value, Trouble.BUSY.value}
        return self.known or refused or other

    @property
    def known(self) -> bool:
        """Whether it was an answer to the question."""
        return self.meaning in {"task", "unknown id", "list", "empty list", "seed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSurvey:
    """What was found by an id that the relay knows.

    Attributes:
        fields: The known fields of a task that were there.
        others: How many fields more there were.
        renamed: The answer's id is not the one asked for.
        listed: `full`, `slim` (no buttons) or `absent`.
        picture: What the image route did with it.
    """

    fetch: Heard
    fields: tuple[str, ...] = ()
    others: int = 0
    renamed: bool = False
    listed: str = "absent"
    picture: ImageRoute = ImageRoute.UNCLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that was found out.

    Attributes:
        prefix: Under which a relay answered; None: under none.
        modes: Further prefixes that work.
        styles: By style of showing the key, what a fetch said; `wrong key` as well.
        wait_seconds: The longest Retry-After that was seen.
    """

    base: str
    prefix: str | None
    fetch: Heard
    modes: tuple[str, ...] = ()
    styles: dict[str, Heard] = field(default_factory=dict)
    lists: Heard | None = None
    seed: Heard | None = None
    image: ImageRoute | None = None
    wrong_path: Heard | None = None
    wait_seconds: float | None = None
    clock_seconds: float | None = None
    task: TaskSurvey | None = None


async def survey_relay(
    options: RelayOptions, *, clock: Clock, prefix: str | None, task: TaskId | None
) -> Survey:
    """Ask a relay all that can be asked without harm; never raises for it.

    Args:
        options: The relay; its own prefix does not count.
        clock: To compare the relay's with.
        prefix: Ask under this one; None: find it.
        task: An id that it knows, for what only a task can show.
    """
    async with open_bench(options, clock=clock) as bench:
        explorer = _Explorer(bench, options)
        return await explorer.explore(prefix, task)


class _Explorer:
    """Asks one relay, and notes what every answer has in common."""

    def __init__(self, bench: Bench, options: RelayOptions) -> None:
        self._bench = bench
        self._options = options
        self._wait: float | None = None
        self._clock: float | None = None

    async def explore(self, prefix: str | None, task: TaskId | None) -> Survey:
        way, fetch = await self._find(prefix)
        survey = Survey(
            base=self._options.bases[0],
            prefix=way.prefix if way else None,
            fetch=self._heard(fetch),
        )
        if fetch.trouble not in GONE:
            survey = replace(survey, wrong_path=await self._wrong_path())
        if way is not None:
            survey = await self._look_around(survey, way)
        if way is not None and task is not None:
            known = await self._known(way, task, route=survey.image)
            survey = replace(survey, task=known)
        return replace(survey, wait_seconds=self._wait, clock_seconds=self._clock)

    async def _find(self, prefix: str | None) -> tuple[Way | None, Tried]:
        """Find the prefix and the style by which the relay lets us in."""
        prefixes = PREFIXES if prefix is None else (prefix,)
        best: tuple[Way | None, Tried] | None = None
        for each in prefixes:
            for style in styles_of(self._options):
                way = Way(prefix=each, style=style, key=self._options.key)
                tried = await self._bench.fetch(way)
                if tried.understood:
                    return way, tried
                spoke = isinstance(tried.found, Problem) and tried.found.denied
                if best is None or (spoke and best[0] is None):
                    best = (way if spoke or prefix is not None else None, tried)
                if tried.trouble in GONE:
                    return None, tried
        if best is None:
            raise ValueError("there is always a prefix to ask")
        return best

    async def _look_around(self, survey: Survey, way: Way) -> Survey:
        bench = self._bench
        return replace(
            survey,
            styles={name: self._heard(each) async for name, each in self._styles(way)},
            modes=await self._modes(way),
            lists=self._heard(await bench.listed(way)),
            seed=self._heard(await bench.seed(way)),
            image=await image_route(bench, way),
        )

    async def _styles(self, way: Way) -> AsyncIterator[tuple[str, Tried]]:
        """Show the key in each style, none, and one that cannot be good."""
        for style in (AuthStyle.BEARER, AuthStyle.MJ_API_SECRET):
            if way.key:
                yield style.value, await self._bench.fetch(way.by(style))
        yield "no key", await self._bench.fetch(way.by(AuthStyle.NONE))
        shown = way.style if way.key else AuthStyle.BEARER
        wrong = replace(way, style=shown, key=WRONG_KEY)
        yield "wrong key", await self._bench.fetch(wrong)

    async def _modes(self, way: Way) -> tuple[str, ...]:
        """Name the other prefixes that do as well."""
        ways = [way.under(each) for each in MODES if each != way.prefix]
        answers = await fetch_each(self._bench, ways)
        pairs = zip(ways, answers, strict=True)
        return tuple(each.prefix for each, answer in pairs if answer.understood)

    async def _wrong_path(self) -> Heard:
        return self._heard(await self._bench.fetch(Way(prefix=WRONG_PREFIX)))

    async def _known(
        self, way: Way, task: TaskId, *, route: ImageRoute | None
    ) -> TaskSurvey:
        fetched = await self._bench.fetch(way, task)
        heard = self._heard(fetched)
        if not isinstance(fetched.found, dict):
            return TaskSurvey(fetch=heard)
        listed = await self._bench.listed(way, task)
        image = await self._bench.image(way.by(AuthStyle.NONE), task)
        return TaskSurvey(
            fetch=heard,
            fields=tuple(each for each in FIELDS if each in fetched.found),
            others=len(fetched.found.keys() - set(FIELDS)),
            renamed=str(fetched.found.get("id", task)) != task,
            listed=_listed(listed, fetched.found),
            picture=_pictured(image, route),
        )

    def _heard(self, tried: Tried) -> Heard:
        """Reduce an answer to its kind; note its clock and its wish for rest."""
        if tried.reply is not None:
            wait = wait_asked(tried.reply, tried.reply.json())
            self._wait = max(filter(None, (self._wait, wait)), default=None)
            if self._clock is None:
                self._clock = clock_ahead(tried)
        return Heard(
            http=tried.http, family=family_of(tried.reply), meaning=_meaning(tried)
        )


def _meaning(tried: Tried) -> str:
    """Say in a word how an answer was understood."""
    found = tried.found
    if isinstance(found, Problem):
        return found.trouble.value
    if isinstance(found, Miss):
        return "unknown id"
    if isinstance(found, Rows):
        return "list" if found.probes else "empty list"
    return "task" if isinstance(found, dict) else "seed"


def _listed(tried: Tried, fetched: Task) -> str:
    """Say what a list of one task holds of it, compared with a fetch."""
    told = tried.reply.json() if tried.reply and isinstance(tried.found, Rows) else None
    while isinstance(told, dict):  # a list in a wrapper
        told = next((v for v in told.values() if isinstance(v, list | dict)), None)
    if not isinstance(told, list) or not told or not isinstance(told[0], dict):
        return "absent"
    row = told[0].keys()
    return "full" if "buttons" in row or row >= fetched.keys() else "slim"


def _pictured(tried: Tried, route: ImageRoute | None) -> ImageRoute:
    """Say what the image route does with a task that is known.

    Args:
        tried: Its answer.
        route: What it did with an id that nobody has: a route that was there then
            is there now, and only the picture is gone.
    """
    if tried.http in {401, 403} and tried.trouble is not Trouble.EDGE:
        return ImageRoute.LOCKED
    kind = image_kind(tried)
    gone = kind is ImageRoute.MISSING and route is not ImageRoute.MISSING
    no_picture = family_of(tried.reply) is not Family.PICTURE
    if gone or (kind is ImageRoute.PUBLIC and no_picture):
        return ImageRoute.UNCLEAR
    return kind
