"""The floor: HTTP by hand, three fields decoded, a dictionary. No errors, no limits."""

import asyncio
from collections.abc import Sequence

import msgspec

from benchmarks.designs.tally import Tally
from benchmarks.load import successor

ENDS = frozenset({"SUCCESS", "FAILURE"})


class Probe(msgspec.Struct, gc=False):
    id: str
    status: str
    progress: str


class Full(msgspec.Struct):
    buttons: list[dict[str, str | int]]


PROBES = msgspec.json.Decoder(list[Probe])
RAWS = msgspec.json.Decoder(list[msgspec.Raw])
FULL = msgspec.json.Decoder(Full)


class Wire(asyncio.Protocol):
    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, head: bytes, body: bytes) -> asyncio.Future[bytes]:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport.write(head % len(body) + body)
        return self.answer

    def data_received(self, data: bytes) -> None:
        if not self.parts:
            head, _, data = data.partition(b"\r\n\r\n")
            self.missing = int(head[head.index(b"Length: ") + 8 :])
        self.parts.append(data)
        self.missing -= len(data)
        if self.missing <= 0:
            body, self.parts = b"".join(self.parts), []
            self.answer.set_result(body)


class Floor:
    def __init__(self, port: int, world: str, batches: Sequence[Sequence[str]]) -> None:
        self.tally = Tally()
        self._port = port
        self._batches: list[dict[str, tuple[str, str]]] = [
            dict.fromkeys(ids, ("", "")) for ids in batches
        ]
        self._wire: Wire | None = None
        head = f"POST /{world}/mj/task/list-by-condition HTTP/1.1\r\nHost: relay\r\n"
        head += "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._head = head.encode()

    async def look(self, rounds: int) -> None:
        for _ in range(rounds):
            for batch in self._batches:
                ids = msgspec.json.encode({"ids": list(batch)})
                self._read(batch, await self._exchange(ids))

    async def _exchange(self, ids: bytes) -> bytes:
        if self._wire is None:
            loop = asyncio.get_running_loop()
            _, self._wire = await loop.create_connection(Wire, "127.0.0.1", self._port)
        return await self._wire.ask(self._head, ids)

    def _read(self, batch: dict[str, tuple[str, str]], body: bytes) -> None:
        raws: list[msgspec.Raw] = []
        probes = PROBES.decode(body)
        self.tally.looks += len(probes)
        for index, probe in enumerate(probes):
            shown = (probe.status, probe.progress)
            if batch[probe.id] == shown:
                continue
            self.tally.changes += 1
            batch[probe.id] = shown
            if probe.status in ENDS:
                raws = raws or RAWS.decode(body)
                self._ended(batch, probe.id, raws[index])

    def _ended(
        self, batch: dict[str, tuple[str, str]], task_id: str, raw: msgspec.Raw
    ) -> None:
        self.tally.ends += 1
        self.tally.buttons += len(FULL.decode(raw).buttons)
        del batch[task_id]
        batch[successor(task_id)] = ("", "")
