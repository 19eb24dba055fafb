"""The proxy that this machine's environment names for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from bot.settings import parse

_PORTS: Final = {"http": 80, "https": 443}
_UNUSABLE: Final = "HTTPS_PROXY is not used: it should be an http or https address"


@dataclass(frozen=True, slots=True)
class InheritedProxy:
    """HTTPS_PROXY and the hosts that NO_PROXY spares it.

    It stands for `http://` addresses as well: relays are met at both.
    """

    url: str | None = field(default=None, repr=False)
    spared: str = ""

    def to(self, url: str) -> str | None:
        """Name the proxy on the way to an address; None: straight."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        names = (host, f"{host}:{parts.port or _PORTS.get(parts.scheme)}")
        if any(_covers(each, names) for each in parse.items(self.spared)):
            return None
        return self.url


def _covers(spared: str, names: tuple[str, str]) -> bool:
    """Say whether an entry of NO_PROXY means a host: its name, domain or network."""
    bare = spared.lower().removeprefix("*").removeprefix(".")
    if spared == "*" or bare.strip("[]") in names:
        return True
    if any(name.endswith(f".{bare}") for name in names):
        return True
    try:
        return ip_address(names[0]) in ip_network(bare, strict=False)
    except ValueError:
        return False


def inherited_proxy(values: Mapping[str, str]) -> tuple[InheritedProxy, str | None]:
    """Read HTTPS_PROXY and NO_PROXY in either case; also a warning, if any.

    What other programs share is not ours to be strict about.
    """
    address = values.get("HTTPS_PROXY") or values.get("https_proxy")
    spared = values.get("NO_PROXY") or values.get("no_proxy") or ""
    if not address:
        return InheritedProxy(), None
    try:
        return InheritedProxy(parse.proxy(address), spared), None
    except ValueError:
        return InheritedProxy(), _UNUSABLE
