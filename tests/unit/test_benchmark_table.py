"""The table that a run leaves, in the terminal and in the READMEs."""

import pytest

from benchmarks.readme import BEGIN, END, HEADS, inserted, table
from benchmarks.report import ROOT, Row, header, markdown
from tests.unit.test_docs import shape

ROWS = [
    Row("0", "ring time", "p50 2.0 s", "2.0 s", "3.5 s", met=True),
    Row("1", "CPU", "9 x", "1 us", "1.4 x", met=False, scaled="few"),
]
HEAD = header(quick=True, demo_seconds=25.0)


def test_a_quick_run_says_that_each_row_is_scaled_down() -> None:
    said = markdown(HEAD, ROWS)

    assert "QUICK" in said
    assert "| 1 | CPU [few] | 9 x | 1 us | 1.4 x | **missed** |" in said


def test_what_failed_is_neither_met_nor_missed() -> None:
    failed = Row("4", "watching", "**FAILED**: why", "", "", met=False, failed=True)

    assert "| 4 | watching | **FAILED**: why |  |  |  |" in markdown(HEAD, [failed])


@pytest.mark.parametrize("page", HEADS)
def test_a_page_takes_the_table_between_its_marks_and_again(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")

    once = inserted(text, table(page, HEAD, ROWS))

    assert "p50 2.0 s" in once
    assert "25 s" in once
    assert inserted(once, table(page, HEAD, ROWS)) == once
    assert inserted(once, "") == inserted(text, "")


def test_both_pages_keep_the_same_shape() -> None:
    rows = [Row(n, f"figure {n}", "1", "1", "1") for n in ("0", "0b", "12a", "13")]
    shapes = []
    for page in HEADS:
        text = (ROOT / page).read_text("utf-8")
        shapes.append(shape(inserted(text, table(page, HEAD, rows))))

    assert shapes[0] == shapes[1]


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="marks"):
        inserted(f"{END} {BEGIN}", "x")
