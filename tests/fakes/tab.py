"""An open page of the chat, without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from adapters.browser.guard import TOKEN_HEADER
from tests.fakes.console import Console
from tests.fakes.patience import PATIENCE_SECONDS

REF = "m1b.7.0.00000000"


class Tab:
    """An open page: posts what a page posts, reads what it is told."""

    def __init__(self, session: ClientSession, console: Console) -> None:
        self._session, self._console = session, console
        self.hello: dict[str, Any] = {}
        self.place = ""
        self.fresh = False
        self.messages: dict[int, dict[str, Any]] = {}
        self._keys = 0

    async def read(self, socket: ClientWebSocketResponse) -> str:
        """Take in one thing that is told; names it."""
        told = await socket.receive_json(timeout=PATIENCE_SECONDS)
        if told["is"] == "hello":
            self.hello = told
        elif told["is"] == "news":
            self.place, self.fresh = told["place"], told["fresh"]
            self.messages |= {each["id"]: each for each in told["messages"]}
        return str(told["is"])

    async def post(self, path: str, **body: object) -> tuple[int, Any]:
        self._keys += 1
        headers = {
            "Origin": self._console.origin,
            TOKEN_HEADER: str(self.hello["token"]),
        }
        whole = {"locale": "en-US", "key": f"k{self._keys}", **body}
        url = f"{self._console.origin}/chat/{path}"
        async with self._session.post(url, json=whole, headers=headers) as answer:
            good = answer.status == 200
            return answer.status, await (answer.json() if good else answer.text())

    async def say(self, text: str, **body: object) -> dict[str, Any]:
        status, answer = await self.post("say", text=text, **body)
        assert status == 200, answer
        return dict(answer)

    async def press(self, message: int, ref: str = REF) -> dict[str, Any]:
        status, answer = await self.post("press", ref=ref, message=message)
        assert status == 200, answer
        return dict(answer)

    async def look(self) -> list[dict[str, Any]]:
        """What a page that is opened now sees."""
        async with self._socket() as socket:
            self.messages = {}
            await self.read(socket)
            await self.read(socket)
        return list(self.messages.values())

    async def titles(self) -> list[str]:
        shown = await self.look()
        return [m["card"]["title"] for m in shown if m["who"] == "bot"]

    @asynccontextmanager
    async def _socket(
        self, since: str = "", locale: str = "en-US"
    ) -> AsyncIterator[ClientWebSocketResponse]:
        url = f"{self._console.origin}/chat/socket"
        async with self._session.ws_connect(
            url,
            params={"since": since, "locale": locale},
            headers={"Origin": self._console.origin},
        ) as socket:
            yield socket

    listening = _socket
