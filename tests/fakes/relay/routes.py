"""From a request to an answer: routes, keys, the kind's errors."""

import re
import zlib
from collections.abc import Mapping
from typing import Final

from tests.fakes.relay.answers import (
    NOT_FOUND_HTML,
    SPA,
    Answer,
    Json,
    envelope,
    json_answer,
    openai_error,
    upstream_error,
)
from tests.fakes.relay.cases import CDN_PATH
from tests.fakes.relay.images import picture_answer
from tests.fakes.relay.pictures import draw
from tests.fakes.relay.record import Seen
from tests.fakes.relay.samples import Wire
from tests.fakes.relay.tasks import FakeTask
from tests.fakes.relay.world import World

BAD_LIST: Final = upstream_error("do_request_failed")
ONE_HUB_MODES: Final = ("mj-fast", "mj-turbo", "mj-relax")
BAD_MODE: Final = json_answer(
    {"description": "无效的加速模式", "type": "one_hub_error", "code": 4}, 400
)
ROUTES: Final = {
    "fetch": ("GET", re.compile(r"task/(?P<id>[^/]+)/fetch")),
    "seed": ("GET", re.compile(r"task/(?P<id>[^/]+)/image-seed")),
    "image": ("GET", re.compile(r"image/(?P<id>[^/]+)")),
    "list": ("POST", re.compile(r"task/list-by-condition")),
    "submit": ("POST", re.compile(r"submit/[^/]+")),
}


def route_of(world: World, method: str, path: str) -> tuple[str, str | None]:
    """Say which route a path is, and the id in it."""
    inside = "/".join(_inside(world, path))
    for route, (verb, pattern) in ROUTES.items():
        found = pattern.fullmatch(inside)
        if found and verb == method and (route != "seed" or world.kind.has_seed):
            return route, found.groupdict().get("id")
    return "other", None


def answer(world: World, seen: Seen) -> Answer:
    """Answer one request, moving the scripts on."""
    path = CDN_PATH if seen.route == "cdn" else seen.path
    told = world.verbatim.get((seen.method, path))
    if told is not None:
        return told
    if seen.route == "cdn":
        return _cdn(world, seen)
    if world.rate is not None and not world.rate.allows(world.now()):
        return _too_many(world.rate.retry_after_seconds)
    return _routed(world, seen)


def ids_in(route: str, task_id: str | None, body: Json) -> tuple[str, ...]:
    """Give the ids a request asks about."""
    if task_id is not None:
        return (task_id,)
    ids = body.get("ids") if route == "list" and isinstance(body, dict) else None
    return tuple(str(each) for each in ids) if isinstance(ids, list) else ()


def _inside(world: World, path: str) -> list[str]:
    """Give the path's segments behind the prefix; none if it is another's."""
    if path.startswith(f"{world.prefix}/"):
        return path.removeprefix(f"{world.prefix}/").split("/")
    mode, _, rest = path.removeprefix("/").partition("/mj/")
    known = world.kind.any_mode or (
        world.kind.name == "onehub" and mode in ONE_HUB_MODES
    )
    return rest.split("/") if known and "/" not in mode else []


def _routed(world: World, seen: Seen) -> Answer:
    if seen.route == "other":
        return _other(world, seen)
    if seen.route == "image":
        return _image(world, seen)
    key = good_key(world, seen.headers)
    if key is None:
        return world.kind.refused
    deed = {"list": _list, "submit": _submit}.get(seen.route, _one)
    return deed(world, seen, key)


def _other(world: World, seen: Seen) -> Answer:
    mode, slash, _ = seen.path.removeprefix("/").partition("/mj/")
    bad_mode = slash and mode.startswith("mj-") and world.kind.name == "onehub"
    return BAD_MODE if bad_mode else world.unknown_path


def good_key(world: World, headers: Mapping[str, str]) -> str | None:
    """Give the key of a request that is let in ("" where none is asked), else None."""
    bearer, secret = headers.get("Authorization", ""), headers.get("mj-api-secret", "")
    if world.auth == "none" or (world.auth == "optional" and not bearer + secret):
        return ""
    read = {
        "bearer": _stripped(bearer),
        "optional": _stripped(bearer) or secret,
        "mj-api-secret": secret,
        "either": _stripped(bearer) or secret,
        "verbatim": bearer or secret,
        "both-refused": "" if bearer and secret else _stripped(bearer) or secret,
    }.get(world.auth, "")
    good = {key.removeprefix("sk-"): key for key in world.keys}
    return good.get(read.removeprefix("sk-"))


