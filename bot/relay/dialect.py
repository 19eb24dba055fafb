"""From an HTTP answer to what the relay meant: pure, for every server's habits.

Whatever comes, the result is an understood answer, a Miss or a Problem. A verdict
needs evidence: unknown ids are told from wrong paths by the words, and what cannot be
told apart is a Problem, never a Miss.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.look import Trouble
from bot.relay.probe import NOTHING, Probe, probes_of
from bot.relay.reply import Miss, Problem, Reply, wait_asked
from bot.relay.wording import (
    code_of,
    message_of,
    says_no_route,
    says_other_thing,
    says_task_unknown,
    trouble_in,
    words_of,
)

TASK_KEYS: Final = frozenset(
    {
        "action",
        "buttons",
        "failReason",
        "finishTime",
        "imageUrl",
        "progress",
        "prompt",
        "promptEn",
        "startTime",
        "status",
        "submitTime",
    }
)
WRAPPERS: Final = ("result", "data", "list", "items", "tasks", "records", "content")
WRAPPED_DEPTH: Final = 3
SEED_LENGTH_LIMIT: Final = 20  # digits
SIGNS_NEEDED: Final = 2  # one alone may be anything's

_OK: Final = 200
_EMPTY_OK: Final = frozenset({204, 205})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_ID_STATUSES: Final = frozenset({400, 404, 410, 422})
_ROUTE_STATUSES: Final = frozenset({404, 405, 410, 501})
_SPLIT_STATUSES: Final = frozenset({400, 413, 414, 422})
_ERROR_FROM: Final = 500
_STATUS_TROUBLES: Final = {
    402: Trouble.QUOTA,
    408: Trouble.TIMEOUT,
    413: Trouble.TOO_LARGE,
    429: Trouble.BUSY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list that was understood.

    Attributes:
        probes: In the relay's order, None where an element was no object.
        objects: The decoded elements, if the list had to be unwrapped.
        body: The JSON list itself, if it had not.
    """

    probes: list[Probe | None]
    objects: list[Any] | None = None
    body: bytes = b""


Task = dict[str, Any]


def read_task(reply: Reply) -> Task | Miss | Problem:
    """Read the answer to a fetch of one task."""
    if reply.cut:
        return Problem(trouble=Trouble.TOO_LARGE, http=reply.status)
    if not _is_ok(reply):
        return _read_error(reply)
    if reply.status in _EMPTY_OK or reply.bare in {b"", b"null"}:
        return Miss()
    told = reply.json()
    return _task_in(told) or _read_odd(reply, told)


def read_list(reply: Reply) -> Rows | Problem:
    """Read the answer to a list request; one empty list is a list."""
    if reply.cut:
        return Problem(trouble=Trouble.TOO_LARGE, http=reply.status, splits=True)
    if not _is_ok(reply):
        return _list_error(reply)
    if reply.bare == b"null":  # how Go writes a list that was never made
        return Rows(probes=[])
    probes = probes_of(reply.bare)
    if probes is None:
        return _wrapped_list(reply)
    return _rows(probes, reply, body=reply.bare)


def read_seed(reply: Reply) -> str | Miss | Problem:
    """Read the answer to a seed request; a seed not there (yet) is a Problem."""
    if reply.cut:
        return Problem(trouble=Trouble.TOO_LARGE, http=reply.status)
    told = reply.json()
    if not _is_ok(reply):
        return _seed_error(reply, told)
    return _seed_in(told) or _no_seed(reply, told)


def looks_like_task(told: object) -> bool:
    """Whether an object is a task: two of its signs, one more beside an error."""
    if not isinstance(told, dict):
        return False
    has_id = isinstance(told.get("id"), str | int | float) and told["id"] != ""
    wrong = bool(told.get("error")) or told.get("success") is False
    signs = len(TASK_KEYS & told.keys()) + has_id - wrong
    return signs >= SIGNS_NEEDED


def _is_ok(reply: Reply) -> bool:
    return _OK <= reply.status < _OK + 100


def _task_in(told: object) -> Task | None:
    """Find the one task in an answer, also in a wrapper or a list of one."""
    for _ in range(WRAPPED_DEPTH):
        if looks_like_task(told) and isinstance(told, dict):
            return told
        if isinstance(told, list) and len(told) == 1:
            told = told[0]
        elif isinstance(told, dict):
            inner = [told[name] for name in WRAPPERS if name in told]
            told = inner[0] if inner else None
    return told if looks_like_task(told) and isinstance(told, dict) else None


def _wrapped_list(reply: Reply) -> Rows | Problem:
    told = reply.json()
    wrapped = _list_in(told, WRAPPED_DEPTH)
    if wrapped is None:
        return _no_miss(_read_odd(reply, told))
    return _rows([_probe(each) for each in wrapped], reply, objects=wrapped)


def _list_in(told: object, depth: int) -> list[Any] | None:
    """Find the list in a wrapper that does not speak of an error."""
    if isinstance(told, list):
        return told
    if not isinstance(told, dict) or depth == 0:
        return None
    if looks_like_task(told):
        return [told]
    if told.get("success") is False or told.get("error"):
        return None
    inner = (_list_in(told[name], depth - 1) for name in WRAPPERS if name in told)
    found = next((each for each in inner if each is not None), None)
    return found if found or code_of(told) in {None, 0, 1, _OK} else None


def _rows(
    probes: list[Probe | None],
    reply: Reply,
    *,
    body: bytes = b"",
    objects: list[Any] | None = None,
) -> Rows | Problem:
    """Take a list, unless it holds things and not one of them has an id."""
    if probes and not any(probe and probe.task_id for probe in probes):
        return _problem(Trouble.BROKEN, reply)
    return Rows(probes=probes, objects=objects, body=body)


