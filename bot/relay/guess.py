"""Which server a relay probably runs, and why we think so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.relay.conformance import Heard, Survey
from bot.relay.families import Family

NOBODY: Final = "unknown"
_NEW_API, _ONE_HUB = "new-api family", "one-hub family"
_NOVICEZK, _TRUEAI = "novicezk/midjourney-proxy", "trueai-org/midjourney-proxy"
_CRAZYROUTER: Final = "Crazyrouter-like gateway"
_ANY_MODE: Final = "/mjwatch-any/mj"  # only a server that takes any word takes it
_UNAUTHORIZED: Final = 401
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Guess:
    """A server's name, and what speaks for it."""

    dialect: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sign:
    """Something seen that speaks for a server."""

    dialect: str
    weight: int
    reason: str


def guess_dialect(survey: Survey) -> Guess:
    """Weigh what was seen."""
    signs = [*_of_refusals(survey), *_of_unknown(survey), *_of_the_rest(survey)]
    if not signs:
        return Guess(NOBODY, ("nothing telling was seen",))
    weights: dict[str, int] = {}
    for sign in signs:
        weights[sign.dialect] = weights.get(sign.dialect, 0) + sign.weight
    best = max(weights, key=lambda each: weights[each])
    return Guess(best, tuple(sign.reason for sign in signs if sign.dialect == best))


def _of_refusals(survey: Survey) -> Iterator[_Sign]:
    """Read how a key is refused."""
    refusals = [each for each in _all_heard(survey) if each.http == _UNAUTHORIZED]
    families = {each.family for each in refusals}
    if Family.ONE_HUB in {each.family for each in _all_heard(survey)}:
        yield _Sign(_ONE_HUB, 5, "its errors are of type one_hub_error")
    if Family.NEW_API in families:
        yield _Sign(_NEW_API, 2, "a refused key is an error of type new_api_error")
    if Family.EMPTY in families:
        yield _Sign(_NOVICEZK, 1, "a refused key is an empty 401")
    if Family.TEXT in families:
        yield _Sign(_TRUEAI, 2, "a refused key is a 401 in plain text")


_UNKNOWN: Final = {
    (400, Family.UPSTREAM): (_NEW_API, 2, "an unknown id is a 400 upstream_error"),
    (200, Family.EMPTY): (_NOVICEZK, 3, "an unknown id is an empty 200"),
    (204, Family.EMPTY): (_TRUEAI, 3, "an unknown id is a 204"),
    (404, Family.OPENAI): (_CRAZYROUTER, 3, "an unknown id is a 404 {error: {...}}"),
}


def _of_unknown(survey: Survey) -> Iterator[_Sign]:
    """Read how an unknown id is answered."""
    if sign := _UNKNOWN.get((survey.fetch.http, survey.fetch.family)):
        yield _Sign(*sign)


def _of_the_rest(survey: Survey) -> Iterator[_Sign]:
    """Read routes, wrong paths and lists."""
    if _ANY_MODE in survey.modes:
        yield _Sign(_NEW_API, 2, "any word before /mj is taken as a mode")
    wrong = survey.wrong_path
    if wrong and wrong.family is Family.PAGE and wrong.http == _OK:
        yield _Sign(_NEW_API, 1, "a wrong path is a web page with 200")
    if wrong and wrong.family is Family.SPRING:
        yield _Sign(_NOVICEZK, 2, "a wrong path is answered by Spring")
    if wrong and wrong.family is Family.OPENAI:
        yield _Sign(_CRAZYROUTER, 1, "a wrong path is a 404 {error: {...}}")
    if survey.task and survey.task.listed == "slim":
        yield _Sign(_CRAZYROUTER, 1, "its list holds slim objects")


def _all_heard(survey: Survey) -> Iterator[Heard]:
    yield survey.fetch
    yield from survey.styles.values()
    for each in (survey.lists, survey.seed, survey.wrong_path):
        if each is not None:
            yield each
