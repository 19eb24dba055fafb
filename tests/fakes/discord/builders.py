"""Builds the interactions that Discord would send for a person's deed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.discord import payloads
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import DM_CHANNEL, Channel, StoredMessage, User, walk
from tests.fakes.discord.world import World

_STRING: Final = 3
_INTEGER: Final = 4
_USER: Final = 6
_CHAT_INPUT: Final = 1
_NESTED: Final = (1, 2)
_SPARED: Final = frozenset(
    {"app_permissions", "authorizing_integration_owners", "context", "guild"}
)


@dataclass(frozen=True, eq=False)
class Deed:
    """Who does something, where and in which language.

    ``permissions`` None means those of an ordinary member; ``app_permissions`` are
    the bot's own there, by default all but the administrator's.
    """

    user: User
    channel: Channel
    locale: str | None = None
    guild_locale: str | None = None
    permissions: int | None = None
    user_installed_only: bool = False
    app_permissions: int = payloads.ALL_PERMISSIONS & ~(1 << 3)


def interaction(
    world: World, deed: Deed, kind: int, body: Json, source: StoredMessage | None = None
) -> Interaction:
    """Make the record and the wire form of a new interaction."""
    identity = world.clock.snowflake()
    # Real tokens are long and unguessable too; the path must hold them.
    token = secrets.token_urlsafe(48)
    made = Interaction(
        id=identity,
        token=token,
        type=kind,
        user=deed.user,
        channel=deed.channel,
        wire=_wire(world, deed),
        created=world.clock.now(),
        clock=world.clock,
        changes=world.changes,
        source=source,
        user_installed_only=_stranger_here(deed),
        file_limit=deed.channel.file_limit,
    )
    if world.terse:
        made.wire = {k: v for k, v in made.wire.items() if k not in _SPARED}
    made.wire |= {"id": str(identity), "token": token, "type": kind, "data": body}
    if source is not None:
        message = payloads.message_json(source, world.users)
        made.wire["message"] = message
    world.interactions[identity] = made
    return made


def _stranger_here(deed: Deed) -> bool:
    guild = deed.channel.guild
    return deed.user_installed_only or (guild is not None and not guild.bot_member)


def _wire(world: World, deed: Deed) -> Json:
    channel, guild = deed.channel, deed.channel.guild
    permissions = deed.permissions
    if permissions is None:
        permissions = payloads.MEMBER_PERMISSIONS
    described = payloads.channel_json(channel) | {"permissions": str(permissions)}
    body: Json = {
        "application_id": str(world.bot.id),
        "version": 1,
        "channel": described,
        "channel_id": str(channel.id),
        "locale": deed.locale or deed.user.locale,
        "app_permissions": str(deed.app_permissions),
        "entitlements": [],
        "attachment_size_limit": channel.file_limit,
        "authorizing_integration_owners": _owners(deed),
    }
    if guild is None:
        body["context"] = 1 if channel.type == DM_CHANNEL else 2
        return body | {"user": payloads.user_json(deed.user)}
    locale = deed.guild_locale or guild.locale
    return body | {
        "context": 0,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": locale, "features": []},
        "guild_locale": locale,
        "member": payloads.member_json(deed.user, permissions),
    }


def _owners(deed: Deed) -> Json:
    guild = deed.channel.guild
    if _stranger_here(deed):
        return {"1": str(deed.user.id)}
    return {"0": str(guild.id) if guild else "0"}


def find_command(world: World, name: str, kind: int = _CHAT_INPUT) -> Json:
    """Find what the bot registered.

    Raises:
        LookupError: Not registered, so nobody could use it.
    """
    for command in world.commands:
        if command["name"] == name and command["type"] == kind:
            found: Json = command
            return found
    names = [(c["type"], c["name"]) for c in world.commands]
    raise LookupError(f"no command {name!r} of type {kind} among {names}")


def check_available(command: Json, deed: Deed) -> None:
    """Refuse a command in a place where Discord would not show it.

    Raises:
        LookupError: Its contexts or installation kinds leave this place out.
    """
    guild = deed.channel.guild
    context = 0 if guild else (1 if deed.channel.type == DM_CHANNEL else 2)
    contexts = command.get("contexts")
    if contexts is not None and context not in contexts:
        raise LookupError(f"{command['name']} is not shown in context {context}")
    installs = command.get("integration_types") or [0]
    if _stranger_here(deed) and 1 not in installs:
        raise LookupError(f"{command['name']} cannot be installed by a user")


def slash(world: World, name: str, options: Mapping[str, object]) -> Json:
    """Build the body of a slash command; ``name`` may be "group sub"."""
    first, *subs = name.split()
    command = find_command(world, first)
    resolved: Json = {}
    node, wrap = command, []
    for sub in subs:
        node = next(o for o in node["options"] if o["name"] == sub)
        wrap.append(node)
    filled: JsonList = _options(node, options, resolved)
    for part in reversed(wrap):
        filled = [{"name": part["name"], "type": part["type"], "options": filled}]
    body = {
        "id": command["id"],
        "name": first,
        "type": _CHAT_INPUT,
        "options": filled,
    }
    return body | ({"resolved": resolved} if resolved else {})


def autocomplete(
    world: World, name: str, focused: str, typed: str, others: Mapping[str, object]
) -> Json:
    """Build the body of an autocomplete question."""
    body = slash(world, name, {}) if not others else slash(world, name, others)
    options = _innermost(body["options"])
    options.append({"name": focused, "type": _STRING, "value": typed, "focused": True})
    return body


def _innermost(options: JsonList) -> JsonList:
    while options and options[0]["type"] in _NESTED:
        options = options[0]["options"]
    return options


def _options(node: Json, given: Mapping[str, object], resolved: Json) -> JsonList:
    known = {o["name"]: o for o in node.get("options") or []}
    filled: JsonList = []
    for name, value in given.items():
        if name not in known:
            raise LookupError(f"{node['name']} has no option {name!r}")
        filled.append(_option(known[name], value, resolved))
    return filled


def check_required(world: World, name: str, options: Mapping[str, object]) -> None:
    """Refuse to send a command without its required options, as clients do.

    Raises:
        LookupError: One is missing.
    """
    first, *subs = name.split()
    node = find_command(world, first)
    for sub in subs:
        node = next(o for o in node["options"] if o["name"] == sub)
    for option in node.get("options") or []:
        if option.get("required") and option["name"] not in options:
            raise LookupError(f"{name} needs {option['name']}")


def _option(option: Json, value: object, resolved: Json) -> Json:
    if isinstance(value, User):
        resolved.setdefault("users", {})[str(value.id)] = payloads.user_json(value)
        value = str(value.id)
    if isinstance(value, Channel):
        value = str(value.id)
    if option["type"] == _STRING:
        _check_string(option, str(value))
    if option["type"] == _INTEGER and not isinstance(value, int):
        raise LookupError(f"{option['name']} is a whole number")
    return {"name": option["name"], "type": option["type"], "value": value}


def _check_string(option: Json, value: str) -> None:
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise LookupError(f"{value!r} is no choice of {option['name']}")
    most = option.get("max_length") or 6000
    if not (option.get("min_length") or 0) <= len(value) <= most:
        raise LookupError(f"{option['name']}: a client would not send {len(value)}")


def menu(world: World, name: str, target: StoredMessage | User) -> Json:
    """Build the body of a context menu on a message or a person."""
    kind = 3 if isinstance(target, StoredMessage) else 2
    command = find_command(world, name, kind)
    if isinstance(target, StoredMessage):
        inside = {
            "messages": {str(target.id): payloads.message_json(target, world.users)}
        }
    else:
        inside = {"users": {str(target.id): payloads.user_json(target)}}
    return {
        "id": command["id"],
        "name": name,
        "type": kind,
        "target_id": str(target.id),
        "resolved": inside,
    }


def component(message: StoredMessage, custom_id: str, values: JsonList | None) -> Json:
    """Build the body of a press or a choice.

    Raises:
        LookupError: The message shows no such component that could be used.
    """
    for part in walk(message.components):
        if part.get("custom_id") == custom_id and not part.get("disabled"):
            body: Json = {"custom_id": custom_id, "component_type": part["type"]}
            return body | ({} if values is None else {"values": values})
    ids = [part.get("custom_id") for part in walk(message.components)]
    raise LookupError(f"nothing to press: {custom_id!r} among {ids}")


def modal(opened: Json, fields: Mapping[str, str]) -> Json:
    """Build the body of a submitted modal from the one that was opened.

    Raises:
        LookupError: A field is unknown, or the client would not let it pass.
    """
    known = {p["custom_id"]: p for p in walk(opened["components"]) if "custom_id" in p}
    if set(fields) - set(known):
        raise LookupError(f"{sorted(fields)} are not all in {sorted(known)}")
    for name, part in known.items():
        _check_field(part, fields.get(name, ""))
    rows = [
        _submitted(row, fields, number)
        for number, row in enumerate(opened["components"], start=1)
    ]
    return {"custom_id": opened["custom_id"], "components": rows}


def _check_field(part: Json, value: str) -> None:
    if part.get("required", True) and not value:
        raise LookupError(f"{part['custom_id']} is required")
    if value and not (part.get("min_length") or 0) <= len(value) <= (
        part.get("max_length") or 4000
    ):
        raise LookupError(f"{part['custom_id']} has a wrong length")


def _submitted(row: Json, fields: Mapping[str, str], number: int) -> Json:
    body: Json = {"type": row["type"], "id": number}
    if "component" in row:
        body["component"] = _typed(row["component"], fields, number + 100)
    elif "components" in row:
        body["components"] = [
            _typed(part, fields, number + 100) for part in row["components"]
        ]
    return body


def _typed(part: Json, fields: Mapping[str, str], number: int) -> Json:
    name = part["custom_id"]
    body: Json = {"type": part["type"], "id": number, "custom_id": name}
    if part["type"] == 4:
        return body | {"value": fields.get(name, "")}
    return body | {"values": [fields[name]] if name in fields else []}
