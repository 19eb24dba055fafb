"""Answers to presses and inline queries, and what the bot asks about chats."""

import asyncio
from dataclasses import dataclass, field

from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram import rules
from tests.fakes.telegram.model import Json, Message, User, World
from tests.fakes.telegram.refusal import broken, missing
from tests.fakes.telegram.render import full_chat_json
from tests.fakes.telegram.sending import Method
from tests.fakes.telegram.wire import Call

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
DOWNLOAD = 20 * 1024 * 1024


@dataclass(eq=False)
class Press:
    """One press on a button. `copied` or `opened` when no callback was asked."""

    id: str
    user: User
    message: Message
    button: Json
    world: World = field(repr=False)
    expired: bool = False
    answer: Json | None = None

    @property
    def copied(self) -> str | None:
        """What the press put on the clipboard, without telling the bot."""
        found: Json = self.button.get("copy_text") or {}
        return found.get("text")

    @property
    def opened(self) -> str | None:
        """The address the press opened, without telling the bot."""
        return self.button.get("url")

    async def wait_answer(self, timeout: float = PATIENCE_SECONDS) -> Json:  # noqa: ASYNC109 -- a test's patience
        """Return the callback answer's parameters ({} when it said nothing)."""
        assert "callback_data" in self.button, "this button asks nobody"
        return await _answered(self, timeout)


@dataclass(eq=False)
class Asked:
    """One inline query and, once given, its answer's parameters."""

    id: str
    user: User
    query: str
    world: World = field(repr=False)
    expired: bool = False
    answer: Json | None = None

    async def wait_answer(self, timeout: float = PATIENCE_SECONDS) -> Json:  # noqa: ASYNC109 -- a test's patience
        """Return the answer's parameters: results, button, cache_time ..."""
        return await _answered(self, timeout)


async def _answered(asked: Press | Asked, seconds: float) -> Json:
    async with asyncio.timeout(seconds), asked.world.changed:
        await asked.world.changed.wait_for(lambda: asked.answer is not None)
    return asked.answer or {}


class Asking:
    """Queries of people and their answers, chats, commands, words about the bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.presses: dict[str, Press] = {}
        self.asked: dict[str, Asked] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}

    def methods(self) -> dict[str, Method]:
        """Return the methods by their official names."""
        return {
            "getMe": lambda _: self.get_me(),
            "answerCallbackQuery": self.answer_press,
            "answerInlineQuery": self.answer_inline,
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
            "setMyDescription": lambda call: self.describe(call, "description", 512),
            "setMyShortDescription": lambda call: self.describe(
                call, "short_description", 120
            ),
            "getChat": lambda call: full_chat_json(self._world.reachable(call.chat_id)),
            "getChatMember": self.get_member,
            "getChatAdministrators": self.get_administrators,
            "getFile": self.get_file,
        }

    def get_me(self) -> Json:
        """Return the bot."""
        return self._world.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def answer_press(self, call: Call) -> bool:
        """Answer a press, once, in time."""
        rules.callback_answer(call.params)
        press = self.presses.get(str(call.params["callback_query_id"]))
        return self._answer(press, call)

    def answer_inline(self, call: Call) -> bool:
        """Answer an inline query, once, in time."""
        rules.inline_results(self._world, call.params)
        return self._answer(self.asked.get(str(call.params["inline_query_id"])), call)

    def _answer(self, asked: Press | Asked | None, call: Call) -> bool:
        if asked is None or asked.expired or asked.answer is not None:
            raise missing(TOO_OLD)
        query = {"callback_query_id", "inline_query_id"}
        asked.answer = {k: v for k, v in call.params.items() if k not in query}
        return True

    def set_commands(self, call: Call) -> bool:
        """Store the commands of a scope and language."""
        self.commands[self._scope(call)] = rules.commands(call.params)
        return True

    def get_commands(self, call: Call) -> list[Json]:
        """Return the commands of exactly that scope and language."""
        return self.commands.get(self._scope(call), [])

    def delete_commands(self, call: Call) -> bool:
        """Forget the commands of a scope and language."""
        self.commands.pop(self._scope(call), None)
        return True

    def _scope(self, call: Call) -> tuple[str, str]:
        scope: Json = call.params.get("scope") or {"type": "default"}
        if "chat_id" in scope:
            self._world.reachable(scope["chat_id"])
        words = [
            str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope
        ]
        return ":".join(words), rules.language(call.params)

    def describe(self, call: Call, name: str, limit: int) -> bool:
        """Store the bot's (short) description in a language."""
        words = rules.description(call.params, name, limit)
        self.descriptions[name, rules.language(call.params)] = words
        return True

    def get_member(self, call: Call) -> Json:
        """Return somebody's standing in a chat."""
        chat = self._world.reachable(call.chat_id)
        user = self._world.users.get(int(call.params["user_id"]))
        if user is None:
            raise missing("invalid user_id specified")
        return self._world.member_json(chat, user)

    def get_administrators(self, call: Call) -> list[Json]:
        """Return those who manage a chat, without other bots."""
        chat, world = self._world.reachable(call.chat_id), self._world
        if chat.kind == "private":
            raise broken("there are no administrators in the private chat")
        managing = (
            world.users[who] for who in chat.members if world.is_admin(chat, who)
        )
        return [world.member_json(chat, user) for user in managing]

    def get_file(self, call: Call) -> Json:
        """Return where a file's bytes are, up to 20 MB."""
        found = self._world.files.get(str(call.params.get("file_id")))
        if found is None:
            raise broken("wrong file_id or the file is temporarily unavailable")
        if len(found.body) > DOWNLOAD:
            raise broken("file is too big")
        return {
            "file_id": found.file_id,
            "file_unique_id": found.unique_id,
            "file_size": len(found.body),
            "file_path": found.path,
        }
