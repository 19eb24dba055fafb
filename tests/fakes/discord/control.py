"""A small JSON interface to a fake that runs as a process of its own.

``POST /_control/<deed>`` with a JSON object does something; ``GET /_control/<what>``
reads what the bot did. People and places are named: unknown ones are added.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from tests.fakes.discord import payloads
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import Call, Channel, StoredMessage, User
from tests.fakes.discord.server import FakeDiscord

Deed: TypeAlias = Callable[[Json], Awaitable[Json]]
_PREFIX: Final = "/_control"


class Control:
    """The control interface of one fake."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord
        self._users = {discord.user.name: discord.user, "bot": discord.bot}
        self._channels = {discord.channel.name: discord.channel}
        self._deeds: dict[str, Deed] = {
            "slash": self._slash,
            "click": self._click,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "modal": self._modal,
            "say": self._say,
            "fault": self._fault,
            "deny": self._deny,
            "gateway": self._gateway,
            "advance": self._advance,
            "kill_token": self._kill,
        }

    def routes(self) -> list[web.RouteDef]:
        """List the routes for ``FakeDiscord.start``."""
        return [
            web.get(f"{_PREFIX}/state", self._state),
            web.get(f"{_PREFIX}/calls", self._calls),
            web.get(f"{_PREFIX}/messages", self._messages),
            web.get(f"{_PREFIX}/interactions/{{id}}", self._interaction),
            web.post(f"{_PREFIX}/{{deed}}", self._do),
        ]

    async def _do(self, request: web.Request) -> web.Response:
        deed = self._deeds.get(request.match_info["deed"])
        if deed is None:
            raise web.HTTPNotFound
        try:
            return web.json_response(await deed(await request.json()))
        except (LookupError, TypeError, ValueError) as error:
            return web.json_response({"error": repr(error)}, status=400)

    async def _slash(self, ask: Json) -> Json:
        made = await self._discord.slash(
            self._user(ask),
            ask["name"],
            ask.get("options"),
            channel=self._channel(ask),
            locale=ask.get("locale", "en-US"),
            user_installed_only=ask.get("user_installed_only", False),
        )
        return _interaction_json(made)

    async def _click(self, ask: Json) -> Json:
        made = await self._discord.click(
            self._user(ask), self._message(ask), ask["custom_id"], ask.get("values")
        )
        return _interaction_json(made)

    async def _autocomplete(self, ask: Json) -> Json:
        made = await self._discord.autocomplete(
            self._user(ask),
            ask["name"],
            ask["focused"],
            ask["typed"],
            ask.get("others"),
            channel=self._channel(ask),
        )
        return _interaction_json(made)

    async def _menu(self, ask: Json) -> Json:
        made = await self._discord.context_menu(
            self._user(ask), self._message(ask), ask["name"]
        )
        return _interaction_json(made)

    async def _modal(self, ask: Json) -> Json:
        opener = self._discord.world.interactions[int(ask["interaction"])]
        made = await self._discord.submit_modal(opener, ask["fields"])
        return _interaction_json(made)

    async def _say(self, ask: Json) -> Json:
        named = [self._user({"user": name}) for name in ask.get("mentions", ())]
        message = await self._discord.say(
            self._user(ask), self._channel(ask), ask["text"], named
        )
        return self._message_json(message)

    async def _fault(self, ask: Json) -> Json:
        self._discord.fault(ask.pop("route"), **ask)
        return {}

    async def _deny(self, ask: Json) -> Json:
        if not ask.get("code"):
            self._discord.allow(self._channel(ask))
        else:
            action = ask.get("action", "view")
            self._discord.deny(self._channel(ask), ask["code"], action)
        return {}

    async def _gateway(self, ask: Json) -> Json:
        self._discord.refuse_connections(ask.get("refuse", 0))
        if ask.get("drop"):
            self._discord.drop_connections()
        if ask.get("invalidate"):
            await self._discord.gateway.invalidate()
        return {}

    async def _advance(self, ask: Json) -> Json:
        self._discord.advance(ask["seconds"])
        return {}

    async def _kill(self, ask: Json) -> Json:
        made = self._discord.world.interactions[int(ask["interaction"])]
        self._discord.kill_token(made)
        return {}

    async def _state(self, request: web.Request) -> web.Response:
        """Tell how things stand; ``?sessions=N&wait=S`` waits for N connected."""
        fake, wanted = self._discord, int(request.query.get("sessions", 0))
        await self._wait(request, lambda: len(fake.gateway.connected) >= wanted)
        return web.json_response(
            {
                "url": fake.url,
                "sessions": len(fake.gateway.connected),
                "identifies": len(fake.gateway.identifies),
                "commands": fake.commands,
                "syncs": fake.home.syncs,
                "statuses": {str(k): v for k, v in fake.rest.statuses.items()},
                "refusals": [vars(refusal) for refusal in fake.refusals],
                "channels": {name: str(c.id) for name, c in self._channels.items()},
                "users": {name: str(u.id) for name, u in self._users.items()},
            }
        )

    async def _calls(self, request: web.Request) -> web.Response:
        start = int(request.query.get("from", 0))
        return web.json_response([_call_json(c) for c in self._discord.calls[start:]])

    async def _messages(self, request: web.Request) -> web.Response:
        """List the bot's messages; ``?channel=&at_least=N&wait=S``."""
        channel = self._channel(dict(request.query))
        wanted = int(request.query.get("at_least", 0))
        await self._wait(
            request, lambda: len(self._discord.messages(channel)) >= wanted
        )
        found: JsonList = [
            self._message_json(m) for m in self._discord.messages(channel)
        ]
        return web.json_response(found)

    async def _interaction(self, request: web.Request) -> web.Response:
        """Show an interaction; ``?wait=S`` waits for a finished answer."""
        made = self._discord.world.interactions[int(request.match_info["id"])]
        await self._wait(request, lambda: _answered(made))
        messages = [self._message_json(m) for m in made.messages]
        return web.json_response(_interaction_json(made) | {"messages": messages})

    async def _wait(self, request: web.Request, ready: Callable[[], bool]) -> None:
        seconds = float(request.query.get("wait", 0))
        if seconds and not ready():
            try:
                await self._discord.until(ready, seconds)
            except TimeoutError as error:
                raise web.HTTPRequestTimeout(text=str(error)) from None

    def _user(self, ask: Json) -> User:
        name = ask.get("user", self._discord.user.name)
        if name not in self._users:
            self._users[name] = self._discord.add_user(name)
        return self._users[name]

    def _channel(self, ask: Json) -> Channel:
        """Find a channel by name; "@Ana" is the direct messages with Ana."""
        name = ask.get("channel", self._discord.channel.name)
        if name.startswith("@"):
            return self._discord.dm(self._user({"user": name[1:]}))
        if name not in self._channels:
            made = self._discord.add_channel(self._discord.guild, name)
            self._channels[name] = made
        return self._channels[name]

    def _message(self, ask: Json) -> StoredMessage:
        return self._discord.world.messages[int(ask["message"])]

    def _message_json(self, message: StoredMessage) -> Json:
        body = payloads.message_json(message, self._discord.world.users)
        return body | {
            "rang": sorted(map(str, message.rang.rings)),
            "edits": len(message.edits),
            "reactions": sorted(message.reactions),
        }


def _answered(made: Interaction) -> bool:
    if made.response is None:
        return False
    return made.original is None or not made.original.loading


def _interaction_json(made: Interaction) -> Json:
    response = made.response
    return {
        "id": str(made.id),
        "acknowledged": None if response is None else response.type,
        "payload": None if response is None else response.payload,
        "refused": [error.body() for error in made.refused],
    }


def _call_json(call: Call) -> Json:
    return {
        "method": call.method,
        "path": call.path,
        "json": call.json,
        "files": {name: len(f.content) for name, f in call.files.items()},
        "status": call.status,
        "at": call.at,
    }
