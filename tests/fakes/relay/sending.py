"""An answer put on the wire, whole, dripping, cut off, or never."""

import asyncio

from aiohttp import web

from tests.fakes.relay.answers import Answer


async def send(
    request: web.Request, answer: Answer, drip_seconds: float | None = None
) -> web.StreamResponse:
    """Send an answer, whole or one byte each so many seconds."""
    if answer.waits is not None:
        await answer.waits.wait()
    if drip_seconds is None and not (answer.chunked or answer.missing_bytes):
        return web.Response(
            status=answer.status, headers=dict(answer.headers), body=answer.body
        )
    return await _stream(request, answer, drip_seconds)


def abort(request: web.Request) -> web.StreamResponse:
    """Reset the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _stream(
    request: web.Request, answer: Answer, drip_seconds: float | None
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    if answer.missing_bytes:
        response.content_length = len(answer.body) + answer.missing_bytes
    elif answer.chunked:
        response.enable_chunked_encoding()
    await response.prepare(request)
    if drip_seconds is None:
        await response.write(answer.body)
    else:
        await _drip(response, answer.body, drip_seconds)
    return await _end(request, response, broken=bool(answer.missing_bytes))


async def _drip(response: web.StreamResponse, body: bytes, drip_seconds: float) -> None:
    for position in range(len(body)):
        await response.write(body[position : position + 1])
        await asyncio.sleep(drip_seconds)


async def _end(
    request: web.Request, response: web.StreamResponse, *, broken: bool
) -> web.StreamResponse:
    if broken and request.transport is not None:
        request.transport.close()  # what was written goes out first
        return response
    await response.write_eof()
    return response
