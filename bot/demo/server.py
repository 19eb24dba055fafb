"""The simulated relay's HTTP: the protocol's routes over a world and a gallery."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.clock import SystemClock
from bot.demo import answers
from bot.demo.answers import Answer
from bot.demo.gallery import Gallery, Order, order_for
from bot.demo.kinds import KINDS, Kind
from bot.demo.showcase import SHOWCASE
from bot.demo.submit import submitted
from bot.demo.task import Art, DemoTask
from bot.demo.wire import PREFIX, View, file_name, full, slim
from bot.demo.world import World
from bot.ports import Clock

BODY_LIMIT: Final = 20 * 1024 * 1024  # bytes; submits carry pictures
IDS_LIMIT: Final = 1000
STOP_SECONDS: Final = 1.0  # for answers under way
_HOST: Final = "127.0.0.1"
_FILE: Final = re.compile(r"([0-4])\.(png|jpg|webp|mp4)")
_MIMES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_MP4: Final = "video/mp4"
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A simulated relay that is being served.

    Attributes:
        url: Its address, without a slash at the end.
        kind: The relay that it plays.
        showcase: Id and what it shows, of each ready-made task.
    """

    url: str
    kind: str
    prefix: str
    showcase: tuple[tuple[str, str], ...]


@asynccontextmanager
async def open_simulator(
    *,
    kind: str = "crazyrouter",
    port: int = 0,
    clock: Clock | None = None,
    seed: int = 0,
    key: str | None = None,
    memory: Path | None = None,
) -> AsyncIterator[Simulator]:
    """Serve a simulated relay on loopback, for as long as the block lasts.

    Args:
        kind: A name in `KINDS`.
        port: 0 takes a free one.
        clock: Where the time comes from; the machine's by default.
        seed: Chooses the pictures and the pace of submitted tasks.
        key: If given, asked for; as bearer or in `mj-api-secret`.
        memory: The file that submitted tasks outlive a stop in, if they shall.

    Raises:
        KeyError: No such kind.
        OSError: The port is taken.
    """
    played = KINDS[kind]
    time = clock or SystemClock()
    world = World(kind=played, clock=time, seed=seed, memory=memory)
    desk = _Desk(kind=played, world=world, clock=time, gallery=Gallery())
    runner = web.AppRunner(
        _application(desk, key), access_log=None, shutdown_timeout=STOP_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, port).start()
        yield Simulator(
            url=f"http://{_HOST}:{runner.addresses[0][1]}",
            kind=kind,
            prefix=PREFIX,
            showcase=tuple((each.id_on(played), each.shows) for each in SHOWCASE),
        )
    finally:
        await runner.cleanup()


def _application(desk: "_Desk", key: str | None) -> web.Application:
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_asking_for(key)])
    app.router.add_get(f"{PREFIX}/task/{{id}}/fetch", desk.fetch)
    app.router.add_post(f"{PREFIX}/task/list-by-condition", desk.list)
    app.router.add_get(f"{PREFIX}/task/{{id}}/image-seed", desk.seed)
    app.router.add_post(f"{PREFIX}/submit/{{action}}", desk.submit)
    app.router.add_get("/cdn/attachments/{id}/{file}", desk.file)
    if desk.kind.image_route != "none":
        app.router.add_get(f"{PREFIX}/image/{{id}}", desk.image, allow_head=False)
    app.router.add_route("*", "/{rest:.*}", desk.elsewhere)
    return app


def _asking_for(key: str | None) -> Callable[..., Any]:
    """Ask for the key on all routes but the pictures'."""
    guarded = (f"{PREFIX}/task/", f"{PREFIX}/submit/")

    @web.middleware
    async def ask(request: web.Request, handler: Next) -> web.StreamResponse:
        if key and request.path.startswith(guarded) and not _shows(request, key):
            return answers.bad_key()
        return await handler(request)

    return ask


