"""Text as the server reads it: UTF-16 lengths, HTML, entities found by itself."""

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from tests.fakes.telegram.model import Json, World
from tests.fakes.telegram.refusal import broken

MAX_ENTITIES = 100
SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
}
KINDS = {
    *SIMPLE_TAGS.values(),
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "blockquote",
    "expandable_blockquote",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
}
NEEDED = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
FOUND = {
    "url": re.compile(
        r"https?://[^\s<>\"]+|\b(?:[\w-]+\.)+(?:com|org|net|io|ai|me|cn|dev|app|co|ru)\b"
    ),
    "bot_command": re.compile(
        r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{5,32})?(?![\w/])"
    ),
    "mention": re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}\b"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}
DEEP_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")


def units(text: str) -> int:
    """Length in UTF-16 code units, the only length Telegram knows."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """Return the part of a text at UTF-16 positions."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "surrogatepass")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.entities: list[Json] = []
        self._open: list[tuple[str, Json]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        entity = self._entity(tag, given) | {"offset": units(self.text)}
        if tag == "code" and self._open and self._open[-1][0] == "pre":
            language = (given.get("class") or "").removeprefix("language-")
            self._open[-1][1].update({"language": language} if language else {})
            entity["type"] = ""
        self._open.append((tag, entity))

    def _entity(self, tag: str, given: dict[str, str | None]) -> Json:
        if tag == "a":
            return {"type": "text_link", "url": given.get("href") or ""}
        if tag == "blockquote":
            wide = "expandable_blockquote" if "expandable" in given else "blockquote"
            return {"type": wide}
        if tag == "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": given.get("emoji-id")}
        return self._rarer(tag, given)

    def _rarer(self, tag: str, given: dict[str, str | None]) -> Json:
        if tag == "tg-time":
            found = {"type": "date_time", "unix_time": int(given.get("unix") or 0)}
            style = given.get("format")
            return found | ({"date_time_format": style} if style else {})
        if tag == "span" and given.get("class") == "tg-spoiler":
            return {"type": "spoiler"}
        if tag not in SIMPLE_TAGS:
            words = f'Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}'
            raise broken(f"can't parse entities: {words}")
        return {"type": SIMPLE_TAGS[tag]}

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise broken(f'can\'t parse entities: Unexpected end tag "{tag}"')
        _, entity = self._open.pop()
        entity["length"] = units(self.text) - int(entity["offset"])
        if entity["type"] and entity["length"]:
            self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise broken("can't parse entities: Unsupported start tag")
        self.text += data

    def handle_entityref(self, name: str) -> None:
        known = name in {"lt", "gt", "amp", "quot"}
        self.text += html.unescape(f"&{name};") if known else f"&{name};"

    def handle_charref(self, name: str) -> None:
        self.text += html.unescape(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        raise broken("can't parse entities: a comment is no tag")

    def handle_decl(self, decl: str) -> None:
        raise broken("can't parse entities: a declaration is no tag")

    def finish(self) -> tuple[str, list[Json]]:
        self.close()
        if self._open:
            raise broken(
                f"can't parse entities: Can't find end tag {self._open[-1][0]}"
            )
        return self.text, sorted(self.entities, key=_position)


def _position(entity: Json) -> tuple[int, int]:
    return int(entity["offset"]), -int(entity["length"])


def from_html(source: str) -> tuple[str, list[Json]]:
    """Read Telegram's HTML.

    Raises:
        Refused: An unknown tag, or tags that do not close.
    """
    reader = _Reader()
    reader.feed(source)
    return reader.finish()


def read(
    world: World, words: str, parse_mode: object, given: list[Json] | None
) -> tuple[str, list[Json]]:
    """Return text and entities as stored: parsed, checked, trimmed, completed.

    Raises:
        Refused: Wrong entities, or a parse mode this fake does not speak.
    """
    if parse_mode and given:
        raise broken("entities and parse_mode exclude each other")
    if parse_mode and str(parse_mode).upper() != "HTML":
        raise broken(f"unsupported parse_mode {parse_mode}: the fake reads HTML only")
    text, entities = from_html(words) if parse_mode else (words, list(given or []))
    _check(text, entities)
    text, entities = _trim(text, entities)
    entities = [each for one in entities for each in _people(world, one)]
    return text, sorted([*entities, *_detect(text, entities)], key=_position)


def _check(text: str, entities: list[Json]) -> None:
    if len(entities) > MAX_ENTITIES:
        raise broken(f"{len(entities)} entities: more than {MAX_ENTITIES} are dropped")
    for entity in entities:
        _check_one(text, entity)


def _check_one(text: str, entity: Json) -> None:
    offset, length, kind = entity["offset"], entity["length"], entity["type"]
    if kind not in KINDS or (kind in NEEDED and not entity.get(NEEDED[kind])):
        raise broken(f"can't parse entities: unsupported or incomplete {kind}")
    if offset < 0 or length < 1 or offset + length > units(text):
        raise broken(f"entity beyond the text: {kind} {offset}+{length}")
    part = cut(text, offset, length)
    if any("\ud800" <= edge <= "\udfff" for edge in (part[0], part[-1])):
        raise broken(f"can't parse entities: {kind} splits a surrogate pair")
    if kind == "text_link":
        deep_link(str(entity["url"]))


def deep_link(url: str) -> None:
    """Refuse a t.me/bot?start=X whose X a client would drop.

    Raises:
        Refused: The payload is longer than 64 or has other characters.
    """
    parts = urlsplit(url)
    if parts.hostname not in {"t.me", "telegram.me"}:
        return
    asked = parse_qs(parts.query, keep_blank_values=True)
    for key in ("start", "startgroup", "startapp"):
        for payload in asked.get(key, []):
            if payload not in {"", "true"} and not DEEP_LINK.fullmatch(payload):
                raise broken(
                    f"deep link payload {payload!r} is not 1-64 of A-Za-z0-9_-"
                )


def _trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram strips both ends; entities move along and shrink."""
    left = units(text) - units(text.lstrip())
    text = text.strip()
    moved = [_shift(entity, left, units(text)) for entity in entities]
    return text, [entity for entity in moved if entity["length"] > 0]


def _shift(entity: Json, left: int, end: int) -> Json:
    start = max(0, entity["offset"] - left)
    stop = min(end, entity["offset"] + entity["length"] - left)
    return entity | {"offset": start, "length": stop - start}


def _people(world: World, entity: Json) -> Iterable[Json]:
    """A tg://user link is a mention if the server knows the person, else nothing."""
    url = str(entity.get("url", ""))
    if entity["type"] == "text_mention":
        user = world.users.get(int(entity["user"]["id"]))
    elif url.startswith("tg://user?id="):
        user = world.users.get(int(url.removeprefix("tg://user?id=")))
    else:
        return [entity]
    place = {"offset": entity["offset"], "length": entity["length"]}
    return [{"type": "text_mention", "user": user.json(), **place}] if user else []


def _detect(text: str, entities: list[Json]) -> list[Json]:
    """Return what clients make clickable without being asked."""
    taken = [_span(each) for each in entities if each["type"] in OPAQUE]
    found: list[Json] = []
    for kind, pattern in FOUND.items():
        for match in pattern.finditer(text):
            start, length = units(text[: match.start()]), units(match.group())
            if all(start >= stop or start + length <= begin for begin, stop in taken):
                found.append({"type": kind, "offset": start, "length": length})
                taken.append((start, start + length))
    return found


def _span(entity: Json) -> tuple[int, int]:
    return int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
