"""veRSA as a metric: against scikit-learn and SciPy; noise, groups, ceilings, what is undefined."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge, RidgeCV

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.versa import VersaMetric
from brainrank.benchmark.statistics.halves import divide_in_halves, split_in_halves
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError

METRIC = VersaMetric(draws=200)
PENALTIES = np.logspace(-4, 4, 33)


def of_responses(responses: np.ndarray, groups: tuple[str, ...] | None = None) -> ResponseAssembly:
    n, _, q = responses.shape
    return ResponseAssembly("it", tuple(map(str, range(n))), tuple(map(str, range(q))), responses, groups=groups)


def world(seed: int, n: int = 60, *, layers: int = 1, signal: bool = True) -> tuple[list[np.ndarray], np.ndarray]:
    rng, maps = np.random.default_rng([3, seed, n]), np.random.default_rng(1)
    latent, other = rng.standard_normal((2, n, 6))
    responses = (latent if signal else other) @ maps.standard_normal((6, 20)) + rng.standard_normal((n, 20))
    mixed = [latent @ maps.standard_normal((6, 90)) for _ in range(layers)]
    return [x + (1 + 3 * i) * rng.standard_normal(x.shape) for i, x in enumerate(mixed)], responses[:, None]


def grams(features: list[np.ndarray]):
    return [layer_gram(str(number), each) for number, each in enumerate(features)]


def peer(x: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Ridge with a penalty for each target by leave-one-out (scikit-learn), RDMs and Spearman's rho (SciPy).

    Its least error is sought among all penalties, brainrank's around that of GCV: the worlds here have one minimum.
    """
    about_mean = x[train] - x[train].mean(axis=0)
    model = RidgeCV(PENALTIES * (about_mean**2).sum() / len(train), alpha_per_target=True).fit(x[train], y[train])
    return float(spearmanr(pdist(model.predict(x[test]), "correlation"), pdist(y[test], "correlation")).statistic)


