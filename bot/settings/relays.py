"""The relays out of their families of variables."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar, get_args

from bot.domain.task import RelayName
from bot.settings import parse
from bot.settings.pieces import RelayAuth, RelaySettings
from bot.settings.variables import RELAY_MEMBERS, RELAY_VARIABLE

SIMPLE_NAME: Final = "relay"  # of the one that RELAY_URL names
_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
_EXPECTED: Final = {
    "URL": "an address or a bare host, or several separated by commas",
    "AUTH": "one of " + ", ".join(get_args(RelayAuth)),
    "PREFIX": "a path, such as /mj, or / for none",
}
_NAME_EXPECTED: Final = "called by 1 to 32 letters, digits, _ and - between the __"

_T = TypeVar("_T")
_DEFAULT_EXPECTED: Final = "DEFAULT_RELAY should be the name of one of your relays"
Members = dict[str, tuple[str, str]]  # member -> (variable, text)


def read_relays(
    values: Mapping[str, str], *, problems: dict[str, str]
) -> tuple[RelaySettings, ...]:
    """Read every relay, the default first; else RELAY_URL's, else as defined.

    Args:
        values: All variables.
        problems: Sentences are added, by variable.
    """
    relays: list[RelaySettings] = []
    families = _families(values, problems)
    for name, members in families.items():
        relay = _relay(name, members, problems=problems)
        relays += [relay] if relay else []
    default = values.get("DEFAULT_RELAY", "").lower()
    if default and default not in families:
        known = ", ".join(families) or "there is none yet"
        problems["DEFAULT_RELAY"] = f"{_DEFAULT_EXPECTED} ({known})"
    return tuple(sorted(relays, key=lambda relay: relay.name != default))


def _families(
    values: Mapping[str, str], problems: dict[str, str]
) -> dict[str, Members]:
    simple = {m: (f"RELAY_{m}", values.get(f"RELAY_{m}", "")) for m in RELAY_MEMBERS}
    families: dict[str, Members] = {}
    # RELAY_AUTH or RELAY_PREFIX alone is a left-over; a key without a relay is not.
    if simple["URL"][1] or simple["KEY"][1]:
        families[SIMPLE_NAME] = {m: each for m, each in simple.items() if each[1]}
    for variable, text in values.items():
        if match := RELAY_VARIABLE.fullmatch(variable):
            members = families.setdefault(match["name"].lower(), {})
            _add(members, match["member"], (variable, text), problems)
    return families


def _add(
    members: Members, member: str, found: tuple[str, str], problems: dict[str, str]
) -> None:
    if member in members:
        first, second = members[member][0], found[0]
        problems[second] = f"{second} should not be set beside {first}: it is the same"
    members[member] = found


def _relay(
    name: str, members: Members, *, problems: dict[str, str]
) -> RelaySettings | None:
    variable = next(iter(members.values()))[0]
    if not _NAME.fullmatch(name):
        problems[variable] = f"{variable} should be {_NAME_EXPECTED}"
        return None
    if "URL" not in members:
        missing = variable.rpartition("_")[0] + "_URL"
        problems[missing] = f"{missing} should be {_EXPECTED['URL']}; it is missing"
        return None
    return _read(name, members, problems=problems)


def _read(
    name: str, members: Members, *, problems: dict[str, str]
) -> RelaySettings | None:
    hosts = _value(members, "URL", parse.addresses, problems) or ()
    auth = _value(members, "AUTH", _auth, problems) or "auto"
    prefix = _value(members, "PREFIX", parse.prefix, problems)
    if not hosts:
        return None
    path = "/mj" if prefix is None else prefix
    return RelaySettings(
        name=RelayName(name),
        hosts=tuple(dict.fromkeys(each.removesuffix(path) for each in hosts)),
        key=members.get("KEY", ("", None))[1],
        auth=auth,
        prefix=path,
    )


def _value(
    members: Members, member: str, read: Callable[[str], _T], problems: dict[str, str]
) -> _T | None:
    if member not in members:
        return None
    variable, text = members[member]
    try:
        return read(text)
    except ValueError:
        problems[variable] = f"{variable} should be {_EXPECTED[member]}"
        return None


def _auth(text: str) -> RelayAuth:
    word = text.lower().replace("_", "-")
    styles: tuple[RelayAuth, ...] = get_args(RelayAuth)
    return styles[styles.index(word)]  # ValueError if it is none
