"""`mjwatch probe URL`: how a relay speaks, as a table for an issue or as JSON."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import typer

from bot.cli.exits import Exit
from bot.cli.release import release
from bot.clock import SystemClock
from bot.domain.names import parse_argument
from bot.domain.task import RelayName, TaskId
from bot.relay.conformance import Heard, Survey, survey_relay
from bot.relay.guess import guess_dialect
from bot.relay.options import AuthStyle, RelayOptions, base_of
from bot.relay.trial import shown_address
from bot.settings import load_settings
from bot.settings.variables import read_variables
from bot.telemetry.logs import set_up_logs

PROBE_SECONDS: Final = 90.0
_REFUSED: Final = frozenset({401, 403})
_PREFIX: Final = re.compile(r"/[\w./~-]*mj/?")
_KEY_LIMIT_BYTES: Final = 65_536
Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeWish:
    """What was asked of `mjwatch probe`; a key is never said on the command line."""

    url: str
    key_env: str | None = None
    key_file: Path | None = None
    auth: str = "auto"
    prefix: str | None = None
    task: str | None = None
    as_json: bool = False


async def probe_relay(wish: ProbeWish) -> Exit:
    """Ask a relay all that can be asked without harm, and print what was learnt."""
    settings = load_settings(require="nothing")
    key = _key(wish)
    set_up_logs("error", settings.log_format, (*settings.secrets, key or ""))
    host, prefix = _place(wish)
    options = RelayOptions(
        name=RelayName("probe"),
        hosts=(host,),
        key=key,
        auth=AuthStyle(wish.auth),
        prefix="",
        proxy=settings.relay_proxy_for,
    )
    survey = await _survey(options, prefix, _task(wish))
    if survey is None:
        typer.echo(f"{shown_address(host)} is too slow to be probed", err=True)
        return Exit.UNAVAILABLE
    typer.echo(_json(survey) if wish.as_json else "\n".join(_table(survey, options)))
    return Exit.UNAVAILABLE if survey.prefix is None else Exit.FOUND


async def _survey(
    options: RelayOptions, prefix: str | None, task: TaskId | None
) -> Survey | None:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await survey_relay(
                options, clock=SystemClock(), prefix=prefix, task=task
            )
    except TimeoutError:
        return None


def _key(wish: ProbeWish) -> str | None:
    """Read the key from where the wish says; it is shown nowhere."""
    if wish.key_env and wish.key_file:
        raise typer.BadParameter("either --key-env or --key-file")
    key: str | None = None
    if wish.key_env:
        key = read_variables(Path(".env")).values.get(wish.key_env)
    if wish.key_file:
        key = _read(wish.key_file)
    asked = wish.key_env or wish.key_file
    if asked and not (key and key.isprintable() and " " not in key):
        raise typer.BadParameter(f"{asked} holds no key in one line without spaces")
    return key


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_KEY_LIMIT_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read") from error


def _place(wish: ProbeWish) -> tuple[str, str | None]:
    """Split what was given into a host and, if it names one, a prefix."""
    try:
        parts = urlsplit(base_of(wish.url))
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        good = good and parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        good, parts = False, urlsplit("")
    if not good:
        raise typer.BadParameter("URL is a relay's address or host")
    host = f"{parts.scheme}://{parts.netloc}"
    if wish.prefix is not None:
        bare = wish.prefix.strip().strip("/")
        return host + parts.path, f"/{bare}" if bare else ""
    if _PREFIX.fullmatch(parts.path):
        return host, parts.path.rstrip("/")
    return host + parts.path, None


def _task(wish: ProbeWish) -> TaskId | None:
    if wish.task is None:
        return None
    names = parse_argument(wish.task)
    if not names or len(names) != 1:
        raise typer.BadParameter("--task is one id")
    return names[0].task_id


def _json(survey: Survey) -> str:
    guess, clock = guess_dialect(survey), survey.clock_seconds
    told: dict[str, Any] = {
        "url": shown_address(survey.base),
        "prefix": survey.prefix,
        "other_prefixes": list(survey.modes),
        "endpoints": _endpoints(survey),
        "auth": {name: _accepted(each) for name, each in survey.styles.items()},
        "unknown_id": _heard(survey.fetch),
        "unknown_id_in_list": _heard(survey.lists),
        "image_proxy": survey.image.value if survey.image else None,
        "wrong_path": _heard(survey.wrong_path),
        "retry_after_seconds": survey.wait_seconds,
        "clock_ahead_seconds": None if clock is None else round(clock),
        "task": _task_record(survey),
        "dialect": {"guess": guess.dialect, "reasons": list(guess.reasons)},
        "mjwatch": release(),
    }
    return json.dumps(told, ensure_ascii=False)


def _endpoints(survey: Survey) -> dict[str, str]:
    found = {"fetch": survey.fetch, "list": survey.lists, "seed": survey.seed}
    told = {name: _there(each, survey.wrong_path) for name, each in found.items()}
    image = survey.image.value if survey.image else "not asked"
    gone = {"missing": "missing", "unclear": "unclear", "not asked": "not asked"}
    if survey.wrong_path and survey.wrong_path.http in _REFUSED:
        gone["locked"] = "unclear"
    return told | {"image": gone.get(image, "there"), "submit": "not asked"}


def _there(heard: Heard | None, wrong_path: Heard | None) -> str:
    """Say whether an endpoint is there; where every path is refused, nobody knows."""
    if heard is None:
        return "not asked"
    if heard.there and (heard.known or heard != wrong_path):
        return "there"
    return "missing" if heard.meaning == "wrong_path" else "unclear"


def _accepted(heard: Heard) -> str:
    return "accepted" if heard.known else f"refused ({_brief(heard)})"


def _heard(heard: Heard | None) -> dict[str, Any] | None:
    if heard is None:
        return None
    family = heard.family.value
    return {"http": heard.http, "envelope": family, "understood": heard.meaning}


def _task_record(survey: Survey) -> dict[str, Any] | None:
    task = survey.task
    if task is None:
        return None
    return {
        "fetch": _heard(task.fetch),
        "fields": list(task.fields),
        "other_fields": task.others,
        "id_differs": task.renamed,
        "in_list": task.listed,
        "picture": task.picture.value,
    }


def _table(survey: Survey, options: RelayOptions) -> Iterator[str]:
    """Write a Markdown table."""
    yield f"### Relay {shown_address(survey.base)}"
    yield ""
    yield "| what | found |"
    yield "|---|---|"
    for name, found in _rows(survey, options):
        yield f"| {name} | {found.replace('|', '/')} |"


def _rows(survey: Survey, options: RelayOptions) -> Iterator[Row]:
    guess = guess_dialect(survey)
    nowhere = "none of the usual ones: no relay answers here"
    yield "prefix", nowhere if survey.prefix is None else f"`{survey.prefix or '/'}`"
    yield "probably", f"{guess.dialect} ({'; '.join(guess.reasons)})"
    yield "key", "given" if options.key else "none given (--key-env, --key-file)"
    for name, there in _endpoints(survey).items():
        yield f"endpoint {name}", there
    for name, heard in survey.styles.items():
        yield f"asked with {name}", _accepted(heard)
    yield "unknown id", _brief(survey.fetch)
    for name, each in (("list", survey.lists), ("seed", survey.seed)):
        if each:
            yield f"unknown id, {name}", _brief(each)
    if survey.image:
        yield "image proxy", survey.image.value
    if survey.wrong_path:
        yield "wrong path", _brief(survey.wrong_path)
    yield "other prefixes", ", ".join(f"`{each}`" for each in survey.modes) or "none"
    yield from _last_rows(survey)


def _last_rows(survey: Survey) -> Iterator[Row]:
    wait, clock = survey.wait_seconds, survey.clock_seconds
    yield "Retry-After", "not seen" if wait is None else f"{wait:g} s"
    yield "clock", "not told" if clock is None else f"{round(clock):+d} s"
    if task := survey.task:
        yield "known task", _brief(task.fetch)
        yield "its fields", ", ".join(task.fields) + f" and {task.others} others"
        yield "its id", "differs in the answer" if task.renamed else "as asked"
        yield "it in a list", task.listed
        yield "its picture", task.picture.value
    yield "asked by", f"mjwatch {release()}"


def _brief(heard: Heard) -> str:
    http = f"HTTP {heard.http}, " if heard.http else ""
    return f"{http}{heard.family.value}: {heard.meaning.replace('_', ' ')}"
