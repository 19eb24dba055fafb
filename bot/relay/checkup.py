"""Try one host of a relay: is it there, is the key good, what else is set wrong.

Where the settings do not work, the usual alternatives are tried, and the one that
works is named. The key goes to the host that is configured, and by no other scheme.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from bot.domain.look import Trouble
from bot.relay.options import AuthStyle, Clock, RelayOptions
from bot.relay.reply import DENIALS, Problem
from bot.relay.trial import PREFIXES, Bench, Tried, Way, open_bench, styles_of

AT_ONCE: Final = 4
HALF_A_SECOND: Final = 0.5  # a Date header leaves out what is less than a second
GONE: Final = frozenset({Trouble.UNREACHABLE, Trouble.TIMEOUT})
_ELSEWHERE: Final = frozenset({Trouble.WRONG_PATH, Trouble.BROKEN})
_SERVER_ERROR: Final = 500
_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_LOCKED: Final = frozenset({401, 403})


class ImageRoute(StrEnum):
    """What `GET image/{id}` turned out to be."""

    PUBLIC = "public"
    LOCKED = "locked"  # asks for a key
    REDIRECTS = "redirects"
    MISSING = "missing"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What was found about one host.

    Attributes:
        base: Its address.
        asked: The answer to the settings as they stand.
        way: By which a relay was found, key refused or not; None: there is none.
        place: The address under which it was found, if not the configured one.
        answer: What was said to that way.
        scheme: The other scheme by which the host answers where the configured one
            does not.
        open_style: The style that works where the configured does not.
        lists: The answer of the list endpoint.
        clock_seconds: How far its clock is ahead of ours.
    """

    base: str
    asked: Tried
    way: Way | None = None
    place: str | None = None
    answer: Tried | None = None
    scheme: str | None = None
    open_style: AuthStyle | None = None
    lists: Tried | None = None
    image: ImageRoute | None = None
    clock_seconds: float | None = None


async def check_host(options: RelayOptions, *, clock: Clock) -> Checkup:
    """Try the first host of a relay; never raises for it."""
    base = options.bases[0]
    async with open_bench(options, clock=clock) as bench:
        ways = [_way(options, style) for style in styles_of(options)]
        way, asked = await _let_in(bench, ways)
        found = Checkup(base=base, asked=asked, way=way, answer=asked)
        if asked.trouble in GONE:
            scheme = await _other_scheme(options, clock=clock)
            return replace(found, way=None, scheme=scheme)
        found = replace(found, clock_seconds=clock_ahead(asked))
        if not _is_astray(asked):
            return await _look_closer(bench, options, found)
    return await _search(options, found, clock=clock)


async def _search(options: RelayOptions, found: Checkup, *, clock: Clock) -> Checkup:
    """Look for the relay under other prefixes, also at the root of the host."""
    for base in dict.fromkeys((found.base, _origin(found.base))):
        async with open_bench(options, clock=clock, base=base) as bench:
            way, answer = await _place(bench, options)
            if way is None:
                continue
            place = base if base != found.base else None
            better = replace(found, way=way, answer=answer, place=place)
            return await _look_closer(bench, options, better)
    return replace(found, way=None)


async def _place(
    bench: Bench, options: RelayOptions
) -> tuple[Way | None, Tried | None]:
    """Find the prefix under which a relay answers; one that lets us in is better."""
    first = _way(options, styles_of(options)[0])
    ways = [first.under(prefix) for prefix in PREFIXES]
    answers = await fetch_each(bench, ways)
    for good in (_is_in, _is_refusal):
        for way, answer in zip(ways, answers, strict=True):
            if good(answer):
                return way, answer
    return None, None


