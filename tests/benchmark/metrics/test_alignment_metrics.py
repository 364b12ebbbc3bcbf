"""Debiased CKA, shape distance and mutual neighbours as metrics: halves, groups, ceilings, intervals."""

from dataclasses import replace

import numpy as np
import pytest
from cka import debiased_cka

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.cka import CkaMetric
from brainrank.benchmark.metrics.debiased_cka import DebiasedCkaMetric
from brainrank.benchmark.metrics.mutual_neighbours import MutualNeighboursMetric
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.metrics.shape_distance import ShapeDistanceMetric
from brainrank.benchmark.statistics.halves import split_in_halves
from brainrank.benchmark.statistics.uncertainty import spread, two_sided_p
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError

METRICS = (
    DebiasedCkaMetric(draws=200),
    ShapeDistanceMetric(draws=200),
    MutualNeighboursMetric(draws=200, neighbours=4),
)
CHANCE = {"debiased-cka": 0.0, "mutual-neighbours": 4 / 19}  # of 20 stimuli in a half


def of_responses(responses: np.ndarray, groups: tuple[str, ...] | None = None) -> ResponseAssembly:
    n, _, q = responses.shape
    return ResponseAssembly("it", tuple(map(str, range(n))), tuple(map(str, range(q))), responses, groups=groups)


def world(seed: int, n: int = 40, *, signal: bool, noise: float = 0.7):
    rng = np.random.default_rng([7, seed])
    latent, other = rng.standard_normal((2, n, 8))
    maps = np.random.default_rng(1).standard_normal((3, 8, 40))
    brain = (latent if signal else other) @ maps[0] + noise * rng.standard_normal((n, 40))
    models = [latent @ each + rng.standard_normal((n, 40)) for each in maps[1:]]
    return [layer_gram(f"layer{i}", each) for i, each in enumerate(models)], of_responses(brain[:, None])


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_the_layer_that_is_the_region_is_found_and_all_is_told(metric):
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((40, 6))
    layers = [layer_gram(name, x) for name, x in (("noise", rng.standard_normal((40, 50))), ("truth", truth))]
    score = metric.score(layers, of_responses(truth[:, None]))
    assert score.layers == ("truth", "truth")
    assert score.value == pytest.approx(1, abs=1e-6)
    assert score.interval.low <= score.value <= score.interval.high
    assert [each.layer for each in score.layer_curve] == ["noise", "truth"]
    assert sum(each.won for each in score.layer_curve) == pytest.approx(1)
    assert score.unit == metric.unit


