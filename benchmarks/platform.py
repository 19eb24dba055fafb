"""Discord and Telegram for measurements: they take any message and answer after a while.

`python -m benchmarks.platform --delay 0.2` prints its port. Only as much of both APIs
as their client libraries need to send, edit and log in; nothing is checked, so that the
client is what is measured. `/counts` tells what was taken.
"""

import argparse
import asyncio
import json
import re
import time
from collections import Counter, deque
from itertools import count
from typing import Any, Final

UPLOAD_BYTES: Final = 16_384  # a longer body carries a file
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"X-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 4\r\n"
    b"X-RateLimit-Reset-After: 1.0\r\nX-RateLimit-Bucket: messages\r\n"
    b"Content-Length: %d\r\n\r\n"
)
_LENGTH: Final = re.compile(rb"(?i)content-length: *(\d+)")
_CHAT: Final = re.compile(rb'chat_id(?:=|"\r\n\r\n)(-?\d+)')
_DISCORD_MESSAGES: Final = re.compile(r"/channels/(\d+)/messages(?:/(\d+))?")
_USER: Final = {"id": "1", "username": "bench", "discriminator": "0", "avatar": None}
_APPLICATION: Final = {
    "name": "bench",
    "description": "",
    "icon": None,
    "bot_public": False,
    "bot_require_code_grant": False,
    "owner": _USER,
    "verify_key": "",
}
_BOT: Final = {"id": 1, "is_bot": True, "first_name": "bench", "username": "bench_bot"}
_WHEN: Final = "2026-01-01T00:00:00+00:00"


class Platforms:
    """What was taken, by platform."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._numbers = count(1000)
        self._last_second: dict[str, deque[float]] = {}

    def answer(self, method: str, path: str, begin: bytes, size: int) -> object:
        """Answer a request whose body begins so and is so long."""
        if path == "/counts":
            return self.counts
        if path.startswith("/bot"):
            return {"ok": True, "result": self._telegram(path, begin, size)}
        return self._discord(method, path, size)

    def _telegram(self, path: str, begin: bytes, size: int) -> object:
        method = path.rpartition("/")[2]
        if method == "getMe":
            return _BOT
        self._taken("telegram", "send" if method.startswith("send") else "edit", size)
        found = _CHAT.search(begin)
        number = next(self._numbers)
        chat = {"id": int(found[1]) if found else 1, "type": "private"}
        photo = {"file_id": f"photo{number}", "file_unique_id": f"p{number}"}
        sides = {"width": 1024, "height": 1024}
        held = {"photo": [photo | sides]} if "hoto" in method else {"text": "."}
        return {"message_id": number, "date": 1_760_000_000, "chat": chat, **held}

    def _discord(self, method: str, path: str, size: int) -> object:
        found = _DISCORD_MESSAGES.search(path)
        if not found:
            return _USER | _APPLICATION
        self._taken("discord", "send" if method == "POST" else "edit", size)
        return _discord_message(found[1], found[2] or str(next(self._numbers)))

    def _taken(self, platform: str, kind: str, size: int) -> None:
        self.counts[f"{platform}_{kind}"] += 1
        self.counts[f"{platform}_uploads"] += size > UPLOAD_BYTES
        times = self._last_second.setdefault(platform, deque())
        now = time.monotonic()
        times.append(now)
        while times[0] < now - 1.0:
            times.popleft()
        most = f"{platform}_most_in_a_second"
        self.counts[most] = max(self.counts[most], len(times))


class Taking(asyncio.Protocol):
    """One connection: keeps the beginning of a body, and counts the rest."""

    def __init__(self, platforms: Platforms, delay: float) -> None:
        self._platforms = platforms
        self._delay = delay
        self._head = b""
        self._begin = b""
        self._size = 0
        self._missing = -1  # below zero: the head is not whole yet
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            head, whole, data = (self._head + data).partition(b"\r\n\r\n")
            self._head = head
            if not whole:
                return
            found = _LENGTH.search(head)
            self._size = self._missing = int(found[1]) if found else 0
            self._begin = b""
        if len(self._begin) < UPLOAD_BYTES:
            self._begin += data[:UPLOAD_BYTES]
        self._missing -= len(data)
        if self._missing <= 0:
            self._answer()

    def _answer(self) -> None:
        method, path, _ = self._head.split(b"\r\n", 1)[0].decode().split(" ")
        path = path.partition("?")[0]
        told = self._platforms.answer(method, path, self._begin, self._size)
        body = json.dumps(told).encode()
        self._head, self._missing = b"", -1
        delay = 0.0 if path == "/counts" else self._delay
        loop = asyncio.get_running_loop()
        loop.call_later(delay, self._write, _HEAD % len(body) + body)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None
        self._transport.write(answer)


def _discord_message(channel: str, number: str) -> dict[str, Any]:
    empty = ("mentions", "mention_roles", "attachments", "embeds", "components")
    return {
        "id": number,
        "channel_id": channel,
        "author": _USER,
        "content": "",
        "timestamp": _WHEN,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "pinned": False,
        "type": 0,
        **{name: [] for name in empty},
    }


async def serve(delay: float) -> None:
    """Serve until told to end."""
    loop, platforms = asyncio.get_running_loop(), Platforms()
    server = await loop.create_server(lambda: Taking(platforms, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.platform")
    parser.add_argument("--delay", type=float, default=0.2)
    asyncio.run(serve(parser.parse_args().delay))


if __name__ == "__main__":
    main()
