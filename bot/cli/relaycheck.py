"""What a relay's checkup means for the operator: words, and the setting to change."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.cli.findings import Finding
from bot.clock import SystemClock
from bot.domain.look import Trouble
from bot.relay.checkup import GONE, Checkup, ImageRoute, check_host
from bot.relay.options import AuthStyle, RelayOptions
from bot.relay.trial import Tried, shown_address

CHECK_SECONDS: Final = 17.0  # the whole check answers within 20
CLOCK_LIMIT_SECONDS: Final = 60.0
_CLOCK_NOTICED_SECONDS: Final = 2.0
_SERVER_ERROR: Final = 500
_IMAGES: Final = {
    ImageRoute.PUBLIC: "is there",
    ImageRoute.LOCKED: "is there and asks for the key",
    ImageRoute.REDIRECTS: "is there and redirects",
    ImageRoute.MISSING: "is not there; pictures come from the addresses in its answers",
    ImageRoute.UNCLEAR: "gives no clear answer to an unknown id",
}
_REFUSALS: Final[Mapping[Trouble | None, tuple[str, str]]] = {
    Trouble.BAD_KEY: (
        "the relay refuses the key",
        "look at {key}; it was tried as bearer and as mj-api-secret",
    ),
    Trouble.QUOTA: (
        "the key's quota is used up",
        "top up the account behind {key}, or set another key",
    ),
    Trouble.BANNED: (
        "the account behind the key is banned",
        "set another key in {key}",
    ),
    Trouble.FORBIDDEN: (
        "the relay forbids this key to look at tasks",
        "ask the relay's operator what the key in {key} may do",
    ),
}
Setting = Callable[[str], str]  # KEY -> RELAY_KEY or RELAYS__<NAME>__KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is needed to put findings into words.

    Attributes:
        name: What each line begins with.
        setting: Gives the variable's full name.
        key_is_set: Whether there is a key.
        proxied: Whether a proxy is on the way.
    """

    name: str
    setting: Setting
    key_is_set: bool
    proxied: bool

    def good(self, what: str, message: str, *, note: bool = False) -> Finding:
        """Say that something is well."""
        return Finding(name=f"{self.name}: {what}", ok=True, message=message, note=note)

    def bad(self, what: str, message: str, hint: str) -> Finding:
        """Say that something is wrong, and what to do."""
        return Finding(
            name=f"{self.name}: {what}", ok=False, message=message, hint=hint
        )


async def check_relay(options: RelayOptions, *, setting: Setting) -> list[Finding]:
    """Try every host of a relay at the same time."""
    several = len(options.hosts) > 1
    singles = [replace(options, hosts=(host,)) for host in options.hosts]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_check_one(single, setting=setting, several=several))
            for single in singles
        ]
    return [finding for task in tasks for finding in task.result()]


async def _check_one(
    options: RelayOptions, *, setting: Setting, several: bool
) -> list[Finding]:
    place = shown_address(options.bases[0])
    desk = Desk(
        name=_named(options) + (f" at {place}" if several else ""),
        setting=setting,
        key_is_set=options.key is not None,
        proxied=options.proxy(options.bases[0]) is not None,
    )
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await check_host(options, clock=SystemClock())
    except TimeoutError:
        hint = f"look at {setting('URL')} and the network, then try again"
        return [desk.bad("reachable", f"{place} is too slow to be checked", hint)]
    return list(_findings(desk, found, options))


def _named(options: RelayOptions) -> str:
    """Give the only relay of a simple set-up no second name."""
    return "relay" if options.name == "relay" else f"relay {options.name}"


def _findings(desk: Desk, found: Checkup, options: RelayOptions) -> Iterator[Finding]:
    yield _reachable(desk, found)
    if found.asked.trouble in GONE | {Trouble.EDGE} or _is_down(found.asked):
        return
    if found.way is None or found.way.prefix != options.path_prefix or found.place:
        yield _misplaced(desk, found, options)
    if found.way is None or found.answer is None:
        return
    yield _key(desk, found, found.answer)
    if found.lists:
        yield _lists(desk, found.lists)
    if found.image:
        missing = found.image in {ImageRoute.MISSING, ImageRoute.UNCLEAR}
        yield desk.good("image proxy", _IMAGES[found.image], note=missing)
    if found.clock_seconds is not None:
        yield _clock(desk, found.clock_seconds)


def _is_down(tried: Tried) -> bool:
    return tried.trouble is Trouble.BROKEN and tried.http >= _SERVER_ERROR


