"""The page's routes: the files that it is made of, pictures, and what it posts."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import web

from adapters.browser.chat import Chat
from adapters.browser.commands import Conversation, described
from adapters.browser.files import Folder, mime_of
from adapters.browser.guard import Answer, Guard
from adapters.browser.language import Chip, Tongue, chip_words, page_words
from adapters.browser.posts import Posts, posted
from adapters.browser.render import Json
from adapters.browser.stream import Stream
from bot.i18n import LANGUAGES, translator

Route = tuple[str, str, Answer]

_MIMES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_UNKNOWN: Final = "There is no such page.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the routes work with."""

    guard: Guard
    chat: Chat
    folder: Folder
    tongue: Tongue
    conversation: Conversation
    posts: Posts
    chips: tuple[Chip, ...] = ()


def routes_of(desk: Desk) -> tuple[Route, ...]:
    """List the door's routes for the web server."""
    guard, page, posts = desk.guard, _Page(desk), desk.posts
    stream = Stream(desk.chat, page.greet)
    return (
        ("GET", "/", guard.page(page.lead_here)),
        ("GET", "/chat", guard.page(page.show)),
        ("GET", "/chat/static/{name}", guard.reading(page.static)),
        ("GET", "/chat/files/{name}", guard.reading(page.picture)),
        ("GET", "/chat/socket", guard.socket(stream.serve)),
        ("POST", "/chat/say", guard.writing(posted(posts.say))),
        ("POST", "/chat/press", guard.writing(posted(posts.press))),
        ("POST", "/chat/suggest", guard.writing(posted(posts.suggest))),
        ("POST", "/chat/language", guard.writing(posted(posts.language))),
    )


class _Page:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._static = _read_static()

    async def lead_here(self, _request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/chat"})

    async def show(self, _request: web.Request) -> web.Response:
        return self._file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        return self._file(request.match_info["name"])

    async def picture(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = self._desk.folder.find(name)
        if path is None:
            return web.Response(status=404, text=_UNKNOWN)
        headers = {
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Type": mime_of(name),
        }
        return web.FileResponse(path, headers=headers)

    def greet(self, locale: str) -> Json:
        """Tell a page all that it needs beside the messages."""
        desk = self._desk
        language = desk.tongue.of(locale or None)
        names = desk.conversation.names
        words = translator(language)
        return {
            "is": "hello",
            "token": desk.guard.token,
            "language": language,
            "languages": LANGUAGES,
            "words": page_words(language),
            "commands": {name: described(name, words) for name in names},
            "chips": [
                {"line": chip.line, "label": chip_words(chip, language)}
                for chip in desk.chips
            ],
        }

    def _file(self, name: str) -> web.Response:
        content = self._static.get(name)
        if content is None:
            return web.Response(status=404, text=_UNKNOWN)
        mime = _MIMES[name.rpartition(".")[2]]
        return web.Response(body=content, content_type=mime, charset="utf-8")


def _read_static() -> dict[str, bytes]:
    folder = files(__package__) / "static"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
