"""`br.Scores`: what `br.score` returns, scores of models on benchmarks, and what failed among them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from brainrank.api.number_text import number_text
from brainrank.api.python.score_result import SCORE_COLUMNS, Part, Score
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError, UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.benchmark.types.score import Interval, NoiseCeiling


@dataclass(frozen=True)
class ScoreFailure:
    """A model that could not be scored on a benchmark, and the error that says why and what to do."""

    model: str
    benchmark: str
    error: BrainrankError


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Sequence[Score]):
    """Scores in a row: `scores[0]`, `scores["model"]`, `scores["benchmark"]`, `scores["model", "benchmark"]`.

    Of exactly one score everything is said by the sequence itself: `br.score("gabor", BENCHMARK).value`. What failed
    is in `failures`, and a row of `frame()`; `left_out` tells what a group has beyond the data that are at hand.

    Example:
        >>> r = br.score(["gabor", "pixels"], "it")  # doctest: +SKIP
        >>> r["gabor"].frame()  # doctest: +SKIP
        >>> r["gabor", "kriegeskorte2008.human-it.rsa"].value  # doctest: +SKIP
        0.0757...

    """

    scores: tuple[Score, ...]
    failures: tuple[ScoreFailure, ...] = ()
    left_out: str = ""

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    @overload
    def __getitem__(self, key: int) -> Score: ...
    @overload
    def __getitem__(self, key: "slice | str") -> "Scores": ...
    @overload
    def __getitem__(self, key: tuple[str, str]) -> Score: ...
    def __getitem__(self, key: "int | slice | str | tuple[str, str]") -> "Score | Scores":
        """The score at a place; those of a model or of a benchmark; the one of a model on a benchmark.

        Raises BrainrankError for a name that is not here, and the error of a pair that failed.
        """
        if isinstance(key, slice):
            return Scores(self.scores[key])
        if isinstance(key, str):
            return self._of(key)
        if isinstance(key, tuple):
            return self._pair(*key)
        return self.scores[key]

    def _of(self, name: str) -> "Scores":
        found = tuple(each for each in self.scores if name in {each.model, each.benchmark})
        failed = tuple(each for each in self.failures if name in {each.model, each.benchmark})
        if not found and not failed:
            raise UnknownNameError("model or benchmark of these scores", name, self._names())
        return Scores(found, failed)

    def _pair(self, model: str, benchmark: str) -> Score:
        of_model = self._of(model)
        for failure in of_model.failures:
            if failure.benchmark == benchmark:
                raise failure.error
        for each in of_model:
            if each.benchmark == benchmark:
                return each
        raise UnknownNameError(f"benchmark of {model} among these scores", benchmark, of_model._names())

    def _names(self) -> set[str]:
        pairs = [(each.model, each.benchmark) for each in self.scores]
        pairs += [(each.model, each.benchmark) for each in self.failures]
        return {name for pair in pairs for name in pair}

    @property
    def only(self) -> Score:
        """The one score that there is. Raises BrainrankError where there are several, or none."""
        if len(self.scores) == 1 and not self.failures:
            return self.scores[0]
        names = ", ".join(f"['{each.model}', '{each.benchmark}']" for each in self.scores[:3])
        failed = f", and {len(self.failures)} that failed" if self.failures else ""
        remedy = f"ask for one of them, as {names}" if names else "`.failures` says why"
        raise UserError(f"There are {len(self.scores)} scores here{failed}; {remedy}, or for .frame()")

    @property
    def model(self) -> str:
        """The model's name, of exactly one score; see `only`."""
        return self.only.model

    @property
    def benchmark(self) -> str:
        """The benchmark's name, of exactly one score."""
        return self.only.benchmark

    @property
    def value(self) -> float:
        """The value, of exactly one score."""
        return self.only.value

    @property
    def unit(self) -> str:
        """The unit, of exactly one score."""
        return self.only.unit

    @property
    def interval(self) -> "Interval":
        """The 95 % interval, of exactly one score."""
        return self.only.interval

    @property
    def ceiling(self) -> "NoiseCeiling":
        """The noise ceiling, of exactly one score."""
        return self.only.ceiling

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that it is reported from, of exactly one score."""
        return self.only.layers

    @property
    def per_target(self) -> "pd.Series[float] | None":
        """The score of each neuron or voxel, of exactly one score."""
        return self.only.per_target

    @property
    def per_subject(self) -> "pd.Series[float] | None":
        """The score against each subject, of exactly one score."""
        return self.only.per_subject

    @property
    def receipt(self) -> Mapping[str, Any]:
        """What it can be made again from, of exactly one score."""
        return self.only.receipt

    @property
    def reason(self) -> str:
        """Why there is no value, of exactly one score."""
        return self.only.reason

    @property
    def run(self) -> int | None:
        """The number under which it is stored, of exactly one score."""
        return self.only.run

    def frame(self, part: Part = "scores") -> "pd.DataFrame":
        """All scores as one tidy frame, as `Score.frame`; of the scores, a failed one is a row with its reason."""
        import pandas as pd

        frames = [each.frame(part) for each in self.scores]
        if part != "scores":
            filled = [each for each in frames if len(each)]
            return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=["model", "benchmark"])
        rows = [row for each in frames for row in each.to_dict("records")]
        rows += [{"model": e.model, "benchmark": e.benchmark, "reason": str(e.error)} for e in self.failures]
        return pd.DataFrame(rows, columns=["model", "benchmark", *SCORE_COLUMNS]).astype({"run": "Int64"})

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw every score with its interval on its noise ceiling, a row each; of exactly one, as `Score.plot`."""
        if len(self.scores) == 1:
            return self.scores[0].plot(ax)
        if not self.scores:
            raise UserError("There is no score here to draw; `.failures` says why")
        from brainrank.api.plots.model import draw_scores
        from brainrank.api.python.plot_axes import axes_or_new

        panel = axes_or_new(ax, height=1.2 + 0.3 * len(self.scores))
        draw_scores(panel, self._labels(), [each._run.score for each in self.scores])
        return panel

    def _labels(self) -> list[str]:
        """What tells the rows apart."""
        models = {each.model for each in self.scores}
        benchmarks = {each.benchmark for each in self.scores}
        if len(benchmarks) == 1:
            return [each.model for each in self.scores]
        if len(models) == 1:
            return [each.benchmark for each in self.scores]
        return [f"{each.model}, {each.benchmark}" for each in self.scores]

    def __repr__(self) -> str:
        if len(self.scores) == 1 and not self.failures:
            return repr(self.scores[0])
        lines = [f"  {each.model} on {each.benchmark}: {number_text(each.value)} {each.unit}" for each in self.scores]
        lines += [f"  {each.model} on {each.benchmark} failed: {each.error}" for each in self.failures]
        lines += [f"  {self.left_out}"] if self.left_out else []
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return "\n".join([f"<Scores: {len(self.scores)}{failed}>", *lines])

    def _repr_html_(self) -> str:
        from brainrank.api.python.score_html import score_html, scores_html

        if len(self.scores) == 1 and not self.failures and not self.left_out:
            return score_html(self.scores[0])
        return scores_html(self)
