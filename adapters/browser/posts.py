"""What the page posts: a typed line, a press, what is being typed, a language."""

import json
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from adapters.browser.buttons import Buttons
from adapters.browser.chat import Chat
from adapters.browser.commands import Conversation, Typed
from adapters.browser.guard import Answer
from adapters.browser.language import Tongue
from adapters.browser.limits import BODY_BYTES, HERE, KEY_CHARS, TEXT_CHARS, YOU
from adapters.browser.render import Json
from bot.commands.reply import Caller
from bot.errors import StoreError

Post = Mapping[str, object]

log = structlog.get_logger(__name__)


class BadPostError(Exception):
    """A post is not what our page sends."""


class Posts:
    """Answers what the page posts.

    Args:
        chat: Told when the language changes.
        tongue: The language.
        conversation: Answers typed lines.
        buttons: Answers presses.
    """

    def __init__(
        self,
        *,
        chat: Chat,
        tongue: Tongue,
        conversation: Conversation,
        buttons: Buttons,
    ) -> None:
        self._chat = chat
        self._tongue = tongue
        self._conversation = conversation
        self._buttons = buttons

    async def say(self, post: Post) -> Json:
        """Answer a typed line."""
        text, key = _text(post, "text", TEXT_CHARS).strip(), _key(post)
        if not text:
            raise BadPostError
        language = self._tongue.of(_locale(post))
        typed = Typed(text=text, key=key, language=language)
        return await self._conversation.say(self._caller(post), typed)

    async def press(self, post: Post) -> Json:
        """Answer a press."""
        message = post.get("message")
        if not isinstance(message, int):
            raise BadPostError
        shown = await self._buttons.press(
            self._caller(post),
            ref=_text(post, "ref", TEXT_CHARS),
            message=message,
            key=f"press-{_key(post)}",
        )
        if await self._tongue.refresh():
            self._chat.ring()
        return shown

    async def suggest(self, post: Post) -> Json:
        """Suggest how a line may go on."""
        found = await self._conversation.suggest(
            self._caller(post),
            _text(post, "text", TEXT_CHARS),
            language=self._tongue.of(_locale(post)),
        )
        return {"suggestions": list(found)}

    async def language(self, post: Post) -> Json:
        """Let the chat speak another language."""
        try:
            await self._tongue.choose(_text(post, "language", KEY_CHARS))
        except ValueError as error:
            raise BadPostError from error
        self._chat.ring()
        return {}

    def _caller(self, post: Post) -> Caller:
        language = self._tongue.of(_locale(post))
        return Caller(person=YOU, destination=HERE, locale=language, manages=True)


def posted(answer: Callable[[Post], Awaitable[Json]]) -> Answer:
    """Read a post and answer it in JSON; what is wrong with it is one plain line."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(await _read(request)))
        except BadPostError:
            return web.Response(status=400, text="This is not what the page sends.\n")
        except StoreError:
            log.exception("browser.not_kept")
            return web.Response(status=503, text="Memory does not answer.\n")

    return answered


async def _read(request: web.Request) -> Post:
    if (request.content_length or 0) > BODY_BYTES:
        raise BadPostError
    try:
        post = json.loads(await request.read())
    except ValueError as error:
        raise BadPostError from error
    if not isinstance(post, dict):
        raise BadPostError
    return post


def _text(post: Post, name: str, most: int) -> str:
    """Take a field; a lone surrogate, which no store keeps, becomes a question mark."""
    value = post.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise BadPostError
    return value.encode("utf-8", "replace").decode()


def _key(post: Post) -> str:
    key = _text(post, "key", KEY_CHARS)
    if not key.isascii() or not key.isalnum():
        raise BadPostError
    return key


def _locale(post: Post) -> str | None:
    return _text(post, "locale", KEY_CHARS) or None
