"""The control API of a relay that runs as a process: JSON under /_control/.

``POST /_control/<word>`` takes the keyword arguments of the word of the same name;
``POST /_control/script`` a list of ``{"do": <word>, ...}``; ``GET
/_control/requests`` gives the log, ``DELETE`` empties it; ``GET /_control/`` says
where the relay stands.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from tests.fakes.relay.answers import Json

if TYPE_CHECKING:  # the server imports this module
    from tests.fakes.relay.server import FakeRelay

PATH: Final = "/_control/"
WORDS: Final = (
    "task",
    "says",
    "becomes",
    "advance",
    "forget",
    "picture",
    "serves",
    "fault",
    "limit",
    "clear",
)
SWITCHES: Final = ("listing", "auth", "hold", "list_extra")


async def respond(relay: "FakeRelay", request: web.Request) -> web.Response:
    """Do what a control request says; 400 with the reason if it cannot be done."""
    word = request.path.removeprefix(PATH)
    if request.method == "GET":
        return _told(relay, word, int(request.query.get("since", "0")))
    if request.method == "DELETE":
        relay.requests.clear()
        return web.json_response({"ok": True})
    try:
        _do_all(relay, word, await request.json() if request.can_read_body else {})
    except (KeyError, TypeError, ValueError) as error:
        return web.json_response({"error": repr(error)}, status=400)
    return web.json_response({"ok": True})


def _told(relay: "FakeRelay", word: str, since: int) -> web.Response:
    if word == "requests":
        return web.json_response([seen.as_json() for seen in relay.requests[since:]])
    where = {"url": relay.url, "cdn_url": relay.cdn_url, "prefix": relay.prefix}
    return web.json_response({**where, "kind": relay.kind.name, "key": relay.key})


def _do_all(relay: "FakeRelay", word: str, body: Json) -> None:
    if word != "script":
        _do(relay, word, body)
        return
    for step in body:
        _do(relay, step["do"], {k: v for k, v in step.items() if k != "do"})


def _do(relay: "FakeRelay", word: str, arguments: dict[str, Json]) -> None:
    if word == "set":
        for name, value in arguments.items():
            _switch(relay, name, value)
        return
    if word not in WORDS:
        raise ValueError(f"no such word: {word}")
    if arguments.get("hang"):  # over HTTP an event is just true: until cleared
        arguments = {**arguments, "hang": asyncio.Event()}
    deed: Callable[..., object] = getattr(relay, word)
    deed(**arguments)


def _switch(relay: "FakeRelay", name: str, value: Json) -> None:
    if name not in SWITCHES:
        raise ValueError(f"no such switch: {name}")
    setattr(relay, name, value)
