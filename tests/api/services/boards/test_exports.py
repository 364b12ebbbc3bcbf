"""Tables in three formats, with what text and numbers may hold."""

import csv
import io
import json

import pyarrow.parquet
import pytest

from brainrank.api.services.boards import exports
from brainrank.api.services.boards.exports import REAL, TEXT, WHOLE, Format, export

COLUMNS = {"text": TEXT, "whole": WHOLE, "real": REAL}
ROWS = [
    ('a, "b"\nc', 3, 0.1 + 0.2),
    ("", None, None),
    ("null", -1, 5e-324),
    ("NA", 0, 1.7976931348623157e308),
    ("été 0.5", 7, -0.0),
    ("1", 8, 3.0),
]


@pytest.mark.parametrize("rows_at_once", [2, 100])
def test_every_format_gives_back_what_was_written(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", rows_at_once)
    content = {each: b"".join(export(ROWS, COLUMNS, each)) for each in Format}
    expected = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
    assert pyarrow.parquet.read_table(io.BytesIO(content[Format.PARQUET])).to_pylist() == expected
    assert json.loads(content[Format.JSON]) == expected
    written = list(csv.DictReader(io.StringIO(content[Format.CSV].decode(), newline="")))
    assert written == [{key: "" if each is None else str(each) for key, each in row.items()} for row in expected]


def test_no_rows_are_a_table_all_the_same() -> None:
    content = {each: b"".join(export([], COLUMNS, each)) for each in Format}
    assert (content[Format.CSV], json.loads(content[Format.JSON])) == (b"text,whole,real\n", [])
    assert pyarrow.parquet.read_table(io.BytesIO(content[Format.PARQUET])).schema.names == list(COLUMNS)


FORMULAE = ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")', "＝1", "－1")


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers() -> None:
    rows = [(text, -1.5, -2) for text in FORMULAE]
    columns = {"text": TEXT, "real": REAL, "whole": WHOLE}
    found = list(csv.reader(io.StringIO(b"".join(export(rows, columns, Format.CSV)).decode(), newline="")))
    assert found[0] == ["text", "real", "whole"]
    assert [row[0] for row in found[1:]] == [f"'{text}" for text in FORMULAE]
    assert {tuple(row[1:]) for row in found[1:]} == {("-1.5", "-2")}


def test_texts_that_are_none_stay_as_they_are_and_other_formats_are_exact() -> None:
    texts = [("a=b",), ("1-2",), ("timm:x",), ("",), ("'=quoted",)]
    assert b"".join(export(texts, {"t": TEXT}, Format.CSV)).decode().splitlines()[1:] == [
        "a=b", "1-2", "timm:x", '""', "'=quoted"
    ]  # fmt: skip
    rows = [(text,) for text in FORMULAE]
    assert [each["t"] for each in json.loads(b"".join(export(rows, {"t": TEXT}, Format.JSON)))] == list(FORMULAE)
    table = pyarrow.parquet.read_table(io.BytesIO(b"".join(export(rows, {"t": TEXT}, Format.PARQUET))))
    assert table["t"].to_pylist() == list(FORMULAE)
