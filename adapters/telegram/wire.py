"""What both of our requests to Telegram share below the library."""

from typing import Any

import httpx


def own_way() -> dict[str, Any]:
    """Let the settings alone choose the way: they have read NO_PROXY, networks too.

    The library would look into the environment once more where no proxy is named, and
    understands less of it. Authorities it trusts as before, SSL_CERT_FILE included.
    """
    return {"trust_env": False, "verify": httpx.create_ssl_context()}