def _stripped(authorization: str) -> str:
    literal = authorization == "midjourney-proxy"  # an old client's placeholder
    return "" if literal else authorization.removeprefix("Bearer ")


def _visible(world: World, task_id: str, key: str) -> FakeTask | None:
    task = world.tasks.get(task_id)
    hidden = task and world.kind.owned and task.owner not in (None, key)
    return None if hidden else task


def _one(world: World, seen: Seen, key: str) -> Answer:
    task = _visible(world, seen.ids[0], key)
    if seen.route == "seed":
        return _seed(world, task)
    if task is None:
        return world.kind.unknown
    looked = task.look(world.now_ms())
    if isinstance(looked, Answer):
        return looked
    own_id = task.bare or "id" in task.fields
    return json_answer(looked if own_id else {**looked, "id": task.answer_id})


def _seed(world: World, task: FakeTask | None) -> Answer:
    if task is None:
        return world.kind.seed_unknown
    if isinstance(task.seed, Answer):
        return task.seed
    if task.shown(world.now_ms()).get("status") != "SUCCESS":
        return world.kind.seed_not_yet
    seed = task.seed or str(zlib.crc32(task.task_id.encode()))
    return envelope(1, "成功", seed, sniffed=world.kind.seed_sniffed)


def _list(world: World, seen: Seen, key: str) -> Answer:
    off = {"404": NOT_FOUND_HTML, "html": SPA, "spa": SPA}.get(world.listing)
    if off is not None:
        return off
    if not _well_formed(seen.json):
        return BAD_LIST
    wanted = [
        task
        for task_id in world.tasks
        if task_id in seen.ids
        if (task := _visible(world, task_id, key))
    ]
    looked = [(task, task.look(world.now_ms())) for task in wanted]
    instead = next((said for _, said in looked if isinstance(said, Answer)), None)
    rows = [_row(world, task, said) for task, said in looked if isinstance(said, dict)]
    return instead or json_answer(rows + world.list_extra)


def _row(world: World, task: FakeTask, shown: Wire) -> Wire:
    return task.slim(shown) if world.listing == "slim" else shown


def _well_formed(body: Json) -> bool:
    ids = body.get("ids") if isinstance(body, dict) else 0
    return ids is None or (
        isinstance(ids, list) and all(isinstance(each, str) for each in ids)
    )


def _image(world: World, seen: Seen) -> Answer:
    """Answer the image proxy, which asks no key but where a picture is locked."""
    task = world.tasks.get(seen.ids[0])
    if world.kind.image == "no-route" and (task is None or task.proxy is None):
        return world.unknown_path
    if task is None:
        return world.kind.image_unknown
    shown = task.shown(world.now_ms())
    there = shown.get("status") == "SUCCESS" or shown.get("imageUrl")
    mode = task.proxy or (world.kind.image if there else "not-ready")
    return picture_answer(
        task,
        mode,
        key_good=bool(good_key(world, seen.headers)),
        query=seen.query,
        silence=world.silence,
    )


def _cdn(world: World, seen: Seen) -> Answer:
    """Answer a direct picture: the task whose id is in the path, else any picture."""
    segments = [segment.partition(".")[0] for segment in seen.path.split("/")]
    task = next((world.tasks[each] for each in segments if each in world.tasks), None)
    if task is None:
        drawn = draw(seen.path)
        return Answer(headers={"Content-Type": "image/png"}, body=drawn, chunked=True)
    return picture_answer(
        task, task.cdn, key_good=False, query=seen.query, silence=world.silence
    )


def _submit(world: World, seen: Seen, key: str) -> Answer:
    if world.submits:
        return world.submits.pop(0)
    asked = seen.json if isinstance(seen.json, dict) else {}
    if seen.path.endswith("/imagine") and not asked.get("prompt"):
        return upstream_error("prompt_is_required")
    parent = asked.get("taskId")
    if parent is not None and _visible(world, str(parent), key) is None:
        return upstream_error("task_not_found")
    kept = {name: asked[name] for name in ("prompt", "state") if name in asked}
    made = world.task(world.next_id(), owner=key or None, **kept)
    return envelope(1, "Submit success", made.task_id, sniffed=world.kind.seed_sniffed)


def _too_many(retry_after_seconds: int) -> Answer:
    said = openai_error("slow down", "rate_limit_error", 429)
    headers = {**said.headers, "Retry-After": str(retry_after_seconds)}
    return Answer(status=429, headers=headers, body=said.body)
