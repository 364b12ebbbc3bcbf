"""`br.published()`: scores that others published, as a frame."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def published(name: "str | os.PathLike[str]") -> "pd.DataFrame":
    """Others' scores as they were published, a row for each model and a column for each benchmark.

    `name` is a table that `brainrank published list` names, or a CSV file of one's own: with a column `model` and one
    for each benchmark, or with `model`, `benchmark` and `score`. The first columns say of each model what the table
    does: architecture, family, training data, objective, seed, parameters, samples seen. None of it enters a
    leaderboard. `frame.attrs` has the source.

    Raises BrainrankError for an unknown name, a file that is no such table, and one that cannot be had.

    Example:
        >>> import brainrank as br
        >>> br.published("gokce2024").groupby("family").size()  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.services.views.published import line_row, load_table
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.reporter import Silent

    found, lines = load_table(os.fspath(name), Settings().locations, Silent())
    frame = pd.DataFrame([line_row(each) for each in lines]).astype({"seed": "Int64"})
    frame.attrs["source"] = found.card.citation if found else os.fspath(name)
    return frame
