"""The JSON door of a fake that runs as a process of its own: `/_control/...`.

POST takes a JSON object, every answer is one. A wrong name or id is a 400 with
the reason in `error`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.fakes.telegram.asking import Press
from tests.fakes.telegram.model import Chat, Json, Message, User
from tests.fakes.telegram.render import message_json
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.wire import Call

Deed = Callable[[Json], Awaitable[Json]]


class Control:
    """Lets another process play the cast and read what the bot did."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram = telegram
        self._events: dict[str, asyncio.Event] = {}
        telegram.routes.append(self._add)

    def _add(self, app: web.Application) -> None:
        app.router.add_post("/_control/{deed}", self._take)
        app.router.add_get("/_control/{deed}", self._take)

    def _deeds(self) -> dict[str, Deed]:
        return {
            "user": self._user,
            "chat": self._chat,
            "topic": self._topic,
            "say": self._say,
            "press": self._press,
            "answer": self._answer,
            "block": self._block,
            "kick": self._kick,
            "migrate": self._migrate,
            "update": self._update,
            "fault": self._fault,
            "release": self._release,
            "calls": self._calls,
            "messages": self._messages,
            "rings": self._rings,
            "refusals": self._refusals,
            "wait": self._wait,
        }

    async def _take(self, request: web.Request) -> web.Response:
        asked: Json = dict(request.query)
        if request.method == "POST" and request.can_read_body:
            asked |= await request.json()
        try:
            deed = self._deeds()[request.match_info["deed"]]
            return web.json_response(await deed(asked))
        except (KeyError, ValueError, TypeError, AssertionError) as error:
            words = f"{type(error).__name__}: {error}"
            return web.json_response({"error": words}, status=400)

    def _who(self, asked: Json) -> User:
        return self._telegram.world.users[int(asked["user"])]

    def _where(self, asked: Json) -> Chat:
        return self._telegram.world.chats[int(asked["chat"])]

    def _which(self, asked: Json, name: str = "message") -> Message:
        return self._where(asked).messages[int(asked[name])]

    async def _user(self, asked: Json) -> Json:
        """Make a user with an open private chat: name, username, language."""
        name, username = str(asked["name"]), asked.get("username")
        language = asked.get("language", "en")
        made = self._telegram.user(name, username=username, language=language)
        self._telegram.private(made)
        return made.json()

    async def _chat(self, asked: Json) -> Json:
        """Make a chat: kind, title, members {user id: status}, forum."""
        users = self._telegram.world.users
        members = {users[int(k)]: v for k, v in asked.get("members", {}).items()}
        kind, title = asked["kind"], str(asked["title"])
        if kind == "supergroup":
            forum = bool(asked.get("forum"))
            return self._telegram.supergroup(title, members, forum=forum).json()
        make = {"group": self._telegram.group, "channel": self._telegram.channel}[kind]
        return make(title, members).json()

    async def _topic(self, asked: Json) -> Json:
        """Open a topic: chat, name."""
        made = self._telegram.topic(self._where(asked), str(asked["name"]))
        return {"message_thread_id": made}

    async def _say(self, asked: Json) -> Json:
        """Write: user, text, chat (else in private), thread, reply_to."""
        chat = self._where(asked) if "chat" in asked else None
        reply = self._which(asked, "reply_to") if "reply_to" in asked else None
        user, words, thread = self._who(asked), str(asked["text"]), asked.get("thread")
        said = await self._telegram.say(
            user, chat, words, thread=thread, reply_to=reply
        )
        return message_json(said)

    async def _press(self, asked: Json) -> Json:
        """Press: user, chat, message, button (label or data), inaccessible."""
        old = bool(asked.get("inaccessible"))
        user, message, button = self._who(asked), self._which(asked), asked["button"]
        made = await self._telegram.press(user, message, button, inaccessible=old)
        return _press_json(made)

    async def _answer(self, asked: Json) -> Json:
        """Wait for the answer to a press: id, timeout in seconds."""
        press = self._telegram.asking.presses[str(asked["id"])]
        with contextlib.suppress(TimeoutError):
            await press.wait_answer(float(asked.get("timeout", 5)))
        return _press_json(press)

    async def _block(self, asked: Json) -> Json:
        """Block the bot: user; with off=true unblock it."""
        deed = self._telegram.unblock if asked.get("off") else self._telegram.block
        await deed(self._who(asked))
        return {}

    async def _kick(self, asked: Json) -> Json:
        """Remove the bot: chat."""
        await self._telegram.kick(self._where(asked))
        return {}

    async def _migrate(self, asked: Json) -> Json:
        """Turn a group into a supergroup: chat."""
        return (await self._telegram.migrate(self._where(asked))).json()

    async def _update(self, asked: Json) -> Json:
        """Queue the update given, as it is."""
        await self._telegram.push_raw(asked["update"])
        return {}

    async def _fault(self, asked: Json) -> Json:
        """Script trouble: the fields of Fault; hang is a name to release later."""
        chat = self._where(asked) if "chat" in asked else None
        hang = asked.get("hang")
        event = self._events.setdefault(hang, asyncio.Event()) if hang else None
        plain = {k: v for k, v in asked.items() if k not in {"method", "chat", "hang"}}
        method = str(asked["method"])
        self._telegram.fault(method, chat=chat, hang=event, **plain)
        return {}

    async def _release(self, asked: Json) -> Json:
        """Let hanging calls go on: name. Without one: lift every fault."""
        for fault in () if "name" in asked else self._telegram.faults:
            fault.lift()
        for name, event in self._events.items():
            if asked.get("name", name) == name:
                event.set()
        return {}

    async def _calls(self, asked: Json) -> Json:
        """Return calls from number `since` on, of one method or all."""
        since, method = int(asked.get("since", 0)), asked.get("method")
        numbered = enumerate(self._telegram.calls[since:], since)
        found = [(n, c) for n, c in numbered if method in (None, c.method)]
        return {"calls": [_call_json(number, call) for number, call in found]}

    async def _messages(self, asked: Json) -> Json:
        """Return what the bot has posted in a chat: chat."""
        found = self._telegram.messages(self._where(asked))
        return {"messages": [_kept_json(message) for message in found]}

    async def _rings(self, asked: Json) -> Json:
        """Return the messages that made a sound."""
        return {"messages": [_kept_json(message) for message in self._telegram.rings]}

    async def _refusals(self, asked: Json) -> Json:
        """Return what was refused, and whose fault it was."""
        found = [
            {
                "method": each.call.method,
                "code": each.code,
                "description": each.description,
                "reason": each.reason,
            }
            for each in self._telegram.refusals
        ]
        return {"refusals": found}

    async def _wait(self, asked: Json) -> Json:
        """Wait until there are more than `calls` calls, or `timeout` seconds."""
        known, patience = int(asked.get("calls", 0)), float(asked.get("timeout", 5))
        with contextlib.suppress(AssertionError):
            await self._telegram.until(
                lambda: len(self._telegram.calls) > known, patience
            )
        return {"calls": len(self._telegram.calls)}


def _press_json(press: Press) -> Json:
    return {"id": press.id, "answer": press.answer, "copied": press.copied}


def _call_json(number: int, call: Call) -> Json:
    files = {name: len(upload.body) for name, upload in call.files.items()}
    return {
        "number": number,
        "method": call.method,
        "params": call.params,
        "files": files,
        "status": call.status,
    }


def _kept_json(message: Message) -> Json:
    return message_json(message) | {
        "silent": message.silent,
        "edits": len(message.history),
    }
