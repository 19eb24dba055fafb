"""The floor with an HTTP library in place of HTTP by hand: what the library costs."""

from collections.abc import Sequence

import aiohttp

from benchmarks.designs.floor import Floor

HEADERS = {"Content-Type": "application/json"}


class Library(Floor):
    def __init__(
        self,
        port: int,
        world: str,
        batches: Sequence[Sequence[str]],
        *,
        session: aiohttp.ClientSession,
    ) -> None:
        super().__init__(port, world, batches)
        self._session = session
        self._url = f"http://127.0.0.1:{port}/{world}/mj/task/list-by-condition"

    async def _exchange(self, ids: bytes) -> bytes:
        async with self._session.post(self._url, data=ids, headers=HEADERS) as response:
            return await response.read()
