"""Trials, and odd-one-out judgements, in memory as tables of text, as the readers of files give them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.trial_columns import name_columns, read_columns
from brainrank.datasets.readers.triplets import ReadTriplets, read_triplets, triplets_of_cells

if TYPE_CHECKING:
    import pandas as pd

COLUMNS_OPTION = 'columns={{"{}": "{}"}}'


def trial_table(trials: Any, columns: Mapping[str, str] | None, *, what: str) -> "pd.DataFrame":
    """The columns of trials by name, from a frame, a list of rows, or a CSV file.

    Raises InvalidDataError, with `what`, as `trial_columns.name_columns`, and for what is no table.
    """
    if isinstance(trials, str | Path):
        return read_columns(Path(trials), columns)
    table = name_columns(_text_of(trials, what, row="trial"), what, columns, option=COLUMNS_OPTION)
    return table.assign(line=table["line"] - 1)


def given_triplets(triplets: Any, *, what: str) -> ReadTriplets:
    """Odd-one-out judgements from a frame, a list of rows, or a CSV file.

    Raises InvalidDataError, with `what`, as `read_triplets`, and for what is no table.
    """
    if isinstance(triplets, str | Path):
        return read_triplets(Path(triplets))
    text = _text_of(triplets, what, row="judgement")
    lines = ((cells, number) for number, cells in enumerate(text.itertuples(index=False, name=None), 1))
    return triplets_of_cells(list(text.columns), lines, what=what)


def _text_of(rows: Any, what: str, *, row: str) -> "pd.DataFrame":
    """A frame of text; raises InvalidDataError for what is no table, or has no rows."""
    import pandas as pd

    try:
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    except ValueError as error:
        raise InvalidDataError(f"{what} is no table ({error}); give a frame with a row for each {row}") from error
    if not len(frame):
        raise InvalidDataError(f"{what} has no rows; give one for each {row}")
    return frame.reset_index(drop=True).map(_as_text).set_axis([str(each) for each in frame.columns], axis=1)


def _as_text(cell: Any) -> str:
    import pandas as pd

    return "" if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)) else str(cell)
