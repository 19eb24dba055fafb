"""Checks a call against the official description of the Bot API, if it is at hand.

The description is not part of this project: MJWATCH_SPECS names the folder with
telegram-bot-api.json. Without it only the rules written by hand apply.
"""

import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from tests.fakes.telegram.model import Json

LITERAL = re.compile(r"(?:must be|always) [\"“]?([a-z0-9_]+)[\"”]?\.?$")
ATTACHED = "attach://"
FALSE_TRUE = {"false", "true"}


@functools.cache
def load() -> "Spec | None":
    """Return the official description, None if nobody said where it is."""
    folder = os.environ.get("MJWATCH_SPECS")  # noqa: TID251 -- tests, not the program
    file = Path(folder or "-") / "telegram-bot-api.json"
    return Spec(json.loads(file.read_text("utf-8"))) if file.is_file() else None


class Spec:
    """The Bot API as data."""

    def __init__(self, document: Json) -> None:
        self._types: dict[str, Json] = document["types"]
        self._methods = {
            name.lower(): method for name, method in document["methods"].items()
        }

    def problems(
        self, method: str, given: Mapping[str, object], parts: AbstractSet[str]
    ) -> list[str]:
        """Say what is wrong with a call; an empty list is praise.

        Args:
            method: As in the path, any case.
            given: Parameters as sent; strings where a form was sent.
            parts: Names of the file parts of a multipart body.
        """
        described = self._methods.get(method.lower())
        if described is None:
            return [f"method {method} does not exist"]
        fields = {field["name"]: field for field in described.get("fields", [])}
        return [
            *(f"unknown parameter {name}" for name in given if name not in fields),
            *_absent(fields, given.keys() | parts, method),
            *self._values(fields, given),
            *_parts(fields, given, parts),
        ]

    def _values(
        self, fields: dict[str, Json], given: Mapping[str, object]
    ) -> list[str]:
        found: list[str] = []
        for name in given.keys() & fields.keys():
            types = fields[name]["types"]
            found += self._union(types, _from_form(given[name], types), name)
        return found

    def _union(self, types: list[str], value: object, where: str) -> list[str]:
        """Return the complaints of the type that fits best."""
        tried = [self._one(kind, value, where) for kind in types]
        return min(tried, key=len) if tried else []

    def _one(self, kind: str, value: object, where: str) -> list[str]:
        if kind.startswith("Array of "):
            return self._array(kind.removeprefix("Array of "), value, where)
        if kind in PLAIN:
            fits = PLAIN[kind](value)
            return [] if fits else [f"{where}: {value!r} is no {kind}"]
        described = self._types[kind]
        if "subtypes" in described:
            return self._union(self._narrow(described["subtypes"], value), value, where)
        return self._object(kind, value, where)

    def _array(self, kind: str, value: object, where: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no array of {kind}"]
        items = enumerate(value)
        return [p for i, item in items for p in self._one(kind, item, f"{where}[{i}]")]

    def _narrow(self, kinds: list[str], value: object) -> list[str]:
        """Keep the subtypes whose literal (type, status ...) is the one given."""
        if not isinstance(value, dict):
            return kinds
        fitting = [kind for kind in kinds if not self._literals(kind, value)]
        return fitting or kinds

    def _object(self, kind: str, value: object, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no {kind}"]
        fields = {field["name"]: field for field in self._types[kind].get("fields", [])}
        found = [f"{where}: unknown {kind}.{name}" for name in value.keys() - fields]
        found += _absent(fields, value.keys(), where)
        found += [f"{where}: {words}" for words in self._literals(kind, value)]
        for name in value.keys() & fields.keys():
            inner = f"{where}.{name}"
            found += self._union(fields[name]["types"], value[name], inner)
        return found + _actions(kind, value, where)

    def _literals(self, kind: str, value: Json) -> list[str]:
        found: list[str] = []
        for field in self._types[kind].get("fields", []):
            match = LITERAL.search(field["description"])
            exact = match and field["types"] == ["String"] and field["required"]
            if match and exact and value.get(field["name"]) != match[1]:
                found.append(f"{field['name']} of {kind} must be {match[1]}")
        return found


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


PLAIN: dict[str, Callable[[object], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": _whole,
    "Float": lambda value: _whole(value) or isinstance(value, float),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
    "InputFile": lambda value: isinstance(value, str) and value.startswith(ATTACHED),
}


def _absent(
    fields: dict[str, Json], present: AbstractSet[str], where: str
) -> list[str]:
    wanted = (name for name, field in fields.items() if field["required"])
    return [f"{where}: {name} is required" for name in wanted if name not in present]


def _from_form(value: object, types: list[str]) -> object:
    """Turn a form's string into what its parameter wants, if it can be that."""
    if not isinstance(value, str):
        return value
    if "Boolean" in types and value in FALSE_TRUE:
        return value == "true"
    numeric = {"Integer", "Float"} & set(types)
    if (numeric and re.fullmatch(r"-?\d+(\.\d+)?", value)) or "String" not in types:
        return _parsed(value)
    return value


def _parsed(value: str) -> object:
    try:
        found: object = json.loads(value)
    except ValueError:
        return value
    return found


def _actions(kind: str, value: Json, where: str) -> list[str]:
    """Exactly one action a button: the description has this as prose only."""
    if kind != "InlineKeyboardButton":
        return []
    actions = sorted(value.keys() - {"text", "icon_custom_emoji_id", "style"})
    return [] if len(actions) == 1 else [f"{where}: {actions} instead of one action"]


def _parts(
    fields: dict[str, Json], given: Mapping[str, object], parts: AbstractSet[str]
) -> list[str]:
    wanted = set(_references(list(given.values())))
    files = {name for name, field in fields.items() if "InputFile" in field["types"]}
    lost = (f"{ATTACHED}{name} without a part" for name in wanted - parts)
    orphans = (f"part {name} is not used" for name in parts - wanted - files)
    return [*lost, *orphans]


def _references(value: object) -> Iterator[str]:
    """Find attach:// names, in JSON strings of a form as well."""
    if isinstance(value, str):
        if value.startswith(ATTACHED):
            yield value.removeprefix(ATTACHED)
        elif value[:1] in "[{" and ATTACHED in value:
            parsed = _parsed(value)
            yield from _references(parsed) if parsed != value else ()
    elif isinstance(value, dict):
        yield from _references(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
