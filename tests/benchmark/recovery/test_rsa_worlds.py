"""Worlds of RDMs: scored as the metric scores, with its test, calibrated, and with the noise that was measured."""

import numpy as np
import pytest
from recovery_study import features_of, grams, measured, worlds_of, worlds_with_noise

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.ranking.benchmark_weights import Column
from brainrank.benchmark.ranking.paired_models import paired_comparison
from brainrank.benchmark.recovery.outcomes import outcome
from brainrank.benchmark.recovery.rsa_worlds import RsaWorlds, layer_rdms
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Score

COLUMN = [Column("it", "it", "study")]


def world_as_assembly(made: RsaWorlds, truth: int, world: int, explained: float) -> RdmAssembly:
    rdms = made._worlds(made._signal(truth), explained, slice(world, world + 1))[0]
    assembly = made.assembly
    return RdmAssembly("it", assembly.stimulus_ids, assembly.subjects, rdms.astype(np.float64))


@pytest.mark.parametrize("comparator", [Comparator.RHO_A, Comparator.SPEARMAN, Comparator.CORR])
@pytest.mark.parametrize("subjects", [2, 4])
def test_all_models_have_the_scores_that_the_metric_gives(comparator: Comparator, subjects: int) -> None:
    rng = np.random.default_rng(3)
    features = features_of({"a": 3, "b": 1, "c": 2}, 16, rng)
    metric = RsaMetric(comparator=comparator, draws=60)
    made = worlds_of(features, measured(features["a"][1], subjects=subjects, noise=1.0, rng=rng), worlds=3, rng=rng)
    made = RsaWorlds(metric, made.assembly, made.layers, made.noise, made.common, made.ceiling)
    found = made.scores(0, 0.7)
    for world in range(3):
        assembly = world_as_assembly(made, 0, world, 0.7)
        for place, layers in enumerate(grams(features).values()):
            score = metric.score(layers, assembly)
            assert [each.value for each in score.per_subject] == pytest.approx(
                found.by_subject[world, place].tolist(), abs=2e-4
            )


def test_the_true_model_is_compared_as_any_two_models_are() -> None:
    """The metric's own draws compare each draw anew; here their variance is had from influences, of one world."""
    rng = np.random.default_rng(5)
    features = features_of({"true": 2, "near": 2, "far": 2}, 40, rng)
    features["near"][0][:] = features["true"][0] + 0.8 * features["near"][0]
    made = worlds_of(
        features,
        measured(features["true"][0], subjects=5, noise=3.0, rng=rng),
        worlds=60,
        rng=rng,
        metric=RsaMetric(draws=200),
    )
    found = made.scores(0, 0.8)
    told = outcome(found, 0).told
    truly = np.zeros(3)
    for world in range(12):
        scores = [made.metric.score(each, world_as_assembly(made, 0, world, 0.8)) for each in grams(features).values()]
        truly += [_is_better(scores[0], other) for other in scores]
    assert told == pytest.approx(truly / 12, abs=0.2)
    assert told[0] == 0


def _is_better(first: Score, second: Score) -> bool:
    values = np.array([[first.value], [second.value]])
    compared = paired_comparison(values, [[first.draws], [second.draws]], COLUMN)
    return bool(compared.difference > 0 and compared.p < 0.05)


@pytest.mark.parametrize(("stimuli", "subjects"), [(12, 2), (24, 4)])
def test_equal_models_are_told_apart_no_more_often_than_alpha(stimuli: int, subjects: int) -> None:
    """Two models that come as near to the truth as each other, on new images each time: few of both, too."""
    rng, told = np.random.default_rng(11), []
    for _ in range(40):
        features = features_of({"true": 1, "one": 1, "other": 1}, stimuli, rng)
        for name in ("one", "other"):
            features[name][0][:] = features["true"][0] + features[name][0]
        assembly = measured(features["true"][0], subjects=subjects, noise=2.0, rng=rng)
        made = worlds_with_noise(features, assembly, 0.8, worlds=10, rng=rng)
        found = made.scores(0)
        told.append(outcome(found, 1).told[2] + outcome(found, 2).told[1])
    assert np.mean(told) < 0.05 + 2 * np.std(told) / np.sqrt(len(told))


