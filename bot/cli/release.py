"""Which version this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Give the installed version, also where only the sources are there."""
    try:
        return version("mjwatch")
    except PackageNotFoundError:
        return "from its sources"
