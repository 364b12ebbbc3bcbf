"""`br.leaderboard()`: the scores that are stored here, ranked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainrank.api.number_text import number_text, places_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.api.python.score import HasBenchmarks
    from brainrank.api.services.boards.leaderboard import Leaderboard as Board
    from brainrank.api.services.boards.leaderboard import LeaderboardRow

MOST_TOLD = 10


@dataclass(frozen=True, eq=False, repr=False)
class Leaderboard:
    """The scored models in their order, with the places they may have, and their scores on each benchmark.

    Example:
        >>> b = br.leaderboard("it")  # doctest: +SKIP
        >>> b.frame()[["rank", "last_rank", "model", "mean"]]  # doctest: +SKIP

    """

    _board: "Board"

    @property
    def convention(self) -> str:
        """How scores are shown: `raw`, or as shares of the noise ceiling (`explained`), ..."""
        return str(self._board.convention)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks on which some model is scored."""
        return tuple(each.name for each in self._board.scored_benchmarks)

    def __len__(self) -> int:
        return len(self._board.rows)

    def frame(self) -> "pd.DataFrame":
        """A row for each model: the ranks it may have, its mean with interval over the benchmarks that count.

        `coverage` is how many of those it has, `reason` why it has no rank. `scores()` has each benchmark's.
        """
        import pandas as pd

        rows = [
            (
                *(row.rank, row.last_rank, row.model, row.family, row.value, row.interval.low, row.interval.high),
                *(row.coverage, row.reason),
            )
            for row in self._board.rows
        ]
        made = pd.DataFrame(rows, columns=COLUMNS)
        return made.astype({"rank": "Int64", "last_rank": "Int64"})

    def scores(self) -> "pd.DataFrame":
        """A row for each model and benchmark: value and interval under the convention and raw, unit, ceiling, run.

        `origin` is `published` for scores that came with brainrank, a file's name for imported ones, else empty.
        """
        import pandas as pd

        rows = [self._cell(row, name) for row in self._board.rows for name in row.scores]
        return pd.DataFrame(rows, columns=CELL_COLUMNS)

    def _cell(self, row: "LeaderboardRow", name: str) -> tuple[Any, ...]:
        score, ceiling, interval = row.scores[name], self._board.ceilings[name], row.intervals[name]
        counted = name not in self._board.uncounted
        return (
            *(row.model, name, row.values[name], interval.low, interval.high),
            *(score.value, score.interval.low, score.interval.high, score.unit),
            *(ceiling.lower, ceiling.upper, counted, row.runs[name], score.missing, row.origins.get(name, "")),
        )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw every model's mean with its interval, the best on top; of one benchmark, on its noise ceiling.

        Draws into `ax`, or a new figure's; returns the axes. `brainrank plot leaderboard` draws every benchmark.
        """
        from brainrank.api.plots.leaderboard import draw_means
        from brainrank.api.python.plot_axes import axes_or_new
        from brainrank.benchmark.types.errors import UserError

        if not self._board.rows:
            raise UserError("There are no scores to draw; br.score(MODELS, BENCHMARKS) makes some")
        panel = axes_or_new(ax, height=1.2 + 0.26 * len(self._board.rows))
        draw_means(panel, self._board)
        return panel

    def __repr__(self) -> str:
        rows = self._board.rows
        lines = [
            f"  {places_text(row.rank, row.last_rank):>10}  {row.model}: {number_text(row.value)}"
            for row in rows[:MOST_TOLD]
        ]
        lines += [f"  ... and {len(rows) - MOST_TOLD} more"] if len(rows) > MOST_TOLD else []
        shown = self.benchmarks[0] if len(self.benchmarks) == 1 else f"{len(self.benchmarks)} benchmarks"
        why = f" ({self._board.convention_reason})" if self._board.convention_reason else ""
        head = f"<Leaderboard of {len(rows)} models on {shown}, {self.convention}{why}>"
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        from brainrank.api.python.board_html import leaderboard_html

        return leaderboard_html(self)


COLUMNS = ["rank", "last_rank", "model", "family", "mean", "low", "high", "coverage", "reason"]
CELL_COLUMNS = [
    *("model", "benchmark", "value", "low", "high", "raw", "raw_low", "raw_high", "unit"),
    *("ceiling_lower", "ceiling_upper", "counted", "run", "reason", "origin"),
]


def leaderboard(
    benchmarks: "str | HasBenchmarks | Iterable[str | HasBenchmarks] | None" = None,
    *,
    metric: "str | None" = None,
    convention: str | None = None,
) -> Leaderboard:
    """Rank the models that are scored here, by one benchmark, by a group of them, or by their mean over groups.

    `benchmarks` is as for `br.score`; without it all. With `metric` the board is of their regions by that metric.
    `convention` is explained (shares of the noise ceiling, the default of several benchmarks), raw (as stored, the
    default of one, and of several of one metric that have no noise ceiling), brainscore-2026, brainscore-2025 or
    model-vs-human. Models are compared on the benchmarks both have; a rank needs half of those that count.

    Example:
        >>> import brainrank as br
        >>> br.leaderboard("it").frame()  # doctest: +SKIP

    """
    from brainrank.api.python.benchmark_choice import chosen_benchmarks
    from brainrank.api.services.boards.local_boards import own_leaderboard
    from brainrank.api.settings import Settings

    settings = Settings()
    choice = chosen_benchmarks(benchmarks, settings.locations)
    wanted = (choice if metric is None else choice.by_metric([metric])).benchmarks
    return Leaderboard(own_leaderboard(wanted, convention=convention, settings=settings))
