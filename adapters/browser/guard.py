"""Who may speak to the page's server: this machine's own browser, from our own page.

The Host is checked on every request, so a foreign name that leads to loopback (DNS
rebinding) reaches nothing; the Origin and what the browser says of a request's source
are checked, so no foreign page drives the chat; whatever changes something shows the
token that only our own page can have read.
"""

import secrets
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from aiohttp import hdrs, web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN_HEADER: Final = "X-Mjwatch-Token"  # noqa: S105 - a header's name, no secret
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_UNNAMED_PORT: Final = 80  # an address need not name it
_REFUSAL: Final = "Only this machine's own chat page may ask this.\n"
_OWN: Final = frozenset({None, "same-origin", "none"})
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Stands before every route of the door."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)

    def page(self, answer: Answer) -> Answer:
        """Let the page itself be opened, also by a link from elsewhere."""
        return self._checked(answer, lambda request: _own(request) or _opens(request))

    def reading(self, answer: Answer) -> Answer:
        """Let our own page read."""
        return self._checked(answer, _own)

    def socket(self, answer: Answer) -> Answer:
        """Let our own page listen: a socket knows no same-origin rule but this."""
        return self._checked(answer, _own_origin)

    def writing(self, answer: Answer) -> Answer:
        """Let our own page act."""
        return self._checked(answer, self._may_write)

    def _may_write(self, request: web.Request) -> bool:
        shown = request.headers.get(TOKEN_HEADER, "").encode()
        known = secrets.compare_digest(shown, self.token.encode())
        return (
            known
            and _own_origin(request)
            and request.content_type == "application/json"
        )

    def _checked(
        self, answer: Answer, allowed: Callable[[web.Request], bool]
    ) -> Answer:
        async def checked(request: web.Request) -> web.StreamResponse:
            if not (_at_home(request) and allowed(request)):
                return _with_headers(web.Response(status=403, text=_REFUSAL))
            return _with_headers(await answer(request))

        return checked


def is_loopback(host: str) -> bool:
    """Say whether an address to listen on is this machine's own alone."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _at_home(request: web.Request) -> bool:
    """Say whether the request came in on loopback, under a name of loopback."""
    where = request.transport and request.transport.get_extra_info("sockname")
    if not where or not is_loopback(where[0]):
        return False
    hosts = request.headers.getall(hdrs.HOST, [])
    return len(hosts) == 1 and hosts[0].lower() in _hosts(where[1])


def _hosts(port: int) -> frozenset[str]:
    named = {f"{name}:{port}" for name in _NAMES}
    return frozenset(named | set(_NAMES) if port == _UNNAMED_PORT else named)


def _own(request: web.Request) -> bool:
    origin = request.headers.get(hdrs.ORIGIN)
    return _site(request) in _OWN and origin in {None, _origin(request)}


def _own_origin(request: web.Request) -> bool:
    return _own(request) and request.headers.get(hdrs.ORIGIN) == _origin(request)


def _opens(request: web.Request) -> bool:
    """Say whether somebody follows a link to the page; nothing is embedded or read."""
    mode = request.headers.get("Sec-Fetch-Mode")
    whole = request.headers.get("Sec-Fetch-Dest")
    return (mode, whole) == (
        "navigate",
        "document",
    ) and hdrs.ORIGIN not in request.headers


def _site(request: web.Request) -> str | None:
    return request.headers.get("Sec-Fetch-Site")


def _origin(request: web.Request) -> str:
    return f"http://{request.headers.get(hdrs.HOST, '')}"


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response