async def fetch_each(bench: Bench, ways: Sequence[Way]) -> list[Tried]:
    """Fetch nobody's task by each way, a few at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(way: Way) -> Tried:
        async with gate:
            return await bench.fetch(way)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(way)) for way in ways]
    return [task.result() for task in tasks]


async def _look_closer(bench: Bench, options: RelayOptions, found: Checkup) -> Checkup:
    """Where a relay answers: settle the key, then look at the other endpoints."""
    way, answer = found.way, found.answer
    if way is None or answer is None:
        return found
    if answer.trouble is Trouble.BAD_KEY:
        found = await _other_styles(bench, options, found)
        way, answer = found.way or way, found.answer or answer
    if not answer.understood:
        return found
    async with asyncio.TaskGroup() as group:
        lists = group.create_task(bench.listed(way))
        image = group.create_task(image_route(bench, way))
    return replace(found, lists=lists.result(), image=image.result())


async def _other_styles(bench: Bench, options: RelayOptions, found: Checkup) -> Checkup:
    """Try the styles that the settings rule out; the key belongs to this host."""
    if found.way is None:
        return found
    styles = (AuthStyle.BEARER, AuthStyle.MJ_API_SECRET) if options.key else ()
    for style in (*styles, AuthStyle.NONE):
        if style is found.way.style:
            continue
        way = found.way.by(style)
        answer = await bench.fetch(way)
        if answer.understood:
            allowed = style in styles_of(options)
            named = None if allowed else style
            return replace(found, way=way, answer=answer, open_style=named)
    return found


async def _let_in(bench: Bench, ways: Iterable[Way]) -> tuple[Way, Tried]:
    """Ask by each way until the key is not refused."""
    last: tuple[Way, Tried] | None = None
    for way in ways:
        last = (way, await bench.fetch(way))
        if last[1].trouble is not Trouble.BAD_KEY:
            break
    if last is None:
        raise ValueError("there is always a way to ask")
    return last


async def image_route(bench: Bench, way: Way) -> ImageRoute:
    """Say what the image route does with an id that nobody has."""
    tried = await bench.image(way.by(AuthStyle.NONE))
    if tried.http in _LOCKED and tried.trouble is not Trouble.EDGE:
        return ImageRoute.LOCKED
    return image_kind(tried)


def image_kind(tried: Tried) -> ImageRoute:
    """Judge an answer of the image route to a request without a key."""
    if tried.http in _REDIRECTS:
        return ImageRoute.REDIRECTS
    if tried.reply is None or tried.trouble in {Trouble.EDGE, Trouble.BUSY}:
        return ImageRoute.UNCLEAR
    if tried.html or tried.trouble is Trouble.WRONG_PATH:
        return ImageRoute.MISSING
    if tried.understood:
        empty = tried.http in _OK and not tried.reply.bare
        return ImageRoute.UNCLEAR if empty else ImageRoute.PUBLIC
    speaks = isinstance(tried.reply.json(), dict) or tried.http in _OK
    return ImageRoute.PUBLIC if speaks else ImageRoute.UNCLEAR


def clock_ahead(tried: Tried) -> float | None:
    """Tell how many seconds the relay's clock is ahead; None if it does not say."""
    reply = tried.reply
    if reply is None or reply.at is None:
        return None
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
        return (theirs - reply.at).total_seconds() + HALF_A_SECOND
    except (ValueError, TypeError):
        return None


async def _other_scheme(options: RelayOptions, *, clock: Clock) -> str | None:
    """Name the other scheme if the host answers by it; the key stays at home."""
    parts = urlsplit(options.bases[0])
    scheme = "http" if parts.scheme == "https" else "https"
    base = parts._replace(scheme=scheme).geturl()
    async with open_bench(options, clock=clock, base=base) as bench:
        tried = await bench.fetch(Way(prefix=options.path_prefix))
    spoke = tried.understood or tried.trouble in DENIALS
    return scheme if spoke else None


def _way(options: RelayOptions, style: AuthStyle) -> Way:
    return Way(prefix=options.path_prefix, style=style, key=options.key)


def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def _is_astray(tried: Tried) -> bool:
    """Whether something answers, and it is no relay."""
    return tried.trouble in _ELSEWHERE and tried.http < _SERVER_ERROR


def _is_in(tried: Tried) -> bool:
    return tried.understood


def _is_refusal(tried: Tried) -> bool:
    return isinstance(tried.found, Problem) and tried.found.denied
