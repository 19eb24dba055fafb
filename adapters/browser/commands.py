"""What is typed into the chat: commands, ids in free text, and suggestions for both."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.browser.answers import Answers
from adapters.browser.chat import Chat
from adapters.browser.limits import SUGGESTIONS
from adapters.browser.render import Json
from bot.commands.commands import Commands
from bot.commands.reply import Caller, Reply
from bot.domain.scrub import holds_key, without_secrets
from bot.errors import MjwatchError
from bot.i18n import Words, translator
from bot.present.card import Block, Card, Ink, Span, Tone

log = structlog.get_logger(__name__)

Imagine = Callable[[str], Awaitable[str]]

IMAGINE: Final = "imagine"
_NAMES: Final = (
    "status",
    "watch",
    "unwatch",
    "list",
    "recent",
    "seed",
    "feed",
    "settings",
    "help",
)
_KEY: Final = "key"  # not taken here, where a line stays
_TAKES_IDS: Final = frozenset({"status", "watch", "unwatch", "seed"})
_LINE: Final = re.compile(r"\s*[/\uFF0F]([A-Za-z]{1,20})(?:\s+(.*))?", re.DOTALL)
_TYPING: Final = re.compile(r"[/\uFF0F]([A-Za-z]*)")
_LAST_WORD: Final = re.compile(r"[^\s,;，；、]*\Z")  # noqa: RUF001 - people type these


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One typed message; its key comes from the page, so a repeat is the same."""

    text: str
    key: str
    language: str


class Conversation:
    """Answers what is typed.

    Args:
        commands: What may be asked.
        chat: Where the typed line stands.
        answers: Shows what comes of it.
        imagine: Starts a task on a simulated relay and gives its id; None outside
            the demo.
    """

    def __init__(
        self,
        commands: Commands,
        chat: Chat,
        answers: Answers,
        imagine: Imagine | None = None,
    ) -> None:
        self._commands = commands
        self._chat = chat
        self._answers = answers
        self._imagine = imagine

    @property
    def names(self) -> tuple[str, ...]:
        """The commands that there are."""
        return (IMAGINE, *_NAMES) if self._imagine else _NAMES

    async def say(self, caller: Caller, typed: Typed) -> Json:
        """Put a line into the chat and answer it.

        Raises:
            StoreError: Line or answer could not be kept.
        """
        await self._chat.post(
            f"you-{typed.key}",
            {"who": "you", "text": _kept(typed.text), "nonce": typed.key},
        )
        reply = await self._reply(caller, typed)
        return await self._answers.show(caller, reply, key=f"re-{typed.key}")

    async def suggest(
        self, caller: Caller, text: str, *, language: str
    ) -> Sequence[Json]:
        """Suggest commands, then ids, for what stands before the cursor."""
        words = translator(language)
        if name := _TYPING.fullmatch(text):
            return self._commands_like(name[1].lower(), words)
        line = _LINE.fullmatch(text)
        if line is None or line[1].lower() not in _TAKES_IDS:
            return []
        begun = _LAST_WORD.search(text)
        prefix = begun[0] if begun else ""
        found = await self._commands.suggest(caller, prefix)
        head = text.removesuffix(prefix)
        return [
            {"value": f"{head}{each.value}", "label": each.label}
            for each in found[:SUGGESTIONS]
        ]

    def _commands_like(self, begun: str, words: Words) -> list[Json]:
        return [
            {"value": f"/{name} ", "label": described(name, words)}
            for name in self.names
            if name.startswith(begun)
        ]

    async def _reply(self, caller: Caller, typed: Typed) -> Reply:
        line = _LINE.fullmatch(typed.text)
        if line is None:
            found = await self._commands.free_text(caller, typed.text)
            return found or _say(typed.language, "page.hint", "/help")
        name, rest = line[1].lower(), (line[2] or "").strip()
        if name == IMAGINE and self._imagine:
            return await self._begin(caller, typed, rest, self._imagine)
        known = await self._known(caller, name, rest)
        return known or _say(typed.language, "page.unknown_command", "/help")

    async def _known(self, caller: Caller, name: str, rest: str) -> Reply | None:
        with_text = {
            "status": self._commands.status,
            "watch": self._commands.watch,
            "unwatch": self._commands.unwatch,
            "seed": self._commands.seed,
            "feed": self._commands.feed,
        }
        alone: dict[str, Callable[[Caller], Awaitable[Reply]]] = {
            "list": self._commands.list,
            "recent": self._commands.recent,
            "settings": self._commands.settings,
            "help": self._commands.help,
            "start": self._commands.help,
        }
        if name in with_text:
            return await with_text[name](caller, rest)
        return await alone[name](caller) if name in alone else None

    async def _begin(
        self, caller: Caller, typed: Typed, prompt: str, imagine: Imagine
    ) -> Reply:
        """Start a task once, however often the page repeats the line; then watch it."""
        if not prompt:
            return _say(typed.language, "page.no_prompt", f"/{IMAGINE}")
        line = self._chat.find(f"you-{typed.key}")
        task = str(line.body.get("task") or "") if line else ""
        if not task:
            try:
                task = await imagine(prompt)
            except MjwatchError:
                log.exception("browser.imagine_failed")
                return _say(typed.language, "page.imagine_failed")
            if line:
                await self._chat.change(line.id, {"task": task})
        return await self._commands.watch(caller, task)


def described(name: str, words: Words) -> str:
    """Say what a command does, in one line."""
    key = f"page.{name}" if f"page.{name}" in words else f"help.{name}"
    return words(key, command=f"/{name}")


def _kept(text: str) -> str:
    """What of a typed line stands in the chat: no key, whatever its shape."""
    line = _LINE.fullmatch(text)
    if line is not None and line[1].lower() == _KEY:
        return f"/{_KEY}"
    return without_secrets(text) if holds_key(text) else text


def _say(language: str, key: str, command: str = "") -> Reply:
    """Answer in a sentence of the page's own; the command in it can be copied."""
    pieces = translator(language).pieces(key)
    spans = (
        Span(each) if isinstance(each, str) else Span(command, Ink.CODE)
        for each in pieces
    )
    blocks = (Block(tuple(spans)),)
    return Reply(card=Card(tone=Tone.QUIET, blocks=blocks, language=language))
