"""Tables in three formats, with what text and numbers may hold."""

import csv
import io
import json

import pyarrow.parquet
import pytest

from brainrank.api.services import exports
from brainrank.api.services.exports import REAL, TEXT, WHOLE, Format, export

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
