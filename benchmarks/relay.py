"""A relay for measurements: `python -m benchmarks.relay` prints its port.

HTTP/1.1 by hand, so that it is faster than who asks. The first part of a path names a
world: `/v-<any>/...` moves a task on by 4 s at each look; `/s-<any>/...` stands still;
`/l-<epoch>-<any>/...` lives by the real clock from that moment on. In a world whose
name ends in `hang` pictures never come; in `slow`, single fetches take two seconds.
"""

import argparse
import asyncio
import json
import os
import time
import zlib
from collections import Counter, defaultdict
from typing import Final

import msgspec

from benchmarks.load import (
    POLL_SECONDS,
    Lives,
    past_of,
    place_and_turn,
    script_of,
    scripts,
)

SLOW_SECONDS: Final = 2.0
_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
_NOT_FOUND: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_LENGTH: Final = b"content-length:"
_IDS: Final = msgspec.json.Decoder(dict[str, list[str]])


class World:
    """The tasks behind one path, and what was asked of them."""

    def __init__(self, name: str) -> None:
        self.asked: Counter[str] = Counter()
        self.hangs = name.endswith("hang")
        self.slow = name.endswith("slow")
        self._still = name.startswith("s-")
        self._looks: dict[str, int] = defaultdict(int)
        epoch = float(name.split("-")[1]) if name.startswith("l-") else None
        self._lives = None if epoch is None else Lives(epoch)
        self._places: dict[str, tuple[int, int]] = {}

    def body(self, task_id: str) -> bytes:
        """Show one task as it stands."""
        where = self._places.get(task_id)
        if where is None:
            where = self._places[task_id] = place_and_turn(task_id)
        if self._still:
            age = past_of(where[0]) / 2
        elif self._lives is None:
            age = self._looks[task_id] * POLL_SECONDS
            age += 0.0 if where[1] else past_of(where[0])
            self._looks[task_id] += 1
        else:
            age = time.monotonic() - self._lives.born_at(*where)
        return task_id.encode().join(script_of(*where).at(age))

    def listed(self, ids: list[str]) -> bytes:
        """Show many."""
        return b"[" + b",".join(map(self.body, ids)) + b"]"


class Relay:
    """All worlds, and one picture for everybody."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture
        self.worlds: dict[str, World] = {}

    def world(self, name: str) -> World:
        """Give a world; made when it is first spoken of."""
        if name not in self.worlds:
            self.worlds[name] = World(name)
        return self.worlds[name]

    def counts(self) -> bytes:
        """Tell what was asked, by world."""
        return json.dumps({k: dict(w.asked) for k, w in self.worlds.items()}).encode()


class Exchange(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            at = head.find(_LENGTH)
            size = 0 if at < 0 else int(head[at + len(_LENGTH) :].split(b"\r", 1)[0])
            whole = end + 4 + size
            if len(self._buffer) < whole:
                return
            path = bytes(self._buffer[:end]).split(b" ", 2)[1].decode()
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self._answer(path, body)

    def _answer(self, path: str, body: bytes) -> None:
        assert self._transport is not None
        parts = path.split("?", 1)[0].split("/")
        if parts[1] == "counts":
            self._send(self._relay.counts())
            return
        world = self._relay.world(parts[1])
        world.asked[parts[-1] if body else parts[-2]] += 1
        if body:
            self._send(world.listed(_IDS.decode(body)["ids"]))
        elif parts[-1] == "fetch":
            delay = SLOW_SECONDS if world.slow else 0.0
            loop = asyncio.get_running_loop()
            loop.call_later(delay, self._send, world.body(parts[-2]))
        elif parts[-2] == "image":
            self._picture(world)
        else:
            self._transport.write(_NOT_FOUND)

    def _picture(self, world: World) -> None:
        if not world.hangs:
            self._send(self._relay.picture, kind=b"image/png")

    def _send(self, body: bytes, kind: bytes = b"application/json") -> None:
        assert self._transport is not None
        self._transport.writelines((_OK % (kind, len(body)), body))


def picture(size_bytes: int) -> bytes:
    """Draw a PNG of about this size: its lower part is noise, which no one packs."""
    side = 1024 if size_bytes < 1024 * 1024 * 3 else 2048
    row_bytes = side * 3 + 1
    noisy = min(size_bytes // row_bytes, side)
    plain = b"\x00" + b"\x40\x60\x80" * side
    rows = plain * (side - noisy)
    rows += b"".join(b"\x00" + os.urandom(side * 3) for _ in range(noisy))
    header = side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + crc


async def serve(picture_bytes: int) -> None:
    """Serve until told to end."""
    scripts()
    relay = Relay(picture(picture_bytes))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(relay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relay")
    parser.add_argument("--picture-bytes", type=int, default=2_000_000)
    asyncio.run(serve(parser.parse_args().picture_bytes))


if __name__ == "__main__":
    main()
