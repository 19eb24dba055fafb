"""A platform for measurements: takes any POST, answers after a while.

`python -m benchmarks.platform --delay 0.2` prints its port.
"""

import argparse
import asyncio
from typing import Final

_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)
_LENGTH: Final = b"content-length:"


class Taking(asyncio.Protocol):
    """One connection: counts bytes, keeps none."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._head = b""
        self._missing = -1  # below zero: the head is not whole yet
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._head += data
            head, whole, data = self._head.partition(b"\r\n\r\n")
            if not whole:
                return
            at = head.lower().find(_LENGTH)
            self._missing = int(head[at + len(_LENGTH) :].split(b"\r", 1)[0])
            self._head = b""
        self._missing -= len(data)
        if self._missing <= 0:
            self._missing = -1
            asyncio.get_running_loop().call_later(self._delay, self._answer)

    def _answer(self) -> None:
        assert self._transport is not None
        self._transport.write(_ANSWER)


async def serve(delay: float) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Taking(delay), "127.0.0.1", 0)
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
