"""Who may speak to the chat page's server: this machine's own page, nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType
from aiohttp.client_exceptions import WSServerHandshakeError

from adapters.browser.adapter import BrowserOptions, open_browser
from adapters.browser.guard import TOKEN_HEADER, is_loopback
from bot.errors import SettingsError
from tests.fakes.commands import FakeCommands
from tests.fakes.console import Console

REFUSAL = "Only this machine's own chat page may ask this.\n"
PATHS = ["/", "/chat", "/chat/static/app.js", "/chat/files/x", "/chat/socket"]
POSTS = ["/chat/say", "/chat/press", "/chat/suggest", "/chat/language"]


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def token_of(browser: ClientSession, console: Console) -> str:
    own = {"Origin": console.origin}
    url = f"{console.origin}/chat/socket"
    async with browser.ws_connect(url, headers=own) as socket:
        hello = await socket.receive_json()
        return str(hello["token"])


async def post(
    browser: ClientSession, console: Console, path: str, **headers: str
) -> int:
    body = {"text": "/list", "key": "k1", "locale": "", "language": "zh"}
    async with browser.post(
        f"{console.origin}{path}", json=body, headers=headers
    ) as answer:
        return answer.status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil:{port}"]
)
async def test_another_host_is_refused_in_one_plain_line(
    browser: ClientSession, console: Console, path: str, host: str
) -> None:
    headers = {"Host": host.format(port=console.port), "Origin": console.origin}

    async with browser.get(f"{console.origin}{path}", headers=headers) as answer:
        assert (answer.status, await answer.text()) == (403, REFUSAL)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
async def test_every_name_of_loopback_is_at_home(
    browser: ClientSession, console: Console, name: str
) -> None:
    headers = {"Host": f"{name}:{console.port}"}

    async with browser.get(console.url, headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", PATHS[2:])
@pytest.mark.parametrize(
    "foreign",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_foreign_page_reads_nothing(
    browser: ClientSession, console: Console, path: str, foreign: dict[str, str]
) -> None:
    async with browser.get(f"{console.origin}{path}", headers=foreign) as answer:
        assert (answer.status, await answer.text()) == (403, REFUSAL)


async def test_a_link_from_elsewhere_opens_the_page(
    browser: ClientSession, console: Console
) -> None:
    followed = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    framed = {**followed, "Sec-Fetch-Dest": "iframe"}

    async with browser.get(console.url, headers=followed) as answer:
        assert answer.status == 200
    async with browser.get(console.url, headers=framed) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("path", POSTS)
async def test_a_post_needs_origin_and_token(
    browser: ClientSession, console: Console, path: str
) -> None:
    token = await token_of(browser, console)
    own = console.origin

    without_token = await post(browser, console, path, Origin=own)
    wrong = await post(browser, console, path, Origin=own, **{TOKEN_HEADER: "x"})
    no_origin = await post(browser, console, path, **{TOKEN_HEADER: token})
    foreign = await post(
        browser, console, path, Origin="http://evil.example", **{TOKEN_HEADER: token}
    )

    assert [without_token, wrong, no_origin, foreign] == [403] * 4
    assert console.commands.asked == []


async def test_our_own_page_may_act(browser: ClientSession, console: Console) -> None:
    token = await token_of(browser, console)

    status = await post(
        browser, console, "/chat/say", Origin=console.origin, **{TOKEN_HEADER: token}
    )

    assert status == 200
    assert [each.name for each in console.commands.asked] == ["list"]


async def test_a_form_cannot_act(browser: ClientSession, console: Console) -> None:
    headers = {
        "Origin": console.origin,
        TOKEN_HEADER: await token_of(browser, console),
        "Content-Type": "text/plain",
    }

    async with browser.post(
        f"{console.origin}/chat/say", data="{}", headers=headers
    ) as answer:
        assert answer.status == 403


async def test_a_socket_needs_our_origin(
    browser: ClientSession, console: Console
) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await browser.ws_connect(f"{console.origin}/chat/socket")


async def test_a_socket_that_speaks_is_closed(
    browser: ClientSession, console: Console
) -> None:
    own = {"Origin": console.origin}
    url = f"{console.origin}/chat/socket"
    async with browser.ws_connect(url, headers=own) as socket:
        await socket.receive_json()
        await socket.receive_json()

        await socket.send_str("hello")

        assert (await socket.receive()).type is WSMsgType.CLOSE


async def test_the_page_carries_strict_headers(
    browser: ClientSession, console: Console
) -> None:
    async with browser.get(console.url) as answer:
        headers = answer.headers
        text = await answer.text()

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "style=" not in text
    assert "<script>" not in text


async def test_a_refusal_carries_the_same_headers(
    browser: ClientSession, console: Console
) -> None:
    async with browser.get(console.url, headers={"Host": "x"}) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_root_leads_to_the_page(
    browser: ClientSession, console: Console
) -> None:
    async with browser.get(console.origin, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/chat")


@pytest.mark.parametrize(
    "path",
    [
        "/chat/static/adapter.py",
        "/chat/static/..%2fadapter.py",
        "/chat/files/..%2f..%2fmjwatch.db",
        "/chat/files/0123456789012345678901234567890123456789.png",
    ],
)
async def test_nothing_but_the_pages_own_files_is_served(
    browser: ClientSession, console: Console, path: str
) -> None:
    async with browser.get(f"{console.origin}{path}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback_is_known(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_the_door_stays_shut_elsewhere(console: Console, tmp_path: Path) -> None:
    options = BrowserOptions(host="0.0.0.0", folder=tmp_path)

    with pytest.raises(SettingsError, match="BROWSER_CHAT"):
        async with open_browser(
            options,
            commands=FakeCommands(),
            store=None,  # type: ignore[arg-type]  # never reached
            clock=console.clock,
        ):
            pass
