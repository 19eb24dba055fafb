"""Make a database of an earlier schema: `python -m tests.chaos.aging FILE REVISION`."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from storage import migrate


def make(path: Path, revision: str) -> None:
    """Bring an empty file to a revision and no further."""
    config = Config()
    scripts = Path(migrate.__file__).with_name("migrations")
    config.set_main_option("script_location", str(scripts))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
    engine.dispose()


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2])
