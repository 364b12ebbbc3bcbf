"""Tables at any width: names come out whole, numbers unbroken, lines no wider than the terminal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from terminal import drawn

from brainrank.api.cli.layout import (
    Column,
    Kind,
    column_widths,
    name_column,
    number_column,
    print_facts,
    print_table,
    print_text,
    printable,
    table_lines,
    text_column,
)

WIDTHS = st.one_of(st.none(), st.integers(40, 200))
NAMES = st.text("αβγδε漢字界例∕", min_size=1, max_size=200)
NUMBERS = st.integers(-10_000, 10_000).map(lambda value: f"{value / 1000:.3f}")


@settings(max_examples=150, deadline=None)
@given(WIDTHS, st.lists(st.tuples(NAMES, NUMBERS, NUMBERS, st.text("pqr ", max_size=60)), min_size=1, max_size=5))
def test_nothing_is_lost(width: int | None, rows: list[tuple[str, str, str, str]]) -> None:
    columns = [number_column("rank"), name_column("model"), number_column("95 % interval"), text_column("layers")]
    cells = [[first, who, f"{first} to {second}", prose] for who, first, second, prose in rows]
    lines = [line.plain for line in table_lines(columns, cells, width=width)]
    whole = "\n".join(lines)
    assert "".join(each for each in whole if each in "αβγδε漢字界例∕") == "".join(who for who, *_ in rows)
    for _, first, second, _ in rows:
        assert f"{first} to {second}" in whole
    assert "".join(each for each in whole if each in "pq") == "".join(
        each for *_, prose in rows for each in prose if each in "pq"
    )
    if width is not None:
        assert max(map(cell_len, lines)) <= width
    else:
        assert len(lines) == len(rows) + 1


def test_numbers_stand_right_and_names_left() -> None:
    lines = [
        line.plain
        for line in table_lines([name_column("model"), number_column("r")], [["a", ".5"], ["bcd", "-.25"]], width=80)
    ]
    assert lines == ["model     r", "a        .5", "bcd    -.25"]


def test_headings_take_several_lines_and_end_level() -> None:
    lines = [
        line.plain
        for line in table_lines([name_column("model"), number_column("human\nit\nrsa")], [["a", ".512"]], width=80)
    ]
    assert lines == ["       human", "          it", "model    rsa", "a       .512"]


def test_names_are_not_told_apart_by_what_does_not_fit() -> None:
    stem = "file:/a/very/long/path/without/spaces/" * 3
    rows = [[f"{stem}first.onnx", ".1"], [f"{stem}second.onnx", ".2"]]
    for width in (40, 80, 200):
        out = drawn(width, lambda: print_table([name_column("model"), number_column("score")], rows))
        joined = "".join(line.split("  ")[0] for line in out.splitlines())
        assert all(row[0] in joined for row in rows)


def test_where_columns_do_not_fit_each_row_is_a_block() -> None:
    columns = [
        name_column("model"),
        *(number_column(heading) for heading in ("score", "95 % interval", "noise ceiling")),
    ]
    row = ["efficientnet-lite0", ".318", ".281 to .352", ".371 to .664"]
    assert column_widths(columns, [row], 40) is None
    assert [line.plain for line in table_lines(columns, [row], width=40)] == [
        "efficientnet-lite0",
        "  score          .318",
        "  95 % interval  .281 to .352",
        "  noise ceiling  .371 to .664",
    ]


def test_a_number_wider_than_what_is_left_beside_its_label_stands_below() -> None:
    columns = [
        name_column("model"),
        number_column("confidence interval of the mean"),
        number_column("a-heading-without-any-spaces-in-it"),
    ]
    lines = [line.plain for line in table_lines(columns, [["m", ".3333 to .4444", ".2"]], width=40)]
    assert lines == [
        "m",
        "  confidence interval of the mean",
        "    .3333 to .4444",
        "  a-heading-without-any-spaces-in-it  .2",
    ]


def test_rows_that_are_set_apart_come_last() -> None:
    lines = [
        line.plain
        for line in table_lines([name_column(""), number_column("r")], [["a", ".1"]], [["mean", ".1"]], width=60)
    ]
    assert lines == ["       r", "a     .1", "", "mean  .1"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("a\nb", "a\\nb"), ("a\x1b[31mb", "a\\x1b[31mb"), ("[bold]x[/bold]", "[bold]x[/bold]"), ("日本 語", "日本 語")],
)
def test_what_cannot_be_printed_is_escaped_and_markup_is_none(cell: str, shown: str) -> None:
    assert printable(cell) == shown
    for width in (40, None):
        assert shown in drawn(width, lambda: print_table([name_column("model"), number_column("r")], [[cell, ".1"]]))


@settings(max_examples=60, deadline=None)
@given(WIDTHS, NAMES)
def test_facts_and_sentences_fold(width: int | None, who: str) -> None:
    out = drawn(width, lambda: print_facts({"model": who, "95 % interval of the lower": ".281 to .352"}))
    assert "".join(each for each in out if each in "αβγδε漢字界例∕") == who
    assert ".281" in out
    told = drawn(width, lambda: print_text(f"{who} is .318 and not more than that"))
    assert "".join(each for each in told if each in "αβγδε漢字界例∕") == who
    assert ".318" in told.split()


def test_columns_says_the_width_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["n" * 100, ".1"]]
    assert (
        len(drawn(None, lambda: print_table([Column("model", Kind.NAME), number_column("r")], rows)).splitlines()[1])
        > 100
    )
    monkeypatch.setenv("COLUMNS", "60")
    assert (
        max(map(len, drawn(60, lambda: print_table([name_column("model"), number_column("r")], rows)).splitlines()))
        <= 60
    )