def test_two_models_with_the_same_features_share_the_first_place_and_are_never_told_apart() -> None:
    rng = np.random.default_rng(0)
    features = dict(features_of({"a": 2, "b": 2}, 20, rng))
    features["copy"] = features["a"]
    made = worlds_of(features, measured(features["a"][0], subjects=4, noise=0.5, rng=rng), worlds=40, rng=rng)
    found = outcome(made.scores(0), 0)
    assert found.first == pytest.approx(0.5, abs=0.01)
    assert (found.certain, found.told[2]) == (0, 0)
    assert np.isnan(found.smallest[2])
    assert found.told[1] == 1


def test_without_a_signal_nothing_is_recovered_beyond_chance() -> None:
    rng = np.random.default_rng(1)
    features = features_of(dict.fromkeys("abcde", 2), 16, rng)
    made = worlds_of(features, measured(features["a"][0], subjects=3, noise=1.0, rng=rng), worlds=300, rng=rng)
    made = RsaWorlds(made.metric, made.assembly, made.layers, made.noise, made.common, ceiling=-0.1)
    assert made.noise_share == 1
    found = [outcome(made.scores(truth), truth) for truth in range(5)]
    assert np.mean([each.first for each in found]) == pytest.approx(0.2, abs=0.03)
    assert np.mean([each.certain for each in found]) < 0.05


@pytest.mark.parametrize("noise", [0.5, 2.0, 5.0])
def test_worlds_have_the_noise_ceiling_that_was_measured(noise: float) -> None:
    rng = np.random.default_rng(7)
    features = features_of(dict.fromkeys("abcdefgh", 1), 40, rng)
    made = worlds_of(features, measured(features["a"][0], subjects=6, noise=noise, rng=rng), worlds=40, rng=rng)
    simulated = np.mean([made.simulated_ceiling(truth) for truth in range(8)])
    assert simulated == pytest.approx(made.ceiling, abs=0.03)


def test_a_model_that_explains_a_part_scores_that_part() -> None:
    rng = np.random.default_rng(9)
    features = features_of({"a": 1, "b": 1}, 40, rng)
    made = worlds_of(features, measured(features["a"][0], subjects=4, noise=1.0, rng=rng), worlds=100, rng=rng)
    whole, part = (made.scores(0, explained).by_subject[:, 0].mean() for explained in (1.0, 0.4))
    assert part / whole == pytest.approx(0.4, abs=0.05)


def test_a_model_scores_in_its_worlds_what_it_scores_in_the_data() -> None:
    rng = np.random.default_rng(2)
    features = dict(features_of({"a": 3, "b": 3, "c": 3}, 40, rng))
    shared = features["a"][1] + 2 * rng.normal(size=features["a"][1].shape)
    made = worlds_of(features, measured(shared, subjects=5, noise=1.0, rng=rng), worlds=200, rng=rng)
    found = made.scores(0, made.explained(0, made.scores(0))).by_subject[:, 0].mean()
    assert 0.05 < made.measured[0] < 0.3
    assert found == pytest.approx(made.measured[0], abs=0.01)


def test_what_cannot_be_simulated_is_refused() -> None:
    rng = np.random.default_rng(0)
    features = features_of({"a": 1, "b": 1}, 16, rng)
    several = measured(features["a"][0], subjects=3, noise=1.0, rng=rng)
    with pytest.raises(InvalidDataError, match="compared by tau-a are not simulated"):
        worlds_of(features, several, worlds=40, rng=rng, metric=RsaMetric(comparator=Comparator.TAU_A))
    with pytest.raises(InvalidDataError, match="1 of the models have RDMs"):
        layer_rdms({"a": grams(features)["a"]}, RsaMetric(), several)