def _probe(told: object) -> Probe | None:
    if not isinstance(told, dict):
        return None
    return Probe(
        id=told.get("id"), status=told.get("status"), progress=told.get("progress")
    )


def _read_odd(reply: Reply, told: object) -> Miss | Problem:
    """Understand a success that holds no task: a page, an envelope, or nonsense."""
    if reply.html:
        return _problem(Trouble.WRONG_PATH, reply)
    if says_task_unknown(told):
        return Miss()
    return _problem(_named_trouble(told) or Trouble.BROKEN, reply, told)


def _read_error(reply: Reply) -> Miss | Problem:
    told = NOTHING if reply.html else reply.json()
    spoken = "" if reply.html else _words(reply, told)
    known = says_task_unknown(spoken) and not says_no_route(spoken)
    if reply.status in _ID_STATUSES and known:
        return Miss()
    if reply.status in _ID_STATUSES and _is_bare_unknown(reply, told):
        return Miss()
    return _problem(_trouble_of(reply, told), reply, told)


def _is_bare_unknown(reply: Reply, told: object) -> bool:
    """Whether a 404 speaks JSON about something else than the path or the key."""
    if reply.status not in {404, 410} or not isinstance(told, dict):
        return False
    if says_no_route(told) or says_other_thing(told) or trouble_in(told):
        return False
    return bool(message_of(told))


def _trouble_of(reply: Reply, told: object) -> Trouble:
    """Judge an error by its status first, then by its words."""
    status = reply.status
    if status in _STATUS_TROUBLES:
        return _STATUS_TROUBLES[status]
    by_status: dict[int, Callable[[Reply, object], Trouble]] = {
        400: _of_400,
        401: _of_401,
        403: _of_403,
    }
    if status in by_status:
        return by_status[status](reply, told)
    if status in _MOVED or status in _ROUTE_STATUSES:
        return Trouble.WRONG_PATH
    return Trouble.BROKEN


def _of_400(reply: Reply, told: object) -> Trouble:
    if reply.html or not isinstance(told, dict):
        return Trouble.BROKEN
    named = _named_trouble(told)
    if named is None and says_no_route(told):
        return Trouble.WRONG_PATH
    return named or Trouble.BROKEN


def _of_401(reply: Reply, told: object) -> Trouble:
    named = trouble_in(_words(reply, told))
    return named if named in {Trouble.QUOTA, Trouble.BANNED} else Trouble.BAD_KEY


def _of_403(reply: Reply, told: object) -> Trouble:
    """Tell the relay's own no from that of a proxy before it."""
    if reply.html or "cf-mitigated" in reply.headers:
        return Trouble.EDGE
    named = trouble_in(_words(reply, told))
    if named in {Trouble.QUOTA, Trouble.BANNED}:
        return named
    spoken = isinstance(told, dict) and bool(words_of(told) or told.get("error"))
    return Trouble.FORBIDDEN if spoken else Trouble.EDGE


def _words(reply: Reply, told: object) -> object:
    """Give the envelope, or the text where there is none."""
    if told is NOTHING:
        return reply.bare[:1000].decode(errors="replace")
    return told


def _named_trouble(told: object) -> Trouble | None:
    """Tell the trouble an envelope names; a plain text's words prove nothing."""
    return trouble_in(told) if isinstance(told, dict) else None


def _list_error(reply: Reply) -> Problem:
    problem = _no_miss(_read_error(reply))
    unclear = problem.trouble in {Trouble.BROKEN, Trouble.TOO_LARGE}
    splits = unclear and reply.status in _SPLIT_STATUSES
    return Problem(
        trouble=problem.trouble,
        http=problem.http,
        after_seconds=problem.after_seconds,
        said=problem.said,
        splits=splits,
    )


def _no_miss(found: Miss | Problem) -> Problem:
    """Turn "unknown" into a missing route: a list never says it of all its ids."""
    return Problem(trouble=Trouble.WRONG_PATH) if isinstance(found, Miss) else found


def _seed_error(reply: Reply, told: object) -> Miss | Problem:
    found = _read_error(reply)
    if isinstance(found, Miss) or reply.status >= _ERROR_FROM:
        return found
    from_gateway = "do_request_failed" in words_of(told)
    if found.trouble is Trouble.BROKEN and isinstance(told, dict) and not from_gateway:
        return _problem(Trouble.NO_SEED, reply, told)
    return found


def _no_seed(reply: Reply, told: object) -> Miss | Problem:
    if reply.html:
        return _problem(Trouble.WRONG_PATH, reply)
    if says_task_unknown(told):
        return Miss()
    return _problem(_named_trouble(told) or Trouble.NO_SEED, reply, told)


def _seed_in(told: object) -> str | None:
    """Find the seed: in `result`, in an object there, or the answer itself."""
    if isinstance(told, dict):
        if told.get("success") is False or told.get("error"):
            return None
        inner = told.get("result", told.get("data", told.get("seed")))
        told = inner.get("seed") if isinstance(inner, dict) else inner
    if isinstance(told, bool):
        return None
    text = str(told).strip() if isinstance(told, str | int) else ""
    good = text.isascii() and text.isdigit() and len(text) <= SEED_LENGTH_LIMIT
    return text if good else None


def _problem(trouble: Trouble, reply: Reply, told: object = NOTHING) -> Problem:
    return Problem(
        trouble=trouble,
        http=reply.status,
        after_seconds=wait_asked(reply, told),
        said=message_of(_words(reply, told)),
    )
