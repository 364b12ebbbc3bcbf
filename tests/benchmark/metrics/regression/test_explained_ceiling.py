import numpy as np
import pytest

from brainrank.benchmark.metrics.regression.explained_ceiling import NO_REPEATS, explained_ceiling


def measured(n, repeats, noise, seed, targets=200):
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n, targets))
    responses = signal[:, None] + noise * rng.standard_normal((n, max(repeats), targets))
    for stimulus in range(n):
        responses[stimulus, repeats[stimulus] :] = np.nan
    return signal, responses


def r2_of_the_truth(signal, responses):
    left, total = [], []
    means = np.nanmean(responses, axis=1)
    for target in range(signal.shape[1]):
        left.append(((means[:, target] - signal[:, target]) ** 2).sum())
        total.append(((means[:, target] - means[:, target].mean()) ** 2).sum())
    return 1 - np.array(left) / np.array(total)


@pytest.mark.parametrize("repeats", [[4] * 400, [2, 3, 9, 1] * 100])
@pytest.mark.parametrize("noise", [0.5, 3.0])
def test_it_is_the_r2_of_the_true_responses_on_average(repeats, noise):
    signal, responses = measured(400, repeats, noise, 0)
    found, reason = explained_ceiling(responses)
    assert not reason
    assert found.values.mean() == pytest.approx(r2_of_the_truth(signal, responses).mean(), abs=0.01)


def test_noise_alone_has_none_on_average():
    _, responses = measured(60, [5] * 60, 1e6, 1)
    assert explained_ceiling(responses)[0].values.mean() == pytest.approx(0, abs=0.02)


def test_influence_is_what_one_more_copy_of_a_stimulus_does():
    _, responses = measured(20, [2, 3, 4, 1] * 5, 1.0, 2, targets=3)
    copies = 1000
    many = np.repeat(responses, copies, axis=0)
    found = explained_ceiling(responses)[0].influence
    for stimulus in (0, 3, 10):
        more = np.concatenate([many, responses[[stimulus]]])
        moved = (explained_ceiling(more)[0].values - explained_ceiling(many)[0].values) * copies
        np.testing.assert_allclose(found[stimulus], moved, atol=0.01)


def test_without_repeats_there_is_none_and_a_reason():
    found, reason = explained_ceiling(np.random.default_rng(0).standard_normal((30, 1, 4)))
    assert np.isnan(found.values).all()
    assert not found.influence.any()
    assert reason == NO_REPEATS
    constant = np.ones((30, 3, 1))
    assert np.isnan(explained_ceiling(constant)[0].values).all()
