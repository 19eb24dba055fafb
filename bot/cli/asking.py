"""`mjwatch status` and `mjwatch seed`: the contract for programs, and words for people."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import typer

from bot.cli.exits import Exit
from bot.cli.opening import Asking, open_asking
from bot.domain.look import Denied, Look, NoLook, Seen, Trouble, Unavailable, Unknown
from bot.domain.names import TaskName, parse_argument
from bot.domain.task import RelayName, State
from bot.present import build
from bot.present.card import Card
from bot.present.record import record

ANSWER_SECONDS: Final = 14.0  # the contract says 15
_ENDS: Final = {
    State.SUCCEEDED: Exit.FOUND,
    State.FAILED: Exit.FAILED,
    State.CANCELLED: Exit.FAILED,
    State.NEEDS_INPUT: Exit.NEEDS_INPUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWish:
    """What was asked of `mjwatch status`."""

    task: str
    relay: str | None = None
    as_json: bool = False
    raw: bool = False
    wait: bool = False
    timeout: float | None = None


async def tell_status(wish: StatusWish) -> Exit:
    """Answer `mjwatch status`."""
    async with open_asking() as asking:
        name = _name(asking, wish.task, wish.relay)
        if name is None:
            return Exit.USAGE
        if wish.wait:
            return await _follow(asking, name, wish)
        look = await _look(asking, name)
        if isinstance(look, Seen) and wish.raw:
            return await _tell_raw(asking, name, look, wish)
        return _tell(asking, name, look, as_json=wish.as_json)


async def tell_seed(task: str, *, relay: str | None, as_json: bool) -> Exit:
    """Answer `mjwatch seed`."""
    async with open_asking() as asking:
        name = _name(asking, task, relay)
        if name is None:
            return Exit.USAGE
        knows = await _who_knows(asking, name)
        if not isinstance(knows, str):
            return _tell_missing(asking, name, knows, as_json=as_json)
        return await _tell_seed(asking, name, knows, as_json=as_json)


async def _who_knows(asking: Asking, name: TaskName) -> RelayName | Look:
    """Name the relay to ask for a seed; among several, the one that knows the task."""
    if name.relay is not None or len(asking.relays) == 1:
        return name.relay or asking.relays.default.name
    look = await _look(asking, name)
    return look.relay if isinstance(look, Seen) else look


def _name(asking: Asking, task: str, relay: str | None) -> TaskName | None:
    """Read the id; say on standard error why it cannot be one."""
    names = parse_argument(task)
    if not names or len(names) != 1:
        typer.echo(_words(build.bad_id(asking.reader)), err=True)
        return None
    name = TaskName(names[0].task_id, _relay(names[0], relay))
    if name.relay is not None and name.relay not in asking.relays:
        known = asking.relays.names
        typer.echo(
            _words(build.unknown_relay(name.relay, known, asking.reader)), err=True
        )
        return None
    return name


def _relay(name: TaskName, wished: str | None) -> RelayName | None:
    return RelayName(wished.lower()) if wished else name.relay


async def _look(asking: Asking, name: TaskName) -> Look:
    relay = name.relay or asking.relays.default.name
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await asking.relays.look(name)
    except TimeoutError:
        return Unavailable(relay=relay, trouble=Trouble.TIMEOUT)


def _tell(asking: Asking, name: TaskName, look: Look, *, as_json: bool) -> Exit:
    if not isinstance(look, Seen):
        return _tell_missing(asking, name, look, as_json=as_json)
    if as_json:
        _print_json(record(look.relay, look.snapshot))
    else:
        asking.print_card(asking.card(look))
    return Exit.FOUND


async def _tell_raw(
    asking: Asking, name: TaskName, look: Seen, wish: StatusWish
) -> Exit:
    raw = await asking.relays[look.relay].raw(name.task_id)
    if isinstance(raw, dict):
        _print_json(raw)
        return Exit.FOUND
    return _tell_missing(asking, name, raw, as_json=wish.as_json)


async def _tell_seed(
    asking: Asking, name: TaskName, relay: RelayName, *, as_json: bool
) -> Exit:
    seed: str | NoLook | Unknown
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            seed = await asking.relays[relay].seed(name.task_id)
    except TimeoutError:
        seed = Unavailable(relay=relay, trouble=Trouble.TIMEOUT)
    if not isinstance(seed, str):
        return _tell_missing(asking, name, seed, as_json=as_json)
    if as_json:
        _print_json({"relay": relay, "task_id": name.task_id, "seed": seed})
    else:
        typer.echo(seed)
    return Exit.FOUND


def _tell_missing(asking: Asking, name: TaskName, look: Look, *, as_json: bool) -> Exit:
    """Say why nothing was found, in words that are safe to show anywhere."""
    code, error = _verdict(look)
    several = (
        isinstance(look, Unknown) and name.relay is None and len(asking.relays) > 1
    )
    relay = None if several else look.relay
    message = _words(_missing_card(asking, name, look, relay))
    if as_json:
        _print_json({"error": error, "relay": relay, "message": message})
    else:
        typer.echo(message)
    return code


def _missing_card(
    asking: Asking, name: TaskName, look: Look, relay: RelayName | None
) -> Card:
    if isinstance(look, Denied | Unavailable):
        if look.trouble is Trouble.NO_SEED:
            return build.seed_missing_card(asking.reader)
        return build.trouble_card(look, asking.reader)
    return build.unknown_id(name, asking.reader, relay=relay)


def _verdict(look: Look) -> tuple[Exit, str]:
    match look:
        case Unknown():
            return Exit.UNKNOWN_TASK, "unknown_task"
        case Denied():
            return Exit.REFUSED, "refused"
        case _:
            return Exit.UNAVAILABLE, "unavailable"


async def _follow(asking: Asking, name: TaskName, wish: StatusWish) -> Exit:
    """Follow a task to its end, with a bar; what cannot be asked now is asked again."""
    look: Look = Unavailable(relay=asking.relays.default.name, trouble=Trouble.TIMEOUT)
    code = Exit.UNAVAILABLE
    try:
        async with asyncio.timeout(wish.timeout):
            look, code = await _until_over(asking, name)
    except TimeoutError:
        code = Exit.UNAVAILABLE
    if isinstance(look, Seen):
        _tell(asking, name, look, as_json=wish.as_json)
        return code
    told = _tell_missing(asking, name, look, as_json=wish.as_json)
    return told if code is not Exit.UNAVAILABLE else Exit.UNAVAILABLE


async def _until_over(asking: Asking, name: TaskName) -> tuple[Look, Exit]:
    with asking.bar(name.task_id) as show:
        while True:
            look = await _look(asking, name)
            if isinstance(look, Unknown | Denied):
                return look, _verdict(look)[0]
            if isinstance(look, Seen):
                show(look.snapshot)
                if look.snapshot.state in _ENDS:
                    return look, _ENDS[look.snapshot.state]
            await asyncio.sleep(asking.poll_seconds)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _words(card: Card) -> str:
    return "\n".join(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    return (block.text for block in card.blocks if block.text)
