"""A host of files, and pictures fetched from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.media.picture import PictureOptions
from bot.media.pictures import Pictures
from tests.contract.pictures.kit import opened
from tests.fakes.pictures import PictureHost


@pytest.fixture
async def host() -> AsyncIterator[PictureHost]:
    async with PictureHost() as host:
        yield host


@pytest.fixture
async def other() -> AsyncIterator[PictureHost]:
    async with PictureHost() as host:
        yield host


@pytest.fixture
def options(tmp_path: Path) -> PictureOptions:
    return PictureOptions(
        folder=tmp_path / "pictures", retry_seconds=(0, 0), timeout_seconds=600
    )


@pytest.fixture
async def pictures(options: PictureOptions) -> AsyncIterator[Pictures]:
    async with opened(options) as pictures:
        yield pictures