def _shows(request: web.Request, key: str) -> bool:
    bearer = request.headers.get("Authorization", "")
    given = bearer or request.headers.get("mj-api-secret", "")
    return compare_digest(given.removeprefix("Bearer ").encode(), key.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Answers requests."""

    kind: Kind
    world: World
    clock: Clock
    gallery: Gallery

    async def fetch(self, request: web.Request) -> Answer:
        """Answer with one task."""
        task = self.world.find(request.match_info["id"])
        if task is None:
            return self.kind.unknown()
        shown = full(self._view(request, task))
        if self.kind.renames:
            shown["id"] = f"9{task.task_id}"
        return answers.json_answer(shown)

    async def list(self, request: web.Request) -> Answer:
        """Answer with those of the asked tasks that are known."""
        ids = await _ids_of(request)
        if ids is None:
            return answers.upstream_error("do_request_failed")
        found = [self.world.find(task_id) for task_id in dict.fromkeys(ids)]
        shape = slim if self.kind.slim_list else full
        rows = [shape(self._view(request, task)) for task in found if task]
        return answers.json_answer(rows)

    async def seed(self, request: web.Request) -> Answer:
        """Answer with the seed of a finished picture."""
        task = self.world.find(request.match_info["id"])
        if task is None:
            return answers.task_no_found()
        if task.art is Art.TEXT or not task.moment(self.clock.now()).done:
            return answers.envelope(0, "", "")
        return answers.envelope(1, "success", str(task.seed))

    async def submit(self, request: web.Request) -> Answer:
        """Take a new task."""
        body = await _object_of(request)
        action = request.match_info["action"]
        answer = submitted(self.world, self.clock.now(), action=action, body=body)
        return answer or self.kind.unknown_path()

    async def image(self, request: web.Request) -> Answer:
        """Answer with a task's picture, or say where it is."""
        task = self.world.find(request.match_info["id"])
        if task is None:
            return answers.no_image("midjourney_task_not_found", 400)
        order = self._order(task, part=0)
        if order is None:
            return answers.no_image("http_get_image_failed", 500)
        if self.kind.image_route == "redirect":
            place = self._view(request, task).cdn(file_name(self.kind))
            return web.Response(status=302, headers={"Location": place})
        return await self._drawn(order)

    async def file(self, request: web.Request) -> Answer:
        """Answer with a file of the mirror."""
        task = self.world.find(request.match_info["id"])
        name = _FILE.fullmatch(request.match_info["file"])
        order = self._order(task, part=int(name[1])) if task and name else None
        if order is None or task is None or name is None:
            return web.Response(text="This content is no longer available.", status=404)
        if name[2] != "mp4":
            return await self._drawn(order)
        if task.art is not Art.FILM or order.preview:
            return web.Response(text="This content is no longer available.", status=404)
        return await self._drawn(replace(order, film=True))

    async def elsewhere(self, request: web.Request) -> Answer:
        """Answer a route that is not there, as this relay does."""
        del request
        return self.kind.unknown_path()

    def _view(self, request: web.Request, task: DemoTask) -> View:
        return View(
            kind=self.kind,
            task=task,
            now=self.clock.now(),
            base=f"{request.scheme}://{request.host}",
        )

    def _order(self, task: DemoTask, *, part: int) -> Order | None:
        """Say what is to be drawn; None while there is nothing to see."""
        moment = task.moment(self.clock.now())
        if task.art is Art.TEXT or not (moment.done or moment.preview):
            return None
        order = order_for(task, form=self.kind.picture_format, part=part)
        return replace(order, preview=moment.preview)

    async def _drawn(self, order: Order) -> Answer:
        body = await self.gallery.get(order)
        mime = _MP4 if order.film else _MIMES[order.form]
        return web.Response(body=body, content_type=mime)


async def _object_of(request: web.Request) -> dict[str, Any]:
    """Read a body; whatever is no JSON object is an empty one."""
    try:
        body = json.loads(await request.text())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _ids_of(request: web.Request) -> list[str] | None:
    """Read the ids of a list request; None if they are not texts."""
    ids = (await _object_of(request)).get("ids") or []
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        return None
    return ids[:IDS_LIMIT]
