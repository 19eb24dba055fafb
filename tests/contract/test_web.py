"""The web server on the wire: probes, sizes, deadlines, and what its log says."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from time import monotonic

import pytest
from aiohttp import ClientSession, web
from structlog.testing import capture_logs

from adapters.web import Probes, Route, WebOptions, WebServer, open_web
from adapters.web.server import BODY
from bot.errors import SettingsError

Opened = Callable[..., Awaitable[WebServer]]
SOON = 8.0  # seconds; what the server would wait for by itself is longer


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    async with AsyncExitStack() as stack:

        async def begin(
            *routes: Route,
            alive: tuple[str, ...] = (),
            missing: tuple[str, ...] = (),
            **options: float,
        ) -> WebServer:
            async def ready() -> tuple[str, ...]:
                return missing

            probes = Probes(
                alive=lambda: alive, ready=ready, metrics=lambda: b"mjwatch_x 1\n"
            )
            web_options = replace(WebOptions(port=0), **options)  # type: ignore[arg-type] # numbers all
            return await stack.enter_async_context(
                open_web(web_options, probes=probes, routes=routes)
            )

        yield begin


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=request[BODY])


async def said(server: WebServer, *parts: bytes) -> bytes:
    """Send raw bytes and read until the server closes the connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(SOON):
        answer = await reader.read()
    writer.close()
    return answer


async def knock(server: WebServer, head: bytes) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(head)
    return writer


# --- probes -----------------------------------------------------------------------


