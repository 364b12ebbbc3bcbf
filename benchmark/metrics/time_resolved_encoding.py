"""Time-resolved encoding: how well a layer's features predict each target's response at each time after the stimulus.

All times are targets of one regression: a layer is decomposed once for each fold, whatever the number of times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.ceiling import prediction_ceilings
from brainrank.benchmark.metrics.regression.interval import median_correlation
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.metrics.regression.prediction import UNIT
from brainrank.benchmark.metrics.timed.layer_courses import LayerChoice
from brainrank.benchmark.metrics.timed.time_resolved import TimeResolvedMetric
from brainrank.benchmark.metrics.timed.window_score import (
    CeilingCourse,
    LayersOverTime,
    SubjectsOverTime,
    score_of_window,
)
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.statistics.uncertainty import set_name
from brainrank.benchmark.types.activations import LayerGram, names_of, some_of
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.course import Deviations
from brainrank.benchmark.types.layer_correlations import LayerCorrelations
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Content, layers_of, of_kind, parameter
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score, TargetScores
from brainrank.benchmark.types.timed_assemblies import TimedResponses


@dataclass(frozen=True)
class TimeResolvedEncodingMetric(TimeResolvedMetric):
    """Encoding at each time, the median r over targets; the score is the mean over a window.

    Folds, penalties and draws are those of encoding on the same stimuli. Raises InvalidDataError as `EncodingMetric`.
    """

    name: ClassVar[str] = "time-resolved-encoding"
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TIMED_RESPONSES,)
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.TIMED_RESPONSES,)
    words: ClassVar[str] = (
        "Time-resolved encoding: at each time after a stimulus, how well do a layer’s features predict each channel’s "
        "or neuron’s response to stimuli held out? Ridge regression with a penalty for each target and time; Pearson’s "
        "r within each fold, averaged; the median over targets. The score is the mean over a window of time; the "
        "course is shown with a band that holds all of it in 95 % of studies. The layer is chosen inside the training "
        "folds. The noise ceiling is the r that the true responses would have with those measured at the same time."
    )
    citation: ClassVar[str] = "Naselaris, Kay, Nishimoto & Gallant 2011; Gifford, Dwivedi, Roig & Cichy 2022"

    selection: str = parameter("loo", "how each target’s penalty is chosen", choices=tuple(SELECTIONS))
    folds: int = parameter(
        5, "parts of the stimuli, each predicted from the others; fewer where one would hold fewer than six"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._of_one_time()

    @property
    def unit(self) -> str:
        """The median over targets."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """As of encoding."""
        return self._of_one_time().fewest_units

    def require(self, assembly: Assembly) -> None:
        """A time lies in the window. Raises InvalidDataError where none does."""
        self.window(of_kind(assembly, TimedResponses, self).times_ms)

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against responses at each time, to the same stimuli in the same order.

        NaN, with the reason, when no layer is finite, or no target is scored at some time of the window. Raises
        InvalidDataError as `EncodingMetric`, and for a window without times.
        """
        layers, timed = layers_of(evidence, self), of_kind(assembly, TimedResponses, self)
        finite = [number for number, layer in enumerate(layers) if np.isfinite(layer.row_lengths).all()]
        usable = some_of(layers, finite)
        ceilings = self._ceilings(timed)
        if not usable:
            return _undefined("no layer's activations are finite", ceilings.of_window)
        return self._score(usable, timed, ceilings)

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """The mean over the window of the r that the true responses would have with the measured mean.

        Its interval is the mean of the times' intervals, as if they were all uncertain in the same way.
        """
        return self._ceilings(of_kind(assembly, TimedResponses, self)).of_window

    def _of_one_time(self) -> EncodingMetric:
        return EncodingMetric(folds=self.folds, draws=self.draws, seed=self.seed, selection=self.selection)

    def _score(self, layers: Sequence[LayerGram], timed: TimedResponses, ceiling: CeilingCourse) -> Score:
        encoding, all_times = self._of_one_time(), _times_as_targets(timed)
        responses, folds = encoding.responses(all_times), encoding.stimulus_folds(all_times)
        window = np.asarray(self.window(timed.times_ms))
        n_folds, shape = int(folds.fold_of.max()) + 1, (len(timed.targets), len(timed.times_ms))
        examined = encoding.correlations(layers, responses, folds)
        chosen = self._chosen(examined, shape, window)
        parts = np.full((3, self.draws, shape[1]), np.nan, dtype=np.float32)
        values, r = np.full(shape[1], np.nan), np.full(shape, np.nan)
        for of_folds in np.unique(chosen, axis=1).T:
            times = np.flatnonzero((chosen == of_folds[:, None]).all(axis=0))
            columns = _places(shape, times)
            reported = encoding.predicted(layers, of_folds.tolist(), responses[:, columns], folds.fold_of)
            for number, time in enumerate(times):
                here = slice(number, None, len(times))
                median = median_correlation(
                    reported.predictions[:, here],
                    responses[:, columns[here]],
                    fold_of=folds.fold_of,
                    influence=reported.influence[:, here],
                    rng=np.random.default_rng([self.seed, len(responses), 1]),
                    units=folds.unit_of,
                    draws=self.draws,
                )
                values[time], parts[:, :, time], r[:, time] = median.value, median.draws.deviations, median.targets.r
        if not np.isfinite(values[window]).all():
            at = timed.times_ms[window[~np.isfinite(values[window])][0]]
            return _undefined(f"no target's responses or predictions vary at {at:g} ms", ceiling.of_window)
        n_units = int(folds.unit_of.max()) + 1
        return score_of_window(
            timed.times_ms,
            values,
            Deviations(parts, n_units - n_folds, 0, set_name(timed.stimulus_ids), ""),
            window=window.tolist(),
            layer_choice=self.layer_choice,
            layers=LayersOverTime(
                names_of(layers),
                np.stack([_medians(each.all_folds.reshape(shape)) for each in examined]),
                chosen,
                np.bincount(chosen[:, window].ravel(), minlength=len(layers)) / chosen[:, window].size,
            ),
            subjects=SubjectsOverTime((), np.empty((0, shape[1]))),
            ceiling=ceiling,
            unit=UNIT,
            per_target=TargetScores(timed.targets, r[:, window].mean(axis=1)),
        )

    def _chosen(
        self, examined: Sequence[LayerCorrelations], shape: tuple[int, int], window: Int[ndarray, " some"]
    ) -> Int[ndarray, "folds times"]:
        """The best layer for each fold by the other folds alone, at each time; the first of equals."""
        medians = np.array([[_medians(r.reshape(shape)) for r in each.without] for each in examined])
        if self.layer_choice != LayerChoice.EACH:
            times = window if self.layer_choice == LayerChoice.WINDOW else np.arange(shape[1])
            some = np.isfinite(medians[..., times]).any(axis=2)
            means = np.nanmean(np.where(some[..., None], medians[..., times], 0), axis=2)
            medians = np.broadcast_to(np.where(some, means, np.nan)[..., None], medians.shape)
        return np.asarray(np.argmax(np.nan_to_num(medians, nan=-np.inf), axis=0))

    def _ceilings(self, timed: TimedResponses) -> CeilingCourse:
        units = units_of(timed.groups, len(timed.stimulus_ids))
        found = [
            prediction_ceilings(
                timed.responses[..., time], units=units, rng=np.random.default_rng([self.seed, 2])
            ).of_median
            for time in range(len(timed.times_ms))
        ]
        inside = [found[time] for time in self.window(timed.times_ms)]
        lower = np.array([each.lower for each in found])
        value = float(np.mean([each.lower for each in inside]))
        reason = next((each.reason for each in inside if each.reason), "")
        interval = None
        if np.isfinite(value):
            low, high = np.mean([[each.interval.low, each.interval.high] for each in inside if each.interval], axis=0)
            interval = Interval(float(low), float(high))
        return CeilingCourse(lower, lower, NoiseCeiling(value, value, reason, interval))


def _times_as_targets(timed: TimedResponses) -> ResponseAssembly:
    """The responses of each target at each time, as those of so many targets."""
    targets = tuple(f"{target} at {time:g} ms" for target in timed.targets for time in timed.times_ms)
    responses = timed.responses.reshape(*timed.responses.shape[:2], -1)
    return ResponseAssembly(timed.region, timed.stimulus_ids, targets, responses, groups=timed.groups)


def _places(shape: tuple[int, int], times: Int[ndarray, " some"]) -> Int[ndarray, " columns"]:
    """The columns of all targets at some times, target by target."""
    return np.asarray((np.arange(shape[0])[:, None] * shape[1] + times).ravel())


def _medians(r: Float[ndarray, "targets times"]) -> Float[ndarray, " times"]:
    """The median over the targets that are scored, at each time."""
    some = np.isfinite(r).any(axis=0)
    found = np.full(r.shape[1], np.nan)
    found[some] = np.nanmedian(r[:, some], axis=0)
    return found


def _undefined(reason: str, ceiling: NoiseCeiling) -> Score:
    return Score(np.nan, UNIT, Interval(np.nan, np.nan), ceiling, reason=reason)
