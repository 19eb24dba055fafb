"""`mjwatch check`, said with the settings of a test."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bot.cli.checking import check_all
from bot.cli.exits import Exit

DEAD: Final = "http://127.0.0.1:9"  # the discard port; nobody listens
Told = dict[str, dict[str, Any]]
Check = Callable[..., Awaitable[tuple[Exit, Told]]]


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    """Check with these settings; give the code and the findings by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it

    async def run(**settings: str) -> tuple[Exit, Told]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()  # of what the test itself has opened
        code = await check_all(as_json=True)
        printed = capsys.readouterr()
        for name, value in settings.items():
            if name.endswith(("KEY", "TOKEN")):
                assert value not in printed.out + printed.err
        told = json.loads(printed.out)
        assert set(told) == {"ok", "checks"}
        assert told["ok"] is (code is Exit.FOUND)
        assert told["ok"] is all(each["ok"] for each in told["checks"])
        return code, {each["name"]: each for each in told["checks"]}

    return run


def bad(told: Told) -> dict[str, str]:
    return {k: f"{v['message']} → {v['hint']}" for k, v in told.items() if not v["ok"]}
