"""Where a task's pictures and videos may be had: pure, in the order to try."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote

from yarl import URL

from bot.domain.attachment import PictureSource
from bot.domain.task import Snapshot

_IMAGE_ROUTE: Final = re.compile(r"(?:/[\w.~-]+)*/mj/image/[^/]+/?")
_VIDEO: Final = re.compile(r"(?i)\.(?:mp4|webm|mov|m4v)$")

Sources = tuple[PictureSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """What is known of a relay when a picture's address is made.

    Attributes:
        bases: The relay's own addresses, the good one first.
        prefix: Path before `image/...`.
        trusted_hosts: Hosts that the operator named, in lower case.
        key_headers: For the relay's own hosts alone.
        route_missing: The relay has no image route.
    """

    bases: tuple[str, ...]
    prefix: str
    trusted_hosts: frozenset[str] = frozenset()
    key_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    route_missing: bool = False

    def pictures(self, snapshot: Snapshot) -> tuple[Sources, ...]:
        """Give for each picture of a task the addresses to try, in order."""
        urls = (u for u in snapshot.image_urls if u != snapshot.image_url)
        album = [(each,) for u in urls if not is_video(u) for each in self._given(u)]
        main = self._main(snapshot)
        return ((main,) if main else ()) + tuple(album)

    def videos(self, snapshot: Snapshot) -> tuple[Sources, ...]:
        """Give the addresses of a task's videos; an imageUrl may be one."""
        images = (snapshot.image_url, *snapshot.image_urls)
        urls = (*snapshot.video_urls, *(u for u in images if u and is_video(u)))
        given = (self._given(u) for u in dict.fromkeys(urls))
        return tuple((each,) for sources in given for each in sources)

    def _main(self, snapshot: Snapshot) -> Sources:
        url = snapshot.image_url
        if url and is_video(url):
            return ()
        if not url and not _may_have_picture(snapshot):
            return ()
        own = [self._own(url)] if url and self._is_own_route(url) else []
        route = [] if self.route_missing else [self._route(snapshot.task_id)]
        given = self._given(url) if url else ()
        return _each_once((*own, *route, *given))

    def _is_own_route(self, url: str) -> bool:
        """Whether it is the relay's image proxy, or that under a forgotten localhost."""
        read = _parsed(url)
        if read is None or not self._looks_like_route(read.path):
            return False
        return self._is_relay(read) or _is_local(read.host or "")

    def _looks_like_route(self, path: str) -> bool:
        ours = path.startswith(f"{self.prefix}/image/")
        return ours or bool(_IMAGE_ROUTE.fullmatch(path))

    def _own(self, url: str) -> PictureSource:
        read = URL(url, encoded=True)
        if not self._is_relay(read):  # localhost, from an address never configured
            origin = str(URL(self.bases[0]).origin())
            url = f"{origin}{read.raw_path_qs}"
        return self._at_relay(url)

    def _route(self, task_id: str) -> PictureSource:
        path = f"{self.prefix}/image/{quote(task_id, safe='')}"
        return self._at_relay(f"{self.bases[0]}{path}")

    def _at_relay(self, url: str) -> PictureSource:
        return PictureSource(
            url=url, trusted=True, key_headers=self._headers_for(url), relay_route=True
        )

    def _headers_for(self, url: str) -> Mapping[str, str]:
        """Give the key only where it would go by the same scheme, host and port."""
        origins = {URL(base).origin() for base in self.bases}
        return self.key_headers if URL(url).origin() in origins else {}

    def _given(self, url: str) -> Sources:
        """Take an address as it is; only http(s), and no localhost but the relay's."""
        if self._is_own_route(url):
            return (self._own(url),)
        read = _parsed(url)
        if read is None:
            return ()
        host = (read.host or "").lower()
        trusted = self._is_relay(read) or host in self.trusted_hosts
        headers = self._headers_for(url)
        return (PictureSource(url=url, trusted=trusted, key_headers=headers),)

    def _is_relay(self, url: URL) -> bool:
        hosts = {(URL(base).host, URL(base).port) for base in self.bases}
        names = {host for host, _ in hosts}
        usual = url.is_default_port() and url.host in names
        return (url.host, url.port) in hosts or (
            usual and not _is_local(url.host or "")
        )


def is_video(url: str) -> bool:
    """Whether an address names a video by its path."""
    read = _parsed(url)
    return bool(read and _VIDEO.search(read.path))


def _may_have_picture(snapshot: Snapshot) -> bool:
    """Whether the image route is worth asking where no imageUrl was given."""
    return snapshot.pictured and not (snapshot.image_urls or snapshot.video_urls)


def _parsed(url: str) -> URL | None:
    try:
        read = URL(url, encoded=True)
    except ValueError:
        return None
    usable = read.scheme in {"http", "https"} and bool(read.host)
    return read if usable and _has_port(read) else None


def _has_port(url: URL) -> bool:
    """Whether the port can be read; some are found to be rubbish only then."""
    try:
        return bool(url.port)
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _each_once(sources: Iterable[PictureSource]) -> Sources:
    kept: dict[str, PictureSource] = {}
    for source in sources:
        kept.setdefault(source.url, source)
    return tuple(kept.values())
