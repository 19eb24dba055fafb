"""`mjwatch watch`: give ids to a chat's feed, beside a program that may be running."""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer

from bot.app import App, open_beside
from bot.cli.beginning import begin
from bot.cli.exits import Exit
from bot.clock import SystemClock
from bot.commands.fed import FeedAnswer
from bot.domain.feed import IDS_LIMIT, Feed, FeedBody, FeedReason, Unwatched, read_body
from bot.domain.names import parse_argument
from bot.errors import StoreError

STDIN: Final = "-"
STDIN_BYTES: Final = 262_144  # as much as the web server takes
# Why something was not watched -> what the program that asked is told.
_EXITS: Final = {
    FeedReason.CHAT_LIMIT: Exit.REFUSED,
    FeedReason.NOT_ACCEPTED: Exit.REFUSED,
    FeedReason.NOT_ALLOWED: Exit.REFUSED,
    FeedReason.UNKNOWN_TASK: Exit.UNKNOWN_TASK,
    FeedReason.UNKNOWN_RELAY: Exit.USAGE,
    FeedReason.NOT_AN_ID: Exit.USAGE,
    FeedReason.TOO_MANY: Exit.USAGE,
    FeedReason.EMPTY: Exit.USAGE,
}
_WORST_FIRST: Final = (Exit.REFUSED, Exit.UNKNOWN_TASK, Exit.USAGE)
_ERRORS: Final = {Exit.REFUSED: "refused", Exit.UNKNOWN_TASK: "unknown_task"}


async def watch_by_feed(ids: Sequence[str], *, to: str, as_json: bool) -> Exit:
    """Answer `mjwatch watch`."""
    settings = begin("relays")
    body = _read(ids)
    if body is None:
        return Exit.USAGE
    try:
        async with open_beside(settings, clock=SystemClock()) as app:
            return await _watch(app, to, body, as_json=as_json)
    except StoreError as error:
        _tell_trouble(str(error), as_json=as_json)
        return Exit.UNAVAILABLE


async def _watch(app: App, to: str, body: FeedBody, *, as_json: bool) -> Exit:
    feed = await _feed(app, to)
    if feed is None:
        typer.echo("--to names no feed; /feed in a chat makes one", err=True)
        return Exit.USAGE
    answer = await app.commands.feeder.take(feed, body)
    code = _code(answer)
    if as_json:
        typer.echo(json.dumps(_as_json(answer, code), ensure_ascii=False))
    else:
        _say(answer)
    return code


def _read(ids: Sequence[str]) -> FeedBody | None:
    """Read the arguments; say on standard error why they name no tasks."""
    if list(ids) == [STDIN]:
        return _read_stdin()
    if STDIN in ids:
        typer.echo(
            "- stands alone: ids come from standard input, or as words", err=True
        )
        return None
    names = parse_argument(" ".join(ids))
    if not names:
        typer.echo("an id is 1 to 64 of A-Z a-z 0-9 _ -, or a relay link", err=True)
        return None
    if len(names) > IDS_LIMIT:
        typer.echo(f"at most {IDS_LIMIT} ids at once", err=True)
        return None
    return FeedBody(names=names)


def _read_stdin() -> FeedBody | None:
    read = sys.stdin.buffer.read(STDIN_BYTES + 1)
    if len(read) > STDIN_BYTES:
        typer.echo(f"standard input holds over {STDIN_BYTES} bytes", err=True)
        return None
    return read_body(read)


async def _feed(app: App, to: str) -> Feed | None:
    named = await app.store.feed_named(to)
    return named or await app.commands.feeder.find(to)


def _code(answer: FeedAnswer) -> Exit:
    codes = {_EXITS.get(each.reason, Exit.FOUND) for each in answer.refused}
    return next((code for code in _WORST_FIRST if code in codes), Exit.FOUND)


def _as_json(answer: FeedAnswer, code: Exit) -> dict[str, Any]:
    told = answer.record()
    if code not in _ERRORS:
        return told
    first = next(e for e in answer.refused if _EXITS.get(e.reason) is code)
    return {"error": _ERRORS[code], "relay": None, "message": first.message} | told


def _say(answer: FeedAnswer) -> None:
    for task_id in answer.watched:
        typer.echo(f"watched  {task_id}")
    for each in answer.refused:
        typer.echo(_line(each))


def _line(each: Unwatched) -> str:
    return f"not watched  {each.text}: {each.message}" if each.text else each.message


def _tell_trouble(message: str, *, as_json: bool) -> None:
    trouble = {"error": "unavailable", "relay": None, "message": message}
    typer.echo(json.dumps(trouble) if as_json else message)
