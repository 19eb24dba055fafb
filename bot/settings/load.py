"""Settings from the outside to one frozen value, or every error at once."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings.pieces import RelaySettings
from bot.settings.proxies import inherited_proxy
from bot.settings.relays import read_relays
from bot.settings.schema import Settings
from bot.settings.variables import Variables, read_variables, setting_names

Need = Literal["run", "relays", "nothing"]

_NO_RELAY: Final = (
    "RELAY_URL should be set: at least one relay is needed, by its address or host"
)
_NO_DOOR: Final = (
    "DISCORD_TOKEN or TELEGRAM_TOKEN should be set: at least one door is needed"
)
_RELAYS: Final = ("RELAY_URL", "RELAY_KEY", "RELAYS__")
_TOKENS: Final = {"DISCORD_TOKEN", "TELEGRAM_TOKEN"}


def load_settings(*, require: Need = "run", env_file: Path = Path(".env")) -> Settings:
    """Read the environment and `.env`.

    Args:
        require: What must be there: for "run" a relay and a door, for "relays" a relay.
        env_file: May be missing.

    Raises:
        SettingsError: One line for each wrong variable, and for each name that is
            not ours; no line holds any value.
    """
    found = read_variables(env_file)
    proxy, warning = inherited_proxy(found.values)
    problems = dict(found.problems)
    relays = read_relays(found.values, problems=problems)
    warnings = found.warnings + ((warning,) if warning else ())
    extra = {"relays": relays, "warnings": warnings, "inherited_proxy": proxy}
    settings = _judged(_values(found, problems, relays) | extra, problems)
    named = found.values.keys() | problems.keys()
    any_relay = bool(relays) or any(name.startswith(_RELAYS) for name in problems)
    missing = _missing(settings, relays=any_relay, named=named, require=require)
    lines = [*problems.values(), *missing]
    if lines or settings is None:
        raise SettingsError((*lines, *(f"warning: {each}" for each in warnings)))
    return _with_proxies(settings)


def _values(
    found: Variables, problems: Mapping[str, str], relays: tuple[RelaySettings, ...]
) -> dict[str, Any]:
    """Choose what pydantic is to judge: by field, without what is wrong already."""
    fields = {name.lower() for name in setting_names()} & Settings.model_fields.keys()
    values: dict[str, Any] = {
        name.lower(): text
        for name, text in found.values.items()
        if name.isupper() and name.lower() in fields and name not in problems
    }
    if relays:
        values["default_relay"] = relays[0].name
    return values


def _judged(values: dict[str, Any], problems: dict[str, str]) -> Settings | None:
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = dict(_lines(error))
    for field, line in lines.items():
        problems.setdefault(field.upper(), line)
    good = {field: text for field, text in values.items() if field not in lines}
    if good.keys() != values.keys():
        _judged(good, problems)  # what is wrong between settings shows only now
    return None


def _lines(error: ValidationError) -> Iterator[tuple[str, str]]:
    for each in error.errors(include_url=False, include_input=False):
        field = str(each["loc"][0]) if each["loc"] else ""
        if not field:
            yield "", each["msg"]
            continue
        expected = Settings.model_fields[field].description
        yield field, f"{field.upper()} should be {expected}"


def _missing(
    settings: Settings | None, *, relays: bool, named: AbstractSet[str], require: Need
) -> Iterator[str]:
    """Say what the command lacks; what is there but wrong is not missing."""
    if require != "nothing" and not relays:
        yield _NO_RELAY
    page = settings.browser_chat if settings else "BROWSER_CHAT" in named
    if require == "run" and not (page or named & _TOKENS):
        yield _NO_DOOR


def _with_proxies(settings: Settings) -> Settings:
    inherited = settings.inherited_proxy
    to_discord = inherited.to(settings.discord_api_url)
    to_telegram = inherited.to(settings.telegram_api_url)
    return settings.model_copy(
        update={
            "discord_proxy": settings.discord_proxy or to_discord,
            "telegram_proxy": settings.telegram_proxy or to_telegram,
        }
    )
