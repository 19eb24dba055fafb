"""What the environment, `.env` and secret files say, before anybody judges it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from bot.settings.schema import Settings

RELAY_MEMBERS: Final = ("URL", "KEY", "AUTH", "PREFIX")
RELAY_VARIABLE: Final = re.compile(
    rf"RELAYS__(?P<name>[A-Za-z0-9_-]+?)__(?P<member>{'|'.join(RELAY_MEMBERS)})"
)
_NOT_VARIABLES: Final = {"relays", "warnings", "inherited_proxy"}
_PLAIN_SECRETS: Final = ("DISCORD_TOKEN", "TELEGRAM_TOKEN", "SECRET_KEY", "RELAY_KEY")
# An address may hold a password, but may hold spaces around a comma as well.
_SECRET_ADDRESSES: Final = (
    "DATABASE_URL",
    "DISCORD_PROXY",
    "TELEGRAM_PROXY",
    "RELAY_PROXY",
)
_FILE: Final = "_FILE"
_FILE_BYTES_LIMIT: Final = 65_536
# Names of others that stand in a `.env` by right.
_OTHERS: Final = re.compile(
    r"(?:https?|all|no)_proxy|TZ|LANG|LC_\w+|PATH|(?:PYTHON|COMPOSE_|DOCKER_)\w*",
    re.IGNORECASE,
)
_FAMILIES: Final = ("RELAY_", "RELAYS_", "LIMIT_")
# DISCORD_BOT_TOKEN is near enough to DISCORD_TOKEN, DISCORD_WEBHOOK_URL is not.
_NEAR: Final = 0.84
_FAR: Final = 0.4
_SHORT: Final = 4  # a name of three letters is near to too much


@dataclass(frozen=True, slots=True)
class Variables:
    """Non-empty texts by name, and what is wrong with them already.

    Attributes:
        values: In the order of their definition: first `.env`, then the environment.
        problems: Sentences, by the name of the variable they are about.
        warnings: Sentences about names that are nobody's.
    """

    values: Mapping[str, str]
    problems: Mapping[str, str]
    warnings: tuple[str, ...]


def setting_names() -> tuple[str, ...]:
    """List every variable; a family of relays is shown as `RELAYS__<NAME>__...`."""
    plain = [name.upper() for name in Settings.model_fields.keys() - _NOT_VARIABLES]
    one = [f"RELAY_{member}" for member in RELAY_MEMBERS]
    many = [f"RELAYS__<NAME>__{member}" for member in RELAY_MEMBERS]
    return tuple(sorted(plain + one + many))


def read_variables(env_file: Path) -> Variables:
    """Read all there is; what cannot be read becomes a problem, not an exception."""
    problems: dict[str, str] = {}
    source = EnvSettingsSource(Settings, case_sensitive=True, env_ignore_empty=True)
    environment = _texts(source.env_vars)
    file = _dotenv(env_file, problems)
    warnings = tuple(_unknown(environment, file))
    values = _opened(_merged(file, environment), problems)
    problems |= _broken_secrets(values)
    return Variables(values, problems, warnings)


def _texts(found: Mapping[str, str | None]) -> dict[str, str]:
    # A secret of blanks alone is a mistake to be shown; other blanks are nothing.
    texts = {name: value for name, value in found.items() if value}
    return {n: v for n, v in texts.items() if v.strip() or _is_token(n)}


def _dotenv(path: Path, problems: dict[str, str]) -> dict[str, str]:
    # utf-8-sig: Windows' editors put a mark before the first name.
    try:
        source = DotEnvSettingsSource(
            Settings,
            env_file=path,
            env_file_encoding="utf-8-sig",
            case_sensitive=True,
            env_ignore_empty=True,
        )
    except (OSError, UnicodeError):
        problems[str(path)] = f"{path} should be a readable text file in UTF-8"
        return {}
    return _texts(source.env_vars)


def _merged(file: dict[str, str], environment: dict[str, str]) -> dict[str, str]:
    """Let the environment win, a secret's file over its value in `.env` included."""
    kept = {n: v for n, v in file.items() if _twin(n) not in environment}
    return kept | environment


def _twin(name: str) -> str:
    return name.removesuffix(_FILE) if name.endswith(_FILE) else name + _FILE


def _opened(values: dict[str, str], problems: dict[str, str]) -> dict[str, str]:
    """Put what the files of secrets hold in the place of their paths."""
    opened: dict[str, str] = {}
    for name, value in values.items():
        bare = name.removesuffix(_FILE)
        if bare == name or not _is_secret(bare):
            opened[name] = value if _is_token(name) else value.strip()
        elif bare in values:
            problems[bare] = f"{bare} should be set once: as {bare} or {name}, not both"
        else:
            opened |= _from_file(bare, Path(value.strip()), problems)
    return opened


def _from_file(name: str, path: Path, problems: dict[str, str]) -> dict[str, str]:
    """Read one secret; the sentence about a failure names neither path nor content."""
    try:
        with path.open("rb") as file:
            text = file.read(_FILE_BYTES_LIMIT).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        problems[name] = f"{name}_FILE should be a readable file: {why}"
        return {}
    if not text.strip():
        problems[name] = f"{name}_FILE should be a file with something in it"
        return {}
    return {name: text}


def _broken_secrets(values: Mapping[str, str]) -> dict[str, str]:
    # Nothing more is asked of a secret: the platform or the relay judges it.
    return {
        name: f"{name} should be in one line, without spaces"
        for name, value in values.items()
        if _is_token(name) and (not value or re.search(r"\s", value))
    }


def _is_token(name: str) -> bool:
    match = RELAY_VARIABLE.fullmatch(name)
    return name in _PLAIN_SECRETS or bool(match and match["member"] == "KEY")


def _is_secret(name: str) -> bool:
    return _is_token(name) or name in _SECRET_ADDRESSES


def _is_known(name: str) -> bool:
    bare = name.removesuffix(_FILE)
    return (
        name in setting_names()
        or bool(RELAY_VARIABLE.fullmatch(name))
        or (bare != name and _is_secret(bare))
    )


def _unknown(environment: Mapping[str, str], file: Mapping[str, str]) -> Iterator[str]:
    """Say which names look like ours and are not.

    In `.env` that is any unknown name. The environment is everybody's: there only
    names of our own families, and names that are nearly one of ours.
    """
    for name in file.keys() | environment.keys():
        if _is_known(name) or _OTHERS.fullmatch(name):
            continue
        ours = name in file or name.startswith(_FAMILIES)
        if nearest := _nearest(name, _FAR if ours else _NEAR):
            yield f"{name} is not a setting; did you mean {nearest}?"
        elif ours:
            yield f"{name} is not a setting"


def _nearest(name: str, cutoff: float) -> str | None:
    upper = name.upper()
    if upper.startswith("RELAYS_"):
        return _nearest_of_relays(upper)
    names = [each for each in setting_names() if "<" not in each]
    names += [each + _FILE for each in (*_PLAIN_SECRETS, *_SECRET_ADDRESSES)]
    names = [each for each in names if len(each) >= _SHORT or cutoff == _FAR]
    return next(iter(get_close_matches(upper, names, n=1, cutoff=cutoff)), None)


def _nearest_of_relays(name: str) -> str:
    match = re.fullmatch(r"RELAYS_+(?P<name>\w+?)_+(?P<member>[A-Z]+)", name)
    if not match:
        return "RELAYS__<NAME>__URL"
    near = get_close_matches(match["member"], RELAY_MEMBERS, n=1, cutoff=_FAR)
    return f"RELAYS__{match['name']}__{near[0] if near else 'URL'}"
