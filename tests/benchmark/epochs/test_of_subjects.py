"""Several subjects: the same RDM of each by itself, and what they do not share is told."""

from dataclasses import replace

import numpy as np
import pytest

from brainrank.benchmark.epochs.of_subjects import arrays_of, decoding_rdms
from brainrank.benchmark.epochs.settings import DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent

TIMES = np.arange(-20.0, 30.0, 10.0)
SETTINGS = DecodingSettings(baseline_ms=(-20.0, 0.0), decimate=2, pseudo_trials=2, permutations=1)


def epochs(subject: str, seed: int, names: tuple[str, ...] = ("b", "a", "c"), **changed) -> Epochs:
    stimuli = tuple(np.random.default_rng(seed).permutation(np.repeat(names, 4)).tolist())
    trials = np.random.default_rng([seed, 1]).standard_normal((len(stimuli), 3, len(TIMES)))
    return replace(Epochs(subject, stimuli, ("x", "y", "z"), TIMES, trials), **changed)


def made(*given: Epochs, settings: DecodingSettings = SETTINGS):
    return decoding_rdms(given, settings, subjects=len(given), reporter=Silent())


def test_each_subject_is_as_by_itself():
    both = made(epochs("p1", 1), epochs("p2", 2))
    (alone,) = made(epochs("p2", 2))
    np.testing.assert_array_equal(both[1].rdm, alone.rdm)
    assert alone.times_ms == (-20.0, 0.0, 20.0)
    assert (alone.channels, alone.fewest_trials, alone.most_trials) == (3, 4, 4)
    arrays = arrays_of(both)
    assert arrays["rdms"].shape == (2, 3, 3)
    assert arrays["subjects"].tolist() == ["p1", "p2"]
    assert arrays["stimulus_ids"].tolist() == ["a", "b", "c"]
    assert arrays["times_ms"].tolist() == [-20, 0, 20]


def test_numbers_of_images_are_in_the_order_of_numbers_and_are_no_names():
    numbers = tuple(str(each) for each in (2, 10, 1, 9, 3))
    (found,) = made(epochs("p1", 1, numbers, named=False))
    assert found.stimulus_ids == ("1", "2", "3", "9", "10")
    assert "stimulus_ids" not in arrays_of([found])


def test_other_stimuli_are_told():
    with pytest.raises(InvalidDataError, match=r"of p2 are of other stimuli than those of p1: without c \(1 in all\)"):
        made(epochs("p1", 1), epochs("p2", 2, ("a", "b", "d")))


def test_other_times_are_told():
    with pytest.raises(InvalidDataError, match=r"of p2 have 3 times, -19 to 21 ms, those of p1 3, -20 to 20 ms"):
        made(epochs("p1", 1), epochs("p2", 2, times_ms=TIMES + 1))


def test_channels_of_several_units_are_whitened_or_refused():
    mixed = epochs("p1", 1, kinds=("grad", "mag"))
    made(mixed)
    with pytest.raises(InvalidDataError, match=r"channels of several units \(grad, mag\), which only noise"):
        made(mixed, settings=replace(SETTINGS, noise=NoiseNormalisation.NONE))


def test_an_error_names_the_subject():
    with pytest.raises(InvalidDataError, match="epochs of p1: a stimulus has 4 trials; 5 pseudo-trials need 5"):
        made(epochs("p1", 1), settings=replace(SETTINGS, pseudo_trials=5))
