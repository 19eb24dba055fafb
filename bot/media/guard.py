"""Only public addresses: checked where the connection is made, so a name cannot change.

Whoever writes a task's imageUrl chooses where we connect. An untrusted address is read
once for its shape (`approve`), and its name is resolved by `PublicResolver`, whose
answer is what the connector connects to.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.errors import ForbiddenAddressError, PictureError
from bot.media.picture import PictureProblem

PORTS: Final = frozenset({80, 443, 8080, 8443})  # of strangers
URL_LIMIT: Final = 4096  # characters
PRIVATE_NAMES: Final = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
)

Address = IPv4Address | IPv6Address

# Of IPv6 only 2000::/3 is given out; the rest of this list lies within it.
GLOBAL_IPV6: Final = ip_network("2000::/3")
# IANA's special-purpose registries. Python's is_global lets some of these through
# (6to4, multicast, 192.0.0.8), and differs between patch releases.
NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4: any IPv4 address may hide in it
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody on the internet could reach."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id or address not in GLOBAL_IPV6:
            return False
    return address.is_global and not any(
        address in network
        for network in NOT_PUBLIC
        if network.version == address.version
    )


def parse(text: str) -> URL:
    """Read an address, letter for letter where it can be: a signature may hang on it.

    Raises:
        PictureError: It is no address.
        ForbiddenAddressError: Its scheme is not the web's, or it names a user.
    """
    text = text.strip().replace(" ", "%20")
    if not text or len(text) > URL_LIMIT or any(c <= " " for c in text):
        raise PictureError(PictureProblem.UNREACHABLE)
    return _allowed(_read(text))


def host_of(url: URL) -> str:
    """Give the host in one spelling: lower case, no dot at the end, plain address."""
    return plain(url.raw_host or "")


def plain(host: str) -> str:
    """Spell a host in the one way that is compared."""
    host = host.strip().strip("[]").rstrip(".").lower()
    address = _literal(host)
    return host if address is None else str(address)


def approve(url: URL) -> None:
    """Check the address of a stranger before its name is resolved.

    Raises:
        ForbiddenAddressError: Its host cannot be a public one, or its port is odd.
    """
    host = host_of(url)
    address = _literal(host)
    fine = _public_name(host) if address is None else is_public(address)
    if not fine or url.port not in PORTS:
        raise ForbiddenAddressError(PictureProblem.FORBIDDEN_ADDRESS)


class PublicResolver(AbstractResolver):
    """Resolves names, and gives only their public addresses."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name.

        Raises:
            ForbiddenAddressError: None of its addresses is public.
            OSError: It has none.
        """
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(ip_address(one["host"]))]
        if found and not public:
            raise ForbiddenAddressError(PictureProblem.FORBIDDEN_ADDRESS)
        return public

    async def close(self) -> None:
        """Let go of the resolver behind."""
        await self._inner.close()


class Guard:
    """Knows whom the operator trusts, and stops everybody else's private addresses."""

    def __init__(
        self, *, trusted_hosts: Iterable[str], resolver: AbstractResolver
    ) -> None:
        self._trusted = frozenset(plain(host) for host in trusted_hosts)
        self.resolver = PublicResolver(resolver)

    def trusts(self, url: URL, *, trusted_origin: URL | None = None) -> bool:
        """Whether an address is the operator's own: a host named, or this very origin."""
        if host_of(url) in self._trusted:
            return True
        if trusted_origin is None or host_of(url) != host_of(trusted_origin):
            return False
        # Another port is another service; the usual one is where redirects lead.
        return url.port == trusted_origin.port or url.is_default_port()

    async def check_name(self, url: URL) -> None:
        """Resolve here what a proxy is to fetch, since the proxy would not ask.

        Raises:
            ForbiddenAddressError: It is not public.
            OSError: It has no address.
        """
        host = url.raw_host or ""
        if _literal(plain(host)) is None:
            await self.resolver.resolve(host, url.port or 0, socket.AF_UNSPEC)


def same_origin(one: URL, other: URL) -> bool:
    """Whether scheme, host and port are the same: where a key may go."""
    return (one.scheme, host_of(one), one.port) == (
        other.scheme,
        host_of(other),
        other.port,
    )


def _allowed(url: URL) -> URL:
    """Let through what speaks HTTP and hides no user in front of the host.

    Raises:
        ForbiddenAddressError: It does not.
    """
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise ForbiddenAddressError(PictureProblem.FORBIDDEN_ADDRESS)
    if url.raw_user is not None or url.raw_password is not None:
        raise ForbiddenAddressError(PictureProblem.FORBIDDEN_ADDRESS)
    return url


def _read(text: str) -> URL:
    try:
        url = URL(text, encoded=text.isascii())
        _ = (url.port, url.raw_host)  # read late, so a wrong one would raise later
    except ValueError as error:
        raise PictureError(PictureProblem.UNREACHABLE) from error
    return url


def _literal(host: str) -> Address | None:
    """Read a host that is an address, in any of the forms that C libraries take."""
    try:
        return ip_address(host.partition("%")[0] if ":" in host else host)
    except ValueError:
        return _old_literal(host)


def _old_literal(host: str) -> IPv4Address | None:
    """Read 127.1, 2130706433, 0x7f.0.0.1 and 0177.0.0.1."""
    try:
        return IPv4Address(socket.inet_aton(host)) if host else None
    except OSError:
        return None


def _public_name(host: str) -> bool:
    return "." in host and not host.endswith(PRIVATE_NAMES)
