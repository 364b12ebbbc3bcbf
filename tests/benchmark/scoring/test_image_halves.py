"""Halves of images: layers against those of the half's features, groups whole, what was measured of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram, narrow_layer
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.scoring.image_halves import (
    Half,
    content_of_images,
    gram_of_images,
    images_of_half,
    region_of_half,
)
from brainrank.benchmark.types.activations import LayerFeatures, StoredLayers
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.dataset import LoadedRegion

IDS = tuple(f"i{number}" for number in range(12))
STIMULI = StimulusSet("s", tuple(Stimulus(each, Path(each), "0") for each in IDS))
GROUPS = tuple(f"g{number // 2}" for number in range(12))


def responses() -> ResponseAssembly:
    values = np.arange(12 * 2 * 3, dtype=float).reshape(12, 2, 3)
    return ResponseAssembly("it", IDS, ("a", "b", "c"), values, GROUPS)


@pytest.mark.parametrize("dissimilarity", list(Dissimilarity))
@pytest.mark.parametrize("n_features", [5, 400])
def test_layers_of_a_half_are_those_of_its_features(dissimilarity: Dissimilarity, n_features: int) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(3, 1, (40, n_features)) * rng.uniform(0.5, 2, n_features) + rng.normal(0, 1, (40, 1))
    chosen = np.sort(rng.permutation(40)[:17])
    found, alone = gram_of_images(narrow_layer("a", features), chosen), layer_gram("a", features[chosen])
    for name in ("gram", "row_sums", "mean_products", "row_powers", "row_lengths", "mean"):
        np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=1e-9, atol=1e-9 * n_features)
    np.testing.assert_array_equal(found.gram, found.gram.T)
    np.testing.assert_allclose(rdm_from_gram(found, dissimilarity), rdm_from_gram(alone, dissimilarity), atol=1e-9)


def test_groups_are_in_one_half_and_the_halves_are_all() -> None:
    region = LoadedRegion(STIMULI, responses(), None, "monkey A")
    first, second = (images_of_half(region, half) for half in Half)
    assert sorted([*first, *second]) == list(range(12))
    assert not {GROUPS[each] for each in first} & {GROUPS[each] for each in second}
    assert len(first) == len(second) == 6
    ungrouped = region._replace(assembly=replace(responses(), groups=None))
    assert len(images_of_half(ungrouped, Half.FIRST)) == 6


def test_what_was_measured_goes_with_its_images() -> None:
    region = LoadedRegion(STIMULI, responses(), None, "monkey A")
    chosen, half = images_of_half(region, Half.FIRST), region_of_half(region, Half.FIRST)
    ids = tuple(IDS[each] for each in chosen)
    assert (half.stimuli.ids, half.subject) == (ids, "monkey A")
    assert isinstance(half.assembly, ResponseAssembly)
    assert half.assembly.groups == tuple(GROUPS[each] for each in chosen)
    np.testing.assert_array_equal(half.assembly.responses, responses().responses[chosen])

    rdms = RdmAssembly("it", IDS, ("s1",), np.arange(66.0)[None], groups=GROUPS)
    of_half = region_of_half(region._replace(assembly=rdms), Half.FIRST).assembly
    assert isinstance(of_half, RdmAssembly)
    np.testing.assert_array_equal(square_rdm(of_half.rdms[0]), square_rdm(rdms.rdms[0])[np.ix_(chosen, chosen)])

    columns = [np.repeat(each, 12) for each in ("o", "c", "dog", "dog")]
    trials = BehaviouralAssembly(columns[0], np.array(IDS), *columns[1:], group_of=dict(zip(IDS, GROUPS, strict=True)))
    answered = region_of_half(region._replace(assembly=trials), Half.FIRST)
    assert isinstance(answered.assembly, BehaviouralAssembly)
    assert answered.assembly.stimulus_ids == tuple(sorted(answered.stimuli.ids))
    assert answered.stimuli.ids == ids  # the same images, whatever was measured of them
    triplets = TripletAssembly("it", IDS, np.array([[0, 1, 2]]))
    with pytest.raises(InvalidDataError, match="have no halves of images"):
        region_of_half(region._replace(assembly=triplets), Half.FIRST)


def test_what_a_model_is_scored_by_goes_with_its_images() -> None:
    chosen = np.array([1, 3])
    features = LayerFeatures("a", np.arange(12, dtype=np.float32).reshape(4, 3))
    (some,) = content_of_images([features], chosen) or ()
    np.testing.assert_array_equal(some.values, features.values[chosen])
    stored = content_of_images(StoredLayers(["a"], ["k"], lambda _: features), chosen)
    assert isinstance(stored, StoredLayers)
    np.testing.assert_array_equal(stored[0].values, features.values[chosen])
    choices = Choices(("a", "b", "c", "d"), ("x", "y", "x", "y"), ("x", "y"), np.arange(8.0).reshape(4, 2))
    found = content_of_images(choices, chosen)
    assert isinstance(found, Choices)
    assert (found.stimulus_ids, found.categories) == (("b", "d"), ("y", "y"))
    np.testing.assert_array_equal(found.probabilities, [[2, 3], [6, 7]])
    recorded = content_of_images(choices._replace(probabilities=None), chosen)
    assert isinstance(recorded, Choices)
    assert recorded.probabilities is None
    assert content_of_images(None, chosen) is None
