"""Limits that the official description does not hold as data."""

import re
from urllib.parse import urlsplit

from tests.fakes.telegram.model import Json, World
from tests.fakes.telegram.refusal import Refused, broken
from tests.fakes.telegram.text import deep_link, read, units

TEXT = 4096
CAPTION = 1024
CALLBACK_BYTES = 64
COPY = 256
BUTTONS = 100
ROW = 8
ANSWER = 200
STYLES = {"primary", "success", "danger"}
PLAIN_FIELDS = {"text", "style", "icon_custom_emoji_id"}
RESULTS = 50
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LANGUAGE = re.compile(r"[a-z]{2}")
HTTPS_PORTS = {443, 80, 88, 8443}


def text_of(world: World, params: Json) -> tuple[str, list[Json]]:
    """Return a message's text and entities, 1-4096 UTF-16 units once parsed."""
    source, given = params.get("text") or "", params.get("entities")
    text, entities = read(world, source, params.get("parse_mode"), given)
    if not text:
        raise broken("message text is empty")
    if units(text) > TEXT:
        raise broken("message is too long")
    return text, entities


def caption_of(world: World, params: Json) -> tuple[str | None, list[Json]]:
    """Return a caption and its entities, at most 1024 UTF-16 units once parsed."""
    source, given = params.get("caption") or "", params.get("caption_entities")
    text, entities = read(world, source, params.get("parse_mode"), given)
    if units(text) > CAPTION:
        raise broken("message caption is too long")
    return text or None, entities


def keyboard(params: Json) -> Json | None:
    """Return the inline keyboard as stored; an empty one is none.

    Raises:
        Refused: Too many buttons, too long a row, or a button that is not one.
    """
    markup: Json | None = params.get("reply_markup")
    if markup is None or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    if any(len(row) > ROW for row in rows):
        raise broken(f"a row of more than {ROW} buttons")
    if sum(map(len, rows)) > BUTTONS:
        raise broken("reply markup is too long")
    for row in rows:
        for button in row:
            _button(button)
    return {"inline_keyboard": rows} if rows else None


def _button(button: Json) -> None:
    actions = button.keys() - PLAIN_FIELDS
    if not button.get("text"):
        raise broken("inline keyboard button text must not be empty")
    if len(actions) != 1:
        raise broken(f"a button needs one action, this has {sorted(actions)}")
    if "style" in button and button["style"] not in STYLES:
        raise broken(f"unknown button style {button['style']!r}")
    _callback(button)
    _copy(button)
    _url(button)


def _callback(button: Json) -> None:
    size = len(str(button.get("callback_data", "x")).encode())
    if not 1 <= size <= CALLBACK_BYTES:
        raise broken("BUTTON_DATA_INVALID")


def _copy(button: Json) -> None:
    if "copy_text" in button and not 1 <= units(button["copy_text"]["text"]) <= COPY:
        raise broken("BUTTON_COPY_TEXT_INVALID")


def _url(button: Json) -> None:
    if "url" not in button:
        return
    parts = urlsplit(button["url"])
    usual = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    if not (usual or parts.scheme == "tg"):
        raise broken(f"inline keyboard button URL '{button['url']}' is invalid")
    deep_link(button["url"])


def callback_answer(params: Json) -> None:
    """Refuse a toast of more than 200 characters."""
    if units(params.get("text") or "") > ANSWER:
        raise broken("MESSAGE_TOO_LONG")


def commands(params: Json) -> list[Json]:
    """Return the commands: at most 100, names 1-32, descriptions 1-256."""
    found: list[Json] = params["commands"]
    if len(found) > 100:
        raise broken("BOT_COMMANDS_TOO_MUCH")
    for each in found:
        if not COMMAND.fullmatch(each["command"]):
            raise broken("BOT_COMMAND_INVALID")
        if not 1 <= units(each["description"]) <= 256:
            raise broken("BOT_COMMAND_DESCRIPTION_INVALID")
    if len({each["command"] for each in found}) != len(found):
        raise broken("BOT_COMMAND_INVALID: named twice")
    return found


def language(params: Json) -> str:
    """Return the two-letter language of a call, "" for all."""
    found = str(params.get("language_code") or "")
    if found and not LANGUAGE.fullmatch(found):
        raise broken("invalid language code specified")
    return found


def description(params: Json, name: str, limit: int) -> str:
    """Return the bot's description if it is short enough."""
    found = str(params.get(name) or "")
    if units(found) > limit:
        raise broken("BOT_DESCRIPTION_INVALID: too long")
    return found


def webhook(params: Json) -> str:
    """Return the address; plain HTTP passes on loopback only, as it must in tests."""
    url = str(params.get("url") or "")
    secret = params.get("secret_token")
    if secret is not None and not SECRET.fullmatch(secret):
        raise broken("secret token contains unallowed characters")
    if not 1 <= params.get("max_connections", 40) <= 100:
        raise broken("bad max_connections")
    parts = urlsplit(url)
    if url and parts.hostname not in {"127.0.0.1", "localhost"}:
        _https(parts.scheme, parts.port)
    return url


def _https(scheme: str, port: int | None) -> None:
    if scheme != "https":
        raise broken("bad webhook: an HTTPS URL must be provided for webhook")
    if port is not None and port not in HTTPS_PORTS:
        words = "Webhook can be set up only on ports 80, 88, 443 or 8443"
        raise broken(f"bad webhook: {words}")


def inline_results(world: World, params: Json) -> list[Json]:
    """Return an inline answer's results.

    Raises:
        Refused: More than 50, ids not unique or not 1-64 bytes, bad content.
    """
    found: list[Json] = params["results"]
    if len(found) > RESULTS:
        raise broken("RESULTS_TOO_MUCH")
    ids = [str(each["id"]) for each in found]
    if len(set(ids)) != len(ids):
        raise broken("RESULT_ID_DUPLICATE")
    for each in found:
        _result(world, each)
    _inline_extras(params)
    return found


def _result(world: World, result: Json) -> None:
    if not 1 <= len(str(result["id"]).encode()) <= 64:
        raise broken("RESULT_ID_INVALID")
    keyboard(result)
    content = result.get("input_message_content")
    if result["type"] == "article" and not content:
        raise broken("inline query result article without input_message_content")
    if content and "message_text" in content:
        text_of(world, content | {"text": content["message_text"]})
    caption_of(world, result)
    for name in ("photo_file_id", "document_file_id", "video_file_id"):
        if name in result and result[name] not in world.files:
            raise _wrong_file()
    if "photo_url" in result and not result.get("thumbnail_url"):
        raise broken("THUMB_URL_EMPTY")


def _wrong_file() -> Refused:
    return broken("wrong remote file identifier specified: can't unserialize it")


def _inline_extras(params: Json) -> None:
    button = params.get("button") or {}
    if "start_parameter" in button:
        deep_link(f"https://t.me/bot?start={button['start_parameter']}")
    if len(str(params.get("next_offset") or "").encode()) > 64:
        raise broken("NEXT_OFFSET_INVALID")
