"""Texts of variables into values; pure.

Each function raises a plain ValueError that never quotes what it read: a secret may
have been put into the wrong variable.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.domain.access import ALLOWED
from bot.domain.subscription import Platform
from bot.settings.pieces import ChatAddress

_SEPARATORS: Final = re.compile(r"[\s,;\uff0c\uff1b\u3001]+")
_HOST: Final = re.compile(r"[^\s/\\<>\"'@%?#,;]+")

_PERSON: Final = re.compile(
    r"discord:(?:user:)?(?P<d>\d{1,20})|telegram:(?P<t>\d{1,20})"
)
_CHAT: Final = re.compile(
    r"discord:(?:channel:)?(?P<d>\d{1,20})|telegram:(?P<t>-?\d{1,20})"
)
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_POSTGRES: Final = re.compile(r"postgres(?:ql)?(?:\+asyncpg)?://(?=.)")
_SQLITE: Final = re.compile(r"sqlite(?:\+aiosqlite)?:///(?=[^?\s])(?!:memory:)")
_LEVELS: Final = {"warn": "warning", "fatal": "critical"}
_DISCORD: Final = Platform("discord")
_TELEGRAM: Final = Platform("telegram")
EVERYBODY: Final = "*"


def items(text: object) -> tuple[str, ...]:
    """Split a list at commas, semicolons and white space; empty items are dropped."""
    return tuple(dict.fromkeys(each for each in _SEPARATORS.split(str(text)) if each))


def address(text: object) -> str:
    """Read an http(s) address; a bare host means https. No slash at its end."""
    parts = _web_parts(str(text), bare="https")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("more than an address")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def addresses(text: object) -> tuple[str, ...]:
    """Read interchangeable addresses, each once, at least one."""
    found = tuple(dict.fromkeys(address(each) for each in items(text)))
    if not found:
        raise ValueError("no address")
    return found


def bot_api_address(text: object) -> str:
    """Read the address before `/bot<token>`; one that ends in `/bot` is understood."""
    return address(text).removesuffix("/bot")


def proxy(text: object) -> str:
    """Read a proxy's address, with or without `http://`, perhaps with a password."""
    parts = _web_parts(str(text), bare="http")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("more than a proxy's address")
    name, mark, place = parts.netloc.rpartition("@")
    credentials = quote(unquote(name), safe=":") if mark else ""
    return f"{parts.scheme}://{credentials}{mark}{place}"


def prefix(text: object) -> str:
    """Read the path before `/task/...`; "/" means none."""
    bare = str(text).strip("/")
    full = f"/{bare}" if bare else ""
    if not _PREFIX.fullmatch(full):
        raise ValueError("not a path")
    return full


def allowed(text: object) -> tuple[str, ...]:
    """Read who may use the bot; `*` swallows the rest."""
    found = tuple(dict.fromkeys(each.lower() for each in items(text)))
    if EVERYBODY in found:
        return (EVERYBODY,)
    if not found or not all(ALLOWED.fullmatch(each) for each in found):
        raise ValueError("not a list of who may use it")
    return found


def people(text: object) -> tuple[str, ...]:
    """Read people as `platform:id`, the key a Person carries."""
    return tuple(_person(each) for each in items(text))


def _person(text: str) -> str:
    match = _PERSON.fullmatch(text.lower())
    if not match:
        raise ValueError("not a person")
    return f"discord:{match['d']}" if match["d"] else f"telegram:{match['t']}"


def chat(text: object) -> ChatAddress:
    """Read one chat."""
    match = _CHAT.fullmatch(str(text).lower())
    if not match:
        raise ValueError("not a chat")
    if match["d"]:
        return ChatAddress(_DISCORD, match["d"])
    return ChatAddress(_TELEGRAM, match["t"])


def hosts(text: object) -> frozenset[str]:
    """Read host names and addresses, without scheme or port, lower-cased."""
    return frozenset(_host(each) for each in items(text))


def _host(text: str) -> str:
    bare = text.strip("[]").lower()
    if ":" in bare:
        return ipaddress.ip_address(bare).compressed
    if not _HOST.fullmatch(bare):
        raise ValueError("not a host")
    return bare


def listening(text: object) -> str:
    """Read where to listen; an IPv6 address may stand in the brackets of a URL."""
    return str(text).removeprefix("[").removesuffix("]")


def database_url(text: object) -> str:
    """Read a database's address; drivers and old spellings are folded into one."""
    if _SQLITE.match(str(text)):
        return _SQLITE.sub("sqlite:///", str(text), count=1)
    if _POSTGRES.match(str(text)):
        url = _POSTGRES.sub("postgresql://", str(text), count=1)
        _ = urlsplit(url).port  # no number: a password's own / or : cuts the address
        return url
    raise ValueError("neither of the two engines")


def level(text: object) -> str:
    """Read a log level in any case; `warn` is understood."""
    lowered = str(text).lower()
    return _LEVELS.get(lowered, lowered)


def language(text: object, known: tuple[str, ...]) -> str:
    """Read a language; `zh-CN` and `zh_Hans` are `zh` if that is what there is."""
    lowered = str(text).lower().replace("_", "-")
    for each in (lowered, lowered.partition("-")[0]):
        if each in known:
            return each
    raise ValueError("no such language")


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server that listens at `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _web_parts(text: str, *, bare: str) -> SplitResult:
    parts = urlsplit(text if "://" in text else f"{bare}://{text}")
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise ValueError("not an http(s) address")
    if parts.port == 0 or re.search(r"\s", text):
        raise ValueError("not an http(s) address")
    return parts
