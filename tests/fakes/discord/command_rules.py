"""Hand-written checks of command definitions and autocomplete answers."""

import re
from typing import Final

from tests.fakes.discord.component_rules import known_keys
from tests.fakes.discord.errors import invalid
from tests.fakes.discord.jsontypes import Json, JsonList

_CHAT_INPUT: Final = 1
_GROUPS: Final = (1, 2)
_NAME: Final = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
_KEYS: Final = frozenset(
    [
        "id",
        "type",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "default_member_permissions",
        "dm_permission",
        "default_permission",
        "nsfw",
        "contexts",
        "integration_types",
        "handler",
    ]
)
_OPTION_KEYS: Final = frozenset(
    [
        "type",
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "required",
        "choices",
        "options",
        "channel_types",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
        "autocomplete",
    ]
)
_MOST: Final = {_CHAT_INPUT: 100, 2: 15, 3: 15}


def check_commands(commands: JsonList) -> None:
    """Check a whole set of global commands."""
    seen: set[tuple[int, str]] = set()
    for command in commands:
        check_command(command)
        key = (command.get("type") or 1, command["name"])
        if key in seen:
            raise invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", str(key))
        seen.add(key)
    for kind, most in _MOST.items():
        if sum(1 for each, _ in seen if each == kind) > most:
            raise invalid("", "BASE_TYPE_MAX_LENGTH", f"over {most} of type {kind}")


def check_command(command: Json) -> None:
    """Check one command, its options and the sum of its texts."""
    known_keys(command, _KEYS, "")
    kind = command.get("type") or _CHAT_INPUT
    names = [command.get("name"), *(command.get("name_localizations") or {}).values()]
    if kind == _CHAT_INPUT:
        for name in names:
            _check_name(name)
        _check_description(command)
        _check_options(command.get("options") or [])
    else:
        _check_menu(command, names)
    if text_length(command) > 8000:
        raise invalid("", "APPLICATION_COMMAND_TOO_LARGE", "over 8000 characters")


def check_choices(choices: JsonList) -> None:
    """Check an autocomplete answer: 25 choices, names and values of 1 to 100."""
    if len(choices) > 25:
        raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "25 or fewer")
    for index, choice in enumerate(choices):
        known_keys(choice, ("name", "name_localizations", "value"), "data.choices")
        for key in ("name", "value"):
            value = choice.get(key)
            if isinstance(value, str) and not 1 <= len(value) <= 100:
                raise invalid(
                    f"data.choices.{index}.{key}", "BASE_TYPE_BAD_LENGTH", "1 to 100"
                )


def text_length(node: Json) -> int:
    """Count names, descriptions and choice values, the longest translation each."""
    total = 0
    for key in ("name", "description"):
        translated = (node.get(f"{key}_localizations") or {}).values()
        total += max(map(len, (node.get(key) or "", *translated)))
    for choice in node.get("choices") or []:
        total += len(choice.get("name") or "") + len(str(choice.get("value") or ""))
    return total + sum(map(text_length, node.get("options") or []))


def _check_menu(command: Json, names: JsonList) -> None:
    if command.get("description") or command.get("options"):
        raise invalid("description", "APPLICATION_COMMAND_INVALID", "none on menus")
    if any(not name or len(name) > 32 for name in names):
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "1 to 32")


def _check_name(name: object) -> None:
    good = isinstance(name, str) and _NAME.fullmatch(name) and name == name.lower()
    if not good:
        raise invalid(
            "name", "APPLICATION_COMMAND_INVALID_NAME", f"Command name {name!r} invalid"
        )


def _check_description(node: Json) -> None:
    texts = [node.get("description")]
    texts += (node.get("description_localizations") or {}).values()
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text) <= 100:
            raise invalid("description", "BASE_TYPE_REQUIRED", "1 to 100 characters")


def _check_options(options: JsonList) -> None:
    if len(options) > 25:
        raise invalid("options", "BASE_TYPE_MAX_LENGTH", "25 or fewer")
    names = [option.get("name") for option in options]
    if len(set(names)) != len(names):
        raise invalid("options", "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", "twice")
    optional_seen = False
    for option in options:
        _check_option(option)
        if option.get("required") and optional_seen:
            raise invalid(
                "options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen |= option.get("type") not in _GROUPS and not option.get(
            "required"
        )


def _check_option(option: Json) -> None:
    known_keys(option, _OPTION_KEYS, "options")
    for name in (
        option.get("name"),
        *(option.get("name_localizations") or {}).values(),
    ):
        _check_name(name)
    _check_description(option)
    choices = option.get("choices") or []
    if len(choices) > 25 or (choices and option.get("autocomplete")):
        raise invalid("options.choices", "BASE_TYPE_MAX_LENGTH", "25, or autocomplete")
    check_choices(choices)
    _check_options(option.get("options") or [])
