"""What was asked: every request in order, and a way to wait for one."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from multidict import CIMultiDict

from tests.fakes.relay.answers import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str  # decoded, without the query
    target: str  # as sent, query included
    query: Mapping[str, str]
    headers: CIMultiDict[str]  # any case
    text: str
    route: str  # fetch, list, seed, image, submit, cdn or other
    ids: tuple[str, ...]  # the tasks it asks about
    at: float  # seconds of the relay's clock

    @property
    def json(self) -> Json:
        """The body decoded; None if it is empty or not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def key_styles(self) -> tuple[str, ...]:
        """The key headers that were sent, in lower case."""
        styles = ("authorization", "mj-api-secret")
        return tuple(style for style in styles if style in self.headers)

    def as_json(self) -> dict[str, Json]:
        """The request for the control API."""
        return {**asdict(self), "headers": dict(self.headers), "json": self.json}


class Record:
    """All requests of a relay's life."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self._changed = asyncio.Condition()

    def of(self, route: str) -> Iterator[Seen]:
        """Give the requests to one route; "*" is all."""
        return (seen for seen in self.requests if route in ("*", seen.route))

    async def add(self, seen: Seen) -> None:
        """Keep a request and wake who waits for it."""
        self.requests.append(seen)
        await self.announce()

    async def announce(self) -> None:
        """Let those who wait look again."""
        async with self._changed:
            self._changed.notify_all()

    async def until(self, predicate: Callable[[], object], seconds: float) -> None:
        """Wait until the predicate holds; it is asked at each request and answer."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(predicate()))
