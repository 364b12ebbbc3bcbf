"""Trials in memory as a table of text, as the reader of files gives it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.trial_columns import name_columns, read_columns

if TYPE_CHECKING:
    import pandas as pd

COLUMNS_OPTION = 'columns={{"{}": "{}"}}'


def trial_table(trials: Any, columns: Mapping[str, str] | None, *, what: str) -> "pd.DataFrame":
    """The columns of trials by name, from a frame, a list of rows, or a CSV file.

    Raises InvalidDataError, with `what`, as `trial_columns.name_columns`, and for what is no table.
    """
    import pandas as pd

    if isinstance(trials, str | Path):
        return read_columns(Path(trials), columns)
    try:
        frame = trials if isinstance(trials, pd.DataFrame) else pd.DataFrame(trials)
    except ValueError as error:
        raise InvalidDataError(f"{what} is no table ({error}); give a frame with a row for each trial") from error
    if not len(frame):
        raise InvalidDataError(f"{what} has no rows; give one for each trial")
    text = frame.reset_index(drop=True).map(_as_text).set_axis([str(each) for each in frame.columns], axis=1)
    table = name_columns(text, what, columns, option=COLUMNS_OPTION)
    return table.assign(line=table["line"] - 1)


def _as_text(cell: Any) -> str:
    import pandas as pd

    return "" if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)) else str(cell)