async def test_it_is_well_while_the_loops_turn(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened()

    async with client.get(f"{server.url}/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_a_loop_that_stands_still_is_named(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(alive=("watcher: no turn for 90 s",))

    async with client.get(f"{server.url}/healthz") as answer:
        assert answer.status == 503
        assert await answer.text() == "watcher: no turn for 90 s\n"


async def test_ready_is_a_word(opened: Opened, client: ClientSession) -> None:
    server = await opened()

    async with client.get(f"{server.url}/readyz") as answer:
        assert (answer.status, await answer.text()) == (200, "ready\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_monitor_may_ask_for_the_head_alone(
    path: str, opened: Opened, client: ClientSession
) -> None:
    server = await opened()

    async with client.head(f"{server.url}{path}") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0


async def test_what_is_missing_takes_one_line_each(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(missing=("discord: the token\nis refused", "database"))

    async with client.get(f"{server.url}/readyz") as answer:
        assert answer.status == 503
        assert await answer.text() == "discord: the token is refused\ndatabase\n"


async def test_prometheus_gets_its_text(opened: Opened, client: ClientSession) -> None:
    server = await opened()

    async with client.get(f"{server.url}/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert await answer.read() == b"mjwatch_x 1\n"


# --- where it listens -------------------------------------------------------------


async def test_port_zero_is_a_free_one_and_the_log_names_it(opened: Opened) -> None:
    with capture_logs() as logs:
        server = await opened()

    assert server.port > 0
    assert {
        "event": "web.listening",
        "host": "127.0.0.1",
        "port": server.port,
        "log_level": "info",
    } in logs


async def test_a_taken_port_is_a_setting_that_is_wrong(opened: Opened) -> None:
    server = await opened()
    probes = Probes(alive=list, ready=_nothing, metrics=bytes)

    with pytest.raises(SettingsError, match="WEB_HOST and WEB_PORT should be free"):
        async with open_web(WebOptions(port=server.port), probes=probes):
            pass


async def _nothing() -> tuple[str, ...]:
    return ()


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:5"), ("::", "http://[::1]:5"), ("h", "http://h:5")],
)
def test_its_address_can_be_asked_from_here(host: str, url: str) -> None:
    assert WebServer(host, 5).url == url


# --- routes that are handed in ----------------------------------------------------


async def test_a_route_that_was_handed_in_answers(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(("POST", "/w/{token}", echo))

    async with client.post(f"{server.url}/w/x", data=b"ids") as answer:
        assert (answer.status, await answer.read()) == (200, b"ids")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers


async def test_the_log_shows_the_route_never_the_token_or_the_query(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(("POST", "/w/{token}", echo))

    with capture_logs() as logs:
        await client.post(f"{server.url}/w/f33dtoken?key=sk-secret")
        await client.get(f"{server.url}/nowhere/f33dtoken?key=sk-secret")
        await client.get(f"{server.url}/healthz")

    shown = [(line["route"], line["status"], line["log_level"]) for line in logs]
    assert shown == [
        ("/w/{token}", 200, "info"),
        ("unmatched", 404, "debug"),
        ("/healthz", 200, "debug"),
    ]
    assert "f33dtoken" not in str(logs)
    assert "secret" not in str(logs)


async def test_a_route_that_fails_shows_nothing_of_it(
    opened: Opened, client: ClientSession
) -> None:
    async def fail(_request: web.Request) -> web.Response:
        raise ValueError("inner words")

    server = await opened(("GET", "/x", fail))

    async with client.get(f"{server.url}/x") as answer:
        assert answer.status == 500
        assert "inner words" not in await answer.text()


# --- who would hold it ------------------------------------------------------------


async def test_a_body_up_to_the_limit_is_taken(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(("POST", "/x", echo))

    async with client.post(f"{server.url}/x", data=b"x" * 262_144) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 262_145, {}),
        (gzip.compress(b"x" * 9_000_000), {"Content-Encoding": "gzip"}),
    ],
)
async def test_a_body_over_the_limit_is_refused_packed_or_not(
    opened: Opened, client: ClientSession, body: bytes, headers: dict[str, str]
) -> None:
    server = await opened(("POST", "/x", echo))

    async with client.post(f"{server.url}/x", data=body, headers=headers) as answer:
        told = await answer.json()
        assert (answer.status, told["error"]) == (413, "too_large")


async def test_a_body_that_is_broken_is_refused(opened: Opened) -> None:
    server = await opened(("POST", "/x", echo))

    answer = await said(
        server,
        b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 5\r\n\r\nhello",
    )

    assert answer.startswith(b"HTTP/1.1 400")


async def test_a_body_that_does_not_come_is_not_waited_for(opened: Opened) -> None:
    server = await opened(("POST", "/x", echo), read_seconds=0.05)

    answer = await said(
        server, b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"
    )

    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_head_that_does_not_end_is_not_waited_for(opened: Opened) -> None:
    server = await opened(read_seconds=0.05)

    assert await said(server, b"GET /healthz HTTP/1.1\r\n", b"X: y\r\n") == b""


async def test_a_crowd_is_told_to_come_back(
    opened: Opened, client: ClientSession
) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def stay(_request: web.Request) -> web.Response:
        inside.set()
        await leave.wait()
        return web.Response(text="out")

    server = await opened(("GET", "/stay", stay), requests_at_once=1)

    async with asyncio.TaskGroup() as group:
        first = group.create_task(client.get(f"{server.url}/stay"))
        await inside.wait()
        second = await client.get(f"{server.url}/stay")
        leave.set()

    assert (second.status, first.result().status) == (503, 200)


async def test_a_stop_waits_for_nobody_long() -> None:
    inside = asyncio.Event()

    async def stay(_request: web.Request) -> web.Response:
        inside.set()
        await asyncio.Event().wait()
        raise AssertionError

    probes = Probes(alive=list, ready=_nothing, metrics=bytes)
    options = WebOptions(port=0, stop_seconds=0.05)
    routes: list[Route] = [("GET", "/stay", stay)]
    async with open_web(options, probes=probes, routes=routes) as server:
        heads = (b"GET /stay HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /he", b"")
        writers = [await knock(server, head) for head in heads]
        await inside.wait()
        began = monotonic()

    took = monotonic() - began
    for writer in writers:
        writer.close()

    assert took < SOON


async def test_of_many_slow_bodies_the_slowest_makes_room(
    opened: Opened, client: ClientSession
) -> None:
    server = await opened(("POST", "/x", echo), requests_at_once=1)
    half = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"
    slow, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(half)
    other = await knock(server, half)
    async with asyncio.timeout(SOON):
        given_up = await slow.read()

    async with client.post(f"{server.url}/x", data=b"ids") as answer:
        assert (answer.status, await answer.read()) == (200, b"ids")
    assert given_up.startswith(b"HTTP/1.1 408")
    for each in (writer, other):
        each.close()


# --- strangers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("deflate", b"x"),
        ("zstd", b"x"),
        ("br", b"x"),
        ("z", b"x"),
    ],
)
async def test_bad_bytes_of_strangers_are_no_errors_of_ours(
    opened: Opened,
    client: ClientSession,
    caplog: pytest.LogCaptureFixture,
    encoding: str,
    body: bytes,
) -> None:
    server = await opened(("POST", "/w/{token}", echo))
    headers = {"Content-Encoding": encoding}

    async with client.post(f"{server.url}/w/x", data=body, headers=headers) as answer:
        status = answer.status

    assert status in {200, 400}
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


async def test_an_error_of_ours_is_logged_with_its_traceback(
    opened: Opened, client: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise ValueError("a bug")

    server = await opened(("GET", "/broken", broken))

    async with client.get(f"{server.url}/broken") as answer:
        status = answer.status

    [line] = [line for line in caplog.records if line.levelname == "ERROR"]
    assert status == 500
    assert line.exc_info is not None
    assert line.exc_info[0] is ValueError


async def test_guessed_addresses_write_no_line_that_anybody_reads(
    opened: Opened, client: ClientSession
) -> None:
    async def nobody(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    server = await opened(("POST", "/w/{token}", nobody))

    with capture_logs() as logged:
        for number in range(50):
            async with client.post(f"{server.url}/w/guess{number}"):
                pass

    assert {line["log_level"] for line in logged} <= {"debug"}
