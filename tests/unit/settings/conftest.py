"""Settings are read in a folder and an environment without anything of ours."""

import os
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, setting_names

ROOT = Path(__file__).parents[3]
FAMILIES = ("RELAY", "LIMIT_", "DISCORD_", "TELEGRAM_")
STANDARD = {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"}


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own and an environment without anything of ours."""
    ours = {*setting_names(), *(f"{name}_FILE" for name in setting_names()), *STANDARD}
    for name in list(os.environ):  # noqa: TID251 - to be rid of it
        if name in ours or name.startswith(FAMILIES):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    given(monkeypatch, **variables)
    return load_settings(require="nothing")


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    given(monkeypatch, **variables)
    with pytest.raises(SettingsError) as caught:
        load_settings(require="nothing")
    return caught.value.lines


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