def test_the_value_is_the_mean_of_halves():
    layers, assembly = world(0, signal=True)
    halves = split_in_halves(assembly, seed=0, name="")
    responses = assembly.responses[:, 0]
    expected = [
        debiased_cka(layers[0].gram[np.ix_(half, half)], responses[half] @ responses[half].T) for half in halves
    ]
    assert METRICS[0].score(layers[:1], assembly).value == pytest.approx(np.mean(expected), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_responses_and_their_rdm_score_alike(metric):
    layers, assembly = world(1, signal=True)
    kind = Dissimilarity.COSINE if metric.name == "mutual-neighbours" else Dissimilarity.EUCLIDEAN
    rdm = rdm_from_features(assembly.responses[:, 0], kind)
    rdms = RdmAssembly("it", assembly.stimulus_ids, ("one",), rdm[None], squared=True)
    assert metric.score(layers, rdms).value == pytest.approx(metric.score(layers, assembly).value, abs=1e-6)


@pytest.mark.parametrize("metric", [*METRICS[:2], CkaMetric(draws=200)], ids=lambda each: each.name)
def test_plain_distances_have_no_gram_matrix(metric):
    rdms = RdmAssembly("judgements", tuple(map(str, range(12))), ("one",), np.ones((1, 66)))
    with pytest.raises(InvalidDataError, match=r"judgements are not: use rsa or mutual-neighbours"):
        metric.score(world(0, 12, signal=True)[0], rdms)


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_intervals_cover_and_differences_are_seldom_false_without_signal(metric):
    worlds = [world(seed, signal=False) for seed in range(80)]
    first, second = ([metric.score(layers[i : i + 1], assembly) for layers, assembly in worlds] for i in range(2))
    values = [each.value for each in first]
    assert np.mean([each.interval.low <= np.mean(values) <= each.interval.high for each in first]) >= 0.9
    # Of unlike spectra, models differ in shape by chance's own level: what counts is how they differ besides.
    differences = np.subtract(values, [each.value for each in second])
    paired = [
        replace(a.draws, deviations=a.draws.deviations - b.draws.deviations)
        for a, b in zip(first, second, strict=True)
        if a.draws is not None and b.draws is not None
    ]
    apart = differences - differences.mean()
    false = [two_sided_p(each, spread([draws])) < 0.05 for each, draws in zip(apart, paired, strict=True)]
    assert np.mean(false) <= 0.1
    if metric.name in CHANCE:
        assert np.mean(values) == pytest.approx(CHANCE[metric.name], abs=3 * np.std(values) / np.sqrt(80))


def test_what_the_true_responses_score_lies_at_the_ceiling():
    cka, shape, neighbours = METRICS
    told = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.standard_normal((60, 10)) @ np.random.default_rng(3).standard_normal((10, 50))
        assembly = of_responses(truth[:, None] + 4 * rng.standard_normal((60, 4, 50)))
        found = [metric.score([layer_gram("truth", truth)], assembly) for metric in METRICS]
        told.append([(each.ceiling.lower, each.value, each.ceiling.upper) for each in found])
    mean = np.mean(told, axis=0)
    assert mean[0, 1] == pytest.approx(mean[0, 0], abs=0.01)
    assert mean[2, 0] < mean[2, 1] < mean[2, 2] + 0.01
    assert "no best score" in shape.ceiling(assembly).reason
    assert cka.ceiling(assembly).interval is not None
    assert "one response" in neighbours.ceiling(of_responses(truth[:, None])).reason


def test_near_copies_in_a_group_make_nothing_alike():
    rng = np.random.default_rng(0)
    groups = tuple(str(number // 3) for number in range(48))
    values = []
    for _ in range(60):
        x, y = (
            np.repeat(rng.standard_normal((16, 10)), 3, axis=0) + 0.1 * rng.standard_normal((48, 10)) for _ in range(2)
        )
        values.append(METRICS[0].score([layer_gram("x", x)], of_responses(y[:, None], groups)).value)
    assert np.mean(values) == pytest.approx(0, abs=3 * np.std(values) / np.sqrt(60))


def test_subjects_are_scored_one_by_one():
    layers, assembly = world(2, 40, signal=True)
    rng = np.random.default_rng(0)
    noisy = [assembly.responses[:, 0] + rng.standard_normal((40, 40)) for _ in range(4)]
    rdms = np.stack([rdm_from_features(each, Dissimilarity.CORRELATION) for each in noisy])
    subjects = ("a", "b", "c", "d")
    several = RdmAssembly("it", assembly.stimulus_ids, subjects, rdms, squared=True)
    for metric in (METRICS[0], METRICS[2]):
        score = metric.score(layers, several)
        assert [each.subject for each in score.per_subject] == list(subjects)
        assert np.mean([each.value for each in score.per_subject]) == pytest.approx(score.value)
        assert score.ceiling.lower < score.ceiling.upper
        assert score.draws is not None
        assert score.draws.subject_freedom == 3
        alone = metric.ceiling(replace(several, subjects=("a",), rdms=rdms[:1]))
        assert "one subject" in alone.reason
        assert "all subjects together" in metric.ceiling(replace(several, pooled=True)).reason


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_constant_layers_and_few_stimuli_are_told(metric):
    _, assembly = world(0, signal=True)
    score = metric.score([layer_gram("flat", np.ones((40, 3)))], assembly)
    assert np.isnan(score.value)
    assert score.reason
    with pytest.raises(InvalidDataError, match="at least"):
        metric.score([layer_gram("x", np.eye(6))], of_responses(np.eye(6)[:, None]))


def test_neighbours_by_a_distance_that_is_none():
    with pytest.raises(InvalidDataError, match="crossnobis"):
        MutualNeighboursMetric(dissimilarity=Dissimilarity.CROSSNOBIS)
    assert MutualNeighboursMetric(neighbours=10).fewest_units == 24
