"""`br.Score`: what a benchmark says of a model."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from brainrank.api.number_text import bounds_text, interval_text, number_text
from brainrank.api.python.course_frames import (
    Rows,
    course_rows,
    layer_course_rows,
    layer_peak_rows,
    step_delay_rows,
)
from brainrank.api.python.people_frames import people_rows
from brainrank.benchmark.types.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.api.python.brain_map import BrainMap, Show
    from brainrank.api.repositories.runs import StoredRun
    from brainrank.benchmark.types.course import Course
    from brainrank.benchmark.types.score import Interval, NoiseCeiling

Part = Literal[
    "scores",
    "layers",
    "subjects",
    "targets",
    "details",
    "course",
    "layer_courses",
    "layer_peaks",
    "step_delays",
    "people",
]

Drawing = Literal["score", "layer_courses"]


@dataclass(frozen=True, eq=False, repr=False)
class Score:
    """The score of one model on one benchmark, with its interval, noise ceiling, layers and receipt.

    `br.score` makes it; it cannot be changed. A notebook shows it as a picture of its interval and its layer curve.

    Example:
        >>> r = br.score("gabor", "kriegeskorte2008.human-it.rsa")[0]  # doctest: +SKIP
        >>> r.value, r.interval.low, r.interval.high  # doctest: +SKIP
        (0.0757..., -0.0454..., 0.1927...)

    """

    _run: "StoredRun"

    @property
    def model(self) -> str:
        """The model's name."""
        return self._run.model

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""
        return self._run.benchmark

    @property
    def value(self) -> float:
        """The score, in `unit`; NaN where it is undefined, of which `reason` says why."""
        return self._run.score.value

    @property
    def unit(self) -> str:
        """What the score is: `r`, `median r`, `kappa`, ..."""
        return self._run.score.unit

    @property
    def interval(self) -> "Interval":
        """The 95 % interval: `.low`, `.high`, `.level`; NaN with a `.reason` where there is none."""
        return self._run.score.interval

    @property
    def ceiling(self) -> "NoiseCeiling":
        """The best score the data allow: `.lower`, `.upper`, `.unreliable`; NaN where there is none."""
        return self._run.score.ceiling

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that the score is reported from, each once; `frame("layers")` has the curve over all of them."""
        return tuple(dict.fromkeys(self._run.score.layers))

    @property
    def per_target(self) -> "pd.Series[float] | None":
        """The score of each neuron or voxel, by its id; None where the metric has none of them."""
        import pandas as pd

        found = self._run.score.per_target
        if found is None:
            return None
        unit = self.unit.removeprefix("median ")
        return pd.Series(found.values.copy(), index=pd.Index(found.targets, name="target"), name=unit)

    @property
    def per_subject(self) -> "pd.Series[float] | None":
        """The score against each subject, by their id; None where the metric has none of them."""
        import pandas as pd

        found = self._run.score.per_subject
        if not found:
            return None
        index = pd.Index([each.subject for each in found], name="subject")
        return pd.Series([each.value for each in found], index=index, name=self.unit)

    @property
    def course(self) -> "Course | None":
        """The score at each time, with bands, ceilings, onset and peak; None where the metric is of no times."""
        return self._run.score.course

    def course_minus(self, other: "Score") -> "pd.DataFrame":
        """How its course differs from another's on the same benchmark: a row for each time, with bands and p.

        The p is two-sided and corrected for all times. Raises BrainrankError where one of the two has no course, or
        they are not of the same times, stimuli and subjects.
        """
        import pandas as pd

        from brainrank.api.services.boards.exports import difference_numbers
        from brainrank.benchmark.statistics.course_difference import course_difference
        from brainrank.benchmark.statistics.uncertainty import CORRELATION

        if self.course is None or other.course is None:
            raise UserError("one of the two scores has no course; only time-resolved metrics have one")
        return pd.DataFrame(difference_numbers(course_difference(self.course, other.course, CORRELATION)))

    def map(self, show: "Show" = "score", *, minus: "Score | None" = None, q: float | None = None) -> "BrainMap":
        """Its scores of voxels or vertices back in the brain, or how they differ from another model's (`br.brain_map`).

        Raises BrainrankError where nobody knows where the targets lie.
        """
        from brainrank.api.python.brain_map import brain_map

        return brain_map(self, show, minus=minus, q=q)

    def windows(self, windows: "Sequence[tuple[float, float]]", *, minus: "Score | None" = None) -> "pd.DataFrame":
        """The mean of its course over windows of time, in ms from first to last, and of each later one less the first.

        With `minus` all are of the difference from another's course on the same benchmark: of two windows, the last row
        says whether the models differ more late than early. The p is two-sided and not corrected. Raises BrainrankError
        as `course_minus`, and for a window without times.

        Example:
            >>> recurrent.windows([(60, 120), (150, 300)], minus=feedforward)  # doctest: +SKIP

        """
        import pandas as pd

        from brainrank.api.services.boards.exports import WINDOW_COLUMNS, window_rows
        from brainrank.benchmark.statistics.course_windows import window_values
        from brainrank.benchmark.statistics.uncertainty import CORRELATION

        other = None if minus is None else minus.course
        if self.course is None or (minus is not None and other is None):
            raise UserError("one of the scores has no course; only time-resolved metrics have one")
        asked = [(float(first), float(last)) for first, last in windows]
        found = window_values(self.course, asked, support=CORRELATION, minus=other)
        return pd.DataFrame(window_rows(found), columns=list(WINDOW_COLUMNS))

    @property
    def receipt(self) -> Mapping[str, Any]:
        """Everything the score can be made again from: weights, layers, metric, seed, code, libraries."""
        return deepcopy(dict(self._run.receipt))

    @property
    def reason(self) -> str:
        """Why there is no value, or no interval of it; empty where both are there."""
        return self._run.score.missing

    @property
    def run(self) -> int | None:
        """The number under which it is stored (`brainrank runs show NUMBER`); None where it is not stored."""
        from brainrank.api.repositories.runs import NOT_STORED

        return None if self._run.run_id == NOT_STORED else self._run.run_id

    def frame(self, part: Part = "scores") -> "pd.DataFrame":
        """The score as a tidy frame with its unit: one row; or a row per layer, subject, target, detail or time.

        `part` is scores, layers, subjects, targets, details, course (the score at each time), layer_courses (that of
        each layer at each time), layer_peaks (when each is highest), step_delays (how much later with each step of
        a recurrent network's areas) or people (kappa and latent r with each group of people, such as ages, and how far
        it leads the others'); another one raises BrainrankError, and so does people of a score without groups.
        """
        import pandas as pd

        if part not in get_args(Part):
            raise UnknownNameError("part of a score", str(part), get_args(Part))
        rows, columns = _PARTS[part](self)
        whole = {each: "Int64" for each in ("run", "step") if each in columns}
        made = pd.DataFrame(rows, columns=columns).astype(whole)
        made.insert(0, "benchmark", self.benchmark)
        made.insert(0, "model", self.model)
        return made

    def plot(self, ax: "Axes | None" = None, *, part: Drawing = "score") -> "Axes":
        """Draw the layer curve, the score with its interval beside it, and the noise ceiling as a band.

        A time-resolved score is drawn as its course with the simultaneous band, and the ceiling at each time; with
        `part="layer_courses"` as a map of layers and times, steps of an area after each other, with their peaks.

        Draws into `ax`, or a new figure's; returns the axes. Raises BrainrankError for another part, and for a map of a
        score without a course.
        """
        from brainrank.api.plots.course import draw_layers
        from brainrank.api.plots.score import draw_score
        from brainrank.api.python.plot_axes import axes_or_new

        if part not in get_args(Drawing):
            raise UnknownNameError("drawing of a score", str(part), get_args(Drawing))
        title = f"{self.model} on {self.benchmark}"
        if part == "score":
            panel = axes_or_new(ax)
            draw_score(panel, self._run.score, title=title)
            return panel
        if self.course is None:
            raise UserError(f"{title} has no course; only time-resolved metrics have one")
        panel = axes_or_new(ax, height=max(2.4, 1 + 0.2 * len(self.course.layers)))
        draw_layers(panel, self.course, unit=self.unit, title=title)
        return panel

    def __repr__(self) -> str:
        number = f"{number_text(self.value)} {self.unit}"
        interval = f" [{interval_text(self.interval)}]"
        ceiling = f", ceiling {bounds_text(self.ceiling)}"
        told = f", {self.reason}" if self.reason else ""
        return f"<Score {self.model} on {self.benchmark}: {number}{interval}{ceiling}{told}>"

    def _repr_html_(self) -> str:
        from brainrank.api.python.score_html import score_html

        return score_html(self)


def _score_row(found: Score) -> Rows:
    score = found._run.score
    row = (
        *(score.value, score.interval.low, score.interval.high, score.unit),
        *(score.ceiling.lower, score.ceiling.upper, score.ceiling.unreliable),
        *(", ".join(found.layers), found.run, found.reason),
    )
    return [row], list(SCORE_COLUMNS)


SCORE_COLUMNS = (
    *("value", "low", "high", "unit", "ceiling_lower", "ceiling_upper", "ceiling_unreliable"),
    *("layers", "run", "reason"),
)


def _layer_rows(found: Score) -> Rows:
    rows = [(each.layer, each.value, found.unit, each.won) for each in found._run.score.layer_curve]
    return rows, ["layer", "value", "unit", "won"]


def _subject_rows(found: Score) -> Rows:
    rows = [(each.subject, each.value, found.unit) for each in found._run.score.per_subject]
    return rows, ["subject", "value", "unit"]


def _target_rows(found: Score) -> Rows:
    per_target, unit = found._run.score.per_target, found.unit.removeprefix("median ")
    pairs = () if per_target is None else zip(per_target.targets, per_target.values.tolist(), strict=True)
    return [(target, value, unit) for target, value in pairs], ["target", "value", "unit"]


def _detail_rows(found: Score) -> Rows:
    rows = [(each.name, each.value, each.reference) for each in found._run.score.details]
    return rows, ["detail", "value", "people"]


def _of_course(rows: Callable[["Course | None", str], Rows]) -> Callable[[Score], Rows]:
    return lambda found: rows(found.course, found.unit)


_PARTS: Mapping[str, Callable[[Score], Rows]] = {
    "scores": _score_row,
    "layers": _layer_rows,
    "subjects": _subject_rows,
    "targets": _target_rows,
    "details": _detail_rows,
    "course": _of_course(course_rows),
    "layer_courses": _of_course(layer_course_rows),
    "layer_peaks": _of_course(layer_peak_rows),
    "step_delays": _of_course(step_delay_rows),
    "people": lambda found: people_rows(found._run),
}
