"""`mjwatch status` and `mjwatch seed`: the contract for programs, and words for people."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import typer
from msgspec.structs import replace

from bot.cli.exits import Exit
from bot.cli.opening import Asking, open_asking
from bot.domain.look import Denied, Look, NoLook, Seen, Trouble, Unavailable, Unknown
from bot.domain.names import TaskName, parse_argument
from bot.domain.task import RelayName, State
from bot.present import answers, details
from bot.present.card import Card
from bot.present.record import record

ANSWER_SECONDS: Final = 11.0  # the contract says 15, a slow start included
MISSES: Final = 5  # in a row that are passed over, of a task that was seen
_ENDS: Final = {
    State.SUCCEEDED: Exit.FOUND,
    State.FAILED: Exit.FAILED,
    State.CANCELLED: Exit.FAILED,
    State.NEEDS_INPUT: Exit.NEEDS_INPUT,
}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Seed:
    """A seed and who gave it."""

    relay: RelayName
    seed: str


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
        if wish.raw:
            return await _tell_raw(asking, name, wish)
        look = await _look(asking, name)
        return _tell(asking, name, look, as_json=wish.as_json)


async def tell_seed(task: str, *, relay: str | None, as_json: bool) -> Exit:
    """Answer `mjwatch seed`."""
    async with open_asking() as asking:
        name = _name(asking, task, relay)
        if name is None:
            return Exit.USAGE
        found = await _in_time(asking, name, _seed(asking, name))
        return _tell_seed(asking, name, found, as_json=as_json)


async def _seed(asking: Asking, name: TaskName) -> _Seed | NoLook | Unknown:
    """Ask for a seed: among several relays, the one that knows the task."""
    relay = name.relay or asking.relays.default.name
    if name.relay is None and len(asking.relays) > 1:
        look = await asking.relays.look(name)
        if not isinstance(look, Seen):
            return look
        relay = look.relay
    seed = await asking.relays[relay].seed(name.task_id)
    return _Seed(relay, seed) if isinstance(seed, str) else seed


def _name(asking: Asking, task: str, relay: str | None) -> TaskName | None:
    """Read the id; say on standard error why it cannot be one."""
    names = parse_argument(task)
    if not names or len(names) != 1:
        typer.echo(_words(answers.bad_id(asking.reader)), err=True)
        return None
    name = TaskName(names[0].task_id, _relay(names[0], relay))
    if name.relay is not None and name.relay not in asking.relays:
        known = asking.relays.names
        typer.echo(
            _words(answers.unknown_relay(name.relay, known, asking.reader)), err=True
        )
        return None
    return name


def _relay(name: TaskName, wished: str | None) -> RelayName | None:
    return RelayName(wished.lower()) if wished else name.relay


async def _look(asking: Asking, name: TaskName) -> Look:
    return await _in_time(asking, name, asking.relays.look(name))


async def _in_time(
    asking: Asking, name: TaskName, answer: Awaitable[Answer]
) -> Answer | Unavailable:
    """Wait for an answer as long as was promised, however many questions it takes."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer
    except TimeoutError:
        relay = name.relay or asking.relays.default.name
        return Unavailable(relay=relay, trouble=Trouble.TIMEOUT)


def _tell(asking: Asking, name: TaskName, look: Look, *, as_json: bool) -> Exit:
    if not isinstance(look, Seen):
        return _tell_missing(asking, name, look, as_json=as_json)
    if as_json:
        _print_json(record(look.relay, look.snapshot))
    else:
        asking.print_card(asking.card(look))
        asking.print_addresses(look.snapshot)
    return Exit.FOUND


async def _tell_raw(asking: Asking, name: TaskName, wish: StatusWish) -> Exit:
    raw = await _in_time(asking, name, _raw(asking, name))
    if isinstance(raw, dict):
        _print_json(raw)
        return Exit.FOUND
    return _tell_missing(asking, name, raw, as_json=wish.as_json)


