"""Whatever an address looks like, nothing that is not public is connected to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.domain.attachment import PictureSource
from bot.errors import ForbiddenAddressError, PictureError
from bot.media.download import Downloader, open_downloader
from bot.media.guard import Guard, is_public, parse
from bot.media.picture import PictureOptions
from tests.fakes.patience import PATIENCE_SECONDS

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::200e"]
# {port} is where the listener of the test stands: an answer there is a failure.
LITERALS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://a.localhost:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://relay.internal:{port}/",
    "http://printer.local:{port}/",
    "http://intranet:{port}/",
    "http://１２７.０.０.１:{port}/",  # noqa: RUF001 - the look-alike is the case
    "http://127。0。0。1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://pictures.example@127.0.0.1:{port}/",
    "http://user:pass@pictures.example:{port}/",
    "http://:pass@pictures.example:{port}/",
    "http://pictures.example\\@127.0.0.1:{port}/",
    "http://pictures.example#@127.0.0.1:{port}/",
    "http://pictures.example:{port}/",
    "http://pictures.example:99999/",
    "http://\t127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\r\nHost: x/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "http:///",
    "http://",
    "",
]


class Names(AbstractResolver):
    """Resolves every name to what the test says, in turn; the last repeats."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        many = len(self._answers) > 1
        found = self._answers.pop(0) if many else self._answers[0]
        return [_result(host, address, port) for address in found]

    async def close(self) -> None:
        return None


class Listener:
    """Counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.count = 0
        self.port = 0

    def accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        writer.close()


@pytest.fixture
async def listener(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    """Listen, on a port that strangers may use, so that only the host can be wrong."""
    listener = Listener()
    server = await asyncio.start_server(listener.accept, "127.0.0.1", 0)
    async with server:
        listener.port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr("bot.media.guard.PORTS", {80, 443, listener.port})
        yield listener


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("form", LITERALS)
async def test_no_spelling_of_an_address_opens_a_connection(
    form: str, listener: Listener, tmp_path: Path
) -> None:
    url = form.replace("{port}", str(listener.port))

    with pytest.raises(PictureError):
        await _download(url, Names(["127.0.0.1"]), tmp_path)

    assert listener.count == 0


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_with_a_private_address_opens_no_connection(
    address: str, listener: Listener, tmp_path: Path
) -> None:
    with pytest.raises(ForbiddenAddressError):
        await _download(_named(listener), Names([address]), tmp_path)

    assert listener.count == 0


@pytest.mark.parametrize("port", [1, 22, 25, 3306, 6379, 9200, 65535])
async def test_an_odd_port_of_a_public_address_is_not_asked(
    port: int, tmp_path: Path
) -> None:
    names = Names(["1.1.1.1"])

    with pytest.raises(ForbiddenAddressError):
        await _download(f"http://pictures.example:{port}/", names, tmp_path)

    assert names.asked == []


async def test_of_many_addresses_only_the_public_are_given() -> None:
    guard = Guard(trusted_hosts=(), resolver=Names(["10.0.0.1", "1.1.1.1"]))

    found = await guard.resolver.resolve("pictures.example", 80)

    assert [one["host"] for one in found] == ["1.1.1.1"]


async def test_a_name_is_resolved_once_for_check_and_connection(
    listener: Listener, tmp_path: Path
) -> None:
    names = Names(["10.0.0.1"], ["127.0.0.1"])

    with pytest.raises(ForbiddenAddressError):
        await _download(_named(listener), names, tmp_path)

    assert (names.asked, listener.count) == (["pictures.example"], 0)


async def test_behind_a_proxy_a_private_name_never_reaches_it(
    listener: Listener, tmp_path: Path
) -> None:
    proxy = f"http://127.0.0.1:{listener.port}"
    options = PictureOptions(folder=tmp_path, proxy=lambda _: proxy)

    with pytest.raises(ForbiddenAddressError):
        await _download("http://a.example/", Names(["10.0.0.1"]), tmp_path, options)

    assert listener.count == 0


async def test_behind_a_proxy_a_private_address_never_reaches_it(
    listener: Listener, tmp_path: Path
) -> None:
    proxy = f"http://127.0.0.1:{listener.port}"
    options = PictureOptions(folder=tmp_path, proxy=lambda _: proxy)

    with pytest.raises(ForbiddenAddressError):
        await _download("http://169.254.169.254/", Names([]), tmp_path, options)

    assert listener.count == 0


async def test_a_public_name_is_handed_to_the_proxy(
    listener: Listener, tmp_path: Path
) -> None:
    proxy = f"http://localhost:{listener.port}"
    options = PictureOptions(folder=tmp_path, proxy=lambda _: proxy)
    names = Names(["1.1.1.1"], ["127.0.0.1"])

    with pytest.raises(PictureError, match="unreachable"):
        await _download("http://pictures.example/", names, tmp_path, options)

    assert listener.count > 0


async def test_a_host_the_operator_named_is_connected_to(
    listener: Listener, tmp_path: Path
) -> None:
    options = PictureOptions(folder=tmp_path, image_hosts=("Mirror.LAN.",))
    url = f"http://mirror.lan:{listener.port}/a.png"

    with pytest.raises(PictureError, match="unreachable"):
        await _download(url, Names(["127.0.0.1"]), tmp_path, options)

    assert listener.count > 0


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://10.0.0.5:3000/b", True),
        ("http://10.0.0.5/b", True),
        ("https://10.0.0.5/b", True),
        ("http://10.0.0.5:6379/b", False),
        ("http://10.0.0.6:3000/b", False),
    ],
)
def test_a_relay_is_trusted_at_its_own_port_and_the_usual_ones(
    url: str, *, trusted: bool
) -> None:
    guard = Guard(trusted_hosts=(), resolver=Names([]))
    origin = URL("http://10.0.0.5:3000/mj/image/1")

    assert guard.trusts(URL(url), trusted_origin=origin) is trusted


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/a.png?ex=6a&is=6b&hm=ab&",
        "https://cdn.example/a%2Fb.png?sig=a%2bb%20c",
        "https://cdn.example/a.png?x=1;y=%7E~",
    ],
)
def test_a_signed_address_is_kept_letter_for_letter(url: str) -> None:
    assert str(parse(url)) == url


def test_an_address_in_another_script_is_encoded() -> None:
    assert str(parse("http://例え.jp/画 1.png")) == (
        "http://xn--r8jz45g.jp/%E7%94%BB%201.png"
    )


def _named(listener: Listener) -> str:
    return f"http://pictures.example:{listener.port}/a.png"


async def _download(
    url: str, names: Names, folder: Path, options: PictureOptions | None = None
) -> None:
    chosen = options or PictureOptions(folder=folder)
    async with open_downloader(chosen, names) as downloader:
        await _one(downloader, url, folder)


async def _one(downloader: Downloader, url: str, folder: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await downloader.download(PictureSource(url=url), folder / "part")


def _result(host: str, address: str, port: int) -> ResolveResult:
    six = ":" in address
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if six else socket.AF_INET,
        proto=0,
        flags=int(aiohttp.resolver._NUMERIC_SOCKET_FLAGS),
    )
