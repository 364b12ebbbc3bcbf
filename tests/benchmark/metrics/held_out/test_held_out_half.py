"""What is fitted on a half and judged on the other, by a toy metric: the slope of a target on a feature."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.alignment.halves import Bounds
from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined
from brainrank.benchmark.metrics.held_out.held_out_half import HeldOutHalfMetric
from brainrank.benchmark.statistics.halves import split_in_halves
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.metric import layers_of


class Feature(NamedTuple):
    layer: str
    values: np.ndarray


@dataclass(frozen=True)
class SlopeMetric(HeldOutHalfMetric[Feature]):
    """The r of a feature times the sign that it has on the training half: of noise it is 0 on average."""

    name: ClassVar[str] = "slope"
    words: ClassVar[str] = "slope"
    citation: ClassVar[str] = "none"
    unit: ClassVar[str] = "r"

    def layers(self, evidence):
        return [Feature(each.layer, each.row_sums) for each in layers_of(evidence, self)]

    def judged(self, layer, responses, divided):
        x, y = layer.values, responses[:, 0]
        train, test = divided.train.stimuli, divided.test.stimuli
        n = int(divided.test.units.max()) + 1
        if np.ptp(x) == 0:
            return undefined(n)
        sign = np.sign(np.cov(x[train], y[train])[0, 1])
        p, q = ((each[test] - each[test].mean()) / each[test].std() for each in (sign * x, y))
        r = float(p @ q) / len(p)
        influence = (p * q - r * (p**2 + q**2) / 2) / len(p)
        return Similarity(r, np.bincount(divided.test.units, influence, n))

    def best(self, repeats, everything, divided):
        one = Feature("", repeats[0].first[:, 0])
        return Bounds(self.judged(one, repeats[0].second, divided), self.judged(one, everything, divided))


def of_feature(name, values):
    return layer_gram(name, values[:, None])


METRIC = SlopeMetric(draws=200)


def of_responses(responses, groups=None):
    ids = tuple(map(str, range(len(responses))))
    return ResponseAssembly("it", ids, ("one",), responses, groups=groups)


def noise(rng, n=40, layers=1):
    features = [of_feature(str(number), rng.standard_normal(n)) for number in range(layers)]
    return features, rng.standard_normal((n, 1, 1))


def test_the_value_is_the_mean_of_both_ways():
    features, responses = noise(np.random.default_rng(0))
    x, y = features[0].row_sums, responses[:, 0, 0]
    halves = split_in_halves(of_responses(responses), seed=0, name="")
    r = [np.corrcoef(x[half], y[half])[0, 1] for half in halves]
    score = METRIC.score(features, of_responses(responses))
    assert score.value == pytest.approx((np.sign(r[1]) * r[0] + np.sign(r[0]) * r[1]) / 2)
    assert score.layers == ("0", "0")
    assert score.layer_curve[0].value == pytest.approx(score.value)
    assert score.interval.low < score.value < score.interval.high


@pytest.mark.parametrize("layers", [1, 7, 20])
def test_many_layers_of_noise_score_zero_on_average(layers):
    rng = np.random.default_rng(layers)
    values = []
    for _ in range(300):
        features, responses = noise(rng, layers=layers)
        values.append(METRIC.score(features, of_responses(responses)).value)
    assert np.mean(values) == pytest.approx(0, abs=3 * np.std(values) / np.sqrt(300))


def test_the_half_that_is_judged_has_no_say_in_the_layer():
    features, responses = noise(np.random.default_rng(1), layers=8)
    first, second = split_in_halves(of_responses(responses), seed=0, name="")
    before = METRIC.score(features, of_responses(responses)).layers
    for place, half in enumerate((first, second)):
        for number in range(8):
            changed = responses.copy()
            changed[half, 0, 0] = features[number].row_sums[half]
            assert METRIC.score(features, of_responses(changed)).layers[place] == before[place]


def test_the_layer_with_signal_is_chosen_and_others_are_told():
    features, responses = noise(np.random.default_rng(2), layers=3)
    flat = of_feature("flat", np.ones(40))
    score = METRIC.score([flat, *features, of_feature("truth", responses[:, 0, 0])], of_responses(responses))
    assert score.layers == ("truth", "truth")
    assert score.value == pytest.approx(1)
    assert [each.won for each in score.layer_curve] == [0, 0, 0, 0, 1]
    assert np.isnan(score.layer_curve[0].value)
    alone = METRIC.score([flat], of_responses(responses))
    assert np.isnan(alone.value)
    assert "no layer" in alone.reason


def test_groups_are_in_one_half_and_one_quarter_and_one_deleted_group():
    rng = np.random.default_rng(3)
    groups = tuple(str(number // 2) for number in range(64))
    sides = []

    class Watching(SlopeMetric):
        def judged(self, layer, responses, divided):
            sides.append([{groups[each] for each in part.stimuli} for part in divided])
            assert all(len(part.stimuli) == 2 * (part.units.max() + 1) for part in divided)
            return super().judged(layer, responses, divided)

    features, responses = noise(rng, n=64, layers=2)
    Watching(draws=40).score(features, of_responses(responses, groups))
    assert not any(train & test for train, test in sides)
    assert {len(train) for train, _ in sides} == {16, 8, 12, 13}


def test_the_ceiling_is_of_repeats():
    rng = np.random.default_rng(4)
    truth = rng.standard_normal((200, 1, 1))
    ceiling = METRIC.ceiling(of_responses(truth + rng.standard_normal((200, 4, 1))))
    assert ceiling.lower == pytest.approx(2 / 3, abs=0.1)
    assert ceiling.lower < ceiling.upper
    assert ceiling.interval is not None
    assert ceiling.interval.low < ceiling.lower < ceiling.interval.high
    assert "one response" in METRIC.ceiling(of_responses(truth)).reason
    assert "does not vary" in METRIC.ceiling(of_responses(np.ones((200, 4, 1)))).reason


def test_intervals_hold_the_expected_score():
    rng = np.random.default_rng(5)
    scores = []
    for _ in range(200):
        features, responses = noise(rng)
        responses[:, 0, 0] += 0.4 * features[0].row_sums
        scores.append(METRIC.score(features, of_responses(responses)))
    mean = np.mean([each.value for each in scores])
    assert 0.9 <= np.mean([each.interval.low <= mean <= each.interval.high for each in scores]) <= 0.98


def test_few_stimuli_are_refused():
    features, responses = noise(np.random.default_rng(6), n=15)
    with pytest.raises(InvalidDataError, match="slope needs at least 16"):
        METRIC.score(features, of_responses(responses))
    features, responses = noise(np.random.default_rng(6), n=18)
    in_pairs = of_responses(responses, tuple(str(number // 2) for number in range(18)))
    with pytest.raises(InvalidDataError, match="9 groups"):
        METRIC.score(features, in_pairs)
