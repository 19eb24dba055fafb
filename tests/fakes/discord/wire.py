"""JSON answers exactly as Discord sends them."""

import json
from collections.abc import Mapping

from aiohttp import web


def reply(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with JSON; the library takes no charset beside the type."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )
