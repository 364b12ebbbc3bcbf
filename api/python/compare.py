"""`br.compare()`: models against each other, on the scores that are stored here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainrank.api.number_text import chance_text, interval_text, number_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.api.python.score import HasBenchmarks
    from brainrank.api.services.boards.comparison import Comparison as Compared
    from brainrank.api.services.boards.comparison import Pair


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Differences of models with their intervals, p and q: on the mean over benchmarks, and on each of them.

    Example:
        >>> c = br.compare(["gabor", "pixels"], "it")  # doctest: +SKIP
        >>> c.frame()  # doctest: +SKIP

    """

    _found: "Compared"

    @property
    def models(self) -> tuple[str, ...]:
        """The models compared, in the order asked for."""
        return tuple(self._found.means)

    @property
    def convention(self) -> str:
        """How scores are shown: `raw`, or as shares of the noise ceiling (`explained`), ..."""
        return str(self._found.convention)

    def frame(self) -> "pd.DataFrame":
        """A row for each pair on the mean and on each benchmark: difference (first less second), interval, p and q.

        `q` is p after Benjamini-Hochberg over the pairs of that row's benchmark; `benchmarks` is over how many it is.
        `unit` is that of the difference. Of one benchmark alone there is no row of the mean.
        """
        import pandas as pd

        rows = [_row(on, pair, unit) for on, pair, unit in self._pairs()]
        return pd.DataFrame(rows, columns=COLUMNS)

    def means(self) -> "pd.DataFrame":
        """A row for each model: its marginal mean over the benchmarks that count, interval, and how many it has."""
        import pandas as pd

        rows = [
            (name, each.value, each.interval.low, each.interval.high, self._unit(None), each.coverage)
            for name, each in self._found.means.items()
        ]
        return pd.DataFrame(rows, columns=["model", "mean", "low", "high", "unit", "benchmarks"])

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the first model less each other, a row for the mean and each benchmark; hollow where q is .05 or more.

        Draws into `ax`, or a new figure's; returns the axes. Raises BrainrankError where no benchmark is shared.
        """
        from brainrank.api.plots.compare import caption, draw_differences, legend_handles
        from brainrank.api.python.plot_axes import axes_or_new
        from brainrank.api.services.boards.side_by_side import SideBySide
        from brainrank.benchmark.types.errors import UserError

        if not self._found.benchmarks:
            raise UserError(f"{', '.join(self.models)} have no benchmark in common, so there is nothing to draw")
        found = SideBySide(self._found)
        panel = axes_or_new(ax, height=1.4 + 0.35 * len(self._found.benchmarks))
        draw_differences(panel, found)
        panel.set_xlabel(caption(found))
        handles = legend_handles(self.models[1:])
        panel.legend(
            handles=handles, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(3, len(handles))
        )
        return panel

    def _pairs(self) -> "list[tuple[str, Pair, str]]":
        on = [("mean", pair) for pair in self._found.mean if len(self._found.counted) > 1]
        on += [(name, pair) for name, pairs in self._found.benchmarks.items() for pair in pairs]
        return [(name, pair, self._unit(None if name == "mean" else name, pair)) for name, pair in on]

    def _unit(self, benchmark: str | None, pair: "Pair | None" = None) -> str:
        """What the numbers are in: the benchmark's own unit as stored, else what the convention makes of it."""
        convention = self.convention if pair is None else str(pair.convention)
        if convention != "raw":
            return CONVERTED.get(convention, convention)
        names = self._found.counted if benchmark is None else [benchmark]
        scores = self._found.scores.values()
        units = {runs[name].score.unit for runs in scores for name in names if name in runs}
        return units.pop() if len(units) == 1 else "raw"

    def __repr__(self) -> str:
        lines = [
            f"  {pair.first} - {pair.second} on {on}: {number_text(pair.paired.difference)} "
            f"[{interval_text(pair.paired.interval)}], p {chance_text(pair.paired.p)}, q {chance_text(pair.q)}"
            for on, pair, _ in self._pairs()
        ]
        return "\n".join([f"<Comparison of {', '.join(self.models)}, {self.convention}>", *lines])

    def _repr_html_(self) -> str:
        from brainrank.api.python.board_html import comparison_html

        return comparison_html(self)


COLUMNS = ["benchmark", "first", "second", "difference", "low", "high", "unit", "p", "q", "benchmarks"]
CONVERTED = {"explained": "share of the noise ceiling"}


def _row(on: str, pair: "Pair", unit: str) -> tuple[Any, ...]:
    paired = pair.paired
    numbers = (paired.difference, paired.interval.low, paired.interval.high)
    return (on, pair.first, pair.second, *numbers, unit, paired.p, pair.q, len(pair.shared))


def compare(
    models: Iterable[str],
    benchmarks: "str | HasBenchmarks | Iterable[str | HasBenchmarks] | None" = None,
    *,
    convention: str | None = None,
) -> Comparison:
    """Compare 2 to 10 models by the scores that are stored here: differences, 95 % intervals, p and q.

    Pairs are compared on the benchmarks both have and on the same bootstrap draws; `benchmarks` is as for `br.score`.
    `convention` is explained (shares of the noise ceiling, the default of several benchmarks), raw (as stored, the
    default of one, and of several of one metric that have no noise ceiling), brainscore-2026, brainscore-2025 or
    model-vs-human.

    Raises BrainrankError for a model without a score here; `br.score` makes them.

    Example:
        >>> import brainrank as br
        >>> br.score(["gabor", "pixels"], "it")  # doctest: +SKIP
        >>> br.compare(["gabor", "pixels"], "it").frame()  # doctest: +SKIP

    """
    from brainrank.api.python.benchmark_choice import chosen_benchmarks
    from brainrank.api.python.given_names import names_of
    from brainrank.api.services.boards.local_boards import own_comparison
    from brainrank.api.settings import Settings

    settings = Settings()
    names = names_of(models, "models")
    wanted = chosen_benchmarks(benchmarks, settings.locations).benchmarks
    return Comparison(own_comparison(names, wanted, convention=convention, settings=settings))