def _reachable(desk: Desk, found: Checkup) -> Finding:
    asked, place = found.asked, shown_address(found.base)
    url, proxy = desk.setting("URL"), "RELAY_PROXY (or HTTPS_PROXY)"
    if asked.trouble in GONE:
        what = "does not answer in time" if asked.trouble is Trouble.TIMEOUT else ""
        why = f": {asked.why}" if asked.why else ""
        message = f"{place} {what or 'cannot be reached'}{why}"
        return desk.bad("reachable", message, _way_there(desk, found))
    if asked.trouble is Trouble.EDGE:
        message = f"a proxy before {place} (such as Cloudflare) refuses this machine"
        hint = f"ask the relay's operator to let it in, or go another way by {proxy}"
        return desk.bad("reachable", message, hint)
    if _is_down(asked):
        message = f"{place} answers HTTP {asked.http}: the relay itself is in trouble"
        hint = f"try again later, or set another host in {url}"
        return desk.bad("reachable", message, hint)
    return desk.good("reachable", f"{place} answers")


def _way_there(desk: Desk, found: Checkup) -> str:
    url = desk.setting("URL")
    if found.scheme:
        better = found.scheme + found.base[found.base.index("://") :]
        return f"set {url}={shown_address(better)}: by {found.scheme} it answers"
    if desk.proxied:
        return f"look at {url}, and at the proxy of RELAY_PROXY (or HTTPS_PROXY)"
    return f"look at {url} and at this machine's network; RELAY_PROXY names a proxy"


def _misplaced(desk: Desk, found: Checkup, options: RelayOptions) -> Finding:
    """Say that the settings lead to no relay, and which would."""
    asked, url, prefix = found.asked, desk.setting("URL"), desk.setting("PREFIX")
    here = options.path_prefix or "/"
    answer = "a web page" if asked.html else f"HTTP {asked.http}"
    message = f"there is no relay under {here}, but {answer}"
    if found.way is None:
        hint = f"look at {url} and {prefix}: none of the usual prefixes works either"
        return desk.bad("prefix", message, hint)
    changes = [f"{prefix}={found.way.prefix or '/'}"]
    if found.place:
        changes.insert(0, f"{url}={shown_address(found.place)}")
    if found.way.prefix == options.path_prefix:
        changes.pop()
    hint = f"set {' and '.join(changes)}: there a relay answers"
    return desk.bad("prefix", message, hint)


def _key(desk: Desk, found: Checkup, answer: Tried) -> Finding:
    key = desk.setting("KEY")
    if found.open_style is not None:
        return _other_style(desk, found.open_style)
    if answer.understood:
        style = found.way.style if found.way else AuthStyle.NONE
        shown = "no key is asked for" if style is AuthStyle.NONE else ""
        return desk.good("key", shown or f"accepted, as {style.value}")
    message, hint = _refusal(desk, answer)
    return desk.bad("key", message, hint.format(key=key))


def _other_style(desk: Desk, style: AuthStyle) -> Finding:
    key, auth = desk.setting("KEY"), desk.setting("AUTH")
    if style is AuthStyle.NONE:
        message = "the key is refused, but without a key the relay answers"
        return desk.bad("key", message, f"put a good key in {key}, or set {auth}=none")
    message = "the key is refused in the way it is shown"
    hint = f"set {auth}={style.value} (or {auth}=auto): so it is accepted"
    return desk.bad("key", message, hint)


def _refusal(desk: Desk, answer: Tried) -> tuple[str, str]:
    """Say why the relay does not let us in; `{key}` stands for the setting's name."""
    if answer.trouble is Trouble.BAD_KEY and not desk.key_is_set:
        return "the relay asks for a key", "set {key}"
    if answer.trouble is Trouble.BUSY:
        wait = answer.after_seconds
        later = f"in {wait:.0f} s" if wait else "in a minute"
        return "could not be tried: too many requests", f"try again {later}"
    hint = "try again; if it stays so, show `mjwatch probe` to its operator"
    odd = (f"could not be tried (HTTP {answer.http})", hint)
    return _REFUSALS.get(answer.trouble, odd)


def _lists(desk: Desk, tried: Tried) -> Finding:
    what = "list endpoint"
    if tried.understood:
        return desk.good(what, "is there")
    if tried.trouble in {Trouble.WRONG_PATH, Trouble.BROKEN}:
        return desk.good(what, "is not there; tasks are asked for singly", note=True)
    message, hint = _refusal(desk, tried)
    key = desk.setting("KEY")
    return desk.bad(what, message, hint.format(key=key))


def _clock(desk: Desk, seconds: float) -> Finding:
    away = abs(seconds)
    side = "ahead of" if seconds > 0 else "behind"
    if away <= _CLOCK_NOTICED_SECONDS:
        return desk.good("clock", "agrees with this machine's")
    message = f"the relay's is {away:.0f} s {side} this machine's"
    if away <= CLOCK_LIMIT_SECONDS:
        return desk.good("clock", message)
    hint = "set this machine's clock (NTP), or tell the relay's operator"
    return desk.bad("clock", message, hint)
