"""Documents tell the truth: settings, commands, files, keys, codes, links, pictures."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec.structs import replace
from typer.main import get_command

from adapters.discord import words
from adapters.telegram import menu
from bot.cli.exits import Exit
from bot.cli.main import app
from bot.demo import KINDS
from bot.domain.observe import observe
from bot.domain.subscription import Standing
from bot.domain.task import RelayName, State, TaskKey
from bot.domain.transition import Tell
from bot.present.record import record
from bot.settings import Settings, load_settings, setting_names
from bot.telemetry.metrics import Metrics
from tests.unit.card_samples import DONE, NOW

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh.md")
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
)
OURS = [
    page for page in PAGES if page != "docs/relay-protocol.md"
]  # theirs: wire words
LINES_LIMIT = 400
CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
# Names in capitals that stand in documents by right, and are no settings of ours.
OTHERS = {
    "ACCOUNT",
    "APPLICATION_ID",
    "HTTPS_PROXY",
    "LOCK_ARGS",
    "MJWATCH_SPECS",
    "MJWATCH_TEST_POSTGRES",
    "NO_PROXY",
    "RELAY_KEY",
}
SETTING = re.compile(r"\b[A-Z]+(?:_+[A-Z]+|__<NAME>)+\b|\b(?:WEB|ALLOW|LISTEN)(?==|\b)")
PLAIN = Settings.model_fields
TELLS = {tell.name for tell in Tell}
TREES = ("bot", "adapters", "storage", "tests", "docs", "benchmarks")
PATH = re.compile(rf"(?:{'|'.join(TREES)})/[\w./-]*|[\w-]+\.(?:toml|yaml|lock|md)")
# What is made when something runs, and stands in no checkout.
MADE = re.compile(r"db\.lock|benchmarks/results|discord-openapi|telegram-bot-api")


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def codes(page: str) -> list[str]:
    """Everything set as code, blocks and spans."""
    return [block or span for block, span in CODE.findall(read(page))]


def found(pattern: str, page: str) -> set[str]:
    return {name for code in codes(page) for name in re.findall(pattern, code)}


def known_settings() -> set[str]:
    families = {name.replace("__<NAME>", "") for name in setting_names()}
    files = {f"{name}_FILE" for name in setting_names()}
    return {*setting_names(), *families, *files}


def cli() -> dict[str, Any]:
    group: Any = get_command(app)  # of the click that typer brings along
    return dict(group.commands)


def goals() -> set[str]:
    return set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))


def chat_commands() -> set[str]:
    return {*words.NAMES, *menu._MANAGERS, "start"}


# --- what can be set, typed, asked --------------------------------------------------


@pytest.mark.parametrize("page", OURS)
def test_each_setting_that_is_named_exists(page: str) -> None:
    named = {name for code in codes(page) for name in SETTING.findall(code)}

    assert named - known_settings() - OTHERS - TELLS == set()


@pytest.mark.parametrize("page", READMES)
def test_a_readme_names_each_setting(page: str) -> None:
    named = " ".join(codes(page))

    assert [n for n in setting_names() if n not in named] == []


@pytest.mark.parametrize("page", READMES)
def test_a_readme_tells_the_defaults(page: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", read(page), re.MULTILINE)

    told = {name: default for name, default in rows if name.lower() in PLAIN}

    assert told == {name: default_of(name) for name in told}


@pytest.mark.parametrize("page", READMES)
def test_the_example_of_a_readme_is_enough_to_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```\n(RELAY_URL=.*?)```", read(page), re.DOTALL)
    (tmp_path / ".env").write_text("".join(blocks), "utf-8")
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)

    settings = load_settings(require="run", env_file=tmp_path / ".env")

    assert settings.warnings == ()
    assert not settings.open_to_everybody


@pytest.mark.parametrize("page", PAGES)
def test_each_word_of_the_command_line_exists(page: str) -> None:
    assert (
        found(r"(?m)(?<![\w/:-])mjwatch (?!mjwatch)([a-z]+(?:-[a-z]+)*)\b", page)
        - cli().keys()
        == set()
    )


@pytest.mark.parametrize("recipe", ["Makefile", "Dockerfile"])
def test_recipes_say_words_that_exist(recipe: str) -> None:
    said = re.findall(r'(?:BIN\)/mjwatch |"mjwatch", ")(\w+)', read(recipe))

    assert said
    assert set(said) - cli().keys() == set()


@pytest.mark.parametrize("page", READMES)
def test_options_that_are_named_exist(page: str) -> None:
    options = {
        option
        for command in cli().values()
        for parameter in command.params
        for option in parameter.opts
    }

    assert found(r"(?<![\w-])--(?!ar )[a-z][a-z-]*", page) - options == set()


@pytest.mark.parametrize("page", PAGES)
def test_each_goal_of_make_exists(page: str) -> None:
    assert found(r"(?m)(?:^|\s)make ([a-z]+)", page) - goals() == set()


@pytest.mark.parametrize("page", READMES)
def test_the_table_of_commands_is_that_of_the_doors(page: str) -> None:
    rows = re.findall(r"^\| `/([a-z]+)", read(page), re.MULTILINE)

    assert set(rows) == chat_commands()


@pytest.mark.parametrize("page", READMES)
def test_a_readme_names_each_key_of_the_json(page: str) -> None:
    shown = record(RelayName("relay"), DONE)

    keys = {*shown, *shown["buttons"][0]}

    assert keys - set(codes(page)) == set()
    assert {state.value for state in State} - set(codes(page)) == set()


@pytest.mark.parametrize("page", READMES)
def test_a_readme_names_each_exit_code(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \|", read(page), re.MULTILINE)

    assert [int(row) for row in rows] == sorted(Exit)


@pytest.mark.parametrize("page", READMES)
def test_figures_that_are_named_are_kept(page: str) -> None:
    kept = Metrics().render().decode()
    families = {
        line.split()[2] for line in kept.splitlines() if line.startswith("# TYPE")
    }

    assert found(r"mjwatch_[a-z_]+", page) - families == set()


@pytest.mark.parametrize("page", READMES)
def test_the_simulated_relays_are_those(page: str) -> None:
    assert KINDS.keys() - set(codes(page)) == set()


# --- files, links, shape -------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_each_path_that_is_named_exists(page: str) -> None:
    named = {path for code in codes(page) for path in PATH.findall(code)}
    here = (ROOT, ROOT / "docs", ROOT / "tests" / "unit")

    missing = {n for n in named if not any(is_there(root / n) for root in here)}

    assert {n for n in missing if not MADE.match(n)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_each_link_leads_somewhere(page: str) -> None:
    links = {a or b for a, b in LINK.findall(read(page))}
    near = {unquote(each) for each in links if "://" not in each}

    assert {each for each in near if not leads(page, each)} == set()


def test_architecture_names_every_part_of_the_core() -> None:
    parts = {path.name for path in (ROOT / "bot").iterdir() if path.name[0] not in "_."}

    text = read("ARCHITECTURE.md")

    assert {part for part in parts if part.removesuffix(".py") not in text} == set()


def test_architecture_draws_every_state_and_standing() -> None:
    text = read("ARCHITECTURE.md")

    assert [each for each in (*State, *Standing) if each.value not in text] == []
    assert [tell.name for tell in Tell if f"`{tell.name}`" not in text] == []


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_state_is_left_where_an_arrow_is_drawn(before: State, after: State) -> None:
    over = "|".join(each.value for each in State if each.terminal)
    text = read("ARCHITECTURE.md").replace("over:", f"{over}:")
    drawn = re.findall(r"^    (\w+) --> ([\w|]+):", text, re.MULTILINE)
    arrows = {(start, end) for start, ends in drawn for end in ends.split("|")}
    fresh = replace(DONE, state=after, progress=None)

    seen = observe(TaskKey(1), state=before, progress=None, fresh=fresh, at=NOW)

    assert (seen is not None) == ((before.value, after.value) in arrows)


def test_both_readmes_have_the_same_shape() -> None:
    english, chinese = (shape(read(page)) for page in READMES)

    assert english == chinese


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_too_long_or_of_one_machine(page: str) -> None:
    text = read(page)

    assert len(text.splitlines()) <= LINES_LIMIT
    assert re.findall(r"/work/|/root/|/tmp/|/home/\w", text) == []


def default_of(name: str) -> str:
    """Write a default as `.env` has it."""
    value = PLAIN[name.lower()].get_default()
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def is_there(path: Path) -> bool:
    """Whether there is such a file, folder or module."""
    return path.exists() or path.with_suffix(".py").exists()


def leads(page: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    if not anchor or not target.exists():
        return target.exists()
    return anchor in anchors(target.read_text("utf-8"))


def anchors(text: str) -> set[str]:
    """The names that a forge gives headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", t.lower()).strip().replace(" ", "-") for t in titles
    }


def shape(text: str) -> list[str]:
    """Levels of headings, code that is run, table rows, pictures: not the words."""
    kinds = r"^(#+|make |cp |git |mjwatch |docker )|^(\|) `?[\w/]|!\[[^]]*\](\([^)]+\))"
    lines = re.finditer(kinds, text, re.MULTILINE)
    return [line[1] or line[2] or line[3] for line in lines]
