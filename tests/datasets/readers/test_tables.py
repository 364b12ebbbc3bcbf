"""Tables are bounded before any reader makes room for them."""

from pathlib import Path

import pytest
import stranger_files as files
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers import tables
from brainrank.datasets.readers.tables import check_table


def written(content: bytes, folder: Path) -> Path:
    (folder / "x.csv").write_bytes(content)
    return folder / "x.csv"


HEAD = b"subj,imagename,object_response,category"
LARGE = {
    "columns": (b",".join(b"c%d" % number for number in range(1_001)) + b"\n", "a row of 1,001 columns"),
    "columns in the middle": (HEAD + b"\na,b,c,d\n" + b"," * 1_001 + b"\n", r"1,002 columns.*line 3"),
    "columns over quoted line ends": (b'"\n",' * 1_500 + b"x\n", "a row of 1,501 columns"),
    "rows that fill up to many cells": (b",".join([b"c"] * 1_000) + b"\n" * 20_000, "more than 10,000,000 cells"),
    "a cell": (HEAD + b"\n" + b"x" * 10_001 + b",b,c,d\n", "a cell of 10,001 characters"),
    "a row": (HEAD + b"\n" + b"x" * 200_000, "more than 131,072 characters"),
    "a quote that is not closed": (HEAD + b'\n"' + b"x,\n" * 100_000, "a quote that is not closed"),
    "rows with one long cell": (HEAD + b"\n" + b"y" * 10_000 + b"\n" * 27_000, "with cells of 10,000 characters"),
    "NUL": (HEAD + b"\na\0b,c,d,e\n", r"NUL character \(line 2\)"),
    "no UTF-8": (HEAD + b"\n\xff\xfe\n", "not a readable CSV table"),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_too_large_is_refused_by_line(kind: str, tmp_path: Path) -> None:
    content, message = LARGE[kind]
    with pytest.raises(InvalidDataError, match=message):
        check_table(written(content, tmp_path))


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8)


@settings(deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=5), min_size=1, max_size=6), most=st.integers(1, 6))
def test_columns_are_counted_as_they_were_written(
    rows: list[list[str]], most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(files.table(rows), tmp_path_factory.mktemp("table"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "MOST_COLUMNS", most)
        if max(map(len, rows)) <= most:
            check_table(path)
        else:
            with pytest.raises(InvalidDataError, match="columns"):
                check_table(path)


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="x.csv does not exist"):
        check_table(tmp_path / "x.csv")


def test_usual_tables_pass(tmp_path: Path) -> None:
    check_table(written(files.trials(), tmp_path))
    check_table(written(b"\xef\xbb\xbf" + files.trials().replace(b"\r\n", b"\r"), tmp_path))
    check_table(written(b"", tmp_path))
