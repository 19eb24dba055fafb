"""A TCP proxy that can be told to misbehave, to stand between the program and a fake."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES: Final = 65_536
DELAY_SECONDS: Final = 1.0
DRIP_SECONDS: Final = 0.2  # between two bytes
_LINGER: Final = struct.pack("ii", 1, 0)  # closing then sends a reset


class Way(StrEnum):
    """How it treats what passes."""

    PASS = "pass"
    DELAY = "delay"  # each piece of an answer waits
    CUT = "cut"  # an answer ends in its middle
    HALF_CLOSE = "half_close"  # the answering side is shut before the answer
    DRIP = "drip"  # an answer comes byte by byte
    BLACK_HOLE = "black_hole"  # what is asked goes nowhere, and the line stays open
    RESET = "reset"  # the connection is refused at once


class Proxy:
    """One listening port in front of one server.

    Attributes:
        way: How it treats new and present connections.
        connections: How often somebody has connected.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._open: set[asyncio.StreamWriter] = set()
        self._taken: set[asyncio.Task[None]] = set()
        self._port = 0
        self.way = Way.PASS
        self.connections = 0

    @property
    def url(self) -> str:
        """The address to give to the program."""
        return urlunsplit(self._target._replace(netloc=f"127.0.0.1:{self._port}"))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        """Listen for as long as this is open."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.behave(Way.RESET)
            await self._over()

    def behave(self, way: Way) -> None:
        """Treat everything so from now on; lines that are open are cut."""
        self.way = way
        for writer in self._open:
            _reset(writer)

    async def _over(self) -> None:
        """Leave no line open."""
        for each in self._taken:
            each.cancel()
        if self._taken:
            await asyncio.wait(set(self._taken))

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        mine = asyncio.current_task()
        assert mine is not None
        self._taken.add(mine)
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._open.discard(writer)
            self._taken.discard(mine)
            await _closed(writer)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.way is Way.RESET:
            _reset(writer)
            return
        host, port = self._target.hostname, self._target.port
        there, onward = await asyncio.open_connection(host, port)
        try:
            asking = asyncio.create_task(self._ask(reader, onward))
            try:
                await self._answer(there, writer)
            finally:
                asking.cancel()
        finally:
            await _closed(onward)

    async def _ask(
        self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK_BYTES):
                if self.way is not Way.BLACK_HOLE:
                    onward.write(piece)
                    await onward.drain()
            onward.write_eof()

    async def _answer(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while piece := await there.read(CHUNK_BYTES):
            match self.way:
                case Way.CUT:
                    writer.write(piece[: len(piece) // 2])
                    await writer.drain()
                    return
                case Way.HALF_CLOSE:
                    writer.write_eof()
                    await asyncio.sleep(DELAY_SECONDS)
                    return
                case Way.DRIP:
                    await _drip(piece, writer)
                case Way.DELAY:
                    await asyncio.sleep(DELAY_SECONDS)
                    writer.write(piece)
                case _:
                    writer.write(piece)
            await writer.drain()


async def _drip(piece: bytes, writer: asyncio.StreamWriter) -> None:
    for byte in piece:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(DRIP_SECONDS)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    line: socket.socket | None = writer.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    writer.transport.abort()
