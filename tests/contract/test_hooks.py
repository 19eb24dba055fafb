"""The feeds' route on the wire: answers in JSON whatever happens behind it."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientResponse, ClientSession

from adapters.web import Probes, WebOptions, open_web
from adapters.web.hooks import Hooks
from bot.commands.fed import FeedAnswer
from bot.domain.feed import FeedReason, Unwatched
from bot.errors import StoreError


@dataclass
class Scripted:
    """Answers every feed as it is told to."""

    answer: FeedAnswer | Exception | None
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def fed(self, token: str, body: bytes) -> FeedAnswer | None:
        self.asked.append((token, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@asynccontextmanager
async def posting(
    feeding: Scripted,
    token: str = "abc",
    *,
    body: bytes = b"\x00\xff",
    query: str = "",
    coding: str = "identity",
) -> AsyncIterator[ClientResponse]:
    async def ready() -> tuple[str, ...]:
        return ()

    probes = Probes(alive=tuple, ready=ready, metrics=bytes)
    routes = Hooks(feeding).routes
    async with (
        open_web(WebOptions(port=0), probes=probes, routes=routes) as server,
        ClientSession() as session,
        session.post(
            f"{server.url}/w/{token}{query}",
            data=body,
            headers={"Content-Encoding": coding},
        ) as answer,
    ):
        yield answer


def refused(*reasons: FeedReason, watched: tuple[str, ...] = ()) -> FeedAnswer:
    told = tuple(Unwatched(text="1", reason=reason) for reason in reasons)
    return FeedAnswer(watched=watched, refused=told)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
async def test_a_packed_body_is_unpacked(coding: str) -> None:
    feeding = Scripted(FeedAnswer(watched=("1",)))

    async with posting(feeding, body=gzip.compress(b"ids"), coding=coding) as answer:
        assert answer.status == 200

    assert feeding.asked == [("abc", b"ids")]


@pytest.mark.parametrize("left", [1, 12, 20, -1])
async def test_what_is_left_of_a_packed_body_is_refused(left: int) -> None:
    feeding = Scripted(FeedAnswer(watched=("1",)))
    body = gzip.compress(b"task_1 task_2")[:left]

    async with posting(feeding, body=body, coding="gzip") as answer:
        told = await answer.json()

    assert (answer.status, told["error"], feeding.asked) == (400, "unreadable", [])


async def test_a_body_comes_through_as_it_is() -> None:
    feeding = Scripted(FeedAnswer(watched=("1",)))

    async with posting(feeding, token="a%2Fb") as answer:
        told = await answer.json()

    assert feeding.asked == [("a/b", b"\x00\xff")]
    assert told == {"watched": ["1"], "not_watched": []}


@pytest.mark.parametrize(("body", "told"), [(b"", b"ids=1&for=ann"), (b"2", b"2")])
async def test_a_query_speaks_where_there_is_no_body(body: bytes, told: bytes) -> None:
    feeding = Scripted(FeedAnswer(watched=("1",)))

    async with posting(feeding, body=body, query="?ids=1&for=ann"):
        pass

    assert feeding.asked == [("abc", told)]


async def test_a_reason_comes_with_its_meaning() -> None:
    no = Unwatched(text="", reason=FeedReason.NOT_ACCEPTED, said="code 23 full")

    async with posting(Scripted(FeedAnswer(refused=(no,)))) as answer:
        told = await answer.json()

    assert told["not_watched"] == [
        {
            "id": None,
            "reason": "not_accepted",
            "message": "the relay did not accept the task: code 23 full",
        }
    ]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, 404),
        (refused(watched=("1",)), 200),
        (refused(FeedReason.NOT_AN_ID, watched=("1",)), 200),
        (refused(FeedReason.UNKNOWN_TASK, watched=("1",)), 200),
        (refused(FeedReason.UNKNOWN_TASK), 404),
        (refused(FeedReason.NOT_AN_ID), 400),
        (refused(FeedReason.EMPTY), 400),
        (refused(FeedReason.FINISHED), 200),
        (refused(FeedReason.NOT_ACCEPTED), 200),
        (refused(FeedReason.CHAT_LIMIT, FeedReason.NOT_AN_ID), 200),
        (refused(FeedReason.NOT_ALLOWED, FeedReason.NOT_AN_ID), 403),
        (StoreError("x"), 503),
    ],
)
async def test_the_status_says_what_came_of_it(
    answer: FeedAnswer | Exception | None, status: int
) -> None:
    async with posting(Scripted(answer)) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        assert ("Retry-After" in response.headers) is (status == 503)
