"""EEG of Grootswagers et al. 2024: what the files hold, and how well people predict each other over time."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedContrasts
from brainrank.datasets.grootswagers2024 import DATASET


@pytest.fixture(scope="module")
def assemblies(locations):
    return {region: DATASET.assembly(region, locations, Silent()) for region in DATASET.regions}


def left_out(timed: TimedContrasts) -> np.ndarray:
    """Spearman's rho of each person with the mean of the others, averaged, at each time."""
    values = timed.values
    others = (values.sum(axis=0) - values) / (len(values) - 1)
    found = [
        [spearmanr(own[time], pool[time]).statistic for time in range(len(timed.times_ms))]
        for own, pool in zip(values, others, strict=True)
    ]
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("region", "highest", "at"), [("soa150", 0.447, 120), ("soa50", 0.404, 112)])
def test_people_predict_each_other_as_published(assemblies, region, highest, at):
    found = left_out(assemblies[region])
    times = assemblies[region].times_ms
    assert found.max() == pytest.approx(highest, abs=0.0005)
    assert times[np.argmax(found)] == at
    assert abs(found[times < 0].mean()) < 0.01


def test_contrasts_pair_the_levels_of_two_features(assemblies, locations):
    timed, of_images = assemblies["soa150"], DATASET.stimuli("soa150", locations, Silent()).stimuli
    assert timed.values.shape == (16, 175, 216)
    assert (timed.times_ms[0], timed.times_ms[-1]) == (-100, 596)
    assert (np.abs(timed.sides).sum(axis=1) == 64).all()
    assert not timed.sides.sum(axis=1).any()
    levels = np.array([[int(value) for _, value in each.labels] for each in of_images])
    # Neither feature alone tells the sides apart, and each context has both sides twice.
    for sides, contexts in zip(timed.sides, timed.contexts, strict=True):
        for feature in levels.T:
            assert not any(sides[feature == level].sum() for level in range(4))
        shown = contexts[sides != 0]
        assert (np.bincount(shown) == 4).all()
        assert len(np.unique(shown)) == 16


def test_images_are_in_the_order_of_their_numbers(locations):
    stimuli = DATASET.stimuli("soa50", locations, Silent())
    assert stimuli.ids == tuple(f"grating-{number:03d}" for number in range(256))
    assert stimuli.stimuli[1].labels[1] == ("spatial frequency", "1")
    assert DATASET.regions == {"soa150": Measure.TIMED_CONTRASTS, "soa50": Measure.TIMED_CONTRASTS}