def both_ways(x: np.ndarray, y: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    return (peer(x, y, one, other) + peer(x, y, other, one)) / 2


@pytest.mark.parametrize("offset", [0, 30])
def test_scikit_learn_and_scipy_find_the_same(offset):
    features, responses = world(2, layers=3)
    responses = responses + offset * np.random.default_rng(0).standard_normal(20)
    halves, y = split_in_halves(of_responses(responses), seed=0, name=""), responses[:, 0]
    score = METRIC.score(grams(features), of_responses(responses))
    assert [each.value for each in score.layer_curve] == pytest.approx([both_ways(x, y, *halves) for x in features])
    chosen, expected = [], []
    for train, test in (halves[::-1], halves):
        quarters = divide_in_halves(np.arange(30), rng=np.random.default_rng([0, 30]))
        inner = [both_ways(x, y, *(train[each] for each in quarters)) for x in features]
        chosen.append(int(np.argmax(inner)))
        expected.append(peer(features[chosen[-1]], y, train, test))
    assert score.layers == tuple(map(str, chosen))
    assert score.value == pytest.approx(np.mean(expected))
    assert score.interval.low < score.value < score.interval.high
    assert score.unit == "rho-a"


@pytest.mark.parametrize(
    ("dissimilarity", "comparator", "distance", "statistic"),
    [
        (Dissimilarity.EUCLIDEAN, Comparator.CORR, "sqeuclidean", lambda a, b: np.corrcoef(a, b)[0, 1]),
        (Dissimilarity.COSINE, Comparator.COSINE, "cosine", lambda a, b: 1 - pdist([a, b], "cosine")[0]),
        (Dissimilarity.CORRELATION, Comparator.SPEARMAN, "correlation", lambda a, b: spearmanr(a, b).statistic),
    ],
)
def test_each_parameter_has_its_effect(dissimilarity, comparator, distance, statistic):
    (x,), responses = world(1)
    y, expected = responses[:, 0], []
    halves = split_in_halves(of_responses(responses), seed=0, name="")
    for train, test in (halves, halves[::-1]):
        about_mean = x[train] - x[train].mean(axis=0)
        model = RidgeCV(PENALTIES * (about_mean**2).sum() / 30, alpha_per_target=True).fit(x[train], y[train])
        expected.append(statistic(pdist(model.predict(x[test]), distance), pdist(y[test], distance)))
    metric = VersaMetric(dissimilarity=dissimilarity, comparator=comparator, draws=40)
    assert metric.score(grams([x]), of_responses(responses)).value == pytest.approx(np.mean(expected))
    assert metric.unit == comparator


def test_groups_are_left_out_together_where_penalties_are_chosen_and_their_pairs_are_not_compared():
    rng = np.random.default_rng(2)
    unit_of = np.repeat(np.arange(40), 2)
    x = rng.standard_normal((40, 30))[unit_of] + 0.1 * rng.standard_normal((80, 30))
    y = x @ rng.standard_normal((30, 5)) + 4 * rng.standard_normal((40, 5))[unit_of]
    assembly = of_responses(y[:, None], tuple(map(str, unit_of)))
    halves, expected = split_in_halves(assembly, seed=0, name=""), []
    for train, test in (halves, halves[::-1]):
        penalties = PENALTIES * ((x[train] - x[train].mean(axis=0)) ** 2).sum() / len(train)
        errors = np.zeros((33, 5))
        for group in np.unique(unit_of[train]):
            rest, left = train[unit_of[train] != group], train[unit_of[train] == group]
            for row, penalty in enumerate(penalties):
                errors[row] += ((Ridge(penalty).fit(x[rest], y[rest]).predict(x[left]) - y[left]) ** 2).sum(axis=0)
        predicted = Ridge(penalties[errors.argmin(axis=0)]).fit(x[train], y[train]).predict(x[test])
        left, right = np.triu_indices(len(test), k=1)
        apart = unit_of[test][left] != unit_of[test][right]
        rdms = [pdist(each, "correlation")[apart] for each in (predicted, y[test])]
        expected.append(spearmanr(*rdms).statistic)
    assert METRIC.score(grams([x]), assembly).value == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(("layers", "copies"), [(1, 1), (4, 1), (1, 2)])
def test_noise_scores_zero_on_average(layers, copies):
    values = []
    for seed in range(25):
        rng, found = np.random.default_rng(seed), world(seed, 40, layers=layers, signal=False)
        near = [np.repeat(each, copies, axis=0) for each in (*found[0], found[1])]
        near = [each + (copies > 1) * 0.1 * rng.standard_normal(each.shape) for each in near]
        groups = None if copies == 1 else tuple(str(number // copies) for number in range(len(near[0])))
        values.append(VersaMetric(draws=40).score(grams(near[:-1]), of_responses(near[-1], groups)).value)
    assert np.mean(values) == pytest.approx(0, abs=3 * np.std(values) / np.sqrt(25))
    assert np.std(values) < 0.1


def test_intervals_hold_the_expected_score():
    scores = [METRIC.score(grams(x), of_responses(y)) for x, y in (world(seed, 80) for seed in range(60))]
    mean = np.mean([each.value for each in scores])
    assert np.mean([each.interval.low <= mean <= each.interval.high for each in scores]) >= 0.85
    widths = [each.interval.high - each.interval.low for each in scores]
    assert np.mean(widths) / 4 == pytest.approx(np.std([each.value for each in scores]), rel=0.35)


def test_features_that_do_not_matter_cost_rsa_more():
    rng = np.random.default_rng(4)
    (x,), responses = world(4, 120)
    swamped = np.hstack([x, 10 * rng.standard_normal((120, 3))])
    fair, rsa = (metric.score(grams([swamped]), of_responses(responses)) for metric in (METRIC, RsaMetric(draws=40)))
    assert fair.value > rsa.value + 0.2


@pytest.mark.parametrize("noise", [1, 2, 3])
@pytest.mark.parametrize("repeats", [2, 5])
def test_the_ceiling_is_what_true_responses_score(noise, repeats):
    ceilings, scores = [], []
    for seed in range(8):
        rng = np.random.default_rng([seed, 5])
        truth = rng.standard_normal((120, 8)) @ np.random.default_rng(6).standard_normal((8, 60))
        assembly = of_responses(truth[:, None] + noise * rng.standard_normal((120, repeats, 60)))
        ceiling = METRIC.ceiling(assembly)
        ceilings.append(ceiling.lower)
        measured = assembly.responses.mean(axis=1)
        halves = split_in_halves(assembly, seed=0, name="")
        rdms = [[pdist(each[half], "correlation") for each in (truth, measured)] for half in halves]
        scores.append(np.mean([spearmanr(*pair).statistic for pair in rdms]))
        assert ceiling.upper == ceiling.lower
        assert ceiling.interval is not None
        assert ceiling.interval.low < ceiling.lower < ceiling.interval.high
    assert np.mean(ceilings) == pytest.approx(np.mean(scores), abs=0.02)


def test_a_ceiling_of_noise_is_unreliable_and_of_averages_there_is_none():
    rng = np.random.default_rng(7)
    assert METRIC.ceiling(of_responses(rng.standard_normal((60, 2, 20)))).unreliable
    assert "one response" in METRIC.ceiling(of_responses(rng.standard_normal((60, 1, 20)))).reason


def test_layers_that_do_not_vary_or_are_not_finite_are_left_out():
    features, responses = world(8)
    broken = features[0].copy()
    broken[3] = np.nan
    layers = grams([np.ones((60, 4)), broken, *features])
    score = METRIC.score(layers, of_responses(responses))
    assert score.layers == ("2", "2")
    assert np.isnan([each.value for each in score.layer_curve]).tolist() == [True, True, False]
    alone = METRIC.score(layers[:2], of_responses(responses))
    assert np.isnan(alone.value)
    assert "no layer" in alone.reason


def test_what_has_no_rdm_is_refused():
    features, responses = world(9)
    with pytest.raises(InvalidDataError, match="all 1 targets"):
        METRIC.score(grams(features), of_responses(responses[:, :, :1]))
    few = METRIC.fewest_units - 1
    with pytest.raises(InvalidDataError, match=f"versa needs at least {few + 1}"):
        METRIC.score(grams([features[0][:few]]), of_responses(responses[:few]))
    with pytest.raises(InvalidDataError, match="no repeats; choose from correlation"):
        VersaMetric(dissimilarity=Dissimilarity.CROSSNOBIS)
    with pytest.raises(InvalidDataError, match=r"corr_cov.*choose from cosine"):
        VersaMetric(comparator=Comparator.CORR_COV)
