"""One HTTP exchange with a relay: hosts that stand in for one another, no surprises.

The only place that catches the HTTP library's errors; what comes out is a Reply or a
RelayTroubleError.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import msgspec
import structlog
from yarl import URL

from bot.domain.look import Trouble
from bot.errors import RelayTroubleError
from bot.packed import unpacked
from bot.relay.options import Clock, RelayOptions
from bot.relay.reply import BODY_LIMIT_BYTES, Reply

log = structlog.get_logger(__name__)

KEEP_ALIVE_SECONDS: Final = 30.0
CONNECTIONS_LIMIT: Final = 16
NAMES_SECONDS: Final = 60  # how long a host's address is believed
JSON_TYPE: Final = {"Content-Type": "application/json"}
_MOVED: Final = frozenset({301, 302, 307, 308})
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request, host and key aside.

    Attributes:
        path: Below the host, prefix included.
        ids: The body of a list request; None for a GET.
        timeout_seconds: For one host.
        follows: Follow a redirect that stays on the host.
    """

    path: str
    timeout_seconds: float
    ids: tuple[str, ...] | None = None
    follows: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Transport:
    """Sends questions to whichever of the relay's hosts answers."""

    def __init__(
        self, *, options: RelayOptions, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._options = options
        self._session = session
        self._clock = clock
        self._bases = options.bases
        self._proxies = {base: options.proxy(base) for base in self._bases}
        self._good = 0

    @property
    def base(self) -> str:
        """The host that answered last."""
        return self._bases[self._good]

    async def ask(self, question: Question) -> Reply:
        """Ask the good host, then the others; keep to the one that answers.

        Raises:
            RelayTroubleError: No host answered.
        """
        reply: Reply | None = None
        lost: RelayTroubleError | None = None
        for index in self._in_turn():
            try:
                reply = await self._ask_host(self._bases[index], question)
            except RelayTroubleError as error:
                lost = error
                continue
            if not _is_astray(reply):
                self._keep_to(index)
                return reply
        if reply is not None:
            return reply
        raise lost or RelayTroubleError(Trouble.UNREACHABLE)

    def _in_turn(self) -> Iterator[int]:
        yield self._good
        yield from (i for i in range(len(self._bases)) if i != self._good)

    def _keep_to(self, index: int) -> None:
        if index != self._good:
            self._good = index
            log.info("relay.host_changed", relay=self._options.name, host=self.base)

    async def _ask_host(self, base: str, question: Question) -> Reply:
        try:
            async with asyncio.timeout(question.timeout_seconds):
                return await self._exchange(base, question)
        except TimeoutError as error:
            raise RelayTroubleError(Trouble.TIMEOUT) from error
        except ValueError as error:  # an address that cannot be one
            raise RelayTroubleError(Trouble.WRONG_PATH) from error
        except aiohttp.ClientHttpProxyError as error:
            why = f"the proxy answers HTTP {error.status}"
            raise RelayTroubleError(Trouble.UNREACHABLE, why=why) from error
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            raise RelayTroubleError(Trouble.BROKEN) from error
        except (aiohttp.ClientError, OSError) as error:
            why = _why(error.__cause__)
            raise RelayTroubleError(Trouble.UNREACHABLE, why=why) from error

    async def _exchange(self, base: str, question: Question) -> Reply:
        """Send, and follow one redirect that stays on the host."""
        url, proxy = URL(base + question.path, encoded=True), self._proxies[base]
        reply = await self._send(url, question, proxy)
        if question.follows and reply.status in _MOVED:
            onward = _same_host(url, reply.headers.get("location", ""))
            if onward is not None:
                return await self._send(onward, question, proxy)
        return reply

    async def _send(self, url: URL, question: Question, proxy: str | None) -> Reply:
        lists = question.ids is not None
        async with self._session.request(
            "POST" if lists else "GET",
            url,
            data=msgspec.json.encode({"ids": question.ids}) if lists else None,
            headers={**question.headers, **JSON_TYPE} if lists else question.headers,
            allow_redirects=False,
            proxy=proxy,
        ) as response:
            content, cut = await _read(response)
            return Reply(
                status=response.status,
                headers=response.headers,
                body=content,
                cut=cut,
                at=self._clock.now(),
            )


def open_session(options: RelayOptions) -> aiohttp.ClientSession:
    """Make the one session of a relay; its connections are kept alive."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=CONNECTIONS_LIMIT,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ttl_dns_cache=NAMES_SECONDS,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
        headers={
            "User-Agent": options.user_agent,
            "Accept": "application/json, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
        },
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=options.connect_seconds),
        auto_decompress=False,  # it takes a broken end for the end
    )


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the library from repeating a request whose connection was lost.

    A probe of a relay that is down is one request; who tries again is decided above.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(type(error).__name__) from error


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """Read at most the limit; what is longer is not read to its end.

    Raises:
        RelayTroubleError: It is packed, and not whole.
    """
    chunks: list[bytes] = []
    size_bytes = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size_bytes += len(chunk)
        if size_bytes > BODY_LIMIT_BYTES:
            response.close()
            return b"".join(chunks)[:BODY_LIMIT_BYTES], True
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    try:
        text = unpacked(b"".join(chunks), coding, most_bytes=BODY_LIMIT_BYTES)
    except ValueError as error:
        raise RelayTroubleError(Trouble.BROKEN) from error
    return text[:BODY_LIMIT_BYTES], len(text) > BODY_LIMIT_BYTES


def _why(error: BaseException | None) -> str:
    """Say what the operator cannot guess."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        told = getattr(error.certificate_error, "verify_message", "")
        return f"its certificate is not trusted: {told}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "nobody knows the address of this name"
    return ""


def _is_astray(reply: Reply) -> bool:
    """Whether it is no relay's answer, so that another host may know better."""
    return reply.status >= _SERVER_ERROR or reply.status in _MOVED or reply.html


def _same_host(url: URL, location: str) -> URL | None:
    """Resolve a redirect; None if it leaves the host or the safety of https."""
    try:
        onward = url.join(URL(location))
        stays = (onward.host, onward.port) == (url.host, url.port)
        upgrade = onward.host == url.host and _is_upgrade(url, onward)
    except ValueError:
        return None
    downgrade = url.scheme == "https" and onward.scheme != "https"
    return onward if location and (stays or upgrade) and not downgrade else None


def _is_upgrade(url: URL, onward: URL) -> bool:
    """Whether a redirect only goes from plain to safe, each on its usual port."""
    plain = url.scheme == "http" and url.is_default_port()
    return plain and onward.scheme == "https" and onward.is_default_port()