async def _raw(asking: Asking, name: TaskName) -> dict[str, Any] | NoLook | Unknown:
    look = await asking.relays.look(name)
    if not isinstance(look, Seen):
        return look
    return await asking.relays[look.relay].raw(name.task_id)


def _tell_seed(
    asking: Asking,
    name: TaskName,
    found: _Seed | NoLook | Unknown,
    *,
    as_json: bool,
) -> Exit:
    if not isinstance(found, _Seed):
        return _tell_missing(asking, name, found, as_json=as_json)
    if as_json:
        _print_json({"relay": found.relay, "task_id": name.task_id, "seed": found.seed})
    else:
        typer.echo(found.seed)
    return Exit.FOUND


def _tell_missing(asking: Asking, name: TaskName, look: Look, *, as_json: bool) -> Exit:
    """Say why nothing was found, in words that are safe to show anywhere."""
    code, error = _verdict(look)
    several = (
        isinstance(look, Unknown) and name.relay is None and len(asking.relays) > 1
    )
    relay = None if several else look.relay
    card = _missing_card(asking, name, look, relay)
    if as_json:
        _print_error(error, relay, _words(card))
    else:
        asking.print_card(card)
    return code


def _missing_card(
    asking: Asking, name: TaskName, look: Look, relay: RelayName | None
) -> Card:
    if isinstance(look, Denied | Unavailable):
        if look.trouble is Trouble.NO_SEED:
            return details.seed_missing_card(asking.reader)
        return answers.trouble_card(look, asking.reader)
    return answers.unknown_id(name, asking.reader, relay=relay)


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
    relay = name.relay or asking.relays.default.name
    last: Look = Unavailable(relay=relay, trouble=Trouble.TIMEOUT)
    try:
        async with (
            asyncio.timeout(wish.timeout),
            aclosing(_looks(asking, name)) as looks,
        ):
            async for look in looks:
                last = look
    except TimeoutError:
        return _tell_late(asking, name, last, as_json=wish.as_json)
    if not isinstance(last, Seen):
        return _tell_missing(asking, name, last, as_json=wish.as_json)
    if wish.raw:
        told = await _tell_raw(asking, name, wish)
    else:
        told = _tell(asking, name, last, as_json=wish.as_json)
    return told or _ENDS[last.snapshot.state]


async def _looks(asking: Asking, name: TaskName) -> AsyncGenerator[Look, None]:
    """Look again and again; the last look is the end, or a refusal.

    One that was seen is not gone because the relay does not know it a few times.
    """
    misses_left = 0
    with asking.bar(name.task_id) as show:
        while True:
            look = await _look(asking, name)
            if isinstance(look, Seen):
                misses_left = MISSES
                show(look.snapshot)
            if isinstance(look, Unknown) and misses_left:
                misses_left -= 1
            else:
                yield look
                if _is_over(look):
                    return
            await asyncio.sleep(asking.poll_seconds)


def _is_over(look: Look) -> bool:
    if isinstance(look, Seen):
        return look.snapshot.state in _ENDS
    return isinstance(look, Unknown | Denied)


def _tell_late(asking: Asking, name: TaskName, last: Look, *, as_json: bool) -> Exit:
    """Say how it stood when the time was over."""
    if not isinstance(last, Seen):
        return _tell_missing(asking, name, last, as_json=as_json)
    if as_json:
        # Without the prompt, which others wrote: a message may be shown anywhere.
        bare = Seen(relay=last.relay, snapshot=replace(last.snapshot, prompt=None))
        _print_error("unavailable", last.relay, asking.card(bare).title)
    else:
        asking.print_card(asking.card(last))
    return Exit.UNAVAILABLE


def _print_error(error: str, relay: RelayName | None, message: str) -> None:
    _print_json({"error": error, "relay": relay, "message": message})


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _words(card: Card) -> str:
    return "\n".join(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    return (block.text for block in card.blocks if block.text)
